"""Which service has a call of which name, for those that somebody is likely to ask about.

Only `eventName`s as CloudTrail records them (S3's and Lambda's differ from the API's own), from the CloudTrail pages
of the services' user guides. A call that is not listed can be traced as well: by `--source`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    """Lines that begin with a service's prefix; its calls behind it, and on indented lines."""
    rows = (row.split() for row in text.strip().replace("\n    ", " ").splitlines())
    return {f"{service}.amazonaws.com": tuple(names) for service, *names in rows}


SIGN_INS = _table("signin ConsoleLogin SwitchRole")
"""Events of the console's sign-in, which are no calls of an API."""

DATA_EVENTS = _table(
    """
s3 GetObject PutObject DeleteObject DeleteObjects CopyObject HeadObject ListObjects PutObjectAcl RestoreObject
lambda Invoke
dynamodb GetItem PutItem DeleteItem UpdateItem Query Scan BatchGetItem BatchWriteItem
sns Publish PublishBatch
"""
)
"""Calls that are recorded as data events, where a trail asks for those of their resource."""

READS = _table(
    """
s3 GetObject HeadObject ListObjects GetBucketAcl GetBucketPolicy ListBuckets HeadBucket
dynamodb GetItem Query Scan BatchGetItem
iam ListUsers ListRoles ListPolicies GetUser GetRole GetPolicyVersion GetAccountAuthorizationDetails
    GenerateCredentialReport
sts AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetCallerIdentity GetSessionToken GetFederationToken
kms Decrypt Encrypt GenerateDataKey DescribeKey GetKeyPolicy ListKeys
ec2 DescribeInstances DescribeSecurityGroups DescribeVpcs DescribeImages DescribeRegions
cloudtrail LookupEvents DescribeTrails GetTrailStatus GetEventSelectors ListTrails
secretsmanager GetSecretValue ListSecrets DescribeSecret
ssm GetParameter GetParameters GetParametersByPath DescribeParameters
organizations ListAccounts DescribeOrganization
logs DescribeLogGroups FilterLogEvents GetLogEvents
"""
)
"""Calls whose records say `readOnly: true`."""

