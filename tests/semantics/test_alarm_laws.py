"""Alarms against a simulation, minute by minute; and three answers against two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.semantics.alarms import COMPARISONS, alarmed, reduced, state_after
from guardrails.semantics.metric_math import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Average": lambda points: sum(points) / len(points),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}
SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda one, two: one >= two,
    ">": lambda one, two: one > two,
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
}
MORE = 2
"""Periods that CloudWatch looks at beyond those that it evaluates."""

CONFIGURATIONS = st.fixed_dictionaries(
    {
        "statistic": st.sampled_from(list(STATISTICS)),
        "minutes": st.integers(1, 6),
        "value": st.sampled_from([0.0, 1.0, 2.0, 5.0]),
        "default": st.sampled_from([MISSING, 0.0, 1.0]),
        "busy": st.booleans(),
        "comparison": st.sampled_from(list(COMPARISONS)),
        "threshold": st.sampled_from([-1.0, 0.0, 0.2, 0.5, 1.0, 2.0, 5.0]),
        "missing_data": st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]),
        "periods": st.integers(1, 4),
        "needed": st.integers(1, 4),
    }
)


def simulated(c: dict[str, Any]) -> bool:
    """Whether the alarm changes to ALARM at some evaluation once an event came, from what it was in the long run.

    One that is in ALARM without events is counted as one that does not, though an event may end that for a while.
    """
    reduce, compare = STATISTICS[c["statistic"]], SIGNS[COMPARISONS[c["comparison"]][0]]
    needed = min(c["needed"], c["periods"])

    def period(event_in_minute: int | None) -> str:
        points = []
        for minute in range(c["minutes"]):
            if minute == event_in_minute:
                points.append(c["value"])
            elif c["busy"] and c["default"] is not MISSING:
                points.append(c["default"])
        if not points:
            return "-"
        return "X" if compare(reduce(points), c["threshold"]) else "0"

    idle = period(None)
    history = [idle] * (c["periods"] + MORE)
    state = "INSUFFICIENT_DATA"

    def evaluated() -> str:
        found = state_after("".join(history[-c["periods"] - MORE :]), c["periods"], needed, c["missing_data"])
        return state if found == "retain" else found

    state = evaluated()
    if state == "ALARM":
        return False
    for point in [period(0), *[idle] * (c["periods"] + MORE + 2)]:
        history.append(point)
        before, state = state, evaluated()
        if state == "ALARM" and before != "ALARM":
            return True
    return False


@settings(max_examples=600, deadline=None)
@given(CONFIGURATIONS)
def test_an_answer_is_what_happens(c: dict[str, Any]) -> None:
    state = reduced(c["statistic"], c["minutes"] * 60, c["value"], c["default"], busy=c["busy"])
    needed = min(c["needed"], c["periods"])
    answer = alarmed(state, c["comparison"], c["threshold"], c["missing_data"], needed)

    if answer.holds is None:
        assert needed > 1, "only several periods on sparse data are open"
    else:
        assert answer.holds is simulated(c)
        assert answer.holds or answer.detail


FORGETTABLE = ("statistic", "minutes", "value", "default", "comparison", "threshold", "missing_data", "needed")


@settings(max_examples=400, deadline=None)
@given(CONFIGURATIONS, st.sets(st.sampled_from(FORGETTABLE), min_size=1))
def test_what_is_said_of_less_holds_of_more(c: dict[str, Any], forgotten: set[str]) -> None:
    def said(known: dict[str, Any]) -> bool | None:
        period = known["minutes"] * 60 if known["minutes"] is not None else None
        state = reduced(known["statistic"], period, known["value"], known["default"], busy=known["busy"])
        needed = min(known["needed"], c["periods"]) if known["needed"] is not None else None
        return alarmed(state, known["comparison"], known["threshold"], known["missing_data"], needed).holds

    less = said({name: None if name in forgotten else value for name, value in c.items()})

    assert less is None or less is said(c)
