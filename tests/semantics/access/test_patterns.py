"""Patterns against each other: compared with what sampled texts say, and bounded in time whatever they look like."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.semantics.access.automaton import Hole
from guardrails.semantics.access.patterns import Pattern, Spelling, literal, matches, pattern_of

WORDS = [  # with a letter that no pattern mentions
    "".join(letters) for length in range(8) for letters in itertools.product("abc", repeat=length)
]
WRITTEN = st.text(alphabet="ab*?", max_size=5)
SHORT = st.text(alphabet="ab*?", max_size=4)
PARTS = st.lists(st.text(alphabet="ab*?", max_size=2), min_size=6, max_size=7).map(":".join)


def like(written: str) -> Pattern:
    return pattern_of((written,), Spelling.LIKE)


def expression(written: str, any_character: str = ".") -> re.Pattern[str]:
    pieces = {"*": f"{any_character}*", "?": any_character}
    return re.compile("".join(pieces.get(letter) or re.escape(letter) for letter in written), re.DOTALL)


@settings(max_examples=200)
@given(written=WRITTEN, word=st.sampled_from(WORDS))
def test_a_text_matches_as_its_wildcards_say(written: str, word: str) -> None:
    assert matches(written, word) is (expression(written).fullmatch(word) is not None)


@settings(max_examples=60)
@given(one=SHORT, other=SHORT)
def test_covering_and_touching_are_what_texts_say(one: str, other: str) -> None:
    mine = {word for word in WORDS if expression(one).fullmatch(word)}
    theirs = {word for word in WORDS if expression(other).fullmatch(word)}

    covers, touches = like(one).covers(like(other)), like(one).touches(like(other))

    # Two patterns of four characters that differ, or meet, do so in a text of seven.
    assert covers is (theirs <= mine)
    assert touches is bool(mine & theirs)
    assert touches is like(other).touches(like(one))


@settings(max_examples=200)
@given(written=PARTS, text=st.lists(st.text(alphabet="ab", max_size=2), min_size=6, max_size=7).map(":".join))
def test_the_parts_of_an_arn_match_one_by_one(written: str, text: str) -> None:
    ours, theirs = written.split(":", 5), text.split(":", 5)
    expected = all(expression(part).fullmatch(said) for part, said in zip(ours, theirs, strict=True))

    assert pattern_of((written,), Spelling.ARN).covers(literal((text,))) is expected


@settings(max_examples=200)
@given(before=WRITTEN, after=WRITTEN, filling=st.text(alphabet="ab*?", max_size=3), other=WRITTEN)
def test_a_hole_leaves_open_what_its_filling_decides(before: str, after: str, filling: str, other: str) -> None:
    open_pattern = pattern_of((before, Hole("x", wild=True), after), Spelling.LIKE)
    filled = like(before + filling + after)

    for question in (Pattern.covers, Pattern.touches):
        assert question(open_pattern, like(other)) in (None, question(filled, like(other)))


@settings(max_examples=200)
@given(before=WRITTEN, after=WRITTEN, filling=st.text(alphabet="ab", max_size=3), other=WRITTEN)
def test_a_hole_in_what_is_asked_about_does_so_too(before: str, after: str, filling: str, other: str) -> None:
    pieces: tuple[str | Hole, ...] = (before, Hole("x"), after)
    open_pattern = pattern_of(pieces, Spelling.LIKE)
    filled = like("".join(piece if isinstance(piece, str) else filling for piece in pieces))

    for question in (Pattern.covers, Pattern.touches):
        assert question(like(other), open_pattern) in (None, question(like(other), filled))
        assert question(open_pattern, open_pattern) in (None, question(filled, filled))


@given(written=WRITTEN)
def test_a_pattern_covers_itself_and_all_are_covered_by_an_asterisk(written: str) -> None:
    assert like(written).covers(like(written)) is True
    assert like("*").covers(like(written)) is True
    assert like(written).touches(like("*")) is True


@pytest.mark.parametrize(
    ("spelling", "written", "text", "expected"),
    [
        (Spelling.PLAIN, "a*", "a*", True),
        (Spelling.PLAIN, "a*", "ab", False),
        (Spelling.LIKE, "arn:aws:s3:*", "arn:aws:s3:::b", True),
        (Spelling.ARN, "arn:aws:s3:*", "arn:aws:s3:::b", False),
        (Spelling.RESOURCE, "arn:aws:s3:*", "arn:aws:s3:::b", True),
        (Spelling.RESOURCE, "*", "arn:aws:s3:::b", True),
        (Spelling.RESOURCE, "arn:aws:logs:*:*:group", "arn:aws:logs:r:a:b:group", False),
        (Spelling.RESOURCE, "arn:aws:logs:*:group:b", "arn:aws:logs:r:a:group:b", None),
        (Spelling.RESOURCE, "arn:aws:logs:*:111122223333:b", "arn:aws:logs:r:a:111122223333:b", False),
        (Spelling.RESOURCE, "arn:aws:s3:::a*", "arn:aws:s3:::a:b/c", True),
        (Spelling.ARN, "arn:aws:s3:::a*", "arn:aws:s3:::a:b/c", True),
    ],
)
def test_where_wildcards_reach(spelling: Spelling, written: str, text: str, expected: bool | None) -> None:
    assert pattern_of((written,), spelling).covers(literal((text,))) is expected


@pytest.mark.timeout(120)  # by trying every way, each would take longer than anybody lives
def test_hostile_patterns_take_no_longer_than_others() -> None:
    assert not matches("*a" * 2_000 + "b", "a" * 5_000)
    assert like("*a?" * 2_000).touches(like("*a" * 2_000 + "b")) is True
    assert like("*a?" * 2_000).covers(like("*a" * 2_000)) is not True
    assert like("?*" * 500).covers(like("*" + "a?" * 500)) is True
