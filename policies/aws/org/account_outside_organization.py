"""ORG-005."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy, require

from ...frameworks import PCI_ACCESS, controls


@policy(
    "ORG-005",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        fsbp=["Account.2"],
        pci=PCI_ACCESS,
        iso=["A.8.3"],
        mlps=["8.1.5.4d"],
    ),
)
def account_outside_organization(account: Account) -> Check:
    """An account that belongs to no organization, so nobody above it can bind or watch it."""
    return require(
        account.manages_organization | account.organization_id.is_set(),
        "the account belongs to no organization",
        when=account.manages_organization | account.expects_trail,
    )
