"""Frozen classes made of annotated fields, without the cost of generating code at import.

Making one frozen dataclass takes about 0.8 ms, and importing `dataclasses` 10 ms; with some sixty of them that was half
of the time of a small scan. A `Record` subclass costs what a plain class costs. Type checkers see a frozen dataclass.
"""

from __future__ import annotations

from guardrails.kernel.typed import TypeVar, cast, dataclass_transform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, ClassVar, NoReturn

T = TypeVar("T")


if TYPE_CHECKING:

    class _Fields:
        """What both kinds of record share."""

        __slots__ = ()

        _fields: ClassVar[tuple[str, ...]]
        """In the order of their annotations, bases first."""
else:
    # Every class above makes each class below it more expensive, by some microseconds.
    _Fields = object

Self = TypeVar("Self", bound=_Fields)
# Here and not on top: a bound in quotes is compiled, and the first thing that is compiled costs 3 ms.


class _Layout:
    """The fields of a kind of record. It is worked out with the first one that is made: most kinds have none in a run,
    and what `__init_subclass__` does every one of them pays for."""

    __slots__ = ("defaults", "fields", "names")

    def __init__(self, kind: type[object]) -> None:
        self.fields: tuple[str, ...] = ()
        self.defaults: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            written = base.__dict__.get("__annotations__")  # noqa: RUF063 - `inspect` costs 5 ms to import
            if not written or not issubclass(base, (Record, Noun)):
                continue
            own = [name for name, said in written.items() if not _is_class_variable(said)]
            self.fields = tuple(dict.fromkeys((*self.fields, *own)))
            if "__slots__" not in base.__dict__:
                self.defaults.update((name, base.__dict__[name]) for name in own if name in base.__dict__)
        self.names = frozenset(self.fields)
        _layouts[kind] = self


_layouts: dict[type[object], _Layout] = {}


class _FieldsOfKind:
    """`_fields` of a record or of its class."""

    def __get__(self, _: object, kind: type[object]) -> tuple[str, ...]:
        return (_layouts.get(kind) or _Layout(kind)).fields


def _refuse(record: object, name: str, _: object) -> NoReturn:
    raise AttributeError(f"{type(record).__name__} is frozen: `{name}` cannot be set")


def _shown(record: Any) -> str:  # noqa: ANN401 - of either kind
    fields = ", ".join(f"{name}={getattr(record, name)!r}" for name in record._fields)
    return f"{type(record).__name__}({fields})"


def _is_class_variable(annotation: object) -> bool:
    return isinstance(annotation, str) and annotation.startswith("ClassVar")


def _absent(kind: type[object], given: dict[str, object]) -> NoReturn:
    fields = _Layout(kind).fields
    missing = [name for name in fields if name not in given]
    surplus = [name for name in given if name not in fields]
    raise TypeError(f"{kind.__name__}() lacks {missing} and does not know {surplus}")


@dataclass_transform(frozen_default=True, eq_default=True)
class Record(_Fields):
    """Fields by position or name; equal and hashed by content."""

    if not TYPE_CHECKING:
        _fields = _FieldsOfKind()
        __setattr__ = _refuse
    __repr__ = _shown

    def __init__(self, *positional: object, **named: object) -> None:
        try:
            layout = _layouts[self.__class__]
        except KeyError:
            layout = _Layout(self.__class__)
        fields = layout.fields
        given = self.__dict__
        if not named and len(positional) == len(fields):
            given.update(zip(fields, positional, strict=True))
            return
        given.update(layout.defaults)
        given.update(zip(fields, positional, strict=False))
        given.update(named)
        if len(given) != len(fields) or len(positional) > len(fields):
            _absent(type(self), given)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        layout = _layouts.get(self.__class__) or _Layout(self.__class__)
        return hash(tuple(map(self.__dict__.__getitem__, layout.fields)))


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
class Noun(_Fields):
    """Fields by name only; compared by identity: two things with equal attributes are still two."""

    if not TYPE_CHECKING:
        _fields = _FieldsOfKind()
        __setattr__ = _refuse
    __repr__ = _shown

    def __init__(self, **named: object) -> None:
        try:
            layout = _layouts[self.__class__]
        except KeyError:
            layout = _Layout(self.__class__)
        given = {**layout.defaults, **named} if layout.defaults else named
        if given.keys() != layout.names:
            _absent(type(self), given)
        waiting = {name: value for name, value in given.items() if type(value) is _Later}
        if not waiting:
            self.__dict__.update(given)
            return
        self.__dict__.update((name, value) for name, value in given.items() if name not in waiting)
        self.__dict__["waiting fields"] = waiting

    def remembered(self, question: Hashable, answer: Callable[[], T]) -> T:
        """`answer()`, worked out once for each question about this and kept as long as this is."""
        answers: dict[Hashable, Any] = self.__dict__.setdefault("answers", {})
        if question not in answers:
            answers[question] = answer()
        return cast("T", answers[question])

    def forget(self) -> None:
        """Let go of all fields: this is not to be used any more."""
        self.__dict__.clear()

    if not TYPE_CHECKING:  # A checker that saw it would believe that every attribute exists.

        def __getattr__(self, name: str) -> object:
            waiting = self.__dict__.get("waiting fields", {}).get(name)
            if waiting is None:
                raise AttributeError(f"{type(self).__name__} has no `{name}`")
            found = self.__dict__[name] = waiting.compute()
            return found


N = TypeVar("N", bound=Noun)


class _Later:
    """A field that is worked out when it is first read."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[], object]) -> None:
        self.compute = compute


def later(compute: Callable[[], T]) -> T:
    """A field of a Noun that is worked out when it is first read: most resources are never asked for most fields."""
    return cast("T", _Later(compute))


def seen_as(noun: N, **changes: object) -> N:
    """The same noun with some fields replaced; fields that nobody has read yet are still not worked out. What was
    concluded from its fields is not taken over."""
    kept = {*noun._fields, "waiting fields"}
    copy = object.__new__(type(noun))
    copy.__dict__.update({name: value for name, value in noun.__dict__.items() if name in kept})
    copy.__dict__.update(changes)
    return copy


def changed(record: Self, **changes: object) -> Self:
    """The same record with some fields replaced."""
    fields = {name: getattr(record, name) for name in record._fields}
    return type(record)(**{**fields, **changes})
