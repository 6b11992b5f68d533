"""What there is to say of a chain beside its links: who hears of it in the end, and what would mend what breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Verdict
from guardrails.model.monitoring import EventRule, LogSubscription, MetricFilter
from guardrails.semantics.filter_patterns import FilterPattern, parse
from guardrails.semantics.links import (
    ALARMED,
    ARRIVED,
    EVENT_RULE,
    KEPT,
    MATCHED,
    METRIC_FILTER,
    RECORDED,
    pattern_of,
    ways,
)
from guardrails.semantics.notices import someone_is_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from guardrails.kernel.origin import Origin
    from guardrails.model.account import Account
    from guardrails.model.monitoring import Destination
    from guardrails.model.security import Topic
    from guardrails.trace.chains import Answer, Placed, Watched

_MOST = 4


class Said(Record):
    """A sentence part, and the place it is about."""

    detail: str
    origin: Origin


def receivers(watched: Sequence[Watched], placed: Placed) -> list[Said]:
    """What stands at the end of a way, and whether somebody is known to listen there. Nothing where it ends before."""
    last = placed.path.steps[-1]
    if placed.path.truth.verdict is Verdict.FALSE or not last.what:
        return []
    account = next((one.account for one in watched if one.target == placed.target), None)
    if account is None:
        return []
    found: dict[tuple[str, str], Said] = {}
    for destination in _destinations(account, placed):
        for said in _of_destination(destination):
            found.setdefault((said.detail, said.origin.file), said)
    return list(found.values())[:_MOST]


def _destinations(account: Account, placed: Placed) -> Iterator[Destination]:
    steps = {step.name: step.what for step in placed.path.steps}
    # What looks for calls of an account may stand in another one, with the trail of their organization.
    looking = {id(way.looks): way.looks for way in ways(account) if way.looks is not None}
    for looks in looking.values():
        if looks.address != steps.get(MATCHED):
            continue
        if isinstance(looks, EventRule):
            yield from (target for target, _ in looks.targets.members())
        elif isinstance(looks, LogSubscription):
            yield looks.destination
        elif isinstance(looks, MetricFilter):
            for alarm, _ in looks.alarms.members():
                if alarm.address == steps.get(ALARMED):
                    yield from (action for action, _ in alarm.actions.members())
                    for composite, _ in alarm.composites.members():
                        yield from (action for action, _ in composite.actions.members())


def _of_destination(destination: Destination) -> Iterator[Said]:
    topics = destination.topic.members()
    for topic, _ in topics:
        yield _of_topic(topic, destination)
    if not topics:
        kind = destination.kind.or_none()
        watched = destination.declared_watched.verdict is Verdict.TRUE
        if watched:
            yield Said(f"{f'`{kind}`' if kind else 'a target'}, where somebody watches", destination.origin)
        elif kind is not None and kind != "sns":
            yield Said(f"a target of `{kind}`", destination.origin)
        else:
            yield Said("a target that is not known", destination.origin)


def _of_topic(topic: Topic, destination: Destination) -> Said:
    name = f"`{topic.address}`" if topic.owned else "a topic that is made elsewhere"
    origin = topic.origin if topic.origin.source is not None else destination.origin
    heard = someone_is_told(topic)
    if heard.verdict is Verdict.TRUE:
        return Said(f"{name}, which somebody has subscribed to", origin)
    subscriptions = topic.subscriptions.members()
    if subscriptions:
        protocols = sorted({one.protocol.or_none() or "something" for one, _ in subscriptions})
        doubt = "nobody knows whether that reaches a person" if heard.verdict is Verdict.UNKNOWN else "which is nobody"
        sure = any(exists.verdict is Verdict.TRUE for _, exists in subscriptions)
        perhaps = "" if sure else "perhaps "
        return Said(f"{name}, {perhaps}subscribed to by {', '.join(protocols)}; {doubt}", origin)
    if heard.verdict is Verdict.FALSE:
        return Said(f"{name}, which nobody has subscribed to", origin)
    return Said(f"{name}: a topic; nobody knows whether someone has subscribed", origin)


# --- what would mend it -----------------------------------------------------------------------------------------------


def mending(answer: Answer) -> str:
    """What to do about the first link that breaks; empty where the answer is not that it breaks."""
    if answer.truth.verdict is not Verdict.FALSE:
        return ""
    best = answer.best
    if best is None:
        return "make a trail that records it and delivers to a log group, and a metric filter with an alarm on it"
    broken = best.path.broken
    if broken is None:
        return ""
    if broken.name == MATCHED:
        return _clause(answer)
    return mending_of(broken.name, broken.what, best.path.mechanism)


def mending_of(step: str, what: str, mechanism: str = METRIC_FILTER) -> str:
    """What to do about a link that breaks, whatever breaks it."""
    if step == RECORDED:
        return "let a trail record it: logging, event selectors, Regions and global events of the trail decide"
    if step == KEPT:
        return (
            "set `cloud_watch_logs_group_arn` and `cloud_watch_logs_role_arn` of the trail, with a role that may write"
        )
    if step == MATCHED:
        return "add a metric filter that matches it, with an alarm; or an event rule with a target"
    if step == ARRIVED:
        return (
            "put the rule on the default bus of the Region of the calls, enabled for them, or send them on from there"
        )
    if step == ALARMED:
        if not what:
            return "add an alarm on the metric of the filter, with an action"
        return "let the alarm go off on one event: the sum over one period, at least 1"
    if mechanism == EVENT_RULE:
        return "give the rule a target that accepts its events: a topic whose policy lets EventBridge publish"
    return "give the alarm an enabled action on a topic that accepts its messages"


def _clause(answer: Answer) -> str:
    """What to add to the nearest filter, checked to match afterwards."""
    name, near = answer.call.name, answer.nearest
    looks = near.way.looks if near is not None else None
    if not name:
        return mending_of(MATCHED, "")
    if looks is None or isinstance(looks, EventRule):
        where = f"`{looks.address}`" if looks is not None else "an event rule"
        pattern = f"a metric filter with `{{ $.eventName = {name} }}` and an alarm on it"
        return f"add {pattern}, or `{name}` to {where}" if near is not None else f"add {pattern}, or {where} for it"
    clause = f"($.eventName = {name})"
    before = pattern_of(looks.pattern, looks)  # type: ignore[attr-defined] # what looks and is no rule is a filter
    if isinstance(before, FilterPattern) and before.is_json:
        after = parse(f"{{ ({before.text.strip()[1:-1]}) || {clause} }}")
        if isinstance(after, FilterPattern) and after.answers(answer.record).verdict is Verdict.TRUE:
            return f"add `|| {clause}` to the pattern of `{looks.address}`"
    return f"add a metric filter with `{{ {clause} }}` and an alarm on it"
