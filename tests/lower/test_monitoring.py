"""Filters, alarms, rules and subscriptions, and how they hang together; from code, templates and API answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest
from plain_documents import world_of

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import (
    Bucket,
    CompositeAlarm,
    ConfigRecorder,
    Context,
    Detector,
    EventRule,
    LogGroup,
    MetricAlarm,
    MetricFilter,
    Resource,
    SecurityHub,
    Subscription,
    Topic,
)
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.kernel.many import Many

R = TypeVar("R", bound=Resource)
TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

GROUP = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "trail"\n}\n'
TOPIC = 'resource "aws_sns_topic" "t" {\n  name = "alerts"\n}\n'


def world(folder: Path, *texts: str) -> World:
    (folder / "main.tf").write_text("\n".join(texts), encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], Context())


def one(found: World, model: type[R], address: str = "") -> R:
    return next(r for r, _ in found.all(model).members() if not address or r.address == address)


def seen(many: Many[R]) -> dict[str, Verdict]:
    return {resource.address: exists.verdict for resource, exists in many.members()}


def metric_filter(name: str = "f", *, group: str = "aws_cloudwatch_log_group.g.name", more: str = "") -> str:
    return f"""resource "aws_cloudwatch_log_metric_filter" "{name}" {{
  name           = "{name}-filter"
  pattern        = "{{ $.eventName = X }}"
  log_group_name = {group}
  metric_transformation {{
    name      = "{name}"
    namespace = "CIS"
    value     = "1"
    {more}
  }}
}}
"""


def alarm(metric: str, *, name: str = "a", more: str = "") -> str:
    return f"""resource "aws_cloudwatch_metric_alarm" "{name}" {{
  alarm_name  = "{name}"
  metric_name = {metric}
  namespace   = "CIS"
  {more}
}}
"""


# --- what a filter says, and which alarms watch it --------------------------------------------------------------------


def test_a_filter_says_what_it_counts(tmp_path: Path) -> None:
    found = one(world(tmp_path, GROUP, metric_filter(more='default_value = 0.5\n    unit = "Count"')), MetricFilter)

    said = (found.metric_name, found.namespace, found.value, found.default, found.unit, found.pattern)
    assert [value.or_none() for value in said] == ["f", "CIS", "1", 0.5, "Count", "{ $.eventName = X }"]
    assert seen(found.log_group) == {"aws_cloudwatch_log_group.g": TRUE}


def test_an_empty_pattern_is_set(tmp_path: Path) -> None:
    text = metric_filter().replace('"{ $.eventName = X }"', '""')

    assert one(world(tmp_path, GROUP, text), MetricFilter).pattern.or_none() == ""


def test_filters_of_a_created_group_are_expected_beside_it(tmp_path: Path) -> None:
    filters = one(world(tmp_path, GROUP), LogGroup).metric_filters

    assert filters.is_empty().verdict is TRUE


def test_filters_of_a_group_of_another_deployment_are_not_judged(tmp_path: Path) -> None:
    found = one(world(tmp_path, metric_filter(group='"elsewhere"')), MetricFilter)
    ((group, _),) = found.log_group.members()

    assert group.metric_filters.every(lambda _: ~found.exists).verdict is FALSE
    assert group.metric_filters.some(lambda _: ~found.exists).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("metric", "verdict"),
    [
        ('"f"', TRUE),
        ("aws_cloudwatch_log_metric_filter.f.metric_transformation[0].name", TRUE),
        ("one(aws_cloudwatch_log_metric_filter.f.metric_transformation).name", UNKNOWN),
        ("aws_cloudwatch_log_metric_filter.f.id", None),  # the filter is called `f-filter`
        ("aws_cloudwatch_log_metric_filter.f.name", None),
        ('"F"', None),
        ("var.metric", UNKNOWN),
        ('"${var.metric}-root"', None),
        ('"${var.metric}f"', UNKNOWN),
    ],
)
def test_an_alarm_watches_by_the_name_of_the_metric(tmp_path: Path, metric: str, verdict: Verdict | None) -> None:
    found = world(tmp_path, 'variable "metric" {\n}\n', GROUP, metric_filter(), alarm(metric))

    assert seen(one(found, MetricFilter).alarms).get("aws_cloudwatch_metric_alarm.a") is verdict


def test_the_id_of_a_filter_is_its_own_name(tmp_path: Path) -> None:
    text = metric_filter().replace('"f-filter"', '"f"')
    found = world(tmp_path, GROUP, text, alarm("aws_cloudwatch_log_metric_filter.f.id"))

    assert seen(one(found, MetricFilter).alarms) == {"aws_cloudwatch_metric_alarm.a": TRUE}


@pytest.mark.parametrize(
    ("of_filter", "of_alarm", "verdict"),
    [
        ("", 'dimensions = { g = "trail" }', None),
        ('dimensions = { user = "$.a" }', "", None),
        ('dimensions = { user = "$.a" }', 'dimensions = { user = "alice" }', TRUE),
        ('dimensions = { user = "$.a" }', "dimensions = { user = var.user }", TRUE),
        ('dimensions = { user = "$.a", x = "$.b" }', 'dimensions = { user = "alice" }', None),
        ("", "dimensions = var.user", UNKNOWN),
    ],
)
def test_dimensions_are_part_of_a_metric(
    tmp_path: Path, of_filter: str, of_alarm: str, verdict: Verdict | None
) -> None:
    texts = ('variable "user" {\n}\n', GROUP, metric_filter(more=of_filter), alarm('"f"', more=of_alarm))
    filtered = one(world(tmp_path, *texts), MetricFilter)

    assert seen(filtered.alarms).get("aws_cloudwatch_metric_alarm.a") is verdict


def test_an_alarm_of_another_region_watches_another_metric(tmp_path: Path) -> None:
    regions = (
        'provider "aws" {\n  region = "eu-west-1"\n}\nprovider "aws" {\n  alias = "us"\n  region = "us-east-1"\n}\n'
    )
    found = world(
        tmp_path, regions, GROUP, metric_filter(), alarm('"f"', more="provider = aws.us"), alarm('"f"', name="b")
    )

    assert seen(one(found, MetricFilter).alarms) == {"aws_cloudwatch_metric_alarm.b": TRUE}


def test_a_module_that_gets_the_metric_may_hold_its_alarm(tmp_path: Path) -> None:
    def alarms(module: str) -> Verdict:
        text = f'module "m" {{\n  source = "acme/alarms/aws"\n  {module}\n}}\n'
        (tmp_path / "main.tf").write_text("\n".join((GROUP, metric_filter(), text)), encoding="utf-8")
        found = open_world(load([str(tmp_path)]).deployments[0], Context())
        return one(found, MetricFilter).alarms.is_empty().verdict

    assert alarms('metric = "f"') is UNKNOWN
    assert alarms("metric = aws_cloudwatch_log_metric_filter.f.id") is UNKNOWN
    assert alarms('vpc = "10.0.0.0/16"') is TRUE


def test_an_expression_watches_what_its_entries_name(tmp_path: Path) -> None:
    text = """resource "aws_cloudwatch_metric_alarm" "m" {
  alarm_name = "m"
  metric_query {
    id          = "e1"
    expression  = "m1 + 0"
    return_data = true
  }
  metric_query {
    id = "m1"
    metric {
      metric_name = aws_cloudwatch_log_metric_filter.f.metric_transformation[0].name
      namespace   = aws_cloudwatch_log_metric_filter.f.metric_transformation[0].namespace
      period      = 60
      stat        = "Sum"
    }
  }
}
"""
    found = world(tmp_path, GROUP, metric_filter(), text)
    queries = [query for query, _ in one(found, MetricAlarm).queries.members()]

    assert seen(one(found, MetricFilter).alarms) == {"aws_cloudwatch_metric_alarm.m": TRUE}
    assert [(q.id.or_none(), q.returned.or_none(), q.period.or_none()) for q in queries] == [
        ("e1", True, None),
        ("m1", False, 60),
    ]


REGIONS = """provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
module "eu" {
  source = "./regional"
}
module "us" {
  source    = "./regional"
  providers = { aws = aws.us }
}
"""


def test_of_several_by_one_name_the_one_in_the_same_region_is_meant(tmp_path: Path) -> None:
    (tmp_path / "regional").mkdir()
    rule = """resource "aws_cloudwatch_event_rule" "r" {
  name = "r"
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = "arn:aws:sns:us-east-1:111122223333:alerts"
}
"""
    text = "\n".join((GROUP, TOPIC, rule, metric_filter(), alarm('"f"')))
    (tmp_path / "regional" / "main.tf").write_text(text, encoding="utf-8")
    account = world(tmp_path, REGIONS).account

    filters = [seen(group.metric_filters) for group, _ in account.log_groups.members()]
    assert [list(found) for found in filters] == [
        ["module.eu.aws_cloudwatch_log_metric_filter.f"],
        ["module.us.aws_cloudwatch_log_metric_filter.f"],
    ]
    for found, _ in account.event_rules.members():
        ((target, _),) = found.targets.members()
        assert target.address.split(".")[1] == found.address.split(".")[1]
        assert list(seen(target.topic)) == ["module.us.aws_sns_topic.t"]  # as the ARN says


# --- what alarms do ---------------------------------------------------------------------------------------------------


def test_actions_lead_to_topics(tmp_path: Path) -> None:
    actions = 'alarm_actions = [aws_sns_topic.t.arn, var.a, "arn:aws:lambda:eu-west-1:111122223333:function:f"]'
    found = one(world(tmp_path, 'variable "a" {\n}\n', TOPIC, alarm('"f"', more=actions)), MetricAlarm)
    kinds = [(action.kind.or_none(), seen(action.topic)) for action, _ in found.actions.members()]

    assert kinds == [("sns", {"aws_sns_topic.t": TRUE}), (None, {"": UNKNOWN}), ("lambda", {})]


def test_no_actions_are_none_and_unknown_ones_unknown(tmp_path: Path) -> None:
    found = world(
        tmp_path,
        'variable "a" {\n}\n',
        alarm('"f"', more="alarm_actions = []"),
        alarm('"f"', name="b", more="alarm_actions = var.a"),
        alarm('"f"', name="c", more="ok_actions = [var.a]"),
    )
    empty = [resource.actions.is_empty().verdict for resource, _ in found.all(MetricAlarm).members()]

    assert empty == [TRUE, UNKNOWN, TRUE]


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ('"ALARM(a) OR ALARM(b)"', TRUE),
        ('"ALARM(\\"a\\")"', TRUE),
        ('"ALARM(${aws_cloudwatch_metric_alarm.a.alarm_name})"', TRUE),
        ('"ALARM(${aws_cloudwatch_metric_alarm.a.arn})"', TRUE),
        ('"ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a)"', TRUE),
        ('"ALARM(b) AND NOT OK(c)"', None),
        ('"ALARM(${aws_cloudwatch_metric_alarm.other.arn})"', None),
        ("var.rule", UNKNOWN),
        ('"ALARM(${var.rule})"', UNKNOWN),
        ('"ALARM(${var.rule}-x)"', None),
    ],
)
def test_a_composite_alarm_speaks_of_an_alarm(tmp_path: Path, rule: str, verdict: Verdict | None) -> None:
    text = f'resource "aws_cloudwatch_composite_alarm" "c" {{\n  alarm_name = "c"\n  alarm_rule = {rule}\n}}\n'
    other = alarm('"x"', name="other")
    found = world(tmp_path, 'variable "rule" {\n}\n', alarm('"f"'), other, text)

    composites = one(found, MetricAlarm, "aws_cloudwatch_metric_alarm.a").composites
    assert seen(composites).get("aws_cloudwatch_composite_alarm.c") is verdict


# --- rules, subscriptions, and who else is told -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("", "ENABLED"),
        ("is_enabled = false", "DISABLED"),
        ("is_enabled = true", "ENABLED"),
        ('state = "DISABLED"', "DISABLED"),
        ('state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"', "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
    ],
)
def test_the_state_of_a_rule_in_either_spelling(tmp_path: Path, said: str, state: str) -> None:
    text = f'resource "aws_cloudwatch_event_rule" "r" {{\n  name = "r"\n  {said}\n}}\n'

    assert one(world(tmp_path, text), EventRule).state.or_none() == state


def test_targets_go_by_rule_and_bus(tmp_path: Path) -> None:
    text = """resource "aws_cloudwatch_event_rule" "r" {
  name = "r"
}
resource "aws_cloudwatch_event_target" "here" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_sns_topic.t.arn
}
resource "aws_cloudwatch_event_target" "elsewhere" {
  rule           = "r"
  event_bus_name = "custom"
  arn            = aws_sns_topic.t.arn
}
"""
    targets = one(world(tmp_path, TOPIC, text), EventRule).targets.members()

    assert [(target.address, target.kind.or_none()) for target, _ in targets] == [
        ("aws_cloudwatch_event_target.here", "sns")
    ]


def test_code_never_shows_all_subscriptions(tmp_path: Path) -> None:
    text = """resource "aws_sns_topic_subscription" "s" {
  topic_arn = aws_sns_topic.t.arn
  protocol  = "email"
  endpoint  = "audit@example.com"
}
"""
    assert one(world(tmp_path, TOPIC), Topic).subscriptions.is_empty().verdict is UNKNOWN
    ((subscription, exists),) = one(world(tmp_path, TOPIC, text), Topic).subscriptions.members()
    assert (subscription.protocol.or_none(), subscription.confirmed.settled, exists.verdict) == ("email", False, TRUE)


def test_log_groups_are_handed_on_by_filters_of_their_own_and_of_the_account(tmp_path: Path) -> None:
    def account_policy(name: str, kind: str, chosen: str = "") -> str:
        document = '{ DestinationArn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/x", FilterPattern = "" }'
        return f"""resource "aws_cloudwatch_log_account_policy" "{name}" {{
  policy_name     = "{name}"
  policy_type     = "{kind}"
  policy_document = jsonencode({document})
  {chosen}
}}
"""

    own = """resource "aws_cloudwatch_log_subscription_filter" "own" {
  name            = "siem"
  log_group_name  = aws_cloudwatch_log_group.g.name
  filter_pattern  = ""
  destination_arn = "arn:aws:logs:eu-west-1:111122223333:destination:siem"
}
"""
    found = world(
        tmp_path,
        GROUP,
        own,
        account_policy("all", "SUBSCRIPTION_FILTER_POLICY"),
        account_policy("but", "SUBSCRIPTION_FILTER_POLICY", 'selection_criteria = "LogGroupName NOT IN [\\"trail\\"]"'),
        account_policy("other", "DATA_PROTECTION_POLICY"),
    )
    filters = one(found, LogGroup).subscription_filters

    assert seen(filters) == {
        "aws_cloudwatch_log_subscription_filter.own": TRUE,
        "aws_cloudwatch_log_account_policy.all": TRUE,
    }
    assert [one.destination.kind.or_none() for one, _ in filters.members()] == ["logs", "firehose"]


def test_what_a_bucket_tells_of_new_objects(tmp_path: Path) -> None:
    text = """resource "aws_s3_bucket" "b" {
  bucket = "logs"
}
resource "aws_s3_bucket_notification" "n" {
  bucket      = aws_s3_bucket.b.id
  eventbridge = true
  queue {
    queue_arn     = "arn:aws:sqs:eu-west-1:111122223333:siem"
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "AWSLogs/"
  }
}
"""
    told = one(world(tmp_path, text), Bucket).notifications.members()

    assert [(one.destination.kind.or_none(), one.prefix.or_none()) for one, _ in told] == [
        ("sqs", "AWSLogs/"),
        ("event-bus", None),
    ]


# --- services that look by themselves ---------------------------------------------------------------------------------


def test_detection_services(tmp_path: Path) -> None:
    text = """resource "aws_guardduty_detector" "d" {
  datasources {
    s3_logs {
      enable = false
    }
  }
}
resource "aws_guardduty_detector_feature" "f" {
  detector_id = aws_guardduty_detector.d.id
  name        = "RUNTIME_MONITORING"
  status      = "ENABLED"
}
resource "aws_guardduty_organization_configuration" "o" {
  detector_id = aws_guardduty_detector.d.id
  auto_enable = true
}
resource "aws_config_configuration_recorder" "r" {
}
resource "aws_config_configuration_recorder" "off" {
  name = "off"
  recording_group {
    all_supported  = false
    resource_types = ["AWS::IAM::Role"]
  }
}
resource "aws_config_configuration_recorder_status" "r" {
  name       = aws_config_configuration_recorder.r.name
  is_enabled = true
}
resource "aws_config_delivery_channel" "c" {
  s3_bucket_name = "logs"
}
resource "aws_securityhub_account" "h" {
}
resource "aws_securityhub_standards_subscription" "s" {
  standards_arn = "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
}
"""
    found = world(tmp_path, text)
    detector, hub = one(found, Detector), one(found, SecurityHub)
    on = one(found, ConfigRecorder, "aws_config_configuration_recorder.r")
    off = one(found, ConfigRecorder, "aws_config_configuration_recorder.off")

    assert detector.enabled.or_none() is True
    assert [(one.name.or_none(), one.enabled.or_none()) for one, _ in detector.features.members()] == [
        ("RUNTIME_MONITORING", True),
        ("S3_DATA_EVENTS", False),
    ]
    assert [one.members.or_none() for one, _ in detector.organization.members()] == ["NEW"]
    assert (on.recording.or_none(), on.all_supported.or_none(), on.global_types.or_none()) == (True, True, False)
    assert (off.recording.or_none(), off.all_supported.or_none()) == (False, False)
    assert [kind.or_none() for kind, _ in off.types.members()] == ["AWS::IAM::Role"]
    assert seen(on.channels) == {"aws_config_delivery_channel.c": TRUE}
    assert [one.standard.or_none() for one, _ in hub.standards.members()] == [
        "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
    ]


# --- the other dialects -----------------------------------------------------------------------------------------------


def test_a_template_says_the_same() -> None:
    found = world_of(
        "cfn",
        {
            "Group": ("AWS::Logs::LogGroup", {"LogGroupName": "trail", "LogGroupClass": "STANDARD"}),
            "Filter": (
                "AWS::Logs::MetricFilter",
                {
                    "LogGroupName": "trail",
                    "FilterPattern": "{ $.a = 1 }",
                    "MetricTransformations": [
                        {
                            "MetricName": "m",
                            "MetricNamespace": "CIS",
                            "MetricValue": "1",
                            "Dimensions": [{"Key": "user", "Value": "$.a"}],
                        }
                    ],
                },
            ),
            "Alarm": (
                "AWS::CloudWatch::Alarm",
                {
                    "AlarmName": "a",
                    "MetricName": "m",
                    "Namespace": "CIS",
                    "Dimensions": [{"Name": "user", "Value": "alice"}],
                    "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:alerts"],
                },
            ),
            "All": ("AWS::CloudWatch::CompositeAlarm", {"AlarmName": "c", "AlarmRule": 'ALARM("a")'}),
            "Topic": (
                "AWS::SNS::Topic",
                {"TopicName": "alerts", "Subscription": [{"Protocol": "sms", "Endpoint": "+4930123456"}]},
            ),
            "Rule": (
                "AWS::Events::Rule",
                {
                    "EventPattern": {"source": ["aws.iam"]},
                    "State": "DISABLED",
                    "Targets": [{"Id": "x", "Arn": "arn:aws:sns:eu-west-1:111122223333:alerts"}],
                },
            ),
        },
    )
    rule, alarmed = one(found, EventRule), one(found, MetricAlarm)
    ((action, _),) = alarmed.actions.members()
    ((target, _),) = rule.targets.members()
    ((subscription, _),) = one(found, Topic).subscriptions.members()

    assert seen(one(found, LogGroup).metric_filters) == {"Filter": TRUE}
    assert seen(one(found, MetricFilter).alarms) == {"Alarm": TRUE}
    assert seen(alarmed.composites) == {"All": TRUE}
    assert seen(action.topic) == seen(target.topic) == {"Topic": TRUE}
    assert (rule.pattern.or_none(), rule.state.or_none(), rule.bus.or_none()) == (
        '{"source":["aws.iam"]}',
        "DISABLED",
        "default",
    )
    assert (subscription.protocol.or_none(), subscription.confirmed.or_none()) == ("sms", True)


def test_an_account_says_the_same_and_more() -> None:
    topic = "arn:aws:sns:eu-west-1:111122223333:alerts"
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"
    found = world_of(
        "live",
        {
            group: (
                "logs.group",
                {"group": {"logGroupName": "trail", "logGroupClass": "INFREQUENT_ACCESS"}, "arn": group},
            ),
            "filter": (
                "logs.filter",
                {
                    "filterName": "f",
                    "filterPattern": "",
                    "logGroupName": "trail",
                    "metricTransformations": [
                        {"metricName": "m", "metricNamespace": "CIS", "metricValue": "1", "defaultValue": 0.0}
                    ],
                },
            ),
            "alarm": (
                "cloudwatch.alarm",
                {"AlarmName": "a", "MetricName": "m", "Namespace": "CIS", "AlarmActions": [topic]},
            ),
            "mute": (
                "cloudwatch.mute_rule",
                {"Name": "night", "Status": "ACTIVE", "MuteTargets": {"AlarmNames": ["a", "b"]}},
            ),
            "rule": ("events.rule", {"Name": "r", "State": "ENABLED", "EventPattern": '{"source":["aws.iam"]}'}),
            "target": ("events.target", {"Rule": "r", "Id": "1", "Arn": topic}),
            topic: ("sns.topic", {"arn": topic, "topic": {"TopicName": "alerts"}}),
            "pending": (
                "sns.subscription",
                {"TopicArn": topic, "Protocol": "email", "SubscriptionArn": "PendingConfirmation"},
            ),
            "said": (
                "sns.subscription",
                {
                    "TopicArn": topic,
                    "Protocol": "email",
                    "SubscriptionArn": topic + ":x",
                    "PendingConfirmation": "false",
                },
            ),
        },
    )
    alarmed = one(found, MetricAlarm)
    said = one(found, Topic).subscriptions

    assert one(found, LogGroup).log_class.or_none() == "INFREQUENT_ACCESS"
    assert seen(one(found, LogGroup).metric_filters) == {"filter": TRUE}
    assert seen(one(found, MetricFilter).alarms) == {"alarm": TRUE}
    assert [(rule.name.or_none(), rule.active.or_none()) for rule, _ in alarmed.mutes.members()] == [("night", True)]
    assert [target.kind.or_none() for target, _ in one(found, EventRule).targets.members()] == ["sns"]
    assert [(one.address, one.confirmed.or_none()) for one, _ in said.members()] == [("pending", False), ("said", True)]
    assert said.gaps == ()


def test_kinds_that_nothing_attaches_to_are_listed(tmp_path: Path) -> None:
    account = world(tmp_path, GROUP).account

    for many in (account.metric_filters, account.alarms, account.composite_alarms, account.event_rules):
        assert many.is_empty().verdict is TRUE
    assert (
        one(world(tmp_path, 'resource "aws_cloudwatch_composite_alarm" "c" {\n}\n'), CompositeAlarm).rule.present
        is False
    )
    assert seen(world(tmp_path, GROUP).all(Subscription)) == {}
