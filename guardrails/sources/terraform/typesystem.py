"""The types of the Terraform language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Type:
    """Base of all types. Types are values: equal when they mean the same."""

    __slots__ = ()


class Primitive(Type):
    """string, number, bool; and `any`, which stands for a type not known yet."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
ANY = Primitive("any")


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
