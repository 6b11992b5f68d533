"""Keys with what they protect, and topics with who sends to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import Context, EncryptionKey, Resource, Topic
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R", bound=Resource)

KEY = 'resource "aws_kms_key" "k" {}\n'
TOPIC = 'resource "aws_sns_topic" "t" {\n  name = "t"\n}\n'
GROUP = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "g"\n  kms_key_id = aws_kms_key.k.arn\n}\n'
TRAIL = """resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "logs"
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.g.arn}:*"
}
"""
FILTER = """resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "f"
  pattern        = ""
  log_group_name = aws_cloudwatch_log_group.g.name
  metric_transformation {
    name      = "stopped"
    namespace = "Audit"
    value     = "1"
  }
}
"""


def world(folder: Path, text: str, context: Context | None = None) -> World:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    loaded = load([str(folder)])
    assert not loaded.gaps
    return open_world(loaded.deployments[0], context or Context())


def named(found: World, model: type[R], address: str) -> R:
    return next(resource for resource, _ in found.all(model).members() if resource.address == address)


def alarm(metric: str, actions: str = "alarm_actions") -> str:
    arguments = f"  metric_name = {metric}\n  {actions} = [aws_sns_topic.t.arn]\n"
    return f'resource "aws_cloudwatch_metric_alarm" "a" {{\n{arguments}}}\n'


def test_a_key_is_known_by_its_alias(tmp_path: Path) -> None:
    alias = 'resource "aws_kms_alias" "a" {\n  name = "alias/audit"\n  target_key_id = aws_kms_key.k.id\n}\n'
    key = named(world(tmp_path, KEY + alias, Context(audit_keys=("alias/audit",))), EncryptionKey, "aws_kms_key.k")

    assert key.alias.or_none() == "alias/audit"
    assert key.declared_audit.verdict is Verdict.TRUE


def test_a_grant_is_read_with_its_key(tmp_path: Path) -> None:
    grant = """resource "aws_kms_grant" "g" {
  key_id            = aws_kms_key.k.key_id
  grantee_principal = "arn:aws:iam::111122223333:role/reader"
  operations        = ["Decrypt", "DescribeKey"]
}
"""
    ((read, _),) = named(world(tmp_path, KEY + grant), EncryptionKey, "aws_kms_key.k").grants.members()

    assert read.principal.or_none() == "arn:aws:iam::111122223333:role/reader"
    assert [operation.or_none() for operation, _ in read.operations.members()] == ["Decrypt", "DescribeKey"]
    assert read.retiring.is_set().verdict is Verdict.FALSE


@pytest.mark.parametrize(("rotated", "verdict"), [("true", Verdict.TRUE), ("false", Verdict.FALSE)])
def test_a_replica_is_rotated_as_its_primary_key_is(tmp_path: Path, rotated: str, verdict: Verdict) -> None:
    primary = f'resource "aws_kms_key" "k" {{\n  multi_region = true\n  enable_key_rotation = {rotated}\n}}\n'
    replica = 'resource "aws_kms_replica_key" "r" {\n  primary_key_arn = aws_kms_key.k.arn\n}\n'
    key = named(world(tmp_path, primary + replica), EncryptionKey, "aws_kms_replica_key.r")

    assert key.rotation.is_true().verdict is verdict


def test_the_rotation_of_a_replica_of_a_key_elsewhere_is_not_known(tmp_path: Path) -> None:
    replica = (
        'resource "aws_kms_replica_key" "r" {\n  primary_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1"\n}\n'
    )
    key = named(world(tmp_path, replica), EncryptionKey, "aws_kms_replica_key.r")

    assert key.rotation.is_true().verdict is Verdict.UNKNOWN


def test_a_key_is_told_what_depends_on_it(tmp_path: Path) -> None:
    topic = TOPIC.replace('"t"\n', '"t"\n  kms_master_key_id = aws_kms_key.k.id\n')
    key = named(world(tmp_path, KEY + GROUP + TRAIL + topic), EncryptionKey, "aws_kms_key.k")

    assert [group.address for group, _ in key.log_groups.members()] == ["aws_cloudwatch_log_group.g"]
    assert [topic.address for topic, _ in key.topics.members()] == ["aws_sns_topic.t"]
    assert key.audit.verdict is Verdict.FALSE
    assert key.guards.verdict is Verdict.TRUE


def test_the_key_of_a_log_group_for_something_else_guards_nothing(tmp_path: Path) -> None:
    key = named(world(tmp_path, KEY + GROUP), EncryptionKey, "aws_kms_key.k")

    assert key.guards.verdict is Verdict.FALSE


@pytest.mark.parametrize("actions", ["alarm_actions", "ok_actions", "insufficient_data_actions"])
def test_alarms_publish(tmp_path: Path, actions: str) -> None:
    ((publisher, _),) = named(
        world(tmp_path, TOPIC + alarm('"CPU"', actions)), Topic, "aws_sns_topic.t"
    ).publishers.members()

    assert (publisher.address, publisher.service) == ("aws_cloudwatch_metric_alarm.a", "cloudwatch.amazonaws.com")
    assert publisher.audit.verdict is Verdict.FALSE


@pytest.mark.parametrize(
    ("metric", "verdict"),
    [
        ('"stopped"', Verdict.TRUE),
        ("aws_cloudwatch_log_metric_filter.f.id", Verdict.TRUE),
        ("aws_cloudwatch_log_metric_filter.f.metric_transformation[0].name", Verdict.TRUE),
        ('"another"', Verdict.FALSE),
    ],
)
def test_an_alarm_on_audit_logs_makes_its_topic_part_of_the_trail(
    tmp_path: Path, metric: str, verdict: Verdict
) -> None:
    found = world(tmp_path, TOPIC + KEY + GROUP + TRAIL + FILTER + alarm(metric))

    assert named(found, Topic, "aws_sns_topic.t").audit.verdict is verdict


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("AWS API Call via CloudTrail", Verdict.TRUE), ("EC2 Instance State-change Notification", Verdict.FALSE)],
)
def test_a_rule_for_recorded_events_makes_its_topic_part_of_the_trail(
    tmp_path: Path, kind: str, verdict: Verdict
) -> None:
    rule = (
        'resource "aws_cloudwatch_event_rule" "r" {\n  name = "r"\n'
        f'  event_pattern = jsonencode({{ "detail-type" = ["{kind}"] }})\n}}\n'
        'resource "aws_cloudwatch_event_target" "t" {\n  rule = aws_cloudwatch_event_rule.r.name\n'
        "  arn = aws_sns_topic.t.arn\n}\n"
    )
    topic = named(world(tmp_path, TOPIC + rule), Topic, "aws_sns_topic.t")

    assert [publisher.service for publisher, _ in topic.publishers.members()] == ["events.amazonaws.com"]
    assert topic.audit.verdict is verdict


HIDDEN = 'module "other" {\n  source = "example.com/other"\n  key    = aws_kms_key.k.arn\n}\n'
POLICY = 'jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" }] })'


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        (KEY, False),
        (f'resource "aws_kms_key" "k" {{\n  policy = {POLICY}\n}}\n', True),
        (f'{KEY}resource "aws_kms_key_policy" "p" {{\n  key_id = aws_kms_key.k.id\n  policy = {POLICY}\n}}\n', True),
    ],
)
def test_a_key_has_one_policy_so_none_is_looked_for_where_one_was_found(
    tmp_path: Path, text: str, complete: bool
) -> None:
    (tmp_path / "main.tf").write_text(text + HIDDEN, encoding="utf-8")
    found = open_world(load([str(tmp_path)]).deployments[0], Context())
    policy = named(found, EncryptionKey, "aws_kms_key.k").policy

    assert (policy.gaps == ()) is complete
    assert len(policy.members()) == int(complete)
