"""RETAIN-005."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, LogGroup, Severity, policy, require

from ...frameworks import controls


@policy(
    "RETAIN-005",
    on=LogGroup,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(mlps=["8.1.4.3c"]),
)
def audit_log_group_deletable(group: LogGroup) -> Iterator[Check]:
    """A log group of audit events that one call, or one destroy, can delete."""
    open_to_deletion = "nothing keeps the log group and its events from being deleted"
    yield require(
        lambda: group.deletion_protected.is_true() | group.protected.is_true(), open_to_deletion, when=~group.observed
    )
    yield require(lambda: group.deletion_protected.is_true(), open_to_deletion, when=group.observed)
