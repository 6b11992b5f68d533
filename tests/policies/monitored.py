"""A deployment in which somebody is told of everything, as text that tests change, and what is judged of it."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Verdict = tuple[str, int]
"""An outcome and its line."""
Verdicts = dict[tuple[str, str], Verdict]
"""By policy and resource; a resource has one verdict of a policy here."""


def any_name(*names: str) -> str:
    return "{ " + " || ".join(f"($.eventName = {name})" for name in names) + " }"


PATTERNS = {
    "root": '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
    '$.eventType != "AwsServiceEvent" }',
    "policies": any_name(
        *("PutGroupPolicy", "PutRolePolicy", "PutUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy"),
        *("DeleteUserPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
        *("AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy"),
        "DetachGroupPolicy",
    ),
    "trails": any_name("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    "keys": "{ ($.eventSource = kms.amazonaws.com) && "
    "(($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }",
    "failures": '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    "refused": '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    "mfa": '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }',
    "deletions": any_name("DeleteTrail", "DeleteBucket", "TerminateInstances"),
}
"""The filters that are written out, by name."""

WATCHES = {
    "root": "MONITOR-001",
    "refused": "MONITOR-002",
    "mfa": "MONITOR-003",
    "policies": "MONITOR-004",
    "trails": "MONITOR-005",
    "failures": "MONITOR-006",
    "keys": "MONITOR-007",
    "deletions": "MONITOR-017",
}
"""Which policy a filter is for."""

FOR_EACH = {
    "buckets": "{ ($.eventSource = s3.amazonaws.com) && "
    "(($.eventName = PutBucket*) || ($.eventName = DeleteBucket*)) }",
    "config": any_name(
        "StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"
    ),
    "network": '{ $.eventSource = "ec2.amazonaws.com" && $.readOnly IS FALSE }',
    "organization": '{ $.eventSource = "organizations.amazonaws.com" && $.readOnly IS FALSE }',
    "identities": '{ $.eventSource = "iam.amazonaws.com" && $.readOnly IS FALSE && $.eventName != "*Policy" && '
    '$.eventName != "*PolicyVersion" }',
    "versions": '{ $.eventName = "SetDefaultPolicyVersion" || $.eventName = "UpdateAssumeRolePolicy" }',
    "tampering": any_name(
        *("PutEventSelectors", "PutInsightSelectors", "DeleteEventDataStore", "StopEventDataStoreIngestion"),
        *("DeregisterOrganizationDelegatedAdmin", "DeleteLogGroup", "PutRetentionPolicy", "DeleteMetricFilter"),
        *("DeleteSubscriptionFilter", "DeleteAlarms", "DisableAlarmActions", "DeleteTopic", "DisableRule"),
        *("PutBucketLifecycle", "PutBucketVersioning", "PutBucketObjectLockConfiguration"),
        "DeregisterDelegatedAdministrator",
    ),
    "regions": '{ $.awsRegion != "eu-west-1" && $.awsRegion != "us-east-1" && $.readOnly IS FALSE }',
}
"""The filters that are made by `for_each`."""

CHAIN = frozenset(f"MONITOR-{number:03}" for number in range(1, 20))
"""The policies about calls that must be noticed."""


def quoted(text: str) -> str:
    return json.dumps(text)


def watcher(name: str, pattern: str) -> str:
    """A metric filter and its alarm; the name of the filter is in every line that a test might change."""
    return f"""
resource "aws_cloudwatch_log_metric_filter" "{name}" {{
  name           = "{name}"
  log_group_name = aws_cloudwatch_log_group.trail.name # group of {name}
  pattern        = {quoted(pattern)} # pattern of {name}

  metric_transformation {{
    name      = "{name}" # metric of {name}
    namespace = "Audit"
    value     = "1" # value of {name}
  }}
}}

resource "aws_cloudwatch_metric_alarm" "{name}" {{
  alarm_name          = "{name}"
  namespace           = "Audit" # namespace for {name}
  metric_name         = "{name}" # metric for {name}
  statistic           = "Sum" # statistic for {name}
  period              = 300 # period for {name}
  evaluation_periods  = 1 # periods for {name}
  comparison_operator = "GreaterThanOrEqualToThreshold" # comparison for {name}
  threshold           = 1 # threshold for {name}
  treat_missing_data  = "notBreaching" # missing for {name}
  alarm_actions       = [aws_sns_topic.alerts.arn] # actions for {name}
}}
"""


HEAD = """
provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "me" {}

resource "aws_organizations_organization" "all" {
  aws_service_access_principals = ["cloudtrail.amazonaws.com"]
}

resource "aws_s3_bucket" "logs" {
  bucket = "example-audit-logs"
}

