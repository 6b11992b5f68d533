"""Functions on lists and maps, and those that take a set as well.

A plain `list` is a tuple, an `HclList` a list of one type: what comes out is one or the other as in terraform.
"""

from __future__ import annotations

from guardrails.sources.terraform.conversion import convert, type_of, typed
from guardrails.sources.terraform.operators import equals, to_number, to_string
from guardrails.sources.terraform.typesystem import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    Collection,
    ObjectType,
    TupleType,
    Type,
    unify,
)
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    HclMap,
    HclSet,
    JsonText,
    Ref,
    Text,
    Typed,
    Unknown,
    reasons_in,
    wholly_known,
)

from .clusters import clusters
from .signature import LONGEST_LIST, GiveUp, Number, Room, form, limit, opaque, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

room = Room()

_MOST_COMPARED = 2000
"""Of values that are no strings, as many may be compared each with each."""
_MOST_VISITED = 4 * LONGEST_LIST
"""Lists and elements that `flatten` looks at: a list that holds one list over and over is longer than it looks."""

LIST_OF_ANY = Collection("list", ANY)


def unknown_of(values: Iterable[object], kind: Type = ANY) -> Unknown:
    """Unknown for the reasons of these, and of this type."""
    return typed(kind, tuple(dict.fromkeys(reason for value in values for reason in reasons_in(value))))


def element_type(value: object) -> Type:
    """The type of the elements of a list, set or map; `ANY` for a tuple or an object."""
    if type(value) is list or type(value) is dict:
        return ANY
    kind = type_of(value)
    return kind.element if isinstance(kind, Collection) else ANY


def _like(original: object, items: Sequence[object]) -> list[object]:
    """These elements, as the same sort of sequence as the original: a list if it was a list or set, else a tuple."""
    if isinstance(original, (HclList, HclSet)):
        return HclList(items, original.element)
    return list(items)


# --- measures and searches


@room.function("length", "any", sees="all", gives=NUMBER)
def length(value: object) -> object:
    if isinstance(value, str):
        return len(clusters(value))
    if isinstance(value, (list, dict)):
        return len(value)
    if isinstance(value, HclSet):
        return len(value.items) if len(value.items) < 2 or wholly_known(value) else opaque(value)
    if isinstance(value, Unknown):
        kind = type_of(value)
        if kind in (NUMBER, BOOL):
            raise EvalError("argument must be a string, a collection type, or a structural type")
        if isinstance(value, Typed) and isinstance(kind, TupleType):
            return len(kind.elements)
        if isinstance(value, Typed) and isinstance(kind, ObjectType):
            return len(kind.attributes)
        return opaque(value)
    raise EvalError("argument must be a string, a collection type, or a structural type")


@room.function("alltrue", "list(bool)", sees="leaves", gives=BOOL)
def alltrue(items: list[object]) -> object:
    # Terraform answers "unknown" at an unknown even if a later element is false; false is what it must become.
    if any(item is False or item is None for item in items):
        return False
    return True if wholly_known(items) else opaque(items)


@room.function("anytrue", "list(bool)", sees="leaves", gives=BOOL)
def anytrue(items: list[object]) -> object:
    if any(item is True for item in items):
        return True
    return False if wholly_known(items) else opaque(items)


@room.function("contains", "any", "any", sees="all", gives=BOOL)
def contains(items: object, wanted: object) -> object:
    if form(items) not in {"list", "tuple", "set", "any"}:
        raise EvalError("argument must be list, tuple, or set")
    if isinstance(items, Unknown):
        return opaque(items)
    elements = items.items if isinstance(items, HclSet) else items
    assert isinstance(elements, list)  # by its form
    open_: list[object] = []
    for element in elements:
        equal = equals(wanted, element)
        if equal is True:
            return True
        if equal is not False:
            open_.append(equal)
    return unknown_of(open_) if open_ else False


@room.function("index", "any", "any", sees="all", gives=NUMBER)
def index(items: object, wanted: object) -> object:
    if form(items) not in {"list", "tuple", "any"}:
        raise EvalError("argument must be a list or tuple")
    if isinstance(items, Unknown):
        return opaque(items)
    assert isinstance(items, list)  # by its form
    if not items:
        raise EvalError("cannot search an empty list")
    for position, item in enumerate(items):
        equal = equals(item, wanted)
        if isinstance(equal, Unknown):
            return opaque(equal)
        if equal:
            return position
    raise EvalError("item not found")


