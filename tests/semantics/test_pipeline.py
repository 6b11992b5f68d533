"""From a call to somebody who is told: the ways of a deployment, joined, and what is said where they break."""

from __future__ import annotations

import random
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alerting import ON_TOPIC, PROVIDER, RECORDED, alarm_of, filter_of

from guardrails.kernel.truth import Verdict, any_of
from guardrails.lower.world import open_world
from guardrails.model.context import Context
from guardrails.semantics.cloudtrail_fields import cloudtrail
from guardrails.semantics.links import EVENT_RULE, SUBSCRIPTION, ways
from guardrails.semantics.partial import PartialRecord, joined
from guardrails.semantics.pipeline import Noticed, chain, covered, in_account, listed, noticed, regions_named
from guardrails.semantics.scenario import Call, Scenario, management_call, management_calls, own_scenario
from guardrails.sources.terraform.project import Options, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.model.account import Account

scenarios = import_module("guardrails_policies.scenarios")
EXAMPLE = Path(__file__).parents[2] / "examples" / "audit-account"
CREATE_USER = management_call("CreateUser", "iam.amazonaws.com")
IAM = Scenario("iam", "changes", management_calls("iam.amazonaws.com", "CreateUser DeleteUser CreateRole DeleteRole"))

BASE = PROVIDER + RECORDED


def watched(name: str, pattern: str, *, actions: str = ON_TOPIC) -> str:
    """A metric filter and its alarm."""
    return filter_of(name, pattern) + alarm_of(name, actions=actions)


@pytest.fixture
def deployed(tmp_path: Path) -> Callable[[str], Account]:
    def made(text: str) -> Account:
        (tmp_path / "main.tf").write_text(text, encoding="utf-8")
        (deployment,) = load([str(tmp_path)], Options()).deployments
        return open_world(deployment, Context()).account

    return made


def asked(account: Account, call: Call = CREATE_USER) -> Noticed:
    return noticed(account, in_account(account, call).record)


def said(account: Account, scenario: Scenario) -> list[str]:
    return [fact.detail for fact in covered(account, scenario).facts]


def test_a_filter_that_matches_whatever_else_the_call_holds_is_enough(deployed: Callable[[str], Account]) -> None:
    account = deployed(BASE + watched("iam", '"{ $.eventSource = iam.amazonaws.com }"'))

    assert asked(account).truth.verdict is Verdict.TRUE
    assert covered(account, IAM).verdict is Verdict.TRUE


def test_a_filter_for_one_user_is_seen_through_and_shown(deployed: Callable[[str], Account]) -> None:
    pattern = '"{ ($.eventName = CreateUser) && ($.userIdentity.userName = alice) }"'
    found = asked(deployed(BASE + watched("iam", pattern)))

    assert found.truth.verdict is Verdict.FALSE
    assert found.unseen is not None
    assert found.unseen["userIdentity"].get("userName") != "alice"


def test_two_filters_share_the_work(deployed: Callable[[str], Account]) -> None:
    account = deployed(
        BASE
        + watched("users", '"{ ($.eventName = CreateUser) && ($.userIdentity.type = IAMUser) }"')
        + watched("others", '"{ ($.eventName = CreateUser) && ($.userIdentity.type != IAMUser) }"')
    )
    found = asked(account)

    assert found.truth.verdict is Verdict.TRUE
    assert found.by is None, "neither of them alone"


def test_half_of_the_work_done_twice_is_half(deployed: Callable[[str], Account]) -> None:
    half = '"{ ($.eventName = CreateUser) && ($.userIdentity.type = IAMUser) }"'

    assert asked(deployed(BASE + watched("a", half) + watched("b", half))).unseen is not None


