"""MONITOR-016."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-016",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.4", "4.4", "5.4"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2", "PI1.3"],
        mlps=["8.1.4.3a", "8.1.5.4f"],
    ),
)
def unnoticed_identity_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told of new identities, new credentials, or who else may become a role."""
    message = "some changes of IAM identities and credentials would reach nobody"
    return noticed(account, "iam-identity-change", settings, message)
