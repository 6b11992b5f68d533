"""MONITOR-019."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-019",
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
def unnoticed_tampering(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when somebody blinds or silences the audit itself."""
    message = "some calls that blind or silence the audit would reach nobody"
    return noticed(account, "pipeline-tampering", settings, message)
