"""Attributes, indexes and splats of values."""

from __future__ import annotations

from guardrails.kernel.typed import cast
from guardrails.sources.terraform.operators import over, primitive_of, to_number, to_string, unknown_from
from guardrails.sources.terraform.typesystem import ANY, Collection, ObjectType, Primitive, TupleType, shape_of
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
    wholly_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.why import Reason
    from guardrails.sources.terraform.typesystem import Type


def attribute(value: object, name: str) -> object:
    """`value.name`"""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        raise EvalError(_no_attribute(value, name))
    if isinstance(value, Unknown):
        if type(value) is Unknown:
            return value
        if isinstance(value, Ref):
            return value.step(name)
        if isinstance(value, Choice):
            return over(value, lambda one: attribute(one, name))
        if isinstance(value, Typed):
            return _typed_attribute(value, name)
        raise EvalError(f"a string has no attributes, `.{name}` neither")
    if value is None:
        raise EvalError(f"attempt to get attribute `{name}` from null value")
    kind = primitive_of(value)
    if kind is not None:
        raise EvalError(f"can't access attribute `{name}` on a primitive-typed value ({kind})")
    raise EvalError(f"this value does not have any attributes, `{name}` neither: it has elements")


def _no_attribute(value: object, name: str) -> str:
    if isinstance(value, HclMap):
        return f'this map does not have an element with the key "{name}"'
    return f'this object does not have an attribute named "{name}"'


def unknown_of(kind: Type, reasons: tuple[Reason, ...]) -> Unknown:
    return Unknown(reasons) if kind is ANY else Typed(kind, reasons)


def _part_of(value: Typed, key: str | int, kind: Type) -> Unknown:
    """What is at a key of something unknown."""
    return value.at(key, kind) if isinstance(value, Input) else unknown_of(kind, value.reasons)


def _typed_attribute(value: Typed, name: str) -> object:
    kind = value.type
    if isinstance(kind, ObjectType):
        if name not in kind.attributes:
            raise EvalError(_no_attribute(None, name))
        return _part_of(value, name, kind.attributes[name])
    if isinstance(kind, Collection) and kind.kind == "map":
        return _part_of(value, name, kind.element)
    if kind is ANY:
        return _part_of(value, name, ANY)
    if isinstance(kind, Primitive) and kind is not ANY:
        raise EvalError(f"can't access attribute `{name}` on a primitive-typed value ({kind})")
    raise EvalError(f"this value does not have any attributes, `{name}` neither")


def index(value: object, key: object) -> object:
    """`value[key]`"""
    if isinstance(value, list):
        if type(key) is int:
            if 0 <= key < len(value):
                return value[key]
            raise EvalError(_outside(key, len(value)))
        return _list_index(value, key)
    if isinstance(value, dict):
        if type(key) is str:
            if key in value:
                return value[key]
            raise EvalError(_no_element(key))
        return _map_index(value, key)
    if value is None:
        raise EvalError("attempt to index null value")
    if isinstance(value, Unknown):
        return _unknown_index(value, key)
    raise EvalError("this value does not have any indices")


def _outside(key: object, length: int) -> str:
    if length == 0:
        return "the given key does not identify an element in this collection value: the collection has no elements"
    return f"the given key does not identify an element in this collection value: {key} is outside the {length} there"


def _no_element(key: str) -> str:
    return f'the given key "{key}" does not identify an element in this collection value'


def _list_index(value: list[object], key: object) -> object:
    if isinstance(key, Choice):
        return over(key, lambda one: index(value, one))
    at = _position(key)
    if isinstance(at, Unknown):
        return unknown_from(at)
    if not 0 <= at < len(value):
        raise EvalError(_outside(at, len(value)))
    return value[at]


def _position(key: object) -> int | Unknown:
    if key is None:
        raise EvalError("can't use a null value as an indexing key")
    try:
        number = to_number(key)
    except EvalError:
        raise EvalError("the given key does not identify an element: a number is required") from None
    if isinstance(number, (int, Unknown)):
        return number
    if number == 0:
        return 0  # -0
    raise EvalError("the given key does not identify an element: a whole number is required")


def _map_index(value: dict[str, object], key: object) -> object:
    if isinstance(key, Choice):
        return over(key, lambda one: index(value, one))
    if key is None:
        raise EvalError("can't use a null value as an indexing key")
    try:
        name = to_string(key)
    except EvalError:
        raise EvalError("the given key does not identify an element: a string is required") from None
    if isinstance(name, Unknown):
        return unknown_from(name)
    if name not in value:
        raise EvalError(_no_element(name))
    return value[name]


def _unknown_index(value: Unknown, key: object) -> object:
    if isinstance(value, Choice):
        return over(value, lambda one: index(one, key))
    if key is None:
        raise EvalError("can't use a null value as an indexing key")
    if isinstance(value, Ref):
        if type(key) is int or type(key) is str:
            return value.step(key)
        return unknown_from(value, key)
    if isinstance(value, (Text, JsonText)):
        raise EvalError("this value does not have any indices: it is a string")
    if isinstance(value, Typed):
        return _typed_index(value, key)
    return value if type(key) is int or type(key) is str else unknown_from(value, key)


