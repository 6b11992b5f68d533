"""Records: frozen, exact about their fields."""

from __future__ import annotations

from functools import cached_property

import pytest

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Noun, Record, changed, later, seen_as


class Point(Record):
    x: int
    y: int = 0


class Thing(Noun):
    name: str


class Special(Thing):
    size: int


def test_fields_by_position_name_and_default() -> None:
    assert Point(1) == Point(x=1, y=0) == Point(1, 0)
    assert hash(Point(1)) == hash(Point(1, 0))
    assert Point(1) != Point(2)
    assert repr(Point(1)) == "Point(x=1, y=0)"
    assert changed(Point(1), y=5) == Point(1, 5)


@pytest.mark.parametrize("fields", [{}, {"name": "a"}, {"name": "a", "size": 1, "other": 2}])
def test_missing_and_surplus_fields_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"Special\(\)"):
        Special(**fields)  # type: ignore[arg-type]  # the mistake is the point


def test_nouns_compare_by_identity_and_inherit_fields() -> None:
    one, other = Special(name="a", size=1), Special(name="a", size=1)

    assert one != other
    assert (one.name, one.size) == ("a", 1)


def test_nothing_can_be_set() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        Point(1).x = 2  # type: ignore[misc]  # the mistake is the point


@pytest.mark.parametrize(("offset", "position"), [(0, (1, 1)), (2, (2, 1)), (3, (2, 2)), (6, (4, 1))])
def test_positions_count_lines_from_one(offset: int, position: tuple[int, int]) -> None:
    assert SourceFile("f", "a\nbc\n\nd").position(offset) == position


def test_an_origin_ends_on_the_line_of_its_last_character() -> None:
    source = SourceFile("f", "a\nbc\n\nd")

    assert (Origin(source, 0, 5).line, Origin(source, 0, 5).end_line) == (1, 2)
    assert Origin(source, 2, 2).end_line == 2
    assert source.line(2) == "bc"
    assert source.line(9) == ""


def test_a_noun_seen_with_other_fields_concludes_anew() -> None:
    asked: list[str] = []

    class Sized(Noun):
        size: int
        name: str

        @cached_property
        def big(self) -> bool:
            return self.size > 1

    def named() -> str:
        asked.append("name")
        return "x"

    thing = Sized(size=1, name=later(named))
    assert not thing.big
    assert thing.remembered("double", lambda: thing.size * 2) == 2

    other = seen_as(thing, size=2)

    assert (other.big, thing.big, asked) == (True, False, [])
    assert other.remembered("double", lambda: other.size * 2) == 4
    assert (other.name, asked) == ("x", ["name"])
