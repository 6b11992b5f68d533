"""Trails, event data stores and their selectors."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.typed import cast
from guardrails.kernel.value import Reference, Value
from guardrails.lower.aws.names import store_name, trail_name
from guardrails.lower.reader import Cannot, FirstOf, Reader
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import (
    AdvancedEventSelector,
    AuditTrail,
    Bucket,
    DataResource,
    EncryptionKey,
    EventDataStore,
    EventSelector,
    FieldSelector,
    InsightSelector,
    LogGroup,
    Role,
    Topic,
)

_UNSEEN = Cannot("code does not say how deliveries go")


def audit_trail(r: Reader) -> AuditTrail:
    return AuditTrail(
        **identity(
            r,
            r.text(tf="name", cfn="TrailName", live="trail.Name"),
            protected(r),
        ),
        logging=r.flag(tf="enable_logging", cfn="IsLogging", live="status.IsLogging", default=True),
        multi_region=r.flag(
            tf="is_multi_region_trail", cfn="IsMultiRegionTrail", live="trail.IsMultiRegionTrail", default=False
        ),
        global_events=r.flag(
            tf="include_global_service_events",
            cfn="IncludeGlobalServiceEvents",
            live="trail.IncludeGlobalServiceEvents",
            default=True,
        ),
        log_validation=r.flag(
            tf="enable_log_file_validation",
            cfn="EnableLogFileValidation",
            live="trail.LogFileValidationEnabled",
            default=False,
        ),
        organization=r.flag(
            tf="is_organization_trail", cfn="IsOrganizationTrail", live="trail.IsOrganizationTrail", default=False
        ),
        prefix=r.text(tf="s3_key_prefix", cfn="S3KeyPrefix", live="trail.S3KeyPrefix"),
        key=r.link(EncryptionKey, tf="kms_key_id", cfn="KMSKeyId", live="trail.KmsKeyId", noun="KMS key"),
        bucket=r.link(
            Bucket,
            tf="s3_bucket_name",
            cfn="S3BucketName",
            live="trail.S3BucketName",
            noun="log bucket",
            required=True,
        ),
        log_group=r.link(
            LogGroup,
            tf="cloud_watch_logs_group_arn",
            cfn="CloudWatchLogsLogGroupArn",
            live="trail.CloudWatchLogsLogGroupArn",
            noun="log group",
        ),
        log_group_arn=r.text(
            tf="cloud_watch_logs_group_arn", cfn="CloudWatchLogsLogGroupArn", live="trail.CloudWatchLogsLogGroupArn"
        ),
        log_group_wildcard=_wildcard(r),
        role=r.link(
            Role,
            tf="cloud_watch_logs_role_arn",
            cfn="CloudWatchLogsRoleArn",
            live="trail.CloudWatchLogsRoleArn",
            noun="delivery role",
        ),
        role_arn=r.text(
            tf="cloud_watch_logs_role_arn", cfn="CloudWatchLogsRoleArn", live="trail.CloudWatchLogsRoleArn"
        ),
        topic=r.link(
            Topic,
            tf="sns_topic_name",
            cfn="SnsTopicName",
            live=FirstOf(("trail.SnsTopicARN", "trail.SnsTopicName")),
            noun="topic",
        ),
        topic_name=r.text(
            tf="sns_topic_name", cfn="SnsTopicName", live=FirstOf(("trail.SnsTopicARN", "trail.SnsTopicName"))
        ),
        selectors=r.each(
            event_selector,
            tf="event_selector",
            cfn="EventSelectors",
            live="selectors.EventSelectors",
            noun="event selector",
        ),
        advanced_selectors=r.each(
            advanced_event_selector,
            tf="advanced_event_selector",
            cfn="AdvancedEventSelectors",
            live="selectors.AdvancedEventSelectors",
            noun="advanced event selector",
        ),
        insights=r.each(
            insight_selector,
            tf="insight_selector",
            cfn="InsightSelectors",
            live="insights.InsightSelectors",
            noun="Insights selector",
        ),
        started_at=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.StartLoggingTime"),
        delivered_at=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestDeliveryTime"),
        delivery_error=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestDeliveryError"),
        digest_delivered_at=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestDigestDeliveryTime"),
        digest_error=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestDigestDeliveryError"),
        log_group_delivered_at=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestCloudWatchLogsDeliveryTime"),
        log_group_error=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestCloudWatchLogsDeliveryError"),
        notification_error=r.text(tf=_UNSEEN, cfn=_UNSEEN, live="status.LatestNotificationError"),
        tags=tags(r),
        tag_names=Many(
            lambda: _tag_names(r), owner=r.origin.named("Tags" if r.dialect == "cfn" else "tags"), noun="tag"
        ),
        account=r.world.account,
    )


def _wildcard(r: Reader) -> Value[bool]:
    """Terraform's log group has its ARN without `:*`, a template's and the API's with it."""
    arn = r.text(
        tf="cloud_watch_logs_group_arn", cfn="CloudWatchLogsLogGroupArn", live="trail.CloudWatchLogsLogGroupArn"
    )
    if arn.parts and isinstance(arn.parts[-1], str):
        return Value.of(arn.parts[-1].endswith(":*"), arn.origin)
    if arn.parts and isinstance(arn.parts[-1], Reference) and arn.parts[-1].type == "AWS::Logs::LogGroup":
        return Value.of(arn.parts[-1].path == ("Arn",), arn.origin)
    if arn.reference is not None and arn.reference.path == ("arn",) and r.dialect == "tf":
        return Value.of(False, arn.origin)
    if arn.reference is not None and arn.reference.path == ("Arn",) and arn.reference.type == "AWS::Logs::LogGroup":
        return Value.of(True, arn.origin)
    return arn.map(lambda text: text.endswith(":*"))


