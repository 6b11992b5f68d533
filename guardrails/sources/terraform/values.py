"""Values of the Terraform language as the evaluator holds them.

A known value is a plain Python value: `str` (NFC), `bool`, `int`, `Decimal`, `None`, `list` (lists and tuples), `dict`
(maps and objects, keys `str` in code point order), `HclSet`. Everything not wholly known derives from `Unknown`, so the
one test is `isinstance(value, Unknown)`. Lists, dicts and sets may hold unknown leaves. Never mutate a value that came
from elsewhere: values are shared.

Terraform tells lists from tuples and maps from objects, though little depends on it: `==`, and what a conditional
converts its branches to. A plain `list` is a tuple and a plain `dict` an object; what was converted to a list or a map
is an `HclList` or `HclMap`, which are a list and a dict for everyone else.
"""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.sources.terraform.typesystem import Type

MOST_REASONS = 3


class EvalError(Exception):
    """An expression that terraform would refuse. `try` and `can` catch it; elsewhere the attribute becomes unknown.

    The message is a sentence part without full stop. `start`/`stop` are offsets of the node at fault, set by the first
    node that the error passes.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.start = -1
        self.stop = -1


class UndeclaredError(EvalError):
    """A reference to something that is declared nowhere. Terraform refuses it before it evaluates anything, so that
    neither `try` nor a branch not taken swallows it."""


class Unknown:
    """Not known, for these reasons (at most `MOST_REASONS`, the first ones)."""

    __slots__ = ("reasons",)

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = reasons[:MOST_REASONS]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'; '.join(r.detail for r in self.reasons)})"


class Typed(Unknown):
    """Not known, but of this type if it is not null: an input variable that has a type and no value."""

    __slots__ = ("type",)

    def __init__(self, type: Type, reasons: tuple[Reason, ...]) -> None:
        super().__init__(reasons)
        self.type = type

    def __repr__(self) -> str:
        return f"Typed({self.type}, {'; '.join(r.detail for r in self.reasons)})"


class Input(Typed):
    """An input of the root that was not given, or what is at a path in it; of any type where `type` is `ANY`. It may be
    null.

    Equal inputs are the same value wherever they are mentioned. One of type string may also be the text that a number
    or bool given there is converted to, so that it is that text that two mentions have in common. What is computed from
    an input is none.
    """

    __slots__ = ("name", "path")

    def __init__(self, type: Type, name: str, reasons: tuple[Reason, ...], path: tuple[str | int, ...] = ()) -> None:
        super().__init__(type, reasons)
        self.name = name
        self.path = path

    def at(self, key: str | int, type: Type) -> Input:
        """An attribute or element of it."""
        return Input(type, self.name, self.reasons, (*self.path, key))

    def retyped(self, type: Type) -> Input:
        """The text of a primitive."""
        return Input(type, self.name, self.reasons, self.path)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Input)
            and self.name == other.name
            and self.path == other.path
            and list(map(type, self.path)) == list(map(type, other.path))
            and self.type == other.type
        )

    def __hash__(self) -> int:
        return hash((self.name, self.path))

    def __repr__(self) -> str:
        return f"Input({self.type}, {'.'.join(map(str, (self.name, *self.path)))})"


class Ref(Unknown):
    """A computed attribute of one resource or data instance: `module.a[0].aws_s3_bucket.logs` and `("arn",)`.

    Equal references compare and hash equal: this is the edge of the graph. An empty path is the whole instance. Reading
    an attribute or element extends the path; a splat adds "*". It is never null.
    """

    __slots__ = ("address", "path")
    type = ""
    """The type of the resource, for sources whose addresses do not show it."""

    def __init__(self, address: str, path: tuple[str | int, ...], reasons: tuple[Reason, ...] = ()) -> None:
        if reasons:
            self.reasons = reasons[:MOST_REASONS]
        self.address = address
        self.path = path

    def __getattr__(self, name: str) -> tuple[Reason, ...]:
        # The reason is put into words when it is first asked for: most references are only followed or joined.
        if name != "reasons":
            raise AttributeError(name)
        dotted = ".".join([self.address, *(str(step) for step in self.path)])
        self.reasons = (Reason(Why.AFTER_APPLY, f"`{dotted}` is known only after apply"),)
        return self.reasons

    def step(self, key: str | int) -> Ref:
        return Ref(self.address, (*self.path, key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and self.address == other.address and self.path == other.path

    def __hash__(self) -> int:
        return hash((self.address, self.path))

    def __repr__(self) -> str:
        return f"Ref({self.address!r}, {self.path!r})"


class Text(Unknown):
    """A string with holes, `"${bucket.arn}/*"`: known parts and unknown ones in order. Never null, never empty of
    unknown parts. Neighbouring known parts are joined, nested Texts flattened (see `text`)."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[str | Unknown, ...]) -> None:
        self.parts = parts

    def __getattr__(self, name: str) -> tuple[Reason, ...]:
        if name != "reasons":
            raise AttributeError(name)
        reasons = dict.fromkeys(reason for part in self.parts if isinstance(part, Unknown) for reason in part.reasons)
        self.reasons = tuple(reasons)[:MOST_REASONS]
        return self.reasons

    @property
    def prefix(self) -> str:
        return self.parts[0] if isinstance(self.parts[0], str) else ""

    @property
    def suffix(self) -> str:
        return self.parts[-1] if isinstance(self.parts[-1], str) else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Text({self.parts!r})"


