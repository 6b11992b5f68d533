"""How a built-in function is declared, and how its arguments are made ready.

A declaration is one line of types, as in terraform's own manual: `room.function("join", "string", "list(string)...")`.
`?` after a type admits null, `...` makes the last parameter variadic. `sees` says how much unknown the body can bear:

- "known": only wholly known arguments; with any other the result is unknown for the arguments' reasons
- "leaves": arguments that are known themselves but may hold unknown leaves
- "all": anything

`gives` is the type of the result where it is the same for every call: what stays unknown is at least of that type.
"""

from __future__ import annotations

from collections.abc import Callable

from guardrails.kernel.typed import Literal, Protocol
from guardrails.kernel.why import Why
from guardrails.sources.terraform.conversion import convert, type_of, typed
from guardrails.sources.terraform.typesystem import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    Collection,
    Primitive,
    Type,
    convertible,
    shape_of,
)
from guardrails.sources.terraform.values import (
    EvalError,
    HclList,
    HclMap,
    HclSet,
    Unknown,
    reasons_in,
    unknown,
    wholly_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path
    from typing import TypeAlias

Number: TypeAlias = "int | Decimal"


class GiveUp(Exception):  # noqa: N818 - no error: the call's result is `result`
    """Ends a computation from within: it stays unknown."""

    def __init__(self, result: Unknown) -> None:
        super().__init__()
        self.result = result


LONGEST_STRING = 1 << 20
LONGEST_LIST = 100_000

Sees = Literal["known", "leaves", "all"]


class FunctionScope(Protocol):
    """What the functions may know about the place of the call."""

    @property
    def module_directory(self) -> str:
        """The directory of the module, as `path.module` shows it."""

    @property
    def base_directory(self) -> Path:
        """Where relative paths start: the directory of the root module."""

    @property
    def scan_root(self) -> Path:
        """Files outside this directory are not read, whatever a path or a link says."""

    @property
    def template_depth(self) -> int:
        """How many templates are being rendered around this call."""


class Function:
    """A built-in function: its parameters, and the body that gets them converted."""

    __slots__ = ("body", "gives", "name", "parameters", "scoped", "sees", "variadic")

    def __init__(
        self,
        name: str,
        signature: Sequence[str],
        body: Callable[..., object],
        sees: Sees,
        gives: Type | None,
        *,
        scoped: bool,
    ) -> None:
        self.name = name
        self.variadic = signature[-1].removesuffix("...") if signature and signature[-1].endswith("...") else ""
        self.parameters = tuple(signature[:-1] if self.variadic else signature)
        self.body = body
        self.sees = sees
        self.gives = gives
        self.scoped = scoped

    def evaluate(self, arguments: Sequence[object], scope: object) -> object:
        """Check and convert the arguments, and run the body as far as `sees` allows."""
        fixed = len(self.parameters)
        if len(arguments) < fixed or (len(arguments) > fixed and not self.variadic):
            bound = f"at least {fixed}" if self.variadic else str(fixed)
            raise EvalError(f"`{self.name}` takes {bound} argument{'' if bound == '1' else 's'}, got {len(arguments)}")
        kinds = [*self.parameters, *[self.variadic] * (len(arguments) - fixed)]
        ready = [converted(argument, kind) for argument, kind in zip(arguments, kinds, strict=True)]
        if self.sees != "all":
            blind = ready if self.sees == "known" else [value for value in ready if isinstance(value, Unknown)]
            reasons = tuple(dict.fromkeys(reason for value in blind for reason in reasons_in(value)))
            if any(not wholly_known(value) for value in blind):
                return self.typed(Unknown(reasons))
        return self.typed(self.body(scope, *ready) if self.scoped else self.body(*ready))

    def typed(self, result: object) -> object:
        """The result with what the declaration says about its type."""
        gives = self.gives
        if gives is None:
            return result
        if type(result) is Unknown:
            return typed(gives, result.reasons)
        if type(result) is list and isinstance(gives, Collection):
            return HclList(result, gives.element)
        if type(result) is dict and isinstance(gives, Collection):
            return HclMap(result.items(), gives.element)
        return result


class Room:
    """The functions of one topic."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def function(
        self, name: str, *signature: str, sees: Sees = "known", gives: Type | None = None, scoped: bool = False
    ) -> Callable[[Callable[..., object]], Callable[..., object]]:
        def declare(body: Callable[..., object]) -> Callable[..., object]:
            self.functions[name] = Function(name, signature, body, sees, gives, scoped=scoped)
            return body

        return declare


_TYPES: dict[str, Type] = {
    "any": ANY,
    "string": STRING,
    "number": NUMBER,
    "bool": BOOL,
    "list": Collection("list", ANY),
    "set": Collection("set", ANY),
    "list(string)": Collection("list", STRING),
    "list(bool)": Collection("list", BOOL),
    "map(list(string))": Collection("map", Collection("list", STRING)),
}


def converted(value: object, kind: str) -> object:
    """An argument as a parameter of this type receives it; EvalError if it cannot be."""
    if value is None:
        if kind[-1] == "?":
            return None
        raise EvalError("argument must not be null")
    if kind == "string" and value.__class__ is str:
        return value
    wanted = _TYPES[kind.rstrip("?")]
    if _is_empty(value) and not convertible(type_of(value), wanted):
        raise EvalError(f"{wanted} required")  # of an empty list only its type tells
    return convert(value, wanted)


def _is_empty(value: object) -> bool:
    if isinstance(value, HclSet):
        return not value.items
    return isinstance(value, (HclList, HclMap)) and not value


_SHAPES: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "number",
    list: "tuple",
    dict: "object",
    HclList: "list",
    HclMap: "map",
    HclSet: "set",
}


def form(value: object) -> str:
    """What a value is, as far as its type is known: string, number, bool, list, tuple, set, map, object, or any."""
    shape = _SHAPES.get(type(value))
    if shape is not None:
        return shape
    kind = type_of(value)
    return kind.name if isinstance(kind, Primitive) else shape_of(kind)


def whole_number(value: Number, what: str = "argument", *, low: int | None = None, high: int | None = None) -> int:
    """A number that must be a whole one that fits a machine word."""
    if not isinstance(value, int) and (not value.is_finite() or value != value.to_integral_value()):
        raise EvalError(f"{what} must be a whole number")
    number = int(value)
    least, most = (-(1 << 63) if low is None else low), ((1 << 63) - 1 if high is None else high)
    if number < least:
        raise EvalError(f"{what} must be a whole number, greater than or equal to {least} inclusive")
    if number > most:
        raise EvalError(f"{what} must be a whole number, less than or equal to {most} inclusive")
    return number


def limit(what: str) -> Unknown:
    """A result that was not computed, because it would be too big or take too long."""
    return unknown(Why.LIMIT, what)


def unsupported(what: str) -> Unknown:
    return unknown(Why.UNSUPPORTED, what)


def opaque(value: object) -> Unknown:
    """Something unknown that comes of this value: its reasons without its shape."""
    return Unknown(tuple(dict.fromkeys(reasons_in(value))))
