"""Every way to leave one thing of a template open: a value, part of a text, whether there is a property or resource.

Each gives the template with `LeftOpen`, a parameter without a value, in the place of something. Whatever was there is
one of the values that the parameter may have, so what is judged of the changed template must be true of the one that it
was made from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.sources.cloudformation.nodes import Call, Mapping, Node, Scalar, Sequence, Template
from guardrails.sources.cloudformation.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETER = "  LeftOpen:\n    Type: String\n  LeftOpenList:\n    Type: CommaDelimitedList\n"
CONDITION = '  IsLeftOpen: !Equals [!Ref LeftOpen, "yes"]\n'
_OPEN = "!Ref LeftOpen"
_NEVER_OPEN = frozenset(("TemplateURL",))
"""Properties that decide what is read at all."""


def openings(text: str) -> Iterator[tuple[str, str]]:
    """What is left open, and where, with the text that comes of it."""
    template = _read(text)
    resources = template.root.get("Resources")
    assert isinstance(resources, Mapping)
    for entry in resources.entries:
        resource = entry.value
        assert isinstance(resource, Mapping)
        kind = resource.get("Type")
        assert isinstance(kind, Scalar)
        properties = resource.get("Properties")
        if isinstance(properties, Mapping):
            for told, start, stop, instead in _within(text, properties, kind.text):
                yield from _changed(text, told, start, stop, instead)
        if resource.get("Condition") is None and not _is_mentioned(text, entry.key):
            head = text.index("\n", kind.stop) + 1
            indent = " " * (kind.start - text.rindex("\n", 0, kind.start) - len("Type: ") - 1)
            told = f"{kind.text} = whether there is {entry.key}"
            yield from _changed(text, told, head, head, f"{indent}Condition: IsLeftOpen\n")


def _read(text: str) -> Template:
    template = read("template.yaml", text)
    assert isinstance(template, Template), template
    return template


def _is_mentioned(text: str, name: str) -> bool:
    """What is not there cannot be referred to."""
    return any(f"{before}{name}" in text for before in ("!Ref ", "!GetAtt ", "${"))


def _within(text: str, node: Node, path: str) -> Iterator[tuple[str, int, int, str]]:
    if isinstance(node, Mapping):
        for entry in node.entries:
            if entry.key not in _NEVER_OPEN:
                yield from _perhaps(text, entry.value, f"{path}.{entry.key}")
                yield from _within(text, entry.value, f"{path}.{entry.key}")
        return
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _within(text, item, path)
    if isinstance(node, Scalar | Call) or (isinstance(node, Sequence) and text[node.start] == "["):
        instead = f"{_OPEN}List" if _is_list(text, node) else _OPEN
        yield f"{path} = {text[node.start : node.stop]}", node.start, node.stop, instead
    if isinstance(node, Scalar) and isinstance(node.content, str) and _is_plain(text, node):
        middle = len(node.content) // 2
        for half in (f"{node.content[:middle]}${{LeftOpen}}", f"${{LeftOpen}}{node.content[middle:]}"):
            yield f"{path} = half of {node.content}", node.start, node.stop, f'!Sub "{half}"'


def _is_list(text: str, node: Node) -> bool:
    """Whether it is a list, or a parameter that is one."""
    if isinstance(node, Call) and node.name == "Ref" and isinstance(node.argument, Scalar):
        return f"  {node.argument.text}:\n    Type: CommaDelimitedList\n" in text
    return isinstance(node, Sequence)


def _perhaps(text: str, node: Node, path: str) -> Iterator[tuple[str, int, int, str]]:
    """A property that is a block, which may not be there."""
    if not isinstance(node, Mapping | Sequence) or text[node.start] in "{[":
        return
    start = text.rindex("\n", 0, node.start) + 1
    column = node.start - start
    first, *others = text[start : node.stop].rstrip().split("\n")
    indent = " " * column
    lines = (f"{indent}- IsLeftOpen", f"{indent}- {first[column:]}", *(f"  {line}" for line in others))
    instead = "\n".join((*lines, f"{indent}- !Ref AWS::NoValue"))
    key = text.rindex(":", 0, start) + 1
    stop = start + len(text[start : node.stop].rstrip())
    yield f"{path} = whether it is there", key, stop, f" !If\n{instead}"


def _is_plain(text: str, node: Scalar) -> bool:
    """Whether half of it may be written between quotes."""
    return len(node.text) > 3 and "\n" not in text[node.start : node.stop] and not set(node.text) & set('"\\$')


def _changed(text: str, told: str, start: int, stop: int, instead: str) -> Iterator[tuple[str, str]]:
    line = text.count("\n", 0, start) + 1
    changed = text[:start] + instead + text[stop:]
    changed = _with_entry(_with_entry(changed, "Conditions", CONDITION), "Parameters", PARAMETER)
    yield f"line {line}: {told[:100]}", changed


def _with_entry(text: str, section: str, entry: str) -> str:
    head = f"{section}:\n"
    if text.startswith(head) or f"\n{head}" in text:
        return text.replace(head, head + entry, 1)
    return f"{head}{entry}\n{text}"
