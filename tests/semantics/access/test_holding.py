"""What identities of a deployment may do, from their policies and boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import open_world
from guardrails.model import Bucket, Context, Role
from guardrails.semantics.access.decision import granting, holds
from guardrails.semantics.access.principals import caller_of
from guardrails.semantics.access.targets import objects_of
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

YES, NO, PERHAPS = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
ACTIONS = ("s3:GetObject", "s3:GetObjectVersion")
BEFORE = """
variable "x" { type = string }
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_iam_role" "reader" {
  name                 = "reader"
  permissions_boundary = BOUNDARY
}
resource "aws_iam_role" "other" { name = "other" }
resource "aws_iam_policy" "limit" {
  name   = "limit"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "ec2:*", Resource = "*" }]
  })
}
resource "aws_iam_policy" "wide" {
  name   = "wide"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "arn:aws:s3:::logs/AWSLogs/*" }]
  })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
"""
ALLOW = '{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.logs.arn}/*" }'


def _deny(resource: str, condition: str = "") -> str:
    extra = f", Condition = {condition}" if condition else ""
    return f'{{ Effect = "Deny", Action = "s3:*", Resource = {resource}{extra} }}'


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([], NO),
        ([ALLOW], YES),
        (['{ Effect = "Allow", Action = "*", Resource = "*" }'], YES),
        (['{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }'], YES),
        (['{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }'], NO),
        (['{ Effect = "Allow", Action = "s3:GetObject", Resource = aws_s3_bucket.logs.arn }'], NO),
        (['{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::logs/AWSLogs/x" }'], YES),
        (['{ Effect = "Allow", Action = "s3:GetObject", NotResource = "arn:aws:s3:::logs/*" }'], NO),
        (['{ Effect = "Allow", Action = "s3:GetObject", NotResource = "arn:aws:s3:::logs/secret/*" }'], YES),
        (['{ Effect = "Allow", Action = "s3:GetObject", Resource = "${var.x}/*" }'], PERHAPS),
        (['{ Effect = "Allow", Action = "s3:${var.x}", Resource = "*" }'], PERHAPS),
        (['{ Effect = "Allow", Action = "logs:${var.x}", Resource = "*" }'], NO),
        ([ALLOW, _deny('"*"')], NO),
        ([ALLOW, _deny('"${aws_s3_bucket.logs.arn}/*"')], NO),
        ([ALLOW, _deny('"${aws_s3_bucket.logs.arn}/secret/*"')], YES),
        ([ALLOW, _deny("[var.x]")], PERHAPS),
        (
            [
                '{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::logs/secret/*" }',
                _deny('"arn:aws:s3:::logs/secret*"'),
            ],
            NO,
        ),
        ([ALLOW, _deny('"*"', '{ StringNotEquals = { "aws:SourceVpce" = "vpce-1" } }')], YES),
        ([ALLOW, _deny('"*"', '{ ArnNotLike = { "aws:PrincipalArn" = aws_iam_role.reader.arn } }')], YES),
        ([ALLOW, _deny('"*"', '{ ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/reader" } }')], YES),
        ([ALLOW, _deny('"*"', '{ ArnNotLike = { "aws:PrincipalArn" = aws_iam_role.other.arn } }')], NO),
        ([ALLOW, _deny('"*"', '{ ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/other" } }')], NO),
        ([ALLOW, _deny('"*"', '{ ArnNotLike = { "aws:PrincipalArn" = [var.x] } }')], PERHAPS),
        ([ALLOW, _deny('"*"', '{ ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/*" } }')], NO),
    ],
)
def test_what_a_role_may_do(tmp_path: Path, statements: list[str], verdict: Verdict) -> None:
    assert judged(tmp_path, statements, "null") is verdict


def judged(folder: Path, statements: list[str], boundary: str) -> Verdict:
    text = BEFORE.replace("BOUNDARY", boundary) + ",\n".join(statements) + "\n  ] })\n}\n"
    (folder / "main.tf").write_text(text, encoding="utf-8")
    world = open_world(load([str(folder)]).deployments[0], Context())
    role = next(role for role, _ in world.all(Role).members() if role.address == "aws_iam_role.reader")
    ((bucket, _),) = world.all(Bucket).members()
    target = objects_of(bucket)
    answer = holds(role.powers, role.boundary, ACTIONS, target, caller=caller_of(role))

    if answer.verdict is YES:
        granted = granting(role.powers, role.boundary, ACTIONS, target, caller=caller_of(role)).members()
        assert any(truth.verdict is YES for _, truth in granted)
        assert answer.facts[0].origin.line
    return answer.verdict


@pytest.mark.parametrize(
    ("statements", "boundary", "verdict"),
    [
        ([ALLOW], "aws_iam_policy.limit.arn", NO),
        ([ALLOW], "aws_iam_policy.wide.arn", YES),
        ([ALLOW], "var.x", PERHAPS),
    ],
)
def test_a_boundary_limits(tmp_path: Path, statements: list[str], boundary: str, verdict: Verdict) -> None:
    assert judged(tmp_path, statements, boundary) is verdict
