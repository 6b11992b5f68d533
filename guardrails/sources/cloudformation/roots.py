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

    from guardrails.sources.cloudformation.cdk import Artifact
    from guardrails.sources.cloudformation.given import Given
    from guardrails.sources.cloudformation.nodes import Template
    from guardrails.sources.cloudformation.templates import Templates


MOST_OPENED = 20_000
"""Nested stacks that are opened to find out which templates are nested; what more are is judged by itself as well."""


class Roots:
    """The deployments of some templates."""

    def __init__(
        self,
        found: Dictionary[str, Template],
        artifacts: Dictionary[str, Artifact],
        templates: Templates,
        given: Given,
        facts: Dictionary[str, str],
    ) -> None:
        """`artifacts` are what assemblies say of templates; all by real path."""
        self._found = found
        self._shown = {path: template.source.path for path, template in found.items()}
        self._artifacts = artifacts
        self._templates = templates
        self._given = given
        self._facts = facts
        self._exports = Exports()

    def deployments(self, named: frozenset[str], judged: frozenset[str] | None = None) -> tuple[StackDeployment, ...]:
        """A deployment for each template that no other one nests, or that was `named` itself, and each environment.
        `judged`: only of these; what others export is known all the same."""
        nested: dict[str, set[str]] = {}
        opened = 0
        for path, template in self._found.items():
            if nests(template) and opened < MOST_OPENED:
                one = self._of(path)[0]
                nested[path] = {stack.path for stack in one.stacks()} - {path}
                opened += len(one.stacks())
                one.release()
        below = set().union(*nested.values())
        roots = {path for path in self._found if path not in below or path in named}
        reached = roots.union(*(nested.get(path, ()) for path in roots))
        for path in self._found:  # templates that nest each other in a circle
            if path not in reached:
                roots.add(path)
                reached |= {path} | nested.get(path, set())
        self._exports.of([opening for path in self._found if path in roots for opening in self._openings(path, None)])
        made = tuple(deployment for path in self._found if path in roots for deployment in self._of(path))
        if judged is None:
            return made
        real = {self._shown[path] for path in judged & self._shown.keys()}
        return tuple(deployment for deployment in made if deployment.path in real)

    def _of(self, path: str) -> list[StackDeployment]:
        """The deployments of one template: one for each environment."""
        shown, templates = self._shown[path], self._templates
        environments = self._given.of(path)
        openings = self._openings(path, self._exports.value)
        return [
            StackDeployment(
                shown, f"{shown} ({environment})" if environment else shown, opening, lambda: templates.forget(path)
            )
            for (environment, _), opening in zip(environments, openings, strict=True)
        ]

    def _openings(self, path: str, exported: Callable[[str], object] | None) -> list[Callable[[], Stack]]:
        """What opens the template at a path, for each environment. What is opened to find out what it exports imports
        nothing itself."""
        return [self._opening(path, values, exported) for _, values in self._given.of(path)]

    def _opening(
        self, path: str, values: Dictionary[str, object], exported: Callable[[str], object] | None
    ) -> Callable[[], Stack]:
        artifact = self._artifacts.get(path)
        facts = {**self._facts, **artifact.facts} if artifact is not None else self._facts
        templates = self._templates

        def open_root() -> Stack:
            root = Stack(Run(facts, templates, exported), templates.again(path), values, path)
            root.artifact = artifact
            return root

        return open_root


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


class Exports:
    """What all scanned stacks export, worked out when one of them imports anything."""

    def __init__(self) -> None:
        self._openings: Sequence[Callable[[], Stack]] = ()
        self._found: dict[str, object] | None = None

    def of(self, openings: Sequence[Callable[[], Stack]]) -> None:
        self._openings = openings

    def value(self, name: str) -> object:
        """The value of an export; None where there is none, or several, or it is not known."""
        if self._found is None:
            found: dict[str, list[object]] = {}
            for opening in self._openings:
                deployment = StackDeployment("", "", opening)
                for exported, value in deployment.exports():
                    found.setdefault(exported, []).append(value)
                deployment.release()
            self._found = {
                exported: values[0]
                for exported, values in found.items()
                if not isinstance(values[0], Unknown) and all(value == values[0] for value in values)
            }
        return self._found.get(name)
