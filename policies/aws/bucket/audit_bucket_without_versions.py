"""BUCKET-004."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Severity, policy, require

from ...frameworks import NIST_VERSIONS, controls


@policy(
    "BUCKET-004",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["S3.14"],
        nist=NIST_VERSIONS,
        pci=["10.3.4"],
        iso=["A.8.3", "A.8.10"],
        soc2=["CC7.4", "A1.2", "C1.2", "PI1.5"],
        mlps=["8.1.4.3c", "8.1.4.9a"],
    ),
)
def audit_bucket_without_versions(bucket: Bucket) -> Check:
    """A bucket of audit logs in which a deleted or overwritten log file is gone for good."""
    return require(
        lambda: bucket.versioned.is_true() | bucket.object_lock_enabled.is_true(),
        "a log file that is deleted or overwritten is gone: versions are not kept",
        when=bucket.audit,
    )
