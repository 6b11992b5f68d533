"""ACCESS-001."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Bucket, Check, Severity, policy, require

from ...frameworks import NIST_PUBLIC, PCI_PUBLIC, controls
from ..bucket._public import is_switched_on
from ._bucket import EVERYTHING, grants_of


@policy(
    "ACCESS-001",
    on=Bucket,
    severity=Severity.CRITICAL,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["S3.2", "S3.3"],
        nist=NIST_PUBLIC,
        pci=PCI_PUBLIC,
        iso=["A.8.1"],
        soc2=["CC6.1"],
        mlps=["8.1.4.2a", "8.1.4.3c"],
    ),
)
def audit_bucket_policy_open_to_everyone(bucket: Bucket) -> Iterator[Check]:
    """A bucket of audit logs whose policy lets everyone, or every AWS account, read, write or change it."""
    closed = ~grants_of(bucket, EVERYTHING).some(lambda grant: grant.is_public())
    restricted = is_switched_on(bucket, lambda block: block.restrict_public_buckets)
    yield require(closed, "the bucket policy lets everyone in", when=~restricted)
    yield require(
        closed,
        "the bucket policy lets everyone in; only the public access block keeps them out",
        when=closed.known & restricted.known & restricted,
        severity=Severity.MEDIUM,
    )