WRITES = _table(
    """
iam CreateUser DeleteUser UpdateUser CreateAccessKey DeleteAccessKey UpdateAccessKey CreateLoginProfile
    UpdateLoginProfile DeleteLoginProfile CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy CreateGroup
    DeleteGroup AddUserToGroup RemoveUserFromGroup CreateInstanceProfile AddRoleToInstanceProfile
    CreateVirtualMFADevice EnableMFADevice DeactivateMFADevice DeleteVirtualMFADevice CreatePolicy DeletePolicy
    CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion PutUserPolicy PutGroupPolicy PutRolePolicy
    DeleteUserPolicy DeleteGroupPolicy DeleteRolePolicy AttachUserPolicy AttachGroupPolicy AttachRolePolicy
    DetachUserPolicy DetachGroupPolicy DetachRolePolicy PutUserPermissionsBoundary PutRolePermissionsBoundary
    DeleteUserPermissionsBoundary DeleteRolePermissionsBoundary CreateSAMLProvider UpdateSAMLProvider
    DeleteSAMLProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider UpdateAccountPasswordPolicy
    DeleteAccountPasswordPolicy UploadSSHPublicKey
cloudtrail CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors PutInsightSelectors
    CreateEventDataStore UpdateEventDataStore DeleteEventDataStore StopEventDataStoreIngestion
    RegisterOrganizationDelegatedAdmin DeregisterOrganizationDelegatedAdmin
config PutConfigurationRecorder StopConfigurationRecorder StartConfigurationRecorder DeleteConfigurationRecorder
    PutDeliveryChannel DeleteDeliveryChannel PutConfigRule DeleteConfigRule
kms CreateKey DisableKey EnableKey ScheduleKeyDeletion CancelKeyDeletion PutKeyPolicy DisableKeyRotation
    EnableKeyRotation CreateGrant RevokeGrant RetireGrant UpdateAlias DeleteAlias ImportKeyMaterial
    DeleteImportedKeyMaterial
s3 CreateBucket DeleteBucket PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutBucketCors DeleteBucketCors
    PutBucketLifecycle DeleteBucketLifecycle PutBucketReplication DeleteBucketReplication PutBucketVersioning
    PutBucketLogging PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutBucketEncryption
    DeleteBucketEncryption PutBucketObjectLockConfiguration PutBucketNotification PutBucketOwnershipControls
    PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock
ec2 RunInstances TerminateInstances StopInstances StartInstances RebootInstances ModifyInstanceAttribute
    AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress
    ModifySecurityGroupRules CreateSecurityGroup DeleteSecurityGroup CreateNetworkAcl CreateNetworkAclEntry
    DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry ReplaceNetworkAclAssociation CreateCustomerGateway
    DeleteCustomerGateway CreateInternetGateway DeleteInternetGateway AttachInternetGateway DetachInternetGateway
    CreateNatGateway DeleteNatGateway CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation
    DeleteRouteTable DeleteRoute DisassociateRouteTable AssociateRouteTable CreateVpc DeleteVpc ModifyVpcAttribute
    CreateVpcPeeringConnection AcceptVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection
    CreateFlowLogs DeleteFlowLogs CreateSnapshot DeleteSnapshot ModifySnapshotAttribute ModifyImageAttribute
    CreateKeyPair ImportKeyPair CreateVolume DeleteVolume DisableEbsEncryptionByDefault
organizations CreateAccount InviteAccountToOrganization LeaveOrganization RemoveAccountFromOrganization
    CreateOrganization DeleteOrganization CreatePolicy UpdatePolicy DeletePolicy AttachPolicy DetachPolicy
    DisablePolicyType EnablePolicyType MoveAccount CreateOrganizationalUnit DeleteOrganizationalUnit AcceptHandshake
    DeregisterDelegatedAdministrator RegisterDelegatedAdministrator DisableAWSServiceAccess EnableAWSServiceAccess
    CloseAccount
logs CreateLogGroup DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteRetentionPolicy PutMetricFilter
    DeleteMetricFilter PutSubscriptionFilter DeleteSubscriptionFilter PutResourcePolicy DeleteResourcePolicy
    AssociateKmsKey DisassociateKmsKey
monitoring PutMetricAlarm PutCompositeAlarm DeleteAlarms DisableAlarmActions EnableAlarmActions SetAlarmState
sns CreateTopic DeleteTopic Subscribe Unsubscribe SetTopicAttributes SetSubscriptionAttributes AddPermission
    RemovePermission
sqs CreateQueue DeleteQueue SetQueueAttributes PurgeQueue
events PutRule DeleteRule DisableRule EnableRule PutTargets RemoveTargets DeleteEventBus
lambda CreateFunction20150331 UpdateFunctionCode20150331v2 UpdateFunctionConfiguration20150331v2
    DeleteFunction20150331 AddPermission20150331v2
guardduty CreateDetector UpdateDetector DeleteDetector DisassociateFromMasterAccount DisassociateMembers
    DeleteMembers StopMonitoringMembers CreateFilter
securityhub EnableSecurityHub DisableSecurityHub BatchDisableStandards DisableImportFindingsForProduct
    UpdateStandardsControl
access-analyzer CreateAnalyzer DeleteAnalyzer
rds CreateDBInstance DeleteDBInstance ModifyDBInstance DeleteDBCluster DeleteDBSnapshot ModifyDBSnapshotAttribute
    CreateDBSnapshot
dynamodb CreateTable DeleteTable UpdateTable DeleteBackup
secretsmanager CreateSecret DeleteSecret UpdateSecret PutSecretValue RotateSecret PutResourcePolicy DeleteResourcePolicy
ssm PutParameter DeleteParameter SendCommand StartSession
sso CreatePermissionSet PutInlinePolicyToPermissionSet AttachManagedPolicyToPermissionSet CreateAccountAssignment
    DeleteAccountAssignment
route53 ChangeResourceRecordSets CreateHostedZone DeleteHostedZone
acm RequestCertificate DeleteCertificate
backup DeleteBackupVault DeleteRecoveryPoint DeleteBackupPlan
wafv2 CreateWebACL DeleteWebACL UpdateWebACL DisassociateWebACL
"""
)
"""Calls whose records say `readOnly: false`."""
