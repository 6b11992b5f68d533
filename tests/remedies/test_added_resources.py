"""New resources stand where what refers to them is decided, as often as that, and with the same provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from deployed import added, sought

if TYPE_CHECKING:
    from pathlib import Path

TRAIL = """\
resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = "example-audit-logs"
}
"""
ADMITTING = """
data "aws_caller_identity" "me" {}

resource "aws_kms_key" "ours" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "kms:GenerateDataKey*"
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.me.account_id } }
    }]
  })
}
"""


def _with(*arguments: str, text: str = TRAIL) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([lines[0], *(f"  {one}\n" for one in arguments), "\n", *lines[1:]])


def test_a_key_of_ones_own_lets_in_who_needs_it(tmp_path: Path) -> None:
    found = sought(tmp_path, "KMS-001", TRAIL)
    assert found.closed
    new = added(found)
    assert "  kms_key_id     = aws_kms_key.main.arn" in new
    assert "enable_key_rotation     = true" in new
    assert 'Principal = { Service = "cloudtrail.amazonaws.com" }' in new
    assert not found.newly, "the new key fails no policy on keys"


def test_a_key_that_lets_the_service_in_is_used(tmp_path: Path) -> None:
    found = sought(tmp_path, "KMS-001", TRAIL + ADMITTING)
    assert added(found) == "  kms_key_id     = aws_kms_key.ours.arn"


def test_a_key_for_something_else_is_not_used(tmp_path: Path) -> None:
    found = sought(tmp_path, "KMS-001", TRAIL + 'resource "aws_kms_key" "main" {\n  enable_key_rotation = true\n}\n')
    new = added(found)
    assert "kms_key_id     = aws_kms_key.main_2.arn" in new
    assert 'resource "aws_kms_key" "main_2"' in new


@pytest.mark.parametrize(
    ("repeated", "reference"),
    [("count = 2", "[count.index]"), ('for_each = toset(["a", "b"])', "[each.key]")],
)
def test_what_is_referred_to_is_repeated_alike(repeated: str, reference: str, tmp_path: Path) -> None:
    found = sought(tmp_path, "KMS-001", _with(repeated))
    assert len(found.closed) == 2
    (change,) = found.changes
    assert f"kms_key_id     = aws_kms_key.main{reference}.arn" in change.after
    name, _, value = repeated.partition(" = ")
    assert len(re.findall(rf"^  {name} += {re.escape(value)}$", change.after, re.MULTILINE)) == 2


def test_a_value_of_the_caller_gets_its_key_there(tmp_path: Path) -> None:
    module = 'variable "key" {\n  default = null\n}\n\n' + _with("kms_key_id = var.key")
    call = 'module "trail" {\n  source = "./trail"\n}\n'
    found = sought(tmp_path, "KMS-001", ("trail/main.tf", module), call)
    (change,) = found.changes
    assert change.path == str(tmp_path.resolve() / "main.tf")
    assert "  key    = aws_kms_key.trail.arn" in change.after
    assert 'resource "aws_kms_key" "trail"' in change.after


def test_a_caller_with_a_provider_of_its_own(tmp_path: Path) -> None:
    module = 'variable "key" {\n  default = null\n}\n\n' + _with("kms_key_id = var.key")
    call = 'module "trail" {\n  source    = "./trail"\n  providers = { aws = aws.west }\n}\n\n'
    provider = 'provider "aws" {\n  alias  = "west"\n  region = "eu-west-1"\n}\n'
    new = added(sought(tmp_path, "KMS-001", ("trail/main.tf", module), call + provider))
    assert new.count("provider                = aws.west") + new.count("provider = aws.west") == 3


def test_the_provider_of_a_resource_goes_with_it(tmp_path: Path) -> None:
    provider = (
        'provider "aws" {\n  alias  = "west"\n  region = "eu-west-1"\n}\n\ndata "aws_caller_identity" "there" {}\n\n'
    )
    new = added(sought(tmp_path, "KMS-001", provider + _with("provider = aws.west")))
    assert 'resource "aws_kms_key" "main" {\n  provider                = aws.west' in new
    assert 'data "aws_caller_identity" "current" {\n  provider = aws.west' in new, "another account may be there"


def test_data_sources_that_are_there_serve(tmp_path: Path) -> None:
    there = 'data "aws_caller_identity" "me" {}\n\ndata "aws_partition" "here" {}\n\n'
    new = added(sought(tmp_path, "KMS-001", there + TRAIL))
    assert 'data "' not in new
    assert "${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.me.account_id}:root" in new


def test_a_log_group_and_a_role_for_a_trail(tmp_path: Path) -> None:
    found = sought(tmp_path, "TRAIL-007", TRAIL)
    new = added(found)
    assert '  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.main.arn}:*"' in new
    assert "  cloud_watch_logs_role_arn  = aws_iam_role.main.arn" in new
    assert 'Resource = "${aws_cloudwatch_log_group.main.arn}:log-stream:*"' in new
    assert {one.policy for one in found.newly} == {one.policy for one in found.newly if one.policy[:7] == "MONITOR"}


def test_the_policy_of_a_key_gets_the_statement_that_it_lacks(tmp_path: Path) -> None:
    trail = _with('cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"')
    group = '\nresource "aws_cloudwatch_log_group" "trail" {\n  kms_key_id = aws_kms_key.ours.arn\n}\n'
    found = sought(tmp_path, "KMS-007", trail + group + ADMITTING)
    new = added(found)
    assert found.closed
    assert '      Principal = { Service = "logs.${data.aws_region.current.id}.amazonaws.com" }' in new
    assert 'resource "aws_kms_key"' not in new


def test_each_statement_is_bound(tmp_path: Path) -> None:
    policy = """
