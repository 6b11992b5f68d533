"""ORG-004."""

from __future__ import annotations

from dataclasses import dataclass

from guardrails.api import Account, Check, Severity, Truth, Value, denies, policy, require

from ...frameworks import controls
from ._denials import binding, none_seen


@dataclass(frozen=True)
class Settings:
    denied_actions: tuple[str, ...] = (
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
        "cloudtrail:UpdateTrail",
        "cloudtrail:PutEventSelectors",
    )
    """Actions that nobody in a member account may do."""


def _covers_trails(resource: Value[str]) -> Truth:
    """Whether a resource element covers any trail; for an action on something else, only `*` does."""
    return resource.where(lambda text: text == "*" or text.rpartition(":")[2] in ("*", "trail/*"))


@policy(
    "ORG-004",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(soc2=["CC3.3"], mlps=["8.1.4.3d"]),
)
def organization_without_tamper_denial(account: Account, settings: Settings) -> Check:
    """An organization whose member accounts may stop, delete or change their trails."""
    documents = binding(account).through(lambda policy: policy.document)
    return require(
        denies(documents, actions=settings.denied_actions, resource=_covers_trails) | none_seen(account),
        "no service control policy keeps member accounts from stopping or changing their trails",
        when=account.manages_organization,
    )
