"""Event patterns compiled for complete events: functions from a value of the event to whether it matches.

None is the answer where the language is unsettled, or where the pattern itself is not known.
"""

from __future__ import annotations

from collections.abc import Callable

from guardrails.semantics.events.matchers import TextLike
from guardrails.semantics.shapes import Glob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from guardrails.semantics.events.matchers import Leaf
    from guardrails.semantics.events.syntax import Condition, Part

Answer: TypeAlias = "bool | None"
Matches: TypeAlias = Callable[[object, object, bool], Answer]
"""Of a value, the whole event, and whether an array was entered on the way."""

_NOTHING = object()
"""Stands for a field that is not there."""


def compiled(part: Part) -> Matches:
    """The function for one object of a pattern, and all that is nested in it."""
    tests: list[Matches] = [_condition(condition) for condition in part.conditions]
    tests += [_nested(steps, compiled(inner)) for steps, inner in part.nested]
    tests += [_choice([compiled(branch) for branch in choice]) for choice in part.choices]

    def of_object(value: object, event: object, in_array: bool) -> Answer:
        open_ended = False
        for test in tests:
            found = test(value, event, in_array)
            if found is False:
                return False
            if found is None:
                open_ended = True
        return None if open_ended else True

    def of_value(value: object, event: object, in_array: bool) -> Answer:
        if not isinstance(value, list):
            return of_object(value, event, in_array)
        if not value:
            return of_object(_NOTHING, event, True)
        return _any(of_value(element, event, True) for element in value)

    return of_value


def _any(answers: object) -> Answer:
    open_ended = False
    for answer in answers:  # type: ignore[attr-defined]
        if answer:
            return True
        if answer is None:
            open_ended = True
    return None if open_ended else False


def _choice(branches: list[Matches]) -> Matches:
    def some(value: object, event: object, in_array: bool) -> Answer:
        return _any(branch(value, event, in_array) for branch in branches)

    return some


def _nested(steps: tuple[str, ...], inner: Matches) -> Matches:
    def within(value: object, event: object, in_array: bool) -> Answer:
        found, also_in_array = _step(value, steps)
        return inner(found, event, in_array or also_in_array)

    return within


def _step(value: object, steps: tuple[str, ...]) -> tuple[object, bool]:
    """What stands behind some steps; of arrays on the way, which dots in a name may lead through, all of it."""
    if len(steps) == 1:
        return (value.get(steps[0], _NOTHING) if isinstance(value, dict) else _NOTHING), False
    found: list[object] = [value]
    in_array = False
    for step in steps:
        behind: list[object] = []
        for one in found:
            elements = one if isinstance(one, list) else [one]
            in_array = in_array or isinstance(one, list)
            behind += [element[step] for element in elements if isinstance(element, dict) and step in element]
        found = behind
    if not found:
        return _NOTHING, in_array
    return (found if in_array else found[0]), in_array


def _condition(condition: Condition) -> Matches:
    leaf, steps, path = condition.leaf, condition.steps, condition.path
    matches = _leaf(leaf)
    if leaf.absent or leaf.open_for:
        return _may_be_absent(condition, matches)
    if len(steps) == 1:
        (name,) = steps

        def named(value: object, event: object, in_array: bool) -> Answer:  # noqa: ARG001
            return matches(value[name]) if isinstance(value, dict) and name in value else False

        return named

    def behind(value: object, event: object, in_array: bool) -> Answer:  # noqa: ARG001
        found, _ = _step(value, steps)
        return False if found is _NOTHING else matches(found)

    assert path
    return behind


def _may_be_absent(condition: Condition, matches: Callable[[object], Answer]) -> Matches:
    """`exists: false` asks for a field that is nowhere in the event, in no element of any array."""
    leaf, steps, path = condition.leaf, condition.steps, condition.path
    otherwise: Answer = None if leaf.open_for else False

    def tested(value: object, event: object, in_array: bool) -> Answer:
        found, also_in_array = _step(value, steps)
        if found is _NOTHING or isinstance(found, dict):
            if leaf.absent and not ((in_array or also_in_array) and _is_there(event, path)):
                return True
            return otherwise
        answer = matches(found)
        return otherwise if answer is False else answer

    return tested


def _is_there(value: object, path: tuple[str, ...]) -> bool:
    """Whether a scalar stands at a path, in any element of the arrays on the way."""
    if isinstance(value, list):
        return any(_is_there(element, path) for element in value)
    if not path:
        return not isinstance(value, dict)
    return isinstance(value, dict) and path[0] in value and _is_there(value[path[0]], path[1:])


def _leaf(leaf: Leaf) -> Callable[[object], Answer]:
    """A list of nothing but texts and prefixes is one look-up, or two."""
    shapes = [branch for one in leaf.matchers if isinstance(one, TextLike) for branch in one.shape.branches]
    literals = frozenset(shape.literal for shape in shapes if shape.literal is not None)
    prefixes = tuple(
        shape.pieces[0]
        for shape in shapes
        if isinstance(shape, Glob) and len(shape.pieces) == 2 and not shape.pieces[1]
    )
    plain = all(isinstance(one, TextLike) for one in leaf.matchers) and not leaf.absent
    if not plain or sum(shape.literal is not None for shape in shapes) + len(prefixes) < len(shapes):
        return leaf.of_value

    if not prefixes:

        def listed(value: object) -> Answer:
            if isinstance(value, str):
                return value in literals
            return leaf.of_value(value) if isinstance(value, list) else False

        return listed

    def begun(value: object) -> Answer:
        if isinstance(value, str):
            return value in literals or value.startswith(prefixes)
        return leaf.of_value(value) if isinstance(value, list) else False

    return begun
