"""Alarms against the rules of CloudWatch: one event, missing data, rules of composite alarms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guardrails.kernel.truth import Verdict, decide
from guardrails.lower.world import open_world
from guardrails.model import Context, MetricAlarm, MetricFilter
from guardrails.semantics.alarms import fires_on_one_event, state_after
from guardrails.semantics.composite_alarms import AlarmRule, parse
from guardrails.sources.terraform.project import load

VECTORS = json.loads((Path(__file__).parent / "alarms-and-delivery.vectors.json").read_text(encoding="utf-8"))
VERDICTS = {"yes": Verdict.TRUE, "no": Verdict.FALSE, "unknown": Verdict.UNKNOWN}
SIMPLE = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


def written(vector: dict[str, Any]) -> dict[str, Any]:
    """The filter and the alarm of a vector as Terraform."""
    published, alarm = vector["filter"], vector["alarm"]
    transformation = {
        "name": published["metricName"],
        "namespace": published["metricNamespace"],
        "value": published["metricValue"],
        "default_value": published["defaultValue"],
        "unit": published["unit"],
        "dimensions": published["dimensions"] or None,
    }
    statistic = "statistic" if alarm["Statistic"] in SIMPLE else "extended_statistic"
    resources = {
        "aws_cloudwatch_log_group": {
            "g": {"provider": "aws.filter", "name": "trail", "log_group_class": published.get("logGroupClass")}
        },
        "aws_cloudwatch_log_metric_filter": {
            "f": {
                "provider": "aws.filter",
                "name": "f",
                "pattern": "",
                "log_group_name": "${aws_cloudwatch_log_group.g.name}",
                "metric_transformation": transformation,
            }
        },
        "aws_cloudwatch_metric_alarm": {
            "a": {
                "alarm_name": "a",
                "namespace": alarm["Namespace"],
                "metric_name": alarm["MetricName"],
                statistic: alarm["Statistic"],
                "period": alarm["Period"],
                "evaluation_periods": alarm["EvaluationPeriods"],
                "datapoints_to_alarm": alarm["DatapointsToAlarm"],
                "threshold": alarm["Threshold"],
                "comparison_operator": alarm["ComparisonOperator"],
                "treat_missing_data": alarm["TreatMissingData"],
                "unit": alarm["Unit"],
                "dimensions": {one["Name"]: one["Value"] for one in alarm["Dimensions"]} or None,
            }
        },
    }
    regions = [{"region": "us-east-1"}, {"alias": "filter", "region": published.get("region", "us-east-1")}]
    return {"provider": {"aws": regions}, "resource": resources}


@pytest.mark.parametrize("vector", VECTORS["firesOnOneEvent"], ids=lambda vector: vector["id"])
def test_one_event(tmp_path: Path, vector: dict[str, Any]) -> None:
    (tmp_path / "main.tf.json").write_text(json.dumps(written(vector)), encoding="utf-8")
    world = open_world(load([str(tmp_path)]).deployments[0], Context())
    ((alarm, _),) = world.all(MetricAlarm).members()
    ((published, _),) = world.all(MetricFilter).members()

    answer = fires_on_one_event(alarm, published, busy=vector["otherLogEventsEveryMinute"])

    assert answer.verdict is VERDICTS[vector["expected"]]
    assert answer.facts
    assert bool(answer.reasons) is (vector["expected"] == "unknown")


@pytest.mark.parametrize("treatment", ["missing", "ignore", "breaching", "notBreaching"])
@pytest.mark.parametrize("vector", VECTORS["missingData"], ids=lambda vector: vector["id"])
def test_missing_data(vector: dict[str, Any], treatment: str) -> None:
    found = state_after(vector["recentPoints"], vector["EvaluationPeriods"], vector["DatapointsToAlarm"], treatment)

    assert found == vector["result"][treatment]


@pytest.mark.parametrize("vector", VECTORS["composite"], ids=lambda vector: vector["id"])
def test_composite_alarms(vector: dict[str, Any]) -> None:
    rule = parse(vector["AlarmRule"])
    assert isinstance(rule, AlarmRule)

    holds = rule.holds(lambda name, state: decide(vector["states"][name.or_none()] == state))

    assert holds.verdict is (Verdict.TRUE if vector["expected"] else Verdict.FALSE)
