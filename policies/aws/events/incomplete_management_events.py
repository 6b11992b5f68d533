"""EVENTS-001."""

from __future__ import annotations

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    AuditTrail,
    Check,
    Severity,
    answers_for,
    every_recorded,
    management_events,
    policy,
    require,
    trails_with,
)

from ...frameworks import controls


@policy(
    "EVENTS-001",
    on=AuditTrail,
    severity=Severity.CRITICAL,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        fsbp=["CloudTrail.1"],
        iso=["A.8.15", "A.8.16"],
        mlps=["8.1.4.3a", "8.1.4.3b"],
    ),
)
def incomplete_management_events(trail: AuditTrail) -> Check:
    """A trail that records only some management events, where no other trail records the rest."""
    events = management_events(sources_aside=EXCLUDABLE_SOURCES)
    return require(
        every_recorded(events, trails_with(trail)),
        "not all read and write management events are recorded",
        when=answers_for(trail, management_events()),
    )
