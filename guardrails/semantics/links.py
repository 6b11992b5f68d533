"""The links of the chain from a call to somebody who is told, and the ways that are made of them.

A way is one path through a configuration: a trail, what keeps its events, what looks at them, what that sets off. Each
link answers for a complete record or for all of a kind; most depend on the configuration alone.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from guardrails.kernel.record import Noun
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics import event_rules, partial_recording
from guardrails.semantics.alarms import fires_on_one_event
from guardrails.semantics.composite_alarms import goes_to_alarm
from guardrails.semantics.fields import UNSAID, Each, Field
from guardrails.semantics.fields import Path as Steps
from guardrails.semantics.filter_patterns import FilterPattern, PatternFault, parse
from guardrails.semantics.log_delivery import delivers
from guardrails.semantics.notices import alarm_is_sent, takes
from guardrails.semantics.partial import PartialRecord, joined
from guardrails.semantics.shapes import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.model.account import Account
    from guardrails.model.logs import LogGroup
    from guardrails.model.monitoring import EventRule, MetricAlarm, MetricFilter
    from guardrails.model.resource import Resource
    from guardrails.model.trail import AuditTrail
    from guardrails.semantics.partial import Mentions
    from guardrails.semantics.shapes import Shape

    Parsed: TypeAlias = FilterPattern | PatternFault | None
    """A pattern, what is wrong with it, or None where its text is not known."""

RECORDED, KEPT, ARRIVED, MATCHED, ALARMED, TOLD = "recorded", "kept", "arrived", "matched", "alarmed", "told"
STEPS = (RECORDED, KEPT, ARRIVED, MATCHED, ALARMED, TOLD)
"""What becomes of a call, in order. For a metric filter it is kept in a log group; at an event rule it arrives."""

METRIC_FILTER, EVENT_RULE, SUBSCRIPTION = "metric filter", "event rule", "subscription filter"
"""The mechanisms by which somebody may be told."""
_NO_MENTIONS: Mentions = {}
_NOT_MEANT = false(Fact("it looks for other calls"))


NO_RECORD = PartialRecord.of({})
"""Stands for any record where it makes no difference which."""


class Link(Noun):
    """One link of a way. `what` is the address of the resource that makes it, empty where there is none."""

    step: str
    what: str
    origin: Origin
    ask: Callable[[PartialRecord], Truth]
    mentions: Mentions = _NO_MENTIONS
    settled: bool = False
    """Whether its answer is the same for every record."""

    def of(self, record: PartialRecord) -> Truth:
        if self.settled:
            return self.remembered("answer", lambda: self.ask(record))
        return self.ask(record)

    def rules_out(self, record: PartialRecord) -> bool:
        """Whether it is seen at once that no record of a kind comes through: it is of a call that none of the names
        mentions. False says nothing."""
        if self.settled:
            return False
        named = record.root.members.named if record.root.members is not None else {}
        for name, literals, shapes in self.needs:
            texts = named[name].texts if name in named else None
            if texts is None or texts.only is None or len(texts.only) != 1 or not named[name].is_settled:
                continue
            (content,) = texts.only
            if content not in literals and not any(shape.matches(content) for shape in shapes):
                return True
        return False

    @cached_property
    def needs(self) -> tuple[tuple[str, frozenset[str], tuple[Shape, ...]], ...]:
        """The fields of which it lets only texts through that it mentions, with what it mentions: whole texts, and
        other shapes. It cannot tell texts apart that it does not mention: one question is enough for all of them."""
        found: list[tuple[str, frozenset[str], tuple[Shape, ...]]] = []
        for name in _TELLING:
            shapes = self.mentions[(name,)].shapes if (name,) in self.mentions else ()
            if shapes and self._refuses(name, (), shapes):
                branches = {branch: branch.literal for shape in shapes for branch in shape.branches}
                whole = frozenset(literal for literal in branches.values() if literal is not None)
                others = [branch for branch, literal in branches.items() if literal is None]
                found.append((name, whole, tuple(one for one in others if not self._refuses(name, (one,), ()))))
        return tuple(found)

    def _refuses(self, name: str, like: tuple[Shape, ...], unlike: tuple[Shape, ...]) -> bool:
        """Whether no record comes through of which one field is such a text."""
        field = Field(texts=Texts(like=like, unlike=unlike))
        return self.ask(PartialRecord.of({name: field})).verdict is Verdict.FALSE


_TELLING = ("eventName", "eventSource")
"""The fields of which most filters and rules ask for a few texts."""


class Way(Noun):
    """One path through a configuration. `looks` is what looks for calls: a metric filter, an event rule, …"""

    mechanism: str
    looks: Resource | None
    links: tuple[Link, ...]

    def ask(self, record: PartialRecord) -> Truth:
        """Whether all records of a kind come through."""
        doubts = None
        if self.rules_out(record):
            return _NOT_MEANT
        for link in self.by_cost:
            found = link.of(record)
            if found.verdict is Verdict.FALSE:
                return found
            doubts = found if doubts is None else doubts & found
        return doubts if doubts is not None else true()

    def at_best(self, record: PartialRecord) -> Truth:
        """The same, where all that is not known of the configuration is as it should be: FALSE is certain, TRUE is a
        hope, and UNKNOWN that some records come through and others may not."""
        doubts: Truth | None = None
        if self.rules_out(record):
            return _NOT_MEANT
        for link in self.by_cost:
            found = link.of(record)
            if found.verdict is Verdict.FALSE:
                return found
            if found.verdict is Verdict.UNKNOWN and any(map(_of_records, found.reasons)):
                doubts = found if doubts is None else doubts & found
        return doubts if doubts is not None else true()

    def rules_out(self, record: PartialRecord) -> bool:
        """Whether it is seen at once that no record of a kind comes through."""
        return self.matched is not None and self.matched.rules_out(record)

    @cached_property
    def matched(self) -> Link | None:
        """What looks at records."""
        return self.link(MATCHED)

    @property
    def is_certain(self) -> bool:
        """Whether the links that are the same for every record are known to hold."""
        settled = (link.of(NO_RECORD) for link in self.links if link.settled)
        return all(found.verdict is Verdict.TRUE for found in settled)

    @cached_property
    def by_cost(self) -> tuple[Link, ...]:
        """Its links, those that are the same for every record first; patterns leave out most of the others."""
        return tuple(sorted(self.links, key=_cost))

    def link(self, step: str) -> Link | None:
        return next((link for link in self.links if link.step == step), None)


def _of_records(reason: Reason) -> bool:
    """Whether something is open because records of a kind differ, and not for what is not known of them all."""
    return reason.why is Why.CANNOT_SAY and reason.origin.source is None


def _cost(link: Link) -> int:
    return 0 if link.settled else 2 if link.step == RECORDED else 1


# --- recorded ---------------------------------------------------------------------------------------------------------


def _recorded(trail: AuditTrail, exists: Truth) -> Link:
    mentions = partial_recording.mentions_of(trail)
    paths = (*(path for path in mentions if not any(isinstance(step, Each) for step in path)), *_SEEN_BESIDES)

    def worked_out(record: PartialRecord) -> Truth:
        found = partial_recording.ask(trail, record)
        if found.verdict is not Verdict.FALSE:
            return exists & found
        return found.because(Fact(f"`{trail.address}` does not record them", _place(found, trail.origin)))

    def ask(record: PartialRecord) -> Truth:
        # A trail tells few records apart, and is asked of each case of each record by every way that begins with it.
        seen: list[Field | str | bool | None] = []
        for path in paths:
            field = record.select(path)
            if field is UNSAID:
                seen.append(None)
            elif field.members is not None or (field.elements and field.elements.items):
                return worked_out(record)
            else:
                shapes = mentions[path].shapes if path in _NAMES else None
                seen.append(_as_told_apart(field, shapes))
        return trail.remembered(("recorded", *seen), lambda: worked_out(record))

    return Link(step=RECORDED, what=trail.address, origin=trail.origin, ask=ask, mentions=mentions)


def _as_told_apart(field: Field, shapes: tuple[Shape, ...] | None) -> Field | str | bool:
    """A field that is one text as that text; or as False, where it is no text that any of the shapes is about: no
    selector tells those apart."""
    texts = field.texts
    if texts is None or texts.only is None or not field.is_settled:
        return field
    (content,) = texts.only
    return content if shapes is None or any(shape.matches(content) for shape in shapes) else False


_NAMES: tuple[Steps, ...] = (("eventSource",), ("eventName",))

_SEEN_BESIDES: tuple[Steps, ...] = (
    ("resources",),
    ("insightDetails",),
    ("userIdentity", "arn"),
    ("tlsDetails", "clientProvidedHostHeader"),
)
"""What a trail looks at beside what its selectors mention."""


def _place(truth: Truth, otherwise: Origin) -> Origin:
    return next((fact.origin for fact in truth.facts if fact.origin.source is not None), otherwise)


# --- kept and matched -------------------------------------------------------------------------------------------------


def _kept(trail: AuditTrail, group: LogGroup, exists: Truth) -> Link:
    return Link(
        step=KEPT,
        what=group.address,
        origin=group.origin,
        ask=lambda _: exists & delivers(trail, group),
        settled=True,
    )


def pattern_of(value: Value[str], owner: Resource) -> Parsed:
    """The pattern that a value is, parsed once; None where it is not known."""

    def parsed() -> Parsed:
        known = value.or_none()
        return parse(known) if known is not None else None

    return owner.remembered("filter pattern", parsed)


def choices_of(value: Value[str], owner: Resource) -> tuple[tuple[Value[str], Parsed], ...]:
    """The texts that a value may be, each with its pattern, parsed once."""

    def parsed() -> tuple[tuple[Value[str], Parsed], ...]:
        known = ((one, one.or_none()) for one in value.alternatives)
        return tuple((one, parse(text) if text is not None else None) for one, text in known)

    return owner.remembered("filter patterns", parsed) if value.alternatives else ((value, pattern_of(value, owner)),)


def _fits(value: Value[str], owner: Resource, record: PartialRecord) -> Truth:
    answers = [_fits_one(one, pattern, owner, record) for one, pattern in choices_of(value, owner)]
    if len({one.verdict for one in answers}) == 1:
        return answers[0]
    return unknown(*value.reasons, facts=(value.fact(),))


def _fits_one(value: Value[str], pattern: Parsed, owner: Resource, record: PartialRecord) -> Truth:
    if isinstance(pattern, FilterPattern):
        found = pattern.ask(record)
        return found.because(Fact(f"`{owner.address}` does not match", value.origin)) if _no(found) else found
    if isinstance(pattern, PatternFault):
        said = Fact(f"the pattern of `{owner.address}` is not valid: {pattern.message}", value.origin)
        if pattern.limit:
            return unknown(Reason(Why.LIMIT, pattern.message, origin=value.origin), facts=(said,))
        return false(said)
    return unknown(*value.reasons, facts=(value.fact(),)) if value.reasons else false(value.fact())


def _no(truth: Truth) -> bool:
    return truth.verdict is Verdict.FALSE


def mentioned(value: Value[str], owner: Resource) -> Mentions:
    """The fields that decide whether a pattern matches."""
    choices = (pattern for _, pattern in choices_of(value, owner))
    found = [pattern.mentions for pattern in choices if isinstance(pattern, FilterPattern)]
    return found[0] if len(found) == 1 else joined(*found)


def _matched(filter: MetricFilter, exists: Truth) -> Link:
    def ask(record: PartialRecord) -> Truth:
        return exists & _fits(filter.pattern, filter, record)

    return Link(
        step=MATCHED,
        what=filter.address,
        origin=filter.pattern.origin,
        ask=ask,
        mentions=mentioned(filter.pattern, filter),
        settled=not (filter.pattern.settled or filter.pattern.alternatives),
    )


# --- alarmed and told -------------------------------------------------------------------------------------------------


def _alarmed(filter: MetricFilter, alarm: MetricAlarm, exists: Truth, counting: bool) -> Link:
    def ask(record: PartialRecord) -> Truth:
        fires = exists & fires_on_one_event(alarm, filter, record)
        return fires | counts(alarm, filter) if counting and fires.verdict is Verdict.FALSE else fires

    plain = not filter.dimensions.members() and not filter.dimensions.gaps
    return Link(step=ALARMED, what=alarm.address, origin=alarm.origin, ask=ask, settled=plain)


MOST_COUNTED = 10
"""Events that an alarm may wait for where single ones mean little."""


def counts(alarm: MetricAlarm, filter: MetricFilter) -> Truth:
    """Whether an alarm goes off when several events match a filter within one of its periods."""
    return fires_on_one_event(alarm, filter, events=MOST_COUNTED)


def _told(alarm: MetricAlarm) -> Link:
    return Link(step=TOLD, what=alarm.address, origin=alarm.origin, ask=lambda _: tells(alarm), settled=True)


def tells(alarm: MetricAlarm) -> Truth:
    """Whether an alarm that goes to ALARM sets off something that can receive it: by itself, or through a composite
    alarm."""
    own = alarm_is_sent(alarm)
    if own.verdict is Verdict.TRUE or not (alarm.composites.members() or alarm.composites.gaps):
        return own
    return own | alarm.composites.some(lambda one: goes_to_alarm(one, (alarm,)) & alarm_is_sent(one))


def _target(rule: EventRule, target: Any, exists: Truth) -> Link:  # noqa: ANN401 - narrowed where it is used
    return Link(
        step=TOLD, what=target.address, origin=target.origin, ask=lambda _: exists & takes(target, rule), settled=True
    )


# --- ways -------------------------------------------------------------------------------------------------------------


def ways(account: Account, *, counting: bool = False) -> tuple[Way, ...]:
    """All ways in which a call in this account may come to somebody's knowledge, worked out once. With `counting`
    alarms that need several calls of a kind will do."""
    return account.remembered(("ways", counting), lambda: tuple(_ways(account, counting)))


def _ways(account: Account, counting: bool) -> Iterator[Way]:
    trails = tuple((trail, exists) for trail, exists in account.trails.members() if not _no(exists))
    recorded_by = {id(trail): _recorded(trail, exists) for trail, exists in trails}
    for trail, _ in trails:
        first = recorded_by[id(trail)]
        groups, gaps = trail.log_group.loaded()
        for group, there in groups:
            yield from _through_group(group, (first, _kept(trail, group, there)), counting)
        if gaps:
            yield Way(mechanism=METRIC_FILTER, looks=None, links=(first, _gap(KEPT, gaps, trail.log_group.owner)))
    if trails:
        yield from _through_rules(account, tuple(recorded_by.values()))


def _through_group(group: LogGroup, before: tuple[Link, ...], counting: bool) -> Iterator[Way]:
    filters, gaps = group.metric_filters.loaded()
    for one, exists in filters:
        yield from _through_filter(one, (*before, _matched(one, exists)), counting)
    if gaps:
        link = _gap(MATCHED, gaps, group.origin, "a metric filter may exist that was not read")
        yield Way(mechanism=METRIC_FILTER, looks=None, links=(*before, link))
    for subscription, exists in group.subscription_filters.members():
        yield _through_subscription(subscription, exists & takes_filters(group), before)


def takes_filters(group: LogGroup) -> Truth:
    """Whether subscription filters see what is in a log group; of one whose class is not known that is taken from there
    being one, for any other class refuses them."""
    standard = group.log_class.equals("STANDARD")
    if standard.verdict is Verdict.FALSE:
        return standard.because(Fact("log groups of this class take no subscription filters", group.origin))
    return true()


def _through_filter(filter: MetricFilter, before: tuple[Link, ...], counting: bool) -> Iterator[Way]:
    alarms, gaps = filter.alarms.loaded()
    for alarm, exists in alarms:
        links = (*before, _alarmed(filter, alarm, exists, counting), _told(alarm))
        yield Way(mechanism=METRIC_FILTER, looks=filter, links=links)
    if gaps:
        link = _gap(ALARMED, gaps, filter.origin, "an alarm may exist that was not read")
        yield Way(mechanism=METRIC_FILTER, looks=filter, links=(*before, link))
    if not alarms and not gaps:
        nothing = Fact(f"no alarm watches the metric of `{filter.address}`", filter.origin)
        link = Link(step=ALARMED, what="", origin=filter.origin, ask=_always(false(nothing)), settled=True)
        yield Way(mechanism=METRIC_FILTER, looks=filter, links=(*before, link))


def _through_subscription(subscription: Any, exists: Truth, before: tuple[Link, ...]) -> Way:  # noqa: ANN401
    def matched(record: PartialRecord) -> Truth:
        return exists & _fits(subscription.pattern, subscription, record)

    matched_link = Link(
        step=MATCHED,
        what=subscription.address,
        origin=subscription.pattern.origin,
        ask=matched,
        mentions=mentioned(subscription.pattern, subscription),
    )
    kind = subscription.destination.kind.or_none() or "another service"
    beyond = Reason(
        Why.ELSEWHERE,
        f"`{subscription.address}` hands these calls on to {kind}; whom that tells is decided there",
        "look at what receives them, or let an alarm tell somebody as well",
        subscription.destination.origin,
    )
    told = Link(
        step=TOLD,
        what=subscription.address,
        origin=subscription.destination.origin,
        ask=lambda _: unknown(beyond, facts=(subscription.destination.arn.fact(),)),
        settled=True,
    )
    return Way(mechanism=SUBSCRIPTION, looks=subscription, links=(*before, matched_link, told))


def _gap(step: str, reasons: tuple[Reason, ...], origin: Origin, what: str = "") -> Link:
    facts = (Fact(what, origin),) if what else ()
    return Link(step=step, what="", origin=origin, ask=lambda _: unknown(*reasons, facts=facts), settled=True)


def _through_rules(account: Account, recorded_by: tuple[Link, ...]) -> Iterator[Way]:
    by_any = Link(
        step=RECORDED,
        what=recorded_by[0].what,
        origin=recorded_by[0].origin,
        ask=lambda record: any_of(link.of(record) for link in recorded_by),
        mentions=joined(*(link.mentions for link in recorded_by)),
    )
    for rule, exists in account.event_rules.members():
        if rule.pattern.settled and rule.pattern.or_none() is None:
            continue  # it has a schedule only
        arrived = Link(
            step=ARRIVED,
            what=rule.address,
            origin=rule.origin,
            ask=_arrival(rule, exists),
            mentions=event_rules.mentions(rule),
        )
        matched = Link(
            step=MATCHED,
            what=rule.address,
            origin=rule.pattern.origin,
            ask=_match(rule),
            mentions=event_rules.mentions(rule),
        )
        before = (by_any, arrived, matched)
        targets, gaps = rule.targets.loaded()
        for target, there in targets:
            yield Way(mechanism=EVENT_RULE, looks=rule, links=(*before, _target(rule, target, there)))
        if gaps:
            link = _gap(TOLD, gaps, rule.origin, "a target may exist that was not read")
            yield Way(mechanism=EVENT_RULE, looks=rule, links=(*before, link))
        if not targets and not gaps:
            nothing = Fact(f"`{rule.address}` has no target", rule.origin)
            link = Link(step=TOLD, what="", origin=rule.origin, ask=_always(false(nothing)), settled=True)
            yield Way(mechanism=EVENT_RULE, looks=rule, links=(*before, link))


def _always(answer: Truth) -> Callable[[PartialRecord], Truth]:
    return lambda _: answer


def _arrival(rule: EventRule, exists: Truth) -> Callable[[PartialRecord], Truth]:
    """Whether events come to the rule's bus, and the rule is switched on for them."""
    return lambda record: exists & event_rules.receives(rule.state, record) & event_rules.arrives(rule, record)


def _match(rule: EventRule) -> Callable[[PartialRecord], Truth]:
    def ask(record: PartialRecord) -> Truth:
        found = event_rules.matches(rule, record)
        return found.because(Fact(f"`{rule.address}` does not match", rule.pattern.origin)) if _no(found) else found

    return ask
