"""MONITOR-018."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, covered, policy, regions_named, require, watched_here

from ...frameworks import controls
from ...scenarios.account import unusual_region
from ._scenarios import Options, further


@policy(
    "MONITOR-018",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_activity_in_unusual_regions(account: Account, settings: Options) -> Check:
    """An account in which nobody is told of changes in Regions that are not in use."""
    scenario = unusual_region(settings.allowed_regions, named=regions_named(account))
    wanted = scenario.with_calls(*further(settings.more_events))
    message = "changes in unusual Regions would reach nobody"
    return require(lambda: covered(account, wanted), message, when=watched_here(account))
