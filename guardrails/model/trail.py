"""What records API activity: trails, event data stores and their selectors."""

from __future__ import annotations

from guardrails.kernel.record import Noun
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.model.account import Account
    from guardrails.model.identity import Role
    from guardrails.model.logs import LogGroup
    from guardrails.model.security import EncryptionKey, Topic
    from guardrails.model.storage import Bucket


class DataResource(Noun):
    """One data resource of a basic event selector: a type, and the ARNs or ARN prefixes it covers."""

    origin: Origin
    type: Value[str]
    values: Many[Value[str]]


class EventSelector(Noun):
    """A basic event selector."""

    origin: Origin
    read_write: Value[str]
    """`All` (the default), `ReadOnly` or `WriteOnly`."""
    management: Value[bool]
    excluded_sources: Many[Value[str]]
    data: Many[DataResource]


class FieldSelector(Noun):
    """One field of an advanced event selector: values of `equals`, `starts_with`, `ends_with` are alternatives, those
    of the `not_` operators all exclude."""

    origin: Origin
    field: Value[str]
    equals: Many[Value[str]]
    not_equals: Many[Value[str]]
    starts_with: Many[Value[str]]
    not_starts_with: Many[Value[str]]
    ends_with: Many[Value[str]]
    not_ends_with: Many[Value[str]]


class AdvancedEventSelector(Noun):
    """An advanced event selector: all its fields must match."""

    origin: Origin
    name: Value[str]
    fields: Many[FieldSelector]


class InsightSelector(Noun):
    """One kind of CloudTrail Insights, and the event categories it analyses (Management where none is given)."""

    origin: Origin
    type: Value[str]
    categories: Many[Value[str]]


class AuditTrail(Resource):
    """A trail: records events of an account or organization and delivers them."""

    logging: Value[bool]
    multi_region: Value[bool]
    global_events: Value[bool]
    log_validation: Value[bool]
    organization: Value[bool]
    """Whether it is an organization trail."""
    prefix: Value[str]
    """Key prefix in the bucket, before `AWSLogs/`; not set for none."""
    key: Many[EncryptionKey]
    bucket: Many[Bucket]
    log_group: Many[LogGroup]
    log_group_arn: Value[str]
    log_group_wildcard: Value[bool]
    """Whether the log group's ARN is given with the `:*` that CloudTrail requires; not set where no group is."""
    role: Many[Role]
    """The role that CloudTrail assumes to write to the log group."""
    role_arn: Value[str]
    topic: Many[Topic]
    topic_name: Value[str]
    selectors: Many[EventSelector]
    advanced_selectors: Many[AdvancedEventSelector]
    insights: Many[InsightSelector]
    started_at: Value[str]
    """When it last began to log. This and the points in time below are texts like 2027-01-31T12:00:00Z."""
    delivered_at: Value[str]
    """When it last delivered log files to its bucket; not set where it never did."""
    delivery_error: Value[str]
    """What S3 answered to the last delivery of log files: `NoSuchBucket`, `AccessDenied`; not set after a good one."""
    digest_delivered_at: Value[str]
    digest_error: Value[str]
    """The same for digest files."""
    log_group_delivered_at: Value[str]
    log_group_error: Value[str]
    """The same for events that go to the log group."""
    notification_error: Value[str]
    """What SNS answered when CloudTrail last announced log files; not set where that went well."""
    tags: Value[dict[str, object]]
    """All tags, the provider's default tags included; never unset, empty for none."""
    tag_names: Many[Value[str]]
    """Their names, known even where a tag's value is not."""
    account: Account
    """What else is deployed with it."""


class EventDataStore(Resource):
    """A CloudTrail Lake event data store."""

    ingesting: Value[bool]
    multi_region: Value[bool]
    organization: Value[bool]
    termination_protected: Value[bool]
    retention_days: Value[int]
    key: Many[EncryptionKey]
    advanced_selectors: Many[AdvancedEventSelector]
    account: Account
    """What else is deployed with it."""