@room.function("sum", "any", gives=NUMBER)
def sum_(value: object) -> object:
    if not isinstance(value, (list, HclSet, dict)):
        raise EvalError("cannot sum noniterable")
    if isinstance(value, dict):
        raise EvalError("argument must be list, set, or tuple")
    items = value.items if isinstance(value, HclSet) else value
    if not items:
        raise EvalError("cannot sum an empty list")
    from guardrails.sources.terraform.arithmetic import add

    total: Number = 0
    for item in items:
        if item is None or isinstance(item, (list, dict, HclSet)):
            raise EvalError("argument must be list, set, or tuple of number values")
        number = to_number(item)
        if isinstance(number, Unknown):
            return number  # too wide to compute with
        total = add(total, number)
    return total


# --- choices


@room.function("coalesce", "any?...", sees="all")
def coalesce(*values: object) -> object:
    kinds = [type_of(value) for value in values]
    common = unify(kinds) if values else None
    if common is None:
        raise EvalError("all arguments must have the same type")
    for value in values:
        try:
            candidate = convert(value, common)
        except EvalError:
            continue  # what is found not to fit after all is passed over, as in terraform
        if candidate is None or (isinstance(candidate, str) and candidate == ""):
            continue
        if isinstance(candidate, Unknown):
            return candidate if _never_skipped(candidate) else unknown_of(values, common)
        return _perhaps_string(candidate, values)
    raise EvalError("no non-null, non-empty-string arguments")


def _never_skipped(value: Unknown) -> bool:
    """Whether an unknown is certainly neither null nor the empty string."""
    if isinstance(value, Text):
        return any(isinstance(part, str) for part in value.parts)
    if isinstance(value, Ref):
        return value.path in (("arn",), ("id",))  # a resource that exists has both
    if isinstance(value, Choice):
        return all(item is not None and not isinstance(item, Unknown) and item != "" for item in value.alternatives)
    return isinstance(value, JsonText)


def _perhaps_string(value: object, values: Sequence[object]) -> object:
    """A number or bool beside something unknown becomes a string if that turns out to be one."""
    if isinstance(value, (str, list, dict, HclSet)):
        return value
    open_ = [other for other in values if isinstance(other, Unknown) and type_of(other) is ANY]
    if not open_:
        return value
    return Choice((value, to_string(value)), unknown_of(open_).reasons)


@room.function("coalescelist", "any?...", sees="all")
def coalescelist(*values: object) -> object:
    if not values:
        raise EvalError("at least one argument is required")
    for value in values:
        if isinstance(value, Unknown):
            break  # terraform checks no further
        if value is not None and form(value) not in {"list", "tuple"}:
            raise EvalError("coalescelist arguments must be lists or tuples")
    for value in values:
        if isinstance(value, Unknown):
            return opaque(value)
        if value:
            return value
    raise EvalError("no non-null arguments")


@room.function("element", "any", "number", sees="all")
def element(items: object, position: Number | Unknown) -> object:
    if form(items) not in {"list", "tuple", "any"}:
        raise EvalError(f"cannot read elements from {form(items)}")
    if isinstance(items, Unknown) or isinstance(position, Unknown):
        return unknown_of([part for part in (items, position) if isinstance(part, Unknown)], element_type(items))
    assert isinstance(items, list)  # by its form
    number = whole_number(position, "the index")
    if not items:
        raise EvalError("cannot use element function with an empty list")
    # A negative index counts from the end. Of a tuple it makes terraform 1.11 crash; later versions count there too.
    return items[number % len(items)]


@room.function("one", "any", sees="all")
def one(value: object) -> object:
    if form(value) not in {"list", "tuple", "set", "any"}:
        raise EvalError("must be a list, set, or tuple value with either zero or one elements")
    if isinstance(value, Unknown):
        return unknown_of([value], element_type(value))
    items = value.items if isinstance(value, HclSet) else value
    assert isinstance(items, list)  # by its form
    if len(items) < 2:
        return items[0] if items else None
    if isinstance(value, HclSet) and not wholly_known(items):
        return unknown_of(items, element_type(value))  # the unknown elements may be equal
    raise EvalError("must be a list, set, or tuple value with either zero or one elements")


