"""JSON filter patterns compiled for complete records: functions from a record to whether it matches.

Most patterns are long alternatives on one field: they become one look-up in a set. None is the answer where the
language is unsettled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guardrails.semantics.fields import MISSING, Each
from guardrails.semantics.filters import unsettled
from guardrails.semantics.filters.comparisons import Equality, Kept, test_of
from guardrails.semantics.filters.syntax import AllOf, AnyOf, Comparison

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from guardrails.semantics.fields import Path, Step
    from guardrails.semantics.filters.comparisons import ComparisonTest
    from guardrails.semantics.filters.syntax import Node

Record: TypeAlias = Mapping[str, object]
Matches: TypeAlias = Callable[[Record], "bool | None"]
Get: TypeAlias = Callable[[Record], object]


def compiled(node: Node) -> Matches:
    """The function for a tree."""
    if isinstance(node, Comparison):
        return _comparison(node)
    wanted = isinstance(node, AnyOf)
    parts = [*_gathered(node, "=" if wanted else "!=")]
    if len(parts) == 1:
        return parts[0]
    return _any(parts) if wanted else _all(parts)


def _any(parts: list[Matches]) -> Matches:
    if len(parts) == 2:
        one, other = parts

        def either(record: Record) -> bool | None:
            first = one(record)
            if first:
                return True
            second = other(record)
            return second if second or first is not None else None

        return either

    def some(record: Record) -> bool | None:
        open_ended = False
        for part in parts:
            found = part(record)
            if found:
                return True
            if found is None:
                open_ended = True
        return None if open_ended else False

    return some


def _all(parts: list[Matches]) -> Matches:
    if len(parts) == 2:
        one, other = parts

        def both(record: Record) -> bool | None:
            first = one(record)
            if first is False:
                return False
            second = other(record)
            return second if second is False or first is not None else None

        return both

    def every(record: Record) -> bool | None:
        open_ended = False
        for part in parts:
            found = part(record)
            if found is False:
                return False
            if found is None:
                open_ended = True
        return None if open_ended else True

    return every


def _gathered(node: AllOf | AnyOf, operator: str) -> Iterable[Matches]:
    """The parts, of which those that compare one field for equality are one."""
    names: dict[Path, list[Comparison]] = {}
    for part in node.parts:
        if isinstance(part, Comparison) and part.operator == operator and _plain_text(part) is not None:
            names.setdefault(part.selector.path, []).append(part)
    for part in node.parts:
        alike = names.get(part.selector.path, []) if isinstance(part, Comparison) else []
        if part not in alike or len(alike) == 1:
            yield compiled(part)
        elif part is alike[0]:
            yield _membership(alike, negated=operator == "!=")


def _plain_text(comparison: Comparison) -> str | None:
    """The text that it compares with, if nothing but equality with that text decides."""
    if comparison.selector.is_wildcard or comparison.operator not in ("=", "!="):
        return None
    test = test_of(comparison)
    if not isinstance(test, Equality) or test.numbers or len(test.readings) > 1:
        return None
    return test.readings[0].literal


def _membership(alike: list[Comparison], *, negated: bool) -> Matches:
    get = getter(alike[0].selector.path)
    texts = frozenset(text for one in alike if (text := _plain_text(one)) is not None)
    others = [_of_value(test_of(one)) for one in alike]
    joined = (_all if negated else _any)([_applied(other) for other in others])

    if negated:

        def is_none_of(record: Record) -> bool | None:
            value = get(record)
            return value not in texts if value.__class__ is str else joined({"": value})

        return is_none_of

    def is_one_of(record: Record) -> bool | None:
        value = get(record)
        return value in texts if value.__class__ is str else joined({"": value})

    return is_one_of


def _applied(test: Callable[[object], bool | None]) -> Matches:
    return lambda wrapped: test(wrapped[""])


def _comparison(comparison: Comparison) -> Matches:
    test = test_of(comparison)
    path = comparison.selector.path
    if comparison.selector.is_wildcard:
        return _for_each(comparison, test)
    get = getter(path)
    of_value = _of_value(test)
    literal = _plain_text(comparison)
    if literal is not None:
        return _literal(get, literal, of_value, negated=comparison.operator == "!=")
    if isinstance(test, Equality) and len(test.readings) == 1 and not test.numbers:
        return _shaped(get, test.readings[0].matches, of_value, negated=comparison.operator == "!=")
    if isinstance(test, Kept) and comparison.operator == "NOT EXISTS":
        return lambda record: get(record) is MISSING
    return lambda record: of_value(get(record))


def _literal(get: Get, literal: str, of_value: Callable[[object], bool | None], *, negated: bool) -> Matches:
    if negated:

        def differs(record: Record) -> bool | None:
            value = get(record)
            return value != literal if value.__class__ is str else of_value(value)

        return differs

    def equals(record: Record) -> bool | None:
        value = get(record)
        return value == literal if value.__class__ is str else of_value(value)

    return equals


def _shaped(
    get: Get, matches: Callable[[str], bool], of_value: Callable[[object], bool | None], *, negated: bool
) -> Matches:
    def found(record: Record) -> bool | None:
        value = get(record)
        return matches(value) is not negated if isinstance(value, str) else of_value(value)

    return found


def _of_value(test: ComparisonTest) -> Callable[[object], bool | None]:
    absent = test.of_absent()

    def answer(value: object) -> bool | None:
        return absent if value is MISSING else test.of_value(value)

    return answer


# --- finding values ---------------------------------------------------------------------------------------------------


def getter(path: Path) -> Get:
    """The function that finds the value at a path, MISSING where there is none."""
    if len(path) == 1 and isinstance(path[0], str):
        name: str = path[0]
        return lambda record: record.get(name, MISSING)
    if len(path) == 2 and isinstance(path[0], str) and isinstance(path[1], str):
        outer: str = path[0]
        inner: str = path[1]

        def nested(record: Record) -> object:
            found = record.get(outer)
            return found.get(inner, MISSING) if isinstance(found, dict) else MISSING

        return nested

    def deep(record: Record) -> object:
        found: object = record
        for step in path:
            found = _stepped(found, step)
        return found

    return deep


def _stepped(value: object, step: Step) -> object:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    assert isinstance(step, int), "a step to each leads to several values"
    return value[step] if isinstance(value, list) and step < len(value) else MISSING


def selected(record: Record, path: Path) -> list[object]:
    """All values at a path; what is missing is left out."""
    found: list[object] = [record]
    for step in path:
        if step is Each.ELEMENT:
            found = [element for value in found if isinstance(value, list) for element in value]
        elif step is Each.MEMBER:
            found = [member for value in found if isinstance(value, dict) for member in value.values()]
        else:
            found = [value for before in found if (value := _stepped(before, step)) is not MISSING]
    return found


def _for_each(comparison: Comparison, test: ComparisonTest) -> Matches:
    """A wildcard selector: one of the values is enough, and what that means of `!=` is not documented."""
    path = comparison.selector.path
    if comparison.operator == "NOT EXISTS":
        return lambda record: False if selected(record, path) else unsettled.WILDCARD_NOT_EXISTS
    if comparison.operator == "!=":
        return lambda record: each_differs([test.of_value(value) for value in selected(record, path)])

    def some(record: Record) -> bool | None:
        answers = [test.of_value(value) for value in selected(record, path)]
        return True if True in answers else None if None in answers else False

    return some


def each_differs(answers: list[bool | None]) -> bool | None:
    """What `!=` says of several values, from what it says of each."""
    if True not in answers:
        return None if None in answers else False
    if False not in answers and None not in answers:
        return True
    if unsettled.WILDCARD_DIFFERS_IF_ONE_DOES is False:
        return False if False in answers else None
    return unsettled.WILDCARD_DIFFERS_IF_ONE_DOES
