"""BUCKET-010."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Bucket,
    Check,
    Grant,
    Many,
    Severity,
    Truth,
    bucket_itself,
    false,
    objects_of,
    policy,
    require,
    who_may,
)

from ...frameworks import NIST_PUBLIC, PCI_PUBLIC, controls
from ._audit import audit_bucket_where

_ON_BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket")
_ON_OBJECTS = ("s3:PutObject", "s3:PutObjectAcl", "s3:GetObject")


def _of_objects(bucket: Bucket) -> Many[Grant]:
    """What the bucket's policy lets CloudTrail, by name, do to objects."""
    grants = who_may(bucket.policy, _ON_OBJECTS, objects_of(bucket), account=bucket.location.account)
    return grants.where(_is_for_trails)


def _of_bucket(bucket: Bucket) -> Many[Grant]:
    grants = who_may(bucket.policy, _ON_BUCKET, bucket_itself(bucket), account=bucket.location.account)
    return grants.where(_is_for_trails)


def _is_for_trails(grant: Grant) -> Truth:
    return grant.is_for_service(lambda name: name.where(lambda named: named.lower() == "cloudtrail.amazonaws.com"))


def _is_bound(grant: Grant) -> Truth:
    return grant.is_tied_to_source() | false(*grant.notes)


@policy(
    "BUCKET-010",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    when="audit",
    controls=controls(nist=NIST_PUBLIC, pci=PCI_PUBLIC, iso=["A.8.1"], soc2=["CC6.1"], mlps=["8.1.4.2a"]),
)
def audit_bucket_open_to_foreign_trails(bucket: Bucket) -> Iterator[Check]:
    """A bucket of audit logs in which CloudTrail may write for anybody's trail."""

    def writes_bound(one: Bucket) -> Truth:
        return _of_objects(one).every(_is_bound)

    yield require(
        lambda: writes_bound(bucket),
        "CloudTrail may write here for anybody's trail: the statement is bound to no trail or account",
        when=audit_bucket_where(bucket, lambda one: ~_of_objects(one).is_empty()),
    )
    yield require(
        lambda: _of_bucket(bucket).every(_is_bound),
        "CloudTrail may look at the bucket for anybody's trail: the statement is bound to no trail or account",
        when=audit_bucket_where(
            bucket, lambda one: ~_of_bucket(one).is_empty() & writes_bound(one).known & writes_bound(one)
        ),
        severity=Severity.LOW,
    )
