"""From an alarm or a rule to a person: actions, topic policy, key, subscriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from plain_documents import ACCOUNT, world_of

from guardrails.kernel.truth import Truth, Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import Context, EventRule, MetricAlarm, Topic
from guardrails.semantics.notices import (
    accepts,
    alarm_is_sent,
    alarm_reaches_person,
    event_is_sent,
    event_reaches_person,
    someone_is_told,
)
from guardrails.sources.terraform.project import load

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
VECTORS = json.loads((Path(__file__).parent / "alarms-and-delivery.vectors.json").read_text(encoding="utf-8"))
VERDICTS = {"yes": TRUE, "no": FALSE, "unknown": UNKNOWN}
TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"


def account_of(vector: dict[str, Any]) -> dict[str, tuple[str, dict[str, object]]]:
    """The account of a vector, as the API would answer."""
    topic = vector["topic"]
    found: dict[str, tuple[str, dict[str, object]]] = {}
    policy = {} if topic["policy"] == "default" else {"policy": json.dumps(topic["policy"])}
    attributes = {"TopicName": "alerts", "KmsMasterKeyId": topic["KmsMasterKeyId"]}
    found[TOPIC] = ("sns.topic", {"arn": TOPIC, "topic": attributes, **policy})
    found["alarm"] = ("cloudwatch.alarm", {"AlarmName": "a", **vector["alarm"]})
    if topic["KmsMasterKeyId"]:
        managed = topic["KmsMasterKeyId"].startswith("alias/")
        service = "cloudwatch.amazonaws.com" if topic.get("keyPolicyAllowsCloudWatch") else "sqs.amazonaws.com"
        uses = {"Effect": "Allow", "Principal": {"Service": service}, "Resource": "*"}
        document = {"Statement": [{**uses, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"]}]}
        said = {"KeyManager": "AWS" if managed else "CUSTOMER", "Enabled": True}
        arn = topic["KmsMasterKeyId"] if managed else KEY
        found["key"] = ("kms.key", {"arn": arn, "key": said, "policy": json.dumps(document)})
    for at, said in enumerate(vector["subscriptions"]):
        text = {**said, "FilterPolicy": json.dumps(said["FilterPolicy"])} if "FilterPolicy" in said else said
        found[f"subscription {at}"] = ("sns.subscription", {"TopicArn": TOPIC, **text})
    for at, rule in enumerate(vector["muteRules"]):
        found[f"mute {at}"] = ("cloudwatch.mute_rule", {"Name": "m", "Status": rule["status"], **rule})
    return found


@pytest.mark.parametrize("vector", VECTORS["notification"], ids=lambda vector: vector["id"])
def test_notification(vector: dict[str, Any]) -> None:
    world = world_of("live", account_of(vector), "us-east-1")
    ((alarm, _),) = world.all(MetricAlarm).members()

    answer = alarm_reaches_person(alarm)

    assert answer.verdict is VERDICTS[vector["reachesPerson"]]
    assert answer.facts


# --- in code ----------------------------------------------------------------------------------------------------------

ALARM = """resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name    = "a"
  alarm_actions = [ACTION]
}
"""
RULE = """resource "aws_cloudwatch_event_rule" "r" {
  name = "r"
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = ACTION
}
"""
PLACE = f"""provider "aws" {{
  region              = "us-east-1"
  allowed_account_ids = ["{ACCOUNT}"]
}}
variable "v" {{
}}
"""


def world(folder: Path, *texts: str) -> World:
    (folder / "main.tf").write_text("\n".join((PLACE, *texts)), encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], Context(account_id=ACCOUNT))


def topic(policy: str = "", more: str = "") -> str:
    beside = (
        f'resource "aws_sns_topic_policy" "t" {{\n  arn    = aws_sns_topic.t.arn\n  policy = jsonencode({policy})\n}}\n'
        if policy
        else ""
    )
    return f'resource "aws_sns_topic" "t" {{\n  name = "alerts"\n  {more}\n}}\n{beside}'


def letting(service: str, condition: str = "", effect: str = "Allow") -> str:
    return (
        f'{{ Version = "2012-10-17", Statement = [{{ Effect = "{effect}", Principal = {{ Service = "{service}" }}, '
        f'Action = "sns:Publish", Resource = aws_sns_topic.t.arn {condition} }}] }}'
    )


def admitted(folder: Path, policy: str, more: str = "", *texts: str) -> tuple[Truth, Truth]:
    """Whether the topic takes messages of an alarm, and of a rule."""
    action = "aws_sns_topic.t.arn"
    found = world(folder, topic(policy, more), ALARM.replace("ACTION", action), RULE.replace("ACTION", action), *texts)
    ((one, _),) = found.all(Topic).members()
    ((alarm, _),) = found.all(MetricAlarm).members()
    ((rule, _),) = found.all(EventRule).members()
    return accepts(one, alarm), accepts(one, rule)


SOURCE = ', Condition = {{ ArnLike = {{ "aws:SourceArn" = {} }} }}'
OWNER = ', Condition = {{ StringEquals = {{ "aws:SourceOwner" = {} }} }}'


@pytest.mark.parametrize(
    ("policy", "of_alarm", "of_rule"),
    [
        ("", TRUE, FALSE),
        (letting("cloudwatch.amazonaws.com"), TRUE, FALSE),
        (letting("events.amazonaws.com"), FALSE, TRUE),
        (letting("cloudtrail.amazonaws.com"), FALSE, FALSE),
        (letting("cloudwatch.amazonaws.com", SOURCE.format("aws_cloudwatch_metric_alarm.a.arn")), TRUE, FALSE),
        (
            letting("cloudwatch.amazonaws.com", SOURCE.format('"arn:aws:cloudwatch:us-east-1:111122223333:alarm:*"')),
            TRUE,
            FALSE,
        ),
        (
            letting("cloudwatch.amazonaws.com", SOURCE.format('"arn:aws:cloudwatch:us-east-1:111122223333:alarm:b"')),
            FALSE,
            FALSE,
        ),
        (
            letting("cloudwatch.amazonaws.com", SOURCE.format('"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"')),
            FALSE,
            FALSE,
        ),
        (letting("cloudwatch.amazonaws.com", SOURCE.format("var.v")), UNKNOWN, FALSE),
        (letting("events.amazonaws.com", SOURCE.format("aws_cloudwatch_event_rule.r.arn")), FALSE, UNKNOWN),
        ("var.v", UNKNOWN, UNKNOWN),
        (letting("cloudwatch.amazonaws.com", effect="Deny"), FALSE, FALSE),
    ],
)
def test_who_may_publish(tmp_path: Path, policy: str, of_alarm: Verdict, of_rule: Verdict) -> None:
    alarm, rule = admitted(tmp_path, policy)

    assert (alarm.verdict, rule.verdict) == (of_alarm, of_rule)
    assert alarm.facts
    assert rule.facts


@pytest.mark.parametrize(
    ("owner", "of_alarm"), [(f'"{ACCOUNT}"', TRUE), ('"444455556666"', FALSE), ("aws_sns_topic.t.arn", FALSE)]
)
def test_the_default_policy_written_out(tmp_path: Path, owner: str, of_alarm: Verdict) -> None:
    policy = letting("x", OWNER.format(owner)).replace('{ Service = "x" }', '{ AWS = "*" }')
    alarm, rule = admitted(tmp_path, policy)

    assert (alarm.verdict, rule.verdict) == (of_alarm, FALSE)


def key(*services: str, more: str = "") -> str:
    statement = (
        f'{{ Effect = "Allow", Principal = {{ Service = {json.dumps(services)} }}, '
        'Action = ["kms:Decrypt", "kms:GenerateDataKey*"], Resource = "*" }'
    )
    account = f'{{ AWS = "arn:aws:iam::{ACCOUNT}:root" }}'
    root = f'{{ Effect = "Allow", Principal = {account}, Action = "kms:*", Resource = "*" }}'
    listed = ", ".join([root, *([statement] if services else [])])
    return f'resource "aws_kms_key" "k" {{\n  policy = jsonencode({{ Statement = [{listed}] }})\n  {more}\n}}\n'


BOTH = (
    '{ Statement = [{ Effect = "Allow", '
    + 'Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com"] }, '
    + ('Action = "sns:Publish", Resource = "*" }] }')
)


@pytest.mark.parametrize(
    ("written", "text", "of_alarm", "of_rule"),
    [
        ("aws_kms_key.k.arn", key("cloudwatch.amazonaws.com"), TRUE, FALSE),
        ("aws_kms_key.k.id", key("cloudwatch.amazonaws.com", "events.amazonaws.com"), TRUE, TRUE),
        ("aws_kms_key.k.arn", key(), FALSE, FALSE),
        ("aws_kms_key.k.arn", 'resource "aws_kms_key" "k" {\n}\n', FALSE, FALSE),
        ("aws_kms_key.k.arn", key("cloudwatch.amazonaws.com", more="is_enabled = false"), FALSE, FALSE),
        ('"alias/aws/sns"', "", FALSE, FALSE),
        ('"alias/mine"', "", UNKNOWN, UNKNOWN),
        ("var.v", "", UNKNOWN, UNKNOWN),
    ],
)
def test_an_encrypted_topic(tmp_path: Path, written: str, text: str, of_alarm: Verdict, of_rule: Verdict) -> None:
    alarm, rule = admitted(tmp_path, BOTH, f"kms_master_key_id = {written}", text)

    assert (alarm.verdict, rule.verdict) == (of_alarm, of_rule)


def test_a_topic_in_another_region_takes_nothing(tmp_path: Path) -> None:
    away = 'provider "aws" {\n  alias = "away"\n  region = "eu-west-1"\n}\n'
    alarm, rule = admitted(tmp_path, BOTH, "provider = aws.away", away)

    assert (alarm.verdict, rule.verdict) == (FALSE, FALSE)


@pytest.mark.parametrize(
    ("action", "sent", "told"),
    [
        ("aws_sns_topic.t.arn", TRUE, UNKNOWN),
        ('"arn:aws:ssm-incidents::111122223333:response-plan/audit"', TRUE, TRUE),
        ('"arn:aws:lambda:us-east-1:111122223333:function:f"', UNKNOWN, UNKNOWN),
        ('"arn:aws:automate:us-east-1:ec2:stop"', FALSE, FALSE),
        ("var.v", UNKNOWN, UNKNOWN),
        ('"arn:aws:sns:us-east-1:444455556666:elsewhere"', UNKNOWN, UNKNOWN),
    ],
)
def test_what_an_alarm_sends_to(tmp_path: Path, action: str, sent: Verdict, told: Verdict) -> None:
    found = world(tmp_path, topic(), ALARM.replace("ACTION", action))
    ((alarm, _),) = found.all(MetricAlarm).members()

    assert (alarm_is_sent(alarm).verdict, alarm_reaches_person(alarm).verdict) == (sent, told)


def test_a_rule_without_target_tells_nobody(tmp_path: Path) -> None:
    found = world(tmp_path, 'resource "aws_cloudwatch_event_rule" "r" {\n  name = "r"\n}\n')
    ((rule, _),) = found.all(EventRule).members()

    assert event_is_sent(rule).verdict is FALSE
    assert event_reaches_person(rule).verdict is FALSE


@pytest.mark.parametrize(
    ("protocol", "more", "verdict"),
    [
        ("sms", "", TRUE),
        ("sms", 'filter_policy = jsonencode({ severity = ["high"] })', UNKNOWN),
        ("email", "", UNKNOWN),
        ("https", "", UNKNOWN),
        ("sqs", "", UNKNOWN),  # by itself nobody, but somebody may have subscribed by hand
    ],
)
def test_subscriptions_in_code(tmp_path: Path, protocol: str, more: str, verdict: Verdict) -> None:
    text = (
        f'resource "aws_sns_topic_subscription" "s" {{\n  topic_arn = aws_sns_topic.t.arn\n  protocol = "{protocol}"\n'
        f'  endpoint = "x"\n  {more}\n}}\n'
    )
    ((one, _),) = world(tmp_path, topic(), text).all(Topic).members()

    assert someone_is_told(one).verdict is verdict
