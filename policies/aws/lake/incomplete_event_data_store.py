"""LAKE-004."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    Check,
    EventDataStore,
    Severity,
    every_recorded,
    management_events,
    policy,
    require,
)

from ...frameworks import controls
from ._stores import recorders_beside, takes_activity, takes_management


@policy(
    "LAKE-004",
    on=EventDataStore,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(iso=["A.8.15", "A.8.16"], mlps=["8.1.4.3a"]),
)
def incomplete_event_data_store(store: EventDataStore) -> Iterator[Check]:
    """An event data store that takes in nothing, or only some of the management events."""
    ingesting = store.ingesting.is_true()
    yield require(ingesting, "the event data store takes in no events", when=takes_activity(store))
    yield require(
        lambda: every_recorded(management_events(sources_aside=EXCLUDABLE_SOURCES), recorders_beside(store)),
        "not all read and write management events are recorded",
        when=takes_management(store) & ingesting,
    )
