"""AWS-managed policies: known by name, evaluated like any other, and silent about nothing."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from written_policies import somewhere, variable

from guardrails.kernel.truth import Verdict, true
from guardrails.kernel.value import Value
from guardrails.semantics.access import managed
from guardrails.semantics.access.actions import Use, actions_of
from guardrails.semantics.access.managed import aws_managed_policy, is_aws_managed, managed_as_of
from guardrails.semantics.access.statements import acts, reaches_some
from guardrails.semantics.access.targets import Target, anything, arn

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


def allows(name: str, action: str, target: Target | None = None) -> Verdict:
    """Whether some statement of the policy allows an action, whatever its conditions."""
    found = aws_managed_policy(Value.of(f"arn:aws:iam::aws:policy/{name}", somewhere("policy_arn")))
    return found.some(
        lambda policy: policy.statements.some(
            lambda one: one.effect.equals("Allow") & acts(one, action) & reaches_some(one, target or anything(), true())
        )
    ).verdict


@pytest.mark.parametrize(
    ("name", "action", "verdict"),
    [
        ("AdministratorAccess", "cloudtrail:StopLogging", TRUE),
        ("AdministratorAccess", "ec2:RunInstances", TRUE),
        ("PowerUserAccess", "cloudtrail:StopLogging", TRUE),
        ("PowerUserAccess", "iam:PutRolePolicy", FALSE),
        ("ReadOnlyAccess", "s3:GetObject", TRUE),
        ("ReadOnlyAccess", "logs:FilterLogEvents", TRUE),
        ("ReadOnlyAccess", "s3:DeleteObject", FALSE),
        ("ReadOnlyAccess", "cloudtrail:StopLogging", FALSE),
        ("ReadOnlyAccess", "kms:Decrypt", FALSE),
        ("job-function/ViewOnlyAccess", "s3:GetObject", FALSE),
        ("SecurityAudit", "s3:GetObject", FALSE),
        ("AWSCloudTrail_FullAccess", "cloudtrail:StopLogging", TRUE),
        ("AmazonS3FullAccess", "s3:DeleteObject", TRUE),
        ("AmazonS3FullAccess", "logs:DeleteLogGroup", FALSE),
        ("IAMFullAccess", "iam:PutRolePolicy", TRUE),
        ("AmazonEC2FullAccess", "s3:GetObject", FALSE),
        ("AmazonEC2FullAccess", "ec2:RunInstances", UNKNOWN),
        ("ReadOnlyAccess", "dynamodb:Scan", UNKNOWN),
    ],
)
def test_well_known_policies(name: str, action: str, verdict: Verdict) -> None:
    assert allows(name, action) is verdict


def test_a_policy_for_some_buckets_reaches_no_other() -> None:
    assert allows("AmazonSageMakerFullAccess", "s3:PutObject", arn("arn:aws:s3:::my-sagemaker/a")) is TRUE
    assert allows("AmazonSageMakerFullAccess", "s3:PutObject", arn("arn:aws:s3:::logs/a")) is FALSE


def test_every_classified_action_is_recorded() -> None:
    recorded = set(managed._recorded())  # noqa: SLF001 - what the data promises

    assert {action for use in get_args(Use) for action in actions_of(use)} <= recorded


def test_every_policy_can_be_read() -> None:
    for name in managed._policies():  # noqa: SLF001 - all of them
        ((policy, _),) = aws_managed_policy(Value.of(name)).members()
        for statement, _ in policy.statements.members():
            assert statement.actions.members() or statement.not_actions.members()
            assert statement.resources.members() or statement.not_resources.members()


def test_what_is_not_known_is_a_gap() -> None:
    newer = aws_managed_policy(Value.of("arn:aws:iam::aws:policy/MadeTomorrow"))
    assert managed_as_of() in newer.gaps[0].detail
    assert newer.members() == ()
    assert aws_managed_policy(variable()).gaps == variable().reasons


def test_which_policies_aws_manages() -> None:
    assert is_aws_managed("arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert is_aws_managed("arn:aws-us-gov:iam::aws:policy/job-function/ViewOnlyAccess")
    assert not is_aws_managed("arn:aws:iam::111122223333:policy/ReadOnlyAccess")
    assert not is_aws_managed("ReadOnlyAccess")


def test_the_data_is_small_and_read_only_when_asked_for() -> None:
    file = Path(managed.__file__).with_name("aws_managed_policies.json")

    assert file.stat().st_size < 300_000
