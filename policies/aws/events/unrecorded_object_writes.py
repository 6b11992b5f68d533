"""EVENTS-004."""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, Severity, answers_for, data_events, policy, require

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls
from ._objects import Options, objects_recorded


@policy(
    "EVENTS-004",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.10", "3.8", "4.8"),
        fsbp=["S3.22"],
        nist=NIST_LOGGING,
        pci=PCI_LOGGING,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC2.1", "CC7.2", "PI1.2"],
        mlps=["8.1.4.3a"],
    ),
)
def unrecorded_object_writes(trail: AuditTrail, settings: Options) -> Check:
    """A trail that leaves writes of S3 objects unrecorded in some buckets, where nothing else records them."""
    return require(
        objects_recorded(trail, settings, read=False),
        "nobody can tell who changed or deleted objects: writes of S3 objects are not recorded for every bucket",
        when=answers_for(trail, data_events("AWS::S3::Object")),
    )
