"""Trees of templates as plain values, for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.why import Reason
from guardrails.sources.cloudformation.nodes import Broken, Call, Mapping, Node, Scalar, Sequence, Template
from guardrails.sources.cloudformation.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator


def template(text: str) -> Template:
    found = read("template.yaml", text)
    assert isinstance(found, Template), found
    return found


def refused(text: str) -> Reason:
    found = read("template.yaml", text)
    assert isinstance(found, Reason), found
    return found


def plain(node: Node) -> object:
    """The contents; functions in their long form."""
    if isinstance(node, Scalar):
        return node.content
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {entry.key: plain(entry.value) for entry in node.entries}
    if isinstance(node, Call):
        return {node.name: plain(node.argument)}
    assert isinstance(node, Broken)
    return f"<{node.message}>"


def nodes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """All nodes with their paths, outer ones first."""
    yield path, node
    if isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            yield from nodes(item, f"{path}[{at}]")
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from nodes(entry.value, f"{path}.{entry.key}".lstrip("."))
    elif isinstance(node, Call):
        yield from nodes(node.argument, f"{path}.{node.name}".lstrip("."))


def written(text: str) -> dict[str, str]:
    """The text of every value, by its path."""
    found = template(text)
    return {path: found.source.text[node.start : node.stop] for path, node in nodes(found.root) if path}


def keys(text: str) -> dict[str, str]:
    """The text of every key or function name, by the path of its value."""
    found = template(text)
    said: dict[str, str] = {}
    for path, node in nodes(found.root):
        if isinstance(node, Mapping):
            for entry in node.entries:
                said[f"{path}.{entry.key}".lstrip(".")] = found.source.text[entry.key_start : entry.key_stop]
        elif isinstance(node, Call):
            said[f"{path}.{node.name}".lstrip(".")] = found.source.text[node.key_start : node.key_stop]
    return said
