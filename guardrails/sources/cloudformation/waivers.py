"""Waivers that are written in templates, and what each of them stands at.

A comment stands

- behind something on its line: at what begins on that line, or else at what ends there;
- on a line of its own, at what begins on the next line with the same or a greater indentation, only lines of comments
  between;
- before a blank line, or before something that is indented less: at what it is indented as a part of.

What stands at the head of a resource, its `Type` or its `Properties` stands at the resource, and so does what is
written in its `Metadata` under `guardrails`, which JSON and generated templates can hold as well.
"""

from __future__ import annotations

from bisect import bisect_left

from guardrails.kernel.block import WrittenWaiver
from guardrails.kernel.origin import Origin
from guardrails.sources.cloudformation.nodes import Call, Entry, Mapping, Node, Scalar, Sequence
from guardrails.sources.waiver_mark import asked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.origin import SourceFile
    from guardrails.sources.cloudformation.nodes import Comment, Template

_WHOLE = frozenset(("Type", "Properties", "Metadata"))
"""The parts of a resource that stand for all of it."""
_OPENING = ("{", "[")
_CLOSING = ("}", "]")


def written_in(template: Template, *, everywhere: bool) -> tuple[WrittenWaiver, ...]:
    """The waivers of a template. `everywhere` says whether all deployments that contain it are looked at."""
    return tuple(
        WrittenWaiver(text, origin, _name_of(way), *_ranges(template.source, way), everywhere)
        for text, origin, way in (*_in_comments(template), *_in_metadata(template))
    )


class _Part:
    """An entry of a mapping or an item of a list, with where it is written."""

    __slots__ = ("_parts", "_starts", "name", "node", "start", "stop")

    def __init__(self, start: int, stop: int, name: str, node: Node) -> None:
        self.start = start
        self.stop = stop
        self.name = name
        self.node = node
        self._parts: list[_Part] | None = None
        self._starts: list[int] = []

    def parts(self) -> list[_Part]:
        """What it is made of, in the order in which it is written; not what is written elsewhere and repeated here."""
        if self._parts is None:
            found = (part for part in _parts_of(self.node) if self.start <= part.start and part.stop <= self.stop)
            self._parts = sorted(found, key=lambda part: part.start)
            self._starts = [part.start for part in self._parts]
        return self._parts

    def before(self, offset: int) -> _Part | None:
        """The last part that begins before an offset."""
        parts = self.parts()
        at = bisect_left(self._starts, offset)
        return parts[at - 1] if at else None

    def first_within(self, start: int, stop: int) -> _Part | None:
        """The first part that begins there."""
        return next(iter(self.within(start, stop)), None)

    def within(self, start: int, stop: int) -> list[_Part]:
        """The parts that begin there."""
        parts = self.parts()
        first = bisect_left(self._starts, start)
        return parts[first : bisect_left(self._starts, stop, first)]


def _parts_of(node: Node) -> Iterator[_Part]:
    while isinstance(node, Call):
        node = node.argument
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield _Part(entry.start, entry.stop, entry.key, entry.value)
    elif isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            yield _Part(item.start, item.stop, f"[{at}]", item)


# What they stand at


def _resource_in(way: list[_Part]) -> int:
    """Which part of a way is a resource; 0 for none."""
    if way and way[0].name == "Resources":
        for at, part in enumerate(way[1:], 1):
            if isinstance(part.node, Mapping) and part.node.get("Type") is not None:
                return at
    return 0


def _ranges(source: SourceFile, way: list[_Part]) -> tuple[tuple[Origin, ...], tuple[Origin, ...]]:
    """What is covered by a waiver that stands at the last of these parts, and the whole of which that is a part."""
    if len(way) < 2:
        return (), ()  # a whole section is nothing that is judged
    at = _resource_in(way)
    last = way[-1]
    if not at:
        return (Origin(source, last.start, last.stop),), ()
    whole = (Origin(source, way[at].start, way[at].stop),)
    if _is_whole(way, at):
        return whole, ()
    return (Origin(source, last.start, last.stop),), whole


def _is_whole(way: list[_Part], resource: int) -> bool:
    below = way[resource + 1 :]
    return not below or (len(below) == 1 and below[0].name in _WHOLE)


def _name_of(way: list[_Part]) -> str:
    """`Trail`, `Trail.EventSelectors[0]`, `Parameters.Key`."""
    at = _resource_in(way)
    if not at:
        named = way if len(way) > 1 else []
    elif _is_whole(way, at):
        named = [way[at]]
    else:
        named = [way[at], *(part for part in way[at + 1 :] if part.name != "Properties" or part is not way[at + 1])]
    return "".join(part.name if part.name.startswith("[") else f".{part.name}" for part in named)[1:]


# In comments


def _in_comments(template: Template) -> Iterator[tuple[str, Origin, list[_Part]]]:
    comments = template.comments
    if not comments:
        return
    text = template.source.text
    root = _Part(0, len(text), "", template.root)
    for comment, following in zip(comments, _following(comments, text), strict=True):
        said = asked(comment.text)
        if said is not None:
            origin = Origin(template.source, comment.stop - len(comment.text), comment.stop)
            yield said, origin, _stands_at(root, comment.start, following, text)


