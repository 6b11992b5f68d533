"""TRAIL-011."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import AuditTrail, Check, Severity, Topic, Truth, grants, policy, require

from ...frameworks import controls


def _lets_trails_publish(topic: Topic) -> Truth:
    return grants(
        topic.policy, actions=("sns:Publish",), principal_kind="Service", principal="cloudtrail.amazonaws.com"
    )


@policy(
    "TRAIL-011",
    on=AuditTrail,
    severity=Severity.INFO,
    since="0.1",
    enabled=False,
    controls=controls(mlps=["8.1.5.4d"]),
)
def trail_without_delivery_notice(trail: AuditTrail) -> Iterator[Check]:
    """A trail that announces its log files on no topic, or on one that does not let it publish."""
    named = trail.topic_name.is_set()
    yield require(named, "nobody is told when log files are delivered, or no longer are")
    yield require(
        (~trail.observed | ~trail.topic.is_empty()) & trail.topic.every(_lets_trails_publish),
        "the topic does not let CloudTrail publish to it",
        when=named,
    )
    yield require(
        ~trail.notification_error.is_set(),
        "CloudTrail could not announce the last log files",
        when=named & trail.observed,
    )
