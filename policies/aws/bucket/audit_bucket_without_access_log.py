"""BUCKET-003."""

from __future__ import annotations

from guardrails.api import (
    Bucket,
    Check,
    Fact,
    Settings,
    Severity,
    Truth,
    decide,
    every_recorded,
    false,
    object_events,
    policy,
    recorders_for,
    require,
    same_identifier,
)

from ...frameworks import controls
from ._audit import audit_bucket_where, holds_more_than_access_logs


class Options(Settings):
    data_events_suffice: bool = False
    """Whether a trail that records reads and writes of the bucket's objects does instead of server access logging."""


def _logged(bucket: Bucket) -> Truth:
    name = bucket.access_log_bucket

    def itself(target: Bucket) -> Truth:
        if not target.owned:
            return same_identifier(name, bucket.name)
        same = target.address == bucket.address
        return decide(same, Fact("the bucket logs into itself" if same else "it logs into another bucket", name.origin))

    return name.is_set() & ~bucket.access_log_target.some(itself)


def _recorded(bucket: Bucket) -> Truth:
    recorders = recorders_for(bucket)
    reads, writes = (every_recorded(object_events(read=read, bucket=bucket), recorders) for read in (True, False))
    return reads & writes


@policy(
    "BUCKET-003",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("3.6", "3.4", "4.4"),
        fsbp=["CloudTrail.7", "S3.9"],
        iso=["A.8.15", "A.8.16"],
        soc2=["A1.2"],
        mlps=["8.1.4.3a", "8.1.5.2a"],
    ),
)
def audit_bucket_without_access_log(bucket: Bucket, settings: Options) -> Check:
    """A bucket of audit logs that does not log to another bucket who requested what of it."""

    def told() -> Truth:
        return _logged(bucket) | (_recorded(bucket) if settings.data_events_suffice else false())

    return require(
        told,
        "requests to the bucket are not logged to another bucket",
        when=audit_bucket_where(bucket, holds_more_than_access_logs),
    )
