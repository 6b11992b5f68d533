"""Which resource of an account a declared one is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from recorded_accounts import account, code

from guardrails.drift.drift import compare
from guardrails.drift.matching import Matching
from guardrails.drift.names import short
from guardrails.drift.records import Kind
from guardrails.kernel.value import Reference

if TYPE_CHECKING:
    from pathlib import Path

    from recorded_accounts import Answers

    from guardrails.drift.records import Comparison

REGION = "arn:aws:{}:eu-central-1:111122223333:{}"
KEY = REGION.format("kms", "key/11111111-1111-1111-1111-111111111111")


def trail(name: str, **more: object) -> dict[str, Any]:
    arn = REGION.format("cloudtrail", f"trail/{name}")
    return {"arn": arn, "trail": {"Name": name, "TrailARN": arn, "HomeRegion": "eu-central-1", **more}}


def bucket(name: str) -> dict[str, Any]:
    return {"name": name, "bucket": {"Name": name}}


def key() -> dict[str, Any]:
    return {"arn": KEY, "key": {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "Enabled": True, "KeyManager": "CUSTOMER"}}


def denying(name: str) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
    return json.dumps({"Statement": [statement]})


def matched(folder: Path, text: str, found: Answers, name: str = "main.tf") -> dict[str, str]:
    """By the address in the code, what it is in the account."""
    (folder / name).write_text(text, encoding="utf-8")
    matching = Matching(code(folder, name), [account(found)])
    return {
        declared.address: live.address
        for _, declared in matching.declared
        if (live := matching.live(declared)) is not None
    }


def compared(folder: Path, text: str, found: Answers) -> Comparison:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return compare(code(folder, "main.tf"), [account(found)])


def test_a_name_that_is_made_of_something_open_is_found_by_what_is_known_of_it(tmp_path: Path) -> None:
    text = """
    variable "stage" {}
    resource "aws_s3_bucket" "logs" { bucket = "audit-${var.stage}-logs" }
    """
    found = {"s3.bucket": {"a": bucket("audit-prod-logs"), "b": bucket("other-prod-logs")}}

    assert matched(tmp_path, text, found) == {"aws_s3_bucket.logs": "arn:aws:s3:::audit-prod-logs"}


def test_of_several_that_fit_none_is_taken(tmp_path: Path) -> None:
    text = """
    variable "stage" {}
    resource "aws_s3_bucket" "logs" { bucket = "audit-${var.stage}" }
    """
    found = {"s3.bucket": {"a": bucket("audit-prod"), "b": bucket("audit-test")}}

    told = compared(tmp_path, text, found)

    assert told.drifts == ()
    ((address, one),) = told.opens
    assert address == "aws_s3_bucket.logs"
    assert one.why == "it may be any of arn:aws:s3:::audit-prod, arn:aws:s3:::audit-test"


def test_what_is_named_surely_goes_first(tmp_path: Path) -> None:
    text = """
    variable "stage" {}
    resource "aws_s3_bucket" "any" { bucket = "audit-${var.stage}" }
    resource "aws_s3_bucket" "prod" { bucket = "audit-prod" }
    """
    found = {"s3.bucket": {"a": bucket("audit-prod"), "b": bucket("audit-test")}}

    assert matched(tmp_path, text, found) == {
        "aws_s3_bucket.any": "arn:aws:s3:::audit-test",
        "aws_s3_bucket.prod": "arn:aws:s3:::audit-prod",
    }


def test_a_key_is_found_by_what_uses_it(tmp_path: Path) -> None:
    text = """
    resource "aws_kms_key" "logs" {}
    resource "aws_cloudtrail" "audit" {
      name           = "audit"
      s3_bucket_name = "logs"
      kms_key_id     = aws_kms_key.logs.arn
    }
    """
    found = {"cloudtrail.trail": {"a": trail("audit", S3BucketName="logs", KmsKeyId=KEY)}, "kms.key": {"k": key()}}

    assert matched(tmp_path, text, found)["aws_kms_key.logs"] == KEY


def test_a_bucket_whose_name_is_made_up_is_found_by_the_trail(tmp_path: Path) -> None:
    text = """
    resource "aws_s3_bucket" "logs" {}
    resource "aws_cloudtrail" "audit" {
      name           = "audit"
      s3_bucket_name = aws_s3_bucket.logs.id
    }
    """
    found = {
        "cloudtrail.trail": {"a": trail("audit", S3BucketName="whatever-2")},
        "s3.bucket": {"a": bucket("whatever-1"), "b": bucket("whatever-2")},
    }

    assert matched(tmp_path, text, found)["aws_s3_bucket.logs"] == "arn:aws:s3:::whatever-2"


def test_a_name_that_terraform_makes_up_is_known_by_its_looks(tmp_path: Path) -> None:
    text = 'resource "aws_s3_bucket" "logs" { bucket_prefix = "audit-" }'
    made = "audit-20260101120000000000000001"
    found = {"s3.bucket": {"a": bucket(made), "b": bucket("audit-by-hand")}}

    assert matched(tmp_path, text, found) == {"aws_s3_bucket.logs": f"arn:aws:s3:::{made}"}


def test_a_name_that_a_stack_makes_up_is_known_by_its_looks(tmp_path: Path) -> None:
    text = "Resources:\n  AuditLogs:\n    Type: AWS::S3::Bucket\n"
    found = {"s3.bucket": {"a": bucket("baseline-auditlogs-1x2y3z4a5b6c"), "b": bucket("auditlogs")}}

    told = matched(tmp_path, text, found, "template.yaml")

    assert told == {"AuditLogs": "arn:aws:s3:::baseline-auditlogs-1x2y3z4a5b6c"}


def test_a_filter_is_that_of_its_own_log_group(tmp_path: Path) -> None:
    text = """
    resource "aws_cloudwatch_log_metric_filter" "root" {
      name           = "root"
      log_group_name = "audit"
      pattern        = "x"
      metric_transformation {
        name      = "Root"
        namespace = "Audit"
        value     = "1"
      }
    }
    """
    other = {"filterName": "root", "logGroupName": "other", "filterPattern": "x"}

    told = compared(tmp_path, text, {"logs.filter": {"a": other}})

    assert [drift.kind for drift in told.drifts] == [Kind.MISSING]


ALARM = """
provider "aws" { region = "eu-west-1" }
resource "aws_cloudwatch_metric_alarm" "root" {
  alarm_name          = "root"
  namespace           = "Audit"
  metric_name         = "Root"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
}
"""


def test_what_stands_in_another_region_is_another(tmp_path: Path) -> None:
    arn = REGION.format("cloudwatch", "alarm:root")

    told = compared(tmp_path, ALARM, {"cloudwatch.alarm": {"a": {"AlarmName": "root", "AlarmArn": arn}}})

    assert [drift.kind for drift in told.drifts] == [Kind.MISSING]


def test_what_belongs_to_an_account_that_was_not_read_is_not_missing(tmp_path: Path) -> None:
    text = """
    provider "aws" { allowed_account_ids = ["444455556666"] }
    resource "aws_cloudtrail" "audit" {
      name           = "audit"
      s3_bucket_name = "logs"
    }
    """

    told = compared(tmp_path, text, {"s3.bucket": {"a": bucket("logs")}})

    assert told.drifts == ()
    assert [one.why for _, one in told.opens] == ["account 444455556666 was not read"]


def test_two_roots_may_use_one_address(tmp_path: Path) -> None:
    roots = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(
            f"""
            resource "aws_s3_bucket" "logs" {{ bucket = "{name}" }}
            resource "aws_cloudtrail" "audit" {{
              name           = "{name}"
              s3_bucket_name = aws_s3_bucket.logs.id
            }}
            resource "aws_s3_bucket_policy" "logs" {{
              bucket = aws_s3_bucket.logs.id
              policy = jsonencode({{
                Statement = [{{
                  Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${{aws_s3_bucket.logs.arn}}/*"
                }}]
              }})
            }}
            """,
            encoding="utf-8",
        )
        roots += code(tmp_path / name, "main.tf")
    found = {
        "cloudtrail.trail": {name: trail(name, S3BucketName=name) for name in ("first", "second")},
        "s3.bucket": {name: {**bucket(name), "policy": denying(name)} for name in ("first", "second")},
    }
    swapped = {
        **found,
        "s3.bucket": {
            name: {**bucket(name), "policy": denying(other)}
            for name, other in (("first", "second"), ("second", "first"))
        },
    }

    told = compare(roots, [account(found)])
    told_of_swapped = compare(roots, [account(swapped)])

    assert (told.matched, [drift for drift in told.drifts if drift.kind is not Kind.CHANGED]) == (4, [])
    assert not any(one.field in ("bucket", "policy.statements") for drift in told.drifts for one in drift.differences)
    assert [
        (drift.live, one.field)
        for drift in told_of_swapped.drifts
        for one in drift.differences
        if one.field != "logging"
    ] == [("arn:aws:s3:::first", "policy.statements"), ("arn:aws:s3:::second", "policy.statements")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("id",), "logs"),
        (("bucket",), "logs"),
        (("arn",), "arn:aws:s3:::logs"),
        (("hosted_zone_id",), None),
    ],
)
def test_references_stand_for_what_they_are_in_the_account(tmp_path: Path, path: tuple[str], text: str | None) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "logs" { bucket = "logs" }', encoding="utf-8")
    matching = Matching(code(tmp_path, "main.tf"), [account({"s3.bucket": {"a": bucket("logs")}})])

    assert matching.called(Reference("aws_s3_bucket.logs", path)) == text


def test_references_to_the_surroundings_stand_for_the_account_that_was_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "logs" { bucket = "logs" }', encoding="utf-8")
    matching = Matching(code(tmp_path, "main.tf"), [account({"s3.bucket": {"a": bucket("logs")}})])

    assert matching.called(Reference("data.aws_caller_identity.current", ("account_id",))) == "111122223333"
    assert matching.called(Reference("AWS::AccountId")) == "111122223333"
    assert matching.called(Reference("data.aws_partition.current", ("partition",))) == "aws"
    assert matching.called(Reference("aws_s3_bucket.other", ("id",))) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("arn:aws:iam::111122223333:role/service/delivery", "delivery"),
        ("arn:aws:logs:eu-central-1:111122223333:log-group:a/b:*", "a/b"),
        ("arn:aws:s3:::logs", "logs"),
        ("arn:aws:kms:eu-central-1:111122223333:alias/audit", "alias/audit"),
        ("arn:aws:events:eu-central-1:111122223333:rule/bus/name", "bus/name"),
        ("plain", "plain"),
    ],
)
def test_names_in_arns(text: str, name: str) -> None:
    assert short(text) == name