@room.function("lookup", "any", "string", "any?...", sees="all")
def lookup(value: object, key: str | Unknown, *default: object) -> object:
    if len(default) > 1:
        raise EvalError(f"two or three arguments are required, got {2 + len(default)}")
    shape = form(value)
    if shape not in {"map", "object", "any"}:
        raise EvalError("a map is required as the first argument")
    kind = element_type(value)
    fallback = convert(default[0], kind) if default else None
    if isinstance(value, Typed) and isinstance(value.type, ObjectType) and isinstance(key, str):
        if key not in value.type.attributes and not default:
            raise EvalError("the object has no such attribute")
        kind = value.type.attributes[key] if key in value.type.attributes else type_of(fallback)
    if isinstance(value, Unknown) or isinstance(key, Unknown):
        return unknown_of([part for part in (value, key) if isinstance(part, Unknown)], kind)
    assert isinstance(value, dict)  # by its form
    if key in value:
        return value[key]
    if default:
        return fallback
    raise EvalError("the map has no such element")


# --- changes of lists


@room.function("chunklist", "list", "number", sees="all")
def chunklist(items: list[object] | Unknown, size: Number | Unknown) -> object:
    if isinstance(items, Unknown) or isinstance(size, Unknown):
        return unknown_of([value for value in (items, size) if isinstance(value, Unknown)], _lists_of(items))
    step = whole_number(size, "the size")
    if step < 0:
        raise EvalError("the size argument must be positive")
    step = step or max(len(items), 1)
    chunks = [_like(items, items[start : start + step]) for start in range(0, len(items), step)]
    return HclList(chunks, type_of(items))


def _lists_of(items: object) -> Type:
    return Collection("list", type_of(items))


@room.function("compact", "list(string)", sees="leaves", gives=Collection("list", STRING))
def compact(items: list[object]) -> object:
    if any(isinstance(item, Unknown) and not _never_skipped(item) for item in items):
        return opaque(items)
    return [item for item in items if item is not None and item != ""]


@room.function("concat", "any...", sees="all")
def concat(*lists: object) -> object:
    if not lists:
        raise EvalError("at least one argument is required")
    shapes = [form(value) for value in lists]
    for shape in shapes:
        if shape not in {"list", "tuple", "any"}:
            raise EvalError(f"all arguments must be lists or tuples; got {shape}")
    common = unify([type_of(value) for value in lists]) if all(shape == "list" for shape in shapes) else None
    if any(isinstance(value, Unknown) for value in lists):
        return unknown_of([value for value in lists if isinstance(value, Unknown)], common or ANY)
    converted = lists if common is None else [convert(value, common) for value in lists]
    items = [item for value in converted if isinstance(value, list) for item in value]
    return HclList(items, _element(common)) if common else items


def _element(kind: Type) -> Type | None:
    return kind.element if isinstance(kind, Collection) else None


@room.function("distinct", "list", sees="all")
def distinct(items: list[object] | Unknown) -> object:
    if isinstance(items, Unknown):
        return unknown_of([items], type_of(items))
    if len(items) > _MOST_COMPARED and not all(isinstance(item, str) for item in items):
        return limit(f"more than {_MOST_COMPARED} values that are no strings are not compared")
    kept: list[object] = []
    strings: set[str] = set()
    for item in items:
        if isinstance(item, str):
            if item not in strings:
                strings.add(item)
                kept.append(item)
            continue
        verdicts = [equals(item, other) for other in kept]
        if True in verdicts:
            continue
        if any(isinstance(verdict, Unknown) for verdict in verdicts):
            return unknown_of([items], type_of(items))
        kept.append(item)
    return _like(items, kept)


@room.function("flatten", "any", sees="all")
def flatten(value: object) -> object:
    if form(value) not in {"list", "tuple", "set", "any"}:
        raise EvalError("can only flatten lists, sets and tuples")
    flat: list[object] = []
    open_: list[object] = []
    left = _MOST_VISITED
    # Depth first, in order: what is still to come stands on the stack, the next last.
    stack = [value]
    while stack:
        item = stack.pop()
        left -= 1
        if left < 0:
            return limit(f"the flattened list has more than {LONGEST_LIST} elements")
        if isinstance(item, HclSet) and not wholly_known(item):
            open_.append(item)
        elif isinstance(item, (list, HclSet)):
            stack += reversed(item.items if isinstance(item, HclSet) else item)
        elif isinstance(item, Unknown) and not _is_leaf(item):
            open_.append(item)
        else:
            flat.append(item)
    return unknown_of(open_) if open_ else flat


