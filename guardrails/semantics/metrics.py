"""Which metric is which: what a filter publishes and what an alarm watches.

A metric is its account, its Region, its namespace, its name and exactly its dimensions. An alarm that differs in one of
them watches another metric, which has no data.
"""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, decide, false, true, unknown
from guardrails.kernel.value import Reference
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import Location
    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.monitoring import Dimension, MetricAlarm, MetricFilter, MetricQuery


class Missing(Enum):
    MISSING = "missing"


MISSING = Missing.MISSING
"""What a metric comes to in a period without data."""

_ELSEWHERE = Reason(
    Why.ELSEWHERE,
    "whether metrics of the other account may be watched from here is not said",
    "scan the account that the metric is in",
)


def watches(alarm: MetricAlarm, filter: MetricFilter) -> Truth:
    """Whether an alarm is on the metric of a filter, alone or as part of an expression."""
    return alarm.remembered(("watches", filter), lambda: _watches(alarm, filter))


def _watches(alarm: MetricAlarm, filter: MetricFilter) -> Truth:
    alone = all_of(
        (
            _named(alarm.namespace, filter.namespace),
            _named(alarm.metric_name, filter.metric_name),
            same_place(alarm.location, filter.location),
            same_dimensions(alarm.dimensions, filter.dimensions),
        )
    )
    return alone | alarm.queries.some(lambda query: asks_for(query, alarm, filter))


def asks_for(query: MetricQuery, alarm: MetricAlarm, filter: MetricFilter) -> Truth:
    """Whether an entry of a metric-math alarm is the metric of a filter."""
    return all_of(
        (
            _named(query.namespace, filter.namespace),
            _named(query.metric_name, filter.metric_name),
            _reached(query, alarm, filter),
            same_dimensions(query.dimensions, filter.dimensions),
        )
    )


def _reached(query: MetricQuery, alarm: MetricAlarm, filter: MetricFilter) -> Truth:
    """Whether a query looks where the filter publishes: another account is reached by its number only."""
    here = same_place(alarm.location, filter.location)
    other = query.account_id
    if other.settled and other.or_none() is None:
        return here
    named = same_text(other, filter.location.account, "account")
    region = _same_region(alarm.location, filter.location)
    own = same_text(other, alarm.location.account, "account")
    return named & region & (own | unknown(_ELSEWHERE))


def same_dimensions(watched: Many[Dimension], published: Many[Dimension]) -> Truth:
    """Whether two sets of dimensions have the same names. The values are not compared: those of a filter are fields of
    the events."""

    def each_in(ones: Many[Dimension], others: Many[Dimension], what: str) -> Truth:
        held = ones.every(lambda one: others.some(lambda other: _same_label(one, other)))
        if held.verdict is Verdict.FALSE:
            return held.because(*(Fact(what, one.origin) for one in ones.each(lambda one: one)))
        return held

    return each_in(watched, published, "the alarm asks for a dimension that the metric does not have") & each_in(
        published, watched, "the metric has a dimension that the alarm does not ask for"
    )


def _same_label(one: Dimension, other: Dimension) -> Truth:
    return same_text(one.name, other.name, "dimension")


def _named(asked: Value[str], published: Value[str]) -> Truth:
    """Whether a name that an alarm gives is the one that a filter gives; one that is not given is no name."""
    if asked.settled and asked.or_none() is None:
        return false(asked.fact())
    return same_text(asked, published, "metric")


def same_place(one: Location, other: Location) -> Truth:
    """Whether two resources are in one account and Region."""
    if one is other:
        return true()
    account = (
        true()
        if one.credentials and one.credentials == other.credentials
        else same_text(one.account, other.account, "account")
    )
    return account & _same_region(one, other)


def _same_region(one: Location, other: Location) -> Truth:
    return same_text(one.region, other.region, "Region")


def same_text(one: Value[str], other: Value[str], noun: str) -> Truth:
    """Whether two texts are the same, known or seen to be made in the same way."""
    if one is other:
        return true()
    if one.alternatives or other.alternatives:
        return _any_alike(one, other, noun)
    if one.settled and other.settled:
        return decide(one.or_none() == other.or_none(), one.fact(), other.fact())
    if one.reference is not None and one.reference == other.reference:
        return true(one.fact())
    if one.input is not None and one.input == other.input:
        return true(one.fact())
    if one.parts and None not in one.parts and one.parts == other.parts:
        return true(one.fact())
    if one.reasons and one.reasons == other.reasons and one.origin == other.origin:
        return true(one.fact())  # one expression, not known for the same cause
    if _surely_differ(one, other):
        return false(one.fact(), other.fact())
    reasons = (*one.reasons, *other.reasons)
    return unknown(*(reasons or (Reason(Why.INPUT, f"the {noun} is not stated"),)), facts=(one.fact(), other.fact()))


def _any_alike(one: Value[str], other: Value[str], noun: str) -> Truth:
    """Whether texts of which one is one of several are the same: decided where it makes no difference which."""
    ones, others = one.alternatives or (one,), other.alternatives or (other,)
    answers = [same_text(mine, theirs, noun) for mine in ones for theirs in others]
    if len({answer.verdict for answer in answers}) == 1:
        return answers[0]
    return unknown(*(*one.reasons, *other.reasons), facts=(one.fact(), other.fact()))


def _surely_differ(one: Value[str], other: Value[str]) -> bool:
    """Whether the texts around what is not known cannot be the same."""
    (first, last), (their_first, their_last) = _ends(one), _ends(other)
    start, end = min(len(first), len(their_first)), min(len(last), len(their_last))
    return first[:start] != their_first[:start] or last[len(last) - end :] != their_last[len(their_last) - end :]


def _ends(value: Value[str]) -> tuple[str, str]:
    literal = value.or_none()
    if literal is not None:
        return literal, literal
    if not value.parts:
        return "", ""
    first, last = value.parts[0], value.parts[-1]
    return (first if isinstance(first, str) else ""), (last if isinstance(last, str) else "")


def same_name(mention: Value[str], name: Value[str], address: str, tail: str = ":") -> Truth:
    """Whether a text names a resource: by an attribute of it, by its name, or by an ARN that ends in its name."""
    references = [mention.reference] if mention.reference is not None else []
    references += [part for part in mention.parts[-1:] if isinstance(part, Reference)]
    if any(reference.address == address for reference in references):
        return true(mention.fact())
    if any(reference.type or _type(reference.address) == _type(address) for reference in references):
        return false(mention.fact())  # another one of its kind
    literal = mention.or_none()
    if literal is not None and literal.startswith("arn:"):
        short = literal.rsplit(tail, 1)[-1].rsplit("/", 1)[-1]
        return name.where(lambda own: own == short)
    return same_text(mention, name, "name")


def _type(address: str) -> str:
    """The type in a Terraform address: `module.a["x.y"].aws_sns_topic.t[0]`."""
    return address.split("[")[0].rsplit(".", 1)[0] if address.count("[") < 2 else address.rsplit(".", 2)[-2]
