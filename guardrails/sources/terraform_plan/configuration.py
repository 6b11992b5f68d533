"""The configuration in a plan: which arguments are written, and what they refer to.

It lacks local values, dynamic blocks and every function: of an expression it holds the references alone, each followed
by its beginnings (`aws_x.y.arn`, `aws_x.y`), cut where an index is not constant.
"""

from __future__ import annotations

import re

from guardrails.sources.terraform_plan.instances import Instance, steps_of, suffix_of
from guardrails.sources.terraform_plan.shapes import listed, mapping, marked, part, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

_TOKEN = re.compile(r'\.?([^.\[\]]+)|\[(\d+|"(?:[^"\\]|\\.)*")\]')
_DEEPEST = 32
_REPEATED = frozenset(("each.key", "count.index"))
_OF_THE_PLACE = ("path.", "terraform.", "tofu.")
VALUES_OF_PROVIDERS = ("random", "time", "tls", "null", "terraform", "external", "http", "local", "archive")
"""Providers whose resources are no places that anything is attached to: what they give is a part of names."""


class Lead:
    """What an argument that is not known was found to refer to: an attribute of an instance, or why that is not
    seen."""

    __slots__ = ("address", "lost", "path")

    def __init__(self, address: str = "", path: tuple[str | int, ...] = (), lost: str = "") -> None:
        self.address = address
        self.path = path
        self.lost = lost
        """The local value on which the way to it ends."""


class Configuration:
    """The module tree of a plan, with the instances that it led to."""

    def __init__(self, root: dict[str, Any], resources: Sequence[Instance]) -> None:
        self.root = mapping(root.get("root_module"))
        self.providers = mapping(root.get("provider_config"))
        self._blocks: dict[int, dict[str, dict[str, Any]]] = {}
        self._instances = {instance.address: instance for instance in resources}
        self._keys: dict[tuple[str, str], list[int | str | None]] = {}
        self._module_keys: dict[tuple[str, str], dict[str, None]] = {}
        for instance in resources:
            self._keys.setdefault((instance.module, instance.block), []).append(instance.key)
            above = ""
            for name, suffix in steps_of(instance.module):
                self._module_keys.setdefault((above, name), {}).setdefault(suffix)
                above = f"{above}module.{name}{suffix}."

    def sensitive_variables(self, values: dict[str, Any]) -> list[object]:
        """Those of the root's values whose variable is declared to be sensitive."""
        declared = mapping(self.root.get("variables"))
        return [value for name, value in values.items() if mapping(declared.get(name)).get("sensitive") is True]

    def __bool__(self) -> bool:
        return bool(self.root)

    def module(self, module: str) -> dict[str, Any] | None:
        """The configuration of a module instance; None where the tree does not hold it."""
        found = self.root
        for name, _ in steps_of(module):
            call = mapping(found.get("module_calls")).get(name)
            if not isinstance(call, dict):
                return None
            found = mapping(call.get("module"))
        return found

    def block(self, instance: Instance) -> dict[str, Any] | None:
        """The block that an instance was made of; None where it is not there."""
        module = self.module(instance.module)
        if module is None:
            return None
        blocks = self._blocks.get(id(module))
        if blocks is None:
            blocks = self._blocks[id(module)] = {
                string(mapping(one).get("address")): mapping(one) for one in listed(module.get("resources"))
            }
        return blocks.get(instance.block)

    # --- references

    def leads(self, expression: object, instance: Instance) -> list[Lead]:
        """What an argument of an instance refers to that is not known: one entry for each reference."""
        return list(self._leads(chains(expression), _Viewer(instance.module, instance), 0))

    def is_given_unknown(self, module: str) -> bool:
        """Whether a module instance is given anything that is known only after apply, as far as references show."""
        if not module:
            return False
        above, call = self._call(module)
        given = mapping(call.get("expressions")).values()
        viewer = _Viewer(above, module)
        return any(True for expression in given for _ in self._leads(chains(expression), viewer, 0))

    def _leads(self, references: Sequence[str], viewer: _Viewer, depth: int) -> Iterable[Lead]:
        keyed = viewer.keyed or not _REPEATED.isdisjoint(references)
        for reference in references:
            if reference in _REPEATED or reference.startswith(_OF_THE_PLACE) or depth > _DEEPEST:
                continue
            steps = _steps(reference)
            head = steps[0] if len(steps) > 1 else ""
            if head == "local":
                yield Lead(lost=reference)
            elif head == "var":
                yield from self._variable(str(steps[1]), viewer.module, depth)
            elif head == "module":
                yield from self._output(steps, viewer, depth, keyed=keyed)
            elif head == "each":
                yield from self._each(steps, viewer, depth)
            elif head not in ("", "self", "count"):
                yield from self._resource(steps, viewer, keyed=keyed)

    def _variable(self, name: str, module: str, depth: int) -> Iterable[Lead]:
        if not module:
            return  # a plan knows the values of the root's variables
        above, call = self._call(module)
        given = mapping(call.get("expressions")).get(name)
        yield from self._leads(chains(given), _Viewer(above, module), depth + 1)

    def _call(self, module: str) -> tuple[str, dict[str, Any]]:
        """The module above a module instance, and the call in it."""
        steps = steps_of(module)
        above = "".join(f"module.{name}{suffix}." for name, suffix in steps[:-1])
        return above, mapping(mapping((self.module(above) or {}).get("module_calls")).get(steps[-1][0]))

    def _output(self, steps: Sequence[str | _Key], viewer: _Viewer, depth: int, *, keyed: bool) -> Iterable[Lead]:
        name, rest = str(steps[1]), list(steps[2:])
        suffix = _leading_key(rest)
        if suffix is None:
            suffix = _chosen(self._module_keys.get((viewer.module, name), {"": None}), viewer if keyed else None)
        if suffix is None or not rest:
            return
        inner = f"{viewer.module}module.{name}{suffix}."
        outputs = mapping((self.module(inner) or {}).get("outputs"))
        found = mapping(mapping(outputs.get(str(rest[0]))).get("expression"))
        yield from self._leads(chains(found), _Viewer(inner, None), depth + 1)

    def _each(self, steps: Sequence[str | _Key], viewer: _Viewer, depth: int) -> Iterable[Lead]:
        if isinstance(viewer.repeated, Instance):
            source = (self.block(viewer.repeated) or {}).get("for_each_expression")
        elif viewer.repeated:
            source = self._call(viewer.repeated)[1].get("for_each_expression")
        else:
            return
        path = tuple(step.plain if isinstance(step, _Key) else step for step in steps[2:])
        for lead in self._leads(chains(source), _Viewer(viewer.module, viewer.repeated, keyed=True), depth + 1):
            yield Lead(lead.address, (*lead.path, *path), lead.lost)

    def _resource(self, steps: Sequence[str | _Key], viewer: _Viewer, *, keyed: bool) -> Iterable[Lead]:
        kind = f"data.{steps[1]}" if steps[0] == "data" and len(steps) > 2 else str(steps[0])
        at = 3 if kind.startswith("data.") else 2
        block = f"{kind}.{steps[at - 1]}"
        rest = list(steps[at:])
        keys = self._keys.get((viewer.module, block))
        if keys is None:
            return
        suffix = _leading_key(rest) if None not in keys else None
        if suffix is None:
            suffix = _chosen({suffix_of(key): None for key in keys}, viewer if keyed else None)
        instance = self._instances.get(f"{viewer.module}{block}{suffix}") if suffix is not None else None
        if instance is None:
            return
        path = tuple(step.plain if isinstance(step, _Key) else step for step in rest)
        if path and not _is_open(instance, path):
            return
        if instance.type.partition("_")[0] not in VALUES_OF_PROVIDERS:
            yield Lead(instance.address, path)

    # --- constants

    def constant(self, expression: object, module: str, variables: dict[str, Any], fits: Callable[[str], bool]) -> str:
        """A text that is written, or is the value of a variable; empty where it is not seen.

        What is made of a variable is not seen, so that the value must be fit for what it is to be.
        """
        written = mapping(expression)
        if "constant_value" in written:
            return string(written["constant_value"])
        references = chains(expression)
        for _ in range(_DEEPEST):
            steps = _steps(references[0]) if len(references) == 1 else []
            if len(steps) != 2 or steps[0] != "var":
                return ""
            name = str(steps[1])
            if not module:
                found = string(variables.get(name))
                return found if fits(found) else ""
            module, call = self._call(module)
            written = mapping(mapping(call.get("expressions")).get(name))
            if "constant_value" in written:
                return string(written["constant_value"])
            references = chains(written)
        return ""


