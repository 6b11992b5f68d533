"""Roots made of texts, and what is asked of them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.truth import Verdict
from guardrails.sources.terraform.hcl import parse_expression
from guardrails.sources.terraform.project import Options, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from guardrails.kernel.block import Block, RawResource
    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.sources.terraform.deployment import TerraformDeployment


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def deployed(folder: Path, files: Mapping[str, str] | str, options: Options | None = None) -> TerraformDeployment:
    """The one deployment that these files make: a single text is `main.tf`."""
    write(folder, {"main.tf": files} if isinstance(files, str) else files)
    found = load([str(folder)], options).deployments
    assert [deployment.target for deployment in found] == [str(folder)]
    return found[0]


def says(deployment: TerraformDeployment, expression: str) -> object:
    """The value of an expression in the root module, as the evaluator holds it."""
    return parse_expression(SourceFile("expression", expression)).evaluate(deployment.root)


def resource(deployment: TerraformDeployment, address: str) -> RawResource:
    """The resource or data source with this address."""
    found = {raw.address: raw for kind in deployment.types() for raw in deployment.resources(kind)}
    return found[address]


def attribute(deployment: TerraformDeployment, address: str, name: str) -> Value[object]:
    return resource(deployment, address).block.attribute(name)


def addresses(deployment: TerraformDeployment, type: str = "terraform_data") -> list[str]:
    """The addresses of a type in order, those that may not exist with a question mark behind them."""
    return [
        raw.address if raw.exists.verdict is Verdict.TRUE else f"{raw.address} ?" for raw in deployment.resources(type)
    ]


def blocks(many: Many[Block]) -> list[Block]:
    """The members of a complete collection that certainly exist."""
    assert not many.gaps
    assert all(exists.verdict is Verdict.TRUE for _, exists in many.members())
    return [block for block, _ in many.members()]


def texts(many: Many[Value[object]]) -> list[object]:
    """The contents of a complete collection of known values."""
    assert not many.gaps
    assert all(value.settled for value, _ in many.members())
    return [value.or_none() for value, _ in many.members()]
