"""Several roots or stacks as the one deployment that the configuration says they are.

Each keeps a room of its own for names that mean something in it alone, as a module call has: the resources of the first
are `module.1:NAME.ADDRESS` while they are judged together, so that a reference, or a variable without value, of one
never leads into another. What they are called in AWS, names and ARNs, is shared. `JoinedDeployment.plain` takes the
rooms out of a text again.
"""

from __future__ import annotations

import os

from guardrails.kernel.block import AnythingHidden, Block, Deployment, HidingPlace, RawResource
from guardrails.kernel.many import Many
from guardrails.kernel.record import changed
from guardrails.kernel.typed import Protocol, cast
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import MadeOf, Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.kernel.block import WrittenWaiver
    from guardrails.kernel.origin import Origin


class JoinedDeployment(Deployment):
    """What is deployed together, of one dialect."""

    def __init__(self, name: str, members: Sequence[Deployment], missing: Sequence[Reason] = ()) -> None:
        """`missing` says what else belongs to it and is not judged with it."""
        self.target = name
        self.dialect = members[0].dialect
        self.source = members[0].source
        self._rooms = tuple(_Room(number, member) for number, member in enumerate(members, 1))
        self._missing = tuple(missing)
        self._found: dict[str, tuple[RawResource, ...]] = {}
        self._hidden: tuple[HidingPlace, ...] | None = None

    @property
    def path(self) -> str:
        return self._rooms[0].deployment.path

    @property
    def parts(self) -> tuple[Deployment, ...]:
        return tuple(room.deployment for room in self._rooms)

    def types(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.types() for part in self.parts))

    def resources(self, type: str) -> tuple[RawResource, ...]:
        found = self._found.get(type)
        if found is None:
            found = self._found[type] = tuple(
                room.resource(raw)
                for room in self._rooms
                if type in room.deployment.types()
                for raw in room.deployment.resources(type)
            )
        return found

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        if self._hidden is None:
            self._hidden = tuple(AnythingHidden(reason) for reason in self._missing)
        # What exhausts a limit is known only once it was reached.
        within = (_Within(place, room) for room in self._rooms for place in room.deployment.hiding_places())
        return (*self._hidden, *within)

    def gaps(self) -> tuple[Reason, ...]:
        return tuple(dict.fromkeys(reason for part in self.parts for reason in part.gaps()))

    @property
    def origin(self) -> Origin:
        return self._rooms[0].deployment.origin

    def secrets(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.secrets() for part in self.parts))

    def waivers(self) -> tuple[WrittenWaiver, ...]:
        return tuple(waiver for part in self.parts for waiver in part.waivers())

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(file for part in self.parts for file in part.files))

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def release(self) -> None:
        self._found.clear()
        for part in self.parts:
            part.release()

    def home(self, address: str) -> tuple[Deployment, str]:
        for room in self._rooms:
            if address.startswith(room.prefix):
                return room.deployment, address.removeprefix(room.prefix)
        return self._rooms[0].deployment, address

    def plain(self, text: str) -> str:
        for room in self._rooms:
            text = text.replace(room.prefix, "")
        return text


