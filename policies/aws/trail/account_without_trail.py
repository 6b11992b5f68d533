"""TRAIL-001."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy, require

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "TRAIL-001",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    when="expects_trail",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        fsbp=["CloudTrail.3"],
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3a", "8.1.5.4d"],
    ),
)
def account_without_trail(account: Account) -> Check:
    """An account that is meant to have its trail here and has none that is logging."""
    return require(
        account.trails.some(lambda trail: trail.logging.is_true()),
        "no trail is logging here, so what is done in the account is forgotten after 90 days",
    )
