"""MONITOR-027."""

from __future__ import annotations

from guardrails.api import Account, AuditTrail, Bucket, Check, LogGroup, Severity, Truth, policy, require, takes_filters

from ...frameworks import controls


def _handed_on(group: LogGroup) -> Truth:
    """Whether everything in a log group is handed on: by a subscription filter that leaves nothing out."""
    return takes_filters(group) & group.subscription_filters.some(
        lambda one: one.pattern.where(lambda pattern: not pattern.strip())
    )


def _announced(bucket: Bucket) -> Truth:
    """Whether new files are announced, so that somebody can fetch them."""
    return bucket.notifications.some(
        lambda one: one.events.some(lambda event: event.where(lambda name: name.startswith("s3:ObjectCreated:")))
    )


def _exported(trail: AuditTrail) -> Truth:
    files = trail.bucket.some(_announced) | trail.topic_name.is_set()
    return trail.logging.is_true() & (trail.log_group.some(_handed_on) | files)


@policy(
    "MONITOR-027",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    enabled=False,
    when="watches_calls",
    controls=controls(
        pci=["11.5.2", "11.6.1", "12.10.5", "A3.3.1", "A3.5.1"], mlps=["8.1.5.4d", "8.1.5.4f", "8.1.5.2b"]
    ),
)
def audit_logs_left_unanalysed(account: Account) -> Check:
    """An account whose audit logs are handed on to nothing that could analyse them together with others."""
    return require(account.trails.some(_exported), "no trail's events are handed on to where they could be analysed")
