"""ACCESS-009."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Check,
    Grant,
    MonitoringShare,
    Severity,
    Truth,
    Value,
    any_of,
    anything,
    decide,
    policy,
    require,
    who_may,
)

from ...frameworks import controls
from ._trust import Options, is_trusted

_SHARING = ("oam:CreateLink", "oam:UpdateLink", "sts:AssumeRole")


@policy(
    "ACCESS-009",
    on=MonitoringShare,
    severity=Severity.INFO,
    since="0.1",
    when="shares",
    controls=controls(soc2=["PI1.4"], mlps=["8.1.5.4d"]),
)
def telemetry_shared_with_foreign_accounts(share: MonitoringShare, settings: Options) -> Iterator[Check]:
    """Logs and metrics that are shared with accounts which are not stated as trusted."""
    grants = who_may(share.policy, _SHARING, anything(), account=share.location.account)

    def is_known(grant: Grant) -> Truth:
        return grant.is_public() | grant.is_service() | is_trusted(grant, settings.trusted, share.account)

    yield require(
        grants.every(is_known) & (~share.sink.is_set() | _is_of_one(share.sink, settings.trusted)),
        "logs and metrics are shared with an account that is not among the trusted ones",
    )
    yield require(
        ~grants.some(lambda grant: grant.is_public()),
        "every AWS account may share in logs and metrics",
        when=~share.policy.is_empty(),
        severity=Severity.HIGH,
    )


def _is_of_one(arn: Value[str], accounts: tuple[str, ...]) -> Truth:
    """Whether an ARN names one of the accounts; a sink of the same configuration is one's own."""
    reference = arn.reference
    is_sink = reference is not None and (reference.type == "AWS::Oam::Sink" or "aws_oam_sink." in reference.address)
    own = decide(is_sink, arn.fact())
    named = arn.where(lambda text: text.count(":") >= 5 and text.split(":", 5)[4] in accounts)
    return any_of((own, named)) if arn.reference is not None else named
