"""The call table against what botocore knows of the services, and against what the lowerings read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from answering import operation
from live_calls import CALLS, element, shapes

from guardrails.sources.aws.calling import NOT_YET_EVERYWHERE
from guardrails.sources.aws.filling import filled
from guardrails.sources.aws.kinds import KINDS

if TYPE_CHECKING:
    from guardrails.sources.aws.calling import Call
    from guardrails.sources.aws.kind import Kind, Part, Step

ALL_CALLS = {(kind.type, call.name): call for kind in KINDS.values() for call in kind.calls}
STEPS = [
    pytest.param(step, id=f"{kind.type}: {step.call.operation}")
    for kind in KINDS.values()
    for listing in kind.listings
    for step in listing.steps
]
PARTS = [pytest.param(part, id=f"{kind.type}: {part.name}") for kind in KINDS.values() for part in kind.details]
READING = ("Get", "List", "Describe", "Lookup")
ACTIONS = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3.ListBuckets": "s3:ListAllMyBuckets",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3.GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3.GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Calls that need an action of another name."""
PREFIXES = {"sso-admin": "sso"}
"""Services that are called otherwise in policies."""
S3_ABSENT = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; botocore lists none of them.
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
}
NO_PAGES = {
    "guardduty.DescribeOrganizationConfiguration": "it has a token, and no list that goes on",
    "cloudtrail.LookupEvents": "one page is read; that there are more is told",
}
SPELLED = {"NotFound": "NotFoundException"}
"""Codes of the older protocol of a service, by the exception they stand for."""
GROUP = "arn:aws:logs:eu-central-1:111122223333:log-group:a"


def test_the_types_are_those_of_the_live_columns() -> None:
    assert KINDS.keys() == CALLS.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.type)
def test_the_parts_are_those_of_the_live_columns(kind: Kind) -> None:
    assert {*kind.parts, *kind.own} | ({""} if kind.flat else set()) == CALLS[kind.type].keys()


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=lambda call: call.name)
def test_a_call_only_reads(call: Call) -> None:
    assert call.operation.startswith(READING)


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=lambda call: call.name)
def test_a_call_names_the_action_that_allows_it(call: Call) -> None:
    expected = ACTIONS.get(call.name, f"{PREFIXES.get(call.service, call.service)}:{call.operation}")

    assert call.action == expected


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=lambda call: call.name)
def test_the_items_of_pages_are_lists_of_the_answer(call: Call) -> None:
    members = operation(call.service, call.operation).output_shape.members

    assert [name for name in call.items.split() if members[name].type_name != "list"] == []


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=lambda call: call.name)
def test_what_comes_in_pages_says_so(call: Call) -> None:
    answer = operation(call.service, call.operation).output_shape.members
    in_pages = {"NextToken", "nextToken", "NextMarker", "Marker", "ContinuationToken"} & answer.keys()

    assert bool(call.items) == bool(in_pages) or call.name in NO_PAGES


@pytest.mark.parametrize("call", ALL_CALLS.values(), ids=lambda call: call.name)
def test_codes_are_errors_of_the_operation(call: Call) -> None:
    codes = {*call.absent, *call.unsupported}.difference(NOT_YET_EVERYWHERE)
    known = {shape.name for shape in operation(call.service, call.operation).error_shapes}

    assert codes <= (S3_ABSENT if call.service in ("s3", "s3control") else known)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.type)
def test_codes_of_what_is_gone_are_errors_of_some_call(kind: Kind) -> None:
    about = [*kind.calls]
    about += (call for one in KINDS.values() for each in one.listings if each.of == kind.type for call in one.calls)
    known = {"NoSuchBucket"} | {
        shape.name for call in about for shape in operation(call.service, call.operation).error_shapes
    }

    assert {SPELLED.get(code, code) for code in kind.gone} <= known


