"""MONITOR-005."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-005",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.5", "4.5", "5.5"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2"],
        mlps=["8.1.4.3d", "8.1.5.4f"],
    ),
)
def unnoticed_trail_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a trail is changed, stopped or removed."""
    return noticed(account, "trail-change", settings, "some changes of trails would reach nobody")
