"""The built-in scenarios agree with sample records, and with what the filters of CIS are made for."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.kernel.truth import Verdict
from guardrails.semantics.filter_patterns import FilterPattern, parse

if TYPE_CHECKING:
    from guardrails.semantics.partial import PartialRecord

scenarios = import_module("guardrails_policies.scenarios")
SAMPLES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "semantics/monitoring/cloudtrail-records.json").read_text(encoding="utf-8")
)
SCENARIOS = [scenarios.named(name) for name in scenarios.NAMES]

OF = {
    "iam-policy-change": "iam-AttachRolePolicy iam-AttachUserPolicy iam-CreatePolicyVersion iam-DetachRolePolicy "
    "iam-PutRolePolicy iam-PutUserPolicy",
    "iam-identity-change": "iam-AddUserToGroup iam-CreateAccessKey iam-CreateLoginProfile iam-CreateRole "
    "iam-CreateUser iam-DeactivateMFADevice iam-DeleteUser iam-SetDefaultPolicyVersion iam-UpdateAssumeRolePolicy "
    "root-CreateAccessKey",
    "root-use": "root-CreateAccessKey root-UpdateAccountPasswordPolicy signin-ConsoleLogin-root-mfa "
    "signin-ConsoleLogin-root-no-mfa",
    "sign-in-without-mfa": "signin-ConsoleLogin-user-no-mfa",
    "sign-in-failure": "signin-ConsoleLogin-user-failure signin-ConsoleLogin-unknown-user",
    "unauthorized-call": "ec2-RunInstances-unauthorized s3-GetBucketPolicy-denied lambda-ListFunctions-denied "
    "iam-AttachUserPolicy-denied",
    "trail-change": "cloudtrail-DeleteTrail cloudtrail-StartLogging cloudtrail-StopLogging cloudtrail-UpdateTrail",
    "config-change": "config-DeleteDeliveryChannel config-PutConfigurationRecorder config-StopConfigurationRecorder",
    "key-removal": "kms-DisableKey kms-ScheduleKeyDeletion",
    "bucket-policy-change": "s3-DeleteBucketPolicy s3-PutBucketAcl s3-PutBucketLifecycle s3-PutBucketPolicy "
    "s3-PutBucketReplication",
    "destructive-deletion": "cloudtrail-DeleteTrail s3-DeleteBucket ec2-TerminateInstances",
    "pipeline-tampering": "cloudtrail-PutEventSelectors cloudtrail-DeleteEventDataStore logs-DeleteLogGroup "
    "logs-DeleteMetricFilter logs-PutRetentionPolicy cloudwatch-DeleteAlarms cloudwatch-DisableAlarmActions "
    "sns-DeleteTopic events-DisableRule s3-PutBucketVersioning s3-PutBucketLifecycle",
    "security-group-change": "ec2-AuthorizeSecurityGroupIngress ec2-CreateSecurityGroup ec2-DeleteSecurityGroup "
    "ec2-RevokeSecurityGroupIngress",
    "network-acl-change": "ec2-CreateNetworkAclEntry ec2-ReplaceNetworkAclAssociation",
    "gateway-change": "ec2-AttachInternetGateway ec2-CreateCustomerGateway",
    "route-change": "ec2-CreateRoute ec2-DisassociateRouteTable ec2-ReplaceRoute",
    "vpc-change": "ec2-CreateVpc ec2-CreateVpcPeeringConnection ec2-DeleteVpc",
    "organization-change": "organizations-AttachPolicy organizations-CreateAccount organizations-DetachPolicy "
    "organizations-LeaveOrganization organizations-RemoveAccountFromOrganization",
    "unusual-region": "ec2-RunInstances-unusual-region",
}
"""Scenario → the sample records that belong to it."""


def pins(partial: PartialRecord, record: dict[str, Any]) -> bool:
    """Whether a record agrees with all that a partial one says of the fields that tell calls apart."""
    for path in (
        ("eventName",),
        ("eventSource",),
        ("eventType",),
        ("errorCode",),
        ("errorMessage",),
        ("awsRegion",),
        ("readOnly",),
        ("userIdentity", "type"),
        ("userIdentity", "invokedBy"),
        ("additionalEventData", "MFAUsed"),
    ):
        field, found = partial.select(path), at(record, path)
        if found is None:
            if not field.absent:
                return False
        elif isinstance(found, bool):
            if found not in field.others:
                return False
        elif field.texts is None or not field.texts.includes(found):
            return False
    return True


def at(record: dict[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - whatever stands there
    found: Any = record
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_sample_records_belong_to_their_scenario_and_no_others_of_their_kind(scenario: Any) -> None:  # noqa: ANN401
    expected = set(OF[scenario.name].split())
    if scenario.name == "iam-policy-change":
        expected.discard("iam-AttachUserPolicy-denied")
    found = {
        name
        for name, record in SAMPLES.items()
        if record.get("eventCategory") == "Management"
        and any(pins(call.record, record) for call in scenario.calls)
        and at(record, ("userIdentity", "invokedBy")) is None
    }

    assert expected <= found
    if all(call.name for call in scenario.calls):
        assert found - expected <= {"signin-ConsoleLogin-root-failure"}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_filter_for_exactly_the_calls_of_a_scenario_matches_no_near_miss(scenario: Any) -> None:  # noqa: ANN401
    names = [call.name for call in scenario.calls]
    if not all(names) or scenario.name == "destructive-deletion":
        pytest.skip("not told apart by the names of calls")
    clauses = " || ".join(f"($.eventName = {name})" for name in dict.fromkeys(names))
    extra = {"sign-in-without-mfa": ' && ($.additionalEventData.MFAUsed = "No") && ($.userIdentity.type = "IAMUser")'}
    extra["sign-in-failure"] = ' && ($.errorMessage = "Failed authentication")'
    pattern = parse(f"{{ ({clauses}){extra.get(scenario.name, '')} }}")

    assert isinstance(pattern, FilterPattern)
    assert [pattern.answers(call.record).verdict for call in scenario.calls] == [Verdict.TRUE] * len(names)
    assert all(pattern.answers(call.record).verdict is Verdict.FALSE for call in scenario.near_misses)


def test_calls_can_be_added_left_out_and_narrowed_to_regions() -> None:
    changes = scenarios.named("vpc-change")
    fewer = changes.without(["CreateVpc", "DeleteVpc"])
    narrowed = fewer.with_calls(*scenarios.named("iam-policy-change").calls[:1]).within(("eu-west-1",))

    assert len(fewer.calls) == len(changes.calls) - 2
    assert [call.record.select(("awsRegion",)).says() for call in narrowed.calls[-2:]] == ["`eu-west-1`", "`us-east-1`"]


def test_unusual_regions_are_those_outside_the_allowed_ones() -> None:
    unusual_region = import_module("guardrails_policies.scenarios.account").unusual_region
    pattern = parse('{ ($.awsRegion != "eu-west-1") && ($.awsRegion != "us-east-1") }')
    assert isinstance(pattern, FilterPattern)
    told = [
        pattern.answers(unusual_region(allowed).calls[0].record).verdict
        for allowed in (("eu-west-1", "us-east-1"), ("eu-west-1", "us-east-1", "eu-west-2"), ("eu-west-1",))
    ]

    assert told == [Verdict.TRUE, Verdict.TRUE, Verdict.UNKNOWN]


def test_each_scenario_has_the_policy_that_asks_for_it() -> None:
    shared = import_module("guardrails_policies.aws.monitor._scenarios")
    asked = {
        found[1]: policy.id
        for policy in plugins.load().policies
        for found in [re.search(r'(?:noticed|matters)\(account, "([a-z-]+)"', Path(policy.file).read_text("utf-8"))]
        if policy.id.startswith("MONITOR-") and found is not None
    }

    assert asked | {"unusual-region": "MONITOR-018"} == shared.JUDGED_BY
    assert set(shared.JUDGED_BY) == set(scenarios.NAMES)
