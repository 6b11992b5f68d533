"""Points in time that AWS states, beside the time at which it was asked. The clock of the machine is never read: what
was read yesterday is judged as it was yesterday."""

from __future__ import annotations

from guardrails.kernel.truth import Truth, decide, unknown
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Value

_HOUR = 3600


def within(moment: Value[str], hours: int, now: Value[str]) -> Truth:
    """Whether `moment` is set and at most so many hours before `now`; both are texts as 2027-01-31T12:00:00Z. What is
    after `now` is within: it happened while other things were still being read."""
    text, read_at = moment.or_none(), now.or_none()
    if moment.settled and text is None:
        return moment.is_set()
    if text is None or read_at is None:
        untimed = Reason(Why.CANNOT_SAY, "it is not known when the account was read")
        return unknown(*(moment.reasons or now.reasons or (untimed,)), facts=(moment.fact(),))
    then, today = _seconds(text), _seconds(read_at)
    if then is None or today is None:
        wrong = moment if then is None else now
        reason = Reason(Why.INVALID, f"{text if then is None else read_at!r} is no point in time", "", wrong.origin)
        return unknown(reason, facts=(moment.fact(),))
    return decide(today - then <= hours * _HOUR, moment.fact())


def _seconds(text: str) -> float | None:
    """Seconds since 1970 of a text of ISO 8601, None if it is none. Without an offset it is UTC."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def arrives(latest: Value[str], started: Value[str], hours: int, now: Value[str]) -> Truth:
    """Whether what should arrive all the time did so within the last `hours`, or was only `started` since."""
    return within(latest, hours, now) | within(started, hours, now)
