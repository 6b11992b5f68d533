"""Changes to the text of a template, at the places of its tree: comments, order and layout stay as they are."""

from __future__ import annotations

import re
from itertools import pairwise

from guardrails.remedies.edits import RefusedError, line_ending
from guardrails.remedies.templates.values import Function, as_json, below, in_line
from guardrails.sources.cloudformation.nodes import Call, Entry, Mapping, Scalar, Sequence, Template
from guardrails.sources.cloudformation.reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.remedies.templates.values import Content
    from guardrails.sources.cloudformation.nodes import Node


def template_of(path: str, text: str) -> Template:
    """The tree of a text that is sound."""
    found = read(path, text)
    if not isinstance(found, Template) or found.faults:
        raise RefusedError(f"{path} cannot be read")
    return found


def statement_around(node: Node, offset: int) -> Mapping | None:
    """The innermost statement of a policy around a place."""
    found: Mapping | None = None
    while True:
        inner: Node | None = None
        if isinstance(node, Mapping):
            found = node if node.entry("Effect") is not None else found
            inner = next((one.value for one in node.entries if one.start <= offset < one.stop), None)
        elif isinstance(node, Sequence):
            inner = next((one for one in node.items if one.start <= offset < one.stop), None)
        if inner is None:
            return found
        node = inner


def resources_of(template: Template) -> Mapping:
    found = template.root.get("Resources")
    if found is None:
        raise RefusedError(
            f"{template.source.path} is neither Terraform's own syntax nor a template: nothing is changed"
        )
    if not isinstance(found, Mapping):
        raise RefusedError(f"{template.source.path} writes its resources in a form that is not edited here")
    return found


def type_of(node: Node) -> str:
    """The type of a resource; empty for one that has none that is written out."""
    found = node.get("Type") if isinstance(node, Mapping) else None
    return found.text if isinstance(found, Scalar) else ""


def condition_of(resource: Entry) -> str:
    """The condition on which a resource exists; empty for none."""
    found = resource.value.get("Condition") if isinstance(resource.value, Mapping) else None
    return found.text if isinstance(found, Scalar) else ""


