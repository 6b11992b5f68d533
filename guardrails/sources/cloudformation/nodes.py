"""The tree of a template as it is written, YAML and JSON alike: nothing is evaluated here.

Places are character offsets into the text of the file. Short and long forms of a function are one node; anchors and
merge keys are resolved, and what an alias stands for keeps the place where it was written.
"""

from __future__ import annotations

from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import Record
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Final

FUNCTION: Final = "Fn::"
"""What the names of functions begin with, but for `Ref` and `Condition`."""


class Node:
    """Something written from `start` up to `stop`. Never changed once the template is read."""

    __slots__ = ("start", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop


class Scalar(Node):
    """A leaf. `content` is what it is by the rules of YAML 1.1 or JSON, and never a float: numbers are `int` or
    `Decimal`, timestamps stay texts, and so do numbers that are too long to be numbers.

    `text` is what a consumer of a text is given: as written (`012345678901`, `yes`, `1.10`), without quotes, escapes
    and indentation. `quoted` says that it can be nothing but a text: in quotes, a block, or tagged as one.
    """

    __slots__ = ("content", "quoted", "text")

    def __init__(
        self, start: int, stop: int, content: str | bool | int | Decimal | None, text: str, quoted: bool
    ) -> None:
        self.start = start
        self.stop = stop
        self.content = content
        self.text = text
        self.quoted = quoted

    def __repr__(self) -> str:
        return f"Scalar({self.content!r})"


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, start: int, stop: int, items: tuple[Node, ...]) -> None:
        self.start = start
        self.stop = stop
        self.items = items

    def __repr__(self) -> str:
        return f"Sequence{self.items!r}"


class Entry:
    """One key of a mapping, with where the key is written, and its value."""

    __slots__ = ("key", "key_start", "key_stop", "value")

    def __init__(self, key: str, key_start: int, key_stop: int, value: Node) -> None:
        self.key = key
        self.key_start = key_start
        self.key_stop = key_stop
        self.value = value

    @property
    def start(self) -> int:
        return self.key_start

    @property
    def stop(self) -> int:
        """Behind the value; behind the key where the value is written elsewhere (an alias) or not at all."""
        stop = self.value.stop
        return stop if self.value.start >= self.key_stop else self.key_stop

    def __repr__(self) -> str:
        return f"{self.key}: {self.value!r}"


class Mapping(Node):
    """Keys and values in the order in which they are written; no key twice."""

    __slots__ = ("_by_key", "entries")

    def __init__(self, start: int, stop: int, entries: tuple[Entry, ...]) -> None:
        self.start = start
        self.stop = stop
        self.entries = entries
        self._by_key: dict[str, Entry] | None = None

    def entry(self, name: str) -> Entry | None:
        found = self._by_key
        if found is None:
            found = self._by_key = {entry.key: entry for entry in self.entries}
        return found.get(name)

    def get(self, name: str) -> Node | None:
        found = self.entry(name)
        return found.value if found is not None else None

    def __repr__(self) -> str:
        return f"Mapping{self.entries!r}"


class Call(Node):
    """A function and its argument. The name is that of the long form: `Ref`, `Fn::GetAtt`, `Condition` (only where the
    short form is written: a mapping with the one key `Condition` means something else in most places).

    `key_start` and `key_stop` say where the name is written: the tag of the short form, the key of the long one.
    """

    __slots__ = ("argument", "key_start", "key_stop", "name", "short")

    def __init__(
        self, start: int, stop: int, name: str, argument: Node, key_start: int, key_stop: int, *, short: bool
    ) -> None:
        self.start = start
        self.stop = stop
        self.name = name
        self.argument = argument
        self.key_start = key_start
        self.key_stop = key_stop
        self.short = short

    def as_mapping(self) -> Mapping:
        """The mapping with one key that the long form is: a section may hold nothing but one `Fn::ForEach::…`."""
        return Mapping(self.start, self.stop, (Entry(self.name, self.key_start, self.key_stop, self.argument),))

    def __repr__(self) -> str:
        return f"Call({self.name!r}, {self.argument!r})"


class Broken(Node):
    """Something of which no sense can be made where it stands. `message` is a sentence part without full stop."""

    __slots__ = ("message",)

    def __init__(self, start: int, stop: int, message: str) -> None:
        self.start = start
        self.stop = stop
        self.message = message

    def __repr__(self) -> str:
        return f"Broken({self.message!r})"


class Fault(Record):
    """Something wrong in a template that can be read all the same. `detail` is a sentence part without full stop."""

    detail: str
    start: int
    stop: int

    def reason(self, source: SourceFile) -> Reason:
        return Reason(Why.INVALID, self.detail, "", Origin(source, self.start, self.stop))


class Comment(Record):
    """A comment from its mark to the end of its line. `text` is what stands behind the mark, stripped."""

    text: str
    start: int
    stop: int


class Template(Record):
    """A file that holds one document, a mapping."""

    source: SourceFile
    root: Mapping
    faults: tuple[Fault, ...]
    """In the order of their places: duplicate keys, and what is `Broken` in the tree."""
    comments: tuple[Comment, ...]
    """Only of files that speak of guardrails in a comment; none in JSON, which has no comments."""
