"""Which templates are deployed by themselves, and with what."""

from __future__ import annotations

from guardrails.sources.cloudformation.deployment import StackDeployment
from guardrails.sources.cloudformation.nested import NESTS
from guardrails.sources.cloudformation.nodes import Mapping, Scalar
from guardrails.sources.cloudformation.stack import Run, Stack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary

    from guardrails.sources.cloudformation.load import Options
    from guardrails.sources.cloudformation.nodes import Template
    from guardrails.sources.cloudformation.templates import Templates


def deployments(
    found: Dictionary[str, Template], named: frozenset[str], templates: Templates, options: Options
) -> tuple[StackDeployment, ...]:
    """A deployment for each template that no other one nests, or that was `named` itself."""
    made = {path: _deployment(path, template, templates, options) for path, template in found.items()}
    nested: dict[str, set[str]] = {}
    for path, template in found.items():
        if nests(template):
            nested[path] = {stack.path for stack in made[path].stacks()} - {path}
    if not nested:
        return tuple(made.values())
    below = set().union(*nested.values())
    roots = [path for path in made if path not in below or path in named]
    reached = set(roots).union(*(nested.get(path, ()) for path in roots))
    for path in made:  # templates that nest each other in a circle
        if path not in reached:
            roots.append(path)
            reached |= {path} | nested.get(path, set())
    return tuple(made[path] for path in made if path in roots)


def nests(template: Template) -> bool:
    """Whether a template has nested stacks."""
    resources = template.root.get("Resources")
    if not isinstance(resources, Mapping):
        return False
    for entry in resources.entries:
        kind = entry.value.get("Type") if isinstance(entry.value, Mapping) else None
        if isinstance(kind, Scalar) and kind.text in NESTS:
            return True
    return False


def _deployment(path: str, template: Template, templates: Templates, options: Options) -> StackDeployment:
    def open_root() -> Stack:
        return Stack(Run(options.facts, templates), template, options.parameters, path)

    return StackDeployment(template.source.path, open_root)
