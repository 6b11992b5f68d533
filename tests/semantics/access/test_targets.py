"""Which resource elements reach a resource of the deployment, all of it or some of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.truth import Truth, Verdict
from guardrails.lower.world import open_world
from guardrails.model import Bucket, Context, EncryptionKey, LogGroup, Topic
from guardrails.semantics.access.targets import (
    Target,
    anything,
    arn,
    bucket_itself,
    group_itself,
    key_of,
    objects_of,
    streams_of,
    topic_of,
)
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.lower.world import World
    from guardrails.model.access import Statement

WORLD = """
variable "x" { type = string }
variable "y" { type = string }
provider "aws" { region = "eu-west-1" }
data "aws_caller_identity" "c" {}
data "aws_region" "r" {}
data "aws_partition" "p" {}
data "aws_s3_bucket" "looked_up" { bucket = var.x }

resource "aws_s3_bucket" "named" { bucket = "corp-audit-logs" }
resource "aws_s3_bucket" "computed" {}
resource "aws_s3_bucket" "mine" { bucket = "logs-${data.aws_caller_identity.c.account_id}" }
resource "aws_s3_bucket" "other" { bucket = "assets" }
resource "aws_s3_bucket" "begins_alike" { bucket = "corp-audit" }
resource "aws_cloudwatch_log_group" "named" { name = "trail" }
resource "aws_cloudwatch_log_group" "other" { name = "app" }
resource "aws_kms_key" "named" {}
resource "aws_kms_key" "other" {}
resource "aws_sns_topic" "named" { name = "alerts" }
resource "aws_dynamodb_table" "t" { name = "t" }

resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.named.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = RESOURCE }]
  })
}
"""
YES, NO, PERHAPS = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


def world(folder: Path, resource: str, *, named: str = '"corp-audit-logs"') -> tuple[World, Statement]:
    text = WORLD.replace("RESOURCE", resource).replace('"corp-audit-logs"', named)
    (folder / "main.tf").write_text(text, encoding="utf-8")
    found = open_world(load([str(folder)]).deployments[0], Context())
    bucket = next(b for b, _ in found.all(Bucket).members() if b.address == "aws_s3_bucket.named")
    ((policy, _),) = bucket.policy.members()
    ((statement, _),) = policy.statements.members()
    return found, statement


def asked(target: Target, statement: Statement) -> tuple[Verdict, Verdict]:
    ((element, _),) = statement.resources.members()
    covered: Truth = target.covered_by(element)
    touched: Truth = target.touched_by(element)
    for answer in (covered, touched):
        assert answer.facts
        assert (answer.verdict is PERHAPS) == bool(answer.reasons)
    return covered.verdict, touched.verdict


def bucket(found: World, name: str) -> Bucket:
    return next(b for b, _ in found.all(Bucket).members() if b.address == f"aws_s3_bucket.{name}")


@pytest.mark.parametrize(
    ("name", "resource", "objects", "itself"),
    [
        ("named", '"*"', (YES, YES), YES),
        ("named", '"arn:aws:s3:::*"', (YES, YES), YES),
        ("named", '"arn:aws:s3:*"', (YES, YES), YES),
        ("named", '"arn:aws:s3:::corp-audit-logs/*"', (YES, YES), NO),
        ("named", '"arn:aws:s3:::corp-audit-logs"', (NO, NO), YES),
        ("named", '"arn:aws:s3:::corp-audit-logs*"', (YES, YES), YES),
        ("named", '"arn:aws:s3:::corp-audit-log?/*"', (YES, YES), NO),
        ("named", '"arn:aws:s3:::corp-audit-logs/AWSLogs/*"', (NO, YES), NO),
        ("named", '"arn:aws:s3:::corp-audit-logs/*/x"', (NO, YES), NO),
        ("named", '"arn:aws:s3:::corp-audit-logs-archive/*"', (NO, NO), NO),
        ("named", '"arn:aws:s3:::Corp-Audit-Logs/*"', (NO, NO), NO),
        ("named", '"arn:aws-us-gov:s3:::corp-audit-logs/*"', (NO, NO), NO),
        ("named", '"arn:*:s3:::corp-audit-logs/*"', (YES, YES), NO),
        ("named", '"arn:*:s3:::assets/*"', (NO, NO), NO),
        ("named", '"arn:aws:sqs:*:*:*"', (NO, NO), NO),
        ("named", '"corp-audit-logs"', (NO, NO), NO),
        ("named", '"${aws_s3_bucket.named.arn}/*"', (YES, YES), NO),
        ("named", "aws_s3_bucket.named.arn", (NO, NO), YES),
        ("named", '"arn:aws:s3:::${aws_s3_bucket.named.id}/*"', (YES, YES), NO),
        ("named", '"arn:${data.aws_partition.p.partition}:s3:::${aws_s3_bucket.named.bucket}/*"', (YES, YES), NO),
        ("named", '"${aws_s3_bucket.named.arn}/AWSLogs/${data.aws_caller_identity.c.account_id}/*"', (NO, YES), NO),
        ("named", '"${aws_s3_bucket.named.arn}/${var.x}/*"', (NO, YES), NO),
        ("named", '"${aws_s3_bucket.named.arn}/${var.x}"', (PERHAPS, YES), NO),
        ("named", '"${aws_s3_bucket.named.arn}/$${aws:username}/*"', (NO, YES), NO),
        ("named", '"${aws_s3_bucket.named.arn}$${*}"', (NO, NO), NO),
        ("named", '"${aws_s3_bucket.named.arn}-backup/*"', (NO, NO), NO),
        ("named", '"${aws_s3_bucket.other.arn}/*"', (NO, NO), NO),
        ("named", "aws_s3_bucket.other.arn", (NO, NO), NO),
        ("named", '"${aws_s3_bucket.other.arn}*"', (NO, NO), NO),
        ("named", '"${aws_s3_bucket.begins_alike.arn}*"', (YES, YES), YES),
        ("named", '"${aws_s3_bucket.computed.arn}*"', (PERHAPS, PERHAPS), PERHAPS),
        ("named", '"${aws_s3_bucket.computed.arn}/*"', (NO, NO), NO),
        ("named", '"${data.aws_s3_bucket.looked_up.arn}/*"', (PERHAPS, PERHAPS), NO),
        ("named", '"${aws_dynamodb_table.t.arn}/*"', (NO, NO), NO),
        ("named", "[var.x]", (PERHAPS, PERHAPS), PERHAPS),
        ("named", '"${var.x}/*"', (PERHAPS, PERHAPS), NO),
        ("named", '"arn:aws:s3:::${var.x}/*"', (PERHAPS, PERHAPS), NO),
        ("computed", '"arn:aws:s3:::${var.x}/*"', (PERHAPS, PERHAPS), NO),
        ("named", '"arn:aws:s3:::${var.x}-assets/*"', (NO, PERHAPS), NO),
        ("named", '"arn:aws:sns:::${var.x}"', (NO, NO), NO),
        ("computed", '"${aws_s3_bucket.computed.arn}/*"', (YES, YES), NO),
        ("computed", "aws_s3_bucket.computed.arn", (NO, NO), YES),
        ("computed", '"${aws_s3_bucket.named.arn}/*"', (NO, NO), NO),
        ("computed", '"arn:aws:s3:::corp-audit-logs/*"', (NO, NO), NO),
        ("computed", '"arn:aws:s3:::elsewhere/*"', (PERHAPS, PERHAPS), NO),
        ("computed", '"arn:aws:s3:::*/AWSLogs/*"', (NO, YES), NO),
        ("mine", '"arn:aws:s3:::logs-${data.aws_caller_identity.c.account_id}/*"', (YES, YES), NO),
        ("mine", '"arn:aws:s3:::logs-*/*"', (YES, YES), NO),
        ("mine", '"arn:aws:s3:::logs-111122223333/*"', (PERHAPS, PERHAPS), NO),
        ("mine", '"arn:aws:s3:::assets-*/*"', (NO, NO), NO),
    ],
)
def test_a_bucket_and_its_objects(
    tmp_path: Path, name: str, resource: str, objects: tuple[Verdict, Verdict], itself: Verdict
) -> None:
    found, statement = world(tmp_path, resource)

    assert asked(objects_of(bucket(found, name)), statement) == objects
    assert asked(bucket_itself(bucket(found, name)), statement)[0] is itself


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        ('"arn:aws:s3:::corp-audit-logs/AWSLogs/*"', YES),
        ('"arn:aws:s3:::corp-audit-logs/AWSLogs/111122223333/*"', NO),
        ('"arn:aws:s3:::corp-audit-logs/*"', YES),
    ],
)
def test_objects_below_a_prefix(tmp_path: Path, resource: str, verdict: Verdict) -> None:
    found, statement = world(tmp_path, resource)

    assert asked(objects_of(bucket(found, "named"), "AWSLogs/"), statement)[0] is verdict


@pytest.mark.parametrize(
    ("resource", "group", "streams"),
    [
        ('"arn:aws:logs:*:*:*"', YES, YES),
        ('"arn:aws:logs:*"', YES, YES),
        ('"arn:aws:logs:eu-west-1:*:log-group:trail:*"', YES, YES),
        ('"arn:aws:logs:eu-west-1:*:log-group:trail"', YES, NO),
        ('"arn:aws:logs:eu-west-1:*:log-group:trail*"', YES, YES),
        ('"arn:aws:logs:us-east-1:*:log-group:trail:*"', NO, NO),
        ('"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"', PERHAPS, PERHAPS),
        ('"arn:aws:logs:*:log-group:trail:*"', PERHAPS, PERHAPS),
        ('"arn:aws:logs:*:*:log-group:app:*"', NO, NO),
        ('"arn:aws:logs:*:*:log-group:trail:log-stream:x*"', NO, NO),
        ("aws_cloudwatch_log_group.named.arn", YES, NO),
        ('"${aws_cloudwatch_log_group.named.arn}:*"', YES, YES),
        ('"${aws_cloudwatch_log_group.other.arn}:*"', NO, NO),
        (
            '"arn:aws:logs:${data.aws_region.r.name}:${data.aws_caller_identity.c.account_id}:log-group:trail:*"',
            YES,
            YES,
        ),
    ],
)
def test_a_log_group_and_its_streams(tmp_path: Path, resource: str, group: Verdict, streams: Verdict) -> None:
    found, statement = world(tmp_path, resource)
    named = next(g for g, _ in found.all(LogGroup).members() if g.address == "aws_cloudwatch_log_group.named")

    assert asked(group_itself(named), statement)[0] is group
    assert asked(streams_of(named), statement)[0] is streams


@pytest.mark.parametrize(
    ("resource", "key", "topic"),
    [
        ('"*"', YES, YES),
        ("aws_kms_key.named.arn", YES, NO),
        ("aws_kms_key.other.arn", NO, NO),
        ('"arn:aws:kms:eu-west-1:*:key/*"', YES, NO),
        ('"arn:aws:kms:eu-west-1:*:key/1a2b3c4d-0000-4000-8000-000000000001"', PERHAPS, NO),
        ('"arn:aws:kms:eu-west-1:*:alias/*"', NO, NO),
        ("aws_sns_topic.named.arn", NO, YES),
        ("aws_sns_topic.named.id", NO, YES),
        ('"arn:aws:sns:*:*:alerts"', NO, YES),
    ],
)
def test_keys_and_topics(tmp_path: Path, resource: str, key: Verdict, topic: Verdict) -> None:
    found, statement = world(tmp_path, resource)
    named = next(k for k, _ in found.all(EncryptionKey).members() if k.address == "aws_kms_key.named")
    ((alerts, _),) = found.all(Topic).members()

    assert asked(key_of(named), statement)[0] is key
    assert asked(topic_of(alerts), statement)[0] is topic


@pytest.mark.parametrize(
    ("resource", "text", "everything"),
    [
        ('"*"', YES, YES),
        ('"arn:aws:cloudtrail:*:*:trail/*"', YES, NO),
        ('"arn:aws-cn:cloudtrail:*:*:trail/main"', NO, NO),
        ('"arn:aws:cloudtrail:*:${data.aws_caller_identity.c.account_id}:trail/*"', YES, NO),
        ("[var.x]", PERHAPS, PERHAPS),
    ],
)
def test_an_arn_and_anything(tmp_path: Path, resource: str, text: Verdict, everything: Verdict) -> None:
    _, statement = world(tmp_path, resource)

    assert asked(arn("arn:aws:cloudtrail:us-east-1:111122223333:trail/main"), statement)[0] is text
    assert asked(anything(), statement) == (everything, YES)


@pytest.mark.parametrize(
    ("resource", "objects"),
    [
        ('"arn:aws:s3:::${var.x}/*"', (YES, YES)),
        ('"arn:aws:s3:::${var.x}/AWSLogs/${var.x}/*"', (NO, YES)),
        ('"arn:${var.x}:s3:::logs-${var.x}/*"', (YES, YES)),
        ('"arn:aws:s3:::${var.x}"', (NO, NO)),
        ('"arn:aws:s3:::${var.y}/*"', (PERHAPS, PERHAPS)),
        ('"arn:aws:s3:::some-name/*"', (YES, YES)),
        ('"arn:aws:s3:::${aws_s3_bucket.other.id}/*"', (NO, NO)),
        ('"${var.x}/*"', (PERHAPS, PERHAPS)),
        ("[var.x]", (PERHAPS, PERHAPS)),
    ],
)
def test_a_name_that_is_not_known_in_a_buckets_own_policy_is_its_own(
    tmp_path: Path, resource: str, objects: tuple[Verdict, Verdict]
) -> None:
    found, statement = world(tmp_path, resource, named="var.x")
    own, other = bucket(found, "named"), bucket(found, "mine")

    assert asked(objects_of(own), statement) == objects
    assert asked(objects_of(other), statement)[0] in (PERHAPS, NO)