def _is_leaf(value: Unknown) -> bool:
    """Whether an unknown is certainly no list or set."""
    if isinstance(value, Choice):
        return all(
            _is_leaf(item) if isinstance(item, Unknown) else not isinstance(item, (list, HclSet))
            for item in value.alternatives
        )
    return form(value) not in {"list", "tuple", "set", "any"}


@room.function("matchkeys", "list", "list", "list", sees="all")
def matchkeys(items: list[object] | Unknown, names: list[object] | Unknown, wanted: list[object] | Unknown) -> object:
    common = unify([type_of(names), type_of(wanted)])
    if common is None:
        raise EvalError("keys and searchset must be of the same type")
    if isinstance(items, Unknown) or isinstance(names, Unknown) or isinstance(wanted, Unknown):
        return unknown_of([value for value in (items, names, wanted) if isinstance(value, Unknown)], type_of(items))
    if len(items) != len(names):
        raise EvalError("length of keys and values should be equal")
    if not wanted or not items:
        return _like(items, [])
    if not (wholly_known(names) and wholly_known(wanted)):
        return unknown_of([names, wanted], type_of(items))
    keys_, searched = convert(names, common), convert(wanted, common)
    assert isinstance(keys_, list)  # a list stays one
    assert isinstance(searched, list)  # a list stays one
    return _like(items, [item for item, found in zip(items, found_among(keys_, searched), strict=True) if found])


def found_among(items: list[object], others: list[object]) -> list[bool]:
    """For each of these known items whether it is among the others."""
    if all(isinstance(other, str) for other in others):
        strings = set(others)
        return [isinstance(item, str) and item in strings for item in items]
    if len(items) * len(others) > _MOST_COMPARED**2:
        raise GiveUp(limit("too many values that are no strings to compare"))
    return [any(equals(item, other) is True for other in others) for item in items]


@room.function("range", "number...", gives=Collection("list", NUMBER))
def range_(*numbers: Number) -> object:
    if not 1 <= len(numbers) <= 3:
        raise EvalError("must have one, two, or three arguments")
    start, end = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else (-1 if end < start else 1)
    # A step of zero is refused for its endless values, if there are any.
    if step < 0 and end > start:
        raise EvalError("end must be less than start when step is negative")
    if step >= 0 and end < start:
        raise EvalError("end must be greater than start when step is positive")
    if type(start) is type(end) is type(step) is int and step and abs(end - start) <= abs(step) * 1024:
        return list(range(start, end, step))
    from guardrails.sources.terraform.arithmetic import add

    ranged: list[object] = []
    number = start
    while number > end if step < 0 else number < end:
        if len(ranged) >= 1024:
            raise EvalError("more than 1024 values were generated; use a greater step")
        ranged.append(number)
        number = add(number, step)
    return ranged


@room.function("reverse", "any", sees="leaves")
def reverse(value: object) -> object:
    if not isinstance(value, (list, HclSet)):
        raise EvalError(f"can only reverse list or tuple values, not {form(value)}")
    if isinstance(value, HclSet) and len(value.items) > 1 and not wholly_known(value):
        return unknown_of([value], Collection("list", element_type(value)))
    items = value.items if isinstance(value, HclSet) else value
    return _like(value, items[::-1])


@room.function("slice", "any", "number", "number", sees="all")
def slice_(items: object, start: Number | Unknown, end: Number | Unknown) -> object:
    if form(items) not in {"list", "tuple", "any"}:
        raise EvalError("must be a list or tuple value")
    if isinstance(items, Unknown) or isinstance(start, Unknown) or isinstance(end, Unknown):
        kind = type_of(items) if form(items) == "list" else ANY
        return unknown_of([part for part in (items, start, end) if isinstance(part, Unknown)], kind)
    assert isinstance(items, list)  # by its form
    first, last = whole_number(start, "start index"), whole_number(end, "end index")
    if first < 0 or last < 0:
        raise EvalError("an index must not be less than zero")
    if first > len(items) or last > len(items):
        raise EvalError("an index must not be greater than the length of the list")
    if first > last:
        raise EvalError("start index must not be greater than end index")
    return _like(items, items[first:last])