def is_json(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def with_resource(path: str, text: str, logical_id: str, type: str, **said: Content) -> str:
    """The text in which a template has one more resource, apart from the others as these are from each other."""
    resources = resources_of(template_of(path, text))
    if resources.entry(logical_id) is not None:
        raise RefusedError(f"{path} has a resource `{logical_id}` already")
    made = with_entry(text, resources, logical_id, {"Type": type, **{name: one for name, one in said.items() if one}})
    entries = resources_of(template_of(path, made)).entries
    between = [text[one.stop : other.start] for one, other in pairwise(entries[:-1])]
    if is_json(text) or (between and not any(_BLANK.search(one) for one in between)):
        return made
    at = made.rfind("\n", 0, entries[-1].start) + 1
    return f"{made[:at]}{line_ending(text)}{made[at:]}"


_BLANK = re.compile(r"\n[ \t]*\r?\n")


def with_entry(text: str, mapping: Mapping, key: str, value: Content) -> str:
    """The text in which a mapping has one more key, behind the others."""
    if not mapping.entries:
        if text[mapping.start : mapping.start + 1] != "{":
            raise RefusedError("there is an empty mapping, which says nothing of its layout")
        inner = f'"{key}": {as_json(value, "")}' if is_json(text) else f"{key}: {in_line(value)}"
        return f"{text[: mapping.start]}{{ {inner} }}{text[mapping.stop :]}"
    last = mapping.entries[-1]
    _assert_here(last.key_stop, last.value)
    if text[mapping.start] == "{":
        indent = _indent(text, last.key_start)
        new = f'"{key}": {as_json(value, indent or "")}' if is_json(text) else f"{key}: {in_line(value)}"
        return _behind(text, last.stop, new, indent)
    column = " " * (mapping.entries[0].key_start - text.rfind("\n", 0, mapping.entries[0].key_start) - 1)
    return _lines_behind(text, last.stop, f"{column}{key}:{below(value, column + '  ')}")


def with_item(text: str, sequence: Sequence, value: Content) -> str:
    """The text in which a list has one more item, at its end."""
    if not sequence.items:
        new = as_json(value, "") if is_json(text) else in_line(value)
        return f"{text[: sequence.start]}[{new}]{text[sequence.stop :]}"
    last = sequence.items[-1]
    _assert_here(sequence.start, last)
    if text[sequence.start] == "[":
        indent = _indent(text, last.start)
        new = as_json(value, indent or "") if is_json(text) else in_line(value)
        return _behind(text, last.stop, new, indent)
    dash = text.rfind("-", sequence.start - 1 if sequence.start else 0, last.start)
    column = " " * (dash - text.rfind("\n", 0, dash) - 1)
    if column and text[dash - len(column) : dash].strip():
        raise RefusedError("a list stands in a form that is not edited here")
    said = below(value, column + "  ").lstrip()
    return _lines_behind(text, last.stop, f"{column}- {said}")


def with_value(path: str, text: str, entry: Entry, value: Content, *, replaces: bool) -> str:
    """The text in which a key has another value, which is written on one line."""
    there = entry.value
    _assert_here(entry.key_stop, there)
    if isinstance(there, Call) and not replaces:
        line = text.count("\n", 0, there.start) + 1
        said = " ".join(text[there.start : there.stop].split())
        raise RefusedError(f"{path}:{line} sets `{entry.key}` to `{said}`: what that is must change")
    stop = there.start + len(text[there.start : there.stop].rstrip())
    if isinstance(there, Sequence) and text[there.start] != "[" and isinstance(value, list):
        colon = text.index(":", entry.key_stop)
        return f"{text[: colon + 1]} {in_line(value)}{text[stop:]}"
    if isinstance(there, Mapping) or (isinstance(there, Sequence) and not isinstance(value, list)):
        raise RefusedError(f"{path} sets `{entry.key}` in a form that is not edited here")
    apart = "" if text[there.start - 1].isspace() or is_json(text) else " "  # Behind a colon with nothing there.
    return f"{text[: there.start]}{apart}{as_json(value, '') if is_json(text) else in_line(value)}{text[stop:]}"


def as_written(node: Node, text: str) -> Content:
    """What a node says, to be written again elsewhere."""
    if isinstance(node, Scalar) and isinstance(node.content, bool | int | str):
        return node.content
    if isinstance(node, Call) and isinstance(node.argument, Scalar):
        return Function(node.name, node.argument.text)
    if isinstance(node, Call) and node.name == "Fn::GetAtt" and isinstance(node.argument, Sequence):
        names = [one.text for one in node.argument.items if isinstance(one, Scalar)]
        if len(names) == len(node.argument.items):
            return Function(node.name, ".".join(names))
    if isinstance(node, Sequence):
        return [as_written(one, text) for one in node.items]
    if isinstance(node, Mapping):
        return {one.key: as_written(one.value, text) for one in node.entries}
    raise RefusedError(f"`{' '.join(text[node.start : node.stop].split())}` cannot be taken over")


def _assert_here(after: int, node: Node) -> None:
    """An alias stands for something that is written elsewhere, perhaps for others as well."""
    if node.start < after:
        raise RefusedError("what would change is written elsewhere, behind an anchor")


def _indent(text: str, at: int) -> str | None:
    """The indentation of what begins a line; None for what has something before it on its line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return None if line.strip() else line


def _behind(text: str, end: int, new: str, indent: str | None) -> str:
    """The text with one more element behind one that ends at `end`, between brackets."""
    rest = text[end:]
    comma = rest.lstrip().startswith(",")
    at = end + rest.index(",") + 1 if comma else end
    apart = " " if indent is None else f"{line_ending(text)}{indent}"
    return f"{text[:at]}{'' if comma else ','}{apart}{new.replace(chr(10), line_ending(text))}{text[at:]}"


def _lines_behind(text: str, end: int, new: str) -> str:
    """The text with lines of their own behind the line on which something ends."""
    end = len(text[:end].rstrip())
    at = text.find("\n", end)
    ending = line_ending(text)
    new = new.replace("\n", ending)
    return f"{text}{ending}{new}{ending}" if at < 0 else f"{text[: at + 1]}{new}{ending}{text[at + 1 :]}"
