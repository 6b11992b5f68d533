"""Which destinations of logs the configuration names as watched: by ARN, by name, by what a reference leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import open_world
from guardrails.model import Context
from guardrails.sources.terraform.project import Options, load

if TYPE_CHECKING:
    from pathlib import Path

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
CODE = """
variable "open" {}

resource "aws_kinesis_stream" "siem" {
  name = "security-siem"
}

resource "aws_lambda_function" "forward" {
  function_name = "to-security-siem"
}

resource "aws_cloudwatch_log_destination" "open" {
  name = var.open
}

resource "aws_cloudwatch_log_subscription_filter" "one" {
  name            = "one"
  log_group_name  = "cloudtrail"
  filter_pattern  = ""
  destination_arn = DESTINATION
}
"""
STREAM = '"arn:aws:kinesis:eu-west-1:111122223333:stream/security-siem"'
DESTINATION = '"arn:aws:logs:eu-west-1:444455556666:destination:security-siem"'


@pytest.mark.parametrize(
    ("destination", "names", "expected"),
    [
        ("aws_kinesis_stream.siem.arn", (), FALSE),
        ("aws_kinesis_stream.siem.arn", ("security-siem",), TRUE),
        ("aws_kinesis_stream.siem.arn", ("*",), TRUE),
        ("aws_kinesis_stream.siem.arn", ("siem",), FALSE),
        ("aws_lambda_function.forward.arn", ("to-*",), TRUE),
        (STREAM, ("security-*",), TRUE),
        (STREAM, ("arn:aws:kinesis:*:111122223333:stream/*",), TRUE),
        (STREAM, ("arn:aws:kinesis:*:444455556666:stream/*",), FALSE),
        (DESTINATION, ("security-siem",), TRUE),
        ("var.open", ("security-siem",), UNKNOWN),
        ("var.open", (), FALSE),
        ("var.open", ("*",), TRUE),
        ("aws_cloudwatch_log_destination.open.arn", ("security-siem",), UNKNOWN),
        (f"var.open ? aws_kinesis_stream.siem.arn : {STREAM}", ("security-siem",), TRUE),
        (f"var.open ? aws_kinesis_stream.siem.arn : {DESTINATION}", ("arn:*:destination:*",), UNKNOWN),
        ("var.open ? aws_kinesis_stream.siem.arn : aws_lambda_function.forward.arn", ("elsewhere",), FALSE),
    ],
)
def test_a_destination_that_the_configuration_names(
    tmp_path: Path, destination: str, names: tuple[str, ...], expected: Verdict
) -> None:
    (tmp_path / "main.tf").write_text(CODE.replace("DESTINATION", destination), encoding="utf-8")
    (deployment,) = load([str(tmp_path)], Options()).deployments
    account = open_world(deployment, Context(watched_destinations=names)).account
    ((subscription, _),) = account.log_subscriptions.members()

    assert subscription.destination.declared_watched.verdict is expected
