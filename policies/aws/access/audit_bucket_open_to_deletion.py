"""ACCESS-002."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Grant, Settings, Severity, Truth, policy, require

from ...frameworks import NIST_PUBLIC, PCI_PUBLIC, controls
from ._bucket import CHANGING, grants_of


class Options(Settings):
    break_glass_roles: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that may delete logs and change how they are protected."""


@policy(
    "ACCESS-002",
    on=Bucket,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["S3.6"],
        nist=NIST_PUBLIC,
        pci=PCI_PUBLIC,
        iso=["A.8.1"],
        soc2=["CC6.1"],
        mlps=["8.1.4.3c", "8.1.4.2d"],
    ),
)
def audit_bucket_open_to_deletion(bucket: Bucket, settings: Options) -> Check:
    """A bucket of audit logs whose policy lets others than stated roles delete logs, or change how they are kept."""

    def is_accepted(grant: Grant) -> Truth:
        """Everyone is a matter for ACCESS-001; the account itself lets its identity policies decide."""
        return (
            grant.is_public()
            | grant.is_own_account_root()
            | grant.is_service()
            | grant.is_named(settings.break_glass_roles)
        )

    return require(
        grants_of(bucket, CHANGING).every(is_accepted),
        "the bucket policy lets others delete logs or change how they are protected",
    )