def test_the_calls_that_reach_nobody_are_named_with_what_to_add(deployed: Callable[[str], Account]) -> None:
    account = deployed(BASE + watched("iam", '"{ ($.eventName = CreateUser) || ($.eventName = DeleteUser) }"'))

    assert said(account, IAM) == [
        "`CreateRole` and `DeleteRole` would reach nobody",
        "`aws_cloudwatch_log_metric_filter.iam` comes nearest: it looks for 2 of 4 calls",
        "to add: `($.eventName = CreateRole) || ($.eventName = DeleteRole)`",
    ]


def test_where_nothing_looks_for_them_a_whole_pattern_is_given(deployed: Callable[[str], Account]) -> None:
    assert said(deployed(BASE), IAM)[1:] == [
        "there is no metric filter on a log group that a trail delivers to, and no event rule",
        "a pattern for them: `{ ($.eventName = CreateUser) || ($.eventName = DeleteUser) || ($.eventName = CreateRole)"
        " || ($.eventName = DeleteRole) }`",
    ]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (("is_multi_region_trail      = true", "enable_logging = false"), "recorded"),
        (('Service = "cloudtrail.amazonaws.com"', 'Service = "ec2.amazonaws.com"'), "kept"),
        (("iam.amazonaws.com }", "sts.amazonaws.com }"), "matched"),
        (("threshold           = 1", "threshold           = 2"), "alarmed"),
        (("alarm_actions", "ok_actions"), "told"),
    ],
)
def test_the_first_link_that_breaks_is_named(
    deployed: Callable[[str], Account], change: tuple[str, str], step: str
) -> None:
    text = BASE + watched("iam", '"{ $.eventSource = iam.amazonaws.com }"')
    whole, broken = deployed(text), deployed(text.replace(*change))

    assert [path.broken for path in chain(whole, CREATE_USER.record)] == [None]
    (path,) = chain(broken, CREATE_USER.record)
    assert path.broken is not None
    assert path.broken.name == step
    assert covered(broken, IAM).verdict is Verdict.FALSE


def test_a_composite_alarm_acts_for_the_alarm_that_it_speaks_of(deployed: Callable[[str], Account]) -> None:
    text = BASE + watched("iam", '"{ $.eventSource = iam.amazonaws.com }"', actions="")
    composite = """
resource "aws_cloudwatch_composite_alarm" "audit" {
  alarm_name    = "audit"
  alarm_rule    = "ALARM(${aws_cloudwatch_metric_alarm.iam.alarm_name})"
  alarm_actions = [aws_sns_topic.alerts.arn]
}
"""

    assert covered(deployed(text), IAM).verdict is Verdict.FALSE
    assert covered(deployed(text + composite), IAM).verdict is Verdict.TRUE
    assert covered(deployed(text + composite.replace("ALARM(", "NOT ALARM(")), IAM).verdict is Verdict.FALSE


def test_what_is_not_known_of_the_configuration_is_told_apart_from_what_differs_between_calls(
    deployed: Callable[[str], Account],
) -> None:
    topic = 'variable "topic" {\n  type = string\n}\n'
    known = watched("iam", '"{ $.eventSource = iam.amazonaws.com }"', actions="alarm_actions = [var.topic]")
    narrow = watched("iam", '"{ $.userIdentity.userName = alice }"', actions="alarm_actions = [var.topic]")
    found = asked(deployed(BASE + topic + known))

    assert found.truth.verdict is Verdict.UNKNOWN
    assert {reason.detail for reason in found.truth.reasons} == {"variable `topic` has no value"}
    # Whoever is told by that topic, a call by somebody else than alice reaches nobody.
    assert asked(deployed(BASE + topic + narrow)).truth.verdict is Verdict.FALSE


