"""Alarms: does one matching event move an alarm to ALARM, and does the alarm then act.

The rules are those of the Amazon CloudWatch User Guide ("Alarm evaluation", "Configuring how alarms treat missing
data"). A filter publishes one data point for each matching event, and its default value for every other minute in which
its log group received anything. Actions run on a change of state only, so that an alarm which is in ALARM while nothing
happens tells nobody of anything.
"""

from __future__ import annotations

from itertools import product

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, decide, false, true, unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.metrics import MISSING, Missing, watches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.model.monitoring import Alarm, Destination, MetricAlarm, MetricFilter
    from guardrails.semantics.partial import PartialRecord

Point = float | Missing | None
"""What a period comes to: a number, no data, or None where that is not known."""

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": (">=", "at least"),
    "GreaterThanThreshold": (">", "more than"),
    "LessThanThreshold": ("<", "less than"),
    "LessThanOrEqualToThreshold": ("<=", "at most"),
}
_MINUTE = 60
_LONGEST_PERIOD = 7 * 24 * 3600
"""Seconds; AWS takes no alarm that looks back further than a week (API reference, PutMetricAlarm)."""
_MOST_CASES = 64
_ANOMALY = Reason(Why.UNSUPPORTED, "what anomaly detection takes for normal is not known")
_SPARSE = Reason(
    Why.UNSUPPORTED,
    "AWS does not say whether an alarm that needs several periods counts data points from longer ago",
    "let one period of one be enough, or give the metric filter a default value of 0",
)


class State(Record):
    """What a metric comes to in a period with an event, and in one without."""

    event: Point
    idle: Point
    why: tuple[Reason, ...] = ()
    """Why one of them is not known."""
    events: int = 1
    """How many events there are in the period of `event`."""


class Answer(Record):
    """Yes, no, or None for not known; with what led to a no, and the name of the field that it hangs on."""

    holds: bool | None
    detail: str = ""
    field: str = ""
    why: tuple[Reason, ...] = ()


# --- one period -------------------------------------------------------------------------------------------------------


