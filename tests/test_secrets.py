"""No secret of what is scanned appears in any output: canaries are planted wherever one may stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = """\
variable "name" {
  sensitive = true
  default   = "CANARY-variable"
}

variable "listed" {
  type = list(number)
}

variable "numbered" {
  type = number
}

variable "nested" {
  sensitive = true
  default   = { inner = ["CANARY-nested"], short = "c4n" }
}

provider "aws" {
  region     = "eu-west-1"
  access_key = "AKIACANARYACCESS1234"
  secret_key = "CANARY-provider-key"
}

resource "aws_cloudtrail" "a" {
  name           = "t-${var.name}"
  s3_bucket_name = var.nested.inner[0]
  kms_key_id     = sensitive("CANARY-function")
  tags           = { password = "CANARY-tag" }
}

resource "aws_cloudtrail" "b" {
  for_each                   = toset([nonsensitive(var.name)])
  name                       = upper(var.name)
  s3_bucket_name             = tonumber(var.name)
  password                   = "CANARY-attribute"
  enable_log_file_validation = false
}

resource "aws_s3_bucket" "x" {
  bucket = var.name
}

resource "aws_s3_bucket_policy" "x" {
  bucket = aws_s3_bucket.x.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:user/${var.name}" }
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::${var.name}", "arn:aws:s3:::${var.name}/*"]
      Condition = { StringEquals = { "aws:UserAgent" = var.nested.short } }
    }]
  })
}

module "fetched" {
  source = "git::https://user:CANARY-login@example.com/x.git?access_token=CANARY-query"
}

module "local" {
  source = "./local"
  handed = var.name
  for_each = { (var.name) = 1 }
}

resource "aws_cloudtrail" "c" {
  name           = lookup({}, var.name)
  s3_bucket_name = module.local[var.name].secret
  secret         = "CANARY-broken
}

resource "aws_cloudtrail" "d" {
  name     = "d"
  s3_bucket_name = local.nowhere
  password = <<-EOT
    CANARY-heredoc
  EOT
}
"""

LOCAL = """\
variable "handed" {}

resource "aws_cloudtrail" "m" {
  name           = var.handed
  s3_bucket_name = var.handed
}

output "secret" {
  sensitive = true
  value     = "CANARY-output"
}
"""

PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "variables": {"v": {"value": "CANARY-plan-variable"}},
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": 'aws_cloudtrail.t["CANARY-plan-variable"]',
                    "mode": "managed",
                    "type": "aws_cloudtrail",
                    "name": "t",
                    "index": "CANARY-plan-variable",
                    "values": {"name": "CANARY-plan", "s3_bucket_name": "CANARY-plan", "kms_key_id": "CANARY-unmarked"},
                }
            ]
        }
    },
    "resource_changes": [
        {
            "address": 'aws_cloudtrail.t["CANARY-plan-variable"]',
            "mode": "managed",
            "type": "aws_cloudtrail",
            "name": "t",
            "index": "CANARY-plan-variable",
            "change": {
                "actions": ["create"],
                "after": {"name": "CANARY-plan", "s3_bucket_name": "CANARY-plan", "kms_key_id": "a"},
                "after_unknown": {},
                "after_sensitive": {"name": True},
            },
        }
    ],
    "configuration": {"root_module": {"variables": {"v": {"sensitive": True}}}},
}

FORMS = ("text", "json", "sarif", "markdown", "junit")


def scan(folder: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code and all that was said: the reports in every form, and what went to stdout and stderr."""
    outputs = [word for form in FORMS for word in ("-o", f"{form}=report.{form}")]
    done = subprocess.run(
        [sys.executable, "-m", "guardrails", "scan", ".", "--no-config", "--verbose", "--stats", *outputs, *arguments],
        cwd=folder,
        env={
            **os.environ,
            "TF_VAR_listed": "CANARY-environment",
            "TF_VAR_unused": "CANARY-unused",
            "GUARDRAILS_DEBUG": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = {form: (folder / f"report.{form}").read_text(encoding="utf-8") for form in FORMS}
    return done.returncode, {**said, "stdout": done.stdout, "stderr": done.stderr}


def leaked(said: dict[str, str]) -> dict[str, list[str]]:
    lines = {
        where: [line.strip() for line in text.splitlines() if "canary" in line.lower() or "c4n" in line]
        for where, text in said.items()
    }
    return {where: found for where, found in lines.items() if found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "main.tf").write_text(LOCAL)
    (tmp_path / "terraform.tfvars").write_text('numbered = "CANARY-file"\n')
    return tmp_path


def test_no_secret_of_a_configuration_is_shown(folder: Path) -> None:
    code, said = scan(folder, "--tf-var-env", "--var", "name=CANARY-command-line")

    assert code == 3, said["stderr"]
    report: dict[str, Any] = json.loads(said["json"])
    assert {"aws_cloudtrail.a", "aws_s3_bucket.x"} <= {found["resource"] for found in report["findings"]}
    assert any("(sensitive)" in found["resource"] for found in report["findings"])
    assert leaked(said) == {}


def test_no_secret_of_a_plan_is_shown(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    code, said = scan(tmp_path)

    assert code in (0, 1), said["stderr"]
    assert 'aws_cloudtrail.t[\\"(sensitive)\\"]' in said["json"]
    assert leaked(said) == {}


def test_what_is_not_sensitive_is_shown(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "name" {\n  sensitive = false\n  default = "shown-canary"\n}\n'
        'resource "aws_cloudtrail" "a" {\n  for_each = toset([var.name])\n'
        '  name = each.key\n  s3_bucket_name = "b"\n}\n'
    )
    _, said = scan(tmp_path)

    assert "shown-canary" in said["json"]
