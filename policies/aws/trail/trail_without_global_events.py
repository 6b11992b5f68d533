"""TRAIL-004."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Severity,
    management_events,
    other_trails,
    policy,
    require,
    same_account,
    some_recorded,
    some_selected,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "TRAIL-004",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3a"],
    ),
)
def trail_without_global_events(trail: AuditTrail) -> Check:
    """A trail for management events that leaves out IAM, STS and CloudFront, where no other trail records them."""
    elsewhere = other_trails(trail).some(
        lambda other: (
            (same_account(other, trail) | other.organization.is_true())
            & other.global_events.is_true()
            & (other.multi_region.is_true() | other.location.region.equals("us-east-1"))
            & some_recorded(management_events(), other)
        )
    )
    return require(
        trail.global_events.is_true() | (trail.multi_region.is_false() & elsewhere),
        "global service events (IAM, STS, CloudFront) are not recorded",
        when=some_selected(management_events(), trail),
    )
