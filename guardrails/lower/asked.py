"""Which answers of the API an attribute of a resource is made of, found by reading it on paper; and which attributes
are read while something is judged.

Not on the way of a scan. What the policies need of a live account is worked out with it (docs/generate.py): their pages
are judged, and what was read of resources, whatever they were written in, is looked up for a live account.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from contextlib import contextmanager

from guardrails.kernel.block import Block, Deployment, Location, RawResource
from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import Truth, true
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.lower.aws import LOWERINGS
from guardrails.lower.aws.account import account_of
from guardrails.lower.reader import Reader
from guardrails.lower.world import World
from guardrails.model.account import Account
from guardrails.model.context import Context
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType, FrameType
    from typing import Any

    from guardrails.kernel.block import HidingPlace
    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import Lowering

Answers = dict[str, set[str]]
"""By type of the `live` columns, the first steps of the paths that are read: `status` of `cloudtrail.trail`."""
DIALECT = "live"
OF_ALL = frozenset(("address", "type", "origin"))
"""What a resource has by being referred to: reading it asks for nothing."""


_OF_ANY = frozenset((*Resource._fields, "account", "remembered"))
"""What every resource has: functions that ask for it say nothing of the kind that they are for."""
MEANING = f"{os.sep}semantics{os.sep}"
"""Where the functions stand that several policies share."""
_STEPS = 20
"""How far up from where something is read it is looked which of these functions it is read for."""


class Reads:
    """What is read of resources."""

    def __init__(self) -> None:
        self.attributes: set[tuple[type[Resource], str, CodeType]] = set()
        """Kind of resource, attribute, and the function that read it."""
        self.functions: set[CodeType] = set()
        """The shared functions that it was read for."""

    def of(self, kind: type[Resource]) -> set[str]:
        return {name for one, name, _ in self.attributes if one is kind}


# --- what is read -----------------------------------------------------------------------------------------------------


@contextmanager
def attributes_read() -> Iterator[Reads]:
    """What is read of resources meanwhile."""
    read = Reads()
    plain = object.__getattribute__

    def noted(resource: Resource, name: str) -> object:
        if not name.startswith("_") and name not in OF_ALL:
            frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to see who asks
            assert frame is not None
            read.attributes.add((type(resource), name, frame.f_code))
            for _ in range(_STEPS):
                if frame is None:
                    break
                if MEANING in frame.f_code.co_filename:
                    read.functions.add(frame.f_code)
                frame = frame.f_back
        return plain(resource, name)

    Resource.__getattribute__ = noted  # type: ignore[method-assign,assignment] # for as long as it is asked
    try:
        yield read
    finally:
        del Resource.__getattribute__


def answers_for(on: type[Resource], read: Reads, by_all: Sequence[Reads]) -> Answers:
    """What a live account has to answer for a policy on a kind of resource, of which the examples read `read`; those of
    all policies read `by_all`.

    The examples of one policy do not meet everything. What a function that they came through reads elsewhere is needed
    as well, and what is read of one kind of identity is needed of all where the policy is on all. Of a kind that was
    asked for where there was none of it, nothing was read: there it is needed as far as others read it who asked for
    it in the same place; if nobody has met one there, as far as anybody reads it.
    """
    met = {kind for kind, _, _ in read.attributes} | {on}
    asking = _asking(on, read, by_all)
    wanted = attributes_for(on, read, by_all)
    found: Answers = defaultdict(set)
    missed: dict[type[Resource], set[tuple[type[Resource], str, CodeType]]] = defaultdict(set)
    gone_through: set[type[Resource]] = set()
    for attribute in wanted:
        asked = asked_for(*attribute)
        _add(found, asked.answers)
        gone_through |= asked.gone_through
        for kind in (asked.gone_through | asked.linked) - met:
            missed[kind] |= {one for one in asking if one[:2] == attribute}
    for kind, in_place in missed.items():
        have_met = [other for other in by_all if other.of(kind)]
        likewise = [other for other in have_met if other.attributes & in_place]
        # What is pointed at is often of no interest beyond that something is.
        for other in likewise or (have_met if kind in gone_through else ()):
            for name in other.of(kind):
                _add(found, asked_for(kind, name).answers)
    return dict(found)


def attributes_for(on: type[Resource], read: Reads, by_all: Sequence[Reads]) -> set[tuple[type[Resource], str]]:
    """The attributes that a policy on a kind of resource reads, as `answers_for` widens what its examples read."""
    wanted = {(kind, name) for kind, name, _ in _asking(on, read, by_all)} | {(on, "name")}
    return wanted | {(kind, name) for one, name in wanted if issubclass(one, on) for kind in _kinds_of(on)}


def _asking(on: type[Resource], read: Reads, by_all: Sequence[Reads]) -> set[tuple[type[Resource], str, CodeType]]:
    """What the examples read, and what the shared functions that they came through read elsewhere."""
    met = {kind for kind, _, _ in read.attributes} | {on}
    return {
        one
        for each in by_all
        for one in each.attributes
        if one[2] in read.functions and (one[0] in met or one[1] not in _OF_ANY)
    } | read.attributes


def _kinds_of(on: type[Resource]) -> list[type[Resource]]:
    """The kinds of resource that are judged where a policy is on `on`."""
    return [lowering.model for lowering in LOWERINGS if issubclass(lowering.model, on)]


def _add(found: Answers, more: Answers) -> None:
    for type_, steps in more.items():
        found[type_] |= steps


# --- what that asks for -----------------------------------------------------------------------------------------------


class _Unread(Reason):
    """Not known because it stands on paper only, and where it would stand."""

    __slots__ = ("path", "type")

    def __init__(self, type: str, path: str) -> None:
        super().__init__(Why.INPUT, f"{type} {path} is on paper only")
        self.type = type
        self.path = path


class _Paper(Block):
    """A mapping in which everything is there and nothing is known, or everything is not set."""

    __slots__ = ("_above", "_notes", "_type", "_written")

    def __init__(self, notes: _Notes, type: str, above: str, written: bool) -> None:
        self._notes = notes
        self._type = type
        self._above = above
        self._written = written

    def _step(self, name: str) -> str:
        path = self._above or name
        self._notes.add(self._type, path)
        return path

    @property
    def origin(self) -> Origin:
        return NOWHERE

    def names(self) -> tuple[str, ...]:
        return ()

    def attribute(self, name: str) -> Value[object]:
        step = self._step(name)
        return Value.unknown((_Unread(self._type, step),), present=True) if self._written else Value.unset()

    def blocks(self, name: str) -> Many[Block]:
        return Many.of(_Paper(self._notes, self._type, self._step(name), self._written))

    def elements(self, name: str) -> Many[Value[object]]:
        return Many.of(self.attribute(name))

    def document(self, name: str) -> Many[Block]:
        return Many.of(_Paper(self._notes, self._type, self._step(name), self._written))


class _Notes:
    """What was looked at, by type; nothing is noted while a resource is made, only when something of it is asked."""

    def __init__(self) -> None:
        self.found: Answers = defaultdict(set)
        self.gone_through: set[type[Resource]] = set()
        self.linked: set[type[Resource]] = set()
        self.silent = 0

    def add(self, type: str, path: str) -> None:
        if not self.silent:
            self.found[type].add(path.partition(".")[0])

    def reach(self, type: str) -> None:
        if not self.silent:
            self.found.setdefault(type, set())


class _Papers(Deployment):
    """One resource of every type that a lowering knows."""

    dialect = DIALECT
    source = "paper"
    target = "paper"

    def __init__(self, written: bool, anything: bool) -> None:
        self.written = written
        self.anything = anything
        """What is said when somebody asks whether there is any resource of a kind at all."""
        self.notes = _Notes()

    def paper(self, type: str) -> RawResource:
        nowhere = Location("", Value.unset(NOWHERE), Value.unset(NOWHERE))
        block = _Paper(self.notes, type, "", self.written)
        return RawResource(DIALECT, type, f"paper {type}", block, true(), nowhere)

    def types(self) -> frozenset[str]:
        return frozenset(name for lowering in LOWERINGS for name in lowering.types.get(DIALECT, ()))

    def resources(self, type: str) -> tuple[RawResource, ...]:
        self.notes.reach(type)
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
        super().__init__(papers, Context(expects_trail=True), LOWERINGS)
        self.papers = papers

    @property
    def head(self) -> Origin:
        return NOWHERE

    def has(self, model: type[Resource]) -> bool:
        for type_ in self._types(self._lowering(model)):
            self.papers.notes.reach(type_)
        return self.papers.anything

    def _collect(self, model: type[Any]) -> Many[Any]:
        self.papers.notes.gone_through.add(model)
        return super()._collect(model)

    def linked(self, model: type[Any], *value: Any, **how: Any) -> Many[Any]:  # noqa: ANN401 - as the base has them
        if not self.papers.notes.silent:
            self.papers.notes.linked.add(model)
        return super().linked(model, *value, **how)

    def _lower(self, lowering: Lowering[Any], raw: RawResource) -> Any:  # noqa: ANN401 - as the base has it
        self.papers.notes.silent += 1
        try:
            return super()._lower(lowering, raw)
        finally:
            self.papers.notes.silent -= 1

    def attached(
        self,
        type: str,
        target: str,
        owner: RawResource,  # noqa: ARG002 - every one of them
        *,
        perhaps: bool = False,  # noqa: ARG002 - there is no doubt on paper
    ) -> Many[RawResource]:
        self.papers.notes.add(type, target)
        self.papers.notes.gone_through.update(_lowered_to(type))
        return Many.of(self.papers.paper(type))


class Asked(Record):
    """What one attribute is made of."""

    answers: Answers
    gone_through: frozenset[type[Resource]]
    """Kinds of which all resources are looked at."""
    linked: frozenset[type[Resource]]
    """Kinds of which those are looked at that something points at."""


_ASKED: dict[tuple[type[Resource], str], Asked] = {}


def asked_for(kind: type[Resource], name: str) -> Asked:
    """What one attribute of a kind of resource is made of, in the answers about a live account."""
    known = _ASKED.get((kind, name))
    if known is None:
        known = _ASKED[kind, name] = _looked_up(kind, name)
    return known


def _looked_up(kind: type[Resource], name: str) -> Asked:
    found: Answers = defaultdict(set)
    gone_through: set[type[Resource]] = set()
    linked: set[type[Resource]] = set()
    for written, anything in ((True, True), (False, True), (True, False)):
        for type_, make in _on_paper(kind):
            papers = _Papers(written, anything)
            world = _PaperWorld(papers)
            papers.notes.silent += 1
            resource = make(world)
            papers.notes.silent -= 1
            if type_:
                papers.notes.reach(type_)
            _look_at(getattr(resource, name), papers.notes)
            gone_through |= papers.notes.gone_through
            linked |= papers.notes.linked
            _add(found, papers.notes.found)
    return Asked(dict(found), frozenset(gone_through), frozenset(linked))


def _on_paper(kind: type[Resource]) -> Iterator[tuple[str, Callable[[World], Resource]]]:
    """The types that are lowered to a kind, and how."""
    if kind is Account:
        yield "", account_of
        return
    for lowering in LOWERINGS:
        if lowering.model is not kind:
            continue
        for type_ in lowering.types.get(DIALECT, ()):

            def make(world: World, lowering: Lowering[Any] = lowering, type_: str = type_) -> Resource:
                assert isinstance(world, _PaperWorld)
                raw = world.papers.paper(type_)
                made: Resource = lowering.lower(Reader(raw.block, DIALECT, raw, world))
                return made

            yield type_, make


def _lowered_to(type_: str) -> list[type[Resource]]:
    """The kind that a type is; what it is together with other types is asked for by itself."""
    return [lowering.model for lowering in LOWERINGS if type_ in lowering.types[DIALECT]][:1]


_HAVE_LOWERINGS = frozenset(lowering.model for lowering in LOWERINGS) | {Account}


def _look_at(found: object, notes: _Notes) -> None:
    """Read all of it, short of other resources: what is read of those is an attribute of theirs."""
    waiting, seen = [found], dict[int, object]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, Many):
            members, gaps = one.loaded()
            waiting += [*gaps, *(exists for _, exists in members), *(member for member, _ in members)]
        elif isinstance(one, Value | Truth):
            waiting += one.reasons
        elif isinstance(one, _Unread):
            notes.add(one.type, one.path)
        elif type(one) not in _HAVE_LOWERINGS and isinstance(one, Noun | Record):
            waiting += [getattr(one, name) for name in one._fields]