class JsonText(Unknown):
    """A string that holds JSON whose structure is known though some leaves are not. Never null."""

    __slots__ = ("document",)

    def __init__(self, document: object) -> None:
        self.document = document

    def __getattr__(self, name: str) -> tuple[Reason, ...]:
        if name != "reasons":
            raise AttributeError(name)
        self.reasons = tuple(dict.fromkeys(reasons_in(self.document)))[:MOST_REASONS]
        return self.reasons

    def __repr__(self) -> str:
        return f"JsonText({self.document!r})"


class Choice(Unknown):
    """One of several values, for want of knowing a condition: both branches of a conditional."""

    __slots__ = ("alternatives",)

    def __init__(self, alternatives: tuple[object, ...], reasons: tuple[Reason, ...]) -> None:
        super().__init__(reasons)
        self.alternatives = alternatives

    def __repr__(self) -> str:
        return f"Choice({self.alternatives!r})"


class Made(Unknown):
    """Made of an attribute of another resource, in a way that is not seen. Never null."""

    __slots__ = ()


class HclList(list[object]):
    """A list of elements of one type; `element` is that type where it is known without looking at the elements, `ANY`
    if there are none that could have one, as in `tolist([])`."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[object] = (), element: Type | None = None) -> None:
        super().__init__(items)
        self.element = element


class HclMap(dict[str, object]):
    """A map of elements of one type; `element` as for a list."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[tuple[str, object]] = (), element: Type | None = None) -> None:
        super().__init__(items)
        self.element = element


class HclSet:
    """A set: elements without duplicates, in terraform's order (strings by UTF-8 bytes, numbers by value)."""

    __slots__ = ("element", "items")

    def __init__(self, items: list[object], element: Type | None = None) -> None:
        self.items = items
        self.element = element

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HclSet) and self.items == other.items

    __hash__ = None  # type: ignore[assignment]  # mutable content: not a key

    def __repr__(self) -> str:
        return f"HclSet({self.items!r})"


class Namespace:
    """Something that can only be traversed, lazily: `var`, `local`, `module.x`, all instances of a resource."""

    __slots__ = ()

    def attribute(self, name: str) -> object:
        """The value of `.name`; raises EvalError where there is none."""
        raise NotImplementedError

    def index(self, key: object) -> object:
        """The value of `[key]`; raises EvalError where there is none. `key` may be unknown."""
        raise NotImplementedError

    def value(self) -> object:
        """Itself as an ordinary value (list, dict, Ref or Unknown): when it is passed on whole, splatted, counted."""
        raise NotImplementedError


def unknown(why: Why, detail: str, settle: str = "") -> Unknown:
    return Unknown((Reason(why, detail, settle),))


def wholly_known(value: object) -> bool:
    """Whether no leaf of `value` is unknown."""
    return not isinstance(value, Unknown) and (type(value) in _LEAVES or _known_inside(value, set()))


_LEAVES = frozenset((str, int, bool, type(None)))


def _known_inside(value: object, seen: set[int]) -> bool:
    # A part that is used twice is looked at once: else thirty lines of `[x, x]` would take a billion steps.
    if isinstance(value, dict):
        items: Iterable[object] = value.values()
    elif isinstance(value, list):
        items = value
    elif isinstance(value, HclSet):
        items = value.items
    else:
        return True
    if id(value) in seen:
        return True
    seen.add(id(value))
    for item in items:
        if type(item) in _LEAVES:
            continue
        if isinstance(item, Unknown) or not _known_inside(item, seen):
            return False
    return True


def reasons_in(value: object) -> Iterable[Reason]:
    """The reasons of every unknown leaf, depth first."""
    if isinstance(value, Unknown):
        return value.reasons
    return () if type(value) in _LEAVES else _reasons_inside(value, set())


def _reasons_inside(value: object, seen: set[int]) -> Iterable[Reason]:
    if isinstance(value, dict):
        items: Iterable[object] = value.values()
    elif isinstance(value, list):
        items = value
    elif isinstance(value, HclSet):
        items = value.items
    else:
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    for item in items:
        if type(item) in _LEAVES:
            continue
        if isinstance(item, Unknown):
            yield from item.reasons
        else:
            yield from _reasons_inside(item, seen)


def text(parts: Iterable[object]) -> str | Text:
    """Join strings and unknowns into a `str` if all is known, else a `Text` in normal form."""
    flat: list[str | Unknown] = []
    for part in parts:
        inner = part.parts if isinstance(part, Text) else (part,)
        for piece in inner:
            if isinstance(piece, str):
                if not piece:
                    continue
                if flat and isinstance(flat[-1], str):
                    flat[-1] += piece
                    continue
                flat.append(piece)
            else:
                assert isinstance(piece, Unknown)
                flat.append(piece)
    if not flat:
        return ""
    if len(flat) == 1 and isinstance(flat[0], str):
        return flat[0]
    return Text(tuple(flat))
