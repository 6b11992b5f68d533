"""Remedies for calls of which nobody would be told, in a deployment that has a topic, and filters or none."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guardrails import config, plugins, selection
from guardrails.findings import Outcome
from guardrails.remedies.search import Remedy, search
from guardrails.run import Progress, Request, run

if TYPE_CHECKING:
    from guardrails.plugins import Plugins

RECORDED = """\
resource "aws_cloudwatch_log_group" "trail" {
  name = "cloudtrail"
}

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

resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "example-audit-logs"
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.trail.arn
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}
"""
WATCHED = """
resource "aws_cloudwatch_log_metric_filter" "other" {
  name           = "other"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventName = CreateTrail && $.eventSource = \\"cloudtrail.amazonaws.com\\" }" # the first

  metric_transformation {
    name      = "other"
    namespace = "Ours"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "other" {
  alarm_name          = "other"
  namespace           = "Ours"
  metric_name         = "other"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.alerts.arn]
}
"""
BY_NAME = [f"MONITOR-{number:03}" for number in (4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19)]
BY_PATTERN = [f"MONITOR-{number:03}" for number in (1, 2, 3, 6)]


@cache
def _plugins() -> Plugins:
    return plugins.load([])


def _sought(folder: Path, id: str, text: str) -> Remedy:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    policy = next(one for one in _plugins().policies if one.id == id)
    chosen = selection.choose(_plugins().policies, config.Config(), select=("*",))
    found = search(Request(paths=(str(folder),)), _plugins(), chosen, policy)
    for change in found.changes:
        Path(change.path).write_text(change.after, encoding="utf-8")
        if shutil.which("terraform"):
            done = subprocess.run(
                ["terraform", "fmt", "-"], input=change.after, capture_output=True, text=True, check=True, timeout=60
            )
            assert done.stdout == change.after
    if found.changes:
        after = run(Request(paths=(str(folder),)), _plugins(), chosen, Progress())
        assert {one.outcome for one in after.findings if one.policy == id} == {Outcome.PASS}
    return found


@pytest.mark.parametrize("id", [*BY_NAME, *BY_PATTERN])
@pytest.mark.parametrize("text", [RECORDED, RECORDED + WATCHED], ids=["no filter", "a filter"])
def test_somebody_is_told_with_the_change(id: str, text: str, tmp_path: Path) -> None:
    found = _sought(tmp_path, id, text)
    assert found.closed
    assert not found.open


def test_the_nearest_filter_gets_the_missing_clauses_and_nothing_else_changes(tmp_path: Path) -> None:
    found = _sought(tmp_path, "MONITOR-005", RECORDED + WATCHED)
    (change,) = found.changes
    before, after = change.before.splitlines(), change.after.splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert 'CreateTrail && $.eventSource = \\"cloudtrail.amazonaws.com\\" || ($.eventName = ' in changed[0]
    assert changed[0].endswith(') }" # the first')


def test_a_new_alarm_is_wired_like_those_that_work(tmp_path: Path) -> None:
    found = _sought(tmp_path, "MONITOR-001", RECORDED + WATCHED)
    (change,) = found.changes
    new = change.after.removeprefix(change.before)
    assert 'resource "aws_cloudwatch_metric_alarm" "root_use"' in new
    assert 'namespace           = "Ours"' in new
    assert "period              = 60" in new


def test_without_a_topic_there_is_nobody_to_tell(tmp_path: Path) -> None:
    found = _sought(tmp_path, "MONITOR-004", RECORDED.partition('resource "aws_sns_topic"')[0])
    assert not found.changes
    assert any("topic" in reason for still in found.open for reason in still.reasons)


def test_a_pattern_from_elsewhere_is_named_and_left_alone(tmp_path: Path) -> None:
    text = WATCHED.replace('"{ $.eventName = CreateTrail', 'local.p}" #').replace('local.p}" #', "local.p #")
    text = 'locals {\n  p = "{ $.eventName = CreateTrail }"\n}\n' + text
    found = _sought(tmp_path, "MONITOR-005", RECORDED + text)
    (change,) = found.changes
    assert change.after.startswith(change.before), "a filter of its own is added instead"
