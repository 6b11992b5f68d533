"""What S3 calls public, and what is left of a public policy under a public access block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from written_policies import INPUT, allowing, attribute, joined, policies, stated, unread, variable

from guardrails.kernel.truth import Truth, Verdict, any_of, decide, false, true, unknown
from guardrails.kernel.value import Value
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.public import restricted, s3_calls_public
from guardrails.semantics.access.targets import arn

if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.model.access import AccessPolicy
    from guardrails.semantics.access.grant import Grant

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
VECTORS = json.loads((Path(__file__).parent / "iam-policy-evaluation.vectors.json").read_text("utf-8"))
OWN = Value.of("111122223333")
OBJECT = arn("arn:aws:s3:::corp-audit-logs/a")
SETTING = "RestrictPublicBuckets"


@pytest.mark.parametrize("vector", VECTORS["publicPolicy"], ids=lambda vector: vector["id"])
def test_public_policies(vector: dict[str, Any]) -> None:
    assert s3_calls_public(policies(vector["policy"])).verdict is (TRUE if vector["expectedPublic"] else FALSE)


def test_there_are_that_many_vectors() -> None:
    assert len(VECTORS["publicPolicy"]) == 34
    assert len(VECTORS["publicAccessBlock"]) == 7


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"ArnLike": {"aws:SourceArn": attribute("aws_cloudtrail.main", "arn")}}, FALSE),
        ({"StringEquals": {"aws:SourceVpce": joined("vpce-", ("aws_vpc_endpoint.e", "id"))}}, FALSE),
        ({"StringEquals": {"aws:SourceVpce": variable()}}, UNKNOWN),
        ({"IpAddress": {"aws:SourceIp": variable()}}, UNKNOWN),
        ({"StringEquals": {"aws:SourceVpce": unread()}}, UNKNOWN),
        ({"StringEquals": {"aws:SourceVpce": ["vpce-1", "*"]}}, TRUE),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "true"}}, FALSE),
        ({"StringEquals": {"aws:SourceVpce": variable(), "aws:SourceVpc": "vpc-1"}}, FALSE),
        ({"ArnLike": {"s3:DataAccessPointArn": joined("arn:aws:s3:*:", None, ":accesspoint/*")}}, UNKNOWN),
        (unread(), UNKNOWN),
    ],
)
def test_public_where_something_is_not_known(condition: object, verdict: Verdict) -> None:
    assert s3_calls_public(stated(allowing(Principal="*", Condition=condition))).verdict is verdict


def test_an_unknown_principal_may_be_everyone() -> None:
    assert s3_calls_public(stated(allowing(Principal={"AWS": variable()}))).verdict is UNKNOWN
    assert s3_calls_public(stated(allowing(Principal={"AWS": attribute("aws_iam_role.r", "arn")}))).verdict is FALSE
    assert s3_calls_public(unread()).verdict is UNKNOWN


def left_of(document: Many[AccessPolicy], restricts: Truth) -> Many[Grant]:
    found = who_may(document, ("s3:GetObject",), OBJECT, account=OWN)
    return restricted(found, document, restricts)


@pytest.mark.parametrize("vector", VECTORS["publicAccessBlock"], ids=lambda vector: vector["id"])
def test_public_access_block(vector: dict[str, Any]) -> None:
    restricts = any_of(decide(vector[level][SETTING]) for level in ("account", "bucket"))
    left = left_of(policies(vector["policy"]), restricts)
    asked = {
        "anonymousRead": left.some(lambda grant: grant.is_anonymous()),
        "crossAccountRead": left.some(lambda grant: grant.is_cross_account()),
        "sameAccountRead": left.some(lambda grant: ~grant.is_service()),
    }
    told = {name: answer.verdict for name, answer in asked.items() if name in vector}

    assert told == {name: TRUE if vector[name] else FALSE for name in told}
    assert told


def test_a_block_that_is_not_known_leaves_a_public_policy_open() -> None:
    document = stated(allowing(Principal="*"))
    assert left_of(document, unknown(INPUT)).some(lambda grant: grant.is_public()).verdict is UNKNOWN
    assert left_of(document, false()).some(lambda grant: grant.is_public()).verdict is TRUE


def test_a_policy_that_is_perhaps_public_perhaps_loses_its_other_grants() -> None:
    foreign = allowing(Principal={"AWS": "444455556666"})
    perhaps = allowing(Principal="*", Condition={"StringEquals": {"aws:SourceVpce": variable()}})

    assert left_of(stated(foreign, perhaps), true()).some(lambda grant: grant.is_cross_account()).verdict is UNKNOWN
    assert left_of(stated(foreign), true()).some(lambda grant: grant.is_cross_account()).verdict is TRUE


def test_services_keep_what_a_public_policy_gives_them() -> None:
    document = stated(allowing(Principal="*"), allowing(Principal={"Service": "cloudtrail.amazonaws.com"}))
    left = left_of(document, true())

    assert left.some(lambda grant: grant.is_service()).verdict is TRUE
    assert left.some(lambda grant: grant.is_cross_account()).verdict is FALSE
