"""WAIVER-002."""

from __future__ import annotations

from guardrails.api import Check, InlineWaiver, Severity, policy, require


@policy("WAIVER-002", on=InlineWaiver, severity=Severity.MEDIUM, since="0.2")
def waiver_expired(waiver: InlineWaiver) -> Check:
    """A waiver beside the code whose last day is over."""
    return require(
        waiver.in_force,
        "the waiver has ended",
    )
