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
    pattern_of,
    policy,
    require,
    surely_matches,
    true,
)

from ...frameworks import controls
from ...scenarios import NAMES, named


def _calm(metric_filter: MetricFilter) -> Truth:
    """Whether a filter that matches what a scenario is about matches nothing that merely looks alike."""
    pattern = pattern_of(metric_filter.pattern, metric_filter)
    if not isinstance(pattern, FilterPattern):
        return true(metric_filter.pattern.fact())
    for name in NAMES:
        scenario = named(name)
        noise = [call.title for call in scenario.near_misses if surely_matches(pattern, call)]
        if noise and any(surely_matches(pattern, call) for call in scenario.calls):
            return false(Fact(f"it matches {listed(noise)} as well", metric_filter.pattern.origin))
    return true(metric_filter.pattern.fact())


@policy(
    "MONITOR-031",
    on=MetricFilter,
    severity=Severity.LOW,
    since="0.1",
    controls=controls(mlps=["8.1.5.4f"]),
)
def alarm_on_everyday_calls(metric_filter: MetricFilter) -> Check:
    """A metric filter on audit logs whose alarm goes off for everyday calls too."""
    alarmed = ~metric_filter.alarms.seen().is_empty()
    audited = metric_filter.log_group.seen().some(lambda group: group.audit)
    return require(lambda: _calm(metric_filter), "its alarm goes off for everyday calls too", when=audited & alarmed)