class _Room:
    """One part, and its names as the whole knows them."""

    def __init__(self, number: int, deployment: Deployment) -> None:
        self.deployment = deployment
        called = _at(deployment).rpartition(os.sep)[2]
        # No name of a module call or of a nested stack has a colon in it.
        self.prefix = f"module.{number}:{''.join(c if c.isalnum() or c in '-_' else '_' for c in called)}."

    def resource(self, raw: RawResource) -> RawResource:
        return changed(raw, address=self.prefix + raw.address, block=_Renamed(raw.block, self))

    def address(self, address: str) -> str:
        """Pseudo-parameters mean the same in all stacks."""
        return address if address.startswith("AWS::") else self.prefix + address

    def value(self, value: Value[object]) -> Value[object]:
        if value.settled:
            return value
        if value.alternatives:
            each = tuple(self.value(one) for one in value.alternatives)
            return Value.one_of(each, self.reasons(value.reasons), value.origin)
        return Value.unknown(
            self.reasons(value.reasons),
            value.origin,
            present=value.present,
            reference=self._reference(value.reference) if value.reference is not None else None,
            parts=tuple(self._part(part) for part in value.parts),
            input=self._input(value.input) if value.input is not None else None,
        )

    def reasons(self, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
        return tuple(
            MadeOf(one.why, one.detail, one.settle, one.origin, self.address(one.address))
            if isinstance(one, MadeOf)
            else one
            for one in reasons
        )

    def _part(self, part: str | Reference | Input | None) -> str | Reference | Input | None:
        if isinstance(part, Reference):
            return self._reference(part)
        return self._input(part) if isinstance(part, Input) else part

    def _reference(self, reference: Reference) -> Reference:
        return Reference(self.address(reference.address), reference.path, reference.type)

    def _input(self, given: Input) -> Input:
        return Input(self.prefix + given.name, given.path)


class _Renamed(Block):
    """A block of one part as the whole sees it."""

    __slots__ = ("_block", "_room")

    def __init__(self, block: Block, room: _Room) -> None:
        self._block = block
        self._room = room

    @property
    def origin(self) -> Origin:
        return self._block.origin

    def names(self) -> tuple[str, ...]:
        return self._block.names()

    def attribute(self, name: str) -> Value[object]:
        return self._room.value(self._block.attribute(name))

    def blocks(self, name: str) -> Many[Block]:
        return self._each(self._block.blocks(name))

    def elements(self, name: str) -> Many[Value[object]]:
        found = self._block.elements(name)

        def renamed() -> Many[Value[object]]:
            members, gaps = found.loaded()
            values = tuple((self._room.value(value), exists) for value, exists in members)
            return Many(values, self._room.reasons(gaps), owner=found.owner, one_of=found.is_one_of)

        return Many(renamed, noun=found.noun)

    def document(self, name: str) -> Many[Block]:
        return self._each(self._block.document(name))

    def _each(self, found: Many[Block]) -> Many[Block]:
        def renamed() -> Many[Block]:
            members, gaps = found.loaded()
            each = tuple((cast("Block", _Renamed(block, self._room)), exists) for block, exists in members)
            return Many(each, self._room.reasons(gaps), owner=found.owner, one_of=found.is_one_of)

        return Many(renamed, noun=found.noun)


class _Within(HidingPlace):
    """A place of one part where something may hide."""

    __slots__ = ("_place", "_room")

    def __init__(self, place: HidingPlace, room: _Room) -> None:
        self._place = place
        self._room = room

    @property
    def reason(self) -> Reason:
        return self._place.reason

    @property
    def may_add(self) -> bool:
        return self._place.may_add

    def may_hold(self, types: Sequence[str]) -> bool:
        return self._place.may_hold(types)

    def may_concern(self, address: str, names: Sequence[str]) -> bool:
        # An address of another part means nothing there: only its name may lead to it.
        return self._place.may_concern(address.removeprefix(self._room.prefix), names)


class Entry(Protocol):
    """What the configuration says is deployed as one."""

    @property
    def name(self) -> str: ...

    @property
    def roots(self) -> tuple[str, ...]:
        """Absolute paths."""


def joined(deployments: Sequence[Deployment], entries: Iterable[Entry]) -> list[Deployment]:
    """The deployments, with those in one that belong together, in the order in which an entry names them: what is to be
    said of the whole is said of the first.

    A template may be deployed several times, with different values: it is joined with what has the same.
    """
    entry_of = {root: entry for entry in entries for root in entry.roots}
    groups: dict[Entry, list[Deployment]] = {}
    for deployment in deployments:
        entry = entry_of.get(_at(deployment))
        if entry is not None:
            groups.setdefault(entry, []).append(deployment)
    made: dict[int, Deployment | None] = {}
    for entry, group in groups.items():
        for alike in _together(sorted(group, key=lambda one: entry.roots.index(_at(one)))):
            made.update((id(one), None) for one in alike)
            name = entry.name + _variant(alike[0])
            first = next(one for one in deployments if one in alike)
            made[id(first)] = JoinedDeployment(name, alike, tuple(_missing(entry, alike, group)))
    found = (made.get(id(deployment), deployment) for deployment in deployments)
    return [deployment for deployment in found if deployment is not None]


def _missing(entry: Entry, alike: Sequence[Deployment], group: Sequence[Deployment]) -> Iterator[Reason]:
    """What belongs to the whole and is not judged with `alike`, of what was found of it."""
    found = {_at(one) for one in group}
    for root in entry.roots:
        if root not in found:
            yield Reason(
                Why.ELSEWHERE,
                f"`{root.rpartition(os.sep)[2]}` belongs to the deployment `{entry.name}` and is not part of this scan",
                "scan all that the deployment is made of",
            )
    if found - {_at(one) for one in alike}:
        detail = f"`{entry.name}` is made of Terraform and templates, which are judged apart"
        yield Reason(Why.ELSEWHERE, detail, "say in `[[elsewhere]]` what the other part has")


def _at(deployment: Deployment) -> str:
    return os.path.abspath(deployment.path)  # noqa: PTH100 - as the configuration names it: links are not followed


def _together(group: Sequence[Deployment]) -> list[list[Deployment]]:
    by: dict[tuple[str, str], list[Deployment]] = {}
    for one in group:
        by.setdefault((one.dialect, _variant(one)), []).append(one)
    return list(by.values())


def _variant(deployment: Deployment) -> str:
    """With which values it is deployed, where what it is deployed from is deployed several times."""
    target, path = deployment.target, deployment.path
    return target.removeprefix(path) if target.startswith(path) else ""
