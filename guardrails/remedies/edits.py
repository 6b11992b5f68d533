"""Changes to the text of one file, at the places of its syntax tree: the least that does it."""

from __future__ import annotations

import re

from guardrails.errors import GuardrailsError
from guardrails.remedies.blocks import nested
from guardrails.remedies.layout import STEP, is_aligned, realigned, runs
from guardrails.remedies.steps import Nested
from guardrails.sources.terraform.hcl import parse
from guardrails.sources.terraform.hcl.nodes import (
    GetAttribute,
    Index,
    Literal,
    Name,
    ObjectExpression,
    Template,
    TupleExpression,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.sources.terraform.hcl.nodes import Argument, Block, Expression


_META = frozenset(("count", "depends_on", "for_each", "provider", "providers", "source", "version"))
"""Arguments that are Terraform's own: others do not go behind them where there are any."""


class RefusedError(GuardrailsError):
    """A change that cannot be made as an edit of this text; the message says where the change has to be made."""


class ComputedError(RefusedError):
    """The argument has a value that is not written out where it stands."""

    def __init__(self, argument: Argument) -> None:
        line = argument.file.position(argument.start)[0]
        text = " ".join(argument.file.text[argument.value.start : argument.value.stop].split())
        shown = text if len(text) <= 60 else f"{text[:57]}…"
        super().__init__(f"{argument.file.path}:{line} sets `{argument.name}` to `{shown}`: what that is must change")
        self.argument = argument


def blocks_of(path: str, text: str) -> list[Block]:
    """The top-level blocks of a text that is sound."""
    parsed = parse(path, text)
    if parsed.faults:
        raise RefusedError(f"{path} does not parse")
    return parsed.body.blocks


def block_around(path: str, text: str, offset: int) -> Block | None:
    """The top-level block that a place stands in."""
    return next((block for block in blocks_of(path, text) if block.start <= offset < block.stop), None)


def argument_of(
    path: str,
    block: Block,
    within: Sequence[str],
    name: str,
    which: Sequence[tuple[str, int]] = (),
    *,
    replaces: bool = False,
) -> Argument | None:
    """The argument of a block, or of a block nested in it; None where it is not set. One that is worked out raises,
    unless it is a reference to a resource and may be replaced."""
    found, missing = _inside(path, block, within, which)
    there = None if missing else found.body.arguments.get(name)
    if there is None or _is_written_out(there.value) or (replaces and _is_reference(there.value)):
        return there
    raise ComputedError(there)


def with_argument(
    path: str,
    text: str,
    start: int,
    within: Sequence[str],
    name: str,
    value: str,
    which: Sequence[tuple[str, int]] = (),
    *,
    replaces: bool = False,
) -> str:
    """The text in which the block that begins at `start`, or a block nested in it, sets an argument.

    `which` tells of several blocks of a type which one is meant: the type and number of each, outermost first.
    """
    block = _at(path, text, start)
    there = argument_of(path, block, within, name, which, replaces=replaces)
    found, missing = _inside(path, block, within, which)
    if missing:
        spec = Nested(missing[-1], {name: value})
        for outer in reversed(missing[:-1]):
            spec = Nested(outer, {}, (spec,))
        return _with_block(path, text, found, spec)
    if there is None:
        return _inserted(path, text, found, name, value)
    was = any(is_aligned(text, run) for run in runs(text, found.body) if any(line.name == name for line in run))
    changed = text[: there.value.start] + value + text[there.value.stop :]
    return realigned(changed, name, _like(path, changed, found), was=was)


def with_elements(path: str, text: str, start: int, name: str, values: Sequence[str]) -> str:
    """The text in which a list of the block that begins at `start` has further elements."""
    there = _at(path, text, start).body.arguments.get(name)
    if there is None:
        return with_argument(path, text, start, (), name, f"[{', '.join(values)}]")
    if not isinstance(there.value, TupleExpression):
        raise ComputedError(there)
    items = there.value.items
    new = [value for value in values if value not in [text[one.start : one.stop] for one in items]]
    if not items:
        return f"{text[: there.value.start]}[{', '.join(new)}]{text[there.value.stop :]}"
    if not new:
        return text
    closing = there.value.stop - 1
    if "\n" not in text[items[-1].stop : closing]:
        comma = text[items[-1].stop : closing].find(",")
        at = items[-1].stop + comma + 1 if comma >= 0 else items[-1].stop
        return f"{text[:at]}{' ' if comma >= 0 else ', '}{', '.join(new)}{text[at:]}"
    indent = _indent_of_line(text, items[-1].stop)
    return with_last(text, items[-1].stop, closing, f",{line_ending(text)}{indent}".join(new))


_COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)


def with_last(text: str, stop: int, closing: int, value: str) -> str:
    """The text in which a list over several lines, whose last element ends at `stop`, has one more on a line of its
    own. Commas are as they were: behind the last one as well, or not."""
    said = _COMMENT.sub(lambda found: " " * len(found[0]), text[stop:closing])
    comma = said.find(",")
    end = text.index("\n", stop + comma if comma >= 0 else stop)
    indent = _indent_of_line(text, stop)
    ending = line_ending(text)
    new = f"{indent}{value}{',' if comma >= 0 else ''}{ending}"
    changed = f"{text[: end + 1]}{new}{text[end + 1 :]}"
    return changed if comma >= 0 else f"{changed[:stop]},{changed[stop:]}"


