"""The address of a module that is not here is told without the secrets in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("terraform-aws-modules/vpc/aws", "terraform-aws-modules/vpc/aws"),
        ("git::https://host.example/m.git?ref=v1&depth=1", "git::https://host.example/m.git?ref=v1&depth=1"),
        ("git::https://me:hunter2@host.example/m.git?ref=v1", "git::https://…@host.example/m.git?ref=v1"),
        ("https://hunter2@host.example/m.zip", "https://…@host.example/m.zip"),
        ("git::ssh://git@host.example/m.git", "git::ssh://git@host.example/m.git"),
        ("git@host.example:m.git", "git@host.example:m.git"),
        ("git::ssh://git@host.example/m.git?sshkey=hunter2&ref=a", "git::ssh://git@host.example/m.git?sshkey=…&ref=a"),
        (
            "s3::https://b.example/m.zip?aws_access_key_secret=hunter2",
            "s3::https://b.example/m.zip?aws_access_key_secret=…",
        ),
    ],
)
def test_a_module_that_is_not_downloaded(tmp_path: Path, source: str, told: str) -> None:
    (tmp_path / "main.tf").write_text(f'module "m" {{\n  source = "{source}"\n}}\n')
    (deployment,) = load(["."], working_directory=str(tmp_path)).deployments
    (gap,) = deployment.gaps()

    assert gap.detail == f"module `m` ({told}) is not downloaded"
