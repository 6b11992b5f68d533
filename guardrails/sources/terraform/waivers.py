"""Waivers that are written in configuration, and what each of them stands at.

In the native syntax a waiver is a comment, in JSON syntax the text of a property `"//"`, which terraform ignores too.

- Behind something on its line, it stands at what begins on that line, or else at what ends there.
- On a line of its own, it stands at what begins on the next line. Only lines of comments may lie between.
- As the first thing in a block or an object, or before a blank line or the closing brace, it stands at that block.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from guardrails.kernel.block import WrittenWaiver
from guardrails.kernel.origin import Origin
from guardrails.sources.terraform.hcl import nodes
from guardrails.sources.terraform.hcl.comments import Comment, comments
from guardrails.sources.waiver_mark import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.origin import SourceFile
    from guardrails.sources.terraform.hcl.errors import ParsedFile
    from guardrails.sources.terraform.module_source import ModuleSource

_SUBJECTS = frozenset(("resource", "data", "module", "ephemeral"))
"""The blocks that are judged as a whole, or lead to what is."""

_OVERRIDABLE = frozenset((*_SUBJECTS, "variable", "output", "provider"))


class Part:
    """A block, an argument, a pair of an object or an item of a list, with where it is written."""

    __slots__ = ("_node", "_parts", "_starts", "name", "start", "stop")

    def __init__(self, start: int, stop: int, name: str, node: nodes.Body | nodes.Block | nodes.Expression) -> None:
        self.start = start
        self.stop = stop
        self.name = name
        self._node = node
        self._parts: list[Part] | None = None
        self._starts: list[int] = []

    @property
    def block(self) -> nodes.Block | None:
        return self._node if isinstance(self._node, nodes.Block) else None

    def from_to(self, start: int, stop: int) -> tuple[Part | None, list[Part]]:
        """Of what it is made of: the last part that begins before `start`, and those from there on, before `stop`."""
        if self._parts is None:
            node = self._node
            if isinstance(node, nodes.Block):
                found = list(_of_body(node.body, node.type))
            elif isinstance(node, nodes.Body):
                found = list(_of_body(node, ""))
            else:
                found = list(_of_expression(node))
            self._parts = sorted(found, key=lambda part: part.start)
            self._starts = [part.start for part in self._parts]
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, stop, first)
        return self._parts[first - 1] if first else None, self._parts[first:last]


def _of_body(body: nodes.Body, kind: str) -> Iterator[Part]:
    for argument in body.arguments.values():
        yield Part(argument.start, argument.stop, argument.name, argument.value)
    names = [_name_of(block, kind) for block in body.blocks]
    all_of: dict[str, int] = {}
    for name in names:
        all_of[name] = all_of.get(name, 0) + 1
    met: dict[str, int] = {}
    for block, name in zip(body.blocks, names, strict=True):
        number = met[name] = met.get(name, -1) + 1
        yield Part(block.start, block.stop, f"{name}[{number}]" if all_of[name] > 1 else name, block)


def _name_of(block: nodes.Block, above: str) -> str:
    if above:
        return block.labels[0] if block.type == "dynamic" and block.labels else block.type
    kept = block.labels if block.type == "resource" else (block.type, *block.labels)
    return ".".join(kept)


def _of_expression(expression: nodes.Expression) -> Iterator[Part]:
    """The pairs and items of the objects and lists in an expression, of the outermost ones."""
    waiting: list[object] = [expression]
    while waiting:
        found = waiting.pop()
        if isinstance(found, nodes.ObjectExpression):
            for key, value in found.pairs:
                name = key.value if isinstance(key, nodes.Literal) and isinstance(key.value, str) else "…"
                yield Part(key.start, value.stop, name, value)
        elif isinstance(found, nodes.TupleExpression):
            for at, item in enumerate(found.items):
                yield Part(item.start, item.stop, f"[{at}]", item)
        elif isinstance(found, nodes.Splat):
            waiting += (found.target, found.each)  # the item is a leaf of the latter
        elif isinstance(found, nodes.Expression):
            waiting += [getattr(found, slot) for slot in type(found).__slots__ if not slot.startswith("_")]
        elif isinstance(found, tuple):
            waiting += found


# In a module


def written_in(source: ModuleSource, *, everywhere: bool) -> list[WrittenWaiver]:
    """The waivers in the files of a module."""
    return [waiver for parsed in source.waiving for waiver in _in_file(parsed, source, everywhere=everywhere)]


def _in_file(parsed: ParsedFile, source: ModuleSource, *, everywhere: bool) -> Iterator[WrittenWaiver]:
    is_json = parsed.file.path.endswith(".json")
    found = _in_json(parsed) if is_json else _in_comments(parsed)
    for text, start, stop, way in found:
        if not way and parsed.faults:
            continue  # What it stood at may be what could not be read; that is said already.
        covers, within = _ranges(parsed.file, way, source)
        subject = "".join(part.name if part.name.startswith("[") else f".{part.name}" for part in way)[1:]
        yield WrittenWaiver(text, Origin(parsed.file, start, stop), subject, covers, within, everywhere)


def _ranges(file: SourceFile, way: list[Part], source: ModuleSource) -> tuple[tuple[Origin, ...], tuple[Origin, ...]]:
    """What is covered by a waiver that stands at the last of these parts, and the whole of which that is a part."""
    if not way:
        return (), ()
    top, last = way[0], way[-1]
    whole = [Origin(file, top.start, top.stop)]
    base = _overridden(file, top, source)
    if base is not None:
        whole.append(Origin(base.file, base.start, base.stop))
    if len(way) == 1:
        return tuple(whole), ()
    return (Origin(file, last.start, last.stop),), tuple(whole)


def _overridden(file: SourceFile, top: Part, source: ModuleSource) -> nodes.Block | None:
    """The block that a block in an override file is merged into."""
    block = top.block
    if block is None or block.type not in _OVERRIDABLE:
        return None
    table: dict[object, nodes.Block] = {
        "resource": source.resources, "data": source.data, "ephemeral": source.ephemerals, "module": source.modules,
        "variable": source.variables, "output": source.outputs, "provider": source.providers,
    }[block.type]  # type: ignore[assignment]  # fmt: skip  # keys of two kinds, as the labels are one or two
    merged = table.get(block.labels if len(block.labels) > 1 else block.labels[0] if block.labels else "")
    return merged if merged is not None and (merged.file is not file or merged.start != block.start) else None


# In comments


class _Remark:
    """A comment and the code around it."""

    __slots__ = ("before", "comment", "following", "line")

    def __init__(self, comment: Comment, line: int, before: int) -> None:
        self.comment = comment
        self.line = line
        """Where its line begins."""
        self.before = before
        """Where the last character of code before it stands; -1 for none."""
        self.following = -1
        """Where code begins behind it, in its last line or below lines of nothing but comments; -1 for not at all."""


def _in_comments(parsed: ParsedFile) -> Iterator[tuple[str, int, int, list[Part]]]:
    text = parsed.file.text
    root = Part(0, len(text), "", parsed.body)
    for remark in _remarks(text):
        comment = remark.comment
        for at, line in comment.lines():
            text_of_waiver = asked(line)
            if text_of_waiver is not None:
                yield text_of_waiver, at, at + len(line), _stands_at(root, remark, text)


def _remarks(text: str) -> list[_Remark]:
    found: list[_Remark] = []
    done, before = 0, -1
    for comment in comments(text):
        code = text[done : comment.start].rstrip()
        if code:
            before = done + len(code) - 1
        found.append(_Remark(comment, text.rfind("\n", 0, comment.start) + 1, before))
        done = comment.stop
    end, following = len(text), -1
    for remark in reversed(found):
        behind = text[remark.comment.stop : end]
        blank = behind[: len(behind) - len(behind.lstrip())]
        if blank.count("\n") > 1:
            following = -1
        elif len(blank) < len(behind):
            following = remark.comment.stop + len(blank)
        remark.following = following
        end = remark.comment.start
    return found


def _stands_at(root: Part, remark: _Remark, text: str) -> list[Part]:
    """The part that a comment stands at, below all those that it is a part of; empty for none."""
    start = remark.comment.start
    if remark.before >= remark.line:
        return _on_line(root, remark.line, start)
    way = _around(root, start)
    if way and text[remark.before] == "{":
        return way
    _, beginning = (way[-1] if way else root).from_to(remark.following, remark.following + 1)
    return [*way, *beginning]


def _around(root: Part, offset: int) -> list[Part]:
    """The parts that hold an offset, the outermost first."""
    way: list[Part] = []
    inside = root
    while True:
        part, _ = inside.from_to(offset, offset)
        if part is None or part.stop <= offset:
            return way
        way.append(part)
        inside = part


def _on_line(root: Part, line: int, stop: int) -> list[Part]:
    """What begins on the line before `stop`, else what ends there, else what goes on there; always the outermost."""
    way: list[Part] = []
    inside = root
    while True:
        before, here = inside.from_to(line, stop)
        if here:
            return [*way, here[-1]]
        if before is None or before.stop <= line:
            return way
        way.append(before)
        if before.stop <= stop:
            return way
        inside = before


# In JSON syntax


def _in_json(parsed: ParsedFile) -> Iterator[tuple[str, int, int, list[Part]]]:
    """The texts of properties `"//"`. The reader leaves them out, so the plain document is gone through."""
    from guardrails.sources.terraform.hcl.jsonsyntax import remarks

    root = Part(0, len(parsed.file.text), "", parsed.body)
    for said, name, start, stop in remarks(parsed.file.text):
        text_of_waiver = asked(" ".join(said.split()))
        if text_of_waiver is not None:
            yield text_of_waiver, start, stop, _around(root, name)
