"""TRAIL-002."""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, Severity, policy, require

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "TRAIL-002",
    on=AuditTrail,
    severity=Severity.CRITICAL,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        fsbp=["CloudTrail.3"],
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3a", "8.1.4.3d"],
    ),
)
def trail_switched_off(trail: AuditTrail) -> Check:
    """A trail that exists but is switched off, so it records nothing."""
    return require(trail.logging.is_true(), "the trail is switched off: it records nothing")
