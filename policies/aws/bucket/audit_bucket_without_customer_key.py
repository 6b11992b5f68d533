"""BUCKET-008."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Bucket,
    BucketEncryption,
    Check,
    Reason,
    Severity,
    Truth,
    Why,
    policy,
    require,
    unknown,
)

from ...frameworks import controls

_ELSEWHERE = Reason(
    Why.ELSEWHERE,
    "the trails that deliver here are not part of this deployment, and may bring a key of their own",
    "scan it together with the deployment that creates the trails",
)


@policy(
    "BUCKET-008",
    on=Bucket,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["S3.17"], pci=["3.5.1", "8.3.2"], iso=["A.8.11", "A.8.24"], soc2=["PI1.4"], mlps=["8.1.4.8b"]
    ),
)
def audit_bucket_without_customer_key(bucket: Bucket) -> Check:
    """A bucket of audit logs whose files are encrypted with no key that one could take away."""

    def by_default(encryption: BucketEncryption) -> Truth:
        return encryption.key.some(lambda key: key.customer_managed.is_true())

    def by_trail(trail: AuditTrail) -> Truth:
        return trail.key.some(lambda key: key.customer_managed.is_true())

    def encrypted() -> Truth:
        trails = ~bucket.trails.is_empty() & bucket.trails.every(by_trail)
        elsewhere = bucket.accepts_trails & bucket.trails.is_empty() & unknown(_ELSEWHERE)
        return bucket.encryption.some(by_default) | trails | elsewhere

    return require(
        encrypted,
        "log files are not encrypted with a customer-managed key",
        when=bucket.audit,
    )
