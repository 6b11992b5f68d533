"""Values: what is known, what is one of several, what is unknown but set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.kernel.origin import How, Origin, SourceFile
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Reference, Value, not_said
from guardrails.kernel.why import Reason, Why

REASONS = (Reason(Why.INPUT, "variable `x` has no value", "pass --var x=..."),)
SOURCE = SourceFile("main.tf", 'resource "aws_cloudtrail" "t" {\n  enable_logging = false\n}\n')
WRITTEN = Origin(SOURCE, 34, 56, attribute="enable_logging")


def test_a_known_value_answers() -> None:
    value = Value.of(False, WRITTEN)

    assert value.is_true().verdict is Verdict.FALSE
    assert value.is_false().verdict is Verdict.TRUE
    assert value.is_set().verdict is Verdict.TRUE
    fact = value.is_true().facts[0]
    assert (fact.detail, fact.origin.line) == ("`enable_logging` is false", 2)


def test_a_default_says_that_it_is_one() -> None:
    value: Value[bool] = Value.unset(WRITTEN)

    fact = value.or_default(False).is_true().facts[0]

    assert fact.detail == "`enable_logging` is not set, which means false"
    assert fact.origin.how is How.DEFAULT


def test_an_unknown_value_may_be_known_to_be_set() -> None:
    """A reference to a key that will exist is set, though nobody knows its ARN."""
    value: Value[str] = Value.unknown(REASONS, present=True, reference=Reference("aws_kms_key.k", ("arn",)))

    assert value.is_set().verdict is Verdict.TRUE
    assert value.equals("x").verdict is Verdict.UNKNOWN


def test_one_of_several_decides_where_all_agree() -> None:
    both = Value.one_of((Value.of(400), Value.of(500)), REASONS)
    mixed = Value.one_of((Value.of(30), Value.of(500)), REASONS)

    assert both.where(lambda days: days >= 365).verdict is Verdict.TRUE
    assert both.where(lambda days: days < 365).verdict is Verdict.FALSE
    assert mixed.where(lambda days: days >= 365).verdict is Verdict.UNKNOWN
    assert Value.one_of((Value.of(1), Value(None)), REASONS).is_set().verdict is Verdict.UNKNOWN


def test_one_of_several_takes_the_default_in_the_branch_that_is_not_set() -> None:
    value: Value[bool] = Value.one_of((Value.of(True), Value(None)), REASONS)

    assert value.or_default(True).is_true().verdict is Verdict.TRUE
    assert value.or_default(False).is_true().verdict is Verdict.UNKNOWN


def test_text_is_printed_only_if_it_stands_in_the_source() -> None:
    """What came from a variable may be a secret; what is written at that place is seen by everybody anyway."""
    source = SourceFile("main.tf", 'mode = "ReadOnly"\n')
    written = Value.of("ReadOnly", Origin(source, 0, 17, attribute="mode"))
    computed = Value.of("hunter2", Origin(source, 0, 17, attribute="mode"))

    assert written.fact().detail == '`mode` is "ReadOnly"'
    assert computed.fact().detail == "`mode` is set"


def test_there_is_no_bool_and_equality_is_identity() -> None:
    with pytest.raises(TypeError, match="may be unknown"):
        bool(Value.of(True))
    assert Value.of(1).same_as(Value.of(1, WRITTEN))
    assert not Value.of(1).same_as(Value.of(2))


@given(st.one_of(st.none(), st.booleans()), st.sampled_from([True, False]))
def test_a_default_is_never_unset(content: bool | None, default: bool) -> None:
    assert Value(content).or_default(default).is_set().verdict is Verdict.TRUE


def test_agrees_needs_both() -> None:
    a, b = Value.of("1"), Value.of("2")

    assert a.agrees(Value.of("1")).verdict is Verdict.TRUE
    assert a.agrees(b).verdict is Verdict.FALSE
    assert a.agrees(Value.unknown(REASONS)).verdict is Verdict.UNKNOWN


def test_what_a_source_cannot_say_is_unknown_for_that_reason() -> None:
    value = not_said("confirmed", "code cannot show a confirmation")

    assert value.reasons[0].why is Why.CANNOT_SAY
    assert value.is_set().verdict is Verdict.UNKNOWN


def test_map_keeps_unset_and_unknown() -> None:
    def upper(text: str) -> str:
        return text.upper()

    unset: Value[str] = Value.unset()
    unknown: Value[str] = Value.unknown(REASONS)

    enabled = Value.of("Enabled", Origin(SourceFile("f", "Enabled"), 0, 7, attribute="status")).map(bool)

    assert enabled.is_true().facts[0].detail == '`status` is "Enabled"', "a fact shows what is written"
    assert unset.map(upper).or_none() is None
    assert unknown.map(upper).reasons == REASONS
    assert Value.of("a").map(upper).or_none() == "A"