resource "aws_cloudtrail" "main" {
  name                          = "main"
  s3_bucket_name                = aws_s3_bucket.logs.id
  enable_logging                = true # switch
  is_multi_region_trail         = true # Regions
  include_global_service_events = true
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*" # delivery
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn # role

  event_selector {
    read_write_type           = "All" # selected
    include_management_events = true  # management
  }
}

resource "aws_cloudwatch_log_group" "trail" { # log group
  name            = "trail"
  log_group_class = "STANDARD" # class
}

resource "aws_iam_role" "trail" {
  name = "trail-to-logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" } # trusted
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "trail" {
  role = aws_iam_role.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"] # writes
      Resource = "${aws_cloudwatch_log_group.trail.arn}:log-stream:*" # streams
    }]
  })
}

resource "aws_sns_topic" "alerts" { # topic
  name              = "alerts"
  kms_master_key_id = aws_kms_key.alerts.arn # key of topic
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({ # policy of topic
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow" # effect of topic policy
      Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com"] } # publisher
      Action    = "sns:Publish" # publish
      Resource  = aws_sns_topic.alerts.arn
    }]
  })
}

resource "aws_kms_key" "alerts" {
  enable_key_rotation = true
  policy = jsonencode({ # policy of key
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com"] } # user of key
        Action    = ["kms:GenerateDataKey*", "kms:Decrypt"] # use of key
        Resource  = "*"
      },
    ]
  })
}
"""

EVENT_RULE = """
provider "aws" {
  alias  = "leading"
  region = "us-east-1" # leading
}

resource "aws_cloudwatch_event_rule" "policies" {
  provider = aws.leading
  name     = "policies"
  state    = "ENABLED" # state
  event_pattern = jsonencode({
    source      = ["aws.iam"] # source
    detail-type = ["AWS API Call via CloudTrail"] # detail type
    detail = {
      eventSource = ["iam.amazonaws.com"]
      eventName   = [{ wildcard = "*Policy*" }] # names
    }
  })
}

resource "aws_cloudwatch_event_target" "policies" {
  provider = aws.leading
  rule     = aws_cloudwatch_event_rule.policies.name # rule of target
  arn      = aws_sns_topic.leading.arn # target
}

resource "aws_sns_topic" "leading" {
  provider = aws.leading
  name     = "leading"
}

resource "aws_sns_topic_policy" "leading" {
  provider = aws.leading
  arn      = aws_sns_topic.leading.arn
  policy = jsonencode({ # of topic
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" } # event publisher
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.leading.arn
    }]
  })
}
"""
"""A rule for changes of IAM policies, in the Region where IAM is recorded."""

EACH = f"""
locals {{
  patterns = {{
{chr(10).join(f"    {name} = {quoted(pattern)}" for name, pattern in FOR_EACH.items())}
  }}
}}

resource "aws_cloudwatch_log_metric_filter" "each" {{
  for_each       = local.patterns
  name           = each.key
  log_group_name = aws_cloudwatch_log_group.trail.name # group of each
  pattern        = each.value

  metric_transformation {{
    name      = each.key
    namespace = "Audit"
    value     = "1"
  }}
}}

resource "aws_cloudwatch_metric_alarm" "each" {{
  for_each            = aws_cloudwatch_log_metric_filter.each
  alarm_name          = each.key
  namespace           = "Audit"
  metric_name         = each.value.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1 # threshold for each
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn] # actions for each
}}
"""


def deployment(*left_out: str, **patterns: str) -> str:
    """The deployment without some of the filters that are written out, or with other ones."""
    kept = {name: pattern for name, pattern in {**PATTERNS, **patterns}.items() if name not in left_out}
    return HEAD + "".join(watcher(name, pattern) for name, pattern in kept.items()) + EACH


COMPLIANT = deployment()


def line_of(text: str, part: str) -> int:
    """The one line that a part of a text is on, counted from 1."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    assert len(found) == 1, (part, found)
    return found[0]


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with changes, each of which says the mark of a line, or a part of the text, and what stands there then."""
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def judged(folder: Path, text: str) -> Verdicts:
    """The verdicts on a deployment."""
    (folder / "main.tf").write_text(text, encoding="utf-8")
    written = StringIO()
    with redirect_stdout(written):
        main(["scan", str(folder), "--no-config", "--format", "json", "--outcome", "pass,fail,unknown,error"])
    told = json.loads(written.getvalue())
    assert not told["gaps"], told["gaps"]
    assert all(one["outcome"] != "error" for one in told["findings"])
    return {(one["policy"], one["resource"]): (one["outcome"], one["line"]) for one in told["findings"]}
