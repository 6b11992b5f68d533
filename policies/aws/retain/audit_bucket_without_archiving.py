"""RETAIN-003."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Severity, policy, require

from ...frameworks import PCI_RETENTION, controls
from ._rules import reaches_logs


@policy(
    "RETAIN-003",
    on=Bucket,
    severity=Severity.INFO,
    since="0.1",
    when="audit",
    enabled=False,
    controls=controls(
        fsbp=["S3.13"],
        pci=[clause for clause in PCI_RETENTION if clause != "5.3.4"],
        iso=["A.8.10"],
        mlps=["8.1.5.4d"],
    ),
)
def audit_bucket_without_archiving(bucket: Bucket) -> Check:
    """A bucket of audit logs in which old logs never move to a cheaper storage class."""
    return require(
        lambda: bucket.lifecycle.some(
            lambda rule: ~rule.transitions.is_empty() & rule.enabled.is_true() & reaches_logs(rule, bucket)
        ),
        "no lifecycle rule moves old logs to a cheaper storage class",
    )
