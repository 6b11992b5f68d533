"""Accounts with thousands of resources take as long as they are large, and no longer."""

from __future__ import annotations

import cProfile
import pstats
from typing import TYPE_CHECKING

from recorded_accounts import account, code

from guardrails.drift.drift import compare

if TYPE_CHECKING:
    from pathlib import Path

    from recorded_accounts import Answers

    from guardrails.drift.records import Comparison

ARN = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{}"


def alarm(number: int, *, prefix: str) -> str:
    return f"""
    resource "aws_cloudwatch_metric_alarm" "a{number}" {{
      alarm_name          = "{prefix}alarm-{number}"
      namespace           = "Audit"
      metric_name         = "m{number}"
      statistic           = "Sum"
      period              = 300
      evaluation_periods  = 1
      threshold           = 1
      comparison_operator = "GreaterThanOrEqualToThreshold"
    }}
    """


def answered(number: int) -> dict[str, object]:
    return {
        "AlarmArn": ARN.format(f"alarm-{number}"),
        "AlarmName": f"alarm-{number}",
        "ActionsEnabled": True,
        "Namespace": "Audit",
        "MetricName": f"m{number}",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }


def compared(folder: Path, size: int, prefix: str = "") -> tuple[Comparison, int]:
    """What comes out, and how many calls of functions it takes."""
    folder.mkdir()
    text = 'variable "stage" {}\n' + "".join(alarm(number, prefix=prefix) for number in range(size))
    (folder / "main.tf").write_text(text, encoding="utf-8")
    there: Answers = {"cloudwatch.alarm": {str(number): answered(number) for number in range(size)}}
    worlds, accounts = code(folder, "main.tf"), [account(there)]
    profile = cProfile.Profile()
    profile.enable()
    found = compare(worlds, accounts)
    profile.disable()
    stats = pstats.Stats(profile)
    return found, sum(row[0] for row in stats.stats.values())  # type: ignore[attr-defined] # typeshed leaves it out


def test_twice_as_much_takes_twice_the_work(tmp_path: Path) -> None:
    small, calls = compared(tmp_path / "small", 100)
    large, more_calls = compared(tmp_path / "large", 200)

    assert (small.alike, large.alike) == (100, 200)
    assert more_calls < 2.5 * calls


def test_names_that_are_open_at_the_beginning_are_found(tmp_path: Path) -> None:
    found, _ = compared(tmp_path / "open", 40, prefix="${var.stage}")

    assert found.drifts == ()
    assert (found.matched, found.opens) == (40, ())
