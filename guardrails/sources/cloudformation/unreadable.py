"""What the readers of YAML and JSON share: their bounds, what they say of faults, and which mappings are functions."""

from __future__ import annotations

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Call, Entry, Fault, Mapping, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

DEEPEST: Final = 100
"""Levels of mappings and lists."""
MOST_NODES: Final = 1_000_000
"""Keys, values and what aliases repeat, all counted as often as they stand in the document that is meant."""
MOST_FAULTS: Final = 100


class Unreadable(Exception):  # noqa: N818 - it is data that a report shows; it is raised only inside of the readers
    """Why a text is not read, and where."""

    def __init__(self, why: Why, detail: str, offset: int, settle: str = "") -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail
        self.offset = offset
        self.settle = settle

    def reason(self, source: SourceFile) -> Reason:
        offset = min(self.offset, len(source.text))
        return Reason(self.why, self.detail, self.settle, Origin(source, offset, min(offset + 1, len(source.text))))


class Counter:
    """How many nodes there are, and what is wrong with them."""

    __slots__ = ("faults", "nodes")

    def __init__(self) -> None:
        self.nodes = 0
        self.faults: list[Fault] = []

    def fault(self, detail: str, start: int, stop: int) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(detail, start, stop))

    def written_twice(self, text: str, key: Scalar, before: int) -> None:
        """Take note of a key that is written at `before` already."""
        if len(self.faults) < MOST_FAULTS:  # to count lines takes time
            line = text.count("\n", 0, before) + 1
            detail = f"`{shown(key.text)}` is written twice, here and in line {line}: only the last one counts"
            self.fault(detail, key.start, key.stop)

    def add(self, nodes: int, at: int) -> None:
        """Count nodes that are repeated. Raises Unreadable."""
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            raise too_many(at)


def mapping_or_call(start: int, stop: int, entries: tuple[Entry, ...]) -> Mapping | Call:
    """A mapping, or the function that it is the long form of."""
    if len(entries) == 1:
        entry = entries[0]
        name, argument = entry.key, entry.value
        if name.startswith("Fn::") or (name == "Ref" and isinstance(argument, (Scalar, Call))):
            return Call(start, stop, name, argument, entry.key_start, entry.key_stop, short=False)
    return Mapping(start, stop, entries)


def found(text: str, offset: int) -> str:
    """What stands at `offset`, for a message."""
    if offset >= len(text):
        return "the end of the file"
    if text[offset] == "\t":
        return "a tab"
    rest = text[offset : offset + 200].split("\n", 1)[0].strip()
    if not rest:
        return "the end of the line"
    if not rest[0].isprintable():
        return f"the character U+{ord(rest[0]):04X}"
    return f"`{shown(rest)}`"


def shown(text: str) -> str:
    kept = text if len(text) <= 40 else f"{text[:39]}…"
    return "".join(c if c.isprintable() else "\ufffd" for c in kept)


def too_deep(at: int) -> Unreadable:
    return Unreadable(Why.LIMIT, f"nested more than {DEEPEST} levels deep", at)


def too_many(at: int) -> Unreadable:
    return Unreadable(Why.LIMIT, f"more than {MOST_NODES:,} keys and values, with all that aliases repeat", at)
