"""Rules of a deployment over records: state, bus, Region, forwarding, and patterns that are known in part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Value
from guardrails.kernel.why import Why
from guardrails.lower.world import open_world
from guardrails.model import Context, EventRule
from guardrails.semantics.event_patterns import EventPattern, PatternFault, parse, pattern_of
from guardrails.semantics.event_rules import STATE_MENTIONS, matches, mentions, receives, triggered
from guardrails.semantics.fields import a_region, one_of
from guardrails.semantics.partial import PartialRecord, over_cases
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

STOP = {
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "eventType": "AwsApiCall",
    "eventCategory": "Management",
    "readOnly": False,
    "awsRegion": "eu-west-1",
    "recipientAccountId": "111122223333",
}


def rule(pattern: str, more: str = "") -> str:
    return f'resource "aws_cloudwatch_event_rule" "r" {{\n  name = "r"\n  event_pattern = {pattern}\n  {more}\n}}\n'


def found(folder: Path, *texts: str) -> EventRule:
    head = 'variable "v" {\n}\nprovider "aws" {\n  region = "eu-west-1"\n}\n'
    (folder / "main.tf").write_text(head + "\n".join(texts), encoding="utf-8")
    world = open_world(load([str(folder)]).deployments[0], Context())
    return next(one for one, _ in world.all(EventRule).members() if one.address == "aws_cloudwatch_event_rule.r")


def said(one: EventRule, **more: object) -> Truth:
    record = PartialRecord.of({**STOP, **more})
    return over_cases(record, mentions(one), lambda case: triggered(one, case))


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        ('jsonencode({ detail = { eventName = ["StopLogging"] } })', TRUE),
        ('jsonencode({ detail = { eventName = ["StartLogging"] } })', FALSE),
        ('jsonencode({ detail = { eventName = ["StopLogging", var.v] } })', TRUE),
        ('jsonencode({ detail = { eventName = ["DeleteTrail", var.v] } })', UNKNOWN),
        ("jsonencode({ detail = { eventName = [{ prefix = var.v }] } })", UNKNOWN),
        ('jsonencode({ detail = { eventName = [{ prefix = "Stop" }, { suffix = var.v }] } })', TRUE),
        ('jsonencode({ source = ["aws.iam"], account = [var.v] })', FALSE),
        ('jsonencode({ source = ["aws.cloudtrail"], account = [var.v] })', UNKNOWN),
        ("jsonencode({ detail = { eventName = var.v } })", UNKNOWN),
        ('jsonencode({ detail = var.v, source = ["aws.s3"] })', FALSE),
        ('jsonencode({ "$or" = [{ source = [var.v] }, { detail = { eventName = ["StopLogging"] } }] })', TRUE),
        ('"{\\"source\\": [\\"aws.${var.v}\\"]}"', UNKNOWN),
        ("var.v", UNKNOWN),
        ('"{\\"source\\": \\"aws.cloudtrail\\"}"', FALSE),
        ("null", FALSE),
    ],
)
def test_a_pattern_that_is_known_in_part(tmp_path: Path, pattern: str, verdict: Verdict) -> None:
    answer = said(found(tmp_path, rule(pattern)))

    assert answer.verdict is verdict
    if verdict is UNKNOWN:
        assert [reason.why for reason in answer.reasons][:1] == [Why.INPUT]
    if verdict is FALSE:
        assert answer.facts


def test_a_fault_has_a_position() -> None:
    text = '{"source": ["aws.iam"], "detail": {"eventName": [{"regex": "^C"}]}}'
    fault = parse(text)

    assert isinstance(fault, PatternFault)
    assert text[fault.position :].startswith('"regex"')
    assert fault.message == "`regex` is no operator of event patterns"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('{"a": ["x",]}', "]}"),
        ('{"a": "x"}', '"x"}'),
        ('{"a": []}', "[]}"),
        ('{"a": [[1]]}', "[1]]}"),
        ('{"a": [{"numeric": ["<", 5, ">", 0]}]}', '["<", 5'),
        ('{"a": [{"wildcard": "a**"}]}', '"a**"'),
        ('{"a": [{"cidr": "10.0.0.1"}]}', '"10.0.0.1"'),
        ('{"a": [{"anything-but": ["x", 1]}]}', '["x", 1]'),
        ('{"$or": [{"a": ["x"]}]}', '"a": ["x"]'),
        ('["x"]', '["x"]'),
        ('{"a": ["x"]} {', "{"),
    ],
)
def test_where_a_pattern_is_wrong(text: str, at: str) -> None:
    fault = parse(text)

    assert isinstance(fault, PatternFault)
    assert text[fault.position :].startswith(at)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('{"source": ["aws.iam"], "source": ["aws.s3"]}', "`source` is repeated"),
        ('{"detail": {"userIdentity.type": ["Root"]}}', "`userIdentity.type` happens to mean nested fields"),
        ('{"detail-type": ["AWS Console Signin via CloudTrail"]}', "no event is known to have"),
    ],
)
def test_what_is_hardly_meant_is_noted(text: str, note: str) -> None:
    pattern = parse(text)

    assert isinstance(pattern, EventPattern)
    assert pattern.notes[0].message.startswith(note)


def test_both_spellings_of_sign_in_are_no_note() -> None:
    pattern = parse('{"detail-type": ["AWS Console Signin via CloudTrail", "AWS Console Sign In via CloudTrail"]}')

    assert isinstance(pattern, EventPattern)
    assert pattern.notes == ()


ANY_CLOUDTRAIL = 'jsonencode({ source = ["aws.cloudtrail"] })'


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ("", TRUE),
        ('state = "DISABLED"', FALSE),
        ("is_enabled = false", FALSE),
        ("is_enabled = var.v", UNKNOWN),
        ('event_bus_name = "default"', TRUE),
        ('event_bus_name = "arn:aws:events:eu-west-1:111122223333:event-bus/default"', TRUE),
        ('event_bus_name = "custom"', FALSE),
        ("event_bus_name = var.v", UNKNOWN),
    ],
)
def test_state_and_bus(tmp_path: Path, more: str, verdict: Verdict) -> None:
    assert said(found(tmp_path, rule(ANY_CLOUDTRAIL, more))).verdict is verdict


def test_a_rule_hears_of_its_own_region_only(tmp_path: Path) -> None:
    one = found(tmp_path, rule(ANY_CLOUDTRAIL))

    assert said(one, awsRegion="us-east-1").verdict is FALSE
    assert said(one, awsRegion=one_of("us-east-1", "eu-west-2")).verdict is FALSE
    assert said(one, awsRegion=a_region(outside=("eu-west-1",))).verdict is FALSE
    assert said(one, awsRegion=a_region()).verdict is UNKNOWN


def test_a_rule_that_forwards_brings_events_together(tmp_path: Path) -> None:
    forwarding = """provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
