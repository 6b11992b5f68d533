"""Stacks of templates that tests write, and what is worked out in them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from guardrails.sources.cloudformation.deployment import StackDeployment
from guardrails.sources.cloudformation.evaluation import evaluate
from guardrails.sources.cloudformation.load import Options, load
from guardrails.sources.cloudformation.nodes import Mapping, Node, Template
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.cloudformation.stack import Run, Stack
from guardrails.sources.terraform.values import Choice, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary
    from pathlib import Path

    from guardrails.kernel.block import RawResource
    from guardrails.sources.cloudformation.load import Loaded

HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\n'


def template(text: str) -> Template:
    found = read("template.yaml", HEAD + textwrap.dedent(text))
    assert isinstance(found, Template), found
    return found


def stack(text: str, given: Dictionary[str, object] | None = None, facts: Dictionary[str, str] | None = None) -> Stack:
    return Stack(Run(facts or {}), template(text), given or {}, "/template.yaml")


def node_of(stack: Stack, *path: str) -> Node:
    found: Node = stack.template.root
    for step in path:
        assert isinstance(found, Mapping)
        below = found.get(step)
        assert below is not None, step
        found = below
    return found


def value(
    expression: str,
    text: str = "",
    given: Dictionary[str, object] | None = None,
    facts: Dictionary[str, str] | None = None,
) -> object:
    """What an expression comes to beside the rest of a template."""
    made = stack(f"{textwrap.dedent(text)}\nExpression: {expression}\n", given, facts)
    return evaluate(node_of(made, "Expression"), made.base)


def refused(found: object) -> str:
    """Why something is not known."""
    assert isinstance(found, Unknown), found
    assert not isinstance(found, Choice)
    return found.reasons[0].detail


def deployment(
    text: str, given: Dictionary[str, object] | None = None, facts: Dictionary[str, str] | None = None
) -> StackDeployment:
    return StackDeployment("template.yaml", "template.yaml", lambda: stack(text, given, facts))


def resource(
    text: str, given: Dictionary[str, object] | None = None, facts: Dictionary[str, str] | None = None, name: str = "R"
) -> RawResource:
    made = deployment(text, given, facts)
    for kind in made.types():
        for raw in made.resources(kind):
            if raw.address == name:
                return raw
    raise LookupError(name)


def loaded(folder: Path, options: Options | None = None, *paths: str) -> Loaded:
    return load(paths or (str(folder),), options, str(folder))


def write(folder: Path, **files: str) -> None:
    """Templates by name; `__` stands for a slash and what is written is dedented."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
