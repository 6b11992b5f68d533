"""MONITOR-020."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    AuditTrail,
    Check,
    Fact,
    MetricFilter,
    Reason,
    Severity,
    Truth,
    Why,
    every_recorded,
    looks_for_calls,
    management_events,
    policy,
    publishes,
    require,
    unknown,
)

from ...frameworks import controls


def _covers(trail: AuditTrail) -> Truth:
    recorded = every_recorded(management_events(sources_aside=EXCLUDABLE_SOURCES), trail)
    return trail.logging.is_true() & trail.multi_region.is_true() & recorded


def _fed_elsewhere(metric_filter: MetricFilter) -> Truth:
    """Where no trail is seen at all, one of another deployment may deliver to the log group, or one that an account
    does not show."""
    there = Reason(
        Why.ELSEWHERE,
        "no trail is part of this deployment, and one of another may deliver to the log group",
        "scan it together with the code of the trail",
    )
    account = metric_filter.account
    refused = account.evident(account.trails).gaps
    if refused:
        return unknown(*refused, facts=(Fact("a trail may exist that was not read", metric_filter.log_group.owner),))
    none_here = account.trails.seen().is_empty() & ~account.expects_trail
    return none_here & unknown(there, facts=(Fact("no trail is seen to deliver here", metric_filter.log_group.owner),))


@policy(
    "MONITOR-020",
    on=MetricFilter,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(
        cis=("4.5", "4.5", "5.5"), iso=["A.8.15", "A.8.16"], soc2=["CC5.2"], mlps=["8.1.5.4d", "8.1.5.4f"]
    ),
)
def filter_away_from_trails(metric_filter: MetricFilter) -> Iterator[Check]:
    """A metric filter for API calls on a log group that no trail of the whole account delivers to."""
    for_calls = looks_for_calls(metric_filter)
    yield require(
        lambda: metric_filter.log_group.some(lambda group: group.trails.some(_covers)) | _fed_elsewhere(metric_filter),
        "no trail that records all Regions and all management events delivers to its log group",
        when=for_calls,
    )
    yield require(
        lambda: publishes(metric_filter),
        "it does not see every event as CloudTrail wrote it",
        when=for_calls,
    )
