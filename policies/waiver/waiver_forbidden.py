"""WAIVER-004."""

from __future__ import annotations

from guardrails.api import Check, InlineWaiver, Severity, policy, require


@policy("WAIVER-004", on=InlineWaiver, severity=Severity.HIGH, since="0.2")
def waiver_forbidden(waiver: InlineWaiver) -> Check:
    """A waiver beside the code of a policy that may not be waived."""
    return require(
        waiver.permitted,
        "the waiver names a policy that may not be waived",
    )
