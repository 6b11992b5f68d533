"""A trail whose events reach a log group beside a topic for alerts, and filters with their alarms, as text."""

from __future__ import annotations

import json

PROVIDER = """\
provider "aws" {
  region = "eu-central-1"
}

"""
TRAIL = """\
resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "example-audit-logs"
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.trail.arn
}

"""
GROUP = """\
resource "aws_cloudwatch_log_group" "trail" {
  name = "cloudtrail"
}

"""
ROLE = """\
resource "aws_iam_role" "trail" {
  name = "cloudtrail-to-logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
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
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.trail.arn}:*"
    }]
  })
}

"""
TOPIC = """\
resource "aws_sns_topic" "alerts" {
  name = "alerts"
}
"""
RECORDED = GROUP + ROLE + TRAIL + TOPIC
ON_TOPIC = "alarm_actions       = [aws_sns_topic.alerts.arn]"


def filter_of(name: str, pattern: str, *, namespace: str = "Audit") -> str:
    """A metric filter on the log group; the pattern is an expression."""
    return f"""
resource "aws_cloudwatch_log_metric_filter" "{name}" {{
  name           = "{name}"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = {pattern}

  metric_transformation {{
    name      = "{name}"
    namespace = "{namespace}"
    value     = "1"
  }}
}}
"""


def alarm_of(name: str, *, actions: str = ON_TOPIC, namespace: str = "Audit", period: int = 300) -> str:
    """The alarm of that filter; `actions` is a line of it, or several."""
    return f"""
resource "aws_cloudwatch_metric_alarm" "{name}" {{
  alarm_name          = "{name}"
  namespace           = "{namespace}"
  metric_name         = "{name}"
  statistic           = "Sum"
  period              = {period}
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  {actions}
}}
"""


def quoted(pattern: str) -> str:
    """A pattern as an expression."""
    return json.dumps(pattern)
