"""Random modules: planned by terraform itself; and with variables unset, against every way they turn out when set.

`GUARDRAILS_MODULE_ROUNDS` asks for more than the usual rounds.
"""

from __future__ import annotations

import os
import random
import re
from typing import TYPE_CHECKING

import pytest
from agreement import admits, disagreements
from module_cases import Writer
from planning import TERRAFORM, plan
from roots import addresses, write

from guardrails.kernel.truth import Verdict
from guardrails.sources.terraform.project import load
from guardrails.sources.terraform.values import EvalError, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from guardrails.sources.terraform.deployment import TerraformDeployment
    from guardrails.sources.terraform.instances import Resource
    from guardrails.sources.terraform.module_scope import ModuleInstance

ROUNDS = int(os.environ.get("GUARDRAILS_MODULE_ROUNDS", "4"))
CASES = 8
"""Modules planned at once: starting terraform takes as long as planning several."""

ASSIGNMENTS = 4


def instances(deployment: TerraformDeployment) -> dict[str, Resource]:
    """Every resource instance by address."""

    def below(module: ModuleInstance) -> Iterator[Resource]:
        for kind, name in module.source.resources:
            yield from module.resources("managed", kind, name).instances
        for name in module.source.modules:
            for child in module.children(name).instances:
                yield from below(child)

    return {resource.address: resource for resource in below(deployment.root)}


@pytest.mark.terraform
@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path")
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_plans_of_random_modules(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    main = []
    for i in range(CASES):
        Writer(chance).write(tmp_path / f"c{i}")
        main += [f'module "c{i}" {{\n  source = "./c{i}"\n}}', f'output "c{i}" {{\n  value = module.c{i}\n}}']
    write(tmp_path, {"main.tf": "\n".join(main) + "\n"})
    planned = plan(tmp_path)
    (deployment,) = load([str(tmp_path)]).deployments
    ours = instances(deployment)
    assert sorted(addresses(deployment)) == sorted(planned.instances)
    problems: list[str] = []
    missed = 0
    for address, (after, unknown) in planned.instances.items():
        found, missing = disagreements(ours[address].argument("input"), after, unknown, address)
        problems, missed = problems + found, missed + missing
    for name, (after, unknown) in planned.outputs.items():
        found, missing = disagreements(deployment.root.output(name), after, unknown, name)
        problems, missed = problems + found, missed + missing
    assert problems == []
    assert missed == 0
    assert not deployment.gaps()


def covers(ours: str, address: str) -> bool:
    """Whether an address, perhaps with keys that are not known, may stand for this one."""
    key = re.escape("[?]")
    pattern = re.escape(ours).replace(key, r'\[(?:\d+|\?|"(?:[^"\\]|\\.)*")\]')
    return re.fullmatch(pattern, address) is not None


@pytest.mark.parametrize("seed", range(10 * ROUNDS))
def test_what_is_known_without_values_holds_with_any(tmp_path: Path, seed: int) -> None:
    writer = Writer(random.Random(seed), unset=0.7)
    folder = tmp_path / "root"
    module = writer.write(folder)
    (before,) = load([str(folder)]).deployments
    assert not before.gaps()
    vague = instances(before)
    outputs = {name: before.root.output(name) for name in before.root.source.outputs}
    for _ in range(ASSIGNMENTS):
        (folder / "terraform.tfvars").write_text(writer.values(module))
        (after,) = load([str(folder)]).deployments
        exact = instances(after)
        if after.gaps():
            continue  # these values do not go together: terraform would refuse them too
        assert [
            address
            for address, resource in vague.items()
            if resource.exists.verdict is Verdict.TRUE and "[?]" not in address and address not in exact
        ] == []
        for address, resource in exact.items():
            stands_for_it = [other for mine, other in vague.items() if covers(mine, address)]
            assert stands_for_it, address
            value = outcome(resource)
            if value is not None:
                assert any(admits(other.argument("input"), value) for other in stands_for_it), address
        for name, value in outputs.items():
            try:
                assert admits(value, after.root.output(name)), name
            except EvalError:
                assert isinstance(value, Unknown)


def outcome(resource: Resource) -> object:
    """The value of its `input`; None where terraform would refuse it."""
    try:
        return resource.argument("input")
    except EvalError:
        return None
