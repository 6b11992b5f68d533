"""Which call of the API answers what the `live` cells read, and what the answer looks like as botocore describes it.

A resource of an account is an object of answers. By type, and by the first step of a path below it, the places that the
answer comes from: `service.Operation:path`, the path through lists without a word. The step "" is the resource itself,
whose members are those of an answer. A place with `<` instead of `:` is a parameter of the call, which no answer
repeats.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.model import ServiceModel  # type: ignore[import-untyped]  # as above

if TYPE_CHECKING:
    from collections.abc import Iterator

_IAM = "iam.GetAccountAuthorizationDetails"
_SSO = "sso-admin"
CALLS: dict[str, dict[str, tuple[str, ...]]] = {
    "cloudtrail.trail": {
        "arn": ("cloudtrail.DescribeTrails:trailList.TrailARN",),
        "trail": ("cloudtrail.DescribeTrails:trailList",),
        "status": ("cloudtrail.GetTrailStatus:",),
        "selectors": ("cloudtrail.GetEventSelectors:",),
        "insights": ("cloudtrail.GetInsightSelectors:",),
        "tags": ("cloudtrail.ListTags:ResourceTagList.TagsList",),
    },
    "cloudtrail.lookup": {
        "EventName": ("cloudtrail.LookupEvents<LookupAttributes.AttributeValue",),
        "": ("cloudtrail.LookupEvents:",),
    },
    "cloudtrail.store": {
        "arn": ("cloudtrail.GetEventDataStore:EventDataStoreArn",),
        "store": ("cloudtrail.GetEventDataStore:",),
    },
    "s3.bucket": {
        "name": ("s3.ListBuckets:Buckets.Name",),
        "bucket": ("s3.ListBuckets:Buckets",),
        "policy": ("s3.GetBucketPolicy:Policy",),
        "public_access_block": ("s3.GetPublicAccessBlock:PublicAccessBlockConfiguration",),
        "acl": ("s3.GetBucketAcl:",),
        "ownership": ("s3.GetBucketOwnershipControls:OwnershipControls",),
        "versioning": ("s3.GetBucketVersioning:",),
        "object_lock": ("s3.GetObjectLockConfiguration:ObjectLockConfiguration",),
        "encryption": ("s3.GetBucketEncryption:ServerSideEncryptionConfiguration",),
        "lifecycle": ("s3.GetBucketLifecycleConfiguration:",),
        "replication": ("s3.GetBucketReplication:ReplicationConfiguration",),
        "logging": ("s3.GetBucketLogging:LoggingEnabled",),
        "notification": ("s3.GetBucketNotificationConfiguration:",),
    },
    "s3control.public_access_block": {
        "account_id": ("s3control.GetPublicAccessBlock<AccountId",),
        "": ("s3control.GetPublicAccessBlock:PublicAccessBlockConfiguration",),
    },
    "logs.group": {
        "arn": ("logs.DescribeLogGroups:logGroups.logGroupArn",),
        "group": ("logs.DescribeLogGroups:logGroups",),
    },
    "logs.filter": {"": ("logs.DescribeMetricFilters:metricFilters",)},
    "logs.subscription_filter": {"": ("logs.DescribeSubscriptionFilters:subscriptionFilters",)},
    "logs.account_policy": {"": ("logs.DescribeAccountPolicies:accountPolicies",)},
    "logs.policy": {"": ("logs.DescribeResourcePolicies:resourcePolicies",)},
    "logs.destination": {"": ("logs.DescribeDestinations:destinations",)},
    "logs.delivery_destination": {
        "": ("logs.DescribeDeliveryDestinations:deliveryDestinations", "logs.GetDeliveryDestinationPolicy:policy"),
    },
    "kms.key": {
        "arn": ("kms.DescribeKey:KeyMetadata.Arn",),
        "key": ("kms.DescribeKey:KeyMetadata",),
        "alias": ("kms.ListAliases:Aliases.AliasName",),
        "rotation": ("kms.GetKeyRotationStatus:",),
        "policy": ("kms.GetKeyPolicy:Policy",),
        "grants": ("kms.ListGrants:Grants",),
    },
    "sns.topic": {
        "arn": ("sns.ListTopics:Topics.TopicArn",),
        "topic": ("sns.GetTopicAttributes:Attributes",),
        "policy": ("sns.GetTopicAttributes:Attributes.Policy",),
    },
    "sns.subscription": {"": ("sns.ListSubscriptions:Subscriptions", "sns.GetSubscriptionAttributes:Attributes")},
    "iam.role": {"arn": (f"{_IAM}:RoleDetailList.Arn",), "role": (f"{_IAM}:RoleDetailList",)},
    "iam.user": {"name": (f"{_IAM}:UserDetailList.UserName",), "user": (f"{_IAM}:UserDetailList",)},
    "iam.group": {"name": (f"{_IAM}:GroupDetailList.GroupName",), "group": (f"{_IAM}:GroupDetailList",)},
    "iam.policy": {
        "arn": (f"{_IAM}:Policies.Arn",),
        "policy": (f"{_IAM}:Policies",),
        "document": (f"{_IAM}:Policies.PolicyVersionList.Document",),
    },
    "sso-admin.permission_set": {
        "arn": (f"{_SSO}.ListPermissionSets:PermissionSets",),
        "permission_set": (f"{_SSO}.DescribePermissionSet:PermissionSet",),
        "boundary": (f"{_SSO}.GetPermissionsBoundaryForPermissionSet:PermissionsBoundary",),
        "inline_policy": (f"{_SSO}.GetInlinePolicyForPermissionSet:InlinePolicy",),
        "managed_policies": (f"{_SSO}.ListManagedPoliciesInPermissionSet:AttachedManagedPolicies",),
        "customer_managed_policies": (
            f"{_SSO}.ListCustomerManagedPolicyReferencesInPermissionSet:CustomerManagedPolicyReferences",
        ),
    },
    "cloudwatch.alarm": {"": ("cloudwatch.DescribeAlarms:MetricAlarms",)},
    "cloudwatch.composite_alarm": {"": ("cloudwatch.DescribeAlarms:CompositeAlarms",)},
    "cloudwatch.mute_rule": {"": ("cloudwatch.GetAlarmMuteRule:",)},
    "events.rule": {"": ("events.ListRules:Rules",)},
    "events.bus": {"": ("events.DescribeEventBus:",)},
    "events.target": {
        "Rule": ("events.ListTargetsByRule<Rule",),
        "EventBusName": ("events.ListTargetsByRule<EventBusName",),
        "": ("events.ListTargetsByRule:Targets",),
    },
    "guardduty.detector": {"DetectorId": ("guardduty.GetDetector<DetectorId",), "": ("guardduty.GetDetector:",)},
    "guardduty.organization_configuration": {
        "DetectorId": ("guardduty.DescribeOrganizationConfiguration<DetectorId",),
        "": ("guardduty.DescribeOrganizationConfiguration:",),
    },
    "config.recorder": {
        "status": ("config.DescribeConfigurationRecorderStatus:ConfigurationRecordersStatus",),
        "": ("config.DescribeConfigurationRecorders:ConfigurationRecorders",),
    },
    "config.delivery_channel": {"": ("config.DescribeDeliveryChannels:DeliveryChannels",)},
    "securityhub.hub": {"": ("securityhub.DescribeHub:",)},
    "securityhub.standard": {"": ("securityhub.GetEnabledStandards:StandardsSubscriptions",)},
    "securityhub.organization_configuration": {"": ("securityhub.DescribeOrganizationConfiguration:",)},
    "organizations.organization": {
        "organization": ("organizations.DescribeOrganization:Organization",),
        "trusted_services": ("organizations.ListAWSServiceAccessForOrganization:EnabledServicePrincipals",),
    },
    "organizations.policy": {
        "policy": ("organizations.DescribePolicy:Policy.PolicySummary",),
        "content": ("organizations.DescribePolicy:Policy.Content",),
        "targets": ("organizations.ListTargetsForPolicy:Targets",),
    },
    "organizations.delegated_administrator": {
        "administrator": (
            "organizations.ListDelegatedAdministrators:DelegatedAdministrators",
            "organizations.ListDelegatedServicesForAccount:DelegatedServices",
        ),
    },
    "oam.sink": {"policy": ("oam.GetSinkPolicy:Policy",), "": ("oam.GetSink:",)},
    "oam.link": {"": ("oam.GetLink:",)},
    "ec2.flow_log": {"": ("ec2.DescribeFlowLogs:FlowLogs",)},
    "route53resolver.query_log_config": {
        "": ("route53resolver.ListResolverQueryLogConfigs:ResolverQueryLogConfigs",),
    },
}


@cache
def _service(name: str) -> Any:  # noqa: ANN401 - botocore says nothing of its types
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@cache
def shapes(type: str, path: str) -> tuple[Any, ...]:
    """What botocore knows of a dotted path below a resource; none where no call answers it.

    Where an answer has a mapping from text to text, its documentation may list the keys; it is held against that.
    """
    first, _, rest = path.partition(".")
    calls = CALLS[type]
    places = [(place, rest) for place in calls[first]] if first in calls else [(one, path) for one in calls.get("", ())]
    found = []
    for place, below in places:
        shape: Any = _start(place)
        for step in filter(None, below.split(".")):
            shape = _member(shape, step) if shape is not None else None
        if shape is not None:
            found.append(shape)
    return tuple(found)


def _start(place: str) -> Any:  # noqa: ANN401 - as above
    call, mark, path = place.partition(":" if ":" in place else "<")
    service, operation = call.split(".")
    model = _service(service).operation_model(operation)
    shape: Any = model.output_shape if mark == ":" else model.input_shape
    for step in filter(None, path.split(".")):
        shape = _member(shape, step)
        assert shape is not None, place
    return shape


def element(shape: Any) -> Any:  # noqa: ANN401 - as above
    """What a list holds, or the shape itself."""
    while shape.type_name == "list":
        shape = shape.member
    return shape


def _member(shape: Any, name: str) -> Any:  # noqa: ANN401 - as above
    inner = element(shape)
    if inner.type_name == "structure":
        return inner.members.get(name)
    if inner.type_name == "map":
        listed = "Attributes in this map include" in inner.documentation
        return inner.value if not listed or f"<li> <p> <code>{name}</code>" in inner.documentation else None
    return None


def mistakes(type: str, document: dict[str, Any]) -> Iterator[str]:
    """What no API would answer so: members that no answer has, values of another type, words that are not listed."""
    waiting: list[tuple[str, object]] = list(document.items())
    while waiting:
        path, content = waiting.pop()
        found = shapes(type, path)
        if not found:
            yield f"{type} {path}: nothing answers it"
            continue
        shape = element(found[0])
        for one in content if isinstance(content, list) else [content]:
            if isinstance(one, dict) and shape.type_name in ("structure", "map"):
                waiting += [(f"{path}.{name}", below) for name, below in one.items()]
            elif not _fits(one, shape):
                yield f"{type} {path}: {one!r} is no {shape.type_name} {' '.join(getattr(shape, 'enum', ()))}".strip()


_PYTHON = {
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (str,),
    "string": (str, dict),
}
"""What the values of JSON are by botocore's word; policies that it decodes are texts to the API."""


def _fits(content: object, shape: Any) -> bool:  # noqa: ANN401 - as above
    if not isinstance(content, _PYTHON.get(shape.type_name, ())):
        return False
    listed = [word.lower() for word in getattr(shape, "enum", ())]
    return not listed or str(content).lower() in listed  # S3 and Config answer some words in another case
