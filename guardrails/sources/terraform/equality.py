"""When two values are equal, in three values; and what several alternatives have in common.

Equality is strict between types and decided by the first definite difference.
"""

from __future__ import annotations

from guardrails.kernel.typed import cast
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.typesystem import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    Collection,
    ObjectType,
    Primitive,
    TupleType,
    vague,
)
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    HclMap,
    HclSet,
    Input,
    JsonText,
    Ref,
    Text,
    Typed,
    Unknown,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from guardrails.sources.terraform.typesystem import Type

MOST_ALTERNATIVES = 8

_SCALARS = frozenset((str, int, bool, type(None)))


def unknown_from(*values: object) -> Unknown:
    """Something unknown that follows from these values: their reasons, none of their claims."""
    first: Unknown | None = None
    reasons: dict[Reason, None] = {}
    for value in values:
        if isinstance(value, Unknown):
            if first is None:
                first = value
            reasons.update(dict.fromkeys(value.reasons))
    assert first is not None
    if type(first) is Unknown and len(reasons) == len(first.reasons):
        return first
    return Unknown(tuple(reasons))


def choose(alternatives: Iterable[object], reasons: tuple[Reason, ...]) -> object:
    """One of these values, in the simplest form: alternatives that are the same count once, and too many are none."""
    distinct: list[object] = []
    for alternative in alternatives:
        for one in alternative.alternatives if isinstance(alternative, Choice) else (alternative,):
            if not any(same(one, other) for other in distinct):
                distinct.append(one)
                if len(distinct) > MOST_ALTERNATIVES:
                    return Unknown(reasons)
    if len(distinct) == 1:
        return distinct[0]
    if all(type(one) is Unknown for one in distinct):
        return Unknown(reasons)
    return Choice(tuple(distinct), reasons)


def same(a: object, b: object) -> bool:
    """Whether two values cannot be told apart by any reader."""
    if a is b:
        return True
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        if isinstance(a, Text) and isinstance(b, Text):
            return len(a.parts) == len(b.parts) and all(map(same, a.parts, b.parts))
        return isinstance(a, (Ref, Input)) and a == b
    return type(a) is type(b) and equals(a, b) is True


def over(choice: Choice, operation: Callable[[object], object]) -> object:
    """The operation on each alternative. If terraform would refuse it for one of them nothing is known."""
    results: list[object] = []
    refused: EvalError | None = None
    for alternative in choice.alternatives:
        try:
            results.append(operation(alternative))
        except EvalError as error:
            refused = refused or error
    if refused is not None:
        if not results:
            raise refused
        return Unknown(choice.reasons)
    return choose(results, choice.reasons)


# --- equality

Answers: TypeAlias = dict[tuple[int, int], bool | Unknown]
"""What came out for pairs of lists or mappings, by identity: a part that is used twice is compared once."""


def equals(a: object, b: object) -> bool | Unknown:
    """`a == b`: strict between types, decided by the first definite difference."""
    kind_a, kind_b = type(a), type(b)
    if kind_a in _SCALARS and kind_b in _SCALARS:
        return kind_a is kind_b and a == b
    return _equals(a, b, {})


def _equals(a: object, b: object, found: Answers) -> bool | Unknown:
    if isinstance(a, Unknown):
        return _unknown_equals(a, b, found)
    if isinstance(b, Unknown):
        return _unknown_equals(b, a, found)
    if isinstance(a, list):
        if not isinstance(b, list) or len(a) != len(b) or isinstance(a, HclList) != isinstance(b, HclList):
            return False
        return _all_equal(a, b, a, b, found)
    if isinstance(a, dict):
        if not isinstance(b, dict) or a.keys() != b.keys() or isinstance(a, HclMap) != isinstance(b, HclMap):
            return False
        return _all_equal(a, b, a.values(), [b[key] for key in a], found)
    if isinstance(a, HclSet):
        return _sets_equal(a, b, found) if isinstance(b, HclSet) else False
    if type(a) in _SCALARS and type(a) is not int:
        return type(a) is type(b) and a == b
    # Only numbers are left on this side.
    return (type(b) is int or type(b) not in _SCALARS) and not isinstance(b, (list, dict, HclSet)) and a == b


def _all_equal(
    a: object, b: object, items: Iterable[object], others: Iterable[object], found: Answers
) -> bool | Unknown:
    pair = (id(a), id(b))
    if pair in found:
        return found[pair]
    found[pair] = answer = _compared(a, b, items, others, found)
    return answer


def _compared(
    a: object, b: object, items: Iterable[object], others: Iterable[object], found: Answers
) -> bool | Unknown:
    open_: Unknown | None = None
    empty = True
    for item, other in zip(items, others, strict=True):
        empty = False
        if type(item) in _SCALARS and type(other) in _SCALARS:
            if type(item) is not type(other) or item != other:
                return False
            if item is None and not _same_element_type(a, b):
                # Nulls inside structures have types, which are not kept here: `[null] == [tostring(null)]` is false.
                open_ = open_ or _NULLS
            continue
        answer = _equals(item, other, found)
        if answer is False:
            return False
        if answer is not True:
            open_ = answer if open_ is None else unknown_from(open_, answer)
    if open_ is not None:
        return open_
    if empty and isinstance(a, (HclList, HclMap)) and not _same_element_type(a, b):
        return _elements_differ(a, cast("HclList | HclMap", b))
    return True


_NULLS = Unknown((Reason(Why.UNSUPPORTED, "the types of nulls inside a structure are not told apart"),))
_EMPTIES = Unknown((Reason(Why.UNSUPPORTED, "the element types of empty collections are not told apart"),))


