"""Which templates are deployed by themselves, and with what."""

from __future__ import annotations

from guardrails.sources.cloudformation.deployment import StackDeployment
from guardrails.sources.cloudformation.nested import NESTS
from guardrails.sources.cloudformation.nodes import Mapping, Scalar
from guardrails.sources.cloudformation.stack import Run, Stack
from guardrails.sources.terraform.values import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Mapping as Dictionary

    from guardrails.sources.cloudformation.given import Given
    from guardrails.sources.cloudformation.load import Options
    from guardrails.sources.cloudformation.nodes import Template
    from guardrails.sources.cloudformation.templates import Templates


def deployments(
    found: Dictionary[str, Template], named: frozenset[str], templates: Templates, given: Given, options: Options
) -> tuple[StackDeployment, ...]:
    """A deployment for each template that no other one nests, or that was `named` itself, and for each environment."""
    exports = Exports()
    nested: dict[str, set[str]] = {}
    for path, template in found.items():
        if nests(template):
            one = _deployments(path, template, templates, given, options, exports)[0]
            nested[path] = {stack.path for stack in one.stacks()} - {path}
            one.release()
    below = set().union(*nested.values())
    roots = [path for path in found if path not in below or path in named]
    reached = set(roots).union(*(nested.get(path, ()) for path in roots))
    for path in found:  # templates that nest each other in a circle
        if path not in reached:
            roots.append(path)
            reached |= {path} | nested.get(path, set())
    made = [
        deployment
        for path, template in found.items()
        if path in roots
        for deployment in _deployments(path, template, templates, given, options, exports)
    ]
    exports.of(made)
    return tuple(made)


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


def _deployments(
    path: str, template: Template, templates: Templates, given: Given, options: Options, exports: Exports
) -> list[StackDeployment]:
    def root_with(values: Dictionary[str, object]) -> Callable[[], Stack]:
        return lambda: Stack(Run(options.facts, templates, exports.value), template, values, path)

    shown = template.source.path
    return [
        StackDeployment(shown, f"{shown} ({environment})" if environment else shown, root_with(values))
        for environment, values in given.of(path)
    ]


class Exports:
    """What all scanned stacks export, worked out when one of them imports anything."""

    def __init__(self) -> None:
        self._deployments: Sequence[StackDeployment] = ()
        self._found: dict[str, object] | None = None

    def of(self, deployments: Sequence[StackDeployment]) -> None:
        self._deployments = deployments

    def value(self, name: str) -> object:
        """The value of an export; None where there is none, or several, or it is not known."""
        if self._found is None:
            self._found = {}  # what is imported to be exported is not found meanwhile
            found: dict[str, list[object]] = {}
            for deployment in self._deployments:
                again = deployment.again()
                for exported, value in again.exports():
                    found.setdefault(exported, []).append(value)
                again.release()
            self._found = {
                exported: values[0]
                for exported, values in found.items()
                if not isinstance(values[0], Unknown) and all(value == values[0] for value in values)
            }
        return self._found.get(name)
