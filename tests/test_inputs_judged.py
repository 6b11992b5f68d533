"""What is judged of code whose inputs are open holds for all values that its inputs may get."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

SEEDS, ASSIGNMENTS = 20, 20

Verdicts = dict[tuple[str, str, str], list[str]]

BEFORE = """
variable "a" { type = string }
variable "b" { type = string }
variable "c" {}
locals { a = var.a }
data "aws_caller_identity" "me" {}
provider "aws" { region = "eu-west-1" }
"""
ACCOUNT = "${data.aws_caller_identity.me.account_id}"


class Roots:
    """Random roots with a trail, the bucket and the log group that it delivers to, their policies and a topic."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        """What stands between quotation marks."""
        return self.random.choice(
            [
                *("${var.a}", "${var.a}", "${local.a}", "${var.b}", "${var.c}", "x-${var.a}", "${var.a}-x"),
                *("${lower(var.a)}", '${format("%s", var.a)}', '${join("-", [var.a, var.b])}'),
                *("${var.a}-${var.b}", "known"),
            ]
        )

    def name(self, *resources: str) -> str:
        """An argument that names something."""
        options = ["var.a", "local.a", f'"{self.text()}"', f'"{self.text()}"']
        return self.random.choice([*options, *resources, *resources])

    def statement(self, resource: str, actions: str, who: str) -> str:
        r = self.random
        effect = r.choice(["Allow"] * 9 + ["Deny"])
        limits = [
            f'StringEquals = {{ "aws:SourceArn" = "arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/{self.text()}" }}',
            f'ArnLike = {{ "aws:SourceArn" = "arn:aws:cloudtrail:*:{ACCOUNT}:trail/{self.text()}" }}',
        ]
        said = f", Condition = {{ {r.choice(limits)} }}" if r.random() < 0.3 else ""
        principal = f", Principal = {who}" if who else ""
        return f'{{ Effect = "{effect}", Action = {actions}, Resource = {resource}{principal}{said} }}'

    def policy(self, *statements: str) -> str:
        return f'jsonencode({{ Version = "2012-10-17", Statement = [{", ".join(statements)}] }})'

    def write(self) -> str:
        r = self.random
        trails = r.choice(['{ Service = "cloudtrail.amazonaws.com" }'] * 3 + ['"*"', "{ AWS = var.b }"])
        in_bucket = [f"arn:aws:s3:::{self.text()}", "${aws_s3_bucket.logs.arn}"]
        around = r.choice(in_bucket)
        group = r.choice([f"arn:aws:logs:*:*:log-group:{self.text()}:*", "${aws_cloudwatch_log_group.g.arn}:*"])
        topic = r.choice([f"arn:aws:sns:eu-west-1:{ACCOUNT}:{self.text()}", "${aws_sns_topic.t.arn}"])
        writes = '["logs:CreateLogStream", "logs:PutLogEvents"]'
        prefix = r.choice(["", "", "var.b", '"x/${var.b}"', '"${var.b}/x"'])
        path = prefix.strip('"') if prefix.startswith('"') else "${var.b}"
        keys = f"{around}/{path}/AWSLogs/*" if prefix and r.random() < 0.8 else f"{around}/*"
        bucket_policy = self.policy(
            self.statement(f'"{around}"', '"s3:GetBucketAcl"', trails),
            self.statement(f'"{keys}"', '"s3:PutObject"', trails),
            f'{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = ["{around}", "{around}/*"], '
            'Condition = { Bool = { "aws:SecureTransport" = "false" } } }',
        )
        return f"""{BEFORE}
