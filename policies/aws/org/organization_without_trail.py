"""ORG-001."""

from __future__ import annotations

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    Account,
    AuditTrail,
    Check,
    DelegatedAdministrator,
    Fact,
    Reason,
    Severity,
    Truth,
    Why,
    every_recorded,
    management_events,
    policy,
    require,
    unknown,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls
from ._control_tower import made_by_control_tower


def _covers_members(trail: AuditTrail) -> Truth:
    recorded = every_recorded(management_events(sources_aside=EXCLUDABLE_SOURCES), trail)
    return trail.organization.is_true() & trail.multi_region.is_true() & trail.logging.is_true() & recorded


def _may_have_the_trail(administrator: DelegatedAdministrator) -> Truth:
    """In an account it has no other: what a delegated administrator makes belongs to the management account, and is
    listed there."""
    delegated = Fact("CloudTrail is delegated to another account", administrator.origin)
    there = Reason(
        Why.ELSEWHERE,
        "the code of the account that CloudTrail is delegated to may hold the organization trail",
        "scan it together with the code of that account",
        administrator.origin,
    )
    code = administrator.service.equals("cloudtrail.amazonaws.com") & ~administrator.observed
    return code & unknown(there, facts=(delegated,))


@policy(
    "ORG-001",
    on=Account,
    severity=Severity.HIGH,
    since="0.1",
    when="manages_organization",
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
    return require(
        account.trails.some(_covers_members)
        | account.delegated_administrators.some(_may_have_the_trail)
        | made_by_control_tower(account, "an organization trail"),
        "no organization trail records the member accounts",
    )
