"""EVENTS-010."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Settings,
    Severity,
    all_of,
    network_events,
    policy,
    recorders_with,
    require,
    some_recorded,
)

from ...frameworks import controls


class Options(Settings):
    network_event_sources: tuple[str, ...] = ()
    """Services whose calls through VPC endpoints must be recorded, such as `s3.amazonaws.com`; empty for any one."""


@policy(
    "EVENTS-010",
    on=AuditTrail,
    severity=Severity.LOW,
    since="0.1",
    enabled=False,
    controls=controls(mlps=["8.1.3.5a"]),
)
def unrecorded_network_activity(trail: AuditTrail, settings: Options) -> Check:
    """A trail without network activity events, where nothing else records calls through VPC endpoints."""
    return require(
        all_of(
            some_recorded(network_events(source), recorders_with(trail))
            for source in settings.network_event_sources or ("",)
        ),
        "calls that pass VPC endpoints, or are turned away there, are not recorded",
    )
