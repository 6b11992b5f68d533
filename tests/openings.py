"""Every way to leave one thing of a configuration open: a value, a part of a text, a block, a resource.

Each gives the configuration with `var.left_open`, a variable without a value, in the place of something, or with one of
two values for want of knowing it; a text that is written several times is left open in all these places at once as
well. Whatever was there is one of the values that the variable may have, so what is judged of the changed configuration
must be true of the one that it was made from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guardrails.sources.terraform.hcl import nodes, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARED = '\nvariable "left_open" {}\n'
_CONSTANT_BLOCKS = frozenset(("variable", "terraform", "moved", "import", "check", "removed", "output", "lifecycle"))
"""Blocks that decide no value, or in which terraform takes constants only."""
_CONSTANT_ARGUMENTS = frozenset(("depends_on", "provider", "providers", "source", "version", "alias"))
_QUOTED = re.compile(r'"([^"\n$\\]*)"')


def openings(text: str) -> Iterator[tuple[str, str]]:
    """What is left open, and where, with the text that comes of it."""
    mentions: dict[str, list[tuple[int, int]]] = {}
    for block, outermost in _blocks(parse("main.tf", text).body, outermost=True):
        for argument in block.body.arguments.values():
            if argument.name not in _CONSTANT_ARGUMENTS:
                for node, role in _expressions(argument.value, ""):
                    for start, stop, instead in _replacements(text, node, role):
                        what = f"{argument.name} = {text[start:stop]}"
                        yield _told(text, start, what), _with(text, start, stop, instead)
                    literal = text[node.start : node.stop]
                    if isinstance(node, nodes.Literal) and role == "" and _other(literal):
                        what = f"{argument.name} = {literal} or another"
                        instead = _one_of_two(literal)
                        yield _told(text, node.start, what), _with(text, node.start, node.stop, instead)
                        mentions.setdefault(literal, []).append((node.start, node.stop))
        if outermost:
            yield from _counted(text, block)
        else:
            yield from _repeated(text, block)

    for literal, places in mentions.items():
        if len(places) > 1 and literal.startswith('"') and literal != '""':
            for instead in ("var.left_open", _one_of_two(literal)):
                yield f"each {literal[:40]}: {instead[:20]}", _with_all(text, places, instead)


def _one_of_two(literal: str) -> str:
    return f"(var.left_open ? {literal} : {_other(literal)})"


def _other(literal: str) -> str:
    """Another value of the type of a literal; empty where there is none that could be written there."""
    if literal in ("true", "false"):
        return "true" if literal == "false" else "false"
    if literal.startswith('"'):
        return f'{literal[:-1]}-other"'
    return str(int(literal) + 1) if literal.isdigit() else ""


def _with_all(text: str, places: list[tuple[int, int]], instead: str) -> str:
    for start, stop in reversed(places):
        text = text[:start] + instead + text[stop:]
    return text + _DECLARED


def _told(text: str, start: int, what: str) -> str:
    return f"line {text.count(chr(10), 0, start) + 1}: {what[:60]}"


def _with(text: str, start: int, stop: int, instead: str) -> str:
    return text[:start] + instead + text[stop:] + _DECLARED


def _blocks(body: nodes.Body, *, outermost: bool) -> Iterator[tuple[nodes.Block, bool]]:
    for block in body.blocks:
        if block.type not in _CONSTANT_BLOCKS:
            yield block, outermost
            yield from _blocks(block.body, outermost=False)


def _expressions(node: nodes.Expression, role: str) -> Iterator[tuple[nodes.Expression, str]]:
    yield node, role
    for inner, its_role in _inner(node):
        yield from _expressions(inner, its_role)


def _inner(node: nodes.Expression) -> Iterator[tuple[nodes.Expression, str]]:
    """The expressions in an expression that may be replaced alone; a reference is replaced as a whole."""
    if isinstance(node, (nodes.Name, nodes.GetAttribute, nodes.Splat)):
        return
    if isinstance(node, nodes.Index):
        yield node.key, ""
    elif isinstance(node, nodes.ObjectExpression):
        for key, value in node.pairs:
            yield key, "key"
            yield value, ""
    elif isinstance(node, nodes.Template):
        yield from ((part, "part") for part in node.parts)
    else:
        for name in (name for kind in type(node).__mro__ for name in getattr(kind, "__slots__", ())):
            found = getattr(node, name, None)
            for one in found if isinstance(found, (tuple, list)) else (found,):
                if isinstance(one, nodes.Expression):
                    yield one, ""


def _replacements(text: str, node: nodes.Expression, role: str) -> Iterator[tuple[int, int, str]]:
    start, stop = node.start, node.stop
    written = text[start:stop]
    literal = isinstance(node, nodes.Literal)
    whole = "(var.left_open)" if role == "key" else "var.left_open"
    if role == "part" and literal:
        whole = "${var.left_open}"
    document = "\n" in written and (literal or isinstance(node, nodes.Template))
    yield start, stop, whole + "\n" * written.lstrip().startswith("<<")
    if literal and role != "part" and written.startswith('"') and len(written) > 6 and "\\" not in written:
        middle = start + len(written) // 2
        yield middle, stop - 1, "${var.left_open}"
        yield start + 1, middle, "${var.left_open}"
    if document:
        for found in _QUOTED.finditer(written):
            yield start + found.start(), start + found.end(), '"${var.left_open}"'


def _repeated(text: str, block: nodes.Block) -> Iterator[tuple[str, str]]:
    """A nested block of which there may be any number."""
    if block.type in ("dynamic", "content"):
        return
    brace = text.index("{", block.start)
    content = f"content {text[brace : block.stop]}"
    instead = f'dynamic "{block.type}" {{\n for_each = var.left_open\n {content}\n}}'
    yield _told(text, block.start, f"blocks of {block.type}"), _with(text, block.start, block.stop, instead)


def _counted(text: str, block: nodes.Block) -> Iterator[tuple[str, str]]:
    """A resource that may not exist, if nothing refers to it."""
    repeated = {"count", "for_each"} & set(block.body.arguments)
    if block.type not in ("resource", "data") or repeated or ".".join(block.labels) in text:
        return
    inside = text.index("{", block.start) + 1
    yield (
        _told(text, block.start, f"whether there is {'.'.join(block.labels)}"),
        _with(text, inside, inside, "\n  count = var.left_open ? 1 : 0\n"),
    )
