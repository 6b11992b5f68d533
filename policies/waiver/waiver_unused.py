"""WAIVER-001."""

from __future__ import annotations

from guardrails.api import Check, InlineWaiver, Severity, policy, require


@policy("WAIVER-001", on=InlineWaiver, severity=Severity.LOW, since="0.2")
def waiver_unused(waiver: InlineWaiver) -> Check:
    """A waiver beside the code that waives nothing."""
    return require(
        waiver.used,
        "the waiver waives nothing",
        when=waiver.well_formed & waiver.in_force & waiver.permitted,
    )
