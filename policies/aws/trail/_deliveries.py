"""Deliveries that may be switched on for a trail that logs already."""

from __future__ import annotations

from guardrails.api import Reason, Truth, Value, Why, unknown


def switched_on_since(latest: Value[str]) -> Truth:
    """Whether a kind of delivery may have been switched on so lately that the first one is still to come: CloudTrail
    does not say when it was. Where there was one before, it was not."""
    fresh = Reason(Why.CANNOT_SAY, "nothing was delivered so far, and CloudTrail names no error", "read it again later")
    return ~latest.is_set() & unknown(fresh)
