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


class _Fields:
    """What both kinds of record share: fields in the order of their annotations, bases first."""

    __slots__ = ()

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    _names: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        written = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - `inspect` costs 5 ms to import
        own = [name for name, said in written.items() if not _is_class_variable(said)]
        cls._fields = tuple(dict.fromkeys((*cls._fields, *own)))
        given = {name: cls.__dict__[name] for name in own if name in cls.__dict__ and "__slots__" not in cls.__dict__}
        cls._defaults = {**cls._defaults, **given}
        cls._names = frozenset(cls._fields)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: `{name}` cannot be set")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({shown})"


Self = TypeVar("Self", bound=_Fields)
# Here and not on top: a bound in quotes is compiled, and the first thing that is compiled costs 3 ms.


def _is_class_variable(annotation: object) -> bool:
    return isinstance(annotation, str) and annotation.startswith("ClassVar")


def _absent(kind: type[_Fields], given: dict[str, object]) -> NoReturn:
    missing = [name for name in kind._fields if name not in given]
    surplus = [name for name in given if name not in kind._fields]
    raise TypeError(f"{kind.__name__}() lacks {missing} and does not know {surplus}")


@dataclass_transform(frozen_default=True, eq_default=True)
class Record(_Fields):
    """Fields by position or name; equal and hashed by content."""

    def __init__(self, *positional: object, **named: object) -> None:
        fields = self._fields
        given = self.__dict__
        if not named and len(positional) == len(fields):
            given.update(zip(fields, positional, strict=True))
            return
        given.update(self._defaults)
        given.update(zip(fields, positional, strict=False))
        given.update(named)
        if len(given) != len(fields) or len(positional) > len(fields):
            _absent(type(self), given)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(map(self.__dict__.__getitem__, self._fields)))


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
class Noun(_Fields):
    """Fields by name only; compared by identity: two things with equal attributes are still two."""

    def __init__(self, **named: object) -> None:
        given = {**self._defaults, **named} if self._defaults else named
        if given.keys() != self._names:
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


class _Later:
    """A field that is worked out when it is first read."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[], object]) -> None:
        self.compute = compute


def later(compute: Callable[[], T]) -> T:
    """A field of a Noun that is worked out when it is first read: most resources are never asked for most fields."""
    return cast("T", _Later(compute))


def changed(record: Self, **changes: object) -> Self:
    """The same record with some fields replaced."""
    fields = {name: getattr(record, name) for name in record._fields}
    return type(record)(**{**fields, **changes})
