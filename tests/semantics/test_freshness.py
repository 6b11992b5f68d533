"""Points in time beside the time at which an account was read."""

from __future__ import annotations

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Value, not_said
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.freshness import arrives, within

READ_AT = Value.of("2027-01-31T12:00:00Z")
NEVER: Value[str] = Value.unset()
REFUSED: Value[str] = Value.unknown((Reason(Why.DENIED, "it was refused"),))


@pytest.mark.parametrize(
    ("moment", "verdict"),
    [
        ("2027-01-31T12:00:00Z", Verdict.TRUE),
        ("2027-01-30T12:00:00Z", Verdict.TRUE),
        ("2027-01-30T11:59:59Z", Verdict.FALSE),
        ("2027-01-30T11:59:59.999Z", Verdict.FALSE),
        ("2027-01-30T14:00:00+02:00", Verdict.TRUE),
        ("2027-01-30T13:59:59+02:00", Verdict.FALSE),
        ("2027-01-30T12:00:00", Verdict.TRUE),
        ("2027-01-31T12:00:07Z", Verdict.TRUE),
        ("", Verdict.UNKNOWN),
        ("yesterday", Verdict.UNKNOWN),
    ],
)
def test_a_day_before_it_was_read(moment: str, verdict: Verdict) -> None:
    assert within(Value.of(moment), 24, READ_AT).verdict is verdict


def test_what_never_happened_is_not_within() -> None:
    assert within(NEVER, 24, READ_AT).verdict is Verdict.FALSE
    assert within(NEVER, 24, not_said("", "code has no such time")).verdict is Verdict.FALSE


def test_what_is_not_known_leaves_it_open_and_says_why() -> None:
    assert within(REFUSED, 24, READ_AT).reasons[0].why is Why.DENIED
    assert within(READ_AT, 24, REFUSED).reasons[0].why is Why.DENIED
    assert within(READ_AT, 24, NEVER).verdict is Verdict.UNKNOWN
    assert within(READ_AT, 24, Value.of("soon")).reasons[0].why is Why.INVALID


def test_what_was_started_since_may_still_arrive() -> None:
    lately, long_ago = Value.of("2027-01-31T11:00:00Z"), Value.of("2026-03-05T09:30:00Z")

    assert arrives(lately, long_ago, 24, READ_AT).verdict is Verdict.TRUE
    assert arrives(NEVER, lately, 24, READ_AT).verdict is Verdict.TRUE
    assert arrives(long_ago, long_ago, 24, READ_AT).verdict is Verdict.FALSE
    assert arrives(NEVER, NEVER, 24, READ_AT).verdict is Verdict.FALSE
    assert arrives(long_ago, REFUSED, 24, READ_AT).verdict is Verdict.UNKNOWN
