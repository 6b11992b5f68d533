"""Plans and states written by hand, in the form in which terraform writes them, and the scan of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from guardrails.sources.terraform_plan.load import Options, load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.block import Block, Deployment
    from guardrails.sources.terraform_plan.load import Loaded

_IN_MODULE = re.compile(r"(?:module\.[^.\[]+(?:\[[^\]]*\])?\.)+")
PROVIDER = "registry.terraform.io/hashicorp/aws"


def change(address: str, after: object = None, **more: object) -> dict[str, Any]:
    """One entry of `resource_changes`: by default something that will be created."""
    inside = _IN_MODULE.match(address)
    own = address[inside.end() :] if inside else address
    module = address.removesuffix(own).rstrip(".")
    mode = "data" if own.startswith("data.") else "managed"
    kind, _, rest = own.removeprefix("data.").partition(".")
    name, bracket, key = rest.partition("[")
    return {
        "address": address,
        **({"module_address": module} if module else {}),
        "mode": mode,
        "type": kind,
        "name": name,
        **({"index": json.loads(key[:-1])} if bracket else {}),
        "provider_name": PROVIDER,
        **{key: value for key, value in more.items() if key in ("deposed", "previous_address")},
        "change": {
            "actions": more.get("actions", ["create"]),
            "before": None,
            "after": after,
            "after_unknown": more.get("unknown", {}),
            "after_sensitive": more.get("sensitive", {}),
        },
    }


def configured(address: str, **expressions: object) -> dict[str, Any]:
    """One entry of the `resources` of a module's configuration."""
    kind, _, name = address.removeprefix("data.").partition(".")
    return {
        "address": address,
        "mode": "data" if address.startswith("data.") else "managed",
        "type": kind,
        "name": name,
        "provider_config_key": "aws",
        **{key: expressions.pop(key) for key in ("for_each_expression", "count_expression") if key in expressions},
        "expressions": expressions,
    }


def plan(*changes: dict[str, Any], root: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "configuration": {"root_module": root or {}},
        "complete": True,
        "errored": False,
        **more,
    }


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def loaded(path: Path, *code: Path, facts: dict[str, str] | None = None) -> Loaded:
    return load([str(path)], Options([str(folder) for folder in code], None, facts or {}))


def deployment(path: Path, content: object, *code: Path) -> Deployment:
    """The one deployment that a file is."""
    found = loaded(write(path, content), *code)
    assert [gap.detail for gap in found.gaps] == []
    assert len(found.deployments) == 1
    return found.deployments[0]


def block(deployment: Deployment, address: str) -> Block:
    """The block of the one resource with this address."""
    found = [raw for kind in deployment.types() for raw in deployment.resources(kind) if raw.address == address]
    assert len(found) == 1
    return found[0].block
