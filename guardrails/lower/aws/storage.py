"""S3 buckets, with what newer provider versions write in resources of their own."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import Verdict, any_of
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.lower.aws.documents import evidence
from guardrails.lower.aws.exposure import acls, ownership, public_access_blocks
from guardrails.lower.aws.names import bucket_name
from guardrails.lower.aws.one_policy import one_policy
from guardrails.lower.reader import Cannot, FirstOf, Reader, Satellite, declared
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import (
    AuditTrail,
    Bucket,
    BucketEncryption,
    EncryptionKey,
    LifecycleRule,
    ObjectLock,
    ReplicationRule,
    Resource,
    Transition,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.truth import Truth
    from guardrails.model import BucketNotification

_NEVER = Cannot("not written so")
_OTHER_SOURCES = {
    "tf": (
        ("aws_config_delivery_channel", "s3_bucket_name"),
        ("aws_flow_log", "log_destination"),
        ("aws_route53_resolver_query_log_config", "destination_arn"),
    ),
    "cfn": (
        ("AWS::Config::DeliveryChannel", "S3BucketName"),
        ("AWS::EC2::FlowLog", "LogDestination"),
        ("AWS::Route53Resolver::ResolverQueryLoggingConfig", "DestinationArn"),
    ),
    "live": (
        ("config.delivery_channel", "s3BucketName"),
        ("ec2.flow_log", "LogDestination"),
        ("route53resolver.query_log_config", "DestinationArn"),
    ),
}


def bucket(r: Reader) -> Bucket:
    name = r.text(tf="bucket", cfn="BucketName", live="bucket.Name")
    policy = one_policy(
        r,
        tf=Satellite("aws_s3_bucket_policy", "bucket", "policy", inline="policy"),
        cfn=Satellite("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),
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
        public_access_block=public_access_blocks(r),
        acl=acls(r),
        ownership=later(lambda: ownership(r)),
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
        object_lock_enabled=later(lambda: _object_lock_enabled(r)),
        versioned=later(
            lambda: _versioning(
                r,
                r.text(tf=_versions("status"), cfn="VersioningConfiguration.Status", live="versioning.Status"),
                "enabled",
            )
        ),
        mfa_delete=later(
            lambda: _versioning(
                r,
                r.text(
                    tf=_versions("mfa_delete"),
                    cfn=Cannot("templates cannot ask for a second factor"),
                    live="versioning.MFADelete",
                ),
                "mfa_delete",
            )
        ),
        encryption=r.each(
            encryption,
            tf=Satellite(
                "aws_s3_bucket_server_side_encryption_configuration",
                "bucket",
                "rule.apply_server_side_encryption_by_default",
                inline="server_side_encryption_configuration.rule.apply_server_side_encryption_by_default",
            ),
            cfn="BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault",
            live="encryption.Rules.ApplyServerSideEncryptionByDefault",
            noun="default encryption",
        ),
        replication=r.each(
            replication_rule,
            tf=Satellite(
                "aws_s3_bucket_replication_configuration", "bucket", "rule", inline="replication_configuration.rules"
            ),
            cfn="ReplicationConfiguration.Rules",
            live="replication.Rules",
            noun="replication rule",
        ),
        force_destroy=later(lambda: _force_destroy(r)),
        access_log_bucket=later(lambda: _access_log_bucket(r)),
        access_log_target=Many(
            lambda: r.world.linked(Bucket, _access_log_bucket(r), "bucket for access logs"),
            noun="bucket for access logs",
        ),
        access_log_prefix=later(
            lambda: r.text(
                tf=Satellite("aws_s3_bucket_logging", "bucket", "target_prefix", inline="logging.target_prefix"),
                cfn="LoggingConfiguration.LogFilePrefix",
                live="logging.TargetPrefix",
            )
        ),
        access_log_sources=_access_log_sources(r),
        notifications=Many(lambda: _notifications(r), owner=r.origin, noun="notification"),
        trails=r.world.pointing_at(AuditTrail, r.raw, lambda trail: trail.bucket),
        other_sources=_other_sources(r),
        declared_audit=declared(r.world.context.audit_buckets, name, "bucket"),
        accepts_trails=later(lambda: evidence(policy, "s3:PutObject")),
        account=r.world.account,
    )


def _notifications(r: Reader) -> Many[BucketNotification]:
    from guardrails.lower.aws.receivers import notifications

    return notifications(r)


def _access_log_bucket(r: Reader) -> Value[str]:
    """In a template a configuration that names no bucket means the bucket itself."""
    if r.dialect == "cfn" and r.outside is None:
        said = r.text(tf="", cfn="LoggingConfiguration.DestinationBucketName", live="")
        configured = r.blocks(tf="", cfn="LoggingConfiguration", live="").members()
        if not configured or not said.settled or said.or_none() is not None:
            return said
        itself = Reason(Why.AFTER_APPLY, "it logs to itself", origin=configured[0][0].origin)
        own = Reference(r.raw.address, ("Ref",), r.raw.type)
        return Value.unknown((itself,), configured[0][0].origin, present=True, reference=own)
    return r.text(
        tf=Satellite("aws_s3_bucket_logging", "bucket", "target_bucket", inline="logging.target_bucket"),
        cfn="LoggingConfiguration.DestinationBucketName",
        live="logging.TargetBucket",
    )


_LOGGED_INLINE = {
    "tf": ("aws_s3_bucket", "logging.target_bucket"),
    "cfn": ("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName"),
    "live": ("s3.bucket", "logging.TargetBucket"),
}


def _access_log_sources(r: Reader) -> Many[Bucket]:
    """The buckets that were seen to log here, and why others may."""

    def found() -> Many[Bucket]:
        sources: list[tuple[Bucket, Truth]] = []
        missing: tuple[Reason, ...] = ()
        if r.dialect == "tf":
            beside, missing = r.world.attached("aws_s3_bucket_logging", "target_bucket", r.raw).loaded()
            for raw, exists in beside:
                name = Reader(raw.block, raw.dialect, raw, r.world).text(tf="bucket", cfn="", live="")
                linked = r.world.linked(Bucket, name, "bucket").members()
                sources += [(source, exists & also) for source, also in linked]
        within, also_missing = r.world.attached(*_LOGGED_INLINE[r.dialect], r.raw).loaded()
        if within:
            buckets = {bucket.address: bucket for bucket, _ in r.world.all(Bucket).members()}
            sources += [(buckets[raw.address], exists) for raw, exists in within]
        return Many(tuple(sources), tuple(dict.fromkeys((*missing, *also_missing))))

    return Many(found, owner=r.origin, noun="bucket that logs here")


def _versions(attribute: str) -> Satellite:
    return Satellite("aws_s3_bucket_versioning", "bucket", f"versioning_configuration.{attribute}")


def _versioning(r: Reader, said: Value[str], inline: str) -> Value[bool]:
    """`Enabled` in a resource of its own and in the API; `versioning.INLINE = true` in the bucket itself."""
    if r.dialect == "tf" and not (said.settled and said.or_none() is not None):
        written = r.flag(tf=f"versioning.{inline}", cfn=_NEVER, live=_NEVER)
        if not written.settled or written.or_none() is not None:
            return written.or_default(False)
    return said.or_default("Disabled").map(lambda status: status == "Enabled")


def _object_lock_enabled(r: Reader) -> Value[bool]:
    """Said in the bucket; or switched on by a configuration beside it, whose own default is to do so."""
    said = r.value(
        tf=FirstOf(("object_lock_enabled", "object_lock_configuration.object_lock_enabled")),
        cfn=FirstOf(("ObjectLockEnabled", "ObjectLockConfiguration.ObjectLockEnabled")),
        live="object_lock.ObjectLockEnabled",
    ).map(lambda text: text in (True, "true", "Enabled"))
    if r.dialect != "tf" or said.or_none() is True:
        return said.or_default(False)
    members, gaps = r.world.attached("aws_s3_bucket_object_lock_configuration", "bucket", r.raw).loaded()
    if gaps:
        return Value.unknown(gaps, r.origin.named("object_lock_enabled"))
    for raw, exists in members:
        on: Value[bool] = Value.of(True, raw.block.origin.as_default("object_lock_enabled"))
        if exists.verdict is Verdict.TRUE:
            return on
        return Value.one_of((on, Value.of(False, r.origin)), exists.reasons, raw.block.origin)
    return said.or_default(False)


def _force_destroy(r: Reader) -> Value[bool]:
    """CloudFormation refuses to delete a bucket that is not empty."""
    if r.dialect == "cfn":
        return Value.of(False, r.origin)
    return r.flag(
        tf="force_destroy", cfn=_NEVER, live=Cannot("an account has no code that could delete it"), default=False
    )


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
        transitions=_transitions(r),
    )


def _transitions(r: Reader) -> Many[Transition]:
    """A template may hold a single one under a name of its own."""
    found = r.each(transition, tf="transition", cfn="Transitions", live="Transitions", noun="lifecycle transition")
    if r.dialect != "cfn":
        return found
    return found.and_also(r.each(transition, tf="", cfn="Transition", live=""))


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
        ("tags", ""),  # of older provider versions
    )
    return any_of(r.value(tf=tf, cfn="", live=live).is_set() for tf, live in sizes if r.dialect == "tf" or live)


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


def encryption(r: Reader) -> BucketEncryption:
    return BucketEncryption(
        origin=r.origin,
        algorithm=r.text(tf="sse_algorithm", cfn="SSEAlgorithm", live="SSEAlgorithm"),
        key=r.link(EncryptionKey, tf="kms_master_key_id", cfn="KMSMasterKeyID", live="KMSMasterKeyID", noun="KMS key"),
    )


def replication_rule(r: Reader) -> ReplicationRule:
    """`aws_s3_bucket_replication_configuration.rule`, and the inline `rules` of older provider versions."""
    return ReplicationRule(
        origin=r.origin,
        enabled=r.text(tf="status", cfn="Status", live="Status").map(lambda said: said == "Enabled").or_default(False),
        prefix=r.text(
            tf=FirstOf(("filter.prefix", "filter.and.prefix", "prefix")),
            cfn=FirstOf(("Filter.Prefix", "Filter.And.Prefix", "Prefix")),
            live=FirstOf(("Filter.Prefix", "Filter.And.Prefix", "Prefix")),
        ),
        narrowed=any_of(
            r.value(tf=tf, cfn=cfn, live=live).is_set()
            for tf, cfn, live in (
                ("filter.tag.key", "Filter.TagFilter.Key", "Filter.Tag.Key"),
                ("filter.and.tags", "Filter.And.TagFilters", "Filter.And.Tags"),
            )
        ),
        destination=r.link(
            Bucket,
            tf="destination.bucket",
            cfn="Destination.Bucket",
            live="Destination.Bucket",
            noun="bucket for copies",
        ),
        destination_account=r.text(
            tf=FirstOf(("destination.account", "destination.account_id")),
            cfn="Destination.Account",
            live="Destination.Account",
        ),
        delete_markers=_delete_markers(r),
    )


def _delete_markers(r: Reader) -> Value[bool]:
    """Rules without a filter are of the first version, which repeats deletions unless told otherwise."""
    said = r.text(
        tf=FirstOf(("delete_marker_replication.status", "delete_marker_replication_status")),
        cfn="DeleteMarkerReplication.Status",
        live="DeleteMarkerReplication.Status",
    ).map(lambda status: status == "Enabled")
    first_version = r.blocks(tf="filter", cfn="Filter", live="Filter").is_empty()
    if first_version.verdict is not Verdict.UNKNOWN:
        return said.or_default(first_version.verdict is Verdict.TRUE)
    if said.settled and said.or_none() is None:
        return Value.unknown(first_version.reasons, said.origin)
    return said


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
    stands_for={**{f"aws_s3_bucket_{name}": "bucket" for name in _SATELLITES}, "AWS::S3::BucketPolicy": "Bucket"},
)
