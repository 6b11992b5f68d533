"""MONITOR-007."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-007",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.7", "4.7", "5.7"),
        iso=["A.8.15", "A.8.16"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_key_removal(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a key is disabled or is to be deleted."""
    return noticed(account, "key-removal", settings, "some removals of keys would reach nobody")
