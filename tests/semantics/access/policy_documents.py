"""Policies from plain data, lowered as any other, for tests of what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrails.lower.world import open_world
from guardrails.model import AccessPolicy, Context, OrganizationPolicy, Statement
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from guardrails.kernel.many import Many

VECTORS: dict[str, Any] = json.loads(
    Path(__file__).with_name("iam-policy-evaluation.vectors.json").read_text(encoding="utf-8")
)


def policies_of(folder: Path, documents: list[Any]) -> Many[AccessPolicy]:
    """Policy documents, each as a policy of its own.

    They are written as JSON texts, so that no wildcard or `${…}` in them means anything to Terraform.
    """
    blocks = [
        f'resource "aws_organizations_policy" "p{at:03}" {{\n'
        f'  name = "p{at}"\n'
        f'  content = file("${{path.module}}/p{at}.json")\n'
        "}\n"
        for at in range(len(documents))
    ]
    for at, document in enumerate(documents):
        (folder / f"p{at}.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "main.tf").write_text("".join(blocks) or "locals {}\n", encoding="utf-8")
    world = open_world(load([str(folder)]).deployments[0], Context())
    found = world.all(OrganizationPolicy)
    assert len(found.members()) == len(documents)
    return found.through(lambda policy: policy.document)


def statement_of(folder: Path, statement: dict[str, Any]) -> Statement:
    ((policy, _),) = policies_of(folder, [{"Version": "2012-10-17", "Statement": [statement]}]).members()
    ((found, _),) = policy.statements.members()
    return found
