"""How CloudFormation calls what steps say in Terraform's words.

Most names differ in their spelling only, and nested blocks are lists there. What differs in more is listed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TYPES = {
    "aws_cloudtrail": "AWS::CloudTrail::Trail",
    "aws_cloudtrail_event_data_store": "AWS::CloudTrail::EventDataStore",
    "aws_config_configuration_recorder": "AWS::Config::ConfigurationRecorder",
    "aws_organizations_organization": "AWS::Organizations::Organization",
    "aws_securityhub_account": "AWS::SecurityHub::Hub",
    "aws_cloudwatch_event_rule": "AWS::Events::Rule",
    "aws_cloudwatch_log_group": "AWS::Logs::LogGroup",
    "aws_cloudwatch_log_metric_filter": "AWS::Logs::MetricFilter",
    "aws_cloudwatch_metric_alarm": "AWS::CloudWatch::Alarm",
    "aws_guardduty_detector": "AWS::GuardDuty::Detector",
    "aws_iam_role": "AWS::IAM::Role",
    "aws_iam_role_policy": "AWS::IAM::RolePolicy",
    "aws_kms_key": "AWS::KMS::Key",
    "aws_s3_bucket": "AWS::S3::Bucket",
    "aws_s3_bucket_policy": "AWS::S3::BucketPolicy",
    "aws_sns_topic": "AWS::SNS::Topic",
    "aws_sns_topic_policy": "AWS::SNS::TopicPolicy",
}
"""Resources that are resources there as well."""

_BLOCK, _LOCK = "PublicAccessBlockConfiguration", "ObjectLockConfiguration.Rule.DefaultRetention"
_BY_DEFAULT = "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault"
_RULES = "LifecycleConfiguration.Rules[]"
IN_BUCKETS = {
    "aws_s3_bucket_acl": {"acl": "AccessControl"},
    "aws_s3_bucket_lifecycle_configuration": {
        "rule.expiration.days": f"{_RULES}.ExpirationInDays",
        "rule.noncurrent_version_expiration.noncurrent_days": f"{_RULES}.NoncurrentVersionExpiration.NoncurrentDays",
        "rule.id": f"{_RULES}.Id",
        "rule.status": f"{_RULES}.Status",
        "rule.transition.days": f"{_RULES}.Transitions[].TransitionInDays",
        "rule.transition.storage_class": f"{_RULES}.Transitions[].StorageClass",
    },
    "aws_s3_bucket_logging": {
        "target_bucket": "LoggingConfiguration.DestinationBucketName",
        "target_prefix": "LoggingConfiguration.LogFilePrefix",
    },
    # Only the days and the mode: to switch the lock on replaces the bucket.
    "aws_s3_bucket_object_lock_configuration": {
        "rule.default_retention.days": f"{_LOCK}.Days",
        "rule.default_retention.mode": f"{_LOCK}.Mode",
    },
    "aws_s3_bucket_ownership_controls": {"rule.object_ownership": "OwnershipControls.Rules[].ObjectOwnership"},
    "aws_s3_bucket_public_access_block": {
        "block_public_acls": f"{_BLOCK}.BlockPublicAcls",
        "block_public_policy": f"{_BLOCK}.BlockPublicPolicy",
        "ignore_public_acls": f"{_BLOCK}.IgnorePublicAcls",
        "restrict_public_buckets": f"{_BLOCK}.RestrictPublicBuckets",
    },
    "aws_s3_bucket_server_side_encryption_configuration": {
        "rule.apply_server_side_encryption_by_default.kms_master_key_id": f"{_BY_DEFAULT}.KMSMasterKeyID",
        "rule.apply_server_side_encryption_by_default.sse_algorithm": f"{_BY_DEFAULT}.SSEAlgorithm",
        "rule.bucket_key_enabled": "BucketEncryption.ServerSideEncryptionConfiguration[].BucketKeyEnabled",
    },
    "aws_s3_bucket_versioning": {"versioning_configuration.status": "VersioningConfiguration.Status"},
}
"""Resources that are properties of the bucket there: their arguments, and where these are."""

_OTHERWISE = {
    "aws_cloudtrail": {"enable_logging": "IsLogging", "kms_key_id": "KMSKeyId"}
    | {
        "cloud_watch_logs_group_arn": "CloudWatchLogsLogGroupArn",
        "event_selector.exclude_management_event_sources": "EventSelectors[].ExcludeManagementEventSources",
    },
    "aws_cloudtrail_event_data_store": {"suspend": "!IngestionEnabled"},
    "aws_config_configuration_recorder": {
        "recording_group.all_supported": "RecordingGroup.AllSupported",
        "recording_group.resource_types": "RecordingGroup.ResourceTypes",
    },
    "aws_iam_role": {"assume_role_policy": "AssumeRolePolicyDocument", "name_prefix": ""},
    "aws_iam_role_policy": {"name_prefix": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
    "aws_kms_key": {
        "deletion_window_in_days": "PendingWindowInDays",
        "is_enabled": "Enabled",
        "policy": "KeyPolicy",
    },
    "aws_cloudwatch_log_group": {"name_prefix": ""},
    "aws_s3_bucket": {"bucket_prefix": "", "acl": "AccessControl", "force_destroy": ""},
    "aws_s3_bucket_policy": {"policy": "PolicyDocument"},
    "aws_sns_topic": {"name_prefix": ""},
    "aws_sns_topic_policy": {"arn": "Topics", "policy": "PolicyDocument"},
}
"""Names that are others, or none: empty where the service chooses a name by itself; `!` before what says the
contrary."""
_PROTECTED = "lifecycle.prevent_destroy"

POLICIES = {
    "aws_kms_key": "KeyPolicy",
    "aws_s3_bucket_policy": "PolicyDocument",
    "aws_sns_topic_policy": "PolicyDocument",
}
"""Where a resource has its policy."""


def path_of(type: str, names: Sequence[str]) -> str | None:
    """The path of a property, `[]` behind each that is a list, or `@` before what stands beside the properties; empty
    where there is no need of it, None where it is not known."""
    said = ".".join(names)
    if said == _PROTECTED:
        return "@DeletionPolicy"
    if type in IN_BUCKETS:
        return IN_BUCKETS[type].get(said)
    if type not in TYPES:
        return None
    known = _OTHERWISE.get(type, {}).get(said)
    if known is not None:
        return known
    return ".".join([*(f"{property_of(name)}s[]" for name in names[:-1]), property_of(names[-1])])


def property_of(name: str) -> str:
    """A name in the spelling of properties: `is_multi_region_trail` is `IsMultiRegionTrail`."""
    return "".join(word.capitalize() for word in name.split("_"))
