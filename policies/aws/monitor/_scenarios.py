"""What the policies about scenarios share: the question, its settings, and how it is put."""

from __future__ import annotations

from guardrails.api import Settings, covered, management_call, require, watched_here

from ...scenarios import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from guardrails.api import Account, Call, Check, Scenario, Truth


class Options(Settings):
    allowed_regions: tuple[str, ...] = ()
    """Regions in which anything is expected to happen; all of them while it is empty."""
    more_events: tuple[str, ...] = ()
    """Further calls that must be noticed, written as in IAM policies: `ec2:ModifySecurityGroupRules`."""
    events_aside: tuple[str, ...] = ()
    """Names of calls that need not be noticed: `DeleteSecurityGroup`."""

    def __init__(self, **said: Any) -> None:  # noqa: ANN401 - as the fields say
        super().__init__(**said)
        for event in self.more_events:
            service, _, name = event.partition(":")
            if not (service and name):
                raise ValueError(f"`{event}` is no call: write it as in an IAM policy, `ec2:ModifySecurityGroupRules`")


def further(events: tuple[str, ...]) -> Iterator[Call]:
    """The calls that a setting names as IAM policies do."""
    for event in events:
        service, _, name = event.partition(":")
        yield management_call(name, f"{_SOURCES.get(service, service)}.amazonaws.com")


_SOURCES = {"cloudwatch": "monitoring", "states": "states", "elasticloadbalancing": "elasticloadbalancing"}
"""Services whose name in policies is not that of their event source."""


def narrowed(scenario: Scenario, settings: Options) -> Scenario:
    """A scenario as the configuration wants it."""
    wanted = scenario.without(settings.events_aside).with_calls(*further(settings.more_events))
    return wanted.within(settings.allowed_regions)


JUDGED_BY = {
    "root-use": "MONITOR-001",
    "unauthorized-call": "MONITOR-002",
    "sign-in-without-mfa": "MONITOR-003",
    "iam-policy-change": "MONITOR-004",
    "trail-change": "MONITOR-005",
    "sign-in-failure": "MONITOR-006",
    "key-removal": "MONITOR-007",
    "bucket-policy-change": "MONITOR-008",
    "config-change": "MONITOR-009",
    "security-group-change": "MONITOR-010",
    "network-acl-change": "MONITOR-011",
    "gateway-change": "MONITOR-012",
    "route-change": "MONITOR-013",
    "vpc-change": "MONITOR-014",
    "organization-change": "MONITOR-015",
    "iam-identity-change": "MONITOR-016",
    "destructive-deletion": "MONITOR-017",
    "unusual-region": "MONITOR-018",
    "pipeline-tampering": "MONITOR-019",
}
"""Built-in scenario → the policy about it, whose settings narrow and widen it."""


def as_configured(name: str, settings: Options) -> Scenario:
    """A built-in scenario as its policy asks for it."""
    if name != "unusual-region":
        return narrowed(named(name), settings)
    from ...scenarios.account import unusual_region

    return unusual_region(settings.allowed_regions).with_calls(*further(settings.more_events))


def noticed(account: Account, name: str, settings: Options, message: str, *, counting: bool = False) -> Check:
    """The check that somebody is told of every call of a built-in scenario."""
    scenario = narrowed(named(name), settings)
    return require(lambda: covered(account, scenario, counting=counting), message, when=watched_here(account))


def where_it_matters(account: Account, name: str, settings: Options, message: str, matters: Truth) -> Check:
    """The same for what happens in some accounts only: where it is noticed that is worth saying, and where it is not
    only if it matters there."""
    found = covered(account, narrowed(named(name), settings))
    return require(found, message, when=watched_here(account) & (matters | (found.known & found)))
