"""Reading one document into a typed resource: cells, and the reader that walks them.

A lowering names, for each thing it reads, one cell a dialect: `tf` serves HCL, `.tf.json`, plan and state; `cfn`
templates, SAM and CDK output; `live` the answers of the API. All are required by signature.
"""

from __future__ import annotations

from guardrails.kernel.block import Block
from guardrails.kernel.many import Many
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, Verdict, false, unknown
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.value import Value, not_said
from guardrails.kernel.why import Reason, Why
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.kernel.block import RawResource
    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import World
    from guardrails.model.access import AccessPolicy

T = TypeVar("T")
R = TypeVar("R", bound=Resource)

MOST_BLOCKS = 1_000
"""Nested blocks of one kind that are read in one resource. Policy documents have limits of their own."""


class Cannot(Record):
    """A dialect that has no way to state something, and why."""

    reason: str


class Satellite(Record):
    """Something written in a resource of its own: `path` in resources of `type` whose `target` is this one.

    `inline` is the path in the resource itself where older provider versions have it; the satellite wins.
    """

    type: str
    target: str
    path: str
    inline: str = ""


class FirstOf(Record):
    """Several spellings of one thing: the first that is set counts."""

    paths: tuple[str, ...]


Cell = str | Cannot | Satellite | FirstOf


