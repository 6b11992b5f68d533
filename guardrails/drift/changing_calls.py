"""Which calls make, change and end what is compared, as CloudTrail records them, and where a record names the resource.

Names of events are those of the operations, but for S3's, some of which differ (Amazon S3 user guide, "Amazon S3
CloudTrail events"). Parameters are spelled as records have them: as the API, beginning with a small letter.
"""

from __future__ import annotations

from functools import cache

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALL = "*"
"""In `fields`: whatever there is to it."""
OF_RESPONSE = "responseElements."
"""What paths begin with that are not below `requestParameters`."""


class ChangingCall(Record):
    """One call and a kind of resource that it is about."""

    source: str
    """As the record has it, without `.amazonaws.com`: `monitoring`."""
    event: str
    model: str
    """The kind of resource: `AuditTrail`."""
    names: tuple[str, ...] = ()
    """Where the record names it, each a path; lists are looked through."""
    within: tuple[str, ...] = ()
    """Where it names what the resource belongs to. `path=text`: what it means where nothing stands there."""
    fields: tuple[str, ...] = ()
    """The fields that it can change. `field<path` only if that parameter is given, `field<path=text` if it says so."""
    makes: bool = False
    ends: bool = False
    leaves: str = ""
    """What the fields say afterwards, where there are two possibilities."""
    only: str = ""
    """`path=text`: what a parameter must say for the call to be about this kind of resource at all."""
    one_a_place: bool = False
    """Whether there is one at most in an account or Region, so that no name is needed."""


@cache
def changing_calls() -> tuple[ChangingCall, ...]:
    """All of them."""
    return tuple(
        call
        for calls in (_trails, _buckets, _logs, _keys, _identities, _topics, _alarms, _rules, _detection, _organization)
        for call in calls()
    )


@cache
def by_event() -> Mapping[tuple[str, str], tuple[ChangingCall, ...]]:
    """Source and event → what it can be about."""
    found: dict[tuple[str, str], tuple[ChangingCall, ...]] = {}
    for call in changing_calls():
        found[call.source, call.event] = (*found.get((call.source, call.event), ()), call)
    return found


@cache
def by_model() -> Mapping[str, tuple[ChangingCall, ...]]:
    """Kind of resource → the calls that it is changed by."""
    found: dict[str, tuple[ChangingCall, ...]] = {}
    for call in changing_calls():
        found[call.model] = (*found.get(call.model, ()), call)
    return found


class _Kind:
    """Calls of one service about one kind of resource."""

    __slots__ = ("_model", "_names", "_place", "_source", "_within")

    def __init__(
        self, source: str, model: str, names: str = "", within: str = "", *, one_a_place: bool = False
    ) -> None:
        self._source, self._model = source, model
        self._names, self._within, self._place = tuple(names.split()), tuple(within.split()), one_a_place

    def _call(self, event: str, names: str, fields: str = "", only: str = "", leaves: str = "") -> ChangingCall:
        return ChangingCall(
            *(self._source, event, self._model, tuple(names.split()) or self._names, self._within),
            fields=tuple(fields.split()),
            only=only,
            leaves=leaves,
            one_a_place=self._place,
        )

    def makes(self, event: str, names: str = "", fields: str = "", only: str = "") -> ChangingCall:
        from guardrails.kernel.record import changed

        return changed(self._call(event, names, fields, only), makes=True)

    def ends(self, event: str, names: str = "", fields: str = "", only: str = "", leaves: str = "") -> ChangingCall:
        from guardrails.kernel.record import changed

        return changed(self._call(event, names, fields, only, leaves), ends=True)

    def changes(self, events: str, fields: str, names: str = "", leaves: str = "") -> Iterator[ChangingCall]:
        for event in events.split():
            yield self._call(event, names, fields, leaves=leaves)


