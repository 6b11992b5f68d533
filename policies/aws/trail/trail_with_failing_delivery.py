"""TRAIL-006."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    AuditTrail,
    Check,
    Settings,
    Severity,
    Truth,
    arrives,
    every_recorded,
    management_events,
    policy,
    require,
    within,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls
from ._deliveries import switched_on_since


class Options(Settings):
    delivery_hours: int = 24
    """Hours after which a trail that delivers nothing is taken to be broken."""


@policy(
    "TRAIL-006",
    on=AuditTrail,
    severity=Severity.HIGH,
    since="0.2",
    when="observed",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3c", "8.1.4.3d"],
    ),
)
def trail_with_failing_delivery(trail: AuditTrail, settings: Options) -> Iterator[Check]:
    """A trail that is logging in an account, and whose log or digest files do not arrive in its bucket."""
    hours, read_at = settings.delivery_hours, trail.account.read_at
    logging, digests = trail.logging.is_true(), trail.logging.is_true() & trail.log_validation.is_true()

    def files_arrive() -> Truth:
        by_digest = digests & within(trail.digest_delivered_at, hours, read_at)
        return arrives(trail.delivered_at, trail.started_at, hours, read_at) | by_digest

    yield require(~trail.delivery_error.is_set(), "CloudTrail cannot deliver log files to the bucket", when=logging)
    yield require(
        files_arrive,
        f"no log file arrived in the bucket for {hours} hours",
        when=every_recorded(management_events(read=True, sources_aside=EXCLUDABLE_SOURCES), trail),
    )
    yield require(~trail.digest_error.is_set(), "CloudTrail cannot deliver digest files to the bucket", when=digests)
    yield require(
        lambda: (
            arrives(trail.digest_delivered_at, trail.started_at, hours, read_at)
            | switched_on_since(trail.digest_delivered_at)
        ),
        f"no digest file arrived in the bucket for {hours} hours",
        when=digests,
    )
