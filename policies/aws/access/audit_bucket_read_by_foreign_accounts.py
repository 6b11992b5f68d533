"""ACCESS-003."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Grant, Severity, Truth, policy, require

from ...frameworks import controls
from ._bucket import READING, grants_of
from ._trust import Options, is_trusted


@policy(
    "ACCESS-003",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["S3.6"],
        pci=[
            "10.6.3",
            "7.2.1",
            "7.2.2",
            "7.2.5",
            "7.2.6",
            "7.3.1",
            "7.3.2",
            "7.3.3",
            "8.2.7",
            "8.2.8",
            "8.3.4",
        ],
        mlps=["8.1.4.2a", "8.1.4.2d"],
    ),
)
def audit_bucket_read_by_foreign_accounts(bucket: Bucket, settings: Options) -> Check:
    """A bucket of audit logs that accounts may read which are neither the own nor trusted."""

    def is_known(grant: Grant) -> Truth:
        """Everyone is a matter for ACCESS-001; services are for BUCKET-010."""
        return grant.is_public() | grant.is_service() | is_trusted(grant, settings.trusted, bucket.account)

    return require(
        grants_of(bucket, READING).every(is_known), "an account that is not among the trusted ones may read the logs"
    )