def reduced(
    statistic: str | None,
    period: int | None,
    value: float | None,
    default: Point,
    *,
    busy: bool,
    events: int = 1,
) -> State:
    """What a statistic makes of a period with so many events, all in one minute, and of one without any, by the
    filter's own data points.

    None stands for what is not known; `default` is MISSING for none. `busy`: the log group receives events every
    minute.
    """
    if period is not None and period > _LONGEST_PERIOD:
        period = None
    minutes = 1 if period is None else max(1, period // _MINUTE)
    if default is None and busy:  # whatever it is, nothing is added to the minute that an event is in
        if value is None or period is None or minutes > 1:
            return State(None, None, events=events)
        return State(_statistic(statistic, [value] * events, False), None, events=events)
    filler = default if busy and not isinstance(default, Missing) else None
    unsure = filler is not None and period is None
    others = [filler] * (minutes - 1) if filler is not None else []
    event = None if value is None else _statistic(statistic, [*[value] * events, *others], unsure)
    idle = _statistic(statistic, [filler, *others], unsure) if filler is not None else MISSING
    return State(event, idle, events=events)


def _statistic(name: str | None, points: list[float], unsure: bool) -> Point:
    """`unsure` is that the number of points is not known, only that those behind the first are all the same."""
    first, rest = points[0], points[1:]
    level = unsure and first == 0  # sums and extremes do not depend on how many zeros there are
    if name is None:
        return None
    if unsure and not (level or name in ("Maximum", "Minimum")):
        return None
    if name == "Sum":
        return float(sum(points))
    if name == "Average":
        return None if unsure else sum(points) / len(points)
    if name == "Maximum":
        return max(points)
    if name == "Minimum":
        return None if unsure and not level else min(points)
    if name == "SampleCount":
        return None if unsure else float(len(points))
    if not rest and not unsure and name[:1] == "p" and name[1:2].isdigit():
        return first  # every percentile of one point is that point
    return None


def _breaches(point: Point, comparison: str | None, threshold: float | None) -> bool | None:
    if point is None or comparison is None or threshold is None or isinstance(point, Missing):
        return None
    sign, _ = COMPARISONS[comparison]
    if sign[0] == ">":
        return point > threshold or (sign == ">=" and point == threshold)
    return point < threshold or (sign == "<=" and point == threshold)


def alarmed(
    state: State,
    comparison: str | None,
    threshold: float | None,
    missing_data: str | None,
    needed: int | None,
) -> Answer:
    """Whether an event, or so many, moves an alarm from what it is without any to ALARM. `needed` is how many periods
    must breach; None stands for what is not known."""
    if comparison is not None and comparison not in COMPARISONS:
        return Answer(None, why=(_ANOMALY,))
    if isinstance(state.event, Missing):
        return Answer(False, "an event leaves no data point", "expression")
    breaching = _breaches(state.event, comparison, threshold)
    if breaching is False and comparison is not None:
        words = COMPARISONS[comparison][1]
        what = "one event comes" if state.events == 1 else f"{state.events} events come"
        return Answer(False, f"{what} to {state.event:g}, and {words} {threshold:g} is asked for", "threshold")
    silent = isinstance(state.idle, Missing)
    always = None if silent and missing_data is None else missing_data == "breaching"
    if not silent:
        always = _breaches(state.idle, comparison, threshold)
    if always:
        because = "missing data counts as breaching" if silent else f"{state.idle:g} without an event breaches as well"
        return Answer(False, f"it is in ALARM all the time: {because}", "missing_data" if silent else "threshold")
    if needed is not None and needed > 1:
        settled = always is False and (not silent or missing_data == "notBreaching")
        if settled:
            return Answer(False, f"{needed} periods must breach, and one event makes one do so", "needed")
        return Answer(None, why=() if always is None or missing_data is None else (_SPARSE,))
    if breaching and always is False and needed is not None:
        return Answer(True)
    return Answer(None, why=state.why)


def state_after(points: str, evaluation_periods: int, datapoints_to_alarm: int, missing_data: str) -> str:
    """The state of an alarm by its most recent periods, the newest last: `X` breaching, `0` not, `-` without data.

    `OK`, `ALARM`, `INSUFFICIENT_DATA`, or `retain` for whatever it was. More periods are given than are evaluated, for
    missing ones are made up for by older ones.
    """
    real = [(at, point) for at, point in enumerate(reversed(points)) if point != "-"][:evaluation_periods]
    breaching = sum(point == "X" for _, point in real)
    lacking = evaluation_periods - len(real)
    if lacking == 0 or missing_data == "notBreaching":
        return "ALARM" if breaching >= datapoints_to_alarm else "OK"
    if missing_data == "breaching":
        return "ALARM" if breaching + lacking >= datapoints_to_alarm else "OK"
    if not real:
        return "INSUFFICIENT_DATA" if missing_data == "missing" else "retain"
    if breaching >= datapoints_to_alarm:
        return "ALARM"
    if breaching < len(real):
        return "OK"
    if missing_data == "ignore":
        return "retain"
    return "ALARM" if real[-1][0] + 1 >= datapoints_to_alarm else "OK"


# --- alarms of a deployment -------------------------------------------------------------------------------------------


def fires_on_one_event(
    alarm: MetricAlarm,
    filter: MetricFilter,
    record: PartialRecord | None = None,
    *,
    busy: bool = True,
    events: int = 1,
) -> Truth:
    """Whether one event that matches a filter moves an alarm to ALARM, when nothing else matches; or so many `events`
    within a minute.

    `busy`: the log group receives other events every minute, as that of a trail does. Dimensions are compared with
    `record`, where one is given.
    """
    if record is None:
        return alarm.remembered(("fires", filter, busy, events), lambda: _fires(alarm, filter, None, busy, events))
    return _fires(alarm, filter, record, busy, events)


def _fires(alarm: MetricAlarm, filter: MetricFilter, record: PartialRecord | None, busy: bool, events: int) -> Truth:
    if alarm.queries.is_empty().verdict is Verdict.TRUE:
        here = watches(alarm, filter) & publishes(filter)
        if here.verdict is Verdict.FALSE:
            return here
        own = _unit_fits(alarm.unit, filter) & _of_dimensions(alarm.dimensions, filter, record)
        return here & own & _reacts(alarm, filter, busy, events)
    from guardrails.semantics.metric_math_alarms import fires

    return publishes(filter) & fires(alarm, filter, record, busy=busy, events=events)


def publishes(filter: MetricFilter) -> Truth:
    """Whether the filter makes a data point of every event that matches its pattern."""
    group = filter.log_group.every(lambda group: group.log_class.equals("STANDARD"))
    if group.verdict is Verdict.FALSE:
        return group.because(Fact("log groups of this class take no metric filters", filter.log_group.owner))
    # Of a group whose class is not known it is enough that a filter is made for it: any other class refuses that.
    transformed = filter.on_transformed.is_false() | unknown(_TRANSFORMED, facts=(filter.on_transformed.fact(),))
    chosen = filter.selection
    everything = true() if chosen.settled and chosen.or_none() is None else unknown(_CHOSEN, facts=(chosen.fact(),))
    return transformed & everything


_TRANSFORMED = Reason(
    Why.UNSUPPORTED, "the filter sees what a transformer makes of the events, and that is not evaluated"
)
_CHOSEN = Reason(Why.UNSUPPORTED, "which log groups the filter is limited to is not evaluated")


def _unit_fits(unit: Value[str], filter: MetricFilter) -> Truth:
    """An alarm that names a unit sees data points of that unit only; a filter that names none publishes `None`."""
    if unit.settled and unit.or_none() is None:
        return true()
    published = filter.unit.or_default("None")
    wanted, given = unit.or_none(), published.or_none()
    if wanted is None or given is None:
        return unknown(*(unit.reasons or published.reasons), facts=(unit.fact(),))
    if wanted == given:
        return true(unit.fact())
    return false(
        Fact(f"the alarm counts data points of the unit `{wanted}`, and the filter's have `{given}`", unit.origin)
    )


def _of_dimensions(asked: Any, filter: MetricFilter, record: PartialRecord | None) -> Truth:  # noqa: ANN401
    from guardrails.semantics.metric_dimensions import agree

    return agree(asked, filter.dimensions, record)


def _reacts(alarm: MetricAlarm, filter: MetricFilter, busy: bool, events: int) -> Truth:
    values: dict[str, Value[Any]] = {
        "statistic": alarm.statistic,
        "period": alarm.period,
        "value": counted(filter),
        "default": filter.default,
    }
    if alarm.threshold_band.present is not False:
        return unknown(_ANOMALY, facts=(alarm.threshold_band.fact(),))

    def state(chosen: dict[str, Any]) -> State:
        return reduced(
            chosen["statistic"], chosen["period"], chosen["value"], chosen["default"], busy=busy, events=events
        )

    return judged(alarm, values, state)


def counted(filter: MetricFilter) -> Value[float]:
    """What one event counts, as a number; a field of the event is not known beforehand."""
    value = filter.value
    if value.alternatives:
        return Value.one_of(tuple(_number(one) for one in value.alternatives), value.reasons, value.origin)
    return _number(value)


def _number(value: Value[str]) -> Value[float]:
    literal = value.or_none()
    if literal is None:
        return Value.unknown(value.reasons or (_UNSET_VALUE,), value.origin)
    try:
        return Value.of(float(literal), value.origin)
    except ValueError:
        reason = Reason(Why.CANNOT_SAY, f"what an event counts stands in the event (`{literal}`)", origin=value.origin)
        return Value.unknown((reason,), value.origin, present=True)


_UNSET_VALUE = Reason(Why.INVALID, "what an event counts is not set")


def judged(alarm: MetricAlarm, values: dict[str, Value[Any]], state_of: Any) -> Truth:  # noqa: ANN401
    """Whether the alarm goes to ALARM, whichever of several values are meant; decided where it makes no difference."""
    settings: dict[str, Value[Any]] = {
        **values,
        "comparison": alarm.comparison,
        "threshold": alarm.threshold,
        "missing_data": alarm.missing_data,
        "periods": alarm.evaluation_periods,
        "needed": alarm.datapoints_to_alarm,
    }
    choices = {name: value.alternatives or (value,) for name, value in settings.items()}
    cases = list(product(*choices.values()))
    if len(cases) > _MOST_CASES:
        return unknown(Reason(Why.LIMIT, "too many combinations of values decide what the alarm does"))
    answers = [_answer(dict(zip(choices, case, strict=True)), state_of, alarm) for case in cases]
    if len({answer.verdict for answer in answers}) == 1:
        return answers[0] if answers[0].verdict is not Verdict.TRUE else all_of(answers)
    reasons = tuple(reason for value in settings.values() for reason in (value.reasons if value.alternatives else ()))
    return unknown(*reasons, facts=tuple(fact for answer in answers for fact in answer.facts))


def _answer(chosen: dict[str, Value[Any]], state_of: Any, alarm: MetricAlarm) -> Truth:  # noqa: ANN401
    contents = {name: value.or_none() for name, value in chosen.items()}
    if chosen["default"].settled and contents["default"] is None:
        contents["default"] = MISSING
    state: State = state_of(contents)
    needed = _needed(chosen["needed"], chosen["periods"])
    answer = alarmed(state, contents["comparison"], contents["threshold"], contents["missing_data"], needed)
    if answer.holds is not None:
        at = chosen.get("periods" if answer.field == "needed" and contents["needed"] is None else answer.field)
        origin = at.origin if at is not None else alarm.origin
        seen = Fact(answer.detail, origin) if answer.detail else Fact("one event is enough", alarm.threshold.origin)
        return decide(answer.holds, seen)
    open_ended = [
        value for name, value in chosen.items() if contents[name] is None and not (value.settled and name == "needed")
    ]
    reasons = tuple(reason for value in open_ended for reason in (value.reasons or (_unset(value),)))
    found = (*answer.why, *reasons)
    return unknown(
        *(found or (Reason(Why.UNSUPPORTED, "what its statistic makes of one event is not evaluated"),)),
        facts=tuple(value.fact() for value in open_ended) or (alarm.statistic.fact(),),
    )


def _unset(value: Value[Any]) -> Reason:
    return Reason(Why.INVALID, f"`{value.origin.attribute}` is not set", origin=value.origin)


def _needed(needed: Value[Any], periods: Value[Any]) -> int | None:
    """How many periods must breach: all of them where nothing else is said."""
    said: int | None = (periods if needed.settled and needed.or_none() is None else needed).or_none()
    return said


# --- what alarms do ---------------------------------------------------------------------------------------------------


def _leads_somewhere(action: Destination) -> Truth:
    """FALSE for a topic that was deleted: alarms keep naming it."""
    if action.kind.or_none() != "sns":
        return true()
    gone = action.topic.is_empty()
    return ~gone if gone.verdict is Verdict.TRUE else true()


def acts(alarm: Alarm) -> Truth:
    """Whether the alarm does anything when it goes to ALARM: actions, enabled, and not held back."""
    enabled = alarm.actions_enabled.is_true()
    muted = alarm.mutes.some(lambda rule: rule.active.is_true())
    given = ~alarm.actions.is_empty()
    if given.verdict is Verdict.TRUE and alarm.observed.verdict is Verdict.TRUE:
        given = alarm.actions.some(_leads_somewhere)
    if muted.verdict is Verdict.UNKNOWN:  # code knows when alarms are muted, not whether they are now
        muted = false()
    return all_of((enabled, given, ~muted))
