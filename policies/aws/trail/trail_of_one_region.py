"""TRAIL-003."""

from __future__ import annotations

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    AuditTrail,
    Check,
    Severity,
    every_recorded,
    management_events,
    other_trails,
    policy,
    require,
    same_account,
    some_selected,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "TRAIL-003",
    on=AuditTrail,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        fsbp=["CloudTrail.1"],
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3a"],
    ),
)
def trail_of_one_region(trail: AuditTrail) -> Check:
    """A trail for management events that watches one Region, where no other trail watches all of them."""
    events = management_events(sources_aside=EXCLUDABLE_SOURCES)
    elsewhere = other_trails(trail).some(
        lambda other: (
            (same_account(other, trail) | other.organization.is_true())
            & other.multi_region.is_true()
            & every_recorded(events, other)
        )
    )
    return require(
        (trail.multi_region.is_true() & trail.logging.is_true()) | elsewhere,
        "management events of other Regions are not recorded",
        when=some_selected(events, trail),
    )
