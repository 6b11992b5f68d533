"""The links of the chain from a call to somebody who is told, and the ways that are made of them.

A way is one path through a configuration: a trail, what keeps its events, what looks at them, what that sets off. Each
link answers for a complete record or for all of a kind; most depend on the configuration alone.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

from guardrails.kernel.record import Noun, changed, later
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.monitoring import LogSubscription, MetricFilter
from guardrails.semantics import partial_recording
from guardrails.semantics.alarms import fires_on_one_event
from guardrails.semantics.events.calls import asks_for_others, names_region
from guardrails.semantics.fields import UNSAID, Each, Field
from guardrails.semantics.fields import Path as Steps
from guardrails.semantics.filter_patterns import FilterPattern, PatternFault, parse
from guardrails.semantics.log_delivery import delivers
from guardrails.semantics.notices import alarm_is_sent, takes
from guardrails.semantics.partial import PartialRecord, are_missing, joined, needs_of
from guardrails.semantics.shapes import exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.model.account import Account
    from guardrails.model.logs import LogGroup
    from guardrails.model.monitoring import EventRule, MetricAlarm
    from guardrails.model.resource import Resource
    from guardrails.model.trail import AuditTrail
    from guardrails.semantics.partial import Mentions, Needs
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
        return self.answer if self.settled else self.ask(record)

    @cached_property
    def answer(self) -> Truth:
        """What it says of a record of which nothing is known; of every record, if it is settled."""
        return self.ask(NO_RECORD)

    @cached_property
    def names(self) -> frozenset[str] | None:
        """The names of the only calls that it may let through; None where it is not known by names alone."""
        if self.settled:
            return None
        for name, literals, shapes in self.needs:
            if name == "eventName" and not shapes:
                return literals
        return None

    def rules_out(self, record: PartialRecord) -> bool:
        """Whether it is seen at once that no record of a kind comes through."""
        return not self.settled and are_missing(self.needs, record)

    @cached_property
    def needs(self) -> Needs:
        """The fields of which it lets only texts through that it mentions."""
        return needs_of(self.mentions, self.ask)


class Way(Noun):
    """One path through a configuration. `looks` is what looks for calls: a metric filter, an event rule, …"""

    mechanism: str
    looks: Resource | None
    links: tuple[Link, ...]

    def ask(self, record: PartialRecord) -> Truth:
        """Whether all records of a kind come through."""
        if self.rules_out(record):
            return _NOT_MEANT
        doubts = self._settled
        if doubts is not None and doubts.verdict is Verdict.FALSE:
            return doubts
        for link in self._open:
            found = link.ask(record)
            if found.verdict is Verdict.FALSE:
                return found
            doubts = found if doubts is None else doubts & found
        return doubts if doubts is not None else true()

    def at_best(self, record: PartialRecord) -> Truth:
        """The same, where all that is not known of the configuration is as it should be: FALSE is certain, TRUE is a
        hope, and UNKNOWN that some records come through and others may not."""
        if self.rules_out(record):
            return _NOT_MEANT
        if self._settled is not None and self._settled.verdict is Verdict.FALSE:
            return self._settled
        doubts = self._settled_at_best
        for link in self._open:
            found = link.ask(record)
            if found.verdict is Verdict.FALSE:
                return found
            if found.verdict is Verdict.UNKNOWN and any(map(_of_records, found.reasons)):
                doubts = found if doubts is None else doubts & found
        return doubts if doubts is not None else true()

    @property
    def never_holds(self) -> bool:
        """Whether one of the links that are the same for every record surely breaks."""
        return self._settled is not None and self._settled.verdict is Verdict.FALSE

    @cached_property
    def _settled(self) -> Truth | None:
        """What the links that are the same for every record say together: the first of them that breaks, if one does;
        None where there are none."""
        together: Truth | None = None
        for link in self.links:
            if link.settled:
                found = link.answer
                if found.verdict is Verdict.FALSE:
                    return found
                together = found if together is None else together & found
        return together

    @cached_property
    def _settled_at_best(self) -> Truth | None:
        """The doubts of these links that all that is not known of the configuration does not explain; None if none."""
        doubts: Truth | None = None
        for link in self.links:
            if link.settled and link.answer.verdict is Verdict.UNKNOWN and any(map(_of_records, link.answer.reasons)):
                doubts = link.answer if doubts is None else doubts & link.answer
        return doubts

    @cached_property
    def _open(self) -> tuple[Link, ...]:
        """The links that depend on the record, patterns first: these leave out most."""
        return tuple(sorted((link for link in self.links if not link.settled), key=_cost))

    def rules_out(self, record: PartialRecord) -> bool:
        """Whether it is seen at once that no record of a kind comes through."""
        return self.matched is not None and self.matched.rules_out(record)

    @cached_property
    def matched(self) -> Link | None:
        """What looks at records."""
        return self.link(MATCHED)

    @property
    def names(self) -> frozenset[str] | None:
        """The names of the only calls that it may be for; None where it does not go by names alone."""
        return self.matched.names if self.matched is not None else None

    @property
    def is_certain(self) -> bool:
        """Whether the links that are the same for every record are known to hold."""
        return self._settled is None or self._settled.verdict is Verdict.TRUE

    def link(self, step: str) -> Link | None:
        return next((link for link in self.links if link.step == step), None)


def _of_records(reason: Reason) -> bool:
    """Whether something is open because records of a kind differ, and not for what is not known of them all."""
    return reason.why is Why.CANNOT_SAY and reason.origin.source is None


def _cost(link: Link) -> bool:
    return link.step == RECORDED


# --- recorded ---------------------------------------------------------------------------------------------------------


def _recorded(trail: AuditTrail, exists: Truth) -> Link:
    mentions = partial_recording.mentions_of(trail)
    paths = (*(path for path in mentions if not any(isinstance(step, Each) for step in path)), *_SEEN_BESIDES)

    def worked_out(record: PartialRecord) -> Truth:
        found = partial_recording.ask(trail, record)
        if found.verdict is not Verdict.FALSE:
            return exists & found
        return found.because(Fact(f"`{trail.address}` does not record them", _place(found, trail.origin)))

    told_by = tuple((path, mentions[path].shapes if path in _NAMES else None) for path in paths)

    last: list[tuple[PartialRecord, Truth]] = []

    def ask(record: PartialRecord) -> Truth:
        # Every way that begins with the trail asks it of one record after the other.
        if not last or last[0][0] is not record:
            last[:] = [(record, told(record))]
        return last[0][1]

    def told(record: PartialRecord) -> Truth:
        # A trail tells few records apart.
        seen: list[Field | str | bool | None] = []
        for path, shapes in told_by:
            field = record.select(path)
            if field is UNSAID:
                seen.append(None)
            elif field.members is not None or (field.elements and field.elements.items):
                return worked_out(record)
            else:
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
        if known is None:
            return None
        found = _parsed(known)
        if isinstance(found, PatternFault) and _is_accepted(owner):
            return changed(found, limit=True)
        return found

    return owner.remembered("filter pattern", parsed)


def _is_accepted(owner: Resource) -> bool:
    """Whether the service took the pattern: then it is this program that cannot read it."""
    return isinstance(owner, MetricFilter | LogSubscription) and owner.accepted.verdict is Verdict.TRUE


_parsed = lru_cache(maxsize=512)(parse)
"""One pattern for all filters of one text: what is worked out of it is worked out once for all Regions and accounts."""


def choices_of(value: Value[str], owner: Resource) -> tuple[tuple[Value[str], Parsed], ...]:
    """The texts that a value may be, each with its pattern, parsed once."""

    def parsed() -> tuple[tuple[Value[str], Parsed], ...]:
        known = ((one, one.or_none()) for one in value.alternatives)
        return tuple((one, _parsed(text) if text is not None else None) for one, text in known)

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
    return _matched_by(filter, filter.pattern, exists, not (filter.pattern.settled or filter.pattern.alternatives))


def _matched_by(owner: Resource, value: Value[str], exists: Truth, settled: bool) -> Link:
    def ask(record: PartialRecord) -> Truth:
        return exists & _fits(value, owner, record)

    pattern = None if value.alternatives else pattern_of(value, owner)
    if isinstance(pattern, FilterPattern):
        return _Matched(
            step=MATCHED, what=owner.address, origin=value.origin, ask=ask, mentions=pattern.mentions, pattern=pattern
        )
    return Link(
        step=MATCHED,
        what=owner.address,
        origin=value.origin,
        ask=ask,
        mentions=mentioned(value, owner),
        settled=settled,
    )


# --- alarmed and told -------------------------------------------------------------------------------------------------


class _Matched(Link):
    """The link of a filter with one pattern."""

    pattern: FilterPattern

    @cached_property
    def needs(self) -> Needs:
        return self.pattern.needs


class _Alarmed(Link):
    """The link of an alarm that is to go off by one event that its filter matches."""

    alarm: MetricAlarm
    filter: MetricFilter

    def by_several(self) -> Link:
        """The same, where several events may be what sets it off."""

        def ask(record: PartialRecord) -> Truth:
            fires = self.of(record)
            return fires | counts(self.alarm, self.filter) if _no(fires) else fires

        return Link(step=self.step, what=self.what, origin=self.origin, ask=ask, settled=self.settled)


def _alarmed(filter: MetricFilter, alarm: MetricAlarm, exists: Truth) -> Link:
    plain = not filter.dimensions.members() and not filter.dimensions.gaps

    def ask(record: PartialRecord) -> Truth:
        return exists & fires_on_one_event(alarm, filter, None if plain else record)

    return _Alarmed(
        step=ALARMED, what=alarm.address, origin=alarm.origin, ask=ask, settled=plain, alarm=alarm, filter=filter
    )


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
    from guardrails.semantics.composite_alarms import goes_to_alarm

    return own | alarm.composites.some(lambda one: goes_to_alarm(one, (alarm,)) & alarm_is_sent(one))


def _target(rule: EventRule, target: Any, exists: Truth) -> Link:  # noqa: ANN401 - narrowed where it is used
    return Link(
        step=TOLD, what=target.address, origin=target.origin, ask=lambda _: exists & takes(target, rule), settled=True
    )


# --- ways -------------------------------------------------------------------------------------------------------------


def ways(account: Account, *, counting: bool = False) -> tuple[Way, ...]:
    """All ways in which a call in this account may come to somebody's knowledge, worked out once. With `counting`
    alarms that need several calls of a kind will do."""
    if counting:
        return account.remembered("ways, counting", lambda: tuple(map(_counting, ways(account))))
    return account.remembered(
        "ways", lambda: (*_by_filters(account), *(way for rule in _rules(account) for way in _by_rule(account, *rule)))
    )


def _counting(way: Way) -> Way:
    """The same way, where an alarm may wait for several calls."""
    links = tuple(link.by_several() if isinstance(link, _Alarmed) else link for link in way.links)
    return Way(mechanism=way.mechanism, looks=way.looks, links=links) if links != way.links else way


class Lookout(Noun):
    """The ways that may be for some call, by the names of those that they may be for."""

    ways: tuple[Way, ...]

    def of(self, record: PartialRecord) -> tuple[Way, ...]:
        """Those that may be for some record of a kind, in their order. The rest are surely for none of them."""
        name = record.only_text("eventName")
        return self._by_name.get(name, self._by_any) if name is not None else self.ways

    @cached_property
    def _by_any(self) -> tuple[Way, ...]:
        """Those that do not go by names alone."""
        return tuple(way for way in self.ways if way.names is None)

    @cached_property
    def _by_name(self) -> dict[str, tuple[Way, ...]]:
        names = dict.fromkeys(name for way in self.ways for name in way.names or ())
        return {name: tuple(way for way in self.ways if way.names is None or name in way.names) for name in names}


def lookout(account: Account, *, counting: bool = False) -> Lookout:
    """The ways of an account without those of event rules that no call ever triggers: most rules in real
    configurations are for findings and for the health of machines, one in each Region."""
    if counting:
        plain = lookout(account)
        return account.remembered("lookout, counting", lambda: Lookout(ways=tuple(map(_counting, plain.ways))))
    rules = (rule for rule in _rules(account) if not _is_for_others(rule[0]))
    return account.remembered(
        "lookout",
        lambda: Lookout(ways=(*_by_filters(account), *(way for rule in rules for way in _by_rule(account, *rule)))),
    )


def looked_for(account: Account) -> bool:
    """Whether anything looks for what trails record, be it for calls or not."""
    return any(way.looks is not None for way in _by_filters(account)) or bool(_rules(account))


def recordings(account: Account) -> tuple[Link, ...]:
    """The links that say whether a call is recorded, with which ways begin."""
    links = dict.fromkeys(way.links[0] for way in _by_filters(account))
    return (*links, _recorded_by_any(account)) if _rules(account) else tuple(links)


def mentioned_regions(account: Account) -> Iterator[Shape]:
    """What filters and rules compare the Region of calls with."""
    for way in _by_filters(account):
        if way.matched is not None and _REGION in way.matched.mentions:
            yield from way.matched.mentions[_REGION].shapes
    for rule, _ in _rules(account):
        yield from _regions_of(rule)


_REGION: Steps = ("awsRegion",)


def _regions_of(rule: EventRule) -> tuple[Shape, ...]:
    """What the Region of calls is compared with: by the pattern of a rule, and because the rule is in one."""
    text = rule.pattern.or_none()
    own: tuple[Shape, ...] = ()
    if text is None or names_region(text):
        from guardrails.semantics import event_patterns

        pattern = event_patterns.pattern_of(rule)
        if isinstance(pattern, event_patterns.EventPattern) and _REGION in pattern.mentions:
            own = pattern.mentions[_REGION].shapes
    region = rule.location.region.or_none()
    return (*own, exact(region)) if region is not None else own


def _is_for_others(rule: EventRule) -> bool:
    """Whether no event that CloudTrail sends ever triggers a rule."""
    text = rule.pattern.or_none()
    if text is not None and asks_for_others(text):
        return True
    from guardrails.semantics import event_rules

    return _no(event_rules.matches(rule, NO_RECORD))


def _trails(account: Account) -> tuple[tuple[AuditTrail, Link], ...]:
    """The trails of an account, each with the link that it is."""
    trails = ((trail, exists) for trail, exists in account.trails.members() if not _no(exists))
    return account.remembered("trails", lambda: tuple((trail, _recorded(trail, exists)) for trail, exists in trails))


def _by_filters(account: Account) -> tuple[Way, ...]:
    """The ways through the log groups of trails."""
    return account.remembered(
        "ways by filters", lambda: tuple(way for trail in _trails(account) for way in _through_trail(*trail))
    )


def _through_trail(trail: AuditTrail, first: Link) -> Iterator[Way]:
    groups, gaps = trail.log_group.loaded()
    for group, there in groups:
        yield from _through_group(group, (first, _kept(trail, group, there)))
    if gaps:
        yield Way(mechanism=METRIC_FILTER, looks=None, links=(first, _gap(KEPT, gaps, trail.log_group.owner)))


def _through_group(group: LogGroup, before: tuple[Link, ...]) -> Iterator[Way]:
    filters, gaps = group.metric_filters.loaded()
    for one, exists in filters:
        yield from _through_filter(one, (*before, _matched(one, exists)))
    if gaps:
        link = _gap(MATCHED, gaps, group.origin, "a metric filter may exist that was not read")
        yield Way(mechanism=METRIC_FILTER, looks=None, links=(*before, link))
    subscriptions, more = group.subscription_filters.loaded()
    for subscription, exists in subscriptions:
        yield _through_subscription(subscription, exists & takes_filters(group), before)
    if not set(more) <= set(gaps):
        link = _gap(MATCHED, more, group.origin, "a subscription filter may exist that was not read")
        yield Way(mechanism=SUBSCRIPTION, looks=None, links=(*before, link))


def takes_filters(group: LogGroup) -> Truth:
    """Whether subscription filters see what is in a log group; of one whose class is not known that is taken from there
    being one, for any other class refuses them."""
    standard = group.log_class.equals("STANDARD")
    if standard.verdict is Verdict.FALSE:
        return standard.because(Fact("log groups of this class take no subscription filters", group.origin))
    return true()


def _through_filter(filter: MetricFilter, before: tuple[Link, ...]) -> Iterator[Way]:
    alarms, gaps = filter.alarms.loaded()
    for alarm, exists in alarms:
        links = (*before, _alarmed(filter, alarm, exists), _told(alarm))
        yield Way(mechanism=METRIC_FILTER, looks=filter, links=links)
    if gaps:
        link = _gap(ALARMED, gaps, filter.origin, "an alarm may exist that was not read")
        yield Way(mechanism=METRIC_FILTER, looks=filter, links=(*before, link))
    if not alarms and not gaps:
        nothing = Fact(f"no alarm watches the metric of `{filter.address}`", filter.origin)
        link = Link(step=ALARMED, what="", origin=filter.origin, ask=_always(false(nothing)), settled=True)
        yield Way(mechanism=METRIC_FILTER, looks=filter, links=(*before, link))


def _through_subscription(subscription: LogSubscription, exists: Truth, before: tuple[Link, ...]) -> Way:
    matched_link = _matched_by(subscription, subscription.pattern, exists, settled=False)
    told = Link(
        step=TOLD,
        what=subscription.address,
        origin=subscription.destination.origin,
        ask=lambda _: _handed_on(subscription),
        settled=True,
    )
    return Way(mechanism=SUBSCRIPTION, looks=subscription, links=(*before, matched_link, told))


def _handed_on(subscription: LogSubscription) -> Truth:
    """Whether somebody watches what a subscription filter hands its events to: only the configuration can say.

    CloudWatch Logs tries whether they arrive when the filter is made.
    """
    destination = subscription.destination
    watched = destination.declared_watched
    if watched.verdict is Verdict.TRUE:
        return true(Fact("somebody watches what arrives there, as the configuration says", destination.origin))
    kind = destination.kind.or_none() or "another service"
    beyond = Reason(
        Why.ELSEWHERE,
        f"`{subscription.address}` hands these calls on to {kind}; whom that tells is decided there",
        "look at what receives them; if somebody watches it, name it in `[roles] watched_destinations`",
        destination.origin,
    )
    return unknown(beyond, *watched.reasons, facts=(destination.arn.fact(),))


def _gap(step: str, reasons: tuple[Reason, ...], origin: Origin, what: str = "") -> Link:
    facts = (Fact(what, origin),) if what else ()
    return Link(step=step, what="", origin=origin, ask=lambda _: unknown(*reasons, facts=facts), settled=True)


def _recorded_by_any(account: Account) -> Link:
    """Any trail will do for an event rule: all of them are recorded by one service."""

    def made() -> Link:
        links = tuple(link for _, link in _trails(account))
        return Link(
            step=RECORDED,
            what=links[0].what,
            origin=links[0].origin,
            ask=lambda record: any_of(link.of(record) for link in links),
            mentions=later(lambda: joined(*(link.mentions for link in links))),
        )

    return account.remembered("recorded by any", made)


def _rules(account: Account) -> tuple[tuple[EventRule, Truth], ...]:
    """The event rules that wait for events, where any trail gives them some: not those that have a schedule only."""
    rules = account.event_rules.members() if _trails(account) else ()
    waiting = (one for one in rules if not (one[0].pattern.settled and one[0].pattern.or_none() is None))
    return account.remembered("rules", lambda: tuple(waiting))


def _by_rule(account: Account, rule: EventRule, exists: Truth) -> Iterator[Way]:
    from guardrails.semantics import event_rules

    mentions = later(lambda: event_rules.mentions(rule))
    arrived = Link(step=ARRIVED, what=rule.address, origin=rule.origin, ask=_arrival(rule, exists), mentions=mentions)
    matched = Link(step=MATCHED, what=rule.address, origin=rule.pattern.origin, ask=_match(rule), mentions=mentions)
    before = (_recorded_by_any(account), arrived, matched)
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
    from guardrails.semantics import event_rules

    return lambda record: exists & event_rules.receives(rule.state, record) & event_rules.arrives(rule, record)


def _match(rule: EventRule) -> Callable[[PartialRecord], Truth]:
    from guardrails.semantics import event_rules

    def ask(record: PartialRecord) -> Truth:
        found = event_rules.matches(rule, record)
        return found.because(Fact(f"`{rule.address}` does not match", rule.pattern.origin)) if _no(found) else found

    return ask
