"""Alarms of a deployment: what is not known, metric math, and what an alarm does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why
from guardrails.lower.world import World, open_world
from guardrails.model import CompositeAlarm, Context, MetricAlarm, MetricFilter
from guardrails.semantics.alarms import acts, fires_on_one_event, reduced
from guardrails.semantics.composite_alarms import RuleFault, goes_to_alarm, parse
from guardrails.semantics.metric_math import MISSING, Missing, Unsupported, compute
from guardrails.semantics.partial import PartialRecord
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.truth import Truth

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

GROUP = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "trail"\n}\nvariable "v" {\n}\nvariable "w" {\n}\n'
FILTER = """resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "f"
  pattern        = ""
  log_group_name = aws_cloudwatch_log_group.g.name
  OUTER
  metric_transformation {
    name      = "m"
    namespace = "CIS"
    value     = "1"
    INNER
  }
}
"""
USUAL = {
    "statistic": '"Sum"',
    "period": "300",
    "evaluation_periods": "1",
    "threshold": "1",
    "comparison_operator": '"GreaterThanOrEqualToThreshold"',
    "treat_missing_data": '"notBreaching"',
}


def world(folder: Path, *texts: str) -> World:
    (folder / "main.tf").write_text("\n".join(texts), encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], Context())


def fires(folder: Path, alarm: str, inner: str = "", record: PartialRecord | None = None) -> Truth:
    text = FILTER.replace("INNER", inner).replace("OUTER", "")
    found = world(
        folder, GROUP, text, f'resource "aws_cloudwatch_metric_alarm" "a" {{\n  alarm_name = "a"\n{alarm}}}\n'
    )
    ((one, _),) = found.all(MetricAlarm).members()
    ((published, _),) = found.all(MetricFilter).members()
    return fires_on_one_event(one, published, record)


def plain(**changes: str) -> str:
    arguments = {"namespace": '"CIS"', "metric_name": '"m"', **USUAL, **changes}
    return "".join(f"  {name} = {value}\n" for name, value in arguments.items())


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, TRUE),
        ({"threshold": "var.v"}, UNKNOWN),
        ({"threshold": "var.v ? 1 : 0.5"}, TRUE),
        ({"threshold": "var.v ? 2 : 3"}, FALSE),
        ({"threshold": "var.v ? 1 : 3"}, UNKNOWN),
        ({"threshold": "var.v", "treat_missing_data": '"breaching"'}, FALSE),
        ({"period": "var.v"}, TRUE),  # one point is one point, whichever period it is in
        ({"statistic": "var.v"}, UNKNOWN),
        ({"evaluation_periods": "var.v"}, UNKNOWN),
        ({"evaluation_periods": "var.v", "threshold": "2"}, FALSE),
        ({"evaluation_periods": "3", "datapoints_to_alarm": "1"}, TRUE),
        ({"evaluation_periods": "3", "datapoints_to_alarm": "2"}, FALSE),
        ({"evaluation_periods": "3", "datapoints_to_alarm": "var.v"}, UNKNOWN),
        ({"comparison_operator": '"LessThanLowerOrGreaterThanUpperThreshold"'}, UNKNOWN),
        ({"comparison_operator": "null"}, UNKNOWN),
        ({"threshold_metric_id": '"ad1"'}, UNKNOWN),
        ({"namespace": "var.v"}, UNKNOWN),
        ({"namespace": '"Other"'}, FALSE),
        ({"unit": "var.v"}, UNKNOWN),
        ({"unit": '"None"'}, TRUE),
        ({"treat_missing_data": "var.v"}, UNKNOWN),
    ],
)
def test_what_is_not_known_matters_only_where_it_decides(
    tmp_path: Path, changes: dict[str, str], verdict: Verdict
) -> None:
    answer = fires(tmp_path, plain(**changes))

    assert answer.verdict is verdict
    assert answer.facts


@pytest.mark.parametrize(
    ("changes", "inner", "line", "detail"),
    [
        ({"threshold": "2"}, "", "threshold", "one event comes to 1, and at least 2 is asked for"),
        ({"statistic": '"Average"'}, "default_value = 0", "threshold", "one event comes to 0.2, and at least 1"),
        ({"treat_missing_data": '"breaching"'}, "", "treat_missing_data", "it is in ALARM all the time: missing data"),
        ({"threshold": "0"}, "default_value = 0", "threshold", "it is in ALARM all the time: 0 without an event"),
        ({"evaluation_periods": "2"}, "", "evaluation_periods", "2 periods must breach, and one event"),
        ({"unit": '"Count"'}, "", "unit", "the alarm counts data points of the unit `Count`"),
    ],
)
def test_why_it_does_not_fire(tmp_path: Path, changes: dict[str, str], inner: str, line: str, detail: str) -> None:
    answer = fires(tmp_path, plain(**changes), inner)

    assert answer.verdict is FALSE
    assert answer.facts[0].detail.startswith(detail)
    assert answer.facts[0].origin.attribute == line


def test_so_many_events(tmp_path: Path) -> None:
    text = FILTER.replace("INNER", "").replace("OUTER", "")
    alarm = f'resource "aws_cloudwatch_metric_alarm" "a" {{\n{plain(threshold="5")}}}\n'
    found = world(tmp_path, GROUP, text, alarm)
    ((one, _),) = found.all(MetricAlarm).members()
    ((published, _),) = found.all(MetricFilter).members()
    answers = [fires_on_one_event(one, published, events=events) for events in (1, 4, 5)]

    assert [answer.verdict for answer in answers] == [FALSE, FALSE, TRUE]
    assert answers[1].facts[0].detail == "4 events come to 4, and at least 5 is asked for"


def test_a_period_that_no_alarm_can_have_is_not_counted_out() -> None:
    for period in (10**9, 10**30):
        state = reduced("Sum", period, 1.0, 0.0, busy=True)
        assert (state.event, state.idle) == (None, 0.0)
        assert reduced("Average", period, 1.0, 0.0, busy=True).event is None


def test_dimensions_are_compared_with_the_record(tmp_path: Path) -> None:
    alarm, inner = plain(dimensions='{ user = "alice" }'), 'dimensions = { user = "$.userIdentity.userName" }'

    def of(name: str) -> Verdict:
        return fires(tmp_path, alarm, inner, PartialRecord.of({"userIdentity.userName": name})).verdict

    assert (of("alice"), of("bob"), fires(tmp_path, alarm, inner).verdict) == (TRUE, FALSE, UNKNOWN)


@pytest.mark.parametrize(
    ("outer", "verdict"),
    [("", TRUE), ("apply_on_transformed_logs = true", UNKNOWN), ("apply_on_transformed_logs = var.v", UNKNOWN)],
)
def test_transformed_events_are_others(tmp_path: Path, outer: str, verdict: Verdict) -> None:
    text = FILTER.replace("INNER", "").replace("OUTER", outer)
    found = world(tmp_path, GROUP, text, f'resource "aws_cloudwatch_metric_alarm" "a" {{\n{plain()}}}\n')
    ((one, _),) = found.all(MetricAlarm).members()
    ((published, _),) = found.all(MetricFilter).members()

    assert fires_on_one_event(one, published).verdict is verdict


@pytest.mark.parametrize(
    ("group", "verdict"),
    [
        ('log_group_class = "STANDARD"', TRUE),
        ('log_group_class = "INFREQUENT_ACCESS"', FALSE),
        ("log_group_class = var.v", TRUE),  # whatever it is, it takes a filter, or there would be none
    ],
)
def test_classes_of_log_groups(tmp_path: Path, group: str, verdict: Verdict) -> None:
    outer = GROUP.replace('name = "trail"', f'name = "trail"\n  {group}')
    text = FILTER.replace("INNER", "").replace("OUTER", "")
    found = world(tmp_path, outer, text, f'resource "aws_cloudwatch_metric_alarm" "a" {{\n{plain()}}}\n')
    ((one, _),) = found.all(MetricAlarm).members()
    ((published, _),) = found.all(MetricFilter).members()

    assert fires_on_one_event(one, published).verdict is verdict


# --- metric math ------------------------------------------------------------------------------------------------------


def query(name: str, **arguments: str) -> str:
    return (
        f'  metric_query {{\n    id = "{name}"\n' + "".join(f"    {k} = {v}\n" for k, v in arguments.items()) + "  }\n"
    )


def metric(name: str, metric_name: str = '"m"', stat: str = '"Sum"', more: str = "") -> str:
    inner = f'namespace = "CIS"\n      metric_name = {metric_name}\n      period = 300\n      stat = {stat}\n'
    return f'  metric_query {{\n    id = "{name}"\n{more}    metric {{\n      {inner}    }}\n  }}\n'


THRESHOLD = "".join(f"  {name} = {USUAL[name]}\n" for name in list(USUAL)[2:])


@pytest.mark.parametrize(
    ("queries", "inner", "verdict"),
    [
        (metric("m1", more="    return_data = true\n"), "", TRUE),
        (query("e", expression='"m1"', return_data="true") + metric("m1"), "", TRUE),
        (query("e", expression='"m1 * 2 - 1"', return_data="true") + metric("m1"), "", TRUE),
        (query("e", expression='"m1 / 2"', return_data="true") + metric("m1"), "", FALSE),
        (query("e", expression='"SUM(METRICS())"', return_data="true") + metric("m1"), "", TRUE),
        (query("e", expression='"FILL(m1, 0)"', return_data="true") + metric("m1"), "", TRUE),
        (query("e", expression='"FILL(m1, 1)"', return_data="true") + metric("m1"), "", FALSE),
        (query("e", expression='"IF(m1 > 0, 1, 0)"', return_data="true") + metric("m1"), "default_value = 0", TRUE),
        (query("e", expression='"IF(m1 > 1, 1, 0)"', return_data="true") + metric("m1"), "default_value = 0", FALSE),
        (query("e", expression='"e2"', return_data="true") + query("e2", expression='"m1"') + metric("m1"), "", TRUE),
        (query("e", expression='"e"', return_data="true") + metric("m1"), "", UNKNOWN),
        (query("e", expression='"m1 + m2"', return_data="true") + metric("m1") + metric("m2", '"x"'), "", UNKNOWN),
        (query("e", expression='"RATE(m1)"', return_data="true") + metric("m1"), "", UNKNOWN),
        (query("e", expression="var.v", return_data="true") + metric("m1"), "", UNKNOWN),
        (query("e", expression='"m1"', return_data="var.v") + metric("m1"), "", UNKNOWN),
        (query("e", expression='"m1"') + metric("m1"), "", UNKNOWN),  # nothing is returned
        (query("e", expression='"m1"', return_data="true") + metric("m1", '"x"'), "", FALSE),
        (query("e", expression='"m1"', return_data="true") + metric("m1", "var.v"), "", UNKNOWN),
        (
            query("e", expression='"m1"', return_data="true") + metric("m1", stat='"Average"'),
            "default_value = 0",
            FALSE,
        ),
        (query("e", expression='"m1"', return_data="true") + metric("m1", stat="var.v"), "", UNKNOWN),
    ],
)
def test_alarms_on_an_expression(tmp_path: Path, queries: str, inner: str, verdict: Verdict) -> None:
    answer = fires(tmp_path, THRESHOLD + queries, inner)

    assert answer.verdict is verdict
    assert answer.verdict is not UNKNOWN or answer.reasons


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("-a + 5", 3.0),
        ("a == 2 && b > 0", MISSING),
        ("a / 0", MISSING),
        ("SUM([a, b])", 2.0),
        ("SUM([b])", MISSING),
        ("MAX([a, 7])", 7.0),
        ("AVG(METRICS())", 2.0),
        ("FILL(b, 3)", 3.0),
        ("IF(a >= 2, 10, 20)", 10.0),
        ("IF(b > 1, 10, 20)", MISSING),
    ],
)
def test_metric_math(expression: str, value: float | Missing) -> None:
    entries: dict[str, float | Missing] = {"a": 2.0, "b": MISSING}

    assert compute(expression, entries, lambda name: entries[name]) == value


@pytest.mark.parametrize(
    "expression", ["", "a +", "RATE(a)", "SUM(a)", "IF(a, 1)", "(a", "a b", "SEARCH('x', 'Sum', 300)"]
)
def test_what_is_not_evaluated_is_refused(expression: str) -> None:
    with pytest.raises(Unsupported):
        compute(expression, {}, lambda _: 1.0)


# --- what alarms do ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        ('alarm_actions = ["arn:aws:sns:us-east-1:111122223333:t"]', TRUE),
        ('alarm_actions = ["arn:aws:sns:us-east-1:111122223333:t"]\n  actions_enabled = false', FALSE),
        ("alarm_actions = [var.v]", TRUE),  # whatever it is, it is one
        ("alarm_actions = var.v", UNKNOWN),
        ("alarm_actions = []", FALSE),
        ('ok_actions = ["arn:aws:sns:us-east-1:111122223333:t"]', FALSE),
        ("alarm_actions = [var.v]\n  actions_enabled = var.w", UNKNOWN),
    ],
)
def test_an_alarm_acts(tmp_path: Path, arguments: str, verdict: Verdict) -> None:
    text = f'resource "aws_cloudwatch_metric_alarm" "a" {{\n  alarm_name = "a"\n  {arguments}\n}}\n'
    ((alarm, _),) = world(tmp_path, GROUP, text).all(MetricAlarm).members()

    assert acts(alarm).verdict is verdict


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ('"ALARM(a)"', TRUE),
        ('"ALARM(a) OR ALARM(b)"', TRUE),
        ('"ALARM(a) AND ALARM(b)"', FALSE),
        ('"ALARM(a) AND NOT ALARM(b)"', TRUE),
        ('"ALARM(a) AND OK(b)"', TRUE),
        ('"OK(b)"', FALSE),
        ('"TRUE"', FALSE),
        ('"NOT ALARM(a)"', FALSE),
        ('"AT_LEAST(1, ALARM, (a, b, c))"', TRUE),
        ('"AT_LEAST(2, ALARM, (a, b, c))"', FALSE),
        ('"ALARM(${aws_cloudwatch_metric_alarm.a.arn}) OR ALARM(${aws_cloudwatch_metric_alarm.b.arn})"', TRUE),
        ('"ALARM(${var.v})"', UNKNOWN),
        ('"ALARM(${var.v}) OR ALARM(a)"', TRUE),
        ("var.v", UNKNOWN),
        ('"alarm(a)"', UNKNOWN),
    ],
)
def test_a_composite_alarm_follows(tmp_path: Path, rule: str, verdict: Verdict) -> None:
    alarms = "".join(
        f'resource "aws_cloudwatch_metric_alarm" "{name}" {{\n  alarm_name = "{name}"\n}}\n' for name in ("a", "b")
    )
    text = f'resource "aws_cloudwatch_composite_alarm" "c" {{\n  alarm_name = "c"\n  alarm_rule = {rule}\n}}\n'
    found = world(tmp_path, GROUP, alarms, text)
    alarm = next(one for one, _ in found.all(MetricAlarm).members() if one.name.or_none() == "a")
    ((composite, _),) = found.all(CompositeAlarm).members()

    answer = goes_to_alarm(composite, [alarm])

    assert answer.verdict is verdict
    if verdict is UNKNOWN:
        assert {reason.why for reason in answer.reasons} <= {Why.INPUT, Why.INVALID}


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("ALARM(a", 7),
        ("ALARM a", 6),
        ("ALARM(a) XOR ALARM(b)", 9),
        ('ALARM("a)', 6),
        ("AT_LEAST(x, ALARM, (a))", 9),
        ("", 0),
    ],
)
def test_where_a_rule_is_wrong(text: str, position: int) -> None:
    fault = parse(text)

    assert isinstance(fault, RuleFault)
    assert fault.position == position
