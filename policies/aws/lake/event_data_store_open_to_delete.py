"""LAKE-002."""

from __future__ import annotations

from guardrails.api import Check, EventDataStore, Severity, policy, require

from ...frameworks import controls


@policy(
    "LAKE-002",
    on=EventDataStore,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(mlps=["8.1.4.3c"]),
)
def event_data_store_open_to_delete(store: EventDataStore) -> Check:
    """An event data store without termination protection, which one call deletes with all its events."""
    return require(
        store.termination_protected.is_true(), "one call deletes the event data store: termination protection is off"
    )
