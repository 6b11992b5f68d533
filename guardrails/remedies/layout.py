"""Arguments in the layout of `terraform fmt`: the equals signs of a run of lines stand below each other, and so do the
comments behind them."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.sources.terraform.hcl import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from guardrails.sources.terraform.hcl.nodes import Argument, Block, Body, Expression

    Entry: TypeAlias = "Argument | Pair"

STEP = "  "
"""One level of indentation."""


class Pair(Record):
    """`key = value` in an object, in the form in which lines are laid out."""

    start: int
    name: str
    value: Expression


class Line(Record):
    """One line with an argument. `start` and `stop` span it without its line ending."""

    start: int
    stop: int
    indent: str
    name: str
    value: str
    comment: str
    rest: str = ""
    """What follows of a heredoc on its further lines: to terraform it is all one line."""


def aligned(lines: Sequence[Line]) -> list[str]:
    """The lines of a run as `terraform fmt` writes them."""
    width = max(len(line.name) for line in lines)
    left = [f"{line.indent}{line.name:<{width}} = {line.value}" for line in lines]
    written = list(left)
    at = 0
    while at < len(lines):
        stop = at
        while stop < len(lines) and lines[stop].comment:
            stop += 1
        column = max((len(text) for text in left[at:stop]), default=0)
        for position in range(at, stop):
            written[position] = f"{left[position]:<{column}} {lines[position].comment}"
        at = max(stop, at + 1)
    return [f"{text}{line.rest}" for text, line in zip(written, lines, strict=True)]


def runs(text: str, body: Body) -> Iterator[list[Line]]:
    """The arguments of a body that stand on lines of their own one below the other, none of them over several lines."""
    return runs_of(text, sorted(body.arguments.values(), key=lambda one: one.start))


def runs_of(text: str, entries: Iterable[Entry]) -> Iterator[list[Line]]:
    """The same of anything that is written as `name = value`, in the order of the text."""
    run: list[Line] = []
    for entry in entries:
        line = line_of(text, entry)
        if line is None:
            if run:
                yield run
            run = []
            continue
        if run and text[run[-1].stop : line.start] not in ("\n", "\r\n"):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def line_of(text: str, argument: Entry) -> Line | None:
    """An argument that has a line for itself; None for one that shares it or takes several."""
    start = text.rfind("\n", 0, argument.start) + 1
    value_stop = argument.value.stop
    stop = text.find("\n", value_stop)
    stop = len(text) if stop < 0 else stop
    if text[stop - 1] == "\r":
        stop -= 1
    indent = text[start : argument.start]
    value = text[argument.start : value_stop].partition("=")[2].strip()
    comment = text[value_stop:stop].strip()
    rest = ""
    if value.startswith("<<"):
        value, newline, rest = value.partition("\n")
        value, rest = value.rstrip("\r"), ("\r" if value.endswith("\r") else "") + newline + rest
    if indent.strip() or "\n" in value or (comment and not comment.startswith(("#", "//", "/*"))):
        return None
    return Line(start, stop, indent, argument.name, value, comment, rest)


def is_aligned(text: str, run: Sequence[Line]) -> bool:
    return [text[line.start : line.stop] for line in run] == aligned(run)


def realigned(text: str, name: str, block: Block, *, was: bool) -> str:
    """The text with the run around an argument of a block laid out, if it was before the argument changed."""
    if not was:
        return text
    for run in runs(text, block.body):
        if any(line.name == name for line in run):
            ending = "\r\n" if "\r\n" in text[run[0].start : run[-1].stop] else "\n"
            return text[: run[0].start] + ending.join(aligned(run)) + text[run[-1].stop :]
    return text


def laid_out(text: str) -> str:
    """A text of new blocks with all its arguments laid out, no blanks at the end of lines and single empty lines."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at > 0 and lines[at - 1])]
    text = "\n".join(kept).strip("\n") + "\n"
    changes: list[tuple[int, int, str]] = []
    for body in _bodies(parse("", text).body):
        alone = {line.start for run in runs(text, body) for line in run}
        changes += [(run[0].start, run[-1].stop, "\n".join(aligned(run))) for run in runs(text, body)]
        for argument in body.arguments.values():
            start = text.rfind("\n", 0, argument.start) + 1
            if start not in alone:
                changes.append((argument.start, argument.value.start, f"{argument.name} = "))
    for start, stop, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[stop:]
    return text


def _bodies(body: Body) -> Iterator[Body]:
    waiting = [body]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [block.body for block in one.blocks]
