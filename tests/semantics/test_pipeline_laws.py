"""What the pipeline says of all records of a kind agrees with single ones, followed through a much simpler chain."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import open_world
from guardrails.model.context import Context
from guardrails.semantics.cloudtrail_fields import cloudtrail
from guardrails.semantics.fields import one_of
from guardrails.semantics.pipeline import in_account, noticed
from guardrails.semantics.scenario import Call
from guardrails.sources.terraform.project import Options, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEDS, KINDS = 40, 8

FIELDS: dict[str, tuple[Any, ...]] = {
    "eventName": ("CreateVpc", "DeleteVpc", "DescribeVpcs"),
    "eventSource": ("s3.amazonaws.com", "ec2.amazonaws.com", "kms.amazonaws.com"),
    "userIdentity.type": ("Root", "IAMUser", "AssumedRole"),
    "awsRegion": ("eu-central-1", "us-east-1", "eu-west-1"),
    "readOnly": (True, False),
}
"""The fields that differ, and what they may be."""

Flat = dict[str, Any]
"""A complete record, by path."""


class Made:
    """A random deployment, and what it does with a record."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.selected = self.random.choice(["All", "All", "All", "WriteOnly", "ReadOnly"])
        self.left_out = self.random.random() < 0.2
        self.everywhere = self.random.random() < 0.8
        self.watchers = [self.watcher(f"f{number}") for number in range(self.random.randint(1, 4))]

    def comparison(self) -> tuple[str, Callable[[Flat], bool]]:
        path = self.random.choice(list(FIELDS))
        value = self.random.choice(FIELDS[path])
        if isinstance(value, bool):
            return f"($.{path} IS {str(value).upper()})", lambda record: record[path] is value
        if self.random.random() < 0.3:
            return f'($.{path} != "{value}")', lambda record: record[path] != value
        if self.random.random() < 0.2:
            return f'($.{path} = "{value[:4]}*")', lambda record: record[path].startswith(value[:4])
        return f'($.{path} = "{value}")', lambda record: record[path] == value

    def pattern(self, depth: int = 2) -> tuple[str, Callable[[Flat], bool]]:
        if depth == 0 or self.random.random() < 0.3:
            return self.comparison()
        (one, says_one), (other, says_other) = self.pattern(depth - 1), self.pattern(depth - 1)
        if self.random.random() < 0.6:
            return f"({one} || {other})", lambda record: says_one(record) or says_other(record)
        return f"({one} && {other})", lambda record: says_one(record) and says_other(record)

    def watcher(self, name: str) -> tuple[str, Callable[[Flat], bool], bool]:
        """The code of a filter and its alarm, what it matches, and whether one match comes to somebody."""
        pattern, says = self.pattern()
        often = self.random.random
        value = 1 if often() < 0.9 else 0
        threshold = 1 if often() < 0.8 else self.random.choice([0, 2, 5])
        strict = often() < 0.1
        periods, needed = (1, 1) if often() < 0.8 else self.random.choice([(2, 2), (3, 1)])
        breaching = often() < 0.1
        enabled = often() < 0.9
        named = often() < 0.95
        statistic = "Sum" if often() < 0.8 else "Maximum"
        # Before an event there is no data: it breaches only if missing data does.
        fires = (value > threshold or (value == threshold and not strict)) and needed == 1 and not breaching
        escaped = "{ " + pattern.replace('"', '\\"') + " }"
        code = f"""
resource "aws_cloudwatch_log_metric_filter" "{name}" {{
  name           = "{name}"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{escaped}"
  metric_transformation {{
    name      = "{name}"
    namespace = "Audit"
    value     = "{value}"
  }}
}}

resource "aws_cloudwatch_metric_alarm" "{name}" {{
  alarm_name          = "{name}"
  namespace           = "Audit"
  metric_name         = "{name if named else "another"}"
  statistic           = "{statistic}"
  period              = 300
  evaluation_periods  = {periods}
  datapoints_to_alarm = {needed}
  comparison_operator = "{"GreaterThanThreshold" if strict else "GreaterThanOrEqualToThreshold"}"
  threshold           = {threshold}
  treat_missing_data  = "{"breaching" if breaching else "notBreaching"}"
  actions_enabled     = {str(enabled).lower()}
  alarm_actions       = [aws_sns_topic.alerts.arn]
}}
"""
        return code, says, fires and enabled and named

    def write(self) -> str:
        excluded = 'exclude_management_event_sources = ["kms.amazonaws.com"]' if self.left_out else ""
        return f"""
provider "aws" {{
  region = "eu-central-1"
}}

resource "aws_cloudwatch_log_group" "trail" {{
  name = "cloudtrail"
}}

resource "aws_iam_role" "trail" {{
  name = "cloudtrail-to-logs"
  assume_role_policy = jsonencode({{
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ Service = "cloudtrail.amazonaws.com" }}
      Action    = "sts:AssumeRole"
    }}]
  }})
  inline_policy {{
    name = "write"
    policy = jsonencode({{
      Statement = [{{
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${{aws_cloudwatch_log_group.trail.arn}}:*"
      }}]
    }})
  }}
}}

resource "aws_cloudtrail" "main" {{
  name                          = "main"
  s3_bucket_name                = "logs"
  is_multi_region_trail         = {str(self.everywhere).lower()}
  cloud_watch_logs_group_arn    = "${{aws_cloudwatch_log_group.trail.arn}}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn
  event_selector {{
    read_write_type = "{self.selected}"
    {excluded}
  }}
}}

resource "aws_sns_topic" "alerts" {{
  name = "alerts"
}}
{"".join(code for code, _, _ in self.watchers)}"""

    def tells(self, record: Flat) -> bool:
        """Whether somebody is told of one record."""
        reads = record["readOnly"]
        recorded = self.selected == "All" or (self.selected == "ReadOnly") is reads
        recorded = recorded and not (self.left_out and record["eventSource"] == "kms.amazonaws.com")
        recorded = recorded and (self.everywhere or record["awsRegion"] == "eu-central-1")
        return recorded and any(works and says(record) for _, says, works in self.watchers)

    def kind(self) -> dict[str, tuple[Any, ...]]:
        """What each field of a kind of records may be."""
        return {
            path: tuple(self.random.sample(values, self.random.choice([1, 1, len(values)])))
            for path, values in FIELDS.items()
        }


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_said_of_a_kind_holds_for_each_of_its_records(tmp_path: Path, seed: int) -> None:
    made = Made(seed)
    (tmp_path / "main.tf").write_text(made.write(), encoding="utf-8")
    (deployment,) = load([str(tmp_path)], Options()).deployments
    account = open_world(deployment, Context()).account
    for _ in range(KINDS):
        kind = made.kind()
        usual = {"eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": True}
        fields = {path: values[0] if len(values) == 1 else one_of(*values) for path, values in kind.items()}
        found = noticed(account, in_account(account, Call("a call", cloudtrail({**usual, **fields}))).record)
        every = all(made.tells(dict(zip(kind, values, strict=True))) for values in product(*kind.values()))

        assert found.truth.verdict is (Verdict.TRUE if every else Verdict.FALSE), kind
        if found.unseen is not None:
            shown = {path: at(found.unseen, path) for path in FIELDS}
            assert all(value in kind[path] for path, value in shown.items())
            assert not made.tells(shown)


def at(record: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - whatever JSON has there
    found: Any = record
    for step in path.split("."):
        found = found[step]
    return found
