"""TRAIL-013."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import AuditTrail, Check, Resource, Severity, Truth, decide, policy, require

from ...frameworks import controls


def _made_here(resource: Resource) -> Truth:
    return decide(resource.owned)


@policy(
    "TRAIL-013",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(mlps=["8.1.4.3c", "8.1.4.3d"]),
)
def trail_open_to_destroy(trail: AuditTrail) -> Iterator[Check]:
    """A trail, its bucket or its log group that goes when its code goes."""
    buckets, groups = trail.bucket.where(_made_here), trail.log_group.where(_made_here)
    written = ~trail.observed  # An account has no code that a destroy could begin with.
    yield require(
        trail.protected.is_true(),
        "nothing keeps a destroy from removing the trail",
        when=written,
        severity=Severity.LOW,
    )
    yield require(
        buckets.every(lambda bucket: bucket.protected.is_true()),
        "nothing keeps a destroy from removing the bucket that holds the trail's logs",
        when=written & ~buckets.is_empty(),
    )
    yield require(
        groups.every(lambda group: group.protected.is_true() | group.deletion_protected.is_true()),
        "nothing keeps a destroy from removing the log group that the trail delivers to",
        when=written & ~groups.is_empty(),
    )
