"""Remedies for calls of which nobody would be told, in a deployment that has a topic, and filters or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alerting import PROVIDER, RECORDED, alarm_of, filter_of, quoted
from deployed import added, sought

if TYPE_CHECKING:
    from pathlib import Path

CREATE_TRAIL = quoted('{ $.eventName = CreateTrail && $.eventSource = "cloudtrail.amazonaws.com" }')
WATCHED = filter_of("other", f"{CREATE_TRAIL} # the first", namespace="Ours") + alarm_of(
    "other", namespace="Ours", period=60
)
ORGANIZATION = """
resource "aws_organizations_organization" "all" {
  aws_service_access_principals = ["cloudtrail.amazonaws.com"]
}
"""
BY_NAME = [f"MONITOR-{number:03}" for number in (4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19)]
BY_PATTERN = [f"MONITOR-{number:03}" for number in (1, 2, 3, 6)]


@pytest.mark.parametrize("id", [*BY_NAME, *BY_PATTERN])
@pytest.mark.parametrize("text", [RECORDED, RECORDED + WATCHED], ids=["no filter", "a filter"])
def test_somebody_is_told_with_the_change(id: str, text: str, tmp_path: Path) -> None:
    found = sought(tmp_path, id, text + ORGANIZATION)
    assert found.closed
    assert not found.open


def test_the_nearest_filter_gets_the_missing_clauses_and_nothing_else_changes(tmp_path: Path) -> None:
    found = sought(tmp_path, "MONITOR-005", RECORDED + WATCHED)
    (change,) = found.changes
    before, after = change.before.splitlines(), change.after.splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert 'CreateTrail && $.eventSource = \\"cloudtrail.amazonaws.com\\" || ($.eventName = ' in changed[0]
    assert changed[0].endswith(') }" # the first')


def test_a_new_alarm_is_wired_like_those_that_work(tmp_path: Path) -> None:
    found = sought(tmp_path, "MONITOR-001", RECORDED + WATCHED)
    (change,) = found.changes
    new = change.after.removeprefix(change.before)
    assert 'resource "aws_cloudwatch_metric_alarm" "root_use"' in new
    assert 'namespace           = "Ours"' in new
    assert "period              = 60" in new


def test_without_a_topic_there_is_nobody_to_tell(tmp_path: Path) -> None:
    found = sought(tmp_path, "MONITOR-004", RECORDED.partition('resource "aws_sns_topic"')[0])
    assert not found.changes
    assert any("topic" in reason for still in found.open for reason in still.reasons)


def test_a_pattern_from_elsewhere_is_named_and_left_alone(tmp_path: Path) -> None:
    text = 'locals {\n  p = "{ $.eventName = CreateTrail }"\n}\n' + WATCHED.replace(CREATE_TRAIL, "local.p")
    found = sought(tmp_path, "MONITOR-005", RECORDED + text)
    (change,) = found.changes
    assert change.after.startswith(change.before), "a filter of its own is added instead"


def test_what_happens_in_regions_that_are_not_in_use(tmp_path: Path) -> None:
    found = sought(tmp_path, "MONITOR-018", RECORDED + WATCHED)
    assert [still.reasons for still in found.open] == [
        ("which Regions are in use, only you know: name them in `allowed_regions`",)
    ]
    settings = {"allowed_regions": ["eu-central-1", "us-east-1"]}
    found = sought(tmp_path, "MONITOR-018", RECORDED + WATCHED, settings=settings)
    assert found.closed
    assert '($.awsRegion != \\"us-east-1\\") && ($.readOnly IS FALSE) }' in added(found)


def test_calls_of_your_own(tmp_path: Path) -> None:
    texts = (
        '{"name": "payroll", "match": {"eventSource": "payroll.amazonaws.com", "eventName": ["Export", "Send"]}}',
        '{"name": "keys", "match": {"eventName": "Decrypt", "readOnly": true}, "absent": ["errorCode"]}',
    )
    settings = {"own_scenarios": list(texts)}
    found = sought(tmp_path, "MONITOR-032", RECORDED + WATCHED, settings=settings)
    assert found.closed
    assert not found.open
    new = added(found)
    assert 'resource "aws_cloudwatch_log_metric_filter" "payroll"' in new
    assert '(($.eventName = \\"Export\\") || ($.eventName = \\"Send\\")) }"' in new
    assert '($.readOnly IS TRUE) && ($.errorCode NOT EXISTS) }"' in new


def test_what_security_hub_looks_for_is_added_letter_by_letter(tmp_path: Path) -> None:
    found = sought(tmp_path, "MONITOR-033", RECORDED)
    new = added(found)
    assert found.closed
    assert new.count('resource "aws_cloudwatch_log_metric_filter"') == 14
    assert new.count('resource "aws_cloudwatch_metric_alarm"') == 14


ALARMS = [
    ("threshold           = 1", "threshold           = 3"),
    ("evaluation_periods  = 1", 'evaluation_periods  = 2\n  treat_missing_data  = "notBreaching"'),
    ("period              = 60", "period              = 86400"),
]


@pytest.mark.parametrize("change", ALARMS)
def test_an_alarm_that_one_call_sets_off(change: tuple[str, str], tmp_path: Path) -> None:
    before, after = change
    assert before in WATCHED
    found = sought(tmp_path, "MONITOR-021", RECORDED + WATCHED.replace(before, after))
    assert found.closed
    assert len(added(found).splitlines()) == 1


def test_a_filter_on_the_log_group_of_a_trail(tmp_path: Path) -> None:
    other = '\nresource "aws_cloudwatch_log_group" "other" {\n  name = "other"\n}\n'
    away = WATCHED.replace("aws_cloudwatch_log_group.trail.name", "aws_cloudwatch_log_group.other.name")
    found = sought(tmp_path, "MONITOR-020", RECORDED + other + away)
    assert added(found) == "  log_group_name = aws_cloudwatch_log_group.trail.name"


def test_a_filter_that_matches_less(tmp_path: Path) -> None:
    text = RECORDED + WATCHED.replace(CREATE_TRAIL, quoted('{ $.eventSource = "iam.amazonaws.com" }'))
    found = sought(tmp_path, "MONITOR-031", text)
    assert '"{ ($.eventSource = \\"iam.amazonaws.com\\") && ($.readOnly IS FALSE) }"' in added(found)


def test_an_alarm_gets_the_topic_beside_it(tmp_path: Path) -> None:
    found = sought(tmp_path, "MONITOR-022", RECORDED + WATCHED.replace("[aws_sns_topic.alerts.arn]", "[]"))
    assert added(found) == "  alarm_actions       = [aws_sns_topic.alerts.arn]"


def test_a_topic_lets_in_what_sends_to_it(tmp_path: Path) -> None:
    policy = """
resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alerts.arn
    }]
  })
}
"""
    found = sought(tmp_path, "MONITOR-024", PROVIDER + RECORDED + WATCHED + policy)
    assert found.closed
    assert 'Principal = { Service = "cloudwatch.amazonaws.com" }' in added(found)
