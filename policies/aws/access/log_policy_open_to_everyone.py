"""ACCESS-007."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Check,
    LogAccessPolicy,
    LogGroup,
    Severity,
    Truth,
    actions_of,
    anything,
    decide,
    policy,
    require,
    streams_of,
    who_may,
)

from ...frameworks import controls

_WRITING = ("logs:CreateLogStream", "logs:PutLogEvents")
_EVERYTHING = tuple(
    dict.fromkeys(
        (
            *_WRITING,
            *actions_of("read", "logs"),
            *actions_of("tamper", "logs"),
            *actions_of("delete", "logs"),
            *actions_of("mute", "logs"),
            *actions_of("permissions", "logs"),
        )
    )
)


@policy(
    "ACCESS-007",
    on=LogAccessPolicy,
    when="written",
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(iso=["A.8.15", "A.8.16"], soc2=["PI1.4"], mlps=["8.1.4.2a"]),
)
def log_policy_open_to_everyone(log_policy: LogAccessPolicy) -> Iterator[Check]:
    """A policy of CloudWatch Logs that lets everyone in, or services on behalf of everyone."""
    account = log_policy.location.account
    audit_groups = log_policy.account.log_groups.seen().where(lambda group: group.audit)

    def is_bound(group: LogGroup) -> Truth:
        writers = who_may(log_policy.policy, _WRITING, streams_of(group), account=account)
        return writers.every(lambda grant: grant.is_tied_to_source() | ~grant.is_service())

    yield require(
        ~who_may(log_policy.policy, _EVERYTHING, anything(), account=account).some(lambda grant: grant.is_public()),
        "the policy lets everyone in",
    )
    yield require(
        lambda: audit_groups.every(is_bound),
        "a service may write into audit logs on behalf of any account",
        when=decide(log_policy.kind == "resource policy") & ~audit_groups.is_empty(),
        severity=Severity.MEDIUM,
    )
