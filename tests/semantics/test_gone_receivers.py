"""What an account still sends to although it was deleted."""

from __future__ import annotations

import json

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import Context, EventRule, MetricAlarm
from guardrails.semantics.alarms import acts
from guardrails.semantics.notices import alarm_is_sent, event_is_sent
from guardrails.sources.aws.examples import accounts_in

TOPIC = "arn:aws:sns:eu-central-1:111122223333:alerts"
GONE = "arn:aws:sns:eu-central-1:111122223333:gone"


def world(*actions: str, missing: tuple[str, ...] = (GONE,)) -> World:
    """An alarm and a rule that send to these, of which one topic is there."""
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    here = {"Rule": "console", "EventBusName": "default"}
    described = {
        "missing": missing,
        "cloudwatch.alarm": {
            "root": {"AlarmName": "root", "Namespace": "Audit", "ActionsEnabled": True, "AlarmActions": actions}
        },
        "events.rule": {"console": {"Name": "console", "EventBusName": "default", "EventPattern": "{}"}},
        "events.target": {str(number): {**here, "Id": str(number), "Arn": one} for number, one in enumerate(actions)},
        "sns.subscription": {
            "people": {"SubscriptionArn": f"{TOPIC}:1", "TopicArn": TOPIC, "Protocol": "email"},
        },
        "sns.topic": {
            "alerts": {"topic": {"TopicArn": TOPIC}, "policy": json.dumps({"Statement": [policy]})},
        },
    }  # fmt: skip
    (account,) = accounts_in(json.dumps(described), "live.json")
    return open_world(account, Context())


def verdicts(opened: World) -> tuple[Verdict, Verdict, Verdict]:
    """Whether the alarm does anything, whether it is sent to anything, and whether the rule is."""
    ((alarm, _),) = opened.all(MetricAlarm).members()
    ((rule, _),) = opened.all(EventRule).members()
    return acts(alarm).verdict, alarm_is_sent(alarm).verdict, event_is_sent(rule).verdict


def test_what_is_sent_to_a_deleted_topic_reaches_nothing() -> None:
    no = Verdict.FALSE

    assert verdicts(world(GONE)) == (no, no, no)
    assert verdicts(world()) == (no, no, no)


def test_one_topic_that_is_there_is_enough() -> None:
    found = verdicts(world(GONE, TOPIC))

    assert found[0] is Verdict.TRUE
    assert found[2] is Verdict.TRUE


def test_a_topic_that_nobody_asked_for_may_be_there() -> None:
    does, sent, rule = verdicts(world(GONE, missing=()))

    assert does is Verdict.TRUE
    assert Verdict.FALSE not in (sent, rule)


def test_the_finding_says_which_topic_is_gone() -> None:
    ((alarm, _),) = world(GONE).all(MetricAlarm).members()

    assert any(GONE in fact.detail and "does not exist" in fact.detail for fact in acts(alarm).facts)
