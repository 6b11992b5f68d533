"""The real terraform as the judge of whole modules: plans of configurations that need no provider."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TERRAFORM = shutil.which("terraform")


@dataclass(frozen=True)
class Planned:
    """What terraform would do: the instances it would create by address, and the outputs of the root.

    A value comes with its mask of unknown parts: True for one that is unknown as a whole.
    """

    instances: Mapping[str, tuple[object, object]]
    """The `input` of each."""
    outputs: Mapping[str, tuple[object, object]]


def plan(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Planned:
    """Plans a root that is valid and holds nothing but `terraform_data`."""
    _run(root, "init", "-input=false", "-no-color", environment=environment)
    _run(
        root, "plan", "-input=false", "-no-color", "-refresh=false", "-lock=false", "-out=plan", *arguments,
        environment=environment,
    )  # fmt: skip
    shown: dict[str, Any] = json.loads(_run(root, "show", "-json", "plan"), parse_float=Decimal)
    instances = {
        change["address"]: (
            change["change"]["after"].get("input"),
            change["change"]["after_unknown"].get("input", False),
        )
        for change in shown.get("resource_changes", ())
        if change["mode"] == "managed"
    }
    outputs = {
        name: (change.get("after"), change.get("after_unknown", False))
        for name, change in shown.get("output_changes", {}).items()
    }
    return Planned(instances, outputs)


def _run(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    assert TERRAFORM is not None
    quiet = {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(
        [TERRAFORM, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        env={**inherited, **quiet, **(environment or {})},
        timeout=300,
    )
    assert done.returncode == 0, f"terraform {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