resource "aws_cloudtrail" "t" {{
  name                          = {self.name()}
  s3_bucket_name                = {self.name("aws_s3_bucket.logs.id")}
  {f"s3_key_prefix = {prefix}" if prefix else ""}
  is_multi_region_trail         = true
  enable_log_file_validation    = true
  sns_topic_name                = {self.name("aws_sns_topic.t.name")}
  cloud_watch_logs_group_arn    = "${{aws_cloudwatch_log_group.g.arn}}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.r.arn
  kms_key_id                    = {r.choice(["var.c", "aws_kms_key.k.arn", "aws_kms_alias.k.arn"])}
}}
resource "aws_s3_bucket" "logs" {{ bucket = {self.name()} }}
resource "aws_s3_bucket" "other" {{ bucket = {self.name('"another"')} }}
resource "aws_s3_bucket_policy" "logs" {{
  bucket = {self.name("aws_s3_bucket.logs.id")}
  policy = {bucket_policy}
}}
resource "aws_s3_bucket_versioning" "logs" {{
  bucket = {self.name("aws_s3_bucket.logs.id")}
  versioning_configuration {{ status = "Enabled" }}
}}
resource "aws_cloudwatch_log_group" "g" {{
  name              = {self.name()}
  retention_in_days = 400
}}
resource "aws_iam_role" "r" {{
  name               = {self.name()}
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow",
    Action = "sts:AssumeRole", Principal = {{ Service = "cloudtrail.amazonaws.com" }} }}] }})
}}
resource "aws_iam_role_policy" "r" {{
  role   = {self.name("aws_iam_role.r.id")}
  policy = {self.policy(self.statement(f'"{group}"', writes, ""))}
}}
resource "aws_sns_topic" "t" {{ name = {self.name()} }}
resource "aws_sns_topic_policy" "t" {{
  arn    = aws_sns_topic.t.arn
  policy = {self.policy(self.statement(f'"{topic}"', '"sns:Publish"', trails))}
}}
resource "aws_kms_key" "k" {{ enable_key_rotation = true }}
resource "aws_kms_alias" "k" {{
  name          = {r.choice(["var.c", '"alias/${var.a}"'])}
  target_key_id = aws_kms_key.k.id
}}
"""

    def values(self) -> dict[str, str]:
        usual, odd = ["logs", "other", "x-logs", "logs-x", "known"], ["", "", "*", "lo*", "a/b", "logs-", "alias/logs"]
        return {name: self.random.choice(usual if self.random.random() < 0.7 else odd) for name in "abc"}


def judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> Verdicts:
    """The verdicts by policy, resource and message."""
    main(["scan", str(folder), "--no-config", "--format", "json", "--outcome", "pass,fail,unknown"])
    told = json.loads(capsys.readouterr().out)
    found: Verdicts = {}
    for one in told["findings"]:
        found.setdefault((one["policy"], one["resource"], one["message"]), []).append(one["outcome"])
    return found


NAMES = {
    "aws_cloudtrail": r"[A-Za-z0-9][A-Za-z0-9._-]{2,}",
    "aws_s3_bucket": r"[a-z0-9][a-z0-9.-]{2,}",
    "aws_cloudwatch_log_group": r"[A-Za-z0-9._/#-]+",
    "aws_iam_role": r"[A-Za-z0-9+=,.@_-]+",
    "aws_sns_topic": r"[A-Za-z0-9_-]+",
    "aws_kms_alias": r"alias/[A-Za-z0-9/_-]+",
}


def refused(folder: Path) -> bool:
    """Whether AWS or the provider takes some of the names not, or a bucket policy that speaks of another bucket."""
    (deployment,) = load([str(folder)]).deployments
    buckets: list[str] = []
    for kind, allowed in NAMES.items():
        for raw in deployment.resources(kind):
            name = raw.block.attribute("bucket" if kind == "aws_s3_bucket" else "name")
            text = name.or_none()
            if name.settled and not (isinstance(text, str) and re.fullmatch(allowed, text)):
                return True
            if kind == "aws_s3_bucket":
                buckets.append(str(text))
    (policy,) = deployment.resources("aws_s3_bucket_policy")
    its = policy.block.attribute("bucket")
    named = its.reference.address if its.reference is not None else ""
    own = buckets[0] if named else its.or_none()
    if not own or len(set(buckets)) < len(buckets):
        return True
    for document, _ in policy.block.document("policy").members():
        for statement, _ in document.blocks("Statement").members():
            for element, _ in statement.elements("Resource").members():
                text = element.or_none()
                if isinstance(text, str) and text.removeprefix("arn:aws:s3:::").partition("/")[0] != own:
                    return True
                if not isinstance(text, str) and own != buckets[0]:
                    return True  # it is built on the ARN of `logs`
    (trail,) = deployment.resources("aws_cloudtrail")
    bucket = trail.block.attribute("s3_bucket_name")
    return bucket.settled and not bucket.or_none()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_verdict_that_is_known_holds_whatever_the_inputs_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    made = Roots(seed)
    (tmp_path / "main.tf").write_text(made.write(), encoding="utf-8")
    before = judged(tmp_path, capsys)
    for _ in range(ASSIGNMENTS):
        values = made.values()
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        (tmp_path / "terraform.tfvars").write_text(lines, encoding="utf-8")
        if refused(tmp_path):
            continue
        after = judged(tmp_path, capsys)
        contradicted = {
            key: (said, after.get(key))
            for key, said in before.items()
            if "unknown" not in said and after.get(key, said if "fail" not in said else None) != said
        }
        assert contradicted == {}, values