class _Viewer:
    """Who refers: a module, and whose key `each` and `count` mean there, that of an instance or of a module
    instance."""

    __slots__ = ("keyed", "module", "repeated")

    def __init__(self, module: str, repeated: Instance | str | None, *, keyed: bool = False) -> None:
        self.module = module
        self.repeated = repeated
        self.keyed = keyed
        """Whether an index that was cut is surely that key."""


def _chosen(suffixes: Iterable[str], viewer: _Viewer | None) -> str | None:
    """The key that a reference without key means: the only one there is, or that of whoever refers."""
    known = list(suffixes)
    if len(known) == 1:
        return known[0]
    if viewer is None or viewer.repeated is None:
        return None
    repeated = viewer.repeated
    own = suffix_of(repeated.key) if isinstance(repeated, Instance) else steps_of(repeated)[-1][1]
    return own if own in known else None


def _is_open(instance: Instance, path: tuple[str | int, ...]) -> bool:
    """Whether an attribute is not known: one that is cannot be why something else is not."""
    if not instance.is_open:
        return False
    mask = instance.unknown
    for step in path:
        mask = part(mask, step)
    return marked(mask)


class _Key:
    """An index in a reference."""

    __slots__ = ("plain", "suffix")

    def __init__(self, written: str) -> None:
        self.suffix = f"[{written}]"
        self.plain: str | int = int(written) if written.isdigit() and len(written) < 10 else written.strip('"')


def _leading_key(rest: list[str | _Key]) -> str | None:
    """The index that comes first, as it stands in an address; it is taken away."""
    first = rest[0] if rest else None
    if not isinstance(first, _Key):
        return None
    rest.pop(0)
    return first.suffix


def _steps(reference: str) -> list[str | _Key]:
    return [found[1] if found[1] is not None else _Key(found[2]) for found in _TOKEN.finditer(reference)]


def chains(expression: object) -> list[str]:
    """The references of an expression, each once and as long as it is, without its beginnings."""
    found: list[str] = []
    references = [one for one in listed(mapping(expression).get("references")) if isinstance(one, str)]
    last = ""
    for reference in references:
        if last and reference != last and last.startswith(reference) and last[len(reference)] in ".[":
            continue
        last = reference
        if reference not in found:
            found.append(reference)
    return found
