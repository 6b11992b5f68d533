"""EVENTS-008."""

from __future__ import annotations

from guardrails.api import (
    Bucket,
    Check,
    Reason,
    Severity,
    Truth,
    Why,
    every_recorded,
    object_events,
    policy,
    recorders_for,
    require,
    unknown,
)

from ...frameworks import controls

_ELSEWHERE = Reason(
    Why.ELSEWHERE,
    "no trail is created here, and one of another deployment may record access to the bucket",
    "scan it together with the deployment that creates the trail",
)


@policy(
    "EVENTS-008",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("3.6", "3.4", "4.4"), iso=["A.8.15", "A.8.16"], soc2=["A1.2"], mlps=["8.1.4.3a", "8.1.5.2a"]
    ),
)
def unaudited_log_bucket(bucket: Bucket) -> Check:
    """A bucket of audit logs whose own readers and writers are recorded nowhere."""

    def recorded() -> Truth:
        recorders = recorders_for(bucket)
        by_trail = every_recorded(object_events(read=False, bucket=bucket), recorders) & every_recorded(
            object_events(read=True, bucket=bucket), recorders
        )
        elsewhere = bucket.account.trails.is_empty() & ~bucket.account.expects_trail & unknown(_ELSEWHERE)
        return bucket.access_log_bucket.is_set() | by_trail | elsewhere

    return require(
        recorded,
        "nobody can tell who read or removed log files: access to this bucket is not recorded",
    )
