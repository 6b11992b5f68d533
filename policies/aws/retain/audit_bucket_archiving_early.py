"""RETAIN-004."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Bucket,
    Check,
    LifecycleRule,
    Reason,
    Settings,
    Severity,
    Transition,
    Truth,
    Value,
    Why,
    policy,
    require,
    unknown,
)

from ...frameworks import NIST_RETENTION, PCI_RETENTION, controls
from ._rules import reaches_logs

_SLOW = ("GLACIER", "DEEP_ARCHIVE")


class Options(Settings):
    hot_days: int = 90
    """Days that logs must stay searchable at once: PCI DSS asks for three months."""


@policy(
    "RETAIN-004",
    on=Bucket,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    controls=controls(
        nist=NIST_RETENTION,
        pci=PCI_RETENTION,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.2", "CC7.3", "C1.2"],
        mlps=["8.1.5.2b"],
    ),
)
def audit_bucket_archiving_early(bucket: Bucket, settings: Options) -> Check:
    """A bucket of audit logs that moves them to a slow archive while they may be needed at once."""
    alone = bucket.trails.is_empty()
    unseen = Reason(
        Why.ELSEWHERE,
        "the trails that deliver here are not part of this deployment; their log groups may keep events searchable",
        "scan it together with the deployment that creates the trails",
        bucket.origin,
    )

    def long_enough(days: Value[int]) -> Truth:
        return days.where(lambda kept: kept == 0 or kept >= settings.hot_days) | ~days.is_set()

    def late(transition: Transition) -> Truth:
        slow = transition.storage_class.where(lambda name: name in _SLOW)
        perhaps_hot = alone & unknown(unseen, facts=(transition.days.fact(),))
        return transition.days.where(lambda days: days >= settings.hot_days) | ~slow | perhaps_hot

    def stays_hot(rule: LifecycleRule) -> Truth:
        return rule.transitions.every(late) | ~rule.enabled.is_true() | ~reaches_logs(rule, bucket)

    def searchable(trail: AuditTrail) -> Truth:
        return trail.log_group.some(lambda group: long_enough(group.retention_days))

    return require(
        lambda: (
            bucket.lifecycle.every(stays_hot)
            | (bucket.trails.every(searchable) & ~alone)
            | bucket.account.stores.some(
                lambda store: store.retention_days.where(lambda days: days >= settings.hot_days)
            )
        ),
        f"logs go to an archive within {settings.hot_days} days, where they cannot be searched at once",
    )
