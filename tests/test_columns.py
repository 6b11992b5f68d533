"""Every property that a lowering reads in a template exists in CloudFormation's own schemas."""

from __future__ import annotations

import pytest
from cloudformation_schemas import has_property, types

from guardrails.lower.aws import LOWERINGS
from guardrails.lower.columns import Column, columns

COLUMNS = [column for column in columns("cfn") if not column.path.startswith("@")]
SPELLINGS = (
    ("AlarmName", "Name", "TrailName"),
    ("Name", "Key"),
    ("PolicyName", "DestinationName", "Name"),
    ("FilterName", "PolicyName"),
    ("FieldSelectionCriteria", "SelectionCriteria"),
)
"""One thing that several types call differently, and that is read under each name: one of them must exist."""
OF_SIBLINGS = {
    ("AWS::KMS::ReplicaKey", "BypassPolicyLockoutSafetyCheck"): "read with what keys have",
    ("AWS::SNS::Topic", "Subscription.FilterPolicyScope"): "read with what subscriptions of their own have",
    ("AWS::Events::EventBusPolicy", "Version"): "it holds one statement, which is read as a policy with that alone",
}
"""Properties that one function reads for several types and that this one has not."""
NO_TYPE = {
    "look-up of recent calls": "code has no past",
    "organization configuration of GuardDuty": "GuardDuty has none for the settings of an organization",
    "public access block of the account": "S3 Control has none for the settings of an account",
    "delegated administrator": "CloudTrail and Organizations have none for delegation",
}
"""Kinds of resource that no template can make, and why."""


def _spelled_otherwise(column: Column) -> bool:
    above, _, last = column.path.rpartition(".")
    alike = (names for names in SPELLINGS if last in names)
    return any(has_property(column.type, f"{above}.{name}" if above else name) for names in alike for name in names)


def test_every_type_exists() -> None:
    assert {column.type for column in COLUMNS} <= types().keys()


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.noun}: {column.type} {column.path}")
def test_every_property_exists(column: Column) -> None:
    if (column.type, column.path) in OF_SIBLINGS:
        assert not has_property(column.type, column.path), "it exists by now: take it from the list"
        return
    assert has_property(column.type, column.path) or _spelled_otherwise(column)


def test_what_no_template_can_make_is_listed() -> None:
    assert {lowering.noun for lowering in LOWERINGS if not lowering.types.get("cfn")} == set(NO_TYPE)


def test_a_column_that_is_misspelled_is_seen() -> None:
    assert has_property("AWS::CloudTrail::Trail", "KMSKeyId")
    assert not has_property("AWS::CloudTrail::Trail", "KmsKeyId")
    assert has_property("AWS::S3::Bucket", "LifecycleConfiguration.Rules.Transitions.StorageClass")
    assert not has_property("AWS::S3::Bucket", "LifecycleConfiguration.Rules.Transitions.Days")


def test_nested_properties_and_those_of_resources_beside_are_noted() -> None:
    noted = {(column.noun, column.type, column.path) for column in COLUMNS}

    assert ("bucket", "AWS::S3::BucketPolicy", "PolicyDocument") in noted
    assert ("bucket", "AWS::S3::Bucket", "PublicAccessBlockConfiguration.RestrictPublicBuckets") in noted
    assert ("trail", "AWS::CloudTrail::Trail", "AdvancedEventSelectors.FieldSelectors.NotStartsWith") in noted
    assert ("event rule", "AWS::Events::Rule", "Targets.InputTransformer.InputTemplate") in noted
