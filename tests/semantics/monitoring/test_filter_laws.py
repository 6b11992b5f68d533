"""What holds of filter patterns whatever they say."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from filter_strategies import TEXTS, Tree, completed, fits, partial_records, records, trees, wild_trees
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.kernel.truth import Verdict
from guardrails.semantics.fields import MISSING
from guardrails.semantics.filter_patterns import FilterPattern, PatternFault, parse
from guardrails.semantics.filters.syntax import AllOf, AnyOf, Comparison, Literal, Selector, written
from guardrails.semantics.partial import PartialRecord

law = settings(deadline=None, max_examples=120)
chances = st.integers(0, 10_000).map(Random)
VERDICTS = {True: Verdict.TRUE, False: Verdict.FALSE, None: Verdict.UNKNOWN}


def pattern(text: str) -> FilterPattern:
    found = parse(text)
    assert isinstance(found, FilterPattern), (text, found)
    return found


def of(tree: Tree) -> FilterPattern:
    return FilterPattern(written(tree), tree, ())


@law
@given(trees)
def test_what_is_written_reads_the_same(tree: Tree) -> None:
    found = pattern(written(tree))

    assert str(found) == written(tree)
    assert pattern(str(found)).content == found.content


@pytest.mark.parametrize("value", [r"Delete\rail", "x*y", r"\*", "a", '"a"', '"x*y"', r'"a\b"'])
def test_what_is_written_out_has_the_same_doubts(value: str) -> None:
    found = pattern(f"{{ $.a = {value} }}")

    assert pattern(str(found)).doubts == found.doubts
    assert pattern(str(found)).matches({"a": value}) is found.matches({"a": value})


@pytest.mark.parametrize("text", ["{ $.a IS tRUE }", '{ $.a = "\\\\" }', "{ $.a NOT exists }"])
def test_a_pattern_that_nobody_explains_is_written_out_as_it_is(text: str) -> None:
    found = pattern(text)

    assert found.doubts
    assert str(found) == text


@law
@given(trees, records, chances)
def test_blanks_and_brackets_change_nothing(tree: Tree, record: dict[str, Any], chance: Random) -> None:
    text = written(tree)
    for sign in ("(", ")", "&&", "||"):
        text = text.replace(sign, f"{' ' * chance.randrange(3)}{sign}{chance.choice(['', ' ', chr(10)])}")
    text = text.replace("{", "{((", 1)
    text = f"{text.rpartition('}')[0]}))}}" if text.count("}") == 1 else written(tree)

    assert pattern(text).matches(record) is pattern(written(tree)).matches(record)


@law
@given(st.one_of(trees, wild_trees), records)
def test_a_complete_record_is_answered_alike_as_a_partial_one(tree: Tree, record: dict[str, Any]) -> None:
    found = of(tree)

    assert found.answers(PartialRecord.from_json(record)).verdict is VERDICTS[found.matches(record)]


@law
@given(trees, trees, trees, records)
def test_alternatives_and_conditions_obey_their_laws(one: Tree, two: Tree, three: Tree, record: dict[str, Any]) -> None:
    def answer(tree: Tree) -> bool | None:
        return of(tree).matches(record)

    assert answer(AllOf((one, AnyOf((two, three))))) is answer(AnyOf((AllOf((one, two)), AllOf((one, three)))))
    assert answer(AnyOf((one, AllOf((two, three))))) is answer(AllOf((AnyOf((one, two)), AnyOf((one, three)))))
    assert answer(AnyOf((one, two, three))) is answer(AnyOf((three, AnyOf((two, one)))))
    assert answer(AllOf((one, two, three))) is answer(AllOf((three, AllOf((two, one)))))
    assert answer(AnyOf((one, AllOf((one, two))))) is answer(one)


@law
@given(st.lists(st.sampled_from(("x", "x*", "*y", "Z")), min_size=1, max_size=3), st.sampled_from(TEXTS))
def test_unequal_to_all_is_not_equal_to_any_of_a_text(compared: list[str], value: str) -> None:
    selector = Selector("$.a", ("a",))
    equal = of(AnyOf(tuple(Comparison(selector, "=", Literal(one)) for one in compared)))
    unequal = of(AllOf(tuple(Comparison(selector, "!=", Literal(one)) for one in compared)))

    assert equal.matches({"a": value}) is not unequal.matches({"a": value})
    assert (equal.matches({}), unequal.matches({"b": value})) == (False, False)


@settings(deadline=None, max_examples=60)
@given(st.one_of(trees, wild_trees), partial_records(), chances)
def test_what_is_said_of_all_completions_holds_of_each(tree: Tree, partial: PartialRecord, chance: Random) -> None:
    found = of(tree)
    verdict = found.answers(partial).verdict
    expected = {Verdict.TRUE: True, Verdict.FALSE: False, Verdict.UNKNOWN: MISSING}[verdict]
    for _ in range(200):
        record = completed(partial.root, chance)
        assert fits(partial.root, record)
        if expected is not MISSING:
            assert found.matches(record) is expected, record


@law
@given(st.one_of(trees, wild_trees), partial_records())
def test_examples_are_completions_and_do_what_is_said(tree: Tree, partial: PartialRecord) -> None:
    found = of(tree)
    for of_this, example in ((False, found.counter_example(partial)), (True, found.match_example(partial))):
        if example is not None:
            assert found.matches(example) is of_this
            assert fits(partial.root, example)
    verdict = found.answers(partial).verdict
    assert verdict is not Verdict.TRUE or found.counter_example(partial) is None
    assert verdict is not Verdict.FALSE or found.match_example(partial) is None


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.text(alphabet='{}[]()$.*%=!<>|&"\\ ?-aNOTEXISTNUL0,^+', max_size=60)))
@pytest.mark.parametrize("head", ["", "{ $.a ", "[", "{ ($.a = %"])
def test_no_text_breaks_the_parser(head: str, text: str) -> None:
    found = parse(head + text)

    if isinstance(found, PatternFault):
        assert 0 <= found.position <= len(head + text)
        assert found.message
    else:
        assert found.matches_message(text) in (True, False, None)
        assert found.matches({"a": text}) in (True, False, None)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet='ab1_ -?"', max_size=20), st.text(alphabet='ab1_ "', max_size=20))
def test_terms_written_anew_match_the_same(text: str, message: str) -> None:
    found = parse(text)
    if isinstance(found, FilterPattern):
        assert pattern(str(found)).matches_message(message) is found.matches_message(message)


@law
@given(
    st.lists(st.sampled_from(("a", "b = x*", "c != 3", "d > 2", "e = %x|y%", "...")), min_size=1), st.text('ax3 []"')
)
def test_fields_written_anew_match_the_same(fields: list[str], message: str) -> None:
    found = parse(f"[{', '.join(fields)}]")
    if isinstance(found, FilterPattern):
        assert pattern(str(found)).matches_message(message) is found.matches_message(message)


@law
@given(trees, records)
def test_a_record_is_its_message(tree: Tree, record: dict[str, Any]) -> None:
    assert of(tree).matches_message(json.dumps(record)) is of(tree).matches(record)
