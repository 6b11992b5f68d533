"""MONITOR-031."""

from __future__ import annotations

from guardrails.api import (
    Check,
    Fact,
    FilterPattern,
    MetricFilter,
    Severity,
    Truth,
    false,
    listed,
    of_pattern,
    policy,
    require,
    surely_matches,
    true,
)

from ...frameworks import controls
from ...scenarios import NAMES, named


def _noisy(metric_filter: MetricFilter, pattern: FilterPattern) -> Truth:
    """Whether a pattern that matches what a scenario is about matches what merely looks alike as well."""
    for name in NAMES:
        scenario = named(name)
        noise = [call.title for call in scenario.near_misses if surely_matches(pattern, call)]
        if noise and any(surely_matches(pattern, call) for call in scenario.calls):
            return true(Fact(f"it matches {listed(noise)} as well", metric_filter.pattern.origin))
    return false(metric_filter.pattern.fact())


@policy(
    "MONITOR-031",
    on=MetricFilter,
    severity=Severity.LOW,
    since="0.1",
    controls=controls(mlps=["8.1.5.4f"]),
)
def alarm_on_everyday_calls(metric_filter: MetricFilter) -> Check:
    """A metric filter on audit logs whose alarm goes off for everyday calls too."""
    alarmed = ~metric_filter.account.evident(metric_filter.alarms).is_empty()
    audited = metric_filter.log_group.seen().some(lambda group: group.audit)
    return require(
        lambda: ~of_pattern(metric_filter.pattern, metric_filter, lambda pattern: _noisy(metric_filter, pattern)),
        "its alarm goes off for everyday calls too",
        when=audited & alarmed,
    )