@pytest.mark.parametrize("step", STEPS)
def test_a_step_asks_what_there_is_to_ask(step: Step) -> None:
    call = operation(step.call.service, step.call.operation)
    shape = call.output_shape
    for name in filter(None, step.items.split(".")):
        shape = element(shape).members[name]

    known = call.input_shape.members if call.input_shape is not None else {}
    required = call.input_shape.required_members if call.input_shape is not None else []
    assert step.parameters.keys() <= known.keys()
    assert set(required) <= step.parameters.keys()
    assert element(shape).type_name in ("structure", "string")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_asks_what_there_is_to_ask(part: Part) -> None:
    call = operation(part.call.service, part.call.operation)
    shape = call.output_shape
    for name in filter(None, part.path.split(".")):
        inner = element(shape)
        shape = inner.value if inner.type_name == "map" else inner.members[name]

    known = call.input_shape.members if call.input_shape is not None else {}
    required = call.input_shape.required_members if call.input_shape is not None else []
    assert part.parameters.keys() <= known.keys()
    assert set(required) <= part.parameters.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.type)
def test_pointers_are_answered_and_lead_to_a_kind(kind: Kind) -> None:
    assert [pointer.path for pointer in kind.points if not shapes(kind.type, pointer.path)] == []
    assert [pointer.type for pointer in kind.points if KINDS[pointer.type].to_address is None] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.type)
def test_listings_hang_on_kinds_that_exist(kind: Kind) -> None:
    assert [listing for listing in kind.listings if listing.of and listing.of not in KINDS] == []
    assert [listing for listing in kind.listings if listing.after and listing.after not in KINDS] == []
    assert not kind.sparing or kind.to_address is not None or kind.evidence is not None


@pytest.mark.parametrize(
    ("type", "text", "address"),
    [
        ("s3.bucket", "logs", "arn:aws:s3:::logs"),
        ("s3.bucket", "arn:aws:s3:::logs/AWSLogs/", "arn:aws:s3:::logs"),
        ("s3.bucket", "arn:aws:logs:eu-central-1:111122223333:log-group:logs", ""),
        ("logs.group", f"{GROUP}:*", GROUP),
        ("logs.group", "arn:aws:sns:eu-central-1:111122223333:a", ""),
        ("sns.topic", "arn:aws:sns:eu-west-1:444455556666:alerts", "arn:aws:sns:eu-west-1:444455556666:alerts"),
        ("sns.topic", "alerts", "arn:aws:sns:eu-central-1:111122223333:alerts"),
        ("sns.topic", "arn:aws:lambda:eu-central-1:111122223333:function:alerts", ""),
        ("sns.topic", "arn:aws:automate:eu-central-1:ec2:stop", ""),
        ("kms.key", "alias/audit", "arn:aws:kms:eu-central-1:111122223333:alias/audit"),
        ("kms.key", "1234-5678", "arn:aws:kms:eu-central-1:111122223333:key/1234-5678"),
        ("kms.key", "alias/aws/sns", ""),
        ("kms.key", "arn:aws:kms:eu-central-1:111122223333:alias/aws/s3", ""),
        ("kms.key", "arn:aws:kms:eu-west-1:444455556666:key/1", "arn:aws:kms:eu-west-1:444455556666:key/1"),
    ],
)  # fmt: skip
def test_a_reference_is_read_as_an_address(type: str, text: str, address: str) -> None:
    to_address = KINDS[type].to_address
    assert to_address is not None

    assert to_address(text, {"partition": "aws", "region": "eu-central-1", "account": "111122223333"}) == address


def test_addresses_of_other_partitions_keep_theirs() -> None:
    context = {"partition": "aws-us-gov", "region": "us-gov-west-1", "account": "111122223333", "logGroupName": "a"}

    assert filled(KINDS["logs.group"].address, context) == "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:a"
    assert filled(KINDS["s3.bucket"].address, {**context, "Name": "logs"}) == "arn:aws-us-gov:s3:::logs"
