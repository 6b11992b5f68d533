"""What the accounts are made of: buckets, keys, trails, filters and alarms.

`client` is a function from the name of a service to botocore's client of it, in one account and Region.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DAYS = 400
"""How long logs are kept at least."""

Document = dict[str, Any]


def document(*statements: Mapping[str, object]) -> str:
    """A policy of these statements as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def closed() -> dict[str, bool]:
    """A public access block with all four settings."""
    return {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }


def trail_statements(bucket: str, owner: str, trail: str = "") -> list[Document]:
    """What lets CloudTrail deliver below AWSLogs/OWNER: for one trail, or as AWS suggested it for years."""
    who = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    source = {"aws:SourceArn": trail} if trail else {}
    check: Document = {**who, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"}
    if trail:
        check["Condition"] = {"StringEquals": source}
    return [
        check,
        {
            **who,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/" + ("AWSLogs" if trail else "*") + (f"/{owner}/*" if trail else ""),
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
        },
    ]


def trail_key(account: str, trail: str) -> list[Document]:
    """Statements of a key that a trail encrypts its files with."""
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*"}
    return [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            **service,
            "Action": "kms:GenerateDataKey*",
            "Condition": {
                "StringEquals": {"aws:SourceArn": trail, "kms:EncryptionContext:aws:cloudtrail:arn": trail},
            },
        },
        {**service, "Action": "kms:DescribeKey"},
    ]


def log_key(account: str, region: str) -> list[Document]:
    """Statements of a key for the log groups of an account, and for the topic of its alarms."""
    return [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"}
            },
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ]


def make_key(kms: Any, alias: str, *statements: Sequence[Document]) -> str:  # noqa: ANN401 - a client of botocore
    """The ARN of a new key that is rotated."""
    seen: list[Document] = []
    for statement in (one for part in statements for one in part):
        if statement not in seen:
            seen.append(statement)
    key = kms.create_key(Description=alias, Policy=document(*seen))["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key["KeyId"])
    arn: str = key["Arn"]
    return arn


def make_bucket(s3: Any, name: str, region: str, **more: object) -> None:  # noqa: ANN401 - a client of botocore
    if region != "us-east-1":
        more["CreateBucketConfiguration"] = {"LocationConstraint": region}
    s3.create_bucket(Bucket=name, **more)


def make_role(iam: Any, name: str, service: str, account: str) -> str:  # noqa: ANN401 - a client of botocore
    """The ARN of a new role that a service assumes."""
    trust = document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return f"arn:aws:iam::{account}:role/{name}"


def make_audit_bucket(
    client: Any,  # noqa: ANN401 - see above
    name: str,
    region: str,
    key: str,
    delivery: Sequence[Document],
) -> None:
    """A bucket that keeps what it is given, and another one for the requests that it gets."""
    s3 = client("s3")
    arn = f"arn:aws:s3:::{name}"
    everything = [arn, f"{arn}/*"]
    own = [
        {
            "Sid": "OnlyOverTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "NobodyDeletes",
            "Effect": "Deny",
            "Principal": "*",
            "Action": [
                "s3:BypassGovernanceRetention",
                "s3:DeleteBucket*",
                "s3:DeleteObject*",
                "s3:PutBucketPolicy",
                "s3:PutLifecycleConfiguration",
            ],
            "Resource": everything,
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}},
        },
    ]
    requests = f"{name}-requests"
    make_bucket(s3, requests, region)
    s3.put_public_access_block(Bucket=requests, PublicAccessBlockConfiguration=closed())
    s3.put_bucket_policy(
        Bucket=requests,
        Policy=document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{requests}/*",
                "Condition": {"ArnLike": {"aws:SourceArn": arn}},
            }
        ),
    )
    make_bucket(s3, name, region, ObjectLockEnabledForBucket=True)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=closed())
    for one in (requests, name):
        s3.put_bucket_ownership_controls(
            Bucket=one, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": DAYS}},
        },
    )
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "archive",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "AWSLogs/"},
                    "Transitions": [{"Days": 180, "StorageClass": "GLACIER_IR"}],
                    "Expiration": {"Days": 7 * 365 + 2},
                }
            ]
        },
    )
    s3.put_bucket_logging(
        Bucket=name,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": requests, "TargetPrefix": "audit-logs/"}},
    )
    s3.put_bucket_policy(Bucket=name, Policy=document(*delivery, *own))


def make_trail(
    client: Any,  # noqa: ANN401 - see above
    name: str,
    bucket: str,
    key: str,
    log_group_key: str,
    account: str,
    region: str,
    *,
    organization: bool = False,
) -> None:
    """A trail of all management events and of the data events that matter, which delivers to a log group as well."""
    logs, iam, cloudtrail = client("logs"), client("iam"), client("cloudtrail")
    group = f"/{name}/cloudtrail"
    logs.create_log_group(logGroupName=group, kmsKeyId=log_group_key)
    logs.put_retention_policy(logGroupName=group, retentionInDays=DAYS)
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=True)
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    role = make_role(iam, f"{name}-delivery", "cloudtrail.amazonaws.com", account)
    iam.put_role_policy(
        RoleName=f"{name}-delivery",
        PolicyName="write-events",
        PolicyDocument=document(
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"{arn}:log-stream:*",
            }
        ),
    )
    cloudtrail.create_trail(
        Name=name,
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        IsOrganizationTrail=organization,
        KmsKeyId=key,
        CloudWatchLogsLogGroupArn=f"{arn}:*",
        CloudWatchLogsRoleArn=role,
        TagsList=[{"Key": "owner", "Value": "security-platform"}],
    )

    def selector(name: str, *fields: tuple[str, str]) -> Document:
        return {"Name": name, "FieldSelectors": [{"Field": field, "Equals": [value]} for field, value in fields]}

    cloudtrail.put_event_selectors(
        TrailName=name,
        AdvancedEventSelectors=[
            selector("Management events", ("eventCategory", "Management")),
            *(
                selector(kind, ("eventCategory", "Data"), ("resources.type", kind))
                for kind in ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
            ),
        ],
    )
    cloudtrail.put_insight_selectors(
        TrailName=name,
        InsightSelectors=[{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}],
    )
    cloudtrail.start_logging(Name=name)


def patterns(regions: Iterable[str]) -> dict[str, str]:
    """What must be noticed, as filter patterns over the events of a trail. `regions` are those in use."""
    unusual = " && ".join(f'($.awsRegion != "{region}")' for region in regions)
    return {
        "root-use": (
            '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
            '&& $.eventType != "AwsServiceEvent" }'
        ),
        "refused-calls": (
            '{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") '
            '&& $.sourceIPAddress != "delivery.logs.amazonaws.com" && $.eventName != "HeadBucket" }'
        ),
        "sign-in-without-mfa": (
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
            '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
        ),
        "sign-in-failures": '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }',
        "identity-changes": '{ $.eventSource = "iam.amazonaws.com" && $.readOnly IS FALSE }',
        "trail-changes": '{ $.eventSource = "cloudtrail.amazonaws.com" && $.readOnly IS FALSE }',
        "alert-changes": (
            '{ ($.eventSource = "logs.amazonaws.com" '
            '&& ($.eventName = "Delete*" || $.eventName = "PutRetentionPolicy")) '
            '|| ($.eventSource = "monitoring.amazonaws.com" '
            '&& ($.eventName = "DeleteAlarms" || $.eventName = "DisableAlarmActions")) '
            '|| ($.eventSource = "sns.amazonaws.com" && $.eventName = "DeleteTopic") '
            '|| ($.eventSource = "events.amazonaws.com" && $.eventName = "DisableRule") }'
        ),
        "key-deletion": (
            '{ ($.eventSource = "kms.amazonaws.com") '
            '&& (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }'
        ),
        "bucket-changes": (
            '{ ($.eventSource = "s3.amazonaws.com") '
            '&& (($.eventName = "PutBucket*") || ($.eventName = "DeleteBucket*")) }'
        ),
        "config-changes": (
            '{ ($.eventSource = "config.amazonaws.com") && ($.readOnly IS FALSE) '
            '&& (($.eventName = "*ConfigurationRecorder") || ($.eventName = "*DeliveryChannel")) }'
        ),
        "network-changes": (
            '{ ($.eventSource = "ec2.amazonaws.com") && ($.readOnly IS FALSE) '
            '&& (($.eventName = "*SecurityGroup*") || ($.eventName = "*NetworkAcl*") || ($.eventName = "*Gateway") '
            '|| ($.eventName = "*Route") || ($.eventName = "*RouteTable*") || ($.eventName = "*Vpc*")) }'
        ),
        "ended-machines": '{ ($.eventName = "TerminateInstances") && ($.userIdentity.invokedBy NOT EXISTS) }',
        "organization-changes": '{ $.eventSource = "organizations.amazonaws.com" && $.readOnly IS FALSE }',
        "unusual-regions": f"{{ ($.readOnly IS FALSE) && {unusual} }}",
    }


def make_filter(logs: Any, group: str, name: str, pattern: str, namespace: str) -> None:  # noqa: ANN401 - as above
    logs.put_metric_filter(
        logGroupName=group,
        filterName=name,
        filterPattern=pattern,
        metricTransformations=[
            {"metricName": name, "metricNamespace": namespace, "metricValue": "1", "defaultValue": 0}
        ],
    )


def make_alarm(cloudwatch: Any, name: str, namespace: str, actions: Sequence[str]) -> None:  # noqa: ANN401 - as above
    """An alarm that a single event sets off."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=name,
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=list(actions),
    )


def make_alerts(client: Any, name: str, group: str, key: str, account: str, region: str) -> None:  # noqa: ANN401 - as above
    """A filter and an alarm for all that must be noticed, and a topic that people read."""
    sns, logs, cloudwatch = client("sns"), client("logs"), client("cloudwatch")
    topic = sns.create_topic(Name=f"{name}-audit-alerts", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ),
    )
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"security-on-call@{name}.example")
    sns.confirm_subscription(TopicArn=topic, Token="the one in the mail")
    for what, pattern in patterns([region, "us-east-1"]).items():
        make_filter(logs, group, f"{name}-{what}", pattern, f"{name}/audit")
        make_alarm(cloudwatch, f"{name}-{what}", f"{name}/audit", [topic])


def make_detection(client: Any, bucket: str, account: str) -> None:  # noqa: ANN401 - as above
    """GuardDuty, and a recorder of AWS Config for everything there is."""
    client("guardduty").create_detector(Enable=True)
    config = client("config")
    role = f"arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": role,
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket, "s3KeyPrefix": "config"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
