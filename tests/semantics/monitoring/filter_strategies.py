"""Random filter patterns, records and partial records, from few names and values so that they meet often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from guardrails.semantics.fields import (
    ABSENT,
    AN_OBJECT,
    MISSING,
    TRUE_OR_FALSE,
    UNSAID,
    Array,
    Each,
    Field,
    Object,
    a_region,
    an_address,
    free,
    known,
    like,
    one_of,
    other_than,
)
from guardrails.semantics.filters.syntax import AllOf, AnyOf, Comparison, Expression, Literal, Number, Selector
from guardrails.semantics.partial import PartialRecord

if TYPE_CHECKING:
    from random import Random

NAMES = ("a", "b", "c")
TEXTS = ("x", "xy", "Xy", "yx", "", "true", "3", "3.0", "x*y", "eu-west-1", "us-east-1", "10.0.0.1")

# --- patterns ---------------------------------------------------------------------------------------------------------

_PATHS: tuple[tuple[str, tuple[str | int | Each, ...]], ...] = (
    ("$.a", ("a",)),
    ("$.b", ("b",)),
    ("$.c", ("c",)),
    ("$.a.b", ("a", "b")),
    ("$.a.c", ("a", "c")),
    ("$.b[0]", ("b", 0)),
    ("$.b[1].c", ("b", 1, "c")),
    ("$.['c']", ("c",)),
)
_WILD_PATHS: tuple[tuple[str, tuple[str | int | Each, ...]], ...] = (
    ("$.b[*]", ("b", Each.ELEMENT)),
    ("$.b[*].c", ("b", Each.ELEMENT, "c")),
    ("$.a.*", ("a", Each.MEMBER)),
)
selectors = st.sampled_from([Selector(*one) for one in _PATHS])
wild_selectors = st.sampled_from([Selector(*one) for one in _WILD_PATHS])
literals = st.sampled_from([*TEXTS, "x*", "*y", "*x*", "*", "Z"]).map(Literal)
bare = st.sampled_from(["4*", "*", "x*", "eu-*"]).map(lambda content: Literal(content, bare=True))
numbers = st.sampled_from(["3", "3.0", "-1", "1e2", "+4"]).map(Number)
SOURCES = ("x", "^x", "y$", "^x.*y$", "[xy]{2}", "x|^3", "\\d+", "X?y")
expressions = st.sampled_from(SOURCES).map(Expression)
values = st.one_of(literals, literals, bare, numbers, expressions)


@st.composite
def comparisons_of(draw: st.DrawFn, looks_at: st.SearchStrategy[Selector] = selectors) -> Comparison:
    selector = draw(looks_at)
    kind = draw(st.integers(0, 9))
    if kind < 7:
        return Comparison(selector, draw(st.sampled_from(("=", "!="))), draw(values))
    if kind == 7:
        return Comparison(selector, draw(st.sampled_from(("<", "<=", ">", ">="))), draw(numbers))
    return Comparison(selector, draw(st.sampled_from(("IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"))))


Tree = Comparison | AllOf | AnyOf


def _all_of(parts: list[Tree]) -> Tree:
    return AllOf(tuple(inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,))))


def _any_of(parts: list[Tree]) -> Tree:
    return AnyOf(tuple(inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,))))


def _grown(smaller: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(smaller, min_size=2, max_size=3)
    return st.one_of(several.map(_all_of), several.map(_any_of))


def tests_in(tree: Tree) -> list[Comparison]:
    return [tree] if isinstance(tree, Comparison) else [one for part in tree.parts for one in tests_in(part)]


def _is_allowed(tree: Tree) -> bool:
    found = tests_in(tree)
    return sum(isinstance(one.operand, Expression) for one in found) <= 2 and len(found) <= 8


def _as_tree(comparison: Comparison) -> Tree:
    return comparison


trees: st.SearchStrategy[Tree] = st.recursive(comparisons_of().map(_as_tree), _grown, max_leaves=5).filter(_is_allowed)
wild_trees: st.SearchStrategy[Tree] = st.one_of(
    comparisons_of(wild_selectors).map(_as_tree),
    st.tuples(comparisons_of(wild_selectors), comparisons_of()).map(lambda pair: AnyOf(pair)),
).filter(_is_allowed)

# --- complete records -------------------------------------------------------------------------------------------------

scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.sampled_from((None, True, False, 3, 3.0, 42, -1))
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), st.lists(inner, max_size=2)),
    max_leaves=6,
)
records: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3)

# --- partial records --------------------------------------------------------------------------------------------------

_domains: st.SearchStrategy[Field] = st.one_of(
    scalars.map(known),
    st.just(ABSENT),
    st.just(UNSAID),
    st.just(TRUE_OR_FALSE),
    st.just(free("x")),
    st.just(an_address()),
    st.just(a_region(outside=("us-east-1",))),
    st.lists(scalars, min_size=1, max_size=3, unique_by=repr).map(lambda found: one_of(*found)),
    st.lists(st.sampled_from(("x*", "*y", "*x*")), min_size=1, max_size=2).map(lambda found: like(*found)),
    st.lists(st.sampled_from((*TEXTS[:4], "x*", "*y")), max_size=2).map(lambda found: other_than(*found)),
)
domains = st.tuples(_domains, st.booleans()).map(lambda pair: pair[0].or_absent() if pair[1] else pair[0])
_paths = st.sampled_from((("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", 0), ("b", 1, "c")))


@st.composite
def partial_records(draw: st.DrawFn) -> PartialRecord:
    record = PartialRecord(draw(st.sampled_from((AN_OBJECT, Field(members=Object({}, closed=True))))))
    for path in draw(st.lists(_paths, max_size=4, unique=True)):
        record = record.having(path, draw(domains))
    return record


def fits(field: Field, value: object) -> bool:
    """Whether a value is one that the field may hold, said without the code that is tested."""
    if value is MISSING:
        return field.absent
    if isinstance(value, str):
        return field.texts is not None and field.texts.includes(value)
    if isinstance(value, dict):
        there = field.members
        return there is not None and all(
            fits(there.member(name), value.get(name, MISSING)) for name in {*there.named, *value}
        )
    if isinstance(value, list):
        items = field.elements
        if items is None or (items.closed and len(value) > len(items.items)):
            return False
        padded = [*value, *[MISSING] * (len(items.items) - len(value))]
        return all(fits(items.item(at), one) for at, one in enumerate(padded))
    others = any(type(other) is type(value) and other == value for other in field.others)
    return others or (field.numbers and isinstance(value, int | float) and not isinstance(value, bool))


def completed(field: Field, chance: Random, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """A value that the field may hold, any of them."""
    ways: list[Any] = [MISSING] if field.absent else []
    if field.texts is not None:
        pool = [*TEXTS, "xx", "sa-east-1", "zz", "7.7.7.7", *(field.texts.only or ())]
        ways += [content for content in pool if field.texts.includes(content)][:4] or [*field.texts.samples()][:2]
    ways += field.others
    ways += [3, 5] if field.numbers else []
    if field.members is not None and depth < 4:
        ways.append(_object(field.members, chance, depth))
    if field.elements is not None and depth < 4:
        ways.append(_array(field.elements, chance, depth))
    return chance.choice(ways)


def _object(there: Object, chance: Random, depth: int) -> dict[str, Any]:
    named: Mapping[str, Field] = there.named
    if not there.closed:
        named = {**named, **{name: UNSAID for name in NAMES if name not in named and chance.random() < 0.4}}
    made = {name: completed(member, chance, depth + 1) for name, member in named.items()}
    return {name: value for name, value in made.items() if value is not MISSING}


def _array(there: Array, chance: Random, depth: int) -> list[Any]:
    made: list[Any] = []
    for item in there.items:
        value = completed(item, chance, depth + 1)
        if value is MISSING:
            return made
        made.append(value)
    while not there.closed and len(made) < 3 and chance.random() < 0.5:
        value = completed(UNSAID, chance, depth + 1)
        made += [value] if value is not MISSING else []
    return made
