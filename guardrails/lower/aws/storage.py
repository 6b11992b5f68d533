"""S3 buckets, with what newer provider versions write in resources of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import any_of, decide
from guardrails.kernel.value import Value
from guardrails.lower.aws.documents import access_policy, evidence
from guardrails.lower.aws.names import bucket_name
from guardrails.lower.reader import Cannot, FirstOf, Satellite, declared
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import AuditTrail, Bucket, LifecycleRule, ObjectLock, Resource, Transition

if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.lower.reader import Reader

_OTHER_SOURCES = {
    "tf": (
        ("aws_config_delivery_channel", "s3_bucket_name"),
        ("aws_flow_log", "log_destination"),
        ("aws_route53_resolver_query_log_config", "destination_arn"),
    )
}


def bucket(r: Reader) -> Bucket:
    name = r.text(tf="bucket", cfn="BucketName", live="bucket.Name")
    address = r.raw.address

    def delivers_here(trail: AuditTrail) -> Truth:
        return trail.bucket.some(lambda bucket: decide(bucket.address == address))

    policy = r.policies(
        access_policy,
        tf=Satellite("aws_s3_bucket_policy", "bucket", "policy", inline="policy"),
        cfn=Cannot("bucket policies are not read yet"),
        live="policy",
        noun="bucket policy",
    )
    return Bucket(
        **identity(
            r,
            name,
            protected(r),
        ),
        policy=policy,
        lifecycle=r.each(
            lifecycle_rule,
            tf=Satellite("aws_s3_bucket_lifecycle_configuration", "bucket", "rule", inline="lifecycle_rule"),
            cfn="LifecycleConfiguration.Rules",
            live="lifecycle.Rules",
            noun="lifecycle rule",
        ),
        object_lock=r.each(
            object_lock,
            tf=Satellite(
                "aws_s3_bucket_object_lock_configuration",
                "bucket",
                "rule.default_retention",
                inline="object_lock_configuration.rule.default_retention",
            ),
            cfn="ObjectLockConfiguration.Rule.DefaultRetention",
            live="object_lock.Rule.DefaultRetention",
            noun="default retention of Object Lock",
        ),
        versioned=later(lambda: _versioned(r)),
        access_log_bucket=later(
            lambda: r.text(
                tf=Satellite("aws_s3_bucket_logging", "bucket", "target_bucket", inline="logging.target_bucket"),
                cfn="LoggingConfiguration.DestinationBucketName",
                live="logging.TargetBucket",
            )
        ),
        trails=r.world.users(AuditTrail, r.raw, delivers_here),
        other_sources=_other_sources(r),
        declared_audit=declared(r.world.context.audit_buckets, name, "bucket"),
        accepts_trails=later(lambda: evidence(policy, "s3:PutObject")),
        account=r.world.account,
    )


def _versioned(r: Reader) -> Value[bool]:
    status = r.text(
        tf=Satellite("aws_s3_bucket_versioning", "bucket", "versioning_configuration.status"),
        cfn="VersioningConfiguration.Status",
        live="versioning.Status",
    ).map(lambda text: text == "Enabled")
    if r.dialect != "tf" or (status.settled and status.or_none() is not None):
        return status.or_default(False)
    inline = r.flag(tf="versioning.enabled", cfn=Cannot("not written so"), live=Cannot("not written so"))
    return (inline if inline.or_none() is not None else status).or_default(False)


def _other_sources(r: Reader) -> Many[Resource]:
    """What else delivers audit data to the bucket."""

    def found() -> Many[Resource]:
        sources: list[tuple[Resource, Truth]] = []
        for attached in [
            r.world.attached(source, target, r.raw) for source, target in _OTHER_SOURCES.get(r.dialect, ())
        ]:
            for raw, exists in attached.members():
                source = Resource(
                    address=raw.address,
                    type=raw.type,
                    exists=raw.exists,
                    owned=True,
                    origin=raw.block.origin,
                    location=raw.location,
                    name=Value.unset(raw.block.origin),
                    protected=Value.of(False, raw.block.origin),
                )
                sources.append((source, exists))
        return Many(tuple(sources))

    return Many(found, owner=r.origin, noun="audit source")


def lifecycle_rule(r: Reader) -> LifecycleRule:
    """`aws_s3_bucket_lifecycle_configuration.rule`, and the inline `lifecycle_rule` of older provider versions."""
    enabled = r.value(tf=FirstOf(("status", "enabled")), cfn="Status", live="Status").map(
        lambda said: said in (True, "true", "Enabled")
    )
    return LifecycleRule(
        origin=r.origin,
        enabled=enabled.or_default(False),
        prefix=r.text(
            tf=FirstOf(("filter.prefix", "filter.and.prefix", "prefix")),
            cfn=FirstOf(("Prefix",)),
            live=FirstOf(("Filter.Prefix", "Filter.And.Prefix", "Prefix")),
        ),
        narrowed=_narrowed(r),
        expiration_days=r.number(tf="expiration.days", cfn="ExpirationInDays", live="Expiration.Days"),
        expiration_date=r.text(tf="expiration.date", cfn="ExpirationDate", live="Expiration.Date"),
        noncurrent_days=r.number(
            tf=FirstOf(("noncurrent_version_expiration.noncurrent_days", "noncurrent_version_expiration.days")),
            cfn=FirstOf(("NoncurrentVersionExpiration.NoncurrentDays", "NoncurrentVersionExpirationInDays")),
            live="NoncurrentVersionExpiration.NoncurrentDays",
        ),
        transitions=r.each(
            transition, tf="transition", cfn="Transitions", live="Transitions", noun="lifecycle transition"
        ),
    )


def _narrowed(r: Reader) -> Truth:
    """Whether tags or object sizes narrow the rule beyond its prefix."""
    if r.dialect == "cfn":
        attributes = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
        return any_of(
            [
                *(r.value(tf=name, cfn=name, live=name).is_set() for name in attributes),
                ~r.blocks(tf="", cfn="TagFilters", live="").is_empty(),
            ]
        )
    sizes = (
        ("filter.object_size_greater_than", "Filter.ObjectSizeGreaterThan"),
        ("filter.object_size_less_than", "Filter.ObjectSizeLessThan"),
        ("filter.and.object_size_greater_than", "Filter.And.ObjectSizeGreaterThan"),
        ("filter.and.object_size_less_than", "Filter.And.ObjectSizeLessThan"),
        ("filter.and.tags", "Filter.And.Tags"),
        ("filter.tag.key", "Filter.Tag.Key"),
        ("tags", "Tags"),
    )
    return any_of(r.value(tf=tf, cfn="", live=live).is_set() for tf, live in sizes)


def transition(r: Reader) -> Transition:
    return Transition(
        origin=r.origin,
        days=r.number(tf="days", cfn="TransitionInDays", live="Days"),
        date=r.text(tf="date", cfn="TransitionDate", live="Date"),
        storage_class=r.text(tf="storage_class", cfn="StorageClass", live="StorageClass"),
    )


def object_lock(r: Reader) -> ObjectLock:
    return ObjectLock(
        origin=r.origin,
        mode=r.text(tf="mode", cfn="Mode", live="Mode"),
        days=r.number(tf="days", cfn="Days", live="Days"),
        years=r.number(tf="years", cfn="Years", live="Years"),
    )


_SATELLITES = (
    "accelerate_configuration",
    "acl",
    "lifecycle_configuration",
    "logging",
    "notification",
    "object_lock_configuration",
    "ownership_controls",
    "policy",
    "public_access_block",
    "replication_configuration",
    "server_side_encryption_configuration",
    "versioning",
)

BUCKET = Lowering(
    model=Bucket,
    noun="bucket",
    types={"tf": ("aws_s3_bucket",), "cfn": ("AWS::S3::Bucket",), "live": ("s3.bucket",)},
    lower=bucket,
    identity={"tf": ("bucket", "id"), "cfn": ("BucketName",), "live": ("name",)},
    short_name=bucket_name,
    stands_for={f"aws_s3_bucket_{name}": "bucket" for name in _SATELLITES},
)
