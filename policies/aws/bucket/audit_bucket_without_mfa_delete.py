"""BUCKET-006."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Severity, Truth, policy, require

from ...frameworks import controls
from ._audit import audit_bucket_where


def _unlocked(bucket: Bucket) -> Truth:
    return ~bucket.object_lock.some(lambda lock: lock.mode.equals("COMPLIANCE"))


@policy(
    "BUCKET-006",
    on=Bucket,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    enabled=False,
    controls=controls(
        cis=("2.1.3", "2.1.2", "3.1.2"),
        fsbp=["S3.20"],
        pci=["10.3.2", "3.5.1.3", "8.4.1", "8.4.2", "8.4.3", "A1.1.2", "A3.4.1"],
        mlps=["8.1.4.3c"],
    ),
)
def audit_bucket_without_mfa_delete(bucket: Bucket) -> Check:
    """A bucket of audit logs whose old versions can be deleted without a second factor."""
    return require(
        lambda: bucket.mfa_delete.is_true(),
        "old versions can be deleted without a second factor",
        when=audit_bucket_where(bucket, _unlocked),
    )
