"""LAKE-001."""

from __future__ import annotations

from guardrails.api import Check, EventDataStore, Severity, policy, require

from ...frameworks import NIST_ENCRYPTION, PCI_ENCRYPTION, controls


@policy(
    "LAKE-001",
    on=EventDataStore,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.7", "3.5", "4.5"),
        fsbp=["CloudTrail.10"],
        nist=NIST_ENCRYPTION,
        pci=PCI_ENCRYPTION,
        iso=["A.8.11", "A.8.15", "A.8.16", "A.8.24"],
        mlps=["8.1.4.8b"],
    ),
)
def event_data_store_without_customer_key(store: EventDataStore) -> Check:
    """An event data store whose events are not encrypted with a customer-managed key."""
    return require(
        store.key.some(lambda key: key.customer_managed.is_true()),
        "the events are not encrypted with a customer-managed key",
    )
