"""ORG-007."""

from __future__ import annotations

from fnmatch import fnmatchcase

from guardrails.api import (
    Account,
    Check,
    Condition,
    Fact,
    OrganizationPolicy,
    Settings,
    Severity,
    Statement,
    Truth,
    Value,
    decide,
    exempts,
    policy,
    require,
)

from ...frameworks import controls
from ._control_tower import made_by_control_tower
from ._denials import binds_members, made_elsewhere

_REGIONAL = "ec2:runinstances"
"""An action of a service that is never global, to see what a list of actions covers."""


class Options(Settings):
    allowed_regions: tuple[str, ...] = ()
    """Regions that may be left open; while it is empty, any list will do."""


def _covers(action: Value[str]) -> Truth:
    return action.where(lambda text: fnmatchcase(_REGIONAL, text.lower()))


def _speaks_of_region(condition: Condition) -> Truth:
    return decide(condition.key.lower() == "aws:requestedregion")


@policy(
    "ORG-007",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="manages_organization",
    controls=controls(mlps=["8.1.5.4f"]),
)
def organization_with_open_regions(account: Account, settings: Options) -> Check:
    """An organization whose member accounts may act in Regions that nobody uses or watches."""
    allowed = settings.allowed_regions

    def lists_open_regions(condition: Condition) -> Truth:
        negative = condition.operator.lower().removesuffix("ifexists") in ("stringnotequals", "stringnotlike")
        fitting = condition.values.every(lambda region: region.where(lambda name: name in allowed))
        closed = Fact("the list is not of the Regions that stay open", condition.values.owner)
        return decide(negative, closed) & (decide(not allowed) | fitting)

    def closes_regions(statement: Statement) -> Truth:
        acts = statement.actions.some(_covers) | (
            ~statement.not_actions.is_empty() & ~statement.not_actions.some(_covers)
        )
        by_region = statement.conditions.where(_speaks_of_region)
        return (
            statement.effect.equals("Deny")
            & acts
            & statement.resources.some(lambda resource: resource.equals("*"))
            & ~by_region.is_empty()
            & by_region.every(lists_open_regions)
            & statement.conditions.every(lambda condition: _speaks_of_region(condition) | exempts(condition))
        )

    def closes(policy: OrganizationPolicy) -> Truth:
        return policy.document.some(lambda document: document.statements.some(closes_regions)) & binds_members(policy)

    return require(
        account.organization_policies.some(closes)
        | made_elsewhere(account)
        | made_by_control_tower(account, "a policy that closes Regions"),
        "no service control policy closes the Regions that nobody uses",
    )
