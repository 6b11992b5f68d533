"""EVENTS-004."""

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
    object_events,
    policy,
    recorders_with,
    require,
)

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


class Options(Settings):
    sensitive_buckets: tuple[str, ...] = ()
    """Names of the buckets that matter; empty for all buckets, those of tomorrow included."""


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
        all_of(
            every_recorded(
                object_events(read=False, bucket=bucket),
                recorders_with(trail),
                provided=lambda recorder: recorder.multi_region.is_true(),
            )
            for bucket in settings.sensitive_buckets or (None,)
        ),
        "nobody can tell who changed or deleted objects: writes of S3 objects are not recorded for every bucket",
        when=answers_for(trail, data_events("AWS::S3::Object")),
    )