def _tag_names(r: Reader) -> Many[Value[str]]:
    """Names of all tags; a mapping in Terraform, a list of keys and values elsewhere."""
    if r.dialect != "tf":
        return r.blocks(tf="", cfn="Tags", live="tags").through(
            lambda tag: Many.of(Reader(tag, r.dialect, r.raw, r.world).text(tf="", cfn="Key", live="Key"))
        )
    written = r.blocks(tf="tags_all", cfn="", live="")
    names = written.through(
        lambda all_tags: Many.of(*(Value.of(name, all_tags.origin.named("tags")) for name in all_tags.names()))
    )
    return Many(names.members(), names.gaps, owner=written.owner)


def tags(r: Reader) -> Value[dict[str, object]]:
    """All tags by name; the Terraform source adds the provider's default tags as `tags_all`."""
    found = r.value(tf="tags_all", cfn="Tags", live="tags").map(_by_name)
    return cast("Value[dict[str, object]]", found).or_default({})


def _by_name(content: object) -> object:
    if not isinstance(content, list):
        return content
    return {tag["Key"]: tag.get("Value") for tag in content if isinstance(tag, dict) and "Key" in tag}


def event_selector(r: Reader) -> EventSelector:
    return EventSelector(
        origin=r.origin,
        read_write=r.text(tf="read_write_type", cfn="ReadWriteType", live="ReadWriteType", default="All"),
        management=r.flag(
            tf="include_management_events",
            cfn="IncludeManagementEvents",
            live="IncludeManagementEvents",
            default=True,
        ),
        excluded_sources=r.texts(
            tf="exclude_management_event_sources",
            cfn="ExcludeManagementEventSources",
            live="ExcludeManagementEventSources",
        ),
        data=r.each(data_resource, tf="data_resource", cfn="DataResources", live="DataResources", noun="data resource"),
    )


def data_resource(r: Reader) -> DataResource:
    return DataResource(
        origin=r.origin,
        type=r.text(tf="type", cfn="Type", live="Type"),
        values=r.texts(tf="values", cfn="Values", live="Values"),
    )


def advanced_event_selector(r: Reader) -> AdvancedEventSelector:
    return AdvancedEventSelector(
        origin=r.origin,
        name=r.text(tf="name", cfn="Name", live="Name"),
        fields=r.each(
            field_selector, tf="field_selector", cfn="FieldSelectors", live="FieldSelectors", noun="field selector"
        ),
    )


