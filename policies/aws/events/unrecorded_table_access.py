"""EVENTS-007."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Settings,
    Severity,
    all_of,
    answers_for,
    data_events,
    every_recorded,
    policy,
    recorders_with,
    require,
    table_events,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


class Options(Settings):
    sensitive_tables: tuple[str, ...] = ()
    """Names or ARNs of the tables that matter; empty for all tables."""


@policy(
    "EVENTS-007",
    on=AuditTrail,
    severity=Severity.LOW,
    since="0.1",
    enabled=False,
    controls=controls(
        cis=("3.10", "3.8", "4.8"),
        nist=NIST_LOGGING,
        pci=PCI_LOGGING,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC2.1", "CC7.2", "PI1.2"],
        mlps=["8.1.4.3a"],
    ),
)
def unrecorded_table_access(trail: AuditTrail, settings: Options) -> Check:
    """A trail that leaves calls on items of sensitive DynamoDB tables unrecorded, where nothing else records them."""
    return require(
        all_of(
            every_recorded(table_events(table), recorders_with(trail), of_one=("resources.ARN",))
            for table in settings.sensitive_tables or ("",)
        ),
        "reads and writes of DynamoDB items are not recorded for every sensitive table",
        when=answers_for(trail, data_events("AWS::DynamoDB::Table")),
    )