@room.function("sort", "list(string)", sees="leaves", gives=Collection("list", STRING))
def sort(items: list[object]) -> object:
    if any(item is None for item in items):
        raise EvalError("a null string cannot be sorted")
    if not wholly_known(items) and len(items) > 1:
        return [unknown_of([items], STRING) for _ in items]  # as many, but which comes where is not known
    return sorted(items, key=str)  # code point order is the order of the UTF-8 bytes


# --- maps


@room.function("keys", "any", sees="all")
def keys(value: object) -> object:
    if form(value) not in {"map", "object", "any"}:
        raise EvalError("must have map or object type")
    if isinstance(value, Unknown):
        kind = type_of(value)
        if isinstance(value, Typed) and isinstance(kind, ObjectType):
            return sorted(kind.attributes)
        return unknown_of([value], Collection("list", STRING) if isinstance(kind, Collection) else ANY)
    assert isinstance(value, dict)  # by its form
    return HclList(value, STRING) if isinstance(value, HclMap) else list(value)


@room.function("values", "any", sees="all")
def values(value: object) -> object:
    if form(value) not in {"map", "object", "any"}:
        raise EvalError("a map is required as the first argument")
    if isinstance(value, Unknown):
        return unknown_of([value], Collection("list", element_type(value)) if form(value) == "map" else ANY)
    assert isinstance(value, dict)  # by its form
    return HclList(value.values(), value.element) if isinstance(value, HclMap) else list(value.values())


@room.function("merge", "any?...", sees="all")
def merge(*maps: object) -> object:
    given = [value for value in maps if value is not None]
    for value in given:
        if form(value) not in {"map", "object", "any"}:
            raise EvalError(f"arguments must be maps or objects, got {form(value)}")
    maps_only = all(form(value) == "map" for value in given)
    kinds = {type_of(value) for value in given} if maps_only else set()
    only = kinds.pop() if len(kinds) == 1 else ANY
    if any(isinstance(value, Unknown) for value in given):
        return unknown_of([value for value in given if isinstance(value, Unknown)], only)
    merged: dict[str, object] = {}
    for value in given:
        if isinstance(value, dict):
            merged.update(value)
    ordered = {key: merged[key] for key in sorted(merged)}
    if given and isinstance(only, Collection):
        return HclMap(ordered.items(), only.element)
    return ordered


@room.function("transpose", "map(list(string))", gives=Collection("map", Collection("list", STRING)))
def transpose(lists: dict[str, list[str | None] | None]) -> object:
    transposed: dict[str, list[str]] = {}
    for key, items in lists.items():
        if items is None:
            raise EvalError("input must not contain null list")
        for item in items:
            if item is None:
                raise EvalError("input list must not contain null string")
            transposed.setdefault(item, []).append(key)
    return {key: HclList(sorted(transposed[key]), STRING) for key in sorted(transposed)}


@room.function("zipmap", "list(string)", "any", sees="all")
def zipmap(names: list[object] | Unknown, items: object) -> object:
    if form(items) not in {"list", "tuple", "any"}:
        raise EvalError("values argument must be a list or tuple value")
    if isinstance(names, Unknown) or isinstance(items, Unknown) or not wholly_known(names):
        kind = Collection("map", element_type(items)) if form(items) == "list" else ANY
        return unknown_of([part for part in (names, items) if isinstance(part, Unknown) or part is names], kind)
    assert isinstance(items, list)  # by its form
    if len(names) != len(items):
        raise EvalError(f"number of keys ({len(names)}) does not match number of values ({len(items)})")
    if any(name is None for name in names):
        raise EvalError("keys list has a null value")
    zipped = {str(name): item for name, item in zip(names, items, strict=True)}
    ordered = {name: zipped[name] for name in sorted(zipped)}
    return HclMap(ordered.items(), items.element) if isinstance(items, HclList) else ordered


# --- gone


@room.function("list", "any?...", sees="all")
def list_(*_: object) -> object:
    raise EvalError("the function was removed from terraform; use `tolist([ ... ])`")


@room.function("map", "any?...", sees="all")
def map_(*_: object) -> object:
    raise EvalError("the function was removed from terraform; use `tomap({ ... })`")
