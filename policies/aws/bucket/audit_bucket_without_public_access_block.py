"""BUCKET-002."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from guardrails.api import (
    Bucket,
    Check,
    PublicAccessBlock,
    Severity,
    Truth,
    Value,
    all_of,
    policy,
    require,
)

from ...frameworks import controls
from ._audit import audit_bucket_where
from ._public import blocks_of_account, is_switched_on

_SETTINGS: tuple[Callable[[PublicAccessBlock], Value[bool]], ...] = (
    lambda block: block.block_public_acls,
    lambda block: block.ignore_public_acls,
    lambda block: block.block_public_policy,
    lambda block: block.restrict_public_buckets,
)


def _unsaid(bucket: Bucket) -> Truth:
    """Whether it is certain that nothing is said, for the bucket or for its account."""
    unsaid = bucket.public_access_block.is_empty() & blocks_of_account(bucket).is_empty()
    return unsaid.known & unsaid


def _blocked(bucket: Bucket) -> Truth:
    return all_of(is_switched_on(bucket, setting) for setting in _SETTINGS)


@policy(
    "BUCKET-002",
    on=Bucket,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(cis=("2.1.5", "2.1.4", "3.1.4"), fsbp=["S3.8"], mlps=["8.1.4.3c"]),
)
def audit_bucket_without_public_access_block(bucket: Bucket) -> Iterator[Check]:
    """A bucket of audit logs that one mistake in a list or a policy opens to the public."""
    yield require(
        lambda: _blocked(bucket),
        "public access to the bucket is not blocked in all four ways",
        when=audit_bucket_where(bucket, lambda one: ~_unsaid(one)),
    )
    yield require(
        lambda: _blocked(bucket),
        "nothing here blocks public access; a bucket made since April 2023 does so by itself, an older one does not",
        when=audit_bucket_where(bucket, _unsaid),
        severity=Severity.MEDIUM,
    )
