"""The types of the Terraform language."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Type:
    """Base of all types. Types are values: equal when they mean the same."""

    __slots__ = ()


class Primitive(Type):
    """string, number, bool; `any`, a type not known yet; and that of a bare null, which stands against no other."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
ANY = Primitive("any")
NULL = Primitive("null")


class Collection(Type):
    """list(T), set(T), map(T)."""

    __slots__ = ("element", "kind")

    def __init__(self, kind: str, element: Type) -> None:
        self.kind = kind
        self.element = element

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collection) and self.kind == other.kind and self.element == other.element

    def __hash__(self) -> int:
        return hash((self.kind, self.element))

    def __str__(self) -> str:
        return f"{self.kind}({self.element})"


class TupleType(Type):
    """tuple([A, B])"""

    __slots__ = ("elements",)

    def __init__(self, elements: tuple[Type, ...]) -> None:
        self.elements = elements

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TupleType) and self.elements == other.elements

    def __hash__(self) -> int:
        return hash(self.elements)

    def __str__(self) -> str:
        return f"tuple([{', '.join(map(str, self.elements))}])"


class ObjectType(Type):
    """object({a = A}); `optional` holds the defaults of the attributes that may be left out, None for null."""

    __slots__ = ("attributes", "optional")

    def __init__(self, attributes: Mapping[str, Type], optional: Mapping[str, object] | None = None) -> None:
        self.attributes = attributes
        self.optional = optional or {}

    def __eq__(self, other: object) -> bool:
        # Whether an attribute may be left out matters to conversion only: no value has a type with such attributes.
        return isinstance(other, ObjectType) and self.attributes == other.attributes

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.attributes)))

    def __str__(self) -> str:
        return f"object({{{', '.join(f'{name} = {kind}' for name, kind in self.attributes.items())}}})"


def vague(kind: Type) -> bool:
    """Whether `any` stands somewhere in the type: then the elements decide what it is."""
    if isinstance(kind, Collection):
        return vague(kind.element)
    if isinstance(kind, TupleType):
        return any(map(vague, kind.elements))
    if isinstance(kind, ObjectType):
        return any(map(vague, kind.attributes.values()))
    return kind is ANY or kind is NULL


# --- one type for several


def unify(types: Sequence[Type]) -> Type | None:
    """The type that values of all these types can be converted to without loss; None if there is none."""
    if not types:
        return ANY
    first = types[0]
    if all(kind is first or kind == first for kind in types):
        return ANY if first is NULL else first
    shapes = {shape_of(kind) for kind in types}
    vague = "any" in shapes
    shapes.discard("any")
    for collection, structure in (("map", "object"), ("list", "tuple"), ("set", "")):
        if shapes == {collection}:
            return ANY if vague else _unify_collections(collection, types)
        if shapes == {collection, structure}:
            found = _unify_structures_as(collection, structure, types)
            if found is not None:
                return found
    if shapes == {"object"}:
        return ANY if vague else _unify_objects([kind for kind in types if isinstance(kind, ObjectType)])
    if shapes == {"tuple"}:
        return ANY if vague else _unify_tuples([kind for kind in types if isinstance(kind, TupleType)])
    if {"object", "tuple"} <= shapes:
        return None
    for wanted in sorted(types, key=_preference):
        if all(convertible(kind, wanted) for kind in types):
            # What is not known yet may turn out to be a string, and make strings of all.
            return ANY if wanted is NULL or (ANY in types and wanted is not STRING) else wanted
    return None


def shape_of(kind: Type) -> str:
    if isinstance(kind, Collection):
        return kind.kind
    if isinstance(kind, TupleType):
        return "tuple"
    if isinstance(kind, ObjectType):
        return "object"
    return "any" if kind is ANY or kind is NULL else "primitive"


def _preference(kind: Type) -> int:
    """Which of several types terraform tries first: lower is earlier."""
    if kind is ANY or kind is NULL:
        return 9
    if isinstance(kind, Primitive):
        return 0 if kind is STRING else 1
    shape = shape_of(kind)
    return {"list": 0, "map": 0, "tuple": 3, "object": 3, "set": 6}[shape]


def _unify_collections(kind: str, types: Sequence[Type]) -> Type | None:
    element = unify([one.element for one in types if isinstance(one, Collection)])
    return None if element is None else Collection(kind, element)


