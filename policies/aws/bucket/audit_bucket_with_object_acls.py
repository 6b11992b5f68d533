"""BUCKET-013."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Bucket, Check, Severity, Truth, policy, require

from ...frameworks import PCI_ACCESS, controls
from ._audit import audit_bucket_where, holds_more_than_access_logs


def _unsaid(bucket: Bucket) -> Truth:
    """Whether it is certain that nothing is said, neither about ownership nor by a list."""
    unsaid = ~bucket.ownership.is_set() & bucket.acl.is_empty()
    return unsaid.known & unsaid


@policy(
    "BUCKET-013",
    on=Bucket,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["S3.12"],
        pci=PCI_ACCESS,
        mlps=["8.1.4.2a"],
    ),
)
def audit_bucket_with_object_acls(bucket: Bucket) -> Iterator[Check]:
    """A bucket of audit logs in which access control lists give access beside its policy."""

    def enforced() -> Truth:
        return bucket.ownership.equals("BucketOwnerEnforced")

    yield require(
        enforced,
        "access control lists can give access to log files, whatever the bucket's policy says",
        when=audit_bucket_where(bucket, lambda one: holds_more_than_access_logs(one) & ~_unsaid(one)),
    )
    yield require(
        enforced,
        "nothing here switches access control lists off; a bucket made since April 2023 does so by itself, an older "
        "one does not",
        when=audit_bucket_where(bucket, lambda one: holds_more_than_access_logs(one) & _unsaid(one)),
        severity=Severity.INFO,
    )
