"""BUCKET-009."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Severity, may_deliver, policy, require

from ...frameworks import NIST_LOGGING, PCI_LOGGING, controls


@policy(
    "BUCKET-009",
    on=Bucket,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("3.1", "3.1", "4.1"),
        nist=[*NIST_LOGGING, "AU-3(1)"],
        pci=PCI_LOGGING,
        soc2=["CC2.1", "CC7.2", "A1.2", "PI1.3"],
        mlps=["8.1.4.3d"],
    ),
)
def audit_bucket_closed_to_trail(bucket: Bucket) -> Check:
    """A bucket whose policy does not let a trail deliver that is set up to deliver to it."""
    return require(
        lambda: bucket.trails.every(lambda trail: may_deliver(trail, bucket)),
        "the policy does not let CloudTrail deliver where the trail writes to",
        when=~bucket.trails.is_empty(),
    )
