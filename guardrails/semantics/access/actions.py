"""The actions that matter to an audit trail, by what they let their holder do.

The classes are a judgement about effects and follow no access level of AWS: `kms:Decrypt` and `logs:CreateExportTask`
count as writing there, yet they read; `logs:PutRetentionPolicy` plainly writes, yet it deletes.
"""

from __future__ import annotations

from functools import lru_cache

from guardrails.kernel.typed import Literal

Use = Literal["read", "list", "tamper", "delete", "weaken", "silence", "mute", "permissions"]
"""What an action does to audit records: `read` obtains contents, now or in future; `list` obtains names only; `tamper`
alters or adds; `delete` removes, also with delay; `weaken` takes protection away; `silence` stops recording or
delivery; `mute` stops anyone from noticing; `permissions` lets its holder grant the rest."""

On = Literal[
    "",
    "access point",
    "account",
    "alarm",
    "alarm mute rule",
    "bucket",
    "destination",
    "event bus",
    "event data store",
    "key",
    "log group",
    "log stream",
    "object",
    "role",
    "rule",
    "topic",
    "trail",
]
"""What an action is on; `account` for those whose resource can only be `*`."""

_TABLE = """
read cloudtrail account: LookupEvents
read cloudtrail event data store: EnableFederation GetEventDataStoreData GetQueryResults StartQuery
read cloudtrail trail: ListInsightsData
read cloudwatch rule: GetInsightRuleReport PutInsightRule
read kms key: CreateGrant Decrypt ReEncryptFrom
read logs account: Link PutAccountPolicy
read logs log group: CreateExportTask CreateScheduledQuery FilterLogEvents GetLogRecord GetQueryResults
  IntegrateWithS3Table PutSubscriptionFilter StartLiveTail StartQuery Unmask
read logs log stream: GetLogEvents
read s3 access point: GetDataAccess
read s3 account: CreateJob
read s3 bucket: PutReplicationConfiguration
read s3 object: GetObject GetObjectTorrent GetObjectVersion GetObjectVersionTorrent
list s3 bucket: ListBucket ListBucketVersions
tamper cloudtrail event data store: StartImport
tamper logs log group: PutDataProtectionPolicy PutTransformer
tamper logs log stream: PutLogEvents
tamper s3 object: PutObject ReplicateDelete ReplicateObject UpdateObjectEncryption
delete cloudtrail event data store: DeleteEventDataStore UpdateEventDataStore
delete kms key: DeleteImportedKeyMaterial ScheduleKeyDeletion
delete logs account: PutAccountPolicy
delete logs log group: DeleteLogGroup PutRetentionPolicy
delete logs log stream: DeleteLogStream
delete s3 bucket: DeleteBucket PutLifecycleConfiguration
delete s3 object: DeleteObject DeleteObjectVersion
weaken logs log group: PutLogGroupDeletionProtection
weaken s3 bucket: PutBucketObjectLockConfiguration PutBucketVersioning
weaken s3 object: BypassGovernanceRetention PutObjectLegalHold PutObjectRetention
silence cloudtrail account: DeregisterOrganizationDelegatedAdmin
silence cloudtrail event data store: PutEventConfiguration PutInsightSelectors StopEventDataStoreIngestion
silence cloudtrail trail: DeleteTrail PutEventConfiguration PutEventSelectors PutInsightSelectors StopLogging
  UpdateTrail
silence config account: DeleteConfigurationRecorder DeleteDeliveryChannel StopConfigurationRecorder
silence iam role: DeleteRole DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary PutRolePolicy
  UpdateAssumeRolePolicy
silence kms key: DisableKey PutKeyPolicy RevokeGrant
silence logs log group: AssociateKmsKey
silence organizations account: DisableAWSServiceAccess LeaveOrganization RemoveAccountFromOrganization
silence s3 bucket: DeleteBucketPolicy PutBucketPolicy PutBucketRequestPayment PutEncryptionConfiguration
mute cloudwatch account: PutMetricData
mute cloudwatch alarm: DeleteAlarms DisableAlarmActions PutCompositeAlarm PutMetricAlarm SetAlarmState
mute cloudwatch alarm mute rule: PutAlarmMuteRule
mute events rule: DeleteRule DisableRule PutRule PutTargets RemoveTargets
mute logs log group: DeleteMetricFilter DeleteSubscriptionFilter PutMetricFilter PutSubscriptionFilter
mute sns account: SetSubscriptionAttributes Unsubscribe
mute sns topic: AddPermission DeleteTopic RemovePermission SetTopicAttributes
permissions cloudtrail event data store: DeleteResourcePolicy PutResourcePolicy
permissions events event bus: PutPermission RemovePermission
permissions kms key: CreateGrant PutKeyPolicy RetireGrant RevokeGrant
permissions logs account: DeleteResourcePolicy PutResourcePolicy
permissions logs destination: PutDestinationPolicy
permissions s3 access point: CreateAccessGrant CreateAccessPoint PutAccessPointPolicy
permissions s3 account: PutAccountPublicAccessBlock
permissions s3 bucket: DeleteBucketPolicy PutBucketAcl PutBucketOwnershipControls PutBucketPolicy
  PutBucketPublicAccessBlock
permissions s3 object: PutObjectAcl PutObjectVersionAcl
permissions sns topic: AddPermission RemovePermission SetTopicAttributes
"""
"""Class, service, what it is on, and the names; a line that begins with blanks goes on."""


@lru_cache(maxsize=256)
def actions_of(use: Use, service: str = "", on: On = "") -> tuple[str, ...]:
    """The actions of a class, `service:Name` in the order of the alphabet: all, or those of one service (`s3`), or
    those on one kind of thing (`object`)."""
    found = [f"{of}:{name}" for is_use, of, is_on, name in _rows() if is_use == use if on in ("", is_on)]
    return tuple(dict.fromkeys(sorted(name for name in found if not service or name.startswith(f"{service}:"))))


def uses_of(action: str) -> tuple[Use, ...]:
    """The classes of an action, whose name is spelled in any case; none for one that does not matter here."""
    service, _, name = action.lower().partition(":")
    return tuple(dict.fromkeys(use for use, of, _, known in _rows() if (of, known.lower()) == (service, name)))


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[Use, str, str, str], ...]:
    rows: list[tuple[Use, str, str, str]] = []
    for line in _TABLE.replace("\n  ", " ").strip().splitlines():
        head, _, names = line.partition(": ")
        use, service, on = head.split(" ", 2)
        rows += [(use, service, on, name) for name in names.split()]  # type: ignore[misc]  # the table spells no other
    return tuple(rows)
