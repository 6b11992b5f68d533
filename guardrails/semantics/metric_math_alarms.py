"""Alarms on an expression over metrics: what one event makes of it."""

from __future__ import annotations

from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, false, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.alarms import State, counted, judged, reduced
from guardrails.semantics.metric_dimensions import agree
from guardrails.semantics.metric_math import Missing, Unsupported, compute
from guardrails.semantics.metrics import asks_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.value import Value
    from guardrails.model.monitoring import MetricAlarm, MetricFilter, MetricQuery
    from guardrails.semantics.alarms import Point
    from guardrails.semantics.partial import PartialRecord

_DEPTH = 12


def fires(alarm: MetricAlarm, filter: MetricFilter, record: PartialRecord | None, *, busy: bool, events: int) -> Truth:
    """Whether one event that matches a filter moves an alarm on an expression to ALARM, when nothing else matches."""
    members, gaps = alarm.queries.loaded()
    certain = not gaps and all(exists.verdict is Verdict.TRUE for _, exists in members)
    queries = [query for query, _ in members]
    ids = [query.id.or_none() for query in queries]
    returned = [query for query in queries if query.returned.or_none() is True]
    known = all(query.returned.settled for query in queries) and None not in ids
    if not certain or not known or len(returned) != 1:
        reasons = (*gaps, *(reason for query in queries for reason in (*query.returned.reasons, *query.id.reasons)))
        none = Reason(Why.INVALID, "not exactly one entry is what the threshold is compared with", origin=alarm.origin)
        return unknown(*(reasons or (none,)))
    ours = [(query, asks_for(query, alarm, filter)) for query in queries if query.expression.present is False]
    if any_of(truth for _, truth in ours).verdict is Verdict.FALSE:
        return false(Fact("the alarm does not watch the metric of the filter", alarm.origin))
    of_events = any_of(
        truth & agree(query.dimensions, filter.dimensions, record)
        for query, truth in ours
        if truth.verdict is not Verdict.FALSE
    )
    values: dict[str, Value[Any]] = {"value": counted(filter), "default": filter.default}
    for at, (query, _) in enumerate(ours):
        values[f"statistic {at}"] = query.statistic
        values[f"period {at}"] = query.period

    def state(chosen: dict[str, Any]) -> State:
        return _Period(queries, ours, chosen, busy, events).state(returned[0])

    return of_events & judged(alarm, values, state)


class _Period:
    """What the entries of an alarm come to, with one event and without."""

    def __init__(
        self,
        queries: list[MetricQuery],
        ours: list[tuple[MetricQuery, Truth]],
        chosen: dict[str, Any],
        busy: bool,
        events: int,
    ) -> None:
        self._queries = {str(query.id.or_none()): query for query in queries}
        self._states: dict[str, State] = {}
        self._events = events
        for at, (query, truth) in enumerate(ours):
            if truth.verdict is Verdict.TRUE:
                self._states[str(query.id.or_none())] = reduced(
                    chosen[f"statistic {at}"],
                    chosen[f"period {at}"],
                    chosen["value"],
                    chosen["default"],
                    busy=busy,
                    events=events,
                )

    def state(self, returned: MetricQuery) -> State:
        name = str(returned.id.or_none())
        event, idle = self._point(name, "event", 0), self._point(name, "idle", 0)
        why = () if event is not None and idle is not None else (self._why(returned),)
        return State(event, idle, why, self._events)

    def _why(self, returned: MetricQuery) -> Reason:
        return Reason(
            Why.UNSUPPORTED, "what the expression comes to is not evaluated", origin=returned.expression.origin
        )

    def _point(self, name: str, when: str, depth: int) -> Point:
        found = self._states.get(name)
        if found is not None:
            point: Point = getattr(found, when)
            return point
        query = self._queries.get(name)
        expression = query.expression.or_none() if query is not None else None
        if expression is None or depth > _DEPTH:
            return None  # a metric that others make

        def entry(inner: str) -> float | Missing:
            value = self._point(inner, when, depth + 1)
            if value is None:
                raise Unsupported
            return value

        metrics = {
            inner: self._point(inner, when, depth + 1)
            for inner, one in self._queries.items()
            if one.expression.present is False
        }
        try:
            if None in metrics.values() and "METRICS" in expression:
                return None
            return compute(expression, {key: one for key, one in metrics.items() if one is not None}, entry)
        except Unsupported:
            return None
