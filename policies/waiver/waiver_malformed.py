"""WAIVER-003."""

from __future__ import annotations

from guardrails.api import Check, InlineWaiver, Severity, policy, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@policy("WAIVER-003", on=InlineWaiver, severity=Severity.MEDIUM, since="0.2")
def waiver_malformed(waiver: InlineWaiver) -> Iterator[Check]:
    """A waiver beside the code that is not written as waivers must be."""
    # Each fault is one finding, and a waiver without any is one pass: so a check that holds does not apply.
    yield require(waiver.readable, "the waiver cannot be read", when=~waiver.readable)
    yield require(waiver.known, "the waiver names a policy that there is not", when=~waiver.known)
    yield require(waiver.complete, "the waiver lacks a reason, or an end that is near enough", when=~waiver.complete)
    yield require(waiver.placed, "the waiver stands at nothing", when=~waiver.placed)
    sound = waiver.well_formed
    yield require(sound, "the waiver is not as it must be", when=sound.known & sound)
