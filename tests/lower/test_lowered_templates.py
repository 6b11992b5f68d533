"""What only templates have: policies for deletion, `Ref` and ARNs put together of it, resources within resources."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING, TypeVar

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import AuditTrail, Bucket, Context, EncryptionKey, EventRule, Resource, Topic
from guardrails.sources.cloudformation.load import load

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R", bound=Resource)

BUCKET = """
Logs:
  Type: AWS::S3::Bucket
  Properties: {BucketName: logs}
"""
GROUP = """
Group:
  Type: AWS::Logs::LogGroup
  Properties: {LogGroupName: trail}
"""
ROLE = """
Delivery:
  Type: AWS::IAM::Role
  Properties: {AssumeRolePolicyDocument: {}}
"""
KEY = """
Key:
  Type: AWS::KMS::Key
"""
TOPIC = """
Alerts:
  Type: AWS::SNS::Topic
"""


def trail(**properties: str) -> str:
    lines = "".join(f"    {name}: {value}\n" for name, value in {"S3BucketName": "logs", **properties}.items())
    return f"\nTrail:\n  Type: AWS::CloudTrail::Trail\n  Properties:\n    IsLogging: true\n{lines}"


def world(folder: Path, *resources: str) -> World:
    text = "Resources:\n" + indent("\n".join(dedent(resource).strip("\n") for resource in resources), "  ") + "\n"
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    loaded = load([str(folder)])
    assert loaded.gaps == ()
    return open_world(loaded.deployments[0], Context())


def only(found: World, model: type[R]) -> R:
    ((resource, _),) = found.all(model).members()
    return resource


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        ("", Verdict.FALSE),
        ("DeletionPolicy: Delete", Verdict.FALSE),
        ("DeletionPolicy: Snapshot", Verdict.FALSE),
        ("UpdateReplacePolicy: Retain", Verdict.FALSE),
        ("DeletionPolicy: Retain", Verdict.TRUE),
        ("DeletionPolicy: RetainExceptOnCreate", Verdict.TRUE),
        ("DeletionPolicy: !Ref AWS::StackName", Verdict.UNKNOWN),
    ],
)
def test_a_resource_is_kept_if_its_stack_leaves_it_when_it_is_deleted(
    tmp_path: Path, policy: str, verdict: Verdict
) -> None:
    said = f"  {policy}\n" if policy else ""
    bucket = only(world(tmp_path, f"Logs:\n  Type: AWS::S3::Bucket\n{said}"), Bucket)

    assert bucket.protected.is_true().verdict is verdict


@pytest.mark.parametrize(
    "named",
    ["!Ref Logs", "logs", '!Sub "${Logs}"', "!Select [0, [!Ref Logs]]", '!Join ["", [!Ref Logs]]'],
)
def test_the_bucket_of_a_trail_is_found(tmp_path: Path, named: str) -> None:
    found = world(tmp_path, BUCKET, trail(S3BucketName=named))

    assert [bucket.address for bucket, _ in only(found, AuditTrail).bucket.members()] == ["Logs"]


@pytest.mark.parametrize(
    ("arn", "wildcard"),
    [
        ("!GetAtt Group.Arn", True),
        ('!Sub "${Group.Arn}"', True),
        ('!Sub "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}:*"', True),
        ('!Sub "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:trail:*"', True),
        ('!Sub "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"', False),
        ('!Join [":", [arn, aws, logs, !Ref AWS::Region, !Ref AWS::AccountId, log-group, !Ref Group, "*"]]', True),
    ],
)
def test_the_log_group_of_a_trail_is_found_and_how_its_arn_ends(tmp_path: Path, arn: str, wildcard: bool) -> None:
    found = only(world(tmp_path, GROUP, trail(CloudWatchLogsLogGroupArn=f"{arn}")), AuditTrail)

    assert [group.address for group, _ in found.log_group.members()] == ["Group"]
    assert found.log_group_wildcard.or_none() is wildcard


@pytest.mark.parametrize(
    ("arn", "addresses"),
    [
        ("!GetAtt Delivery.Arn", ["Delivery"]),
        ('!Sub "arn:aws:iam::${AWS::AccountId}:role/${Delivery}"', ["Delivery"]),
        ('!Sub "arn:aws:iam::111122223333:role/path/${Delivery}"', ["Delivery"]),
        ('!Sub "arn:aws:iam::${AWS::AccountId}:role/${Delivery}-other"', [""]),
        ('!Sub "arn:aws:iam::${AWS::AccountId}:role/other"', ["role/other"]),
    ],
)
def test_a_role_is_found_by_an_arn_that_is_put_together(tmp_path: Path, arn: str, addresses: list[str]) -> None:
    found = only(world(tmp_path, ROLE, trail(CloudWatchLogsRoleArn=arn)), AuditTrail)

    assert [role.address for role, _ in found.role.members()] == addresses


@pytest.mark.parametrize(
    "named", ["!Ref Key", "!GetAtt Key.Arn", "!Ref Alias", "!Sub 'arn:aws:kms:eu-west-1:1:key/${Key}'"]
)
def test_a_key_is_found_by_id_arn_and_alias(tmp_path: Path, named: str) -> None:
    alias = "Alias:\n  Type: AWS::KMS::Alias\n  Properties: {AliasName: alias/audit, TargetKeyId: !Ref Key}"
    found = only(world(tmp_path, KEY, alias, trail(KMSKeyId=named)), AuditTrail)

    assert [key.address for key, _ in found.key.members()] == ["Key"]


def test_the_key_of_a_service_is_no_customers(tmp_path: Path) -> None:
    arn = '!Sub "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/sns"'
    found = only(world(tmp_path, f"{TOPIC}  Properties: {{KmsMasterKeyId: {arn}}}"), Topic)

    assert found.key.some(lambda key: key.customer_managed.is_false()).verdict is Verdict.TRUE


def test_imported_material_cannot_be_rotated(tmp_path: Path) -> None:
    assert only(world(tmp_path, f"{KEY}  Properties: {{Origin: EXTERNAL}}"), EncryptionKey).rotatable.or_none() is False
    assert only(world(tmp_path, KEY), EncryptionKey).rotatable.or_none() is True


def test_a_bucket_that_names_none_for_access_logs_logs_to_itself(tmp_path: Path) -> None:
    configured = "Logs:\n  Type: AWS::S3::Bucket\n  Properties:\n    LoggingConfiguration: {LogFilePrefix: a}"
    bucket = only(world(tmp_path, configured), Bucket)

    assert [target.address for target, _ in bucket.access_log_target.members()] == ["Logs"]
    assert only(world(tmp_path, BUCKET), Bucket).access_log_bucket.is_set().verdict is Verdict.FALSE


def test_a_topic_holds_subscriptions_itself(tmp_path: Path) -> None:
    inline = f"{TOPIC}  Properties:\n    Subscription:\n      - {{Protocol: sms, Endpoint: '+4930123456'}}"
    ((subscription, _),) = only(world(tmp_path, inline), Topic).subscriptions.members()

    assert (subscription.protocol.or_none(), subscription.endpoint.or_none()) == ("sms", "+4930123456")


@pytest.mark.parametrize("kind", ["AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy"])
def test_the_policy_of_a_topic_stands_beside_it(tmp_path: Path, kind: str) -> None:
    named = "Topics: [!Ref Alerts]" if kind.endswith("TopicPolicy") else "TopicArn: !Ref Alerts"
    policy = f"Policy:\n  Type: {kind}\n  Properties: {{{named}, PolicyDocument: {{Statement: []}}}}"

    assert len(only(world(tmp_path, TOPIC, policy), Topic).policy.members()) == 1


def test_a_rule_knows_the_name_of_its_bus(tmp_path: Path) -> None:
    bus = "Bus:\n  Type: AWS::Events::EventBus\n  Properties: {Name: audit}"
    rule = "Rule:\n  Type: AWS::Events::Rule\n  Properties: {EventBusName: !Ref Bus, EventPattern: {source: [a]}}"

    assert only(world(tmp_path, bus, rule), EventRule).bus.or_none() == "audit"


def test_what_watches_a_trail_serves_the_audit(tmp_path: Path) -> None:
    metric = """
    Filter:
      Type: AWS::Logs::MetricFilter
      Properties:
        LogGroupName: !Ref Group
        FilterPattern: ""
        MetricTransformations: [{MetricName: calls, MetricNamespace: Audit, MetricValue: "1"}]
    Alarm:
      Type: AWS::CloudWatch::Alarm
      Properties: {MetricName: calls, Namespace: Audit, AlarmActions: [!Ref Alerts]}
    Rule:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {detail-type: [AWS API Call via CloudTrail]}
        Targets: [{Id: a, Arn: !Ref Alerts}]
    Other:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {source: [aws.ec2]}
        Targets: [{Id: a, Arn: !Ref Alerts}]
    """
    logged = trail(CloudWatchLogsLogGroupArn="!GetAtt Group.Arn")
    topic = only(world(tmp_path, GROUP, TOPIC, logged, metric), Topic)

    audit = {publisher.address: publisher.audit.verdict for publisher, _ in topic.publishers.members()}

    assert audit == {"Alarm": Verdict.TRUE, "Rule": Verdict.TRUE, "Other": Verdict.FALSE}


def test_tags_are_known_by_name(tmp_path: Path) -> None:
    found = only(world(tmp_path, trail(Tags="[{Key: owner, Value: audit}]")), AuditTrail)

    assert found.tags.or_none() == {"owner": "audit"}
    assert [name.or_none() for name, _ in found.tag_names.members()] == ["owner"]
