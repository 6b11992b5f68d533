"""EVENTS-002."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Settings,
    Severity,
    every_source_recorded,
    management_events,
    policy,
    require,
    some_selected,
    trails_with,
)

from ...frameworks import controls


class Options(Settings):
    accepted_excluded_sources: tuple[str, ...] = ()
    """Event sources whose management events may be left out, such as `rdsdata.amazonaws.com`."""


@policy(
    "EVENTS-002",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(fsbp=["CloudTrail.1"], iso=["A.8.15", "A.8.16"], mlps=["8.1.4.3a"]),
)
def excluded_management_source(trail: AuditTrail, settings: Options) -> Check:
    """A trail that leaves out the management events of some services, which no other trail records."""
    return require(
        every_source_recorded(trails_with(trail), aside=settings.accepted_excluded_sources),
        "management events of some services are left out",
        when=trail.logging.is_true() & some_selected(management_events(), trail),
    )
