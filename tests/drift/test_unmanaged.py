"""What is there, serves the audit trail, and nobody declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from recorded_accounts import account, code

from guardrails.drift.drift import compare
from guardrails.drift.records import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from recorded_accounts import Answers

ARN = "arn:aws:{}:eu-central-1:111122223333:{}"
GROUP = ARN.format("logs", "log-group:{}")
KEY = ARN.format("kms", "key/11111111-1111-1111-1111-111111111111")
CODE = """
resource "aws_cloudtrail" "audit" {
  name           = "audit"
  s3_bucket_name = "central-logs"
}
"""


def trail(name: str, **more: object) -> dict[str, Any]:
    arn = ARN.format("cloudtrail", f"trail/{name}")
    return {"arn": arn, "trail": {"Name": name, "TrailARN": arn, "HomeRegion": "eu-central-1", **more}}


def bucket(name: str) -> dict[str, Any]:
    return {"name": name, "bucket": {"Name": name}}


def group(name: str) -> dict[str, Any]:
    arn = GROUP.format(name)
    return {"arn": arn, "group": {"logGroupName": name, "logGroupArn": arn}}


def found(folder: Path, there: Answers, text: str = CODE) -> dict[str, str]:
    """What is unmanaged, and why it does not count."""
    (folder / "main.tf").write_text(text, encoding="utf-8")
    told = compare(code(folder, "main.tf"), [account(there)])
    return {drift.live: drift.ignored for drift in told.drifts if drift.kind is Kind.UNMANAGED}


AUDIT = {"cloudtrail.trail": {"a": trail("audit", S3BucketName="central-logs")}}


def test_another_trail_is_told(tmp_path: Path) -> None:
    other = trail("other", S3BucketName="central-logs")

    assert found(tmp_path, {"cloudtrail.trail": {**AUDIT["cloudtrail.trail"], "b": other}}) == {
        ARN.format("cloudtrail", "trail/other"): ""
    }


def test_buckets_and_log_groups_count_if_audit_logs_go_there(tmp_path: Path) -> None:
    there: Answers = {
        "cloudtrail.trail": {
            **AUDIT["cloudtrail.trail"],
            "b": trail("other", S3BucketName="theirs", CloudWatchLogsLogGroupArn=GROUP.format("theirs") + ":*"),
        },
        "s3.bucket": {"a": bucket("theirs"), "b": bucket("pictures")},
        "logs.group": {"a": group("theirs"), "b": group("/aws/lambda/x")},
    }

    assert found(tmp_path, there).keys() == {
        ARN.format("cloudtrail", "trail/other"),
        "arn:aws:s3:::theirs",
        GROUP.format("theirs"),
    }


def test_what_the_code_points_at_is_known_to_it(tmp_path: Path) -> None:
    assert found(tmp_path, {**AUDIT, "s3.bucket": {"a": bucket("central-logs")}}) == {}


def test_filters_of_audit_logs_count_with_the_alarms_that_watch_them(tmp_path: Path) -> None:
    arn = GROUP.format("audit")
    text = CODE.replace('central-logs"', f'central-logs"\n  cloud_watch_logs_group_arn = "{arn}:*"')
    metric = {"metricName": "Root", "metricNamespace": "Audit", "metricValue": "1"}

    def of(group_name: str, name: str) -> dict[str, Any]:
        return {
            "filterName": name,
            "logGroupName": group_name,
            "filterPattern": "x",
            "metricTransformations": [{**metric, "metricName": name}],
        }

    def alarm(name: str) -> dict[str, Any]:
        return {
            "AlarmName": name,
            "AlarmArn": ARN.format("cloudwatch", f"alarm:{name}"),
            "MetricName": name,
            "Namespace": "Audit",
            "Statistic": "Sum",
            "Period": 300,
        }

    there: Answers = {
        "cloudtrail.trail": {"a": trail("audit", S3BucketName="central-logs", CloudWatchLogsLogGroupArn=f"{arn}:*")},
        "logs.group": {"a": group("audit"), "b": group("app")},
        "logs.filter": {"a": of("audit", "Root"), "b": of("app", "Errors")},
        "cloudwatch.alarm": {"a": alarm("Root"), "b": alarm("Errors")},
    }

    assert found(tmp_path, there, text).keys() == {"logs.filter.a", ARN.format("cloudwatch", "alarm:Root")}


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("aws-controltower-BaselineCloudTrail", "AWS Control Tower"),
        ("management-events", ""),
        ("my-aws-controltower-trail", ""),
    ],
)
def test_what_services_make_is_told_and_does_not_count(tmp_path: Path, name: str, service: str) -> None:
    there: Answers = {"cloudtrail.trail": {**AUDIT["cloudtrail.trail"], "b": trail(name)}}

    told = found(tmp_path, there)

    assert told == {
        ARN.format("cloudtrail", f"trail/{name}"): f"its name is one that {service} gives" if service else ""
    }


def test_a_rule_that_a_service_keeps_is_its_own(tmp_path: Path) -> None:
    rule = {
        "Name": "DO-NOT-DELETE-x",
        "Arn": ARN.format("events", "rule/DO-NOT-DELETE-x"),
        "State": "ENABLED",
        "EventPattern": '{"detail-type": ["AWS API Call via CloudTrail"]}',
        "ManagedBy": "inspector.amazonaws.com",
    }

    assert found(tmp_path, {**AUDIT, "events.rule": {"r": rule}}) == {
        rule["Arn"]: "inspector.amazonaws.com made it and keeps it"
    }


def test_a_key_that_may_be_a_declared_one_is_not_told(tmp_path: Path) -> None:
    """Its trail was not found, so nothing says which key is the declared one."""
    described = {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "Enabled": True, "KeyManager": "CUSTOMER"}
    there: Answers = {
        "cloudtrail.trail": {"b": trail("other", S3BucketName="central-logs", KmsKeyId=KEY)},
        "kms.key": {"k": {"arn": KEY, "key": described}},
    }

    with_key = found(tmp_path, there, CODE + 'resource "aws_kms_key" "logs" {}')
    without = found(tmp_path, there)

    assert KEY not in with_key
    assert KEY in without
