"""EVENTS-003."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Severity,
    data_events,
    policy,
    recorders_with,
    require,
    some_recorded,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "EVENTS-003",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.10", "3.8", "4.8"),
        nist=NIST_LOGGING,
        pci=PCI_LOGGING,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC2.1", "CC7.2", "PI1.2"],
        mlps=["8.1.4.3a"],
    ),
)
def trail_without_data_events(trail: AuditTrail) -> Check:
    """A trail that records management events only, where nothing else records any data event."""
    return require(
        some_recorded(data_events(), recorders_with(trail)),
        "no data events are recorded: what is done with the contents of buckets, tables and functions stays unseen",
    )
