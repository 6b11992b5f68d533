"""MONITOR-001."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-001",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.3", "4.3", "5.3"),
        iso=["A.8.15", "A.8.16"],
        soc2=["PI1.3"],
        mlps=["8.1.5.4f", "8.1.4.3a"],
    ),
)
def unnoticed_root_use(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when the root user does something."""
    return noticed(account, "root-use", settings, "some uses of the root user would reach nobody")
