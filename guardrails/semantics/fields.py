"""What one field of a partial record may hold: texts, other scalars, an object, an array, nothing, or several of these.

A `Test` says what a comparison of some pattern language makes of each kind of value; `Field.outcomes` joins what it
says of all that the field may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.record import Record, changed
from guardrails.semantics.shapes import (
    ALL_TEXTS,
    EITHER,
    NEVER,
    Address,
    Hashed,
    Outcomes,
    Region,
    Shape,
    Texts,
    exact,
    glob,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

Other: TypeAlias = "bool | int | float | None"
"""A scalar that is no text; None is JSON's null."""


class Each(Enum):
    """A step to every element of an array, or to every member of an object."""

    ELEMENT = "[*]"
    MEMBER = ".*"


Step: TypeAlias = str | int | Each
Path: TypeAlias = tuple[Step, ...]
"""From the record to a value: names of members, indices from 0, and steps to each."""


class Test:
    """One comparison, asked of the kinds of value that there are. None is the answer where the language is unsettled.

    `shapes` and `numbers` are what it tells texts and numbers apart by.
    """

    __slots__ = ()

    shapes: tuple[Shape, ...] = ()
    numbers: tuple[float, ...] = ()

    def of_texts(self, texts: Texts) -> Outcomes:
        raise NotImplementedError

    def of_other(self, value: Other) -> bool | None:
        raise NotImplementedError

    def of_numbers(self) -> Outcomes:
        """Of any number whatever."""
        return EITHER

    def of_absent(self) -> bool | None:
        return False

    def of_object(self) -> bool | None:
        return False

    def of_array(self, array: Array) -> Outcomes:  # noqa: ARG002 - for subclasses
        return frozenset((False,))


class Object(Record):
    """An object with these members; of others nothing is known, unless it is closed: then there are none."""

    named: Mapping[str, Field]
    closed: bool = False

    def member(self, name: str) -> Field:
        return self.named.get(name) or (ABSENT if self.closed else UNSAID)


class Array(Record):
    """An array that begins with these elements; nothing is known of further ones, unless it is closed."""

    items: tuple[Field, ...]
    closed: bool = False

    def item(self, at: int) -> Field:
        return self.items[at] if at < len(self.items) else ABSENT if self.closed else UNSAID


class Field(Hashed):
    """All that a field may hold. The parts are alternatives: of `one_of("a").or_absent()` there are two."""

    texts: Texts | None = None
    others: tuple[Other, ...] = ()
    """Null, booleans and numbers, each that is possible."""
    numbers: bool = False
    """Any number may be there."""
    absent: bool = False
    members: Object | None = None
    elements: Array | None = None

    # --- how scenarios say it

    def or_absent(self) -> Field:
        return self if self.absent else changed(self, absent=True)

    def showing(self, *examples: str) -> Field:
        """The same, with texts to show first where one is chosen."""
        return changed(self, texts=changed(self.texts or ALL_TEXTS, examples=examples))

    # --- questions

    def outcomes(self, test: Test) -> Outcomes:
        """What the test may say of it."""
        found = test.of_texts(self.texts) if self.texts is not None else NEVER
        if self.others:
            found |= {test.of_other(other) for other in self.others}
        if self.numbers:
            found |= test.of_numbers()
        if self.absent:
            found |= {test.of_absent()}
        if self.members is not None:
            found |= {test.of_object()}
        if self.elements is not None:
            found |= test.of_array(self.elements)
        return found

    def child(self, step: str | int) -> Field:
        """What stands behind one step; absent where this is nothing to step into."""
        if isinstance(step, str):
            members = self.members
            if members is None:
                return ABSENT
            found = members.named.get(step) or (ABSENT if members.closed else UNSAID)
            alone = self.elements is None
        elif self.elements is None:
            return ABSENT
        else:
            found, alone = self.elements.item(step), self.members is None
        alone = alone and self.texts is None and not (self.others or self.numbers or self.absent)
        return found if alone else found.or_absent()

    def children(self, step: Each) -> tuple[tuple[Field, ...], bool]:
        """What stands behind a step to each, and whether there may be more of which nothing is known."""
        if step is Each.ELEMENT:
            return (self.elements.items, not self.elements.closed) if self.elements is not None else ((), False)
        return (
            (tuple(self.members.named.values()), not self.members.closed) if self.members is not None else ((), False)
        )

    def cells(self, shapes: tuple[Shape, ...]) -> Iterator[Field]:
        """The same in parts, none of which these shapes can tell further apart."""
        if self.texts is not None:
            for texts in _told_apart(self.texts, shapes):
                yield Field(texts=texts)
        for other in self.others:
            yield Field(others=(other,))
        if self.numbers:
            yield Field(numbers=True)
        if self.members is not None:
            yield Field(members=self.members)
        if self.elements is not None:
            yield Field(elements=self.elements)
        if self.absent:
            yield ABSENT

    @property
    def is_settled(self) -> bool:
        """Whether there is only one kind of value, and if it is a text, only one text."""
        if self.numbers:
            return False
        kinds = len(self.others) + self.absent + (self.members is not None) + (self.elements is not None)
        if self.texts is None:
            return kinds == 1
        return not kinds and self.texts.only is not None and len(self.texts.only) == 1

    def samples(self, numbers: tuple[float, ...] = ()) -> Iterator[object]:
        """Some of the values, MISSING for an absent field; texts first."""
        if self.texts is not None:
            yield from self.texts.samples()
        yield from self.others
        if self.numbers:
            yield 7
            for number in numbers:
                yield from (number, number + 1, number - 1)
        if self.members is not None:
            yield {
                name: value
                for name, member in self.members.named.items()
                if (value := member.simplest()) is not MISSING
            }
        if self.elements is not None:
            values = [item.simplest() for item in self.elements.items]
            yield values[: values.index(MISSING)] if MISSING in values else values
        if self.absent:
            yield MISSING

    def simplest(self) -> object:
        """The value to take where it does not matter: nothing, if that may be."""
        return MISSING if self.absent else next(self.samples(), MISSING)

    def says(self) -> str:
        """It in words."""
        said = [self.texts.says()] if self.texts is not None else []
        said += [f"`{_JSON.get(other, other)}`" if not _is_number(other) else f"`{other}`" for other in self.others]
        said += ["any number"] if self.numbers else []
        said += ["an object"] if self.members is not None else []
        said += ["an array"] if self.elements is not None else []
        said += ["absent"] if self.absent else []
        return " or ".join(said) if self != UNSAID else "anything or absent"


