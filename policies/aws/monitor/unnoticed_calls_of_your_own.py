"""MONITOR-032."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Account, Check, Settings, Severity, covered, own_scenario, policy, require, watched_here

from ...frameworks import controls


class Options(Settings):
    own_scenarios: tuple[str, ...] = ()
    """What must be noticed besides, as JSON; `[[scenario]]` tables of the configuration write it."""


@policy(
    "MONITOR-032",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(mlps=["8.1.5.4f"]),
)
def unnoticed_calls_of_your_own(account: Account, settings: Options) -> Iterator[Check]:
    """An account in which nobody is told of calls that its configuration wants to be noticed."""
    message = "some calls that the configuration wants to be noticed would reach nobody"
    here = watched_here(account)
    for text in settings.own_scenarios:
        yield require(covered(account, own_scenario(text)), message, when=here)
