"""BUCKET-005."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Bucket, Check, ObjectLock, Settings, Severity, Truth, policy, require

from ...frameworks import controls
from ._audit import audit_bucket_where


class Options(Settings):
    required_retention_days: int = 365
    """Days that audit logs must be kept: 365 suits CIS, PCI DSS and FSBP, 180 the law behind MLPS."""
    compliance_mode: bool = False
    """Whether a lock that somebody may bypass is a failure of full severity, and not only worth a note."""


@policy(
    "BUCKET-005",
    on=Bucket,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(fsbp=["S3.15"], pci=["10.3.4"], soc2=["PI1.5"], mlps=["8.1.4.3c"]),
)
def audit_bucket_without_object_lock(bucket: Bucket, settings: Options) -> Iterator[Check]:
    """A bucket of audit logs whose files can be deleted before the required time is over."""
    required = settings.required_retention_days

    def long_enough(lock: ObjectLock) -> Truth:
        days = lock.days.where(lambda count: count >= required)
        years = lock.years.where(lambda count: count * 365 >= required)
        return years | days if lock.years.present else days | years

    def locked(bucket: Bucket) -> Truth:
        return bucket.object_lock.some(long_enough)

    def surely_locked(bucket: Bucket) -> Truth:
        return locked(bucket).known & locked(bucket)

    yield require(
        lambda: locked(bucket),
        f"no lock keeps log files from being deleted for the {required} days that are required",
        when=bucket.audit,
    )
    yield require(
        lambda: bucket.object_lock.some(lambda lock: long_enough(lock) & lock.mode.equals("COMPLIANCE")),
        "whoever may bypass governance retention can open the lock",
        when=audit_bucket_where(bucket, surely_locked),
        severity=None if settings.compliance_mode else Severity.INFO,
    )
