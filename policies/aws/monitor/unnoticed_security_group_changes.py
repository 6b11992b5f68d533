"""MONITOR-010."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-010",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.10", "4.10", "5.10"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_security_group_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a security group changes."""
    return noticed(account, "security-group-change", settings, "some changes of security groups would reach nobody")
