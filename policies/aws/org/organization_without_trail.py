"""ORG-001."""

from __future__ import annotations

from guardrails.api import Account, AuditTrail, Check, Reason, Severity, Truth, Why, policy, require, unknown

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


def _covers_members(trail: AuditTrail) -> Truth:
    return trail.organization.is_true() & trail.multi_region.is_true() & trail.logging.is_true()


@policy(
    "ORG-001",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3a", "8.1.5.4d", "8.2.5.1c"],
    ),
)
def organization_without_trail(account: Account) -> Check:
    """An organization without a trail that records all its accounts in all Regions."""
    delegated = account.delegated_administrators.some(lambda one: one.service.equals("cloudtrail.amazonaws.com"))
    there = Reason(
        Why.ELSEWHERE,
        "CloudTrail is delegated to another account, whose code may hold the organization trail",
        "scan it together with the code of the delegated administrator",
    )
    return require(
        account.trails.some(_covers_members) | (delegated & unknown(there)),
        "no organization trail records the member accounts",
        when=account.manages_organization,
    )