_JSON: dict[object, str] = {None: "null", True: "true", False: "false"}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class _Missing(Enum):
    MISSING = "missing"


MISSING = _Missing.MISSING
"""Stands for the value of a field that is not there."""

_MOST_CELLS = 256


@lru_cache(maxsize=1024)
def _told_apart(texts: Texts, shapes: tuple[Shape, ...]) -> tuple[Texts, ...]:
    """The texts in parts, of each of which each shape surely holds or not; in bigger parts where they are too many."""
    cells = [texts]
    for shape in sorted(shapes, key=lambda shape: shape.literal is None):
        finer = [part for cell in cells for holds in (True, False) if (part := cell.narrowed(shape, holds)) is not None]
        if len(finer) > _MOST_CELLS:
            break
        cells = finer
    return tuple(cells)


# --- how a field is written -------------------------------------------------------------------------------------------

ABSENT = Field(absent=True)
ANY_TEXT_AT_ALL = Field(texts=ALL_TEXTS)
UNSAID = Field(ALL_TEXTS, (None, True, False), True, True, Object({}), Array(()))
"""Nothing is known: it may hold anything or be absent."""
AN_OBJECT = Field(members=Object({}))
AN_ARRAY = Field(elements=Array(()))
TRUE_OR_FALSE = Field(others=(True, False))


def known(value: object) -> Field:
    """Just this JSON value; of an object, these members and no others."""
    if isinstance(value, str):
        return Field(texts=Texts((value,)))
    if value is None or isinstance(value, bool | int | float):
        return Field(others=(value,))
    if isinstance(value, Mapping):
        return Field(members=Object({str(name): known(member) for name, member in value.items()}, closed=True))
    if isinstance(value, list | tuple):
        return Field(elements=Array(tuple(map(known, value)), closed=True))
    raise TypeError(f"{type(value).__name__} is no JSON value")


def one_of(*values: str | bool | float | None) -> Field:
    """One of these scalars."""
    assert values, "one of something"
    texts = tuple(value for value in values if isinstance(value, str))
    return Field(Texts(texts) if texts else None, tuple(value for value in values if not isinstance(value, str)))


def free(*examples: str) -> Field:
    """Any text."""
    return Field(texts=Texts(examples=examples))


def like(*patterns: str) -> Field:
    """Any text that matches all of these; an asterisk stands for any text."""
    return Field(texts=Texts(like=tuple(map(glob, patterns))))


def other_than(*patterns: str) -> Field:
    """Any text that matches none of these; an asterisk stands for any text."""
    return Field(texts=Texts(unlike=tuple(map(glob, patterns))))


def an_address() -> Field:
    """An IPv4 or IPv6 address."""
    return Field(texts=Texts(like=(Address(),)))


def a_region(*, outside: tuple[str, ...] = ()) -> Field:
    """An AWS Region that is none of those outside of which it shall be."""
    return Field(texts=Texts(like=(Region(),), unlike=tuple(map(exact, outside))))


def written(path: Path) -> str:
    """A path as people write it: `userIdentity.type`, `resources[0].ARN`."""
    shown = ""
    for step in path:
        if isinstance(step, str):
            shown += f".{step}" if shown else step
        else:
            shown += step.value if isinstance(step, Each) else f"[{step}]"
    return shown.removeprefix(".")
