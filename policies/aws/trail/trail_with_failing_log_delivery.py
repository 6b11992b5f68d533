"""TRAIL-008."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    AuditTrail,
    Check,
    Settings,
    Severity,
    arrives,
    every_recorded,
    management_events,
    policy,
    require,
)

from ...frameworks import NIST_FORWARDING, NIST_LOGGING, PCI_FORWARDING, PCI_LOGGING, controls
from ._deliveries import switched_on_since


class Options(Settings):
    delivery_hours: int = 24
    """Hours after which a trail that delivers nothing is taken to be broken."""


@policy(
    "TRAIL-008",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.2",
    when="observed",
    controls=controls(
        cis=("3.4", "", ""),
        nist=[*NIST_LOGGING, *NIST_FORWARDING],
        pci=[*PCI_LOGGING, *PCI_FORWARDING],
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.2", "CC7.3", "A1.2", "PI1.3"],
        mlps=["8.1.5.4d"],
    ),
)
def trail_with_failing_log_delivery(trail: AuditTrail, settings: Options) -> Iterator[Check]:
    """A trail that is logging in an account, and whose events do not arrive in its log group."""
    hours, latest = settings.delivery_hours, trail.log_group_delivered_at
    named = trail.log_group_arn.is_set()
    yield require(
        ~trail.log_group_error.is_set(),
        "CloudTrail cannot deliver events to the log group",
        when=named & trail.logging.is_true(),
    )
    yield require(
        lambda: arrives(latest, trail.started_at, hours, trail.account.read_at) | switched_on_since(latest),
        f"no event arrived in the log group for {hours} hours",
        when=named & every_recorded(management_events(read=True, sources_aside=EXCLUDABLE_SOURCES), trail),
    )
