"""What access policies grant and deny, as far as the policies about trails and organizations ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from written_policies import INPUT, allowing, stated

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict, unknown
from guardrails.lower.world import World, open_world
from guardrails.model import Context, LogGroup, OrganizationPolicy, Role
from guardrails.semantics.access.service_grants import denies, grants, streams_of
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

TRAIL_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"


def world(folder: Path, text: str) -> World:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return open_world(load([str(folder)]).deployments[0], Context())


def role(folder: Path, statements: list[dict[str, object]] | dict[str, object]) -> Role:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    text = f'resource "aws_iam_role" "r" {{\n  name = "r"\n  assume_role_policy = <<EOT\n{document}\nEOT\n}}\n'
    ((found, _),) = world(folder, text).all(Role).members()
    return found


ASSUME: dict[str, object] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.TRUE),
        ({"Action": ["sts:TagSession", "sts:assumerole"]}, Verdict.TRUE),
        ({"Action": "sts:*"}, Verdict.TRUE),
        ({"Action": "*"}, Verdict.TRUE),
        ({"Principal": {"Service": ["ec2.amazonaws.com", "cloudtrail.amazonaws.com"]}}, Verdict.TRUE),
        ({"Principal": "*"}, Verdict.TRUE),
        ({"Principal": {"AWS": "*"}}, Verdict.TRUE),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}, Verdict.TRUE),
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, Verdict.FALSE),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, Verdict.FALSE),
        ({"Action": "sts:AssumeRoleWithSAML"}, Verdict.FALSE),
        ({"Effect": "Deny"}, Verdict.FALSE),
    ],
)
def test_who_may_assume_a_role(tmp_path: Path, changes: dict[str, object], verdict: Verdict) -> None:
    trust = role(tmp_path, [{**ASSUME, **changes}]).trust

    answer = grants(trust, actions=("sts:AssumeRole",), principal_kind="Service", principal="cloudtrail.amazonaws.com")

    assert answer.verdict is verdict


def test_a_single_statement_need_not_be_a_list(tmp_path: Path) -> None:
    trust = role(tmp_path, ASSUME).trust

    answer = grants(trust, actions=("sts:AssumeRole",), principal_kind="Service", principal="cloudtrail.amazonaws.com")

    assert answer.verdict is Verdict.TRUE


def test_an_unconditional_denial_wins(tmp_path: Path) -> None:
    trust = role(tmp_path, [ASSUME, {**ASSUME, "Effect": "Deny"}]).trust

    answer = grants(trust, actions=("sts:AssumeRole",), principal_kind="Service", principal="cloudtrail.amazonaws.com")

    assert answer.verdict is Verdict.FALSE


GROUP = 'resource "aws_cloudwatch_log_group" "g" {\n  name = "trail"\n}\n'
OTHERS = """data "aws_caller_identity" "c" {}
data "aws_region" "r" {}
variable "x" {
  type = string
}
resource "aws_cloudwatch_log_group" "other" {
  name = "app"
}
"""


@pytest.mark.parametrize(
    ("resource", "own", "members"),
    [
        ('"*"', Verdict.TRUE, Verdict.TRUE),
        ('"arn:aws:logs:*:*:*"', Verdict.TRUE, Verdict.TRUE),
        ('"arn:aws:logs:*:*:log-group:trail:*"', Verdict.TRUE, Verdict.TRUE),
        ('"arn:aws:logs:*:*:log-group:tr*:log-stream:*"', Verdict.TRUE, Verdict.TRUE),
        ('"arn:aws:logs:*:*:log-group:app:*"', Verdict.FALSE, Verdict.FALSE),
        ('"arn:aws:logs:*:*:log-group:trail"', Verdict.FALSE, Verdict.FALSE),
        ('"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"', Verdict.UNKNOWN, Verdict.UNKNOWN),
        ('"${aws_cloudwatch_log_group.g.arn}:*"', Verdict.TRUE, Verdict.TRUE),
        ('"${aws_cloudwatch_log_group.g.arn}:log-stream:*"', Verdict.TRUE, Verdict.TRUE),
        ("aws_cloudwatch_log_group.g.arn", Verdict.FALSE, Verdict.FALSE),
        ('"${aws_cloudwatch_log_group.other.arn}:*"', Verdict.FALSE, Verdict.FALSE),
        (
            '"${aws_cloudwatch_log_group.g.arn}:log-stream:111122223333_CloudTrail_eu-west-1*"',
            Verdict.TRUE,
            Verdict.FALSE,
        ),
        (
            '"${aws_cloudwatch_log_group.g.arn}:log-stream:'
            '${data.aws_caller_identity.c.account_id}_CloudTrail_${data.aws_region.r.name}*"',
            Verdict.TRUE,
            Verdict.FALSE,
        ),
        ('"${aws_cloudwatch_log_group.g.arn}:log-stream:${var.x}*"', Verdict.UNKNOWN, Verdict.UNKNOWN),
        ('"${aws_cloudwatch_log_group.g.arn}:log-stream:o-abc_*"', Verdict.FALSE, Verdict.TRUE),
        (
            '"arn:aws:logs:${data.aws_region.r.name}:${data.aws_caller_identity.c.account_id}:log-group:trail:*"',
            Verdict.TRUE,
            Verdict.TRUE,
        ),
        ('"arn:aws:logs:*:*:log-group:${var.x}:*"', Verdict.UNKNOWN, Verdict.UNKNOWN),
        ("var.x", Verdict.UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_streams_that_a_resource_element_covers(tmp_path: Path, resource: str, own: Verdict, members: Verdict) -> None:
    text = f"""{GROUP}{OTHERS}resource "aws_iam_role" "r" {{
  name = "r"
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.r.id
  policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = {resource} }}]
  }})
}}
"""
    found = world(tmp_path, text)
    ((writer, _),) = found.all(Role).members()
    group = next(group for group, _ in found.all(LogGroup).members() if group.address.endswith(".g"))
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")

    assert grants(writer.policies, actions=actions, resource=streams_of(group)).verdict is own
    assert grants(writer.policies, actions=actions, resource=streams_of(group, of_members=True)).verdict is members


def test_every_action_must_be_granted(tmp_path: Path) -> None:
    text = """resource "aws_iam_role" "r" {
  name = "r"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }] })
}
"""
    ((writer, _),) = world(tmp_path, text).all(Role).members()

    assert grants(writer.policies, actions=("logs:PutLogEvents",)).verdict is Verdict.TRUE
    assert grants(writer.policies, actions=("logs:PutLogEvents", "logs:CreateLogStream")).verdict is Verdict.FALSE


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({"Action": "cloudtrail:StopLogging", "Resource": "*"}, Verdict.TRUE),
        ({"Action": "cloudtrail:*", "Resource": "arn:aws:cloudtrail:*:*:trail/*"}, Verdict.TRUE),
        ({"NotAction": ["iam:*"], "Resource": "*"}, Verdict.TRUE),
        ({"Action": "cloudtrail:DeleteTrail", "Resource": "*"}, Verdict.FALSE),
        ({"Action": "cloudtrail:StopLogging", "Resource": "arn:aws:cloudtrail:*:*:trail/other"}, Verdict.FALSE),
        (
            {
                "Action": "cloudtrail:StopLogging",
                "Resource": "*",
                "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}},
            },
            Verdict.TRUE,
        ),
        (
            {
                "Action": "cloudtrail:StopLogging",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
            },
            Verdict.FALSE,
        ),
        (
            {
                "Action": "cloudtrail:StopLogging",
                "Resource": "*",
                "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/developer"}},
            },
            Verdict.FALSE,
        ),
    ],
)
def test_what_a_service_control_policy_denies(tmp_path: Path, statement: dict[str, object], verdict: Verdict) -> None:
    document = json.dumps({"Statement": [{"Effect": "Deny", **statement}]})
    text = f'resource "aws_organizations_policy" "p" {{\n  name = "p"\n  content = <<EOT\n{document}\nEOT\n}}\n'
    ((policy, _),) = world(tmp_path, text).all(OrganizationPolicy).members()

    assert denies(policy.document, actions=("cloudtrail:StopLogging",), resource=TRAIL_ARN).verdict is verdict


def test_a_policy_that_may_not_exist_leaves_it_open() -> None:
    there = stated(allowing(Principal={"Service": "cloudtrail.amazonaws.com"}, Action="sns:Publish"))
    perhaps = Many(tuple((policy, unknown(INPUT)) for policy, _ in there.members()))

    assert grants(perhaps, actions=("sns:Publish",)).verdict is Verdict.UNKNOWN
