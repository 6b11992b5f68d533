"""EVENTS-009."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Severity,
    policy,
    require,
    selectors_mean_what_they_say,
)

from ...frameworks import controls


@policy(
    "EVENTS-009",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(iso=["A.8.15", "A.8.16"], mlps=["8.1.4.3a"]),
)
def misleading_event_selector(trail: AuditTrail) -> Check:
    """An event selector that AWS refuses, or that takes other events than it seems to."""
    return require(
        selectors_mean_what_they_say(trail),
        "an event selector does not do what it seems to",
        when=~(trail.selectors.is_empty() & trail.advanced_selectors.is_empty()),
    )