def _unify_structures_as(collection: str, structure: str, types: Sequence[Type]) -> Type | None:
    """Objects beside maps are taken for maps, tuples beside lists for lists."""
    structures = [kind for kind in types if shape_of(kind) == structure]
    found = (
        _unify_as_map([kind for kind in structures if isinstance(kind, ObjectType)])
        if structure == "object"
        else _unify_as_list([kind for kind in structures if isinstance(kind, TupleType)])
    )
    if found is None:
        return None
    whole = unify([found if shape_of(kind) == structure else kind for kind in types])
    return whole if isinstance(whole, Collection) and whole.kind == collection else None


def _unify_objects(types: Sequence[ObjectType]) -> Type | None:
    names = types[0].attributes.keys()
    if any(kind.attributes.keys() != names for kind in types):
        return _unify_as_map(types)
    attributes: dict[str, Type] = {}
    for name in names:
        found = unify([kind.attributes[name] for kind in types])
        if found is None:
            return None
        attributes[name] = found
    return ObjectType(attributes)


def _unify_as_map(types: Sequence[ObjectType]) -> Type | None:
    return _collection_of("map", [attribute for kind in types for attribute in kind.attributes.values()])


def _unify_tuples(types: Sequence[TupleType]) -> Type | None:
    length = len(types[0].elements)
    if any(len(kind.elements) != length for kind in types):
        return _unify_as_list(types)
    elements: list[Type] = []
    for column in zip(*(kind.elements for kind in types), strict=True):
        found = unify(column)
        if found is None:
            return None
        elements.append(found)
    return TupleType(tuple(elements))


def _unify_as_list(types: Sequence[TupleType]) -> Type | None:
    return _collection_of("list", [element for kind in types for element in kind.elements])


def _collection_of(kind: str, parts: Sequence[Type]) -> Type | None:
    # Where there is nothing, nothing stands against any type; `ANY` would be something not known.
    element = unify(parts) if parts else NULL
    return None if element is None else Collection(kind, element)


def convertible(source: Type, wanted: Type) -> bool:
    """Whether some value of one type can be converted to the other."""
    if shape_of(source) == "any" or shape_of(wanted) == "any" or source == wanted:
        return True
    if isinstance(wanted, Primitive):
        return isinstance(source, Primitive) and STRING in (source, wanted)
    if isinstance(wanted, Collection):
        if isinstance(source, Collection):
            return (source.kind == "map") == (wanted.kind == "map") and convertible(source.element, wanted.element)
        if isinstance(source, TupleType):
            return wanted.kind != "map" and _all_convertible(source.elements, wanted.element)
        if isinstance(source, ObjectType):
            return wanted.kind == "map" and _all_convertible(tuple(source.attributes.values()), wanted.element)
        return False
    if isinstance(wanted, TupleType):
        return (
            isinstance(source, TupleType)
            and len(source.elements) == len(wanted.elements)
            and all(map(convertible, source.elements, wanted.elements))
        )
    assert isinstance(wanted, ObjectType)
    if isinstance(source, Collection):
        return source.kind == "map" and all(convertible(source.element, one) for one in wanted.attributes.values())
    return isinstance(source, ObjectType) and all(
        convertible(source.attributes[name], one) if name in source.attributes else name in wanted.optional
        for name, one in wanted.attributes.items()
    )


def _all_convertible(sources: Sequence[Type], wanted: Type) -> bool:
    if wanted is ANY:
        return unify(sources) is not None  # the elements of a collection have one type, whichever it is
    return all(convertible(one, wanted) for one in sources)


def merged(types: Iterable[Type]) -> Type | None:
    """What several descriptions of one type say together, each vague in other places; None if they contradict."""
    whole: Type | None = ANY
    for kind in types:
        whole = _merged(whole, kind) if whole is not None else None
    return whole


def _merged(a: Type, b: Type) -> Type | None:
    if shape_of(a) == "any" or a == b:
        return b
    if shape_of(b) == "any":
        return a
    if isinstance(a, Collection) and isinstance(b, Collection) and a.kind == b.kind:
        element = _merged(a.element, b.element)
        return Collection(a.kind, element) if element is not None else None
    if isinstance(a, TupleType) and isinstance(b, TupleType) and len(a.elements) == len(b.elements):
        elements = tuple(part for part in map(_merged, a.elements, b.elements) if part is not None)
        return TupleType(elements) if len(elements) == len(a.elements) else None
    if isinstance(a, ObjectType) and isinstance(b, ObjectType) and a.attributes.keys() == b.attributes.keys():
        found = {name: _merged(part, b.attributes[name]) for name, part in a.attributes.items()}
        attributes = {name: part for name, part in found.items() if part is not None}
        return ObjectType(attributes) if len(attributes) == len(found) else None
    return None
