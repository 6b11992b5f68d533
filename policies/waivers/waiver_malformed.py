"""WAIVER-003."""

from __future__ import annotations

from guardrails.api import Check, InlineWaiver, Severity, policy, require


@policy("WAIVER-003", on=InlineWaiver, severity=Severity.MEDIUM, since="0.2")
def waiver_malformed(waiver: InlineWaiver) -> Check:
    """A waiver beside the code that is not written as waivers must be."""
    return require(
        waiver.well_formed,
        "the waiver is not as a waiver must be",
    )