resource "aws_cloudwatch_event_rule" "forward" {
  provider      = aws.us
  name          = "forward"
  event_pattern = jsonencode({ source = ["aws.iam"] })
}
resource "aws_cloudwatch_event_target" "forward" {
  provider = aws.us
  rule     = aws_cloudwatch_event_rule.forward.name
  arn      = "arn:aws:events:eu-west-1:111122223333:event-bus/default"
}
"""
    one = found(tmp_path, rule('jsonencode({ detail = { eventName = ["CreateUser"] } })'), forwarding)
    create = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "awsRegion": "us-east-1"}

    assert said(one, **create).verdict is TRUE
    assert said(one, **{**create, "eventSource": "sts.amazonaws.com"}).verdict is FALSE
    assert said(one, **{**create, "awsRegion": "us-west-2"}).verdict is FALSE


def test_a_custom_bus_gets_what_is_forwarded_to_it(tmp_path: Path) -> None:
    forwarding = """resource "aws_cloudwatch_event_bus" "audit" {
  name = "audit"
}
resource "aws_cloudwatch_event_rule" "forward" {
  name          = "forward"
  event_pattern = jsonencode({ source = [{ prefix = "aws." }] })
}
resource "aws_cloudwatch_event_target" "forward" {
  rule = aws_cloudwatch_event_rule.forward.name
  arn  = aws_cloudwatch_event_bus.audit.arn
}
"""
    one = found(tmp_path, rule(ANY_CLOUDTRAIL, "event_bus_name = aws_cloudwatch_event_bus.audit.name"), forwarding)

    assert said(one).verdict is TRUE


def test_a_partial_record_is_decided_where_all_its_completions_are() -> None:
    state = Value.of("ENABLED")
    reads = PartialRecord.of({**STOP, "readOnly": True, "eventName": one_of("GetTrail", "DescribeTrails")})
    either = PartialRecord.of({**STOP, "readOnly": one_of(True, False), "eventName": "GetTrail"})

    assert over_cases(reads, STATE_MENTIONS, lambda case: receives(state, case)).verdict is FALSE
    assert over_cases(either, STATE_MENTIONS, lambda case: receives(state, case)).verdict is UNKNOWN
    assert receives(Value.of("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), either).verdict is TRUE


def test_a_pattern_is_parsed_once(tmp_path: Path) -> None:
    one = found(tmp_path, rule(json.dumps(json.dumps({"source": ["aws.cloudtrail"]}))))

    assert pattern_of(one) is pattern_of(one)
    assert matches(one, PartialRecord.of(STOP)).verdict is TRUE
