"""MONITOR-034."""

from __future__ import annotations

from guardrails.api import Check, MetricFilter, Severity, of_pattern, policy, require, true

from ...frameworks import controls


@policy(
    "MONITOR-034",
    on=MetricFilter,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(mlps=["8.1.5.4f"]),
)
def invalid_filter_pattern(metric_filter: MetricFilter) -> Check:
    """A metric filter on audit logs with a pattern that CloudWatch Logs does not accept."""
    return require(
        lambda: (
            metric_filter.accepted
            | of_pattern(metric_filter.pattern, metric_filter, lambda _: true(metric_filter.pattern.fact()))
        ),
        "its pattern is not valid",
        when=metric_filter.log_group.seen().some(lambda group: group.audit),
    )