def _same_element_type(a: object, b: object) -> bool:
    if isinstance(a, (HclList, HclMap, HclSet)) and isinstance(b, (HclList, HclMap, HclSet)):
        return a.element is not None and a.element == b.element
    return False


def _elements_differ(a: HclList | HclMap | HclSet, b: HclList | HclMap | HclSet) -> bool | Unknown:
    """Whether two empty collections are equal, whose element types are not known to be the same."""
    return _EMPTIES if _open(a.element) or _open(b.element) else False


def _open(element: Type | None) -> bool:
    """Whether the type of the elements that are not there is not quite known. `tolist([])` has none, which is known."""
    return element is None or (element is not ANY and vague(element))


def _sets_equal(a: HclSet, b: HclSet, found: Answers) -> bool | Unknown:
    holes = [item for item in (*a.items, *b.items) if isinstance(item, Unknown)]
    if not holes:
        if len(a.items) != len(b.items):
            return False
        if not a.items and not _same_element_type(a, b):
            return _elements_differ(a, b)
        return _all_equal(a, b, a.items, b.items, found)
    if bool(a.items) != bool(b.items):
        return False
    for one, other in ((a, b), (b, a)):
        if not any(isinstance(item, Unknown) for item in other.items):
            for item in one.items:
                if all(_equals(item, candidate, found) is False for candidate in other.items):
                    return False
    return unknown_from(*holes)


def _unknown_equals(a: Unknown, b: object, found: Answers) -> bool | Unknown:
    if isinstance(a, Choice):
        return cast("bool | Unknown", over(a, lambda one: _equals(one, b, found)))
    if isinstance(b, Choice):
        return cast("bool | Unknown", over(b, lambda one: _equals(a, one, found)))
    if isinstance(a, Ref):
        if b is None:
            return False
        return True if isinstance(b, Ref) and a == b else unknown_from(a, b)
    if isinstance(a, (Text, JsonText)):
        if isinstance(b, str):
            return False if isinstance(a, Text) and not may_be(a, b) else unknown_from(a)
        if isinstance(b, (Text, JsonText)):
            return _texts_equal(a, b)
        if isinstance(b, Typed):
            return unknown_from(a, b) if b.type is STRING or b.type is ANY else False
        return unknown_from(a, b) if isinstance(b, Unknown) else False
    if isinstance(a, Typed):
        if isinstance(b, (Text, JsonText)):
            return _unknown_equals(b, a, found)
        if isinstance(b, Typed):
            return unknown_from(a, b)  # two nulls are equal whatever their types
        if not isinstance(b, Unknown) and b is not None and not may_have_type(b, a.type):
            return False
    return unknown_from(a, b)


def may_have_type(value: object, wanted: Type) -> bool:
    """Whether a known value, not null, may be of this very type, unconverted."""
    if wanted is ANY or isinstance(value, Unknown) or value is None:
        return True
    if isinstance(wanted, Primitive):
        return primitive_of(value) is wanted
    if isinstance(wanted, Collection):
        return _may_be_collection(value, wanted)
    if isinstance(wanted, TupleType):
        return (
            isinstance(value, list)
            and not isinstance(value, HclList)
            and len(value) == len(wanted.elements)
            and all(map(may_have_type, value, wanted.elements))
        )
    assert isinstance(wanted, ObjectType)
    return (
        isinstance(value, dict)
        and not isinstance(value, HclMap)
        and value.keys() == wanted.attributes.keys()
        and all(may_have_type(item, wanted.attributes[name]) for name, item in value.items())
    )


def _may_be_collection(value: object, wanted: Collection) -> bool:
    items: Iterable[object]
    if isinstance(value, HclList) and wanted.kind == "list":
        items = value
    elif isinstance(value, HclMap) and wanted.kind == "map":
        items = value.values()
    elif isinstance(value, HclSet) and wanted.kind == "set":
        items = value.items
    else:
        return False
    if not _open(value.element) and not vague(wanted.element):
        return value.element == wanted.element
    return all(may_have_type(item, wanted.element) for item in items)


def primitive_of(value: object) -> Type | None:
    """string, number or bool for such a known value, None for any other."""
    kind = type(value)
    if kind is str:
        return STRING
    if kind is bool:
        return BOOL
    if value is None or isinstance(value, (list, dict, HclSet, Unknown)):
        return None
    return NUMBER


def may_be(text: Text, value: str) -> bool:
    """Whether the holes can be filled so that this string comes out."""
    parts: list[str | Unknown] = list(text.parts)
    if not (value.isascii() and all(part.isascii() for part in parts if isinstance(part, str))):
        # A hole may begin with an accent that melts into the letter before it. Taken apart, both stay what they are.
        import unicodedata

        value = unicodedata.normalize("NFD", value)
        parts = [unicodedata.normalize("NFD", part) if isinstance(part, str) else part for part in parts]
    at, stop = 0, len(value)
    first, last = parts[0], parts[-1]
    if isinstance(first, str):
        if not value.startswith(first):
            return False
        at = len(first)
    if isinstance(last, str):
        if not value.endswith(last) or stop - len(last) < at:
            return False
        stop -= len(last)
    for part in parts[1:-1]:
        if isinstance(part, str):
            found = value.find(part, at, stop)
            if found < 0:
                return False
            at = found + len(part)
    return True


def _texts_equal(a: Text | JsonText, b: Text | JsonText) -> bool | Unknown:
    if isinstance(a, Text) and isinstance(b, Text):
        if a.parts == b.parts and all(isinstance(part, (str, Ref, Input)) for part in a.parts):
            return True
        if _clash(a.prefix, b.prefix) or _clash(a.suffix[::-1], b.suffix[::-1]):
            return False
    return unknown_from(a, b)


def _clash(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    return a.isascii() and b.isascii() and a[:shorter] != b[:shorter]
