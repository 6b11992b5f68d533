"""MONITOR-003."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-003",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.2", "4.2", "5.2"),
        iso=["A.8.15", "A.8.16"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_sign_ins_without_mfa(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a user signs in with a password alone."""
    message = "some sign-ins without a second factor would reach nobody"
    return noticed(account, "sign-in-without-mfa", settings, message)