resource "aws_s3_bucket" "logs" {
  bucket = "example-audit-logs"
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = data.aws_iam_policy_document.logs.json
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["s3:GetBucketAcl"]
    resources = [aws_s3_bucket.logs.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }

  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }
}
"""
    found = sought(tmp_path, "BUCKET-010", TRAIL.replace('"example-audit-logs"', "aws_s3_bucket.logs.id") + policy)
    assert found.closed
    assert added(found).count('variable = "aws:SourceAccount"') == 2


def test_a_policy_in_a_heredoc(tmp_path: Path) -> None:
    policy = """
resource "aws_s3_bucket" "logs" {
  bucket = "example-audit-logs"
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = <<POLICY
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": { "Service": "cloudtrail.amazonaws.com" },
      "Action": "s3:GetBucketAcl",
      "Resource": "${aws_s3_bucket.logs.arn}"
    },
    {
      "Effect": "Allow",
      "Principal": { "Service": "cloudtrail.amazonaws.com" },
      "Action": "s3:PutObject",
      "Resource": "${aws_s3_bucket.logs.arn}/*",
      "Condition": { "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } }
    }
  ]
}
POLICY
}
"""
    text = TRAIL.replace('"example-audit-logs"', "aws_s3_bucket.logs.id") + policy
    refused = sought(tmp_path / "refused", "BUCKET-007", text)
    assert refused.closed
    assert '"Sid": "DenyRequestsWithoutTls"' in added(refused)
    bound = sought(tmp_path / "bound", "BUCKET-010", text)
    assert len(bound.closed) == 2
    assert added(bound).count('"aws:SourceAccount": "${data.aws_caller_identity.current.account_id}"') == 2


def test_a_change_of_several_steps_in_one_file(tmp_path: Path) -> None:
    block = '\nresource "aws_s3_bucket" "logs" {\n  bucket = "example-audit-logs"\n}\n'
    block += '\nresource "aws_s3_bucket_public_access_block" "logs" {\n  bucket = aws_s3_bucket.logs.id\n}\n'
    found = sought(tmp_path, "BUCKET-002", TRAIL.replace('"example-audit-logs"', "aws_s3_bucket.logs.id") + block)
    assert found.closed
    assert added(found).count("= true") == 4


def test_blocks_that_are_made_with_dynamic_are_not_joined_by_another(tmp_path: Path) -> None:
    rules = """
resource "aws_s3_bucket" "logs" {
  bucket = "example-audit-logs"
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  dynamic "rule" {
    for_each = [7, 14]

    content {
      id     = rule.key
      status = "Enabled"

      expiration {
        days = rule.value
      }
    }
  }
}
"""
    found = sought(tmp_path, "RETAIN-002", TRAIL.replace('"example-audit-logs"', "aws_s3_bucket.logs.id") + rules)
    assert not found.changes
    assert any("with `dynamic`" in reason for still in found.open for reason in still.reasons)


def test_a_second_rule_is_the_one_that_changes(tmp_path: Path) -> None:
    rules = """
resource "aws_s3_bucket" "logs" {
  bucket = "example-audit-logs"
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "late"
    status = "Enabled"

    expiration {
      days = 4000
    }
  }

  rule {
    id     = "early"
    status = "Enabled"

    expiration {
      days = 7
    }
  }
}
"""
    found = sought(tmp_path, "RETAIN-002", TRAIL.replace('"example-audit-logs"', "aws_s3_bucket.logs.id") + rules)
    (change,) = found.changes
    assert change.after == change.before.replace("days = 7\n", "days = 365\n")


def test_what_only_people_know_is_said(tmp_path: Path) -> None:
    other = TRAIL.replace('"main"', '"other"')
    found = sought(tmp_path, "TRAIL-012", TRAIL + "\n" + other)
    assert {still.reasons for still in found.open} == {("which of the trails is to record them, only you know",)}