def _trails() -> Iterator[ChangingCall]:
    trail = _Kind("cloudtrail", "AuditTrail", "name")
    yield trail.makes("CreateTrail", "name responseElements.trailARN")
    yield trail.ends("DeleteTrail")
    yield from trail.changes("StopLogging", "logging", leaves="false")
    yield from trail.changes("StartLogging", "logging", leaves="true")
    yield from trail.changes(
        "UpdateTrail",
        "bucket<s3BucketName prefix<s3KeyPrefix topic<snsTopicName global_events<includeGlobalServiceEvents "
        "multi_region<isMultiRegionTrail log_validation<enableLogFileValidation organization<isOrganizationTrail "
        "log_group<cloudWatchLogsLogGroupArn role<cloudWatchLogsRoleArn key<kmsKeyId",
    )
    yield from trail.changes("PutEventSelectors", "selectors advanced_selectors", "trailName")
    yield from trail.changes("PutInsightSelectors", "insights", "trailName")
    yield from trail.changes("AddTags RemoveTags", "tag_names", "resourceId")
    store = _Kind("cloudtrail", "EventDataStore", "eventDataStore")
    yield store.makes("CreateEventDataStore", "responseElements.eventDataStoreArn")
    yield store.makes("RestoreEventDataStore")
    yield store.ends("DeleteEventDataStore")
    yield from store.changes("StopEventDataStoreIngestion", "ingesting", leaves="false")
    yield from store.changes("StartEventDataStoreIngestion", "ingesting", leaves="true")
    yield from store.changes(
        "UpdateEventDataStore",
        "multi_region<multiRegionEnabled organization<organizationEnabled retention_days<retentionPeriod "
        "termination_protected<terminationProtectionEnabled key<kmsKeyId advanced_selectors<advancedEventSelectors",
    )


def _buckets() -> Iterator[ChangingCall]:
    bucket = _Kind("s3", "Bucket", "bucketName")
    yield bucket.makes("CreateBucket")
    yield bucket.ends("DeleteBucket")
    yield from bucket.changes("PutBucketPolicy DeleteBucketPolicy", "policy")
    yield from bucket.changes("PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock", "public_access_block")
    yield from bucket.changes("PutBucketAcl", "acl")
    yield from bucket.changes("PutBucketOwnershipControls DeleteBucketOwnershipControls", "ownership")
    yield from bucket.changes("PutBucketLifecycle DeleteBucketLifecycle", "lifecycle")
    yield from bucket.changes(
        "PutObjectLockConfiguration PutBucketObjectLockConfiguration", "object_lock object_lock_enabled"
    )
    yield from bucket.changes("PutBucketVersioning", "versioned mfa_delete")
    yield from bucket.changes("PutBucketEncryption DeleteBucketEncryption", "encryption")
    yield from bucket.changes("PutBucketReplication DeleteBucketReplication", "replication")
    yield from bucket.changes("PutBucketLogging", "access_log_target access_log_prefix")
    yield from bucket.changes("PutBucketNotification", "notifications")
    block = _Kind("s3", "AccountPublicAccessBlock", one_a_place=True)
    yield block.makes("PutAccountPublicAccessBlock", fields="settings")
    yield block.ends("DeleteAccountPublicAccessBlock", fields="settings")


def _logs() -> Iterator[ChangingCall]:
    group = _Kind("logs", "LogGroup", "logGroupName")
    yield group.makes("CreateLogGroup")
    yield group.ends("DeleteLogGroup")
    yield from group.changes("PutRetentionPolicy DeleteRetentionPolicy", "retention_days")
    yield from group.changes("AssociateKmsKey DisassociateKmsKey", "key", "logGroupName resourceIdentifier")
    yield from group.changes("PutLogGroupDeletionProtection", "deletion_protected", "logGroupIdentifier")
    for model, event in (("MetricFilter", "MetricFilter"), ("LogSubscription", "SubscriptionFilter")):
        one = _Kind("logs", model, "filterName", "logGroupName")
        yield one.makes(f"Put{event}", fields=ALL)
        yield one.ends(f"Delete{event}")
        yield _Kind("logs", model, "", "logGroupName").ends("DeleteLogGroup")
    everywhere = _Kind("logs", "LogSubscription", "policyName")
    yield everywhere.makes("PutAccountPolicy", fields=ALL, only="policyType=SUBSCRIPTION_FILTER_POLICY")
    yield everywhere.ends("DeleteAccountPolicy", only="policyType=SUBSCRIPTION_FILTER_POLICY")
    access = _Kind("logs", "LogAccessPolicy", "policyName resourceArn")
    yield access.makes("PutResourcePolicy", fields="policy")
    yield access.ends("DeleteResourcePolicy", fields="policy")
    yield _Kind("logs", "LogAccessPolicy", "destinationName").makes("PutDestinationPolicy", fields="policy")
    yield _Kind("logs", "LogAccessPolicy", "destinationName").ends("DeleteDestination")
    share = _Kind("oam", "MonitoringShare", "identifier")
    yield share.makes("CreateSink", "name responseElements.arn")
    yield share.makes("CreateLink", "responseElements.arn")
    yield share.ends("DeleteSink")
    yield share.ends("DeleteLink")
    yield from share.changes("PutSinkPolicy", "policy", "sinkIdentifier")


