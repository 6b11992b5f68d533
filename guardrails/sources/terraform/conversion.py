"""Type constraints, and the conversion of values to them: what happens to an input variable's value, and to the
branches of a conditional.

Unknown leaves stay unknown; what is unknown as a whole stays so too, and is known to be of the type from then on.

Terraform refuses some values for a collection of structures that hold `any`, and for one of `any` with bare nulls among
structures, that are accepted here.
"""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.operators import over, primitive_of, to_bool, to_number, to_string, unknown_from
from guardrails.sources.terraform.typesystem import (
    ANY,
    BOOL,
    NULL,
    NUMBER,
    STRING,
    Collection,
    ObjectType,
    Primitive,
    TupleType,
    Type,
    convertible,
    merged,
    shape_of,
    unify,
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
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from guardrails.sources.terraform.hcl.nodes import Expression, ObjectExpression

MOST_TYPES = 20_000
"""A value with more parts than this has no type here: comparing such types would take too long."""


# --- the types of values


def typed(kind: Type, reasons: tuple[Reason, ...]) -> Unknown:
    """Something unknown of this type."""
    return Unknown(reasons) if kind is ANY else Typed(kind, reasons)


def type_of(value: object) -> Type:
    """The type of a value; `ANY` for what may be anything, and for the elements of `tolist([])`."""
    return _type_of(value, {}, ANY)[0]


def unifiable_type_of(value: object) -> Type:
    """As `type_of`, but for finding a common type: no type stands against the elements of `tolist([])`."""
    return _type_of(value, {}, NULL)[0]


_Seen: TypeAlias = dict[int, tuple[Type, int]]
"""Types by the identity of values, each with the number of types that it is made of."""


def _type_of(value: object, seen: _Seen, none: Type) -> tuple[Type, int]:
    primitive = primitive_of(value)
    if primitive is not None:
        return primitive, 1
    if value is None:
        return NULL, 1
    if isinstance(value, Unknown):
        return _unknown_type(value), 1
    found = seen.get(id(value))
    if found is None:
        found = _structure_type(value, seen, none)
        if found[1] > MOST_TYPES:
            found = ANY, found[1]
        seen[id(value)] = found
    return found


def _structure_type(value: object, seen: _Seen, none: Type) -> tuple[Type, int]:
    if isinstance(value, HclList):
        return _collection_type("list", value.element, value, seen, none)
    if isinstance(value, HclMap):
        return _collection_type("map", value.element, value.values(), seen, none)
    if isinstance(value, HclSet):
        return _collection_type("set", value.element, value.items, seen, none)
    if isinstance(value, list):
        parts = [_type_of(item, seen, none) for item in value]
        return TupleType(tuple(kind for kind, _ in parts)), 1 + sum(size for _, size in parts)
    assert isinstance(value, dict)
    named = {name: _type_of(item, seen, none) for name, item in value.items()}
    return ObjectType({name: kind for name, (kind, _) in named.items()}), 1 + sum(size for _, size in named.values())


def _collection_type(
    kind: str, element: Type | None, items: Iterable[object], seen: _Seen, none: Type
) -> tuple[Type, int]:
    if element is not None:
        return Collection(kind, none if element is ANY else element), 2
    parts = [_type_of(item, seen, none) for item in items]
    common = unify(list(dict.fromkeys(part for part, _ in parts))) or ANY
    return Collection(kind, common), 1 + max((size for _, size in parts), default=1)


def _unknown_type(value: Unknown) -> Type:
    if isinstance(value, Typed):
        return value.type
    if isinstance(value, (Text, JsonText)):
        return STRING
    if isinstance(value, Choice):
        kinds = {type_of(one) for one in value.alternatives if one is not None}
        return kinds.pop() if len(kinds) == 1 else ANY
    return ANY


# --- conversion


def convert(value: object, wanted: Type) -> object:
    """The value as one of this type; EvalError if terraform refuses. Null stays null, whatever the type."""
    if value is None or wanted is ANY or wanted is NULL:
        return value
    if isinstance(value, Unknown):
        return _convert_unknown(value, wanted)
    if isinstance(wanted, Primitive):
        return _PRIMITIVE[wanted](value)
    if isinstance(wanted, Collection):
        if wanted.kind == "map":
            return _convert_map(value, wanted.element)
        if wanted.kind == "list":
            return _convert_list(value, wanted)
        return _convert_set(value, wanted.element)
    if isinstance(wanted, TupleType):
        return _convert_tuple(value, wanted)
    assert isinstance(wanted, ObjectType)
    return _convert_object(value, wanted)


_PRIMITIVE: dict[Type, Callable[[object], object]] = {STRING: to_string, NUMBER: to_number, BOOL: to_bool}


def _convert_unknown(value: Unknown, wanted: Type) -> object:
    if isinstance(value, Choice):
        return over(value, lambda one: convert(one, wanted))
    if isinstance(value, Ref):
        return value
    if isinstance(value, (Text, JsonText)):
        if not isinstance(wanted, Primitive):
            raise EvalError(f"{wanted} required")
        return value if wanted is STRING else typed(wanted, value.reasons)
    if isinstance(value, Typed) and not convertible(value.type, wanted):
        raise EvalError(f"{wanted} required")
    if isinstance(value, Input):
        if value.type == wanted:
            return value
        if wanted is STRING:
            return value.retyped(STRING)
    return typed(wanted, value.reasons)


def _convert_elements(
    items: Sequence[object], wanted: Type, element: Type | None, *, as_is: bool = False
) -> tuple[list[object], Type | None]:
    """The elements as those of one collection, and their type as far as it is known.

    `element` is what they were. `as_is`: parts of them that may be of any type must be of the same one already.
    """
    if not items and wanted is ANY:
        return [], element
    converted: list[object] = []
    for at, item in enumerate(items):
        try:
            converted.append(convert(item, wanted))
        except EvalError as error:
            raise EvalError(f"element {at}: {error.message}") from None
    if not vague(wanted):
        return converted, wanted
    kinds = list(dict.fromkeys(map(unifiable_type_of, converted)))
    common = unify(kinds)
    if common is ANY and ANY not in kinds:
        # Nulls hide what the others have in common. Terraform refuses a bare null beside a tuple or an object and takes
        # one that has a type; which one it is cannot be told here.
        common = unify([kind for kind in kinds if kind is not NULL])
    if common is None or (as_is and wanted is not ANY and merged(kinds) is None):
        raise EvalError("all elements must have the same type")
    if common is ANY:
        return converted, None
    converted = [convert(item, common) for item in converted]
    if not vague(common):
        return converted, common
    if merged(dict.fromkeys(map(type_of, converted))) is None:
        raise EvalError("all elements must have the same type")
    return converted, None


def _convert_list(value: object, wanted: Collection) -> object:
    if isinstance(value, HclSet):
        if any(isinstance(item, Unknown) for item in value.items):
            # Its order and its length follow from what is not known yet.
            return typed(wanted, unknown_from(*value.items).reasons)
        items = value.items
    elif isinstance(value, list):
        if isinstance(value, HclList) and value.element is not None and value.element == wanted.element:
            return value
        items = value
    else:
        raise EvalError(f"{wanted} required")
    return HclList(*_convert_elements(items, wanted.element, _element_of(value)))


def _element_of(value: object) -> Type | None:
    """The element type of a collection where it is kept; none at all for a tuple or object, whose elements decide."""
    return value.element if isinstance(value, (HclList, HclMap, HclSet)) else ANY


def _convert_set(value: object, wanted: Type) -> object:
    if isinstance(value, HclSet):
        items = value.items
    elif isinstance(value, list):
        items = value
    else:
        raise EvalError(f"set({wanted}) required")
    converted, element = _convert_elements(items, wanted, _element_of(value), as_is=True)
    try:
        return make_set(converted, element)
    except TooBigError:
        return typed(Collection("set", wanted), (Reason(Why.LIMIT, "an element of a set has too many parts"),))


def _convert_map(value: object, wanted: Type) -> object:
    if not isinstance(value, dict):
        raise EvalError(f"map({wanted}) required")
    if isinstance(value, HclMap) and value.element is not None and value.element == wanted:
        return value
    converted, element = _convert_elements(list(value.values()), wanted, _element_of(value))
    return HclMap(zip(value, converted, strict=True), element)


def _convert_tuple(value: object, wanted: TupleType) -> object:
    if not isinstance(value, list) or isinstance(value, HclList):
        raise EvalError(f"{wanted} required")
    if len(value) != len(wanted.elements):
        raise EvalError(f"tuple of {len(wanted.elements)} elements required, not {len(value)}")
    return [convert(item, kind) for item, kind in zip(value, wanted.elements, strict=True)]


def _convert_object(value: object, wanted: ObjectType) -> object:
    if not isinstance(value, dict):
        raise EvalError("object required")
    converted: dict[str, object] = {}
    for name in sorted(wanted.attributes):
        item = value.get(name)
        kind = wanted.attributes[name]
        if item is None and name in wanted.optional:
            converted[name] = wanted.optional[name]
        elif name not in value:
            raise EvalError(f'attribute "{name}" is required')
        else:
            try:
                converted[name] = convert(item, kind)
            except EvalError as error:
                raise EvalError(f'attribute "{name}": {error.message}') from None
    return converted


class TooBigError(Exception):
    """A value with too many parts to be compared with others."""


def make_set(items: Iterable[object], element: Type | None = None) -> HclSet:
    """A set of values that have one type: each once, in terraform's order, the unknown ones last.

    Raises TooBigError.
    """
    known: dict[str, object] = {}
    holes: list[object] = []
    for item in items:
        if isinstance(item, Unknown):
            if not (isinstance(item, (Ref, Input)) and item in holes):
                holes.append(item)
        elif type(item) is str:
            known.setdefault(item, item)
        else:
            known.setdefault(_mark(item, [MOST_TYPES]), item)
    return HclSet([*_in_order(known), *holes], element)


def _in_order(known: dict[str, object]) -> list[object]:
    items = list(known.values())
    plain = [item for item in items if item is not None]
    nulls: list[object] = [None] * (len(items) - len(plain))
    if all(type(item) is str for item in plain) or all(primitive_of(item) in (NUMBER, BOOL) for item in plain):
        return [*sorted(plain), *nulls]  # type: ignore[type-var]  # of one comparable type, as just tested
    return [*(known[mark] for mark in sorted(known) if known[mark] is not None), *nulls]


def _mark(value: object, left: list[int]) -> str:
    """A text that is equal for equal values of one type, by which terraform orders structures in a set."""
    left[0] -= 1
    if left[0] < 0:
        raise TooBigError
    if value is None:
        return "~"
    if isinstance(value, Unknown):
        return f"?{value!r}" if isinstance(value, Ref) else f"?{id(value)}"
    if type(value) is str:
        return _quoted(value)
    if type(value) is bool:
        return "T" if value else "F"
    if isinstance(value, HclMap):
        return "{" + "".join(f"{_quoted(key)}:{_mark(item, left)};" for key, item in value.items()) + "}"
    if isinstance(value, dict):
        return "<" + "".join(f"{_mark(item, left)};" for item in value.values()) + ">"
    if isinstance(value, (HclList, HclSet)):
        items = value.items if isinstance(value, HclSet) else value
        return "[" + "".join(f"{_mark(item, left)};" for item in items) + "]"
    if isinstance(value, list):
        return "<" + "".join(f"{_mark(item, left)};" for item in value) + ">"
    return str(to_string(value))


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


# --- the branches of a conditional


def reconciled(value: object, rival: Type) -> object:
    """The branch that was taken, converted to the type that it has in common with the other."""
    kind = unifiable_type_of(value)
    common = _common(kind, rival)
    return value if common is ANY or common == kind else convert(value, common)


def reconciled_both(yes: object, no: object) -> tuple[object, object]:
    """Both branches, converted to their common type; where one cannot be after all, it is not known."""
    kinds = unifiable_type_of(yes), unifiable_type_of(no)
    common = _common(*kinds)
    return _attempted(yes, kinds[0], common), _attempted(no, kinds[1], common)


def _attempted(value: object, kind: Type, common: Type) -> object:
    if common is ANY or common == kind:
        return value
    try:
        return convert(value, common)
    except EvalError as error:
        return Unknown((Reason(Why.INVALID, error.message),))


def _common(kind: Type, rival: Type) -> Type:
    if shape_of(kind) == "any" or shape_of(rival) == "any":
        return ANY
    common = unify((kind, rival))
    if common is None:
        raise EvalError(f"the branches have no common type: one is {_article(kind)}, the other {_article(rival)}")
    return common


def _article(kind: Type) -> str:
    shape = str(kind) if isinstance(kind, Primitive) else shape_of(kind)
    return f"{'an' if shape[0] in 'aeiou' else 'a'} {shape}"


# --- type constraints


def type_constraint(expression: Expression) -> Type:
    """The type that a type constraint means; EvalError where terraform refuses it."""
    # The syntax tree evaluates conditionals with this module.
    from guardrails.sources.terraform.hcl import nodes

    try:
        if isinstance(expression, nodes.Name):
            return _keyword(expression.name)
        if isinstance(expression, nodes.Literal):
            return _keyword(expression.value)  # the spelling of terraform 0.11
        return _parse_call(expression)
    except EvalError as error:
        if error.start < 0:
            error.start, error.stop = expression.start, expression.stop
        raise


_KEYWORDS: dict[str, Type] = {
    "string": STRING,
    "number": NUMBER,
    "bool": BOOL,
    "any": ANY,
    "list": Collection("list", ANY),
    "map": Collection("map", ANY),
}


def _keyword(name: object) -> Type:
    kind = _KEYWORDS.get(name) if isinstance(name, str) else None
    if kind is None:
        wants = " and needs an argument" if name in ("set", "object", "tuple") else ""
        raise EvalError(f'the keyword "{name}" is not a type{wants}')
    return kind


def _parse_call(call: Expression) -> Type:
    from guardrails.sources.terraform.hcl import nodes

    if not isinstance(call, nodes.FunctionCall):
        raise EvalError("a type is a keyword, or a type constructor with its arguments")
    if len(call.arguments) != 1:
        raise EvalError(f'the type constructor "{call.name}" takes one argument')
    argument = call.arguments[0]
    if call.name in ("list", "set", "map"):
        return Collection(call.name, type_constraint(argument))
    if call.name == "tuple":
        if not isinstance(argument, nodes.TupleExpression):
            raise EvalError("a tuple type is written with a list of types")
        return TupleType(tuple(type_constraint(item) for item in argument.items))
    if call.name == "object":
        if not isinstance(argument, nodes.ObjectExpression):
            raise EvalError("an object type is written with a map from attribute names to types")
        return _parse_object(argument)
    raise EvalError(f'"{call.name}" is not a type constructor')


def _parse_object(pairs: ObjectExpression) -> ObjectType:
    from guardrails.sources.terraform.hcl import nodes

    attributes: dict[str, Type] = {}
    optional: dict[str, object] = {}
    for key, item in pairs.pairs:
        if not isinstance(key, nodes.Literal) or not isinstance(key.value, str):
            raise EvalError("the keys of an object type must be attribute names")
        name = key.value
        if not (isinstance(item, nodes.FunctionCall) and item.name == "optional"):
            attributes[name] = type_constraint(item)
            continue
        if not 1 <= len(item.arguments) <= 2:
            raise EvalError("`optional` takes a type and perhaps a default")
        kind = attributes[name] = type_constraint(item.arguments[0])
        default = item.arguments[1].evaluate(_NoScope()) if len(item.arguments) == 2 else None
        try:
            optional[name] = convert(default, kind)
        except EvalError as error:
            raise EvalError(f'the default of "{name}" is not of its type: {error.message}') from None
    return ObjectType(attributes, optional)


class _NoScope:
    """Where nothing can be referred to: the defaults of optional attributes are constants."""

    def lookup(self, name: str, node: Expression) -> object:
        raise EvalError(f"variables may not be used here: {name} at offset {node.start}")
