"""RETAIN-001."""

from __future__ import annotations

from guardrails.api import Check, LogGroup, Settings, Severity, policy, require

from ...frameworks import NIST_RETENTION, PCI_RETENTION, controls


class Options(Settings):
    required_retention_days: int = 365
    """Days that audit logs must be kept: 365 suits CIS, PCI DSS and FSBP, 180 the law behind MLPS."""


@policy(
    "RETAIN-001",
    on=LogGroup,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["CloudWatch.16"],
        nist=NIST_RETENTION,
        pci=PCI_RETENTION,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.2", "CC7.3", "C1.2"],
        mlps=["8.1.5.4d"],
    ),
)
def audit_log_group_expiring_early(group: LogGroup, settings: Options) -> Check:
    """A log group of audit events that forgets them before the required time is over."""
    days, required = group.retention_days, settings.required_retention_days
    return require(
        days.where(lambda kept: kept == 0 or kept >= required) | ~days.is_set(),
        f"audit events are kept for less than the {required} days that are required",
    )
