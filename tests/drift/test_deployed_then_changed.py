"""What is deployed is what was declared, until somebody changes it: one call, and that is what is told.

Code is deployed in the simulation over HTTP, one call is made by hand, the account is read as a scan reads it, and
compared with the code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from changed_by_hand import (
    ALARM,
    BUCKET,
    GROUP,
    HERE,
    OBJECTS,
    ROLE,
    RULE,
    STRANGER,
    TOPIC,
    TRAIL,
    TRAIL_ARN,
    alarm,
    bucket_policy,
    key,
    key_policy,
    metric_filter,
    of,
    role_policies,
    selected,
    topic,
    trail,
    unsubscribe,
)
from demo import moto_server as simulated
from deployed_account import Cloud, declared
from moto_server import MotoServer

from guardrails.drift.drift import compare
from guardrails.drift.records import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from changed_by_hand import Call

    from guardrails.drift.records import Comparison
    from guardrails.lower.world import World

    By = dict[str, tuple[str, str]]
    """By attribute, what is told of either side."""

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
INFRA = EXAMPLES / "drift" / "infra"
IS_TRAIL, IS_BUCKET, IS_GROUP = "aws_cloudtrail.audit", "aws_s3_bucket.logs", "aws_cloudwatch_log_group.audit"
IS_KEY, IS_TOPIC, IS_ROLE = "aws_kms_key.logs", "aws_sns_topic.alerts", "aws_iam_role.delivery"
IS_RULE = "aws_cloudwatch_event_rule.trail_switched_off"
IS_FILTER = 'aws_cloudwatch_log_metric_filter.alert["{}"]'
IS_ALARM = 'aws_cloudwatch_metric_alarm.alert["root-use"]'
IS_SUBSCRIPTION = "aws_sns_topic_subscription.on_call"


@pytest.fixture(scope="module")
def moto_server() -> Iterator[MotoServer]:
    """In the place of the plain one: with what moto lacks."""
    with simulated() as url:
        yield MotoServer(int(url.rpartition(":")[2]))


@pytest.fixture(scope="module")
def clouds() -> Iterator[list[Cloud]]:
    """The one for all tests, once it was asked for: the credentials are those of the first of them."""
    made: list[Cloud] = []
    yield made
    for one in made:
        one.close()


@pytest.fixture
def cloud(aws: MotoServer, clouds: list[Cloud]) -> Cloud:
    if not clouds:
        clouds.append(Cloud(aws))
    return clouds[0]


@pytest.fixture(scope="module")
def infra() -> World:
    return declared(INFRA)


@pytest.mark.parametrize("path", ["drift/infra", "default-only-trail", "default-only-stack/template.yaml"])
def test_what_nobody_touched_is_as_declared(path: str, cloud: Cloud) -> None:
    code = declared(EXAMPLES / path)
    cloud.deploy(code)

    found = compare([code], [cloud.read()])

    assert found.drifts == ()
    assert found.opens == ()
    assert found.alike == found.matched > 1


NOT_THERE = "not there"
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{OBJECTS}*"}
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
CHANGED: dict[str, tuple[Call, str, By]] = {
    "StopLogging": (of("cloudtrail", "stop_logging", Name=TRAIL), IS_TRAIL, {"enable_logging": ("true", "false")}),
    "UpdateTrail: one Region": (
        trail(IsMultiRegionTrail=False),
        IS_TRAIL,
        {"is_multi_region_trail": ("true", "false")},
    ),
    "UpdateTrail: no digests": (
        trail(EnableLogFileValidation=False),
        IS_TRAIL,
        {"enable_log_file_validation": ("true", "false")},
    ),
    "UpdateTrail: elsewhere in the bucket": (
        trail(S3KeyPrefix="old"),
        IS_TRAIL,
        {"s3_key_prefix": ("not set", "old")},
    ),
    "UpdateTrail: no global events": (
        trail(IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False),
        IS_TRAIL,
        {"is_multi_region_trail": ("true", "false"), "include_global_service_events": ("true", "false")},
    ),
    "PutEventSelectors: writes only": (
        selected(ReadWriteType="WriteOnly"),
        IS_TRAIL,
        {"read_write_type": ("All", "WriteOnly")},
    ),
    "PutEventSelectors: no management events": (
        selected(IncludeManagementEvents=False),
        IS_TRAIL,
        {"include_management_events": ("true", "false")},
    ),
    "PutEventSelectors: other objects": (
        selected(DataResources=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::elsewhere/"]}]),
        IS_TRAIL,
        {"values": (OBJECTS, "arn:aws:s3:::elsewhere/")},
    ),
    "PutInsightSelectors": (
        of(
            "cloudtrail",
            "put_insight_selectors",
            TrailName=TRAIL,
            InsightSelectors=[{"InsightType": "ApiCallRateInsight"}],
        ),
        IS_TRAIL,
        {"insights": (NOT_THERE, "type ApiCallRateInsight")},
    ),
    "AddTags": (
        of("cloudtrail", "add_tags", ResourceId=TRAIL_ARN, TagsList=[{"Key": "owner", "Value": "me"}]),
        IS_TRAIL,
        {"tag_names": (NOT_THERE, "owner")},
    ),
    "PutMetricFilter: another pattern": (
        metric_filter("trail-changes", filterPattern='{ $.eventName = "DeleteTrail" }'),
        IS_FILTER.format("trail-changes"),
        {
            "pattern": (
                '{ $.eventSource = "cloudtrail.amazonaws.com" && $.readOnly IS FALSE }',
                '{ $.eventName = "DeleteTrail" }',
            )
        },
    ),
    "DisableAlarmActions": (
        of("cloudwatch", "disable_alarm_actions", AlarmNames=[ALARM]),
        IS_ALARM,
        {"actions_enabled": ("true", "false")},
    ),
    "PutMetricAlarm: threshold": (alarm(Threshold=100), IS_ALARM, {"threshold": ("1.0", "100.0")}),
    "PutMetricAlarm: period": (
        alarm(Period=3600, EvaluationPeriods=24),
        IS_ALARM,
        {"period": ("300", "3600"), "evaluation_periods": ("1", "24")},
    ),
    "PutMetricAlarm: missing data": (
        alarm(TreatMissingData="ignore"),
        IS_ALARM,
        {"treat_missing_data": ("notBreaching", "ignore")},
    ),
    "SetTopicAttributes: policy": (
        topic("Policy", [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC}]),
        IS_TOPIC,
        {
            "policy.statements": (
                f"Allow sns:Publish on {TOPIC} to cloudwatch.amazonaws.com, events.amazonaws.com "
                "if aws:SourceAccount StringEquals 123456789012",
                f"Allow sns:Publish on {TOPIC} to *",
            )
        },
    ),
    "SetTopicAttributes: key": (
        topic("KmsMasterKeyId", ""),
        IS_TOPIC,
        {"kms_master_key_id": (IS_KEY, NOT_THERE)},
    ),
    "PutBucketEncryption": (
        of(
            "s3",
            "put_bucket_encryption",
            Bucket=BUCKET,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        ),
        IS_BUCKET,
        {"sse_algorithm": ("aws:kms", "AES256"), "kms_master_key_id": (IS_KEY, NOT_THERE)},
    ),
    "PutRetentionPolicy": (
        of("logs", "put_retention_policy", logGroupName=GROUP, retentionInDays=7),
        IS_GROUP,
        {"retention_in_days": ("400", "7")},
    ),
    "DeleteRetentionPolicy": (
        of("logs", "delete_retention_policy", logGroupName=GROUP),
        IS_GROUP,
        {"retention_in_days": ("400", "not set")},
    ),
    "PutBucketVersioning": (
        of("s3", "put_bucket_versioning", Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}),
        IS_BUCKET,
        {"status": ("true", "false")},
    ),
    "PutBucketPolicy: for everybody": (
        bucket_policy(lambda statements: statements.append(PUBLIC)),
        IS_BUCKET,
        {"policy": (NOT_THERE, f"Allow s3:GetObject on {OBJECTS}* to *")},
    ),
    "PutBucketPolicy: without TLS": (
        bucket_policy(lambda statements: statements.pop()),
        IS_BUCKET,
        {
            "policy": (
                f"Deny s3:* on arn:aws:s3:::{BUCKET}, {OBJECTS}* to * if aws:SecureTransport Bool false",
                NOT_THERE,
            )
        },
    ),
    "PutBucketPolicy: without a condition": (
        bucket_policy(lambda statements: statements[1].pop("Condition")),
        IS_BUCKET,
        {
            "policy.statements": (
                f"Allow s3:PutObject on {OBJECTS}AWSLogs/123456789012/* to cloudtrail.amazonaws.com "
                f"if aws:SourceArn StringEquals {TRAIL_ARN}",
                f"Allow s3:PutObject on {OBJECTS}AWSLogs/123456789012/* to cloudtrail.amazonaws.com",
            )
        },
    ),
    "PutPublicAccessBlock": (
        of(
            "s3",
            "put_public_access_block",
            Bucket=BUCKET,
            PublicAccessBlockConfiguration={**CLOSED, "BlockPublicPolicy": False},
        ),
        IS_BUCKET,
        {"block_public_policy": ("true", "false")},
    ),
    "DeletePublicAccessBlock": (
        of("s3", "delete_public_access_block", Bucket=BUCKET),
        IS_BUCKET,
        dict.fromkeys(
            ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"),
            ("true", "false"),
        ),
    ),
    "PutBucketLifecycleConfiguration": (
        of(
            "s3",
            "put_bucket_lifecycle_configuration",
            Bucket=BUCKET,
            LifecycleConfiguration={
                "Rules": [{"ID": "less", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}]
            },
        ),
        IS_BUCKET,
        {"lifecycle": (NOT_THERE, "enabled true, expiration_days 30")},
    ),
    "PutObjectLockConfiguration": (
        of(
            "s3",
            "put_object_lock_configuration",
            Bucket=BUCKET,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
            },
        ),
        IS_BUCKET,
        {"mode": ("COMPLIANCE", "GOVERNANCE"), "days": ("400", "1")},
    ),
    "PutBucketOwnershipControls": (
        of(
            "s3",
            "put_bucket_ownership_controls",
            Bucket=BUCKET,
            OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        ),
        IS_BUCKET,
        {"object_ownership": ("BucketOwnerEnforced", "ObjectWriter")},
    ),
    "PutBucketAcl": (
        of("s3", "put_bucket_acl", Bucket=BUCKET, ACL="public-read"),
        IS_BUCKET,
        {
            "acl": (
                NOT_THERE,
                "kind Group, grantee http://acs.amazonaws.com/groups/global/AllUsers, permissions READ",
            )
        },
    ),
    "DisableRule": (of("events", "disable_rule", Name=RULE), IS_RULE, {"state": ("ENABLED", "DISABLED")}),
    "DisableKey": (key("disable_key"), IS_KEY, {"is_enabled": ("true", "false")}),
    "DisableKeyRotation": (key("disable_key_rotation"), IS_KEY, {"enable_key_rotation": ("true", "false")}),
    "ScheduleKeyDeletion": (key("schedule_key_deletion"), IS_KEY, {"is_enabled": ("true", "false")}),
    "PutKeyPolicy": (
        key_policy(lambda statements: statements[2].update(Principal={"AWS": STRANGER})),
        IS_KEY,
        {
            "policy.statements": (
                "Allow kms:DescribeKey on * to cloudtrail.amazonaws.com",
                f"Allow kms:DescribeKey on * to {STRANGER}",
            )
        },
    ),
    "CreateGrant": (
        key("create_grant", GranteePrincipal=STRANGER, Operations=["Decrypt"]),
        IS_KEY,
        {"grants": (NOT_THERE, f"principal {STRANGER}, operations Decrypt")},
    ),
    "PutRolePolicy": (
        of(
            "iam",
            "put_role_policy",
            RoleName=ROLE,
            PolicyName="more",
            PolicyDocument='{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:*", '
            '"Resource": "*"}}',
        ),
        IS_ROLE,
        {"policy": (NOT_THERE, "Allow logs:* on *")},
    ),
}
"""By call, who makes it, the declared resource that it changes, and how. Attributes as the code spells them, or by the
model's word where the code says nothing."""


