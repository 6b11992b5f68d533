"""Collections: what is missing matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.many import Many
from guardrails.kernel.origin import Origin
from guardrails.kernel.truth import Truth, Verdict, decide, true, unknown
from guardrails.kernel.why import Reason, Why

GAP = Reason(Why.ELSEWHERE, "module.x is not downloaded", "run `terraform init`")
PERHAPS = unknown(GAP)


def positive(number: int) -> Truth:
    return decide(number > 0)


def test_nothing_is_found_in_an_empty_complete_collection() -> None:
    none: Many[int] = Many((), noun="trail")

    answer = none.some(positive)

    assert answer.verdict is Verdict.FALSE
    assert answer.facts[0].detail == "there is no trail"
    assert none.every(positive).verdict is Verdict.TRUE


def test_absence_speaks_of_the_attribute_where_there_is_one() -> None:
    none: Many[int] = Many((), noun="KMS key", owner=Origin(attribute="kms_key_id"))

    assert none.some(positive).facts[0].detail == "`kms_key_id` is not set"


def test_a_gap_forbids_both_absence_and_universality() -> None:
    gapped = Many(((1, true()),), (GAP,))

    assert gapped.some(lambda n: decide(n > 5)).verdict is Verdict.UNKNOWN
    assert gapped.every(positive).verdict is Verdict.UNKNOWN
    assert gapped.some(positive).verdict is Verdict.TRUE
    assert gapped.every(lambda n: decide(n > 5)).verdict is Verdict.FALSE


def test_a_member_that_may_not_exist_proves_nothing() -> None:
    perhaps = Many(((1, PERHAPS),))

    assert perhaps.some(positive).verdict is Verdict.UNKNOWN
    assert perhaps.every(lambda n: decide(n > 5)).verdict is Verdict.UNKNOWN
    assert perhaps.every(positive).verdict is Verdict.TRUE


def test_there_is_no_bool() -> None:
    with pytest.raises(TypeError, match="may be incomplete"):
        bool(Many.of(1))


def test_it_is_looked_up_once_and_only_when_asked() -> None:
    calls: list[int] = []

    def load() -> Many[int]:
        calls.append(1)
        return Many.of(1, 2)

    many = Many(load)

    assert calls == []
    assert many.some(positive).verdict is Verdict.TRUE
    assert many.is_empty().verdict is Verdict.FALSE
    assert calls == [1]


def test_one_that_is_being_read_is_not_taken_for_empty() -> None:
    circle: list[Many[int]] = []
    circle.append(Many(lambda: Many.of(len(circle[0].members()))))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="while it was being read"):
            circle[0].members()


def test_through_keeps_gaps_of_both_sides() -> None:
    outer = Many(((1, true()),), (GAP,))
    other = Reason(Why.INPUT, "variable `y` has no value")

    found = outer.through(lambda n: Many(((n, PERHAPS),), (other,)))

    assert found.gaps == (GAP, other)
    assert found.members()[0][1].verdict is Verdict.UNKNOWN


@given(st.lists(st.tuples(st.integers(-2, 2), st.sampled_from([true(), PERHAPS]))), st.booleans())
def test_some_and_every_are_dual(members: list[tuple[int, Truth]], complete: bool) -> None:
    many = Many(tuple(members), () if complete else (GAP,))

    assert many.every(positive).verdict is (~many.some(lambda n: ~positive(n))).verdict


@given(st.lists(st.integers(-2, 2)), st.booleans())
def test_refining_a_gap_never_contradicts(members: list[int], more: bool) -> None:
    """What is decided with a gap stays decided whatever the gap hides."""
    known = tuple((n, true()) for n in members)
    gapped = Many(known, (GAP,)).some(positive)
    filled = Many((*known, (1 if more else -1, true()))).some(positive)

    if gapped.verdict is not Verdict.UNKNOWN:
        assert filled.verdict is gapped.verdict


def test_one_of_several_that_surely_exists() -> None:
    either = Many(((1, PERHAPS), (2, PERHAPS)), one_of=True)

    assert either.some(positive).verdict is Verdict.TRUE
    assert either.is_empty().verdict is Verdict.FALSE
    assert either.some(lambda n: decide(n == 1)).verdict is Verdict.UNKNOWN
    assert either.every(lambda n: decide(n > 5)).verdict is Verdict.FALSE
    assert Many(lambda: either).some(positive).verdict is Verdict.TRUE


def test_where_keeps_those_that_may_pass() -> None:
    many = Many(((1, true()), (-1, true())))

    assert [item for item, _ in many.where(positive).members()] == [1]
    assert many.where(lambda _: PERHAPS).is_empty().verdict is Verdict.UNKNOWN


def test_and_also_does_not_repeat() -> None:
    shared = object()

    assert len(Many.of(shared).and_also(Many.of(shared, object())).members()) == 2
