"""LAKE-003."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, EventDataStore, Settings, Severity, policy, require

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls
from ._stores import is_audit_store


class Options(Settings):
    audit_event_data_stores: tuple[str, ...] = ()
    """Names of the event data stores that are the record of an account or organization, whatever trails there are."""


@policy(
    "LAKE-003",
    on=EventDataStore,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3a", "8.1.5.4d"],
    ),
)
def event_data_store_of_one_region(store: EventDataStore, settings: Options) -> Iterator[Check]:
    """The event data store that is the record of an account and leaves out Regions, or accounts of the organization."""
    named = settings.audit_event_data_stores
    yield require(
        store.multi_region.is_true(),
        "what is done in other Regions is not recorded",
        when=is_audit_store(store, named, lambda trail: trail.multi_region.is_true()),
    )
    yield require(
        store.organization.is_true(),
        "what is done in the other accounts of the organization is not recorded",
        when=store.account.manages_organization
        & is_audit_store(store, named, lambda trail: trail.organization.is_true()),
    )