class Reader:
    """One document, the world it is linked in, and the typed ways to read it."""

    __slots__ = ("block", "dialect", "raw", "world")

    def __init__(self, block: Block, dialect: str, raw: RawResource, world: World) -> None:
        self.block = block
        self.dialect = dialect
        self.raw = raw
        self.world = world

    @property
    def origin(self) -> Origin:
        return self.block.origin

    @property
    def outside(self) -> str | None:
        """The literal that names this resource where it is only referred to; None for one that was read.

        Empty for one that is referred to by something unknown.
        """
        return self.block.literal if isinstance(self.block, OutsideBlock) else None

    # --- leaves -----------------------------------------------------------------------------------------------------

    def value(self, *, tf: Cell, cfn: Cell, live: Cell) -> Value[object]:
        """Whatever the cell of this dialect holds, not converted."""
        return self._read(self._cell(tf, cfn, live))

    def text(self, *, tf: Cell, cfn: Cell, live: Cell, default: str | None = None) -> Value[str]:
        found = _converted(self.value(tf=tf, cfn=cfn, live=live), _as_text, "a text")
        return found if default is None else found.or_default(default)

    def json(self, *, tf: Cell, cfn: Cell, live: Cell) -> Value[str]:
        """The text of a JSON document, where the source has the text or the document itself."""
        found = self.value(tf=tf, cfn=cfn, live=live)
        content = found.or_none()
        if isinstance(content, dict):
            import json

            # As `jsonencode` and AWS itself write it; numbers that are not whole are Decimals in documents.
            written = json.dumps(content, separators=(",", ":"), sort_keys=True, default=float)
            return Value.of(written, found.origin)
        return _converted(found, _as_text, "a text")

    def flag(self, *, tf: Cell, cfn: Cell, live: Cell, default: bool | None = None) -> Value[bool]:
        found = _converted(self.value(tf=tf, cfn=cfn, live=live), _as_flag, "true or false")
        return found if default is None else found.or_default(default)

    def number(self, *, tf: Cell, cfn: Cell, live: Cell, default: int | None = None) -> Value[int]:
        found = _converted(self.value(tf=tf, cfn=cfn, live=live), _as_number, "a whole number")
        return found if default is None else found.or_default(default)

    def quantity(self, *, tf: Cell, cfn: Cell, live: Cell) -> Value[float]:
        """A number that need not be whole, as a double: that is what CloudWatch keeps."""
        return _converted(self.value(tf=tf, cfn=cfn, live=live), _as_quantity, "a number")

    def texts(self, *, tf: Cell, cfn: Cell, live: Cell) -> Many[Value[str]]:
        """A list of texts, each with its own place."""
        cell = self._cell(tf, cfn, live)
        assert isinstance(cell, str | Cannot)
        if isinstance(cell, Cannot):
            return Many((), (Reason(Why.CANNOT_SAY, cell.reason, origin=self.origin),), owner=self.origin)
        *above, last = cell.split(".")

        def listed() -> Many[Value[str]]:
            if not above:
                return _texts(self.block.elements(last))
            return self._holders(above).through(lambda holder: _texts(holder.elements(last)))

        return Many(listed, owner=self.origin.named(last), noun=f"`{last}`")

    # --- nested blocks ----------------------------------------------------------------------------------------------

    def blocks(self, *, tf: Cell, cfn: Cell, live: Cell, noun: str = "") -> Many[Block]:
        """The nested blocks of the cell."""
        cell = self._cell(tf, cfn, live)
        if isinstance(cell, Cannot):
            return Many((), (Reason(Why.CANNOT_SAY, cell.reason, origin=self.origin),), owner=self.origin, noun=noun)
        if isinstance(cell, Satellite):
            return self._satellite_blocks(cell, noun)
        assert isinstance(cell, str)
        return self._walk(cell, noun or f"`{cell.rsplit('.', 1)[-1]}` block")

    def each(self, lower: Callable[[Reader], T], *, tf: Cell, cfn: Cell, live: Cell, noun: str = "") -> Many[T]:
        """The nested blocks of the cell, each lowered. Nothing is read before it is asked for."""
        found = self.blocks(tf=tf, cfn=cfn, live=live, noun=noun)

        def lowered() -> Many[T]:
            members, gaps = found.loaded()
            if len(members) > MOST_BLOCKS:
                detail = f"there are more than the {MOST_BLOCKS} blocks of one kind that are read in one resource"
                gaps += (Reason(Why.LIMIT, detail, "", members[MOST_BLOCKS][0].origin),)
                members = members[:MOST_BLOCKS]
            return Many(
                tuple((lower(Reader(block, self.dialect, self.raw, self.world)), exists) for block, exists in members),
                gaps,
                owner=found.owner,
            )

        return Many(lowered, noun=found.noun)

    def policies(
        self, lower: Callable[[Reader], AccessPolicy], *, tf: Cell, cfn: Cell, live: Cell, noun: str = "policy"
    ) -> Many[AccessPolicy]:
        """The policy document of the cell: a JSON text, or a mapping."""
        cell = self._cell(tf, cfn, live)
        if isinstance(cell, Cannot):
            return Many((), (Reason(Why.CANNOT_SAY, cell.reason, origin=self.origin),), owner=self.origin, noun=noun)
        if isinstance(cell, Satellite):
            satellites = self.world.attached(cell.type, cell.target, self.raw).through(lambda raw: Many.of(raw.block))
            found = satellites.through(lambda block: block.document(cell.path))
            if cell.inline:
                found = found.and_also(self.block.document(cell.inline))
        else:
            assert isinstance(cell, str)
            *above, last = cell.split(".")
            found = (
                self._holders(above).through(lambda holder: holder.document(last))
                if above
                else Many(lambda: self.block.document(last))
            )

        def lowered() -> Many[AccessPolicy]:
            members, gaps = found.loaded()
            return Many(
                tuple((lower(Reader(block, self.dialect, self.raw, self.world)), exists) for block, exists in members),
                gaps,
                owner=found.owner,
            )

        return Many(lowered, owner=self.origin, noun=noun)

    # --- relations --------------------------------------------------------------------------------------------------

    def link(self, model: type[R], *, tf: Cell, cfn: Cell, live: Cell, noun: str, required: bool = False) -> Many[R]:
        """The resource that the cell points at, by reference, name or ARN; one that is not of this deployment is
        linked too, its attributes unknown. `required`: nobody accepts the cell unset."""

        def linked() -> Many[R]:
            return self.world.linked(
                model, self.text(tf=tf, cfn=cfn, live=live), noun, required=required, near=self.raw.location
            )

        return Many(linked, noun=noun)

    # --- walking ----------------------------------------------------------------------------------------------------

    def _cell(self, tf: Cell, cfn: Cell, live: Cell) -> Cell:
        return {"tf": tf, "cfn": cfn, "live": live}[self.dialect]

    def _read(self, cell: Cell) -> Value[object]:
        if isinstance(cell, Cannot):
            return not_said("", cell.reason, self.origin)
        if isinstance(cell, FirstOf):
            for path in cell.paths:
                found = self._read(path)
                if found.is_set().verdict is not Verdict.FALSE:
                    return found
            return self._read(cell.paths[0])
        if isinstance(cell, Satellite):
            satellites = self.world.attached(cell.type, cell.target, self.raw)
            found = leaf(satellites.through(lambda raw: Many.of(raw.block)), cell.path, self.origin)
            if not cell.inline:
                return found
            written = self._read(cell.inline)
            # An unread satellite could be there; what is written inline then says nothing.
            return written if found.settled and found.or_none() is None else found
        *above, last = cell.split(".")
        if not above:
            return self.block.attribute(last)
        return leaf(self._holders(above), last, self.origin)

    def _holders(self, above: list[str]) -> Many[Block]:
        holders = Many.of(self.block)
        for step in above:
            holders = holders.through(into(step))
        return holders

    def _walk(self, path: str, noun: str) -> Many[Block]:
        *above, last = path.split(".")

        def found() -> Many[Block]:
            if not above:
                return self.block.blocks(last)
            return self._holders(above).through(lambda block: block.blocks(last))

        return Many(found, owner=self.origin, noun=noun)

    def _satellite_blocks(self, cell: Satellite, noun: str) -> Many[Block]:
        steps = cell.path.split(".")

        def found() -> Many[Block]:
            holders: Many[Block] = self.world.attached(cell.type, cell.target, self.raw).through(
                lambda raw: Many.of(raw.block)
            )
            for step in steps:
                holders = holders.through(into(step))
            if cell.inline:
                holders = holders.and_also(self._walk(cell.inline, noun))
            return holders

        return Many(found, owner=self.origin, noun=noun or f"`{steps[-1]}` block")


