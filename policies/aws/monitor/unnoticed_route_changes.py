"""MONITOR-013."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import NIST_ALARMS, controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-013",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.13", "4.13", "5.13"),
        nist=NIST_ALARMS,
        soc2=["CC5.2", "CC7.2", "CC7.3", "CC7.4"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_route_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a route table changes."""
    return noticed(account, "route-change", settings, "some changes of route tables would reach nobody")
