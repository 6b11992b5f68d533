"""MONITOR-002."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-002",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.1", "4.1", "5.1"),
        iso=["A.8.15", "A.8.16"],
        soc2=["PI1.3"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_refused_calls(account: Account, settings: Options) -> Check:
    """An account in which nobody is told of calls that are refused."""
    return noticed(account, "unauthorized-call", settings, "some calls that are refused would reach nobody")