class OutsideBlock(Block):
    """What is known of a resource that is only referred to: nothing but the literal that names it."""

    __slots__ = ("_origin", "_reasons", "literal")

    def __init__(self, literal: str, reasons: tuple[Reason, ...], origin: Origin) -> None:
        self.literal = literal
        self._reasons = reasons
        self._origin = origin

    @property
    def origin(self) -> Origin:
        return self._origin

    def names(self) -> tuple[str, ...]:
        return ()

    def attribute(self, name: str) -> Value[object]:
        return Value.unknown(self._reasons, self._origin.named(name))

    def blocks(self, name: str) -> Many[Block]:
        return Many((), self._reasons, owner=self._origin, noun=f"`{name}` block")

    def elements(self, name: str) -> Many[Value[object]]:
        return Many((), self._reasons, owner=self._origin, noun=f"`{name}`")

    def document(self, name: str) -> Many[Block]:
        return Many((), self._reasons, owner=self._origin, noun=f"`{name}`")


def into(step: str) -> Callable[[Block], Many[Block]]:
    """The function that goes from a block to its nested blocks called `step`."""
    return lambda block: block.blocks(step)


def leaf(holders: Many[Block], path: str, head: Origin) -> Value[object]:
    """The value at `path` in the one block that holds it; not set where there is none.

    A block that may not exist gives one of two values: what it says, and not set.
    """
    *above, last = path.split(".")
    for step in above:
        holders = holders.through(into(step))
    members, gaps = holders.loaded()
    unset: Value[object] = Value.unset(head.named(last))
    perhaps: list[Value[object]] = []
    reasons: list[Reason] = list(gaps)
    for block, exists in members:
        found = block.attribute(last)
        if exists.verdict is Verdict.TRUE:
            return found
        perhaps.append(found)
        reasons += exists.reasons
    if perhaps and not gaps:
        return Value.one_of((*perhaps, unset), tuple(dict.fromkeys(reasons)), perhaps[0].origin)
    if gaps:
        return Value.unknown(tuple(dict.fromkeys(reasons)), head.named(last))
    return unset


def declared(names: tuple[str, ...], name: Value[str], noun: str) -> Truth:
    """Whether a name is one of those that the configuration lists (glob patterns)."""
    if not names:
        return false()
    if "*" in names:
        return Truth(Verdict.TRUE)
    from fnmatch import fnmatchcase

    return (
        name.where(lambda text: any(fnmatchcase(text, pattern) for pattern in names))
        if name.settled
        else unknown(
            Reason(Why.INPUT, f"the name of the {noun} is not known, so the configured names cannot be compared")
        )
    )


def _converted(value: Value[object], convert: Callable[[object], T | None], wanted: str) -> Value[T]:
    if value.alternatives:
        return Value.one_of(
            tuple(_converted(alternative, convert, wanted) for alternative in value.alternatives),
            value.reasons,
            value.origin,
        )
    if not value.settled:
        return value.as_unknown()
    content = value.or_none()
    if content is None or content == "":  # providers take an empty text for one that is not set
        return Value(None, value.origin)
    converted = convert(content)
    if converted is None:
        name = value.origin.attribute or "the value"
        return Value.unknown(
            (Reason(Why.INVALID, f"`{name}` is not {wanted}", origin=value.origin),), value.origin, present=True
        )
    return Value(converted, value.origin)


def _texts(values: Many[Value[object]]) -> Many[Value[str]]:
    members, gaps = values.loaded()
    read = tuple((_converted(value, _as_text, "a text"), exists) for value, exists in members)
    return Many(read, gaps, owner=values.owner)


def _as_text(content: object) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, int):
        return str(content)
    return None


def _as_flag(content: object) -> bool | None:
    if isinstance(content, bool):
        return content
    if isinstance(content, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(content.strip().lower())
    if isinstance(content, int):
        return {1: True, 0: False}.get(content)
    return None


def _as_number(content: object) -> int | None:
    if isinstance(content, bool):
        return None
    if isinstance(content, int):
        return content
    if isinstance(content, str):
        try:
            return int(content.strip())
        except ValueError:
            return None
    as_integer: Any = getattr(content, "to_integral_value", None)
    if as_integer is not None and as_integer() == content:
        return int(as_integer())
    return None


def _as_quantity(content: object) -> float | None:
    if isinstance(content, bool):
        return None
    try:
        return float(str(content))
    except ValueError:
        return None
