"""TRAIL-005."""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, Severity, policy, require

from ...frameworks import NIST_INTEGRITY, controls


@policy(
    "TRAIL-005",
    on=AuditTrail,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(
        cis=("3.2", "3.2", "4.2"),
        fsbp=["CloudTrail.4"],
        nist=NIST_INTEGRITY,
        pci=["10.3.2", "10.3.3", "10.3.4", "A1.2.1"],
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.3", "PI1.3"],
        mlps=["8.1.4.7b", "8.1.4.3c"],
    ),
)
def trail_without_log_validation(trail: AuditTrail) -> Check:
    """A trail that writes no digest files, so nobody can prove that a log file was not changed."""
    return require(trail.log_validation.is_true(), "log files can be altered unnoticed: no digest files are written")