def _keys() -> Iterator[ChangingCall]:
    key = _Kind("kms", "EncryptionKey", "keyId")
    yield key.makes("CreateKey", "responseElements.keyMetadata.arn")
    yield key.makes("ReplicateKey", "responseElements.replicaKeyMetadata.arn")
    yield key.ends("ScheduleKeyDeletion", fields="enabled", leaves="false")
    yield key.ends("DeleteAlias", "aliasName")
    yield key.ends("UpdateAlias", "aliasName")
    yield from key.changes("DisableKey CancelKeyDeletion DeleteImportedKeyMaterial", "enabled", leaves="false")
    yield from key.changes("EnableKey", "enabled", leaves="true")
    yield from key.changes("EnableKeyRotation", "rotation", leaves="true")
    yield from key.changes("DisableKeyRotation", "rotation", leaves="false")
    yield from key.changes("PutKeyPolicy", "policy")
    yield from key.changes("CreateGrant RevokeGrant RetireGrant", "grants")


def _identities() -> Iterator[ChangingCall]:
    for model in ("Role", "User", "Group"):
        one = _Kind("iam", model, f"{model.lower()}Name")
        yield one.makes(f"Create{model}")
        yield one.ends(f"Delete{model}")
        yield from one.changes(
            f"Put{model}Policy Delete{model}Policy Attach{model}Policy Detach{model}Policy", "policies"
        )
        if model != "Group":
            yield from one.changes(
                f"Put{model}PermissionsBoundary Delete{model}PermissionsBoundary", "boundary policies"
            )
    yield from _Kind("iam", "Role", "roleName").changes("UpdateAssumeRolePolicy", "trust")
    user = _Kind("iam", "User", "userName")
    yield user.makes("UpdateUser", "newUserName", only="newUserName")
    yield user.ends("UpdateUser", only="newUserName")
    yield from user.changes("AddUserToGroup RemoveUserFromGroup", "groups")
    policy = _Kind("iam", "ManagedPolicy", "policyArn")
    yield policy.makes("CreatePolicy", "policyName responseElements.policy.arn")
    yield policy.ends("DeletePolicy")
    yield from policy.changes("CreatePolicyVersion", "policies<setAsDefault=true")
    yield from policy.changes("SetDefaultPolicyVersion", "policies")
    allowed = _Kind("sso", "PermissionSet", "permissionSetArn")
    yield allowed.makes("CreatePermissionSet", "responseElements.permissionSet.permissionSetArn name")
    yield allowed.ends("DeletePermissionSet")
    yield from allowed.changes(
        "PutInlinePolicyToPermissionSet DeleteInlinePolicyFromPermissionSet AttachManagedPolicyToPermissionSet "
        "DetachManagedPolicyFromPermissionSet AttachCustomerManagedPolicyReferenceToPermissionSet "
        "DetachCustomerManagedPolicyReferenceFromPermissionSet",
        "policies",
    )
    yield from allowed.changes(
        "PutPermissionsBoundaryToPermissionSet DeletePermissionsBoundaryFromPermissionSet", "boundary"
    )


def _topics() -> Iterator[ChangingCall]:
    topic = _Kind("sns", "Topic", "topicArn")
    yield topic.makes("CreateTopic", "name responseElements.topicArn")
    yield topic.ends("DeleteTopic")
    yield from topic.changes("SetTopicAttributes", "policy<attributeName=Policy key<attributeName=KmsMasterKeyId")
    yield from topic.changes("AddPermission RemovePermission", "policy")
    to = _Kind("sns", "Subscription", "subscriptionArn", "topicArn")
    yield to.makes("Subscribe", "responseElements.subscriptionArn")
    yield to.makes("ConfirmSubscription", "responseElements.subscriptionArn")
    yield _Kind("sns", "Subscription", "", "topicArn").ends("DeleteTopic")
    one = _Kind("sns", "Subscription", "subscriptionArn")
    yield one.ends("Unsubscribe")
    yield from one.changes(
        "SetSubscriptionAttributes",
        "filter_policy<attributeName=FilterPolicy filter_scope<attributeName=FilterPolicyScope",
    )


def _alarms() -> Iterator[ChangingCall]:
    for model, event in (("MetricAlarm", "PutMetricAlarm"), ("CompositeAlarm", "PutCompositeAlarm")):
        alarm = _Kind("monitoring", model, "alarmNames")
        yield alarm.makes(event, "alarmName", fields=ALL)
        yield alarm.ends("DeleteAlarms")
        yield from alarm.changes("EnableAlarmActions", "actions_enabled", leaves="true")
        yield from alarm.changes("DisableAlarmActions", "actions_enabled", leaves="false")
    mute = _Kind("monitoring", "MuteRule", "alarmMuteRuleName")
    yield mute.makes("PutAlarmMuteRule", "name", fields=ALL)
    yield mute.ends("DeleteAlarmMuteRule")


