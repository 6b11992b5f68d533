"""ORG-004."""

from __future__ import annotations

from guardrails.api import Account, Check, Settings, Severity, Truth, Value, all_of, denies, policy, require

from ...frameworks import controls
from ._control_tower import made_by_control_tower
from ._denials import binds_members, made_elsewhere


class Options(Settings):
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
    when="manages_organization",
    controls=controls(soc2=["CC3.3"], mlps=["8.1.4.3d"]),
)
def organization_without_tamper_denial(account: Account, settings: Options) -> Check:
    """An organization whose member accounts may stop, delete or change their trails."""

    def denied(action: str) -> Truth:
        return account.organization_policies.some(
            lambda policy: denies(policy.document, actions=(action,), resource=_covers_trails) & binds_members(policy)
        )

    return require(
        all_of(map(denied, settings.denied_actions))
        | made_elsewhere(account)
        | made_by_control_tower(account, "a policy that protects its trail"),
        "no service control policy keeps member accounts from stopping or changing their trails",
    )
