"""Whether an event has the values of dimensions that an alarm asks for."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.truth import Truth, Verdict, true, unknown
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.monitoring import Dimension
    from guardrails.semantics.partial import PartialRecord

_PLAIN = compile_later(r"\$((?:\.[A-Za-z_][\w-]*)+)")


def agree(watched: Many[Dimension], published: Many[Dimension], record: PartialRecord | None) -> Truth:
    """Whether every dimension that an alarm asks for has the value in the record that it asks for. Without a record,
    that is not known of any."""
    if published.is_empty().verdict is Verdict.TRUE:
        return true()

    def same(dimension: Dimension) -> Truth:
        fields = published.where(lambda other: other.name.equals(dimension.name.or_none()))
        return fields.some(lambda other: _is(other.value, dimension.value, record))

    return watched.every(same)


def _is(field: Value[str], value: Value[str], record: PartialRecord | None) -> Truth:
    from guardrails.semantics.events.matchers import Leaf, TextLike
    from guardrails.semantics.partial import asked
    from guardrails.semantics.shapes import exact

    selector, wanted = field.or_none(), value.or_none()
    if selector is None or wanted is None:
        return unknown(*(field.reasons or value.reasons or (_unsaid(value),)), facts=(value.fact(),))
    plain = _PLAIN.fullmatch(selector)
    if plain is None or record is None:
        only = Reason(Why.CANNOT_SAY, f"only events of which `{selector}` is `{wanted}` count", origin=value.origin)
        return unknown(only, facts=(value.fact(),))
    path = tuple(plain[1].removeprefix(".").split("."))
    return asked(record, path, Leaf((TextLike(exact(wanted)),)), "how this becomes a dimension")


def _unsaid(value: Value[str]) -> Reason:
    return Reason(Why.INVALID, "the value of a dimension is not set", origin=value.origin)
