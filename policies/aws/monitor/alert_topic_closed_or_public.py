"""MONITOR-024."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, Severity, Topic, Truth, admits, decide, policy, require, topic_of, who_may

from ...frameworks import controls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import CompositeAlarm, EventRule, MetricAlarm


@policy(
    "MONITOR-024",
    on=Topic,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(fsbp=["SNS.4"], cis=("", "", "2.21"), iso=["A.8.1"], mlps=["8.1.5.4f", "8.1.4.2a"]),
)
def alert_topic_closed_or_public(topic: Topic) -> Iterator[Check]:
    """A topic for alerts whose policy keeps the alarms out, or lets everybody in."""

    def alarm_gets_in(alarm: MetricAlarm | CompositeAlarm) -> Truth:
        sends = alarm.actions.seen().some(lambda action: action.topic.seen().some(lambda one: _same(one, topic)))
        return ~sends | admits(topic, alarm)

    def rule_gets_in(rule: EventRule) -> Truth:
        sends = rule.targets.seen().some(lambda target: target.topic.seen().some(lambda one: _same(one, topic)))
        return ~sends | admits(topic, rule)

    here = topic.account
    senders_get_in = (
        here.evident(here.alarms).every(alarm_gets_in)
        & here.evident(here.composite_alarms).every(alarm_gets_in)
        & here.evident(here.event_rules).every(rule_gets_in)
    )
    yield require(senders_get_in, "its policy does not let in what sends to it")
    found = who_may(topic.policy, ("sns:Publish", "sns:Subscribe"), topic_of(topic), account=topic.location.account)
    yield require(~found.some(lambda grant: grant.is_public()), "its policy lets anybody publish or subscribe")


def _same(one: Topic, topic: Topic) -> Truth:
    return decide(one is topic)
