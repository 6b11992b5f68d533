"""EventBridge rules over CloudTrail records: does the event of a record reach a rule, and does the rule match it.

CloudTrail sends each event to the default event bus of the Region that it was recorded in. A rule on another bus, or in
another Region, sees what a rule there forwards to it.
"""

from __future__ import annotations

from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.event_patterns import EventPattern, PatternFault, pattern_of
from guardrails.semantics.events import unsettled
from guardrails.semantics.events.matchers import Leaf, Same, TextLike
from guardrails.semantics.metrics import same_name, same_text
from guardrails.semantics.partial import Mention, asked, joined
from guardrails.semantics.shapes import OneOf, exact, prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Value
    from guardrails.model.monitoring import EventRule, EventTarget
    from guardrails.semantics.partial import Mentions, PartialRecord

ENABLED = "ENABLED"
DISABLED = "DISABLED"
WITH_ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
DEFAULT_BUS = "default"
_FORWARDED = 3
"""Buses that an event is followed through."""

_IS_MANAGEMENT = Leaf((TextLike(exact("Management")),))
_OTHER_CATEGORY = Leaf((TextLike(OneOf(tuple(map(exact, ("Data", "NetworkActivity", "Insight"))))),))
_IS_CALL = Leaf((TextLike(exact("AwsApiCall")),))
_TRUE = Leaf((Same(True), TextLike(exact("true"))))
_FALSE = Leaf((Same(False), TextLike(exact("false"))))
_NEVER_ARRIVE = Leaf((TextLike(OneOf(tuple(map(prefix, ("Describe", "Get", "List"))))),))
_TOKENS = Leaf((TextLike(OneOf((exact("GetFederationToken"), exact("GetSessionToken")))),))

STATE_MENTIONS: Mentions = {
    ("eventCategory",): Mention((*_IS_MANAGEMENT.shapes, *_OTHER_CATEGORY.shapes)),
    ("managementEvent",): Mention(),
    ("eventType",): Mention(_IS_CALL.shapes),
    ("readOnly",): Mention(_TRUE.shapes),
    ("eventName",): Mention((*_NEVER_ARRIVE.shapes, *_TOKENS.shapes)),
}
"""What a rule that is merely enabled tells records apart by."""


def receives(state: Value[str], record: PartialRecord) -> Truth:
    """Whether a rule in a state is given the event of a record, whatever its pattern says."""
    always = state.equals(WITH_ALL)
    if always.verdict is Verdict.TRUE:
        return always
    merely = state.equals(ENABLED)
    if (always | merely).verdict is Verdict.FALSE:
        return (always | merely).because(state.fact())
    return always | (merely & _delivered(record))


def _delivered(record: PartialRecord) -> Truth:
    """Whether EventBridge gives the event to rules that are merely enabled: all but read-only management events."""
    reading = all_of((_is_management(record), _asked(record, "eventType", _IS_CALL), _is_read(record)))
    if reading.verdict is Verdict.FALSE:
        return true(Fact("events that are no read-only management events reach every enabled rule"))
    tokens = _settled(unsettled.TOKENS_ARRIVE) & _asked(record, "eventName", _TOKENS)
    others = ~_asked(record, "eventName", _NEVER_ARRIVE) & _settled(unsettled.OTHER_READS_ARRIVE)
    arrived = tokens | others
    if (reading & ~arrived).verdict is Verdict.TRUE:
        return false(Fact(f"read-only management events do not reach a rule that is `{ENABLED}`, only `{WITH_ALL}`"))
    return ~reading | arrived


def _is_management(record: PartialRecord) -> Truth:
    """Records from before event version 1.07 say it otherwise."""
    category = record.select(("eventCategory",))
    if not category.absent:
        return _asked(record, "eventCategory", _IS_MANAGEMENT)
    older = ~_asked(record, "managementEvent", _FALSE)
    return _asked(record, "eventCategory", _IS_MANAGEMENT) | (older & ~_asked(record, "eventCategory", _OTHER_CATEGORY))


def _is_read(record: PartialRecord) -> Truth:
    """One that does not say whether it reads or writes may do either."""
    if record.select(("readOnly",)).absent:
        unsaid = unknown(Reason(Why.CANNOT_SAY, "the record does not say whether it reads or writes"))
        return ~_asked(record, "readOnly", _FALSE) & (_asked(record, "readOnly", _TRUE) | unsaid)
    return _asked(record, "readOnly", _TRUE)


