"""`[[deployment]]` with several roots: what is deployed together is judged as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main
from guardrails.config import Config, DeploymentEntry
from guardrails.kernel.value import Input, Reference
from guardrails.lower.joining import JoinedDeployment, joined
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scan = Callable[..., dict[str, Any]]

PROVIDER = 'provider "aws" {\n  region = "eu-central-1"\n}\n'
TRAIL = """
resource "aws_cloudtrail" "this" {
  name                          = "audit"
  s3_bucket_name                = "acme-audit"
  is_multi_region_trail         = true
  include_global_service_events = true
  cloud_watch_logs_group_arn    = "arn:aws:logs:eu-central-1:111122223333:log-group:audit:*"
  cloud_watch_logs_role_arn     = "arn:aws:iam::111122223333:role/logs"
}
"""
BUCKET = """
resource "aws_s3_bucket" "this" {
  bucket = "acme-audit"
}
resource "aws_cloudwatch_log_group" "this" {
  name = "audit"
}
"""
FILTERS = """
resource "aws_cloudwatch_log_metric_filter" "this" {
  name           = "root"
  log_group_name = "audit"
  pattern        = "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS }"
  metric_transformation {
    name      = "Roots"
    namespace = "Audit"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = "roots"
  metric_name         = aws_cloudwatch_log_metric_filter.this.metric_transformation[0].name
  namespace           = "Audit"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  period              = 300
  statistic           = "Sum"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.this.arn]
}
resource "aws_sns_topic" "this" {
  name = "alerts"
}
resource "aws_sns_topic_subscription" "this" {
  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = "security@example.com"
}
"""
ROOTS = {"trail": TRAIL, "bucket": BUCKET, "filters": FILTERS}
ENTRY = """
[account]
id = "111122223333"
[[deployment]]
name = "audit"
roots = ["trail", "bucket", "filters"]
expects_trail = true
"""


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scan:
    monkeypatch.chdir(tmp_path)
    for name, code in ROOTS.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "main.tf").write_text(PROVIDER + code, encoding="utf-8")

    def run(config: str, *arguments: str) -> dict[str, Any]:
        (tmp_path / "guardrails.toml").write_text(config, encoding="utf-8")
        paths = [one for one in arguments if not one.startswith("-") and "-" not in one] or ["."]
        options = [one for one in arguments if one not in paths]
        main(["scan", *paths, "--config", "guardrails.toml", "--format", "json", "--fail-on", "never", *options])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return report

    return run


def outcomes(report: dict[str, Any], policy: str) -> dict[str, str]:
    return {
        f"{one['target']}:{one['resource']}": one["outcome"] for one in report["findings"] if one["policy"] == policy
    }


def test_roots_alone_leave_open_what_another_has(scan: Scan) -> None:
    report = scan("")

    assert outcomes(report, "BUCKET-014") == {"trail:aws_cloudtrail.this": "unknown"}
    assert set(outcomes(report, "MONITOR-001").values()) == {"unknown"}
    assert outcomes(report, "BUCKET-009") == {}, "nothing says that audit logs are in the bucket"


def test_what_is_deployed_together_is_judged_as_one(scan: Scan) -> None:
    report = scan(ENTRY)

    assert outcomes(report, "BUCKET-014") == {"trail:aws_cloudtrail.this": "pass"}
    assert outcomes(report, "BUCKET-009") == {"bucket:aws_s3_bucket.this": "fail"}
    assert outcomes(report, "MONITOR-021") == {"filters:aws_cloudwatch_metric_alarm.this": "pass"}
    assert outcomes(report, "MONITOR-005") == {"trail:audit": "fail"}, "one account, told of at the first root"
    assert report["notices"] == []


def test_findings_stay_with_their_root(scan: Scan) -> None:
    report = scan(ENTRY)

    assert [note["target"] for note in report["targets"]] == ["bucket", "filters", "trail"]
    assert {one["target"] for one in report["findings"]} == {"bucket", "filters", "trail"}
    (policy,) = (one for one in report["findings"] if one["policy"] == "BUCKET-009")
    assert (policy["file"], policy["resource"]) == ("bucket/main.tf", "aws_s3_bucket.this")
    assert "module.1:" not in json.dumps(report), "no report speaks of rooms"


def test_one_trail_is_enough_for_all(scan: Scan) -> None:
    assert outcomes(scan(ENTRY), "TRAIL-001") == {"trail:audit": "pass"}
    other_order = ENTRY.replace('"trail", "bucket"', '"bucket", "trail"')
    assert outcomes(scan(other_order), "TRAIL-001") == {"bucket:audit": "pass"}


def test_a_whole_without_a_trail_fails(scan: Scan) -> None:
    entry = ENTRY.replace('"trail", ', "")

    assert outcomes(scan(entry), "TRAIL-001") == {"bucket:audit": "fail"}


def test_a_root_that_is_not_scanned_leaves_open_what_it_may_have(scan: Scan) -> None:
    report = scan(ENTRY, "bucket", "filters")

    assert outcomes(report, "TRAIL-001") == {"bucket:audit": "unknown"}
    (open_one,) = (one for one in report["findings"] if one["policy"] == "TRAIL-001")
    assert "`trail` belongs to the deployment `audit` and is not part of this scan" in json.dumps(open_one)


def test_a_waiver_stands_where_the_root_is(scan: Scan, tmp_path: Path) -> None:
    waiver = "# guardrails: allow BUCKET-009 -- made by hand, until 2099-01-31\n"
    code = PROVIDER + BUCKET.replace('resource "aws_s3_bucket"', waiver + 'resource "aws_s3_bucket"')
    (tmp_path / "bucket" / "main.tf").write_text(code, encoding="utf-8")
    report = scan(ENTRY)

    assert outcomes(report, "BUCKET-009") == {"bucket:aws_s3_bucket.this": "waived"}
    waivers = [one for one in report["findings"] if one["type"] == "waiver"]
    assert {(one["target"], one["outcome"]) for one in waivers} == {("bucket", "pass")}


def test_terraform_and_templates_are_judged_apart_and_leave_each_other_open(scan: Scan, tmp_path: Path) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}}}}
    (tmp_path / "stack.json").write_text(json.dumps(template), encoding="utf-8")
    report = scan(ENTRY.replace('["trail", "bucket", ', '["stack.json", '))

    assert set(outcomes(report, "TRAIL-001").values()) == {"unknown"}
    assert "made of Terraform and templates" in json.dumps(report["findings"])


def test_stacks_are_joined_too(scan: Scan, tmp_path: Path) -> None:
    trail = {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {"S3BucketName": "acme-audit", "IsLogging": True, "TrailName": "audit"},
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-audit"}}
    for name, resource in (("one", trail), ("two", bucket)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": {"This": resource}}), encoding="utf-8")
    entry = '[[deployment]]\nname = "stacks"\nroots = ["one.json", "two.json"]\n'

    assert outcomes(scan(entry, "one.json", "two.json"), "BUCKET-014") == {"one.json:This": "pass"}


def test_names_that_mean_something_in_one_root_alone_lead_into_no_other(tmp_path: Path) -> None:
    codes = {
        "one": 'variable "v" {}\nresource "aws_sns_topic" "this" {\n  name = var.v\n}\n',
        "two": 'variable "v" {}\nresource "aws_sns_topic_policy" "this" {\n  arn = aws_sns_topic.this.arn\n'
        '  policy = "${var.v}-x"\n}\nresource "aws_sns_topic" "this" {\n}\n',
    }
    for name, code in codes.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(code, encoding="utf-8")
    roots = tuple(str(tmp_path / name) for name in codes)
    entry = DeploymentEntry(name="both", roots=roots, place="guardrails.toml:1")
    (whole,) = joined(load(list(roots)).deployments, Config(deployments=(entry,)).deployments)
    assert isinstance(whole, JoinedDeployment)

    topic, other = whole.resources("aws_sns_topic")
    assert other.address == "module.2:two.aws_sns_topic.this"
    (policy,) = whole.resources("aws_sns_topic_policy")
    assert topic.address == "module.1:one.aws_sns_topic.this"
    assert policy.block.attribute("arn").reference == Reference("module.2:two.aws_sns_topic.this", ("arn",))
    assert topic.block.attribute("name").input == Input("module.1:one.var.v")
    assert policy.block.attribute("policy").parts == (Input("module.2:two.var.v"), "-x")
    assert whole.home(topic.address) == (whole.parts[0], "aws_sns_topic.this")
    assert (
        whole.plain(f"`{policy.address}` and `{topic.address}`")
        == "`aws_sns_topic_policy.this` and `aws_sns_topic.this`"
    )


def test_a_change_of_one_root_is_judged_with_the_others(scan: Scan) -> None:
    report = scan(ENTRY, "--changed", "trail/main.tf")

    assert outcomes(report, "BUCKET-014") == {"trail:aws_cloudtrail.this": "pass"}
    assert "is not part of this scan" not in json.dumps(report)


def test_a_remedy_is_proved_by_the_whole(scan: Scan, capsys: pytest.CaptureFixture[str]) -> None:
    scan(ENTRY)

    assert main(["remedy", "BUCKET-004", ".", "--config", "guardrails.toml"]) == 0
    told, said = capsys.readouterr()
    assert "+++ b/bucket/main.tf" in told
    assert "BUCKET-004 on `aws_s3_bucket.this`" in said
