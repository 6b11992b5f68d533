"""BUCKET-010."""

from __future__ import annotations

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


def _for_trails(bucket: Bucket) -> Many[Grant]:
    """What the bucket's policy gives to CloudTrail by name."""
    account = bucket.location.account
    objects = who_may(bucket.policy, _ON_OBJECTS, objects_of(bucket), account=account)
    whole = who_may(bucket.policy, _ON_BUCKET, bucket_itself(bucket), account=account)
    return objects.and_also(whole).where(_is_for_trails)


def _is_for_trails(grant: Grant) -> Truth:
    if grant.principal is None or grant.principal.kind != "Service":
        return false()
    return grant.principal.identifier.where(lambda name: name.lower() == "cloudtrail.amazonaws.com")


def _is_bound(grant: Grant) -> Truth:
    return grant.is_tied_to_source() | false(*grant.notes)


@policy(
    "BUCKET-010",
    on=Bucket,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(nist=NIST_PUBLIC, pci=PCI_PUBLIC, iso=["A.8.1"], soc2=["CC6.1"], mlps=["8.1.4.2a"]),
)
def audit_bucket_open_to_foreign_trails(bucket: Bucket) -> Check:
    """A bucket of audit logs in which CloudTrail may write for anybody's trail."""
    return require(
        lambda: _for_trails(bucket).every(_is_bound),
        "what CloudTrail may do here it may do for anybody's trail: the statement is bound to no trail or account",
        when=audit_bucket_where(bucket, lambda one: ~_for_trails(one).is_empty()),
    )
