"""MONITOR-021."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Check,
    MetricAlarm,
    MetricFilter,
    Settings,
    Severity,
    Truth,
    Verdict,
    audit_filters,
    counts,
    fires_on_one_event,
    policy,
    require,
    waits_for_failures,
)

from ...frameworks import PCI_ALERTING, controls


class Options(Settings):
    max_alarm_period: int = 300
    """Seconds that an alarm on audit logs may look at in one piece: it tells nobody of what follows within them."""


@policy(
    "MONITOR-021",
    on=MetricAlarm,
    severity=Severity.HIGH,
    since="0.1",
    when="beside_filters",
    controls=controls(
        pci=PCI_ALERTING,
        mlps=["8.1.5.4f"],
    ),
)
def alarm_that_waits_for_more(alarm: MetricAlarm, settings: Options) -> Iterator[Check]:
    """An alarm on audit logs that a single call does not set off."""
    filters = audit_filters(alarm)

    def goes_off(metric_filter: MetricFilter) -> Truth:
        fires = fires_on_one_event(alarm, metric_filter)
        counting = waits_for_failures(metric_filter) & counts(alarm, metric_filter)
        return fires if counting.verdict is Verdict.FALSE else fires | counting

    watching = ~filters.is_empty()
    yield require(
        lambda: filters.every(goes_off), "one call that its filter matches does not set it off", when=watching
    )
    yield require(
        lambda: alarm.period.where(lambda seconds: seconds <= settings.max_alarm_period) | ~alarm.queries.is_empty(),
        "after the first call it is silent for longer than it should be",
        when=watching,
        severity=Severity.LOW,
    )
