"""What may decide how many blocks a new resource has, where a plan does not say.

Terraform writes a dynamic block whose collection is known only after apply, and a block that the provider will compute,
in the same way, and leaves dynamic blocks out of the configuration. The collection has to come from somewhere: from
what the module is given, or from something beside the resource that does not hang on that itself.
"""

from __future__ import annotations

from guardrails.sources.terraform_plan.instances import steps_of
from guardrails.sources.terraform_plan.shapes import listed, mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrails.sources.terraform_plan.configuration import Configuration
    from guardrails.sources.terraform_plan.instances import Instance


class Influence:
    """The unknown parts of each module of a plan, and what they refer to."""

    def __init__(self, resources: Sequence[Instance], configuration: Configuration) -> None:
        self._configuration = configuration
        self._unknown: dict[str, dict[str, None]] = {}
        """By module instance, the blocks and calls in it of which something is known only after apply."""
        for instance in resources:
            if instance.is_open:
                self._unknown.setdefault(instance.module, {}).setdefault(instance.block)
                above = ""
                for name, suffix in steps_of(instance.module):
                    self._unknown.setdefault(above, {}).setdefault(f"module.{name}")
                    above = f"{above}module.{name}{suffix}."
        self._mentions: dict[str, dict[str, frozenset[str]]] = {}
        self._found: dict[tuple[str, str], bool] = {}

    def may_reach(self, instance: Instance) -> bool:
        """Whether something that is known only after apply may decide what an instance is."""
        key = (instance.module, instance.block)
        found = self._found.get(key)
        if found is None:
            given = self._configuration.is_given_unknown(instance.module)
            found = self._found[key] = given or self._is_beside(instance)
        return found

    def _is_beside(self, instance: Instance) -> bool:
        mentions = self._mentions_in(instance.module)
        hanging = {instance.block}
        left = set(self._unknown.get(instance.module, ())) - hanging
        while True:
            found = {one for one in left if not hanging.isdisjoint(mentions.get(one, ()))}
            if not found:
                return bool(left)
            hanging |= found
            left -= found

    def _mentions_in(self, module: str) -> dict[str, frozenset[str]]:
        """By block or call of a module, the blocks and calls that it refers to."""
        found = self._mentions.get(module)
        if found is None:
            content = self._configuration.module(module) or {}
            parts = {str(mapping(one).get("address")): one for one in listed(content.get("resources"))}
            parts |= {f"module.{name}": call for name, call in mapping(content.get("module_calls")).items()}
            found = self._mentions[module] = {
                name: frozenset(_head(reference) for reference in _references(_own(part)))
                for name, part in parts.items()
            }
        return found


def _own(part: object) -> dict[str, object]:
    """What is written in a block or call itself, and not inside of the module that is called."""
    return {name: said for name, said in mapping(part).items() if name != "module"}


def _references(written: object) -> Iterator[str]:
    waiting = [written]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            yield one


def _head(reference: str) -> str:
    """The block or call that a reference begins with, `aws_x.y`, `data.aws_x.y` or `module.z`."""
    steps = reference.replace("[", ".").split(".")
    return ".".join(steps[: 3 if steps[0] == "data" else 2])