def test_an_event_rule_counts_where_the_call_arrives(deployed: Callable[[str], Account]) -> None:
    rule = """
resource "aws_cloudwatch_event_rule" "iam" {
  event_pattern = jsonencode({
    detail-type = ["AWS API Call via CloudTrail"]
    detail      = { eventSource = ["iam.amazonaws.com"] }
  })
}

resource "aws_cloudwatch_event_target" "iam" {
  rule = aws_cloudwatch_event_rule.iam.name
  arn  = aws_sns_topic.alerts.arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish"
      Resource = aws_sns_topic.alerts.arn
    }]
  })
}
"""
    there = deployed((BASE + rule).replace("eu-central-1", "us-east-1"))
    elsewhere = deployed(BASE + rule)

    assert asked(there).truth.verdict is Verdict.TRUE
    assert asked(elsewhere).truth.verdict is Verdict.FALSE
    (path,) = (path for path in chain(elsewhere, CREATE_USER.record) if path.mechanism == EVENT_RULE)
    assert path.broken is not None
    assert path.broken.name == "arrived"
    anywhere = management_call("CreateTrail", "cloudtrail.amazonaws.com")
    assert asked(there, anywhere).truth.verdict is Verdict.FALSE


def test_whom_a_subscription_filter_tells_is_decided_elsewhere(deployed: Callable[[str], Account]) -> None:
    account = deployed(
        BASE
        + """
resource "aws_cloudwatch_log_subscription_filter" "siem" {
  name            = "siem"
  log_group_name  = aws_cloudwatch_log_group.trail.name
  filter_pattern  = ""
  destination_arn = "arn:aws:firehose:eu-central-1:111122223333:deliverystream/siem"
}
"""
    )

    assert [way.mechanism for way in ways(account)] == [SUBSCRIPTION]
    assert covered(account, IAM).verdict is Verdict.UNKNOWN


def test_an_alarm_that_needs_several_calls_is_enough_only_where_they_are_counted(
    deployed: Callable[[str], Account],
) -> None:
    text = BASE + watched("iam", '"{ $.eventSource = iam.amazonaws.com }"')
    account = deployed(text.replace("threshold           = 1", "threshold           = 5"))

    assert covered(account, IAM).verdict is Verdict.FALSE
    assert covered(account, IAM, counting=True).verdict is Verdict.TRUE


def test_regions_that_patterns_name_are_found(deployed: Callable[[str], Account]) -> None:
    pattern = '"{ ($.awsRegion != eu-central-1) && ($.awsRegion != us-east-1) }"'

    assert set(regions_named(deployed(BASE + watched("regions", pattern)))) == {"eu-central-1", "us-east-1"}


def test_a_whole_record_is_followed_as_well(deployed: Callable[[str], Account]) -> None:
    account = deployed(BASE + watched("iam", '"{ $.eventSource = iam.amazonaws.com }"'))
    (path,) = chain(account, cloudtrail({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}))

    assert [step.name for step in path.steps] == ["recorded", "kept", "matched", "alarmed", "told"]


def test_many_calls_are_listed_in_part() -> None:
    assert listed(["A"]) == "`A`"
    assert listed(["A", "B", "a sign-in"]) == "`A`, `B` and a sign-in"
    assert listed([f"Call{number}" for number in range(9)]).endswith("`Call4` and 4 more calls")


@pytest.mark.parametrize("text", ["[]", "7", '{"match": {}}', "{"])
def test_a_scenario_that_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        own_scenario(text)


def test_what_is_said_of_all_calls_of_a_kind_holds_of_single_ones() -> None:
    (deployment,) = load([str(EXAMPLE)], Options()).deployments
    account = open_world(deployment, Context()).account
    mentions = joined(*(link.mentions for way in ways(account) for link in way.links))
    chance = random.Random(7)
    judged = 0
    for name in scenarios.NAMES:
        for call in scenarios.named(name).calls[:4]:
            found = noticed(account, in_account(account, call).record)
            records = list(islice(in_account(account, call).record.completions(mentions), 100))
            singles = [*chance.sample(records, min(3, len(records))), *filter(None, [found.unseen])]
            for record in singles:
                told = any_of(way.ask(PartialRecord.from_json(record)) for way in ways(account)).verdict
                judged += 1
                if found.truth.verdict is Verdict.TRUE:
                    assert told is Verdict.TRUE, record
                elif record is found.unseen:
                    assert told is Verdict.FALSE, record

    assert judged > 100