@pytest.mark.parametrize("name", CHANGED)
def test_a_call_that_changes_something_is_told_as_that(name: str, cloud: Cloud, infra: World) -> None:
    make, address, expected = CHANGED[name]
    cloud.deploy(infra)
    make(cloud.client)

    found = compare([infra], [cloud.read()])

    assert [(one.kind, one.declared) for one in found.drifts] == [(Kind.CHANGED, address)]
    (drift,) = found.drifts
    assert {one.attribute: (one.declared, one.live) for one in drift.differences} == expected
    assert found.opens == ()
    assert found.alike == found.matched - 1
    for one in drift.differences:
        assert one.origin.source is not None
        line = one.origin.source.line(one.origin.line)
        # A line that says it, or the head of what says nothing of it.
        assert one.attribute in line or line.rstrip().endswith("{") or "Effect" in line


TOLD_OTHERWISE: dict[str, tuple[Call, set[tuple[Kind, str]]]] = {
    "DeleteTrail": (of("cloudtrail", "delete_trail", Name=TRAIL), {(Kind.MISSING, IS_TRAIL)}),
    "DeleteMetricFilter": (
        of("logs", "delete_metric_filter", logGroupName=GROUP, filterName="fernhill-root-use"),
        {(Kind.MISSING, IS_FILTER.format("root-use"))},
    ),
    "DeleteAlarms": (of("cloudwatch", "delete_alarms", AlarmNames=[ALARM]), {(Kind.MISSING, IS_ALARM)}),
    "Unsubscribe": (unsubscribe, {(Kind.MISSING, IS_SUBSCRIPTION)}),
    "DeleteTopic": (
        of("sns", "delete_topic", TopicArn=TOPIC),
        {(Kind.MISSING, IS_TOPIC), (Kind.MISSING, IS_SUBSCRIPTION)},
    ),
    "DeleteLogGroup": (
        of("logs", "delete_log_group", logGroupName=GROUP),
        {
            (Kind.CHANGED, IS_TRAIL),
            (Kind.MISSING, IS_GROUP),
            *((Kind.MISSING, IS_FILTER.format(name)) for name in ("root-use", "trail-changes", "bucket-access")),
        },
    ),
    "PutMetricFilter: one more": (
        metric_filter("trail-changes", filterName="mine"),
        {(Kind.UNMANAGED, "aws://123456789012/eu-central-1/logs.filter//fernhill/audit/mine")},
    ),
    "CreateTrail": (
        of("cloudtrail", "create_trail", Name="second", S3BucketName=BUCKET, S3KeyPrefix="second"),
        {(Kind.UNMANAGED, HERE.format("cloudtrail", "trail/second"))},
    ),
    "PutEventSelectors: advanced": (
        of(
            "cloudtrail",
            "put_event_selectors",
            TrailName=TRAIL,
            AdvancedEventSelectors=[{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}],
        ),
        {(Kind.CHANGED, IS_TRAIL)},
    ),
    "DeleteBucketPolicy": (of("s3", "delete_bucket_policy", Bucket=BUCKET), {(Kind.CHANGED, IS_BUCKET)}),
    "RemoveTargets": (
        of("events", "remove_targets", Rule=RULE, Ids=["target-0"]),
        {(Kind.CHANGED, IS_RULE)},
    ),
    "PutRule": (
        of("events", "put_rule", Name=RULE, EventPattern='{"source": ["aws.ec2"]}'),
        {(Kind.CHANGED, IS_RULE)},
    ),
    "PutMetricAlarm: tells nobody": (alarm(AlarmActions=[]), {(Kind.CHANGED, IS_ALARM)}),
}
"""By call, who makes it and what is told: kind, and the address in the code or, for what nobody declared, in AWS."""