def _indent_of_line(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _inside(
    path: str, block: Block, within: Sequence[str], which: Sequence[tuple[str, int]]
) -> tuple[Block, Sequence[str]]:
    """The innermost block of these types that is there, and the types of those that are not."""
    for depth, kind in enumerate(within):
        inner = [one for one in block.body.blocks if one.type == kind]
        if not inner:
            if any(one.type == "dynamic" and one.labels == (kind,) for one in block.body.blocks):
                raise RefusedError(
                    f"{path} makes its blocks `{kind}` with `dynamic`: what these are made of must change"
                )
            return block, within[depth:]
        meant = which[depth] if len(which) > depth else None
        if len(inner) == 1:
            block = inner[0]
        elif meant is not None and meant[0] == kind and meant[1] < len(inner):
            block = inner[meant[1]]
        else:
            raise RefusedError(f"{path} has several blocks `{kind}` there")
    return block, ()


def with_block(
    path: str,
    text: str,
    start: int,
    within: Sequence[str],
    spec: Nested,
    which: Sequence[tuple[str, int]] = (),
) -> str:
    """The text in which a block that begins at `start`, or one nested in it, has one more nested block, at its end."""
    block, missing = _inside(path, _at(path, text, start), within, which)
    if missing:
        raise RefusedError(f"{path} has no block `{missing[0]}` there")
    return _with_block(path, text, block, spec)


def _with_block(path: str, text: str, block: Block, spec: Nested) -> str:
    text, block = _opened(path, text, block)
    line = text.rfind("\n", 0, block.stop - 1) + 1
    new = nested(spec, _indent(text, block.start) + STEP)
    is_empty = not (block.body.arguments or block.body.blocks)
    apart = "" if is_empty or not text[:line].rstrip(" \t").removesuffix("\n").strip("\r") else line_ending(text)
    return text[:line] + apart + new.replace("\n", line_ending(text)) + text[line:]


def without_blocks(path: str, text: str, start: int, types: Sequence[str]) -> str:
    """The text without the nested blocks of some types, and without the empty line before each."""
    block = _at(path, text, start)
    for one in sorted(block.body.blocks, key=lambda found: -found.start):
        if one.type in types:
            begin = text.rfind("\n", 0, one.start) + 1
            end = text.find("\n", one.stop) + 1
            if text[begin : one.start].strip() or text[one.stop : end].strip():
                raise RefusedError(f"{path} has more than the block `{one.type}` on a line")
            before = text.rfind("\n", 0, max(begin - 1, 0)) + 1
            begin = before if begin and not text[before:begin].strip() else begin
            text = text[:begin] + text[end:]
    return text


def with_text_behind(path: str, text: str, start: int, new: str) -> str:
    """The text with new top-level blocks behind the one that begins at `start`."""
    block = _at(path, text, start)
    end = text.find("\n", block.stop)
    ending = line_ending(text)
    new = new.replace("\n", ending)
    if end < 0:
        return f"{text}{ending}{ending}{new}"
    return f"{text[: end + 1]}{ending}{new}{text[end + 1 :]}"


def _at(path: str, text: str, start: int) -> Block:
    found = next((block for block in blocks_of(path, text) if block.start == start), None)
    if found is None:
        raise RefusedError(f"{path} has no block there any more")
    return found


def _like(path: str, text: str, block: Block) -> Block:
    """The block in a text that was changed behind its head only."""
    waiting: list[Block] = list(blocks_of(path, text))
    while waiting:
        one = waiting.pop()
        if one.start == block.start:
            return one
        waiting += one.body.blocks
    raise RefusedError(f"{path} does not parse with the change")


def _inserted(path: str, text: str, block: Block, name: str, value: str) -> str:
    text, block = _opened(path, text, block)
    body = block.body
    ending = line_ending(text)
    indent = _indent(text, block.start) + STEP
    first_block = min((one.start for one in body.blocks), default=block.stop)
    before = [one for one in body.arguments.values() if one.start < first_block]
    own = [one for one in before if one.name not in _META] or before
    last = max(own, key=lambda one: one.start, default=None)
    if last is None:
        at = text.index("\n", block.header_stop) + 1
        apart = ending if body.blocks else ""
        changed = f"{text[:at]}{indent}{name} = {value}{ending}{apart}{text[at:]}"
        return realigned(changed, name, _like(path, changed, block), was=True)
    run = next((run for run in runs(text, body) if any(one.name == last.name for one in run)), None)
    at = text.index("\n", last.value.stop) + 1
    changed = f"{text[:at]}{indent}{name} = {value}{ending}{text[at:]}"
    return realigned(changed, name, _like(path, changed, block), was=run is None or is_aligned(text, run))


def _opened(path: str, text: str, block: Block) -> tuple[str, Block]:
    """The block with its closing brace on a line of its own, and nothing behind the opening one."""
    brace = text.index("{", block.header_stop - 1)
    inside = text[brace + 1 : block.stop - 1]
    if "\n" in inside:
        return text, block
    ending, indent = line_ending(text), _indent(text, block.start)
    body = f"{indent}{STEP}{inside.strip()}{ending}" if inside.strip() else ""
    changed = f"{text[: brace + 1]}{ending}{body}{indent}{text[block.stop - 1 :]}"
    return changed, _like(path, changed, block)


def _is_written_out(expression: Expression) -> bool:
    if isinstance(expression, TupleExpression):
        return all(map(_is_written_out, expression.items))
    if isinstance(expression, ObjectExpression):
        return all(_is_written_out(value) for _, value in expression.pairs)
    return isinstance(expression, Literal)


def _is_reference(expression: Expression) -> bool:
    """Whether it is an attribute of a resource or data source, perhaps in a text: `"${group.arn}:*"`."""
    if isinstance(expression, Template):
        return all(_is_written_out(part) or _is_reference(part) for part in expression.parts)
    steps = 0
    while isinstance(expression, GetAttribute | Index):
        expression, steps = expression.target, steps + 1
    return isinstance(expression, Name) and steps > 1 and expression.name not in ("var", "local", "each", "module")


def _indent(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line[: len(line) - len(line.lstrip())]


def line_ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
