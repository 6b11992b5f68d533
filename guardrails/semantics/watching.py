"""What watches the trail: evidence that a filter, an alarm or a rule is there for what CloudTrail records."""

from __future__ import annotations

from functools import cache, lru_cache

from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, decide, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.cloudtrail_fields import USUAL, cloudtrail
from guardrails.semantics.coverage import is_logging, management_events, some_selected
from guardrails.semantics.fields import ABSENT, known, other_than
from guardrails.semantics.filter_patterns import FilterPattern, PatternFault
from guardrails.semantics.links import NO_RECORD, choices_of, pattern_of
from guardrails.semantics.metrics import watches
from guardrails.semantics.partial import over_cases
from guardrails.semantics.scenario import GLOBAL, LEADING_REGION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.account import Account
    from guardrails.model.monitoring import EventRule, MetricAlarm, MetricFilter
    from guardrails.model.resource import Resource
    from guardrails.model.trail import AuditTrail
    from guardrails.semantics.links import Parsed
    from guardrails.semantics.partial import PartialRecord


def watched_here(account: Account) -> Truth:
    """Whether what people do in this account is watched here: a trail that is logging records management events and
    hands them to CloudWatch Logs, or an event rule asks for what CloudTrail records."""
    return account.remembered("watched here", lambda: _watched_here(account))


def _watched_here(account: Account) -> Truth:
    def records(trail: AuditTrail) -> Truth:
        return is_logging(trail) & some_selected(management_events(), trail)

    def hands_on(trail: AuditTrail) -> Truth:
        return records(trail) & trail.log_group_arn.is_set()

    trails, rules = account.evident(account.trails), account.evident(account.event_rules)
    asking = rules.some(asks_for_calls)
    return trails.some(hands_on) | (trails.some(records) & asking)


def asks_for_calls(rule: EventRule) -> Truth:
    """Whether an event rule is for events that CloudTrail records, as far as its pattern says so."""
    return decide("CloudTrail" in (rule.pattern.or_none() or ""), rule.pattern.fact())


_OF_CALLS = frozenset(("eventName", "eventSource", "userIdentity"))
"""Fields of which a filter for CloudTrail's records looks at one at least."""


def looks_for_calls(filter: MetricFilter) -> Truth:
    """Whether a metric filter is made for what CloudTrail records, by the fields that its pattern names. One that is
    not known is no evidence."""
    pattern = pattern_of(filter.pattern, filter)
    if not isinstance(pattern, FilterPattern) or not pattern.is_json:
        return false(filter.pattern.fact())
    return decide(not _OF_CALLS.isdisjoint(str(path[0]) for path in pattern.mentions), filter.pattern.fact())


def audit_filters(alarm: MetricAlarm) -> Many[MetricFilter]:
    """The metric filters on logs of a trail whose metric an alarm watches."""
    return alarm.remembered("audit filters", lambda: _audit_filters(alarm))


def _audit_filters(alarm: MetricAlarm) -> Many[MetricFilter]:
    def feeds(one: MetricFilter) -> Truth:
        fed = one.log_group.seen().some(lambda group: group.audit) & watches(alarm, one)
        return true() if fed.verdict is Verdict.TRUE else fed  # that it does is nothing to point at

    filters = alarm.account.evident(alarm.account.metric_filters)
    if _on_own_metric(alarm):
        filters = filters.seen()
    return filters.where(feeds) if filters.members() or filters.gaps else filters


def _on_own_metric(alarm: MetricAlarm) -> bool:
    """Whether an alarm watches a metric that a service of AWS publishes: no metric filter does so in its place."""
    return (alarm.namespace.or_none() or "").startswith("AWS/")


def of_pattern(value: Value[str], owner: Resource, holds: Callable[[FilterPattern], Truth]) -> Truth:
    """What holds of the pattern that a value is, whichever of several it may be. FALSE of one that AWS refuses, which
    matches nothing; unknown of one in which something is undocumented."""
    answers = [_of_one_pattern(one, pattern, holds) for one, pattern in choices_of(value, owner)]
    if len({answer.verdict for answer in answers}) == 1:
        return answers[0]
    return unknown(*value.reasons, facts=(value.fact(),))


def _of_one_pattern(value: Value[str], pattern: Parsed, holds: Callable[[FilterPattern], Truth]) -> Truth:
    if isinstance(pattern, FilterPattern):
        return pattern.ask(NO_RECORD).because(value.fact()) if pattern.doubts else holds(pattern)
    if isinstance(pattern, PatternFault):
        if pattern.limit:
            return unknown(Reason(Why.LIMIT, pattern.message, origin=value.origin), facts=(value.fact(),))
        return false(Fact(f"it is no valid pattern: {pattern.message}", value.origin))
    return unknown(*value.reasons, facts=(value.fact(),)) if value.reasons else false(value.fact())


def waits_for_failures(filter: MetricFilter) -> Truth:
    """Whether a filter matches nothing but calls and sign-ins that fail: single ones mean little."""

    def no_success(pattern: FilterPattern) -> Truth:
        found = pattern.answers(_SUCCESS)
        seen = filter.pattern.fact()
        if found.verdict is not Verdict.UNKNOWN:
            return decide(found.verdict is Verdict.FALSE, seen)
        return false(seen) if _matches_a_success(pattern) else found

    return of_pattern(filter.pattern, filter, no_success)


@lru_cache(maxsize=256)
def _matches_a_success(pattern: FilterPattern) -> bool:
    """Whether a call that succeeds was found that a pattern matches; sought once for all filters of one text."""
    return pattern.match_example(_SUCCESS) is not None


_SUCCESS = cloudtrail({"errorCode": ABSENT, "errorMessage": ABSENT, "responseElements.ConsoleLogin": "Success"})


def waits_for(rule: EventRule) -> Truth:
    """Whether any call can set an event rule off: FALSE where it is switched off, its pattern can never match, or it
    asks for calls that are recorded in another Region."""
    return any_of(_not_surely_dead(_triggered(rule, call)) for call in _any_call())


def _triggered(rule: EventRule, call: PartialRecord) -> Truth:
    from guardrails.semantics.event_rules import mentions, triggered

    return over_cases(call, mentions(rule), lambda case: triggered(rule, case))


@cache
def _any_call() -> tuple[PartialRecord, ...]:
    """Any call: of the services that work in one Region only, and of all others."""
    there = (cloudtrail({"awsRegion": LEADING_REGION, "eventSource": source}) for source in sorted(GLOBAL))
    # A rule that asks for `source` sees no more of the event source than its first label.
    first_labels = [source.split(".", 1)[0] for source in sorted(GLOBAL)]
    elsewhere = other_than(*first_labels, *(label + ".*" for label in first_labels))
    calls = (USUAL.having(("eventSource",), elsewhere), *there)
    changes = (call.having(("readOnly",), known(False)) for call in calls)  # these reach every rule that is enabled
    return (*changes, *calls)


def _not_surely_dead(found: Truth) -> Truth:
    """A rule is for some records of a kind and not for others: that is no fault. What the configuration does not say
    stays open."""
    if found.verdict is Verdict.UNKNOWN and all(one.why is Why.CANNOT_SAY for one in found.reasons):
        return true(*found.facts)
    return found
