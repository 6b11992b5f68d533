"""MONITOR-009."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-009",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.9", "4.9", "5.9"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_config_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when AWS Config is changed or stopped."""
    return noticed(account, "config-change", settings, "some changes of AWS Config would reach nobody")
