"""What access control lists of buckets give, and what takes their effect away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from written_policies import INPUT, denying, stated, unread, variable

from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.truth import Truth, Verdict, decide, false, true, unknown
from guardrails.kernel.value import Value
from guardrails.model.storage import AclGrant, BucketAcl
from guardrails.semantics.access.acl import list_policies
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.caller_keys import Audience
from guardrails.semantics.access.targets import arn

if TYPE_CHECKING:
    from guardrails.semantics.access.grant import Grant

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
VECTORS = json.loads((Path(__file__).parent / "iam-policy-evaluation.vectors.json").read_text("utf-8"))["acl"]
BUCKET = arn("arn:aws:s3:::logs")
OWNER = Value.of("c0ffee")
NOT_IGNORED = false()
UNSET: Value[str] = Value.unset()
PERMISSIONS = ("s3:ListBucket", "s3:PutObject", "s3:GetBucketAcl", "s3:PutBucketAcl")


def granting(*grants: tuple[str, str]) -> Many[BucketAcl]:
    found = (
        AclGrant(origin=NOWHERE, kind=UNSET, grantee=Value.of(grantee), permissions=Many.of(Value.of(permission)))
        for grantee, permission in grants
    )
    return Many.of(BucketAcl(origin=NOWHERE, owner=UNSET, canned=UNSET, grants=Many.of(*found)))


def canned(name: Value[str]) -> Many[BucketAcl]:
    return Many.of(BucketAcl(origin=NOWHERE, owner=UNSET, canned=name, grants=Many(())))


def given(
    lists: Many[BucketAcl],
    *actions: str,
    ownership: Value[str] = UNSET,
    ignored: Truth = NOT_IGNORED,
    denial: dict[str, object] | None = None,
) -> Many[Grant]:
    read = list_policies(lists, ownership=ownership, ignored=ignored)
    if denial is not None:
        read = read.and_also(stated(denial))
    return who_may(read, actions or PERMISSIONS, BUCKET, account=OWNER)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    lists = granting(
        *((one["Grantee"].get("URI") or one["Grantee"]["ID"], one["Permission"]) for one in vector["grants"])
    )
    found = given(
        lists,
        "s3:ListBucket",
        "s3:PutBucketAcl",
        ownership=Value.of(vector["ownership"]),
        ignored=decide(vector["bpa"]["IgnorePublicAcls"]),
    )
    readers = {"owner"}  # always, with or without a list
    for grant, exists in found.members():
        assert exists.verdict is TRUE
        reads = "s3:ListBucket" in grant.actions
        if grant.audience is Audience.ANYONE:
            readers.add("anyone" if reads else "anyone who first rewrites the ACL")
        elif grant.audience is Audience.ANY_ACCOUNT:
            readers.add("any AWS account")
        elif grant.is_own_account_root().verdict is not TRUE:
            readers.add("account by canonical id")

    assert len(VECTORS) == 9
    assert readers == set(vector["expectedReaders"])


@pytest.mark.parametrize(
    ("name", "gives"),
    [
        ("private", set()),
        ("public-read", {("anyone", "s3:ListBucket")}),
        ("public-read-write", {("anyone", "s3:ListBucket"), ("anyone", "s3:PutObject")}),
        ("authenticated-read", {("any AWS account", "s3:ListBucket")}),
        ("log-delivery-write", {("AWS services", "s3:PutObject"), ("AWS services", "s3:GetBucketAcl")}),
        ("aws-exec-read", {("AWS services", "s3:ListBucket")}),
        ("bucket-owner-read", set()),
        ("bucket-owner-full-control", set()),
    ],
)
def test_canned_lists(name: str, gives: set[tuple[str, str]]) -> None:
    found = given(canned(Value.of(name))).members()

    assert {(grant.audience.value, action) for grant, _ in found for action in grant.actions} == gives


def public(found: Many[Grant]) -> Verdict:
    return found.some(lambda grant: grant.is_public()).verdict


def test_what_is_not_known_of_a_list() -> None:
    assert public(given(unread())) is UNKNOWN
    assert public(given(canned(variable()))) is UNKNOWN
    assert public(given(canned(Value.of("of-tomorrow")))) is UNKNOWN
    either = Value.one_of((Value.of("private"), Value.of("public-read")), (INPUT,))
    assert public(given(canned(either))) is UNKNOWN
    both = Value.one_of((Value.of("private"), Value.of("log-delivery-write")), (INPUT,))
    assert public(given(canned(both))) is FALSE


READ = canned(Value.of("public-read"))


def test_ownership_and_the_block_take_the_effect_away() -> None:
    assert public(given(READ, ownership=Value.of("BucketOwnerEnforced"))) is FALSE
    assert public(given(READ, ownership=Value.of("BucketOwnerPreferred"))) is TRUE
    assert public(given(READ, ownership=variable())) is UNKNOWN
    assert public(given(READ, ignored=true())) is FALSE
    assert public(given(READ, ignored=unknown(INPUT))) is UNKNOWN
    assert public(given(unread(), ownership=Value.of("BucketOwnerEnforced"))) is FALSE


def test_a_denial_overrides_a_list() -> None:
    assert public(given(READ, denial=denying(Action="s3:ListBucket*"))) is FALSE
    assert public(given(READ, denial=denying(Action="s3:GetObject"))) is TRUE


def test_full_control_gives_each_permission() -> None:
    uri = "http://acs.amazonaws.com/groups/global/AllUsers"
    ((grant, _),) = given(granting((uri, "FULL_CONTROL"))).members()

    assert grant.actions == PERMISSIONS


def test_an_account_is_known_by_its_canonical_id_or_by_mail() -> None:
    foreign = given(granting(("beef01", "READ")))
    mail = given(granting(("someone@example.com", "READ")))

    assert foreign.some(lambda grant: grant.is_cross_account()).verdict is UNKNOWN
    assert mail.some(lambda grant: grant.is_cross_account()).verdict is UNKNOWN
    assert public(foreign) is FALSE
    assert public(mail) is FALSE