def _asked(record: PartialRecord, name: str, leaf: Leaf) -> Truth:
    return asked(record, (name,), leaf, "what this means for rules")


def _settled(answer: bool | None) -> Truth:
    if answer is None:
        what = "whether read-only events other than `Describe…`, `Get…` and `List…` reach a rule that is merely enabled"
        return unknown(Reason(Why.UNSUPPORTED, f"AWS does not say {what}", f"set the state to `{WITH_ALL}`"))
    return true() if answer else false()


# --- rules ------------------------------------------------------------------------------------------------------------


def mentions(rule: EventRule) -> Mentions:
    """The fields of records that decide whether a rule matches."""
    return rule.remembered("mentions", lambda: _mentions(rule))


def _mentions(rule: EventRule) -> Mentions:
    pattern = pattern_of(rule)
    own: Mentions = pattern.mentions if isinstance(pattern, EventPattern) else {}
    region = rule.location.region.or_none()
    here: Mentions = {("awsRegion",): Mention((exact(region),))} if region is not None else {}
    return joined(own, STATE_MENTIONS, here)


def matches(rule: EventRule, record: PartialRecord) -> Truth:
    """Whether the rule's pattern matches the event of a record, should it arrive."""
    pattern = pattern_of(rule)
    if isinstance(pattern, EventPattern):
        return pattern.ask(record)
    if isinstance(pattern, PatternFault):
        return false(Fact(f"the event pattern is not valid: {pattern.message}", rule.pattern.origin))
    return unknown(*pattern, facts=(rule.pattern.fact(),))


def arrives(rule: EventRule, record: PartialRecord, *, depth: int = _FORWARDED) -> Truth:
    """Whether the event of a record comes to the bus of a rule: by itself to the default bus of the record's Region,
    else by a rule that forwards it."""
    by_itself = same_text_as(rule.bus, DEFAULT_BUS) & in_region(rule, record)
    if by_itself.verdict is Verdict.TRUE or not depth:
        return by_itself
    forwarded = rule.account.event_rules.seen().some(
        lambda other: _forwards(other, rule) & triggered(other, record, depth=depth - 1)
    )
    return by_itself | forwarded


def triggered(rule: EventRule, record: PartialRecord, *, depth: int = _FORWARDED) -> Truth:
    """Whether the event of a record arrives at a rule that is enabled for it, and matches its pattern."""
    enabled = receives(rule.state, record)
    if enabled.verdict is Verdict.FALSE:
        return enabled
    matched = matches(rule, record)
    if matched.verdict is Verdict.FALSE:
        return matched
    return arrives(rule, record, depth=depth) & enabled & matched


def in_region(rule: EventRule, record: PartialRecord) -> Truth:
    """Whether a record is made in the Region of a rule."""
    region = rule.location.region
    literal = region.or_none()
    if literal is None:
        return unknown(
            *(region.reasons or (Reason(Why.INPUT, "the Region of the rule is not stated"),)), facts=(region.fact(),)
        )
    here = asked(record, ("awsRegion",), Leaf((TextLike(exact(literal)),)), "where the event arrives")
    if here.verdict is Verdict.FALSE:
        return here.because(Fact(f"the rule is in {literal}, and the event arrives elsewhere", rule.origin))
    return here


def same_text_as(value: Value[str], content: str) -> Truth:
    return value.where(lambda text: text == content)


def _forwards(other: EventRule, rule: EventRule) -> Truth:
    """Whether a rule hands its events to the bus of another rule."""
    if other is rule:
        return false()
    return other.targets.seen().some(lambda target: _leads_to(target, rule))


def _leads_to(target: EventTarget, rule: EventRule) -> Truth:
    is_bus = target.kind.equals("event-bus")
    if is_bus.verdict is Verdict.FALSE:
        return is_bus
    literal = target.arn.or_none()
    if literal is not None:
        fields = literal.split(":", 5)
        here = same_text_as(rule.bus, fields[5].removeprefix("event-bus/")) if len(fields) == 6 else false()
        return is_bus & here & (rule.location.region.where(lambda region: region == fields[3]))
    buses = rule.account.event_buses.where(lambda bus: same_name(target.arn, bus.name, bus.address)).seen()
    return is_bus & buses.some(lambda bus: same_text(bus.name, rule.bus, "event bus"))
