"""The laws of three-valued truth, and what a verdict remembers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, false, true, unknown
from guardrails.kernel.why import Reason, Why

ORDER = {Verdict.FALSE: 0, Verdict.UNKNOWN: 1, Verdict.TRUE: 2}
REASON = Reason(Why.INPUT, "variable `x` has no value")


def of(verdict: Verdict, name: str = "a") -> Truth:
    return Truth(verdict, (Fact(name),), (REASON,) if verdict is Verdict.UNKNOWN else ())


truths = st.builds(of, st.sampled_from(list(Verdict)), st.sampled_from("abc"))


@given(truths, truths)
def test_and_is_the_minimum_and_or_the_maximum(left: Truth, right: Truth) -> None:
    """Kleene logic orders FALSE < UNKNOWN < TRUE."""
    low, high = sorted((left.verdict, right.verdict), key=ORDER.__getitem__)

    assert (left & right).verdict is low
    assert (left | right).verdict is high


@given(truths, truths, truths)
def test_de_morgan_and_associativity(a: Truth, b: Truth, c: Truth) -> None:
    assert (~(a & b)).verdict is (~a | ~b).verdict
    assert ((a & b) & c).verdict is (a & (b & c)).verdict
    assert (~~a).verdict is a.verdict


@given(st.lists(truths))
def test_an_unknown_result_always_has_a_reason(items: list[Truth]) -> None:
    for result in (all_of(items), any_of(items)):
        assert bool(result.reasons) == (result.verdict is Verdict.UNKNOWN)


@given(truths, truths)
def test_facts_come_from_the_side_that_decided(left: Truth, right: Truth) -> None:
    """A false conjunction speaks of what is false, not of what happens to be true."""
    result = left & right

    if left.verdict is Verdict.FALSE and right.verdict is not Verdict.FALSE:
        assert result.facts == left.facts
    if left.verdict is Verdict.UNKNOWN and right.verdict is Verdict.TRUE:
        assert result.facts == left.facts


def test_there_is_no_bool() -> None:
    for truth in (true(), false(), unknown(REASON)):
        with pytest.raises(TypeError, match="may be unknown"):
            bool(truth)


def test_an_unknown_without_reason_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        unknown()


def test_because_leads_with_the_given_facts() -> None:
    source = SourceFile("main.tf", "a\nb\n")
    lead = Fact("lead", Origin(source, 2, 3))

    led = decide(False, Fact("other")).because(lead)

    assert [fact.detail for fact in led.facts] == ["lead", "other"]
    assert led.facts[0].origin.line == 2


def test_known_is_decided_for_everything() -> None:
    assert unknown(REASON).known.verdict is Verdict.FALSE
    assert false().known.verdict is Verdict.TRUE
