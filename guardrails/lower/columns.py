"""Which properties the lowerings read, found by running each of them on paper: documents that hold nothing and note
what they are asked for.

Not on the way of a scan. The tests hold what was noted against the vendors' own schemas.
"""

from __future__ import annotations

from guardrails.kernel.block import Block, Deployment, Location, RawResource
from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import true
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.lower.aws import LOWERINGS
from guardrails.lower.reader import Reader
from guardrails.lower.world import World
from guardrails.model.context import Context
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from guardrails.kernel.block import HidingPlace
    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import Lowering


class Column(Record):
    """One property that a lowering reads: dotted, below the resource's type. A leading `@` is no property but a
    word beside them (`@DeletionPolicy`)."""

    noun: str
    type: str
    path: str


_ON_PAPER = (Reason(Why.INPUT, "there is no document"),)


class _Paper(Block):
    """A mapping in which everything is there and nothing is known, or everything is not set."""

    __slots__ = ("_above", "_notes", "_written")

    def __init__(self, notes: dict[str, None], above: str, written: bool) -> None:
        self._notes = notes
        self._above = above
        self._written = written

    def _note(self, name: str) -> str:
        path = f"{self._above}.{name}" if self._above else name
        self._notes.setdefault(path)
        return path

    @property
    def origin(self) -> Origin:
        return NOWHERE

    def names(self) -> tuple[str, ...]:
        return ()

    def attribute(self, name: str) -> Value[object]:
        self._note(name)
        return Value.unknown(_ON_PAPER, NOWHERE, present=True) if self._written else Value.unset(NOWHERE)

    def blocks(self, name: str) -> Many[Block]:
        return Many.of(_Paper(self._notes, self._note(name), self._written))

    def elements(self, name: str) -> Many[Value[object]]:
        return Many.of(self.attribute(name)) if self._written else Many.of(Value.unset(NOWHERE), owner=NOWHERE)

    def document(self, name: str) -> Many[Block]:
        self._note(name)
        return Many.of(_Paper({}, "", self._written))


class _Papers(Deployment):
    """One resource of every type that a lowering knows."""

    source = "paper"
    target = "paper"

    def __init__(self, dialect: str, written: bool) -> None:
        self.dialect = dialect
        self.written = written
        self.notes: dict[str, dict[str, None]] = {}

    def paper(self, type: str) -> RawResource:
        nowhere = Location("", Value.unset(NOWHERE), Value.unset(NOWHERE))
        block = _Paper(self.notes.setdefault(type, {}), "", self.written)
        return RawResource(self.dialect, type, f"paper {type}", block, true(), nowhere)

    def types(self) -> frozenset[str]:
        return frozenset(name for lowering in LOWERINGS for name in lowering.types.get(self.dialect, ()))

    def resources(self, type: str) -> tuple[RawResource, ...]:
        return (self.paper(type),)

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        return ()

    def gaps(self) -> tuple[Reason, ...]:
        return ()

    @property
    def origin(self) -> Origin:
        return NOWHERE

    @property
    def files(self) -> tuple[str, ...]:
        return ()

    @property
    def size(self) -> int:
        return 0


class _PaperWorld(World):
    """A world in which one resource of every kind is attached to every other."""

    def __init__(self, papers: _Papers) -> None:
        super().__init__(papers, Context(), LOWERINGS)
        self._papers = papers

    def attached(
        self,
        type: str,
        target: str,
        owner: RawResource,  # noqa: ARG002 - every one of them
        *,
        perhaps: bool = False,  # noqa: ARG002 - there is no doubt on paper
    ) -> Many[RawResource]:
        self._papers.notes.setdefault(type, {}).setdefault(target)
        return Many.of(self._papers.paper(type), owner=NOWHERE)


def columns(dialect: str) -> tuple[Column, ...]:
    """All that the lowerings read in one dialect."""
    found: dict[Column, None] = {}
    for lowering in LOWERINGS:
        for name in lowering.types.get(dialect, ()):
            for written in (False, True):
                found.update(dict.fromkeys(_read(lowering, dialect, name, written)))
    return tuple(found)


def _read(lowering: Lowering[Any], dialect: str, type: str, written: bool) -> Iterator[Column]:
    papers = _Papers(dialect, written)
    world = _PaperWorld(papers)
    raw = papers.paper(type)
    _look_at(lowering.lower(Reader(raw.block, dialect, raw, world)), {})
    for name in lowering.identity.get(dialect, ()):
        papers.notes[type].setdefault(name)
    for other, notes in papers.notes.items():
        for path in notes:
            yield Column(lowering.noun, other, path)


def _look_at(found: object, seen: dict[int, object]) -> None:
    """Read every field, so that what waits to be asked for is read as well."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        first = not seen
        seen[id(one)] = one
        if isinstance(one, Many):
            waiting += [member for member, _ in one.loaded()[0]]
        elif isinstance(one, Noun | Record) and (first or not isinstance(one, Resource)):
            waiting += [getattr(one, name) for name in one._fields]
