"""Who remains of everybody under conditions: one row for each of the reference's sayings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from written_policies import allowing, attribute, joined, stated, unread, variable

from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Value
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.caller_keys import Audience
from guardrails.semantics.access.targets import arn

if TYPE_CHECKING:
    from guardrails.semantics.access.grant import Grant

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
OWN = Value.of("111122223333")
TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
ORGANIZATION_ID = attribute("aws_organizations_organization.o", "id")
OWN_ROLES = joined("arn:aws:iam::", ("data.aws_caller_identity.c", "account_id"), ":role/*")


def under(condition: object) -> list[tuple[Grant, Truth]]:
    found = who_may(
        stated(allowing(Principal="*", Condition=condition)),
        ("s3:GetObject",),
        arn("arn:aws:s3:::logs/a"),
        account=OWN,
    )
    return list(found.members())


def only(condition: object) -> Grant:
    ((grant, _),) = under(condition)
    return grant


@pytest.mark.parametrize(
    ("condition", "audience"),
    [
        ({}, Audience.ANYONE),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, Audience.ORGANIZATION),
        ({"StringEquals": {"AWS:principalORGid": "o-a1b2c3d4e5"}}, Audience.ORGANIZATION),
        ({"StringLike": {"aws:PrincipalOrgID": "*"}}, Audience.ANY_ACCOUNT),
        ({"StringLike": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-*"]}}, Audience.ANY_ACCOUNT),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"}}, Audience.ORGANIZATION),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-b/*"}}, Audience.ANY_ACCOUNT),
        ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"}}, Audience.ANYONE),
        (
            {
                "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"},
                "Null": {"aws:PrincipalOrgPaths": "false"},
            },
            Audience.ORGANIZATION,
        ),
        ({"StringEquals": {"aws:PrincipalAccount": "444455556666"}}, Audience.ACCOUNTS),
        ({"StringEquals": {"kms:CallerAccount": "444455556666"}}, Audience.ACCOUNTS),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, Audience.ANY_ACCOUNT),
        (
            {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "444455556666"}},
            Audience.ACCOUNTS,
        ),
        ({"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:*"}}, Audience.ANYONE),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/audit*"}}, Audience.IDENTITIES),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/audit"}}, Audience.ANY_ACCOUNT),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, Audience.ANY_ACCOUNT),
        ({"StringLike": {"aws:PrincipalArn": "arn:*:role/audit"}}, Audience.ANY_ACCOUNT),
        ({"StringLike": {"aws:userid": "AROAEXAMPLE000000001:*"}}, Audience.IDENTITIES),
        ({"StringLike": {"aws:userid": "*:i-0123"}}, Audience.ANYONE),
        ({"ArnEquals": {"aws:SourceArn": TRAIL}}, Audience.SERVICES),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}}, Audience.ANY_ACCOUNT),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}, Audience.SERVICES),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::data"}}, Audience.SERVICES),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:data"}}, Audience.SERVICES),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::data*"}}, Audience.ANY_ACCOUNT),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, Audience.SERVICES),
        ({"StringEquals": {"AWS:SourceOwner": "111122223333"}}, Audience.SERVICES),
        ({"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}, Audience.SERVICES),
        ({"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d"}}, Audience.NETWORK),
        ({"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}, Audience.NETWORK),
        ({"StringLike": {"aws:SourceVpce": "vpce-*"}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, Audience.NETWORK),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": [f"{n}.0.0.0/8" for n in range(256)]}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": [f"{n}.0.0.0/8" for n in range(255)]}}, Audience.NETWORK),
        ({"IpAddress": {"aws:SourceIp": "::/0"}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": "fc00::/7"}}, Audience.NETWORK),
        ({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, Audience.ANYONE),
        ({"IpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:PrincipalServiceName": "cloudtrail.amazonaws.com"}}, Audience.SERVICES),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, Audience.SERVICES),
        ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, Audience.ANYONE),
        ({"Bool": {"aws:ViaAWSService": "true"}}, Audience.ANY_ACCOUNT),
        ({"StringEquals": {"aws:PrincipalTag/team": "audit"}}, Audience.ANY_ACCOUNT),
        (
            {"StringEquals": {"aws:PrincipalTag/team": "audit", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            Audience.ORGANIZATION,
        ),
        ({"Bool": {"aws:SecureTransport": "true"}}, Audience.ANYONE),
        ({"StringLike": {"aws:Referer": "https://example.com/*"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:UserAgent": "x"}}, Audience.ANYONE),
        ({"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}}, Audience.ANYONE),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, Audience.ANYONE),
        ({"StringLike": {"s3:prefix": "home/*"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, Audience.ANYONE),
        ({"StringEquals": {"sts:ExternalId": "word"}}, Audience.SECRET),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, Audience.ANYONE),
        (
            {
                "StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "Null": {"aws:PrincipalOrgID": "false"},
            },
            Audience.ORGANIZATION,
        ),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, Audience.ANYONE),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, Audience.ANY_ACCOUNT),
        ({"Null": {"aws:PrincipalOrgID": "true"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, Audience.ORGANIZATION),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, Audience.ANY_ACCOUNT),
        # What is not known but is one text narrows like any other.
        ({"ArnLike": {"aws:SourceArn": attribute("aws_cloudtrail.main", "arn")}}, Audience.SERVICES),
        ({"StringLike": {"aws:PrincipalOrgID": ORGANIZATION_ID}}, Audience.ORGANIZATION),
        ({"StringEquals": {"aws:PrincipalOrgID": variable()}}, Audience.ORGANIZATION),
        ({"StringEquals": {"aws:PrincipalOrgID": unread()}}, Audience.ORGANIZATION),
        ({"ArnLike": {"aws:PrincipalArn": OWN_ROLES}}, Audience.IDENTITIES),
        ({"IpAddress": {"aws:SourceIp": joined(("aws_eip.nat", "public_ip"), "/32")}}, Audience.NETWORK),
    ],
)  # fmt: skip
def test_who_remains(condition: dict[str, Any], audience: Audience) -> None:
    grant = only(condition)

    assert grant.audience is audience
    assert grant.is_public().verdict is (TRUE if audience in (Audience.ANYONE, Audience.ANY_ACCOUNT) else FALSE)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalOrgID": variable()}},
        {"StringLike": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", variable()]}},
        {"StringLike": {"aws:PrincipalOrgID": unread()}},
        {"ArnLike": {"aws:SourceArn": variable()}},
        {"ArnLike": {"aws:SourceArn": joined("arn:aws:cloudtrail:*:", None, ":trail/*")}},
        {"IpAddress": {"aws:SourceIp": variable()}},
        {"Bool": {"aws:PrincipalIsAWSService": variable()}},
        {"StringEquals": {"some:key": "a"}},
        {"StringSortOf": {"aws:PrincipalOrgID": "o-a"}},
        {"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}},
        unread(),
    ],
)
def test_what_may_be_open_to_all_is_not_known(condition: object) -> None:
    assert only(condition).is_public().verdict is UNKNOWN


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalOrgID": variable()}, "StringEquals": {"aws:PrincipalAccount": "111122223333"}},
        {"StringEquals": {"some:key": "a", "aws:SourceVpce": "vpce-0a1b2c3d"}},
    ],
)
def test_a_limit_that_is_certain_is_enough(condition: object) -> None:
    assert only(condition).is_public().verdict is FALSE


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "*"}},
        {"StringEquals": {"AWS:SourceOwner": "arn:aws:sns:us-east-1:111122223333:t"}},
        {"StringEquals": {"aws:SourceAccount": attribute("aws_sns_topic.t", "arn")}},
        {"StringEquals": {"aws:SourceAccount": joined("arn:aws:iam::", None, ":root")}},
        {"StringEquals": {"aws:PrincipalOrgID": []}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:PrincipalIsAWSService": "true"}},
    ],
)
def test_conditions_that_nobody_meets_grant_nothing(condition: object) -> None:
    assert under(condition) == []


def test_the_facts_name_the_condition() -> None:
    told = only({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}).is_public()
    assert told.facts[0].detail == "`aws:PrincipalOrgID` limits who"

    told = only({"StringLike": {"aws:Referer": "https://example.com/*"}}).is_public()
    assert [fact.detail for fact in told.facts] == ["everyone is let in", "`aws:Referer` does not limit who"]