def _typed_index(value: Typed, key: object) -> object:
    kind = value.type
    reasons = unknown_from(value, key).reasons if isinstance(key, Unknown) else value.reasons
    if isinstance(kind, Collection) and kind.kind != "set":
        if kind.kind == "list":
            _position(key)
        if type(key) is (int if kind.kind == "list" else str):
            return _part_of(value, key, kind.element)
        return unknown_of(kind.element, reasons)
    if isinstance(kind, ObjectType):
        if type(key) is str:
            return _typed_attribute(value, key)
        return Unknown(reasons)
    if isinstance(kind, TupleType):
        at = _position(key)
        if isinstance(at, Unknown):
            return Unknown(reasons)
        if not 0 <= at < len(kind.elements):
            raise EvalError(_outside(at, len(kind.elements)))
        return _part_of(value, at, kind.elements[at])
    if kind is ANY:
        if type(key) is int or type(key) is str:
            return _part_of(value, key, ANY)
        return Unknown(reasons)
    raise EvalError("this value does not have any indices")


def splatted(value: object) -> list[object] | Unknown:
    """What `value[*]` runs over: the elements, or the value alone, or nothing for null. Unknown where that is open; a
    `Ref` or a `Typed` then stands for each element."""
    if isinstance(value, list):
        return value
    if isinstance(value, HclSet):
        holes = [item for item in value.items if isinstance(item, Unknown)]
        return unknown_from(*holes) if holes else HclList(value.items, value.element)
    if value is None:
        return []
    if not isinstance(value, Unknown) or isinstance(value, (Text, JsonText)):
        return [value]
    if isinstance(value, Ref):
        # An instance is no list; `[?]` stands for any number of instances.
        return value.step("*") if value.path or value.address.endswith("[?]") else [value]
    if isinstance(value, Typed):
        kind = value.type
        if isinstance(kind, Collection) and kind.kind != "map":
            return unknown_of(kind.element, value.reasons)
        if isinstance(kind, TupleType) or kind is ANY:
            return Unknown(value.reasons)
    return value


def spread_of(target: object, made: object) -> Unknown:
    """The result of a splat over something unknown, from what it makes of each element."""
    if isinstance(target, Typed) and isinstance(target.type, Collection) and target.type.kind != "map":
        return Typed(Collection("list", made.type if isinstance(made, Typed) else ANY), target.reasons)
    return unknown_from(made)


def elements(value: object) -> list[tuple[object, object]] | Unknown:
    """The keys and values that `for` runs over; raises EvalError for what has none."""
    if isinstance(value, list):
        return list(enumerate(value))
    if isinstance(value, dict):
        return cast("list[tuple[object, object]]", list(value.items()))
    if isinstance(value, HclSet):
        holes = [item for item in value.items if isinstance(item, Unknown)]
        return unknown_from(*holes) if holes else [(item, item) for item in value.items]
    if isinstance(value, Unknown):
        if isinstance(value, (Text, JsonText)):
            raise EvalError("a value of type string cannot be used as the collection in a 'for' expression")
        if isinstance(value, Typed) and isinstance(value.type, Primitive) and value.type is not ANY:
            raise EvalError(f"a value of type {value.type} cannot be used as the collection in a 'for' expression")
        return unknown_from(value)
    if value is None:
        raise EvalError("a null value cannot be used as the collection in a 'for' expression")
    kind = primitive_of(value)
    raise EvalError(f"a value of type {kind} cannot be used as the collection in a 'for' expression")


def key_text(key: object) -> str | Unknown:
    """A key of an object under construction."""
    if type(key) is str:
        return key
    if key is None:
        raise EvalError("a key must not be null")
    try:
        return to_string(key)
    except EvalError:
        raise EvalError("can't use this value as a key: string required") from None


def expanded(value: object) -> list[object] | Unknown:
    """The arguments that `value...` stands for."""
    if isinstance(value, list):
        return value
    if isinstance(value, HclSet):
        return value.items if wholly_known(value) else unknown_from(*value.items)
    if isinstance(value, Choice):
        over(value, expanded)  # which raises if none of them can be expanded
        return unknown_from(value)
    if isinstance(value, Unknown) and _may_be_sequence(value):
        return unknown_from(value)
    if value is None:
        raise EvalError("the expanding argument (indicated by ...) must not be null")
    raise EvalError("the expanding argument (indicated by ...) must be of a tuple, list, or set type")


def _may_be_sequence(value: Unknown) -> bool:
    if isinstance(value, Typed):
        return shape_of(value.type) in ("list", "set", "tuple", "any")
    return not isinstance(value, (Text, JsonText))
