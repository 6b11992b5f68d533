"""Changes to the text of one file, at the places of its syntax tree: the least that does it."""

from __future__ import annotations

from guardrails.errors import GuardrailsError
from guardrails.remedies.blocks import nested
from guardrails.remedies.layout import STEP, is_aligned, realigned, runs
from guardrails.remedies.steps import Nested
from guardrails.sources.terraform.hcl import parse
from guardrails.sources.terraform.hcl.nodes import Literal, ObjectExpression, TupleExpression

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


def with_argument(path: str, text: str, start: int, within: Sequence[str], name: str, value: str) -> str:
    """The text in which the block that begins at `start`, or a block nested in it, sets an argument."""
    block = _at(path, text, start)
    for depth, kind in enumerate(within):
        inner = [one for one in block.body.blocks if one.type == kind]
        if len(inner) > 1:
            raise RefusedError(f"{path} has several blocks `{kind}` there")
        if not inner:
            spec = Nested(within[-1], {name: value})
            for outer in reversed(within[depth:-1]):
                spec = Nested(outer, {}, (spec,))
            return with_block(path, text, block.start, (), spec)
        block = inner[0]
    there = block.body.arguments.get(name)
    if there is None:
        return _inserted(path, text, block, name, value)
    if not _is_written_out(there.value):
        raise ComputedError(there)
    was = any(is_aligned(text, run) for run in runs(text, block.body) if any(line.name == name for line in run))
    changed = text[: there.value.start] + value + text[there.value.stop :]
    return realigned(changed, name, _like(path, changed, block), was=was)


def with_block(path: str, text: str, start: int, within: Sequence[str], spec: Nested) -> str:
    """The text in which a block that begins at `start`, or one nested in it, has one more nested block, at its end."""
    block = _at(path, text, start)
    for kind in within:
        found = next((one for one in block.body.blocks if one.type == kind), None)
        if found is None:
            raise RefusedError(f"{path} has no block `{kind}` there")
        block = found
    text, block = _opened(path, text, block)
    line = text.rfind("\n", 0, block.stop - 1) + 1
    new = nested(spec, _indent(text, block.start) + STEP)
    is_empty = not (block.body.arguments or block.body.blocks)
    apart = "" if is_empty or not text[:line].rstrip(" \t").removesuffix("\n").strip("\r") else _ending(text)
    return text[:line] + apart + new.replace("\n", _ending(text)) + text[line:]


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
    ending = _ending(text)
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
    ending = _ending(text)
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
    ending, indent = _ending(text), _indent(text, block.start)
    body = f"{indent}{STEP}{inside.strip()}{ending}" if inside.strip() else ""
    changed = f"{text[: brace + 1]}{ending}{body}{indent}{text[block.stop - 1 :]}"
    return changed, _like(path, changed, block)


def _is_written_out(expression: Expression) -> bool:
    if isinstance(expression, TupleExpression):
        return all(map(_is_written_out, expression.items))
    if isinstance(expression, ObjectExpression):
        return all(_is_written_out(value) for _, value in expression.pairs)
    return isinstance(expression, Literal)


def _indent(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line[: len(line) - len(line.lstrip())]


def _ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
