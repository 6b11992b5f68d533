"""Regular expressions of filter patterns, beside Python's, and against texts made to keep an engine busy."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.semantics.filters.regex import RegexError, branches_of, matcher, shape_of
from guardrails.semantics.shapes import Glob, OneOf, containing, exact, prefix, suffix

ATOMS = ("a", "b", ".", "[ab]", "[^a]", "\\d", "\\x61", "\\.", "[a-c1]")
REPEATS = ("", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}")
pieces = st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS)).map("".join)
rows = st.tuples(st.sampled_from(("", "^")), st.lists(pieces, min_size=1, max_size=5), st.sampled_from(("", "$")))
sources = st.lists(rows.map(lambda row: row[0] + "".join(row[1]) + row[2]), min_size=1, max_size=2).map("|".join)
texts = st.text(alphabet="aab1.c\n", max_size=12)


@settings(deadline=None, max_examples=200)
@given(sources, texts)
def test_it_finds_what_python_finds(source: str, content: str) -> None:
    expected = re.search(source.replace("$", "\\Z"), content, re.ASCII) is not None

    assert shape_of(source).matches(content) is expected


@settings(deadline=None, max_examples=200)
@given(sources, texts)
def test_the_automaton_finds_what_the_engine_finds(source: str, content: str) -> None:
    long = "\n" * 600  # beyond this length the automaton is used; no expression here needs a line break to match
    for branch in branches_of(source):
        if branch.at_start or "[^a]" in source:
            continue
        assert matcher(branch).found_in(long + content) is matcher(branch).found_in("\n" + content)


@settings(deadline=None, max_examples=150)
@given(sources)
def test_samples_are_found(source: str) -> None:
    shape = shape_of(source)

    assert all(shape.matches(sample) for sample in shape.samples() if not isinstance(shape, Glob | OneOf))


@pytest.mark.parametrize(
    ("source", "content"),
    [
        (".*" * 100 + "x", "a" * 20_000),
        ("a*" * 200 + "b", "a" * 20_000),
        ("[a-z]+" * 50 + "0", "a" * 20_000),
        ("a?" * 300 + "a" * 300 + "b", "a" * 20_000),
        ("a{1,60}" * 20 + "b", "a" * 20_000),
        ("a*b", "a" * 200_000),
    ],
)
@pytest.mark.timeout(120)  # by trying every way, each would take longer than anybody lives
def test_no_expression_takes_longer_than_its_text_is_long(source: str, content: str) -> None:
    assert shape_of(source).matches(content) is False


def test_plain_alternatives_are_globs() -> None:
    assert shape_of("Trail") == containing("Trail")
    assert shape_of("^Delete|Trail$|^StopLogging$") == OneOf((prefix("Delete"), suffix("Trail"), exact("StopLogging")))
    assert shape_of("a$b|c") == containing("c")


def test_a_class_may_hold_signs() -> None:
    assert [shape_of("^[.*+?|$-]$").matches(one) for one in ".*+?|$-a"] == [True] * 7 + [False]
    with pytest.raises(RegexError):
        branches_of("[]")
