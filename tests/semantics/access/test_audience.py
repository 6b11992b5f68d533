"""Who may do something to a resource: principals, denials, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from written_policies import allowing, attribute, denying, joined, policies, somewhere, stated, unread, variable

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Value
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.caller_keys import Audience
from guardrails.semantics.access.targets import Target, arn

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.model.access import AccessPolicy
    from guardrails.semantics.access.grant import Grant

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
OWN = Value.of("111122223333")
NOT_STATED: Value[str] = variable()
OBJECT = arn("arn:aws:s3:::logs/AWSLogs/a")
FOREIGN = "arn:aws:iam::444455556666:role/siem"
OTHER = "arn:aws:iam::444455556666:role/other"
CLOUDFRONT_LOGS = attribute("data.aws_cloudfront_log_delivery_canonical_user_id.c", "id")
CALLER = ("data.aws_caller_identity.c", "account_id")
ORG = {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def asked(
    document: Many[AccessPolicy],
    *actions: str,
    target: Target = OBJECT,
    account: Value[str] = OWN,
) -> Many[Grant]:
    return who_may(document, actions or ("s3:GetObject",), target, account=account)


def public(document: Many[AccessPolicy]) -> Verdict:
    return asked(document).some(lambda grant: grant.is_public()).verdict


def foreign(document: Many[AccessPolicy], account: Value[str] = OWN) -> Verdict:
    return asked(document, account=account).some(lambda grant: grant.is_cross_account()).verdict


@pytest.mark.parametrize(
    ("principal", "is_public", "is_foreign", "audience"),
    [
        ("*", TRUE, TRUE, Audience.ANYONE),
        ({"AWS": "*"}, TRUE, TRUE, Audience.ANYONE),
        ({"AWS": ["arn:aws:iam::111122223333:root", "*"]}, TRUE, TRUE, Audience.ANYONE),
        ({"CanonicalUser": "*"}, TRUE, TRUE, Audience.ANYONE),
        ({"Federated": "*"}, TRUE, TRUE, Audience.ANYONE),
        ({"AWS": "arn:aws:iam::*:root"}, TRUE, TRUE, Audience.ANY_ACCOUNT),
        ({"AWS": "444455556666"}, FALSE, TRUE, Audience.ACCOUNTS),
        ({"AWS": "arn:aws:iam::444455556666:root"}, FALSE, TRUE, Audience.ACCOUNTS),
        ({"AWS": FOREIGN}, FALSE, TRUE, Audience.IDENTITIES),
        ({"AWS": "arn:aws:sts::444455556666:assumed-role/r/s"}, FALSE, TRUE, Audience.IDENTITIES),
        ({"AWS": "111122223333"}, FALSE, FALSE, Audience.ACCOUNTS),
        ({"AWS": "arn:aws:iam::111122223333:role/r"}, FALSE, FALSE, Audience.IDENTITIES),
        ({"AWS": joined("arn:aws:iam::", CALLER, ":root")}, FALSE, FALSE, Audience.ACCOUNTS),
        ({"AWS": attribute("data.aws_caller_identity.c", "account_id")}, FALSE, FALSE, Audience.ACCOUNTS),
        ({"AWS": attribute("aws_iam_role.r", "arn")}, FALSE, FALSE, Audience.IDENTITIES),
        ({"AWS": attribute("module.m.aws_iam_role.r[0]", "arn")}, FALSE, FALSE, Audience.IDENTITIES),
        ({"AWS": attribute("data.aws_elb_service_account.e", "arn")}, FALSE, FALSE, Audience.SERVICES),
        ({"AWS": "arn:aws:iam::797873946194:root"}, FALSE, FALSE, Audience.SERVICES),
        ({"CanonicalUser": CLOUDFRONT_LOGS}, FALSE, FALSE, Audience.SERVICES),
        ({"AWS": joined("arn:aws:iam::", None, ":root")}, FALSE, UNKNOWN, Audience.ACCOUNTS),
        ({"AWS": variable()}, UNKNOWN, UNKNOWN, Audience.ANYONE),
        ({"AWS": unread()}, UNKNOWN, UNKNOWN, Audience.ANYONE),
        (unread(), UNKNOWN, UNKNOWN, Audience.ANYONE),
        ({"CanonicalUser": "c0ffee"}, FALSE, UNKNOWN, Audience.ACCOUNTS),
        ({"CanonicalUser": attribute("data.aws_canonical_user_id.c", "id")}, FALSE, FALSE, Audience.ACCOUNTS),
        ({"Service": "cloudtrail.amazonaws.com"}, FALSE, FALSE, Audience.SERVICES),
        ({"Federated": "accounts.google.com"}, FALSE, FALSE, Audience.FEDERATED),
    ],
)
def test_principals(principal: object, is_public: Verdict, is_foreign: Verdict, audience: Audience) -> None:
    if isinstance(principal, dict) and any(isinstance(ids, Many) for ids in principal.values()):
        principal = unread()
    document = stated(allowing(Principal=principal))

    assert public(document) is is_public
    assert foreign(document) is is_foreign
    assert audience in [grant.audience for grant, _ in asked(document).members()]


def test_a_deleted_identity_is_nobody() -> None:
    assert asked(stated(allowing(Principal={"AWS": "AROAEXAMPLE0000000001"}))).is_empty().verdict is TRUE


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (allowing(NotPrincipal={"AWS": "111122223333"}), TRUE),
        (allowing(NotPrincipal={"AWS": "111122223333"}, Condition={"StringEquals": {"aws:SourceVpce": "v"}}), FALSE),
        (allowing(Principal="*", Action="S3:getOBJECT"), TRUE),
        (allowing(Principal="*", Action=None, NotAction="s3:Put*"), TRUE),
        (allowing(Principal="*", Action=None, NotAction="s3:Get*"), FALSE),
        (allowing(Principal="*", Action="s3:List*"), FALSE),
        (allowing(Principal="*", Action=variable()), UNKNOWN),
        (allowing(Principal="*", Action=["s3:GetObject", variable()]), TRUE),
        (allowing(Principal="*", Resource="arn:aws:s3:::logs/*"), TRUE),
        (allowing(Principal="*", Resource="arn:aws:s3:::logs"), FALSE),
        (allowing(Principal="*", Resource=variable()), UNKNOWN),
        (allowing(Principal="*", Resource=None, NotResource="arn:aws:s3:::logs/public/*"), TRUE),
        (allowing(Principal="*", Resource=None, NotResource="arn:aws:s3:::logs/*"), FALSE),
        (allowing(Principal="*", Resource=None), TRUE),
        (allowing(Principal="*", Effect=variable()), UNKNOWN),
        (denying(), FALSE),
    ],
)
def test_what_a_statement_gives(statement: dict[str, object], verdict: Verdict) -> None:
    assert public(stated(statement)) is verdict


STAR = allowing(Principal="*")


@pytest.mark.parametrize(
    ("denial", "verdict"),
    [
        (denying(), FALSE),
        (denying(Principal={"AWS": "*"}, Action="s3:Get*", Resource="arn:aws:s3:::logs/*"), FALSE),
        (denying(Action="s3:Put*"), TRUE),
        (denying(Resource="arn:aws:s3:::logs/private/*"), TRUE),
        (denying(Action=None, NotAction="s3:Put*"), FALSE),
        (denying(Action=variable()), UNKNOWN),
        (denying(Resource=variable()), UNKNOWN),
        (denying(Effect=variable()), UNKNOWN),
        (denying(Principal={"AWS": FOREIGN}), TRUE),
        (denying(Principal={"AWS": variable()}), UNKNOWN),
        (denying(NotPrincipal={"AWS": FOREIGN}, Principal=None), FALSE),
        (denying(Condition={"Bool": {"aws:SecureTransport": "false"}}), TRUE),
        (denying(Condition={"Bool": {"aws:SecureTransport": ["false", "true"]}}), FALSE),
        (denying(Condition={"Bool": {"aws:SecureTransport": variable()}}), UNKNOWN),
        (denying(Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}), TRUE),
        (denying(Condition=ORG), FALSE),
        (denying(Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), FALSE),
        (denying(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), TRUE),
        (denying(Condition={"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-a/*"}}), TRUE),
        (denying(Condition={"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-a/*"}}), FALSE),
        (denying(Condition={"ArnNotLike": {"aws:PrincipalArn": FOREIGN}}), FALSE),
        (denying(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/siem"}}), TRUE),
        (denying(Condition={"ArnNotLike": {"aws:PrincipalArn": variable()}}), UNKNOWN),
        (denying(Condition={"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}), FALSE),
        (denying(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), FALSE),
        (denying(Condition={"StringNotEquals": {"aws:SourceVpce": "*"}}), FALSE),
        (denying(Condition={**ORG, "Bool": {"aws:PrincipalIsAWSService": "false"}}), FALSE),
        (denying(Condition={**ORG, "Bool": {"aws:SecureTransport": "false"}}), TRUE),
        (denying(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}), TRUE),
        (denying(Condition={"Null": {"aws:PrincipalOrgID": "true"}}), TRUE),
        (denying(Condition={"StringEquals": {"aws:ResourceTag/a": "b"}}), UNKNOWN),
        (denying(Condition=unread()), UNKNOWN),
    ],
)
def test_what_a_denial_leaves_of_a_grant_to_everyone(denial: dict[str, object], verdict: Verdict) -> None:
    assert public(stated(STAR, denial)) is verdict
    assert public(stated(denial, STAR)) is verdict
    assert public(policies({"Statement": denial}, {"Statement": STAR})) is verdict


def test_a_denial_for_outsiders_leaves_the_organization_and_one_for_persons_the_services() -> None:
    condition = {**ORG, "Bool": {"aws:PrincipalIsAWSService": "false"}}
    found = asked(stated(STAR, denying(Condition=condition))).members()

    assert {grant.audience for grant, _ in found} == {Audience.ORGANIZATION, Audience.SERVICES}
    assert {exists.verdict for _, exists in found} == {TRUE}


@pytest.mark.parametrize(
    ("principal", "denial", "verdict"),
    [
        ({"AWS": FOREIGN}, denying(Condition={"ArnNotLike": {"aws:PrincipalArn": FOREIGN}}), TRUE),
        ({"AWS": FOREIGN}, denying(Condition={"ArnNotLike": {"aws:PrincipalArn": OTHER}}), FALSE),
        ({"AWS": FOREIGN}, denying(Condition={"ArnLike": {"aws:PrincipalArn": FOREIGN}}), FALSE),
        ({"AWS": FOREIGN}, denying(Condition={"ArnLike": {"aws:PrincipalArn": OTHER}}), TRUE),
        ({"AWS": FOREIGN}, denying(Condition={"ArnLike": {"aws:PrincipalArn": variable()}}), UNKNOWN),
        ({"AWS": FOREIGN}, denying(Condition={"StringEquals": {"aws:PrincipalAccount": "444455556666"}}), FALSE),
        ({"AWS": FOREIGN}, denying(Condition={"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}), FALSE),
        ({"AWS": FOREIGN}, denying(Condition=ORG), UNKNOWN),
        ({"AWS": FOREIGN}, denying(Principal={"AWS": FOREIGN}), FALSE),
        ({"AWS": FOREIGN}, denying(Principal={"AWS": "444455556666"}), FALSE),
        ({"AWS": FOREIGN}, denying(Principal={"AWS": OTHER}), TRUE),
        ({"AWS": FOREIGN}, denying(Principal={"AWS": variable()}), UNKNOWN),
        ({"AWS": "444455556666"}, denying(Principal={"AWS": OTHER}), TRUE),
        ({"AWS": FOREIGN}, denying(Principal=None, NotPrincipal={"AWS": "777788889999"}), FALSE),
        ({"AWS": FOREIGN}, denying(Principal=None, NotPrincipal={"AWS": "444455556666"}), UNKNOWN),
        ({"AWS": FOREIGN}, denying(Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}}), FALSE),
        ({"AWS": FOREIGN}, denying(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), TRUE),
    ],
)
def test_what_a_denial_leaves_of_a_grant_to_one(principal: object, denial: dict[str, object], verdict: Verdict) -> None:
    assert foreign(stated(allowing(Principal=principal), denial)) is verdict


@pytest.mark.parametrize(
    ("denial", "verdict"),
    [
        (denying(Condition=ORG), FALSE),
        (denying(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), FALSE),
        (denying(Condition={"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}), FALSE),
        (denying(Condition={**ORG, "Bool": {"aws:PrincipalIsAWSService": "false"}}), TRUE),
        (denying(Condition={"Bool": {"aws:SecureTransport": "false"}}), TRUE),
        (denying(Condition={"ArnNotLike": {"aws:PrincipalArn": FOREIGN}}), UNKNOWN),
        (denying(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), FALSE),
        (denying(Principal={"Service": "cloudtrail.amazonaws.com"}), FALSE),
        (denying(Principal={"Service": "config.amazonaws.com"}), TRUE),
    ],
)
def test_what_a_denial_leaves_of_a_service(denial: dict[str, object], verdict: Verdict) -> None:
    document = stated(allowing(Principal={"Service": "cloudtrail.amazonaws.com"}), denial)

    assert asked(document).some(lambda grant: grant.is_service()).verdict is verdict


def test_a_denial_of_one_action_leaves_the_others() -> None:
    document = stated(allowing(Principal="*", Action="s3:*"), denying(Action="s3:GetObject"))
    ((grant, _),) = asked(document, "s3:GetObject", "s3:PutObject", "sns:Publish").members()

    assert grant.actions == ("s3:PutObject",)


def test_what_one_denial_leaves_another_may_take() -> None:
    only_organization, only_network = (
        denying(Condition=condition) for condition in (ORG, {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
    )
    ((grant, _),) = asked(stated(STAR, only_organization, only_network)).members()

    assert {limit.audience for limit in grant.limits} >= {Audience.ORGANIZATION, Audience.NETWORK}
    assert asked(stated(STAR, only_organization, denying())).is_empty().verdict is TRUE


def test_a_denial_of_all_that_is_given_need_not_reach_all_that_is_asked_about() -> None:
    from guardrails.semantics.access.targets import anything

    given = allowing(Principal="*", Resource="arn:aws:s3:::logs/public/*")
    denied = denying(Resource="arn:aws:s3:::logs/*")

    assert asked(stated(given, denied), target=anything()).is_empty().verdict is TRUE
    assert asked(stated(given, denying(Resource="arn:aws:s3:::logs/x*")), target=anything()).is_empty().verdict is FALSE


# --- gaps ------------------------------------------------------------------------------------------------------------


def test_a_policy_that_was_not_read_is_a_gap_and_takes_nothing_back() -> None:
    read = stated(STAR)
    half_read: Many[AccessPolicy] = Many(read.members(), unread().gaps)

    assert public(unread()) is UNKNOWN
    assert public(half_read) is TRUE
    assert asked(half_read).every(lambda grant: ~grant.is_service()).verdict is UNKNOWN


def test_a_statement_that_was_not_read_may_allow_or_deny() -> None:
    statements: Many[object] = Many(
        stated(STAR).members()[0][0].statements.members(), unread().gaps, owner=somewhere("Statement")
    )

    assert public(policies({"Statement": unread()})) is UNKNOWN
    assert public(policies({"Statement": statements})) is UNKNOWN


def test_principals_that_were_not_read_matter_only_where_they_get_something() -> None:
    assert public(stated(allowing(Principal=unread(), Action="s3:PutObject"))) is FALSE
    assert public(stated(allowing(Principal=unread()), denying())) is FALSE
    assert public(stated(allowing(Principal=unread()), denying(Condition=ORG))) is FALSE


# --- the questions to a grant ----------------------------------------------------------------------------------------


def answer(question: Callable[[Grant], Truth], statement: dict[str, object], account: Value[str] = OWN) -> Verdict:
    ((grant, _),) = asked(stated(statement), account=account).members()
    return question(grant).verdict


def test_the_own_account_as_a_principal_delegates() -> None:
    def root(grant: Grant) -> Truth:
        return grant.is_own_account_root()

    assert answer(root, allowing(Principal={"AWS": "arn:aws:iam::111122223333:root"})) is TRUE
    assert answer(root, allowing(Principal={"AWS": "arn:aws:iam::444455556666:root"})) is FALSE
    assert answer(root, allowing(Principal={"AWS": "arn:aws:iam::111122223333:role/r"})) is FALSE
    assert (
        answer(root, allowing(Principal="*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}}))
        is FALSE
    )
    assert answer(root, allowing(Principal={"AWS": "arn:aws:iam::111122223333:root"}), NOT_STATED) is UNKNOWN
    assert answer(root, allowing(Principal={"AWS": joined("arn:aws:iam::", CALLER, ":root")}), NOT_STATED) is TRUE


def test_trusted_accounts_and_organizations() -> None:
    def trusted(grant: Grant) -> Truth:
        return grant.stays_within(["444455556666"], ["o-a1b2c3d4e5"])

    def organization(value: object) -> dict[str, object]:
        return allowing(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": value}})

    assert answer(trusted, allowing(Principal={"AWS": FOREIGN})) is TRUE
    assert answer(trusted, allowing(Principal={"AWS": "arn:aws:iam::777788889999:root"})) is FALSE
    assert answer(trusted, allowing(Principal={"AWS": "111122223333"})) is TRUE
    assert answer(trusted, allowing(Principal={"AWS": joined("arn:aws:iam::", None, ":root")})) is UNKNOWN
    assert answer(trusted, organization("o-a1b2c3d4e5")) is TRUE
    assert answer(trusted, organization("o-zzzzzzzzzz")) is FALSE
    assert answer(trusted, organization(variable())) is UNKNOWN
    assert answer(trusted, allowing(Principal="*")) is FALSE
    assert answer(trusted, allowing(Principal={"Service": "cloudtrail.amazonaws.com"})) is TRUE


def test_named_identities() -> None:
    def named(grant: Grant) -> Truth:
        return grant.is_named(["siem", "arn:aws:iam::*:role/break-glass-*"])

    assert answer(named, allowing(Principal={"AWS": FOREIGN})) is TRUE
    assert answer(named, allowing(Principal={"AWS": "arn:aws:iam::111122223333:role/break-glass-1"})) is TRUE
    assert answer(named, allowing(Principal={"AWS": OTHER})) is FALSE
    assert answer(named, allowing(Principal={"AWS": "111122223333"})) is FALSE
    assert answer(named, allowing(Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": FOREIGN}})) is TRUE


def test_a_service_is_tied_to_what_it_acts_for() -> None:
    def tied(grant: Grant) -> Truth:
        return grant.is_tied_to_source()

    service = {"Service": "cloudtrail.amazonaws.com"}
    own = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    wide = {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}}
    assert answer(tied, allowing(Principal=service)) is FALSE
    assert answer(tied, allowing(Principal=service, Condition=own)) is TRUE
    assert answer(tied, allowing(Principal=service, Condition=wide)) is FALSE
    assert answer(tied, allowing(Principal=service, Condition={"ArnLike": {"aws:SourceArn": variable()}})) is UNKNOWN


def test_a_network_is_no_identity() -> None:
    def unsigned(grant: Grant) -> Truth:
        return grant.is_anonymous()

    inside = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    assert answer(unsigned, allowing(Principal="*")) is TRUE
    assert answer(unsigned, allowing(Principal="*", Condition=inside)) is TRUE
    assert answer(unsigned, allowing(Principal="*", Condition={"Null": {"aws:PrincipalArn": "false"}})) is FALSE


def test_the_first_fact_is_the_principal() -> None:
    said = asked(stated(STAR)).some(lambda grant: grant.is_public())
    assert said.facts[0].detail == "everyone is let in"
    assert said.facts[0].origin.attribute == "Principal"

    said = asked(stated(allowing(Principal={"AWS": FOREIGN}))).some(lambda grant: grant.is_cross_account())
    assert said.facts[0].detail == f"`{FOREIGN}` is let in"
    assert said.facts[0].origin.attribute == "AWS"


def test_a_principal_that_was_not_read_may_be_any() -> None:
    document = stated(allowing(Principal=unread()))

    assert asked(document).some(lambda grant: grant.is_service()).verdict is UNKNOWN
    assert asked(document).some(lambda grant: grant.is_for_service(lambda name: name.is_set())).verdict is UNKNOWN
    assert asked(document).some(lambda grant: grant.has_principal_of(grant)).verdict is UNKNOWN


def test_a_condition_that_was_not_read_may_tie_a_service_to_its_source() -> None:
    document = stated(allowing(Principal={"Service": "cloudtrail.amazonaws.com"}, Condition=unread()))

    assert asked(document).every(lambda grant: grant.is_tied_to_source()).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (FOREIGN, FOREIGN, TRUE),
        (FOREIGN, OTHER, FALSE),
        (FOREIGN, variable(), UNKNOWN),
        (variable(), variable(), UNKNOWN),
        (attribute("aws_iam_role.a", "arn"), attribute("aws_iam_role.a", "arn"), TRUE),
        (attribute("aws_iam_role.a", "arn"), attribute("aws_iam_role.b", "arn"), FALSE),
        (attribute("aws_iam_role.a", "arn"), FOREIGN, UNKNOWN),
        (attribute("aws_iam_role.a", "arn"), "arn:aws:iam::111122223333:root", FALSE),
        (joined("arn:aws:iam::111122223333:role/", None), "arn:aws:iam::111122223333:user/a", FALSE),
        (joined("arn:aws:iam::111122223333:role/", None), "arn:aws:iam::111122223333:role/a", UNKNOWN),
    ],
)
def test_two_grants_name_the_same_principal(one: str | Value[str], other: str | Value[str], same: Verdict) -> None:
    grants = [
        grant for grant, _ in asked(stated(*(allowing(Principal={"AWS": named}) for named in (one, other)))).members()
    ]

    assert len(grants) == 2
    assert grants[0].has_principal_of(grants[1]).verdict is same
    assert grants[1].has_principal_of(grants[0]).verdict is same