def field_selector(r: Reader) -> FieldSelector:
    return FieldSelector(
        origin=r.origin,
        field=r.text(tf="field", cfn="Field", live="Field"),
        equals=r.texts(tf="equals", cfn="Equals", live="Equals"),
        not_equals=r.texts(tf="not_equals", cfn="NotEquals", live="NotEquals"),
        starts_with=r.texts(tf="starts_with", cfn="StartsWith", live="StartsWith"),
        not_starts_with=r.texts(tf="not_starts_with", cfn="NotStartsWith", live="NotStartsWith"),
        ends_with=r.texts(tf="ends_with", cfn="EndsWith", live="EndsWith"),
        not_ends_with=r.texts(tf="not_ends_with", cfn="NotEndsWith", live="NotEndsWith"),
    )


def insight_selector(r: Reader) -> InsightSelector:
    return InsightSelector(
        origin=r.origin,
        type=r.text(tf="insight_type", cfn="InsightType", live="InsightType"),
        categories=r.texts(tf="event_categories", cfn="EventCategories", live="EventCategories"),
    )


def event_data_store(r: Reader) -> EventDataStore:
    return EventDataStore(
        **identity(
            r,
            r.text(tf="name", cfn="Name", live="store.Name"),
            protected(r),
        ),
        ingesting=_ingesting(r),
        multi_region=r.flag(
            tf="multi_region_enabled", cfn="MultiRegionEnabled", live="store.MultiRegionEnabled", default=True
        ),
        organization=r.flag(
            tf="organization_enabled", cfn="OrganizationEnabled", live="store.OrganizationEnabled", default=False
        ),
        termination_protected=r.flag(
            tf="termination_protection_enabled",
            cfn="TerminationProtectionEnabled",
            live="store.TerminationProtectionEnabled",
            default=True,
        ),
        retention_days=_retention_days(r),
        key=r.link(EncryptionKey, tf="kms_key_id", cfn="KmsKeyId", live="store.KmsKeyId", noun="KMS key"),
        advanced_selectors=r.each(
            advanced_event_selector,
            tf="advanced_event_selector",
            cfn="AdvancedEventSelectors",
            live="store.AdvancedEventSelectors",
            noun="advanced event selector",
        ),
        account=r.world.account,
    )


_INGESTING = ("CREATED", "ENABLED", "STARTING_INGESTION")


def _ingesting(r: Reader) -> Value[bool]:
    """Terraform says whether it is suspended, a template whether it is not, the API what state it is in."""
    if r.dialect == "live":
        return r.text(tf="", cfn="", live="store.Status").map(lambda status: status in _INGESTING)
    if r.dialect == "cfn":
        return r.flag(tf="", cfn="IngestionEnabled", live="", default=True)
    return r.flag(tf="suspend", cfn="", live="", default=False).map(lambda suspended: not suspended)


def _retention_days(r: Reader) -> Value[int]:
    """What is not said: seven years in Terraform; elsewhere what the way of billing brings with it."""
    days = r.number(tf="retention_period", cfn="RetentionPeriod", live="store.RetentionPeriod")
    if r.dialect == "tf":
        return days.or_default(2555)
    billing = r.text(tf="", cfn="BillingMode", live="store.BillingMode", default="EXTENDABLE_RETENTION_PRICING")
    if not days.settled or days.or_none() is not None:
        return days
    return billing.map(lambda mode: 2557 if mode == "FIXED_RETENTION_PRICING" else 366)


TRAIL = Lowering(
    model=AuditTrail,
    noun="trail",
    types={"tf": ("aws_cloudtrail",), "cfn": ("AWS::CloudTrail::Trail",), "live": ("cloudtrail.trail",)},
    lower=audit_trail,
    identity={"tf": ("name",), "cfn": ("TrailName",), "live": ("arn",)},
    short_name=trail_name,
)
STORE = Lowering(
    model=EventDataStore,
    noun="event data store",
    types={
        "tf": ("aws_cloudtrail_event_data_store",),
        "cfn": ("AWS::CloudTrail::EventDataStore",),
        "live": ("cloudtrail.store",),
    },
    lower=event_data_store,
    identity={"tf": ("name",), "cfn": ("Name",), "live": ("arn",)},
    short_name=store_name,
)
