"""BUCKET-001."""

from __future__ import annotations

from guardrails.api import (
    Bucket,
    Check,
    Severity,
    Target,
    Truth,
    actions_of,
    bucket_itself,
    objects_of,
    policy,
    require,
    who_may_reach,
)

from ...frameworks import controls
from ._public import is_shielded

_USES = ("read", "list", "tamper", "delete", "weaken", "silence", "permissions")


def _of(kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(action for use in _USES for action in actions_of(use, "s3", on=kind)))


@policy(
    "BUCKET-001",
    on=Bucket,
    severity=Severity.CRITICAL,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("3.3", "", ""),
        fsbp=["CloudTrail.6"],
        iso=["A.8.1", "A.8.15", "A.8.16"],
        mlps=["8.1.4.3c", "8.1.4.2a"],
    ),
)
def public_audit_bucket(bucket: Bucket) -> Check:
    """A bucket of audit logs that anybody in the world may read, list, change or delete."""

    def public(actions: tuple[str, ...], target: Target) -> Truth:
        return who_may_reach(bucket, actions, target).some(lambda grant: grant.is_public())

    def closed() -> Truth:
        objects = public(_of("object"), objects_of(bucket))
        return (~objects & ~public(_of("bucket"), bucket_itself(bucket))) | is_shielded(bucket)

    return require(closed, "the bucket is open to the public", when=bucket.audit)
