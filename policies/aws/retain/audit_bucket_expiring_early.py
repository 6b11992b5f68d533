"""RETAIN-002."""

from __future__ import annotations

from guardrails.api import Bucket, Check, LifecycleRule, ObjectLock, Settings, Severity, Truth, Value, policy, require

from ...frameworks import PCI_RETENTION, controls
from ._rules import reaches_logs


class Options(Settings):
    required_retention_days: int = 365
    """Days that audit logs must be kept: 365 suits CIS, PCI DSS and FSBP, 180 the law behind MLPS."""


@policy(
    "RETAIN-002",
    on=Bucket,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(
        pci=[clause for clause in PCI_RETENTION if clause != "5.3.4"], iso=["A.8.10"], mlps=["8.1.5.4d", "8.1.4.3c"]
    ),
)
def audit_bucket_expiring_early(bucket: Bucket, settings: Options) -> Check:
    """A bucket of audit logs with a lifecycle rule that deletes them before the required time is over."""
    required = settings.required_retention_days

    def waits(days: Value[int]) -> Truth:
        return days.where(lambda count: count >= required) | ~days.is_set()

    def keeps(rule: LifecycleRule) -> Truth:
        kept = waits(rule.expiration_days) & ~rule.expiration_date.is_set() & waits(rule.noncurrent_days)
        return kept | ~rule.enabled.is_true() | ~reaches_logs(rule, bucket)

    def locks(lock: ObjectLock) -> Truth:
        return lock.days.where(lambda days: days >= required) | lock.years.where(lambda years: years * 365 >= required)

    return require(
        lambda: bucket.lifecycle.every(keeps) | bucket.object_lock.some(locks),
        f"a lifecycle rule deletes logs before the {required} days that are required",
    )
