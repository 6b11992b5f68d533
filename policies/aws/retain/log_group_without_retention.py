"""RETAIN-006."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, LogGroup, Severity, policy, require

from ...frameworks import controls


@policy(
    "RETAIN-006",
    on=LogGroup,
    severity=Severity.LOW,
    since="0.1",
    controls=controls(nist=["AU-11", "SI-12"], iso=["A.8.10"], soc2=["C1.2"], mlps=["8.1.5.4d"]),
)
def log_group_without_retention(group: LogGroup) -> Iterator[Check]:
    """A log group for which nobody decided how long its events are kept."""
    decided, in_code = group.retention_days.is_set(), ~group.observed
    audit = group.audit.known & group.audit
    yield require(
        decided, "nobody decided how long audit events are kept", when=in_code & audit, severity=Severity.MEDIUM
    )
    yield require(decided, "nobody decided how long events are kept", when=in_code & ~audit)
    # An account does not tell a decision to keep events for ever from none.
    yield require(
        decided,
        "no retention is set, so audit events are kept for ever",
        when=group.observed & audit,
        severity=Severity.MEDIUM,
    )
    yield require(decided, "no retention is set, so events are kept for ever", when=group.observed & ~audit)
