"""MONITOR-006."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-006",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.6", "4.6", "5.6"),
        iso=["A.8.15", "A.8.16"],
        soc2=["PI1.3"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_sign_in_failures(account: Account, settings: Options) -> Check:
    """An account in which nobody is told of failed sign-ins."""
    return noticed(account, "sign-in-failure", settings, "failed sign-ins would reach nobody", counting=True)
