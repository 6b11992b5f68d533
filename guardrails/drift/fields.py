"""Which attributes of a resource are compared, and by what their texts mean the same.

Whatever is not compared says why: a test holds the two tables against the fields of every kind of resource.
"""

from __future__ import annotations

import json

from guardrails.model import (
    AccountPublicAccessBlock,
    AuditTrail,
    Bucket,
    CallLookup,
    CompositeAlarm,
    ConfigRecorder,
    DelegatedAdministrator,
    DeliveryChannel,
    Detector,
    DetectorOrganization,
    EncryptionKey,
    EventBus,
    EventDataStore,
    EventRule,
    Group,
    Guarded,
    Identity,
    LogAccessPolicy,
    LogGroup,
    LogSubscription,
    ManagedPolicy,
    MetricAlarm,
    MetricFilter,
    MonitoringShare,
    MuteRule,
    Organization,
    OrganizationPolicy,
    PermissionSet,
    Role,
    SecurityHub,
    SecurityHubOrganization,
    SecurityStandard,
    Subscription,
    Topic,
    User,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.model.resource import Resource

_IDENTITY = ("policies", "boundary", "trust", "groups")
_ALARM = ("actions_enabled", "actions")
COMPARED: dict[type[Resource], tuple[str, ...]] = {
    AuditTrail: (
        *("logging", "multi_region", "global_events", "log_validation", "organization", "prefix", "bucket", "key"),
        *("log_group", "role", "topic", "selectors", "advanced_selectors", "insights", "tag_names"),
    ),
    EventDataStore: (
        *("ingesting", "multi_region", "organization", "termination_protected", "retention_days", "key"),
        "advanced_selectors",
    ),
    Bucket: (
        *("policy", "public_access_block", "acl", "ownership", "lifecycle", "object_lock", "object_lock_enabled"),
        *("versioned", "mfa_delete", "encryption", "replication", "access_log_target", "access_log_prefix"),
        "notifications",
    ),
    AccountPublicAccessBlock: ("settings",),
    LogGroup: ("retention_days", "key", "deletion_protected", "log_class"),
    EncryptionKey: ("enabled", "rotation", "policy", "grants"),
    Role: _IDENTITY,
    User: _IDENTITY,
    Group: _IDENTITY,
    PermissionSet: _IDENTITY,
    ManagedPolicy: _IDENTITY,
    Topic: ("policy", "key"),
    MetricFilter: (
        *("log_group", "pattern", "on_transformed", "selection", "namespace", "metric_name", "value", "default"),
        *("unit", "dimensions"),
    ),
    MetricAlarm: (
        *_ALARM,
        *("namespace", "metric_name", "dimensions", "statistic", "period", "evaluation_periods"),
        *("datapoints_to_alarm", "threshold", "threshold_band", "comparison", "missing_data", "unit", "queries"),
    ),
    CompositeAlarm: (*_ALARM, "rule", "suppressor"),
    MuteRule: ("alarm_names",),
    EventRule: ("bus", "state", "pattern", "schedule", "targets"),
    EventBus: ("policy",),
    Subscription: ("topic", "protocol", "endpoint", "filter_policy", "filter_scope"),
    LogSubscription: ("log_group", "selection", "pattern", "on_transformed", "destination"),
    Detector: ("enabled", "features", "publishing_frequency"),
    DetectorOrganization: ("members",),
    ConfigRecorder: ("recording", "all_supported", "global_types", "types", "excluded_types", "role", "channels"),
    DeliveryChannel: ("bucket",),
    SecurityHub: (),
    SecurityStandard: ("standard", "switched_on"),
    SecurityHubOrganization: ("auto_enable", "configured_centrally"),
    LogAccessPolicy: ("policy",),
    MonitoringShare: ("policy", "sink"),
    Organization: ("all_features", "trusted_services"),
    OrganizationPolicy: ("kind", "document", "attachments"),
    DelegatedAdministrator: ("account_id", "service"),
}

_DERIVED = "it is worked out of other resources, which are compared themselves"
_LIVE = "code says nothing of it"
_CODE = "an account says nothing of it"
NOT_COMPARED: dict[str, str] = {
    "account": "what it is part of",
    "accepted": _DERIVED,
    "accepts_trails": _DERIVED,
    "access_log_bucket": "the bucket behind the name is compared",
    "access_log_sources": _DERIVED,
    "account_wide": "the selection says it",
    "active": "code says when alarms are muted, not whether they are now",
    "alarms": _DERIVED,
    "alias": "resources are told apart by it",
    "arn": "resources are told apart by it",
    "buckets": _DERIVED,
    "composites": _DERIVED,
    "confirmed": _LIVE,
    "customer_managed": _DERIVED,
    "declared_audit": "the configuration says it",
    "default_standards": _CODE,
    "deletion_window_days": _CODE,
    "delivered_at": _LIVE,
    "delivery_error": _LIVE,
    "digest_delivered_at": _LIVE,
    "digest_error": _LIVE,
    "document": "the pattern is compared",
    "force_destroy": _CODE,
    "held": _DERIVED,
    "kind": "resources are told apart by it",
    "last_status": _LIVE,
    "lockout_check": _CODE,
    "log_group_arn": "the log group behind it is compared",
    "log_group_delivered_at": _LIVE,
    "log_group_error": _LIVE,
    "log_group_wildcard": "the log group behind it is compared",
    "log_groups": _DERIVED,
    "made_subscriptions": _DERIVED,
    "managed_by": "a service makes it, nobody declares it",
    "metric_filters": _DERIVED,
    "mutes": _DERIVED,
    "notification_error": _LIVE,
    "organization": _DERIVED,
    "other_sources": _DERIVED,
    "publishers": _DERIVED,
    "role_arn": "the role behind it is compared",
    "rotatable": _DERIVED,
    "rules": _DERIVED,
    "seen_policies": _DERIVED,
    "shares": _DERIVED,
    "service_linked": _DERIVED,
    "standards": _DERIVED,
    "started_at": _LIVE,
    "stores": _DERIVED,
    "strategy": "AWS writes down what was not said",
    "subscription_filters": _DERIVED,
    "subscriptions": _DERIVED,
    "tags": "the names of tags are compared",
    "topic_name": "the topic behind it is compared",
    "topics": _DERIVED,
    "trails": _DERIVED,
    "written": _DERIVED,
}
"""Field → why it is not compared, wherever it is not in COMPARED."""
OTHER_VIEWS: frozenset[type[Resource]] = frozenset((CallLookup, Guarded, Identity))
"""Kinds whose resources are compared as another kind, or that nobody makes: what was called lately."""


def filter_meaning(text: str) -> object:
    """A filter pattern with everything left out that makes no difference: order, brackets, spaces, quotes."""
    from guardrails.semantics.filter_patterns import PatternFault, parse
    from guardrails.semantics.filters.syntax import AllOf, AnyOf, Comparison, written

    def meaning(node: object) -> object:
        if isinstance(node, AllOf | AnyOf):
            return type(node).__name__, frozenset(map(meaning, node.parts))
        return written(node) if isinstance(node, Comparison) else node

    found = parse(text)
    if isinstance(found, PatternFault) or found.doubts:
        return spaced(text)
    content = found.content
    return meaning(content) if isinstance(content, AllOf | AnyOf | Comparison) else content.written()


def json_meaning(text: str) -> object:
    """A JSON document without the order of members, and of the values of a list, which no pattern tells apart."""
    try:
        return _unordered(json.loads(text))
    except ValueError:
        return text


def _unordered(content: object) -> object:
    if isinstance(content, dict):
        return frozenset((name, _unordered(value)) for name, value in content.items())
    if isinstance(content, list):
        return "list", frozenset(map(_unordered, content))
    return type(content).__name__, content


def spaced(text: str) -> object:
    """A text in which spaces, and how many, make no difference."""
    return " ".join(text.split())


MEANINGS: dict[tuple[type[Resource], str], Callable[[str], object]] = {
    (MetricFilter, "pattern"): filter_meaning,
    (LogSubscription, "pattern"): filter_meaning,
    (EventRule, "pattern"): json_meaning,
    (Subscription, "filter_policy"): json_meaning,
    (CompositeAlarm, "rule"): spaced,
}
"""By what two texts are the same, where more of them are than those with equal letters."""