def _rules() -> Iterator[ChangingCall]:
    rule = _Kind("events", "EventRule", "name", "eventBusName=default")
    yield rule.makes("PutRule", fields="bus state pattern schedule")
    yield rule.ends("DeleteRule")
    yield from rule.changes("EnableRule", "state", leaves="ENABLED")
    yield from rule.changes("DisableRule", "state", leaves="DISABLED")
    yield from rule.changes("PutTargets RemoveTargets", "targets", "rule")
    bus = _Kind("events", "EventBus", "name")
    yield bus.makes("CreateEventBus")
    yield bus.ends("DeleteEventBus")
    yield from bus.changes("PutPermission RemovePermission", "policy", "eventBusName=default")


def _detection() -> Iterator[ChangingCall]:
    detector = _Kind("guardduty", "Detector", "detectorId", one_a_place=True)
    yield detector.makes("CreateDetector", "responseElements.detectorId")
    yield detector.ends("DeleteDetector")
    yield from detector.changes(
        "UpdateDetector",
        "enabled<enable features<features features<dataSources publishing_frequency<findingPublishingFrequency",
    )
    members = _Kind("guardduty", "DetectorOrganization", "detectorId", one_a_place=True)
    yield from members.changes("UpdateOrganizationConfiguration", "members")
    recorder = _Kind("config", "ConfigRecorder", "configurationRecorderName", one_a_place=True)
    yield recorder.makes(
        "PutConfigurationRecorder",
        "configurationRecorder.name",
        fields="all_supported global_types types excluded_types role",
    )
    yield recorder.ends("DeleteConfigurationRecorder")
    yield from recorder.changes("StopConfigurationRecorder", "recording", leaves="false")
    yield from recorder.changes("StartConfigurationRecorder", "recording", leaves="true")
    anywhere = _Kind("config", "ConfigRecorder", one_a_place=True)
    yield from anywhere.changes("PutDeliveryChannel DeleteDeliveryChannel", "channels")
    channel = _Kind("config", "DeliveryChannel", "deliveryChannelName")
    yield channel.makes("PutDeliveryChannel", "deliveryChannel.name", fields=ALL)
    yield channel.ends("DeleteDeliveryChannel")
    hub = _Kind("securityhub", "SecurityHub", one_a_place=True)
    yield hub.makes("EnableSecurityHub")
    yield hub.ends("DisableSecurityHub")
    standard = _Kind("securityhub", "SecurityStandard", "standardsSubscriptionArns")
    yield standard.makes("BatchEnableStandards", "standardsSubscriptionRequests.standardsArn", fields=ALL)
    yield standard.ends("BatchDisableStandards", fields="switched_on")
    yield _Kind("securityhub", "SecurityStandard", one_a_place=True).ends("DisableSecurityHub")
    every = _Kind("securityhub", "SecurityHubOrganization", one_a_place=True)
    yield from every.changes(
        "UpdateOrganizationConfiguration",
        "auto_enable<autoEnable auto_enable<autoEnableStandards configured_centrally<organizationConfiguration",
    )


def _organization() -> Iterator[ChangingCall]:
    organization = _Kind("organizations", "Organization", one_a_place=True)
    yield organization.makes("CreateOrganization")
    yield organization.ends("DeleteOrganization")
    yield from organization.changes("EnableAllFeatures", "all_features")
    yield from organization.changes("EnableAWSServiceAccess DisableAWSServiceAccess", "trusted_services")
    policy = _Kind("organizations", "OrganizationPolicy", "policyId")
    yield policy.makes("CreatePolicy", "responseElements.policy.policySummary.arn name")
    yield policy.ends("DeletePolicy")
    yield from policy.changes("UpdatePolicy", "document<content")
    yield from policy.changes("AttachPolicy DetachPolicy", "attachments")
    admin = _Kind("organizations", "DelegatedAdministrator", "accountId", "servicePrincipal")
    yield admin.makes("RegisterDelegatedAdministrator")
    yield admin.ends("DeregisterDelegatedAdministrator")
    of_trails = "DelegatedAdministrator"
    yield _Kind("cloudtrail", of_trails, "memberAccountId").makes("RegisterOrganizationDelegatedAdmin")
    yield _Kind("cloudtrail", of_trails, "delegatedAdminAccountId").ends("DeregisterOrganizationDelegatedAdmin")
