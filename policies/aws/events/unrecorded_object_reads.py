"""EVENTS-005."""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, Severity, answers_for, data_events, policy, require

from ...frameworks import NIST_LOGGING, controls
from ._objects import Options, objects_recorded


@policy(
    "EVENTS-005",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.11", "3.9", "4.9"),
        fsbp=["S3.23"],
        nist=NIST_LOGGING,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC2.1", "CC7.2"],
        mlps=["8.1.4.3a"],
    ),
)
def unrecorded_object_reads(trail: AuditTrail, settings: Options) -> Check:
    """A trail that leaves reads of S3 objects unrecorded in some buckets, where nothing else records them."""
    return require(
        objects_recorded(trail, settings, read=True),
        "nobody can tell who read objects: reads of S3 objects are not recorded for every bucket",
        when=answers_for(trail, data_events("AWS::S3::Object")),
    )
