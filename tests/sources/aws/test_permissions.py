"""The permissions are those of the calls that are made, no more; and every one of these calls only reads."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.model import ServiceModel  # type: ignore[import-untyped]  # as above

from guardrails import plugins
from guardrails.sources.aws import permissions, regions, session
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.kinds_organizations import DESCRIBE_ORGANIZATION, LIST_ACCOUNTS
from guardrails.sources.aws.needs import needs_parts

if TYPE_CHECKING:
    from guardrails.sources.aws.calling import Call

LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
ALL = {type_: frozenset(kind.parts) for type_, kind in KINDS.items()}
REFERENCE: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "actions.json").read_text(encoding="utf-8"))
"""What AWS's service authorization reference says of the actions, as of 27 October 2026: access level, and resource
types with their ARNs."""
CALLS: dict[str, Call] = {
    call.name: call
    for call in (
        *(call for kind in KINDS.values() for call in kind.calls),
        *regions.CALLS,
        *session.CALLS,
        DESCRIBE_ORGANIZATION,
        LIST_ACCOUNTS,
    )
}
OF_ANOTHER_NAME = {
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3.GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3.GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3.GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.ListBuckets": "s3:ListAllMyBuckets",
    "s3control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Operations that are allowed by an action of another name, as Amazon S3's user guide lists them."""
PREFIXES = {"s3control": "s3", "sso-admin": "sso"}
"""Services of botocore of which the actions have another prefix."""
SENDS_A_BODY = {"json", "query", "ec2", "smithy-rpc-v2-cbor"}
"""Protocols in which every operation is a POST."""
POSTED = {"oam.GetSinkPolicy", "oam.ListLinks", "oam.ListSinks", "securityhub.GetEnabledStandards"}
"""Operations that only read, and whose method does not show it."""


def statements_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["Statement"]
    return found


def actions_of(documents: list[dict[str, Any]]) -> list[str]:
    return [action for document in documents for statement in statements_of(document) for action in statement["Action"]]


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_a_call_is_allowed_by_an_action_that_only_reads(call: Call) -> None:
    service, _, action = call.action.partition(":")

    assert REFERENCE[call.action]["level"] in ("List", "Read") or call == session.ASSUME_ROLE
    assert call.action == OF_ANOTHER_NAME.get(call.name, f"{PREFIXES.get(call.service, call.service)}:{call.operation}")
    assert re.fullmatch("(Get|List|Describe|Lookup)[A-Za-z0-9]+", action) or call == session.ASSUME_ROLE
    assert re.fullmatch(r"[a-z0-9]+", service)


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_a_call_is_an_operation_that_only_reads(call: Call) -> None:
    model = ServiceModel(Loader().load_service_model(call.service, "service-2"), call.service)
    operation = model.operation_model(call.operation)

    assert re.match("Get|List|Describe|Lookup", operation.name) or call == session.ASSUME_ROLE
    if model.metadata["protocol"] not in SENDS_A_BODY:
        assert operation.http["method"] == ("POST" if call.name in POSTED else "GET")


def test_nothing_is_looked_up_that_is_not_called() -> None:
    assert set(REFERENCE) == {call.action for call in CALLS.values()}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_what_is_printed_for_a_policy_allows_its_calls_and_no_other(policy: Any) -> None:  # noqa: ANN401 - on any kind
    document = json.loads(permissions.print_policy([policy]))
    needed = needs_parts([policy])

    expected = {call.action for call in permissions.calls(needed)}
    assert sorted(actions_of([document])) == sorted(expected)
    assert expected >= {
        part.call.action for type_ in needed for part in KINDS[type_].details if part.name in needed[type_]
    }
    assert document["Version"] == "2012-10-17"


def test_all_policies_together_fit_into_one_managed_policy() -> None:
    (document,) = permissions.documents(ALL)

    assert len("".join(json.dumps(document).split())) <= permissions.MOST_CHARACTERS


def test_a_policy_that_is_too_long_is_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = permissions.documents(ALL)
    monkeypatch.setattr(permissions, "MOST_CHARACTERS", 1500)

    parts = permissions.documents(ALL)
    printed = json.loads(permissions.print_policy(POLICIES))

    assert len(parts) > 2
    assert all(len(json.dumps(part, separators=(",", ":"))) <= 1500 for part in parts)
    assert [one for part in parts for one in statements_of(part)] == statements_of(whole)
    assert list(printed) == [f"GuardrailsScan{number}" for number in range(1, len(printed) + 1)]


def test_statements_are_named_as_iam_takes_it_and_allow_no_patterns_of_actions() -> None:
    (document,) = permissions.documents(ALL)
    sids = [statement["Sid"] for statement in statements_of(document)]

    assert len(sids) == len(set(sids))
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    assert not any("*" in action for action in actions_of([document]))
    assert {statement["Effect"] for statement in statements_of(document)} == {"Allow"}


def test_where_any_resource_is_allowed_the_sid_says_so() -> None:
    for statement in statements_of(permissions.documents(ALL)[0]):
        assert (statement["Resource"] == ["*"]) == statement["Sid"].endswith("AnyResource")


def test_what_is_bound_to_resources_is_bound_to_those_of_the_action() -> None:
    """Each resource that an action needs lies within what is allowed, and nothing is allowed that it has no use for."""
    bound = [one for one in statements_of(permissions.documents(ALL)[0]) if one["Resource"] != ["*"]]
    assert bound
    for statement in bound:
        for action in statement["Action"]:
            types = REFERENCE[action]["resources"]
            arns = {one["type"]: re.sub(r"\$\{\w+\}", "x", one["arn"].replace("${Partition}", "aws")) for one in types}
            within = {
                name for name, arn in arns.items() for pattern in statement["Resource"] if fnmatchcase(arn, pattern)
            }
            assert within >= {one["type"] for one in types if one["required"]}, action
            for pattern in statement["Resource"]:
                assert any(fnmatchcase(arn, pattern) for arn in arns.values()), (action, pattern)


def test_what_is_bound_to_nothing_has_no_resource_or_lists_all_there_are() -> None:
    listings = {step.call.action for kind in KINDS.values() for one in kind.listings for step in one.steps}
    of_all = {"config:DescribeConfigurationRecorderStatus", "sns:GetSubscriptionAttributes"}
    for statement in statements_of(permissions.documents(ALL)[0]):
        for action in statement["Action"] if statement["Resource"] == ["*"] else ():
            assert not REFERENCE[action]["resources"] or action in listings | of_all, action


def test_whoever_starts_a_run_over_an_organization_may_find_accounts_and_assume_one_role() -> None:
    printed = json.loads(permissions.print_policy(POLICIES[:1], organization=True, role="Audit", partition="aws-cn"))
    assume, find = statements_of(printed["GuardrailsScanOrganization"])

    assert (assume["Action"], assume["Resource"]) == (["sts:AssumeRole"], ["arn:aws-cn:iam::*:role/Audit"])
    assert find["Action"] == ["organizations:DescribeOrganization", "organizations:ListAccounts"]
    assert "sts:AssumeRole" not in actions_of([printed["GuardrailsScan"]])


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_resources_are_of_the_partition(partition: str) -> None:
    for statement in statements_of(permissions.documents(ALL, partition)[0]):
        assert statement["Resource"] == ["*"] or all(
            one.startswith(f"arn:{partition}:") for one in statement["Resource"]
        )
