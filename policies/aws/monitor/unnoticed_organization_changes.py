"""MONITOR-015."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import controls
from ._scenarios import Options, where_it_matters


@policy(
    "MONITOR-015",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.15", "4.15", "5.15"),
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_organization_changes(account: Account, settings: Options) -> Check:
    """The management account of an organization in which nobody is told when the organization changes."""
    message = "some changes of the organization would reach nobody"
    return where_it_matters(account, "organization-change", settings, message, account.manages_organization)
