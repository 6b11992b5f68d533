"""LAKE-005."""

from __future__ import annotations

from guardrails.api import Check, EventDataStore, Settings, Severity, policy, require

from ...frameworks import NIST_RETENTION, PCI_RETENTION, controls
from ._stores import takes_activity


class Options(Settings):
    required_retention_days: int = 365
    """Days that audit logs must be kept: 365 suits CIS, PCI DSS and FSBP, 180 the law behind MLPS."""


@policy(
    "LAKE-005",
    on=EventDataStore,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        nist=NIST_RETENTION,
        pci=PCI_RETENTION,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC7.2", "CC7.3", "C1.2"],
        mlps=["8.1.5.4d"],
    ),
)
def event_data_store_expiring_early(store: EventDataStore, settings: Options) -> Check:
    """An event data store that forgets events before the required time is over."""
    required = settings.required_retention_days
    return require(
        store.retention_days.where(lambda days: days >= required),
        f"events are deleted before the {required} days that are required",
        when=takes_activity(store),
    )
