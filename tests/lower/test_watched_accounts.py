"""What an account shows of who watches it: what was refused, and what only accounts have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import Context, EventRule, LogGroup, MetricAlarm, MetricFilter, SecurityHub, Topic
from guardrails.semantics.links import NO_RECORD, pattern_of
from guardrails.semantics.notices import alarm_is_sent
from guardrails.semantics.pipeline import covered
from guardrails.semantics.scenario import Scenario, management_call
from guardrails.semantics.watching import audit_filters, of_pattern, waits_for, watched_here
from guardrails.sources.aws.examples import accounts_in

OWN = "111122223333"
GROUP = f"arn:aws:logs:eu-central-1:{OWN}:log-group:trail"
CALLS = Scenario(name="calls", noun="calls", calls=(management_call("StopLogging", "cloudtrail.amazonaws.com"),))
TRAIL = {
    "trail": {
        "Name": "main",
        "TrailARN": f"arn:aws:cloudtrail:eu-central-1:{OWN}:trail/main",
        "HomeRegion": "eu-central-1",
        "IsMultiRegionTrail": True,
        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
    },
    "status": {"IsLogging": True},
}
TO_NOWHERE = {**TRAIL, "trail": {**TRAIL["trail"], "CloudWatchLogsLogGroupArn": None}}  # type: ignore[dict-item] # it is one
WATCHED = {"cloudtrail.trail": {"main": TRAIL}, "logs.group": {"trail": {"group": {"logGroupArn": GROUP}}}}


def account(answers: dict[str, Any]) -> World:
    (one,) = accounts_in(json.dumps(answers), "live.json")
    return open_world(one, Context())


def _denied(*types: str) -> dict[str, Any]:
    return {"denied": dict.fromkeys(types, "service:List")}


# --- what was refused -------------------------------------------------------------------------------------------------


def test_whether_an_account_watches_calls_is_open_where_its_trails_are_not_shown() -> None:
    assert account({}).account.watches_calls.verdict is Verdict.FALSE
    refused = account(_denied("cloudtrail.trail")).account

    assert (refused.watches_calls.verdict, watched_here(refused).verdict) == (Verdict.UNKNOWN, Verdict.UNKNOWN)


def test_whether_a_rule_asks_for_calls_is_open_where_the_rules_are_not_shown() -> None:
    recorded = {"cloudtrail.trail": {"main": TO_NOWHERE}}

    assert watched_here(account(recorded).account).verdict is Verdict.FALSE
    assert watched_here(account({**recorded, **_denied("events.rule")}).account).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("type", ["logs.filter", "events.rule", "cloudtrail.trail"])
def test_what_was_not_shown_may_notice_calls(type: str) -> None:
    assert covered(account(WATCHED).account, CALLS).verdict is Verdict.FALSE
    assert covered(account({**WATCHED, **_denied(type)}).account, CALLS).verdict is Verdict.UNKNOWN


def test_an_alarm_may_watch_a_metric_of_a_filter_that_is_not_shown_but_no_metric_of_a_service() -> None:
    alarms = {"own": {"AlarmName": "own", "Namespace": "Audit"}, "load": {"AlarmName": "load", "Namespace": "AWS/EC2"}}
    world = account({"cloudwatch.alarm": alarms, **_denied("logs.filter")})
    own, load = (audit_filters(alarm) for alarm in world.created(MetricAlarm))

    assert own.is_empty().verdict is Verdict.UNKNOWN
    assert load.is_empty().verdict is Verdict.TRUE


@pytest.mark.parametrize(
    ("named", "verdict"),
    [(f"{GROUP}:*", Verdict.UNKNOWN), (f"{GROUP}-b:*", Verdict.FALSE), (GROUP.replace("-central-1", "-west-1"), None)],
)
def test_a_trail_may_deliver_to_a_log_group_that_is_not_shown_if_it_is_called_alike(
    named: str, verdict: Verdict | None
) -> None:
    trail = {**TRAIL, "trail": {**TRAIL["trail"], "CloudWatchLogsLogGroupArn": named}}  # type: ignore[dict-item] # it is one
    kept = {"filterName": "calls", "logGroupName": "trail", "filterPattern": "", "metricTransformations": []}
    answers = {"cloudtrail.trail": {"main": trail}, "logs.filter": {"calls": kept}, **_denied("logs.group")}
    (found,) = account(answers).created(MetricFilter)
    delivered = found.log_group.some(lambda group: ~group.trails.is_empty())

    # A filter says no Region, so that one in another is open as well.
    assert delivered.verdict is (verdict or Verdict.UNKNOWN)


def test_a_log_group_may_be_handed_on_by_a_policy_of_the_account_that_is_not_shown() -> None:
    def handed_on(*denied: str) -> Verdict:
        (group,) = account({**WATCHED, **_denied(*denied)}).created(LogGroup)
        return group.subscription_filters.is_empty().verdict

    assert (handed_on(), handed_on("logs.account_policy")) == (Verdict.TRUE, Verdict.UNKNOWN)


# --- rules and their targets ------------------------------------------------------------------------------------------


def _rule(name: str = "calls", bus: str = "default", region: str = "eu-central-1", **more: str) -> dict[str, str]:
    folder = "" if bus == "default" else f"{bus}/"
    arn = f"arn:aws:events:{region}:{OWN}:rule/{folder}{name}"
    pattern = '{"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"]}'
    return {"Name": name, "Arn": arn, "EventBusName": bus, "State": "ENABLED", "EventPattern": pattern, **more}


def _target(bus: str = "default", region: str = "eu-central-1") -> dict[str, str]:
    topic = f"arn:aws:sns:{region}:{OWN}:alerts"
    return {"Rule": "calls", "EventBusName": bus, "Id": "one", "Arn": topic, "region": region}


def test_a_target_is_of_the_rule_on_its_bus_and_in_its_region() -> None:
    world = account(
        {
            "events.rule": {
                "orders": _rule(bus="orders"),
                "here": _rule(),
                "there": _rule(region="us-east-1"),
                "other": _rule("other"),
            },
            "events.target": {"here": _target(), "orders": _target("orders"), "there": _target(region="us-east-1")},
        }
    )
    found = {
        rule.address.split(".")[-1]: [one.arn.or_none() for one, _ in rule.targets.members()]
        for rule in world.created(EventRule)
    }

    here, there = (f"arn:aws:sns:{region}:{OWN}:alerts" for region in ("eu-central-1", "us-east-1"))
    assert found == {"orders": [here], "here": [here], "there": [there], "other": []}


def test_a_topic_is_for_alerts_only_if_the_rule_of_that_very_bus_asks_for_calls() -> None:
    orders = _rule(bus="orders", EventPattern='{"source": ["orders"]}')
    topic = {"arn": f"arn:aws:sns:eu-central-1:{OWN}:alerts", "topic": {}}
    answers = {"events.rule": {"calls": _rule(), "orders": orders}, "sns.topic": {"alerts": topic}}

    def audit(bus: str) -> Verdict:
        (found,) = account({**answers, "events.target": {"one": _target(bus)}}).created(Topic)
        return found.audit.verdict

    assert (audit("default"), audit("orders")) == (Verdict.TRUE, Verdict.FALSE)


def test_targets_that_were_not_shown_may_be_any() -> None:
    (rule,) = account({"events.rule": {"calls": _rule()}, **_denied("events.target")}).created(EventRule)

    assert rule.targets.is_empty().verdict is Verdict.UNKNOWN


def test_a_rule_that_asks_for_a_source_of_one_region_only_is_set_off_nowhere_else() -> None:
    world = account({"events.rule": {"here": _rule(), "there": _rule(region="us-east-1")}})
    here, there = (waits_for(rule).verdict for rule in world.created(EventRule))

    assert (here, there) == (Verdict.FALSE, Verdict.TRUE)


def test_a_rule_tells_which_service_keeps_it() -> None:
    world = account({"events.rule": {"own": _rule(), "kept": _rule(ManagedBy="securityhub.amazonaws.com")}})
    own, kept = (rule.managed_by.is_set().verdict for rule in world.created(EventRule))

    assert (own, kept) == (Verdict.FALSE, Verdict.TRUE)


# --- topics and who listens -----------------------------------------------------------------------------------------

TOPIC = f"arn:aws:sns:eu-central-1:{OWN}:alerts"


def _subscribed(**fields: str) -> dict[str, Any]:
    one = {"SubscriptionArn": f"{TOPIC}:1", "TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@b.example", **fields}
    return {"sns.subscription": {"one": one}}


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (_subscribed(), Verdict.TRUE),
        (_subscribed(PendingConfirmation="false"), Verdict.TRUE),
        (_subscribed(Protocol="https", Endpoint="https://example.com"), Verdict.TRUE),
        (_subscribed(SubscriptionArn="PendingConfirmation"), Verdict.FALSE),
        (_subscribed(SubscriptionArn="Deleted"), Verdict.FALSE),
        (_subscribed(PendingConfirmation="true"), Verdict.FALSE),
        ({}, Verdict.FALSE),
        (_denied("sns.subscription"), Verdict.UNKNOWN),
    ],
)
def test_an_alarm_is_sent_where_something_listens(answers: dict[str, Any], verdict: Verdict) -> None:
    alarm = {"AlarmName": "one", "Namespace": "Audit", "ActionsEnabled": True, "AlarmActions": [TOPIC]}
    world = account({"cloudwatch.alarm": {"one": alarm}, "sns.topic": {"alerts": {"arn": TOPIC}}, **answers})
    (found,) = world.created(MetricAlarm)

    assert alarm_is_sent(found).verdict is verdict


# --- patterns that AWS has accepted -----------------------------------------------------------------------------------


def test_a_pattern_that_an_account_has_and_this_program_cannot_read_is_not_called_invalid() -> None:
    odd = {"filterName": "odd", "logGroupName": "trail", "filterPattern": "{ $.a == 1 }"}
    (found,) = account({"logs.filter": {"odd": odd}}).created(MetricFilter)
    pattern = pattern_of(found.pattern, found)

    assert pattern is not None
    assert of_pattern(found.pattern, found, lambda one: one.ask(NO_RECORD)).verdict is Verdict.UNKNOWN


def test_an_event_pattern_that_an_account_has_and_this_program_cannot_read_is_not_called_invalid() -> None:
    odd = _rule(EventPattern='{"detail-type": [{"unheard-of": "CloudTrail"}]}')
    (rule,) = account({"events.rule": {"odd": odd}}).created(EventRule)

    assert waits_for(rule).verdict is Verdict.UNKNOWN


# --- Security Hub -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("READY", Verdict.TRUE), ("INCOMPLETE", Verdict.TRUE), ("FAILED", Verdict.TRUE), ("DELETING", Verdict.FALSE)],
)
def test_a_standard_counts_until_it_is_being_switched_off(status: str, verdict: Verdict) -> None:
    """One that could not be switched off still is on."""
    standard = {"StandardsArn": "arn:aws:securityhub:::standards/x", "StandardsStatus": status}
    world = account({"securityhub.hub": {"hub": {"HubArn": "x"}}, "securityhub.standard": {"one": standard}})
    (hub,) = world.created(SecurityHub)

    assert hub.default_standards.or_none() is False
    assert hub.standards.some(lambda one: one.switched_on).verdict is verdict
