"""MONITOR-026."""

from __future__ import annotations

from guardrails.api import Check, Detector, Severity, policy, require

from ...frameworks import controls


@policy(
    "MONITOR-026",
    on=Detector,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        fsbp=["GuardDuty.1"],
        nist=[
            "AU-6(1)",
            "AU-6(5)",
            "AU-12(3)",
            "AU-14a",
            "AU-14b",
            "CA-7",
            "CA-7b",
            "RA-3a.1",
            "RA-5a",
            "SI-4a",
            "SI-4b",
            "SI-4c",
            "SI-4(1)",
            "SI-4(2)",
            "SI-4(25)",
        ],
        pci=["11.5.1.1", "11.5.1"],
        iso=["A.5.19", "A.5.21", "A.5.25", "A.5.28", "A.5.29", "A.8.7", "A.8.9"],
        soc2=["CC3.1", "CC3.2", "CC4.2", "CC6.8", "CC7.1", "CC7.2", "CC7.3", "CC7.4"],
        mlps=["8.1.5.4f"],
    ),
)
def guardduty_switched_off(detector: Detector) -> Check:
    """A detector of GuardDuty that is created and does not look at anything."""
    return require(detector.enabled.is_true(), "GuardDuty is switched off here")
