"""The templates on the pages of policies are ones that CloudFormation takes: their types, properties and what is
required, as its own schemas say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cloudformation_schemas import has_property, schema_of, types

from guardrails import plugins
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar, Sequence, Template
from guardrails.sources.cloudformation.reading import read
from guardrails.testing import page_of, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADED = plugins.load()
PAGES = [page_of(policy) for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
TEXTS = {
    f"{page.stem}:{example.line}:{file.name}": file.text
    for page in PAGES
    for example in read_page(page.name, page.read_text(encoding="utf-8")).examples
    if example.language == "yaml"
    for file in example.files
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_template_is_one_that_cloudformation_takes(text: str) -> None:
    assert list(_faults(text)) == []


def _faults(text: str) -> Iterator[str]:
    template = read("template.yaml", text)
    assert isinstance(template, Template)
    assert template.faults == ()
    resources = template.root.get("Resources")
    assert isinstance(resources, Mapping)
    for entry in resources.entries:
        assert isinstance(entry.value, Mapping)
        kind = entry.value.get("Type")
        assert isinstance(kind, Scalar)
        if kind.text not in types():
            yield f"{entry.key}: there is no type {kind.text}"
            continue
        properties = entry.value.get("Properties")
        written = set(_paths(properties, "")) if properties is not None else set()
        for path in sorted(written):
            if not has_property(kind.text, path):
                yield f"{entry.key}: {kind.text} has no {path}"
        for name in schema_of(kind.text).get("required") or ():
            if name not in written:
                yield f"{entry.key}: {kind.text} needs {name}"


def _paths(node: Node, above: str) -> Iterator[str]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _paths(item, above)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            path = f"{above}.{entry.key}" if above else entry.key
            yield path
            yield from _paths(entry.value, path)