def _stands_at(root: _Part, start: int, following: int, text: str) -> list[_Part]:
    """The part that a comment stands at, below all those that it is a part of; empty for none."""
    line = _line_start(text, start)
    if text[line:start].strip():
        return _on_line(root, line, start, text)
    way = _around(root, start)
    innermost = way[-1] if way else root
    if text[innermost.node.start : innermost.node.start + 1] in _OPENING:
        if following < 0 or text[following] in _CLOSING:
            return way
    elif following < 0 or _column(text, following) < start - line:
        return _indented(root, start, start - line, text)
    above = _around(root, following)
    beginning = (above[-1] if above else root).first_within(following, _line_stop(text, following))
    if beginning is None:
        return []
    resource = _resource_in(above)
    if resource and resource == len(above) - 1 and above[-1].parts()[0] is beginning:
        return above  # the first thing in a resource
    return [*above, beginning]


def _following(comments: tuple[Comment, ...], text: str) -> list[int]:
    """Where something is written below each comment, only lines of comments between; -1 for nowhere."""
    found: list[int] = []
    end, following = len(text), -1
    for comment in reversed(comments):
        behind = text[comment.stop : end]
        blank = behind[: len(behind) - len(behind.lstrip())]
        if blank.count("\n") > 1:
            following = -1
        elif len(blank) < len(behind):
            following = comment.stop + len(blank)
        found.append(following)
        end = comment.start
    return found[::-1]


def _around(root: _Part, offset: int) -> list[_Part]:
    """The parts that hold an offset, the outermost first."""
    way: list[_Part] = []
    inside = root
    while True:
        part = inside.before(offset)
        if part is None or part.stop <= offset:
            return way
        way.append(part)
        inside = part


def _indented(root: _Part, offset: int, column: int, text: str) -> list[_Part]:
    """The part that something at a column is indented as a part of: what is above it and indented less."""
    way: list[_Part] = []
    inside = root
    while True:
        part = inside.before(offset)
        # An item begins behind its dash.
        if part is None or _column(text, part.start) - part.name.startswith("[") >= column:
            return way
        way.append(part)
        inside = part


def _on_line(root: _Part, line: int, stop: int, text: str) -> list[_Part]:
    """What begins on the line before `stop`, else what ends there, else what goes on there; always the outermost."""
    way: list[_Part] = []
    inside = root
    while True:
        here = inside.within(line, stop)
        if here:
            return [*way, here[-1]]
        before = inside.before(line)
        if before is None or before.stop <= line:
            return way
        way.append(before)
        if before.stop <= stop and not _is_block(before.node, text):
            return way
        inside = before


def _is_block(node: Node, text: str) -> bool:
    """Whether it is a mapping or list that ends where what it is made of ends."""
    return not isinstance(node, Scalar) and text[node.stop - 1 : node.stop] not in _CLOSING


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_stop(text: str, offset: int) -> int:
    stop = text.find("\n", offset)
    return stop if stop >= 0 else len(text)


def _column(text: str, offset: int) -> int:
    return offset - _line_start(text, offset)


# In metadata


def _in_metadata(template: Template) -> Iterator[tuple[str, Origin, list[_Part]]]:
    """What stands under `guardrails` in the metadata of resources; in that of the template it stands at nothing."""
    if "guardrails" not in template.source.text:
        return
    for entry in template.root.entries:
        if entry.key == "Metadata":
            yield from _asked_in(template.source, entry.value, [])
        elif entry.key == "Resources":
            section = _Part(entry.start, entry.stop, entry.key, entry.value)
            yield from _in_resources(template.source, section, [section])


def _in_resources(source: SourceFile, part: _Part, way: list[_Part]) -> Iterator[tuple[str, Origin, list[_Part]]]:
    """Of the resources in a section, and of those that a loop makes."""
    waiting = [(part, way)]
    while waiting:
        part, way = waiting.pop()
        for inner in part.parts():
            node = inner.node
            if isinstance(node, Mapping) and node.get("Type") is not None:
                metadata = node.get("Metadata")
                if metadata is not None:
                    yield from _asked_in(source, metadata, [*way, inner])
            elif inner.name.startswith(("Fn::ForEach", "[")):
                waiting.append((inner, [*way, inner]))


def _asked_in(source: SourceFile, metadata: Node, way: list[_Part]) -> Iterator[tuple[str, Origin, list[_Part]]]:
    ours = metadata.entry("guardrails") if isinstance(metadata, Mapping) else None
    if ours is None:
        return
    if not isinstance(ours.value, Mapping):
        yield "guardrails", Origin(source, ours.start, ours.stop), way
        return
    for entry in ours.value.entries:
        items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
        for item in items:
            place = item if item.start >= entry.start else entry
            yield _as_text(entry, item), Origin(source, place.start, place.stop), way


def _as_text(entry: Entry, item: Node) -> str:
    """An item of `allow` as a comment would have it."""
    if isinstance(item, Scalar):
        return f"{entry.key} {' '.join(item.text.split())}"
    if not isinstance(item, Mapping):
        return entry.key
    said = {inner.key: _words(inner.value) for inner in item.entries}
    names = said.pop("policy", "") or said.pop("policies", "")
    reason, until = said.pop("reason", ""), said.pop("until", "")
    for other in said:
        return f"{other}: …"  # a word for which there is no meaning; what reads it says so
    text = f"{entry.key} {names}"
    if reason:
        text += f" -- {reason}"
    return f"{text}, until {until}" if until else text


def _words(node: Node) -> str:
    if isinstance(node, Sequence):
        return ", ".join(filter(None, map(_words, node.items)))
    return " ".join(node.text.split()) if isinstance(node, Scalar) else ""
