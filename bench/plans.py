"""Writes a plan of a given size to measure on, in the form in which `terraform show -json` prints one.

The same arguments give the same bytes. Names and addresses are made up.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_PROVIDER = "registry.terraform.io/hashicorp/aws"
_ACCOUNT = "111122223333"
_TYPES = (
    "aws_instance",
    "aws_security_group",
    "aws_security_group_rule",
    "aws_route53_record",
    "aws_lambda_function",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_lb_target_group",
    "aws_db_instance",
    "aws_subnet",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_kms_key",
    "aws_sns_topic",
    "aws_sqs_queue",
    "aws_dynamodb_table",
)


def plan(directory: Path, size: int) -> None:
    """One plan of about `size` bytes: most of it exists and stays as it is, a tenth is new, and there is one trail."""
    changes: list[dict[str, Any]] = []
    planned: list[dict[str, Any]] = []
    before: list[dict[str, Any]] = []
    written: list[dict[str, Any]] = []
    chosen = random.Random(0)
    length = number = 0
    while length < size:
        number += 1
        kind = "aws_cloudtrail" if number == 1 else _TYPES[number % len(_TYPES)]
        values = _values(kind, number)
        is_new = chosen.random() < 0.1
        own = {"address": f"{kind}.r{number}", "mode": "managed", "type": kind, "name": f"r{number}"}
        resource = {**own, "provider_name": _PROVIDER, "values": values, "sensitive_values": {"tags": {}}}
        change: dict[str, Any] = {
            "actions": ["create"] if is_new else ["no-op"],
            "before": None if is_new else values,
            "after": values,
            "after_unknown": {"tags": {}},
            "after_sensitive": {"tags": {}},
        }
        expressions = {"name": {"references": ["var.name"]}, "tags": {"references": ["local.tags"]}}
        changes.append({**own, "provider_name": _PROVIDER, "change": change})
        planned.append(resource)
        before += [] if is_new else [resource]
        written.append({**own, "provider_config_key": "aws", "schema_version": 1, "expressions": expressions})
        length += len(json.dumps(values)) * (2 if is_new else 4) + 1_000
    region = {"region": {"constant_value": "eu-west-1"}}
    content = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"name": {"value": "large"}},
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": before}}},
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": _PROVIDER, "expressions": region}},
            "root_module": {"resources": written, "variables": {"name": {}}},
        },
        "errored": False,
        "complete": True,
    }
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "plan.json").write_text(json.dumps(content), encoding="utf-8", newline="\n")


def _values(kind: str, number: int) -> dict[str, Any]:
    """Attributes as many and as long as those of a common resource."""
    name = f"{kind.removeprefix('aws_').replace('_', '-')}-{number}"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": _ACCOUNT},
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::bucket-{number}", f"arn:aws:s3:::bucket-{number}/*"],
            }
        ],
    }
    rule = {"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8", "192.168.0.0/16"]}
    values: dict[str, Any] = {
        "id": name,
        "arn": f"arn:aws:{kind.removeprefix('aws_')}:eu-west-1:{_ACCOUNT}:{name}",
        "name": name,
        "description": "made by the platform team for " + name,
        "tags": {"Name": name, "team": f"team-{number % 50:03}", "environment": "production"},
    }
    if kind == "aws_cloudtrail":
        return values | {"s3_bucket_name": "somewhere-else", "is_multi_region_trail": True, "event_selector": []}
    if kind == "aws_s3_bucket":
        return values | {"bucket": name, "force_destroy": False}
    if kind in ("aws_s3_bucket_policy", "aws_iam_role_policy"):
        return values | {"bucket": name, "role": name, "policy": json.dumps(policy)}
    if kind == "aws_iam_role":
        return values | {"path": "/", "assume_role_policy": json.dumps(policy)}
    if kind == "aws_iam_role_policy_attachment":
        return values | {"role": name, "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    return values | {"rules": [rule] * 5, "user_data": "#!/bin/sh\n" + "systemctl restart service\n" * 10}
