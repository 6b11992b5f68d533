"""MONITOR-004."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-004",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.4", "4.4", "5.4"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2", "PI1.3"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_iam_policy_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when the permissions of identities change."""
    return noticed(account, "iam-policy-change", settings, "some changes of IAM policies would reach nobody")