@pytest.mark.parametrize("name", TOLD_OTHERWISE)
def test_a_call_is_told_by_what_it_leaves(name: str, cloud: Cloud, infra: World) -> None:
    make, expected = TOLD_OTHERWISE[name]
    cloud.deploy(infra)
    make(cloud.client)

    found = compare([infra], [cloud.read()])

    assert told(found) == expected
    assert len(found.drifts) == len(expected)
    assert found.opens == ()


def told(found: Comparison) -> set[tuple[Kind, str]]:
    return {(one.kind, one.declared or one.live) for one in found.drifts}


WRITING = {"Effect": "Allow", "Resource": HERE.format("logs", f"log-group:{GROUP}:log-stream:*")}
REWRITTEN: dict[str, Call] = {
    "statements in another order": bucket_policy(lambda statements: statements.reverse()),
    "other names of statements": bucket_policy(lambda statements: [one.update(Sid="Other") for one in statements[:1]]),
    "a text for a list of one": bucket_policy(lambda statements: statements[1].update(Action="s3:PutObject")),
    "actions in other letters": bucket_policy(lambda statements: statements[1].update(Action="S3:putobject")),
    "everybody, spelled out": bucket_policy(lambda statements: statements[2].update(Principal={"AWS": "*"})),
    "resources in another order": bucket_policy(lambda statements: statements[2]["Resource"].reverse()),
    "an account by its number": key_policy(lambda statements: statements[0].update(Principal={"AWS": "123456789012"})),
    "actions in another order": key_policy(lambda statements: statements[3]["Action"].reverse()),
    "a key of conditions in other letters": bucket_policy(
        lambda statements: statements[1].update(Condition={"StringEquals": {"AWS:sourcearn": TRAIL_ARN}})
    ),
    "a policy of another name": role_policies({**WRITING, "Action": ["logs:PutLogEvents", "logs:CreateLogStream"]}),
    "a pattern in other brackets and order": metric_filter(
        "trail-changes", filterPattern="{($.readOnly IS FALSE) && ($.eventSource=cloudtrail.amazonaws.com)}"
    ),
    "an event pattern in another order": of(
        "events",
        "put_rule",
        Name=RULE,
        EventPattern=json.dumps(
            {
                "detail": {"eventName": ["UpdateTrail", "StopLogging", "DeleteTrail"]},
                "source": ["aws.cloudtrail"],
                "detail-type": ["AWS API Call via CloudTrail"],
            },
            indent=2,
        ),
    ),
    "the same selectors again": selected(ExcludeManagementEventSources=[]),
    "the same alarm with a description": alarm(AlarmDescription="somebody is root"),
    "logging, switched off and on": lambda client: (
        client("cloudtrail").stop_logging(Name=TRAIL),
        client("cloudtrail").start_logging(Name=TRAIL),
    ),
    "tags of a bucket": of("s3", "put_bucket_tagging", Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}),
}
"""Calls after which everything is as it was declared."""


@pytest.mark.parametrize("name", REWRITTEN)
def test_the_same_in_other_words_is_no_drift(name: str, cloud: Cloud, infra: World) -> None:
    cloud.deploy(infra)
    REWRITTEN[name](cloud.client)

    found = compare([infra], [cloud.read()])

    assert found.drifts == ()
    assert found.opens == ()
    assert found.alike == found.matched
