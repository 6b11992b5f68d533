"""Snapshots of accounts as deployments: what is missing stays open, and accounts that were read together are joined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.kernel.record import changed
from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import Why
from guardrails.lower.world import World, Worlds
from guardrails.model import AuditTrail, Bucket, EncryptionKey, LogGroup, Topic
from guardrails.model.context import Context
from guardrails.sources.aws.deployment import Fleet, LiveAccount, account_in, bucket_in, reason_of
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.kinds import kinds
from guardrails.sources.aws.snapshot import (
    DENIED,
    EXPIRED,
    FAILED,
    THROTTLED,
    AccountSnapshot,
    Collected,
    Refusal,
    Unlisted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.model.resource import Resource

HERE, THERE = "111122223333", "222233334444"
ARN = f"arn:aws:cloudtrail:eu-central-1:{HERE}:trail/audit"
REFUSAL = Refusal(
    "cloudtrail.GetTrailStatus", "cloudtrail:GetTrailStatus", DENIED, "AccessDenied", "no", "eu-central-1"
)


def trail(**said: object) -> dict[str, Any]:
    return {"Name": "audit", "TrailARN": ARN, "HomeRegion": "eu-central-1", "S3BucketName": "logs", **said}


def collected(**answers: object) -> Collected:
    return Collected("cloudtrail.trail", ARN, "eu-central-1", answers={"arn": ARN, "trail": trail(), **answers})


def account(*resources: Collected, **said: Any) -> AccountSnapshot:  # noqa: ANN401 - any field of a snapshot
    whole = AccountSnapshot(HERE, regions=("eu-central-1",), types=frozenset(kinds()), resources=resources)
    return changed(whole, **said)


def world_of(snapshot: AccountSnapshot) -> World:
    return opened(LiveAccount(snapshot.id, lambda: snapshot))


def opened(deployment: LiveAccount) -> World:
    others = Worlds(lambda _: Context(), ())
    return others.of(deployment)


def worlds(*described: dict[str, Any]) -> list[World]:
    others = Worlds(lambda _: Context(), ())
    return [others.of(one) for one in accounts_in(json.dumps(list(described)), "example.json")]


def the(world: World, model: type[Resource]) -> Any:  # noqa: ANN401 - a resource of that kind
    (one,) = world.created(model)
    return one


# What is missing


def test_what_was_answered_is_known_and_what_is_not_set_is_not_set() -> None:
    found = the(world_of(account(collected(status={"IsLogging": False}, insights=None))), AuditTrail)

    assert found.logging.is_true().verdict is Verdict.FALSE
    assert found.insights.is_empty().verdict is Verdict.TRUE


def test_a_part_that_was_refused_is_not_known_and_says_which_action_to_allow() -> None:
    refused = changed(collected(), refused={"status": REFUSAL})
    found = the(world_of(account(refused)), AuditTrail)

    (reason,) = found.logging.is_true().reasons
    assert reason.why is Why.DENIED
    assert reason.settle == "allow `cloudtrail:GetTrailStatus`"
    assert "eu-central-1" in reason.detail
    assert "AccessDenied" in reason.detail


def test_a_part_that_was_not_asked_for_is_not_known() -> None:
    found = the(world_of(account(collected())), AuditTrail)

    assert [reason.why for reason in found.logging.is_true().reasons] == [Why.ELSEWHERE]
    assert "not asked for" in found.logging.is_true().reasons[0].detail


@pytest.mark.parametrize("part", [{}, {"IsLogging": None}])
def test_a_member_that_an_answer_leaves_out_has_its_default(part: dict[str, object]) -> None:
    found = the(world_of(account(collected(status=part))), AuditTrail)

    assert found.logging.is_true().verdict is Verdict.TRUE


def test_a_listing_that_was_refused_opens_its_types_and_no_others() -> None:
    snapshot = account(unlisted=(Unlisted(("cloudtrail.trail",), "eu-central-1", REFUSAL),))
    world = world_of(snapshot)

    assert world.all(AuditTrail).is_empty().verdict is Verdict.UNKNOWN
    assert world.all(LogGroup).is_empty().verdict is Verdict.TRUE


def test_types_that_were_not_asked_for_are_open() -> None:
    world = world_of(account(types=frozenset({"cloudtrail.trail"})))

    assert world.all(AuditTrail).is_empty().verdict is Verdict.TRUE
    assert world.all(LogGroup).is_empty().verdict is Verdict.UNKNOWN


def test_regions_that_were_not_asked_open_what_has_regions() -> None:
    world = world_of(account(unasked=("eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1")))

    (reason,) = world.all(AuditTrail).is_empty().reasons
    assert reason.detail == "eu-west-1, eu-west-2, eu-west-3 and 1 more were not asked for"
    assert world.all(Bucket).is_empty().verdict is Verdict.TRUE  # S3 lists the buckets of all Regions at once


def test_regions_that_are_out_of_scope_open_nothing() -> None:
    world = world_of(account(left_out={"ap-east-1": "not enabled"}))

    assert world.all(AuditTrail).is_empty().verdict is Verdict.TRUE


def test_an_account_that_cannot_be_entered_is_all_open() -> None:
    world = world_of(account(failed=REFUSAL))

    assert world.all(AuditTrail).is_empty().verdict is Verdict.UNKNOWN
    assert world.account.organization_id.is_set().verdict is Verdict.UNKNOWN
    assert [reason.why for reason in world.deployment.gaps()] == [Why.DENIED]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (DENIED, "`cloudtrail:GetTrailStatus` was refused in eu-central-1"),
        (THROTTLED, "`cloudtrail.GetTrailStatus` was throttled in eu-central-1"),
        (EXPIRED, "the credentials expired before `cloudtrail.GetTrailStatus` in eu-central-1"),
        (FAILED, "`cloudtrail.GetTrailStatus` failed in eu-central-1"),
    ],
)
def test_every_call_without_answer_is_told_once(kind: str, said: str) -> None:
    refusal = changed(REFUSAL, kind=kind)
    one = changed(collected(), refused={"status": refusal, "insights": refusal})
    deployment = world_of(account(one)).deployment

    (reason,) = deployment.gaps()
    assert reason.why is Why.DENIED
    assert reason.detail.startswith(said)
    assert reason.settle


@pytest.mark.parametrize(
    ("regions", "where"),
    [
        (["eu-west-1"], "in eu-west-1"),
        (["eu-west-1", "ap-east-1"], "in ap-east-1, eu-west-1"),
        (["a-1", "a-2", "a-3", "a-4"], "in a-1, a-2, a-3, a-4"),
        (["a-1", "a-2", "a-3", "a-4", "a-5"], "in a-1, a-2, a-3 and 2 more"),
        (["a-1", "a-2", "a-3", "a-4", "a-5", "a-6"], "in all 6 Regions"),
    ],
)
def test_what_was_refused_in_several_regions_is_one_thing_to_do(regions: list[str], where: str) -> None:
    unlisted = tuple(Unlisted(("kms.key",), region, changed(REFUSAL, region=region)) for region in regions)
    every = ("a-1", "a-2", "a-3", "a-4", "a-5", "a-6")
    deployment = world_of(account(regions=every, unlisted=unlisted)).deployment

    (reason,) = deployment.gaps()
    assert reason.detail == f"`cloudtrail:GetTrailStatus` was refused {where} (AccessDenied)"
    assert {place.reason for place in deployment.hiding_places() if place.may_hold(("kms.key",))} >= {reason}


def test_what_is_gone_is_there_no_more() -> None:
    topic = f"arn:aws:sns:eu-central-1:{HERE}:gone"
    one = collected(status={}, trail=trail(SnsTopicARN=topic))
    found = the(world_of(account(one, missing=(topic,))), AuditTrail)

    truth = found.topic.is_empty()
    assert truth.verdict is Verdict.TRUE
    told = found.topic.some(lambda _: found.name.is_set())
    assert told.verdict is Verdict.FALSE


def test_a_bucket_that_is_gone_is_named_by_its_name() -> None:
    one = collected(status={}, trail=trail(S3BucketName="logs"))

    assert (
        the(world_of(account(one, missing=("arn:aws:s3:::logs",))), AuditTrail).bucket.is_empty().verdict
        is Verdict.TRUE
    )
    assert (
        the(world_of(account(one, missing=("arn:aws:s3:::log",))), AuditTrail).bucket.is_empty().verdict
        is Verdict.FALSE
    )


def test_a_log_group_that_is_gone_is_named_with_a_star() -> None:
    group = f"arn:aws:logs:eu-central-1:{HERE}:log-group:trail"
    one = collected(status={}, trail=trail(CloudWatchLogsLogGroupArn=f"{group}:*"))

    assert the(world_of(account(one, missing=(group,))), AuditTrail).log_group.is_empty().verdict is Verdict.TRUE


# The account itself


def test_an_account_knows_itself() -> None:
    snapshot = account(organization_id="o-abc", management_account=THERE, ended="2027-01-31T12:00:00Z")
    found = world_of(snapshot).account

    assert found.location.account.or_none() == HERE
    assert found.organization_id.or_none() == "o-abc"
    assert found.manages_organization.verdict is Verdict.FALSE
    assert found.expects_trail.verdict is Verdict.TRUE
    assert found.read_at.or_none() == "2027-01-31T12:00:00Z"


def test_an_account_in_no_organization_is_known_to_be_in_none() -> None:
    assert world_of(account()).account.organization_id.is_set().verdict is Verdict.FALSE


def test_an_organization_that_may_not_be_described_is_not_known() -> None:
    found = world_of(account(organization_unknown=REFUSAL)).account

    assert found.organization_id.is_set().verdict is Verdict.UNKNOWN
    assert found.manages_organization.verdict is Verdict.UNKNOWN


def test_what_was_released_is_read_again() -> None:
    reads = []

    def load() -> AccountSnapshot:
        reads.append(1)
        return account(collected())

    deployment = LiveAccount(HERE, load)
    assert deployment.size == 1
    deployment.resources("cloudtrail.trail")
    assert len(reads) == 1
    deployment.release()
    assert deployment.size == 1
    assert len(reads) == 2


# Joined accounts

ORGANIZATION = trail(
    IsOrganizationTrail=True, IsMultiRegionTrail=True, KmsKeyId=f"arn:aws:kms:eu-central-1:{THERE}:key/1"
)
MANAGEMENT = {
    "account": HERE,
    "cloudtrail.trail": {"audit": {"trail": ORGANIZATION, "status": {"IsLogging": True}}},
    "s3.bucket": {"other": {}},
}
ARCHIVE = {
    "account": THERE,
    "cloudtrail.trail": {"seen": {"trail": ORGANIZATION, "denied": {"status": "cloudtrail:GetTrailStatus"}}},
    "s3.bucket": {"logs": {"versioning": {"Status": "Enabled"}}},
    "kms.key": {"key": {"arn": f"arn:aws:kms:eu-central-1:{THERE}:key/1", "key": {"KeyManager": "CUSTOMER"}}},
}


def test_a_link_leads_into_another_account() -> None:
    management, archive = worlds(MANAGEMENT, ARCHIVE)
    found = the(management, AuditTrail)

    assert [bucket for bucket, _ in found.bucket.members()] == list(archive.created(Bucket))
    assert [key for key, _ in found.key.members()] == list(archive.created(EncryptionKey))


def test_an_organization_trail_is_its_owners_and_counts_everywhere() -> None:
    management, archive = worlds(MANAGEMENT, ARCHIVE)

    assert archive.created(AuditTrail) == ()
    assert [found for found, _ in archive.all(AuditTrail).members()] == list(management.created(AuditTrail))
    assert archive.all(AuditTrail).some(lambda one: one.logging.is_true()).verdict is Verdict.TRUE


def test_an_organization_trail_whose_owner_was_not_read_is_as_its_members_see_it() -> None:
    (archive,) = worlds(ARCHIVE)

    assert archive.created(AuditTrail) == ()
    truth = archive.all(AuditTrail).some(lambda one: one.logging.is_true())
    assert truth.verdict is Verdict.UNKNOWN


def test_a_bucket_of_an_account_that_was_not_read_is_elsewhere() -> None:
    (management,) = worlds(MANAGEMENT)

    ((bucket, _),) = the(management, AuditTrail).bucket.members()
    assert not bucket.owned
    assert bucket.address == "logs"


def test_what_may_be_here_and_was_not_listed_says_which_listing_was_refused() -> None:
    refusal = Refusal("s3.ListBuckets", "s3:ListAllMyBuckets", DENIED, "AccessDenied", "no", "eu-central-1")
    (management,) = worlds({**MANAGEMENT, "denied": {"s3.bucket": "s3:ListAllMyBuckets", "kms.key": "kms:ListKeys"}})
    found = the(management, AuditTrail)

    ((bucket, _),) = found.bucket.members()
    assert [reason.detail for reason in bucket.versioned.reasons] == [reason_of(refusal).detail]
    ((key, _),) = found.key.members()
    assert [reason.why for reason in key.rotation.reasons] == [Why.ELSEWHERE]  # its ARN names another account


@pytest.mark.parametrize(
    "elsewhere",
    [f"arn:aws:sns:us-east-1:{HERE}:alerts", f"arn:aws:sns:eu-central-1:{THERE}:alerts"],
    ids=["Region", "account"],
)
def test_an_arn_means_no_resource_of_another_place(elsewhere: str) -> None:
    own = f"arn:aws:sns:eu-central-1:{HERE}:alerts"
    described = {
        "account": HERE,
        "cloudtrail.trail": {"audit": {"trail": trail(SnsTopicARN=elsewhere)}},
        "sns.topic": {"alerts": {"topic": {"TopicArn": own}}},
    }
    (world,) = worlds(described)

    ((topic, _),) = the(world, AuditTrail).topic.members()
    assert not topic.owned
    described["cloudtrail.trail"] = {"audit": {"trail": trail(SnsTopicARN=own)}}
    (world,) = worlds(described)
    ((topic, _),) = the(world, AuditTrail).topic.members()
    assert topic is the(world, Topic)


def test_who_holds_what() -> None:
    snapshots: dict[str, Callable[[], AccountSnapshot]] = {}
    fleet = Fleet((HERE, THERE), lambda account: snapshots[account](), {"logs": THERE})

    def holder(literal: str) -> str:
        found = fleet.holder(literal)
        return found.target if found is not None else ""

    assert holder(ARN) == HERE
    assert holder("logs") == THERE
    assert holder("arn:aws:s3:::logs") == THERE
    assert holder("arn:aws:s3:::logs/AWSLogs/*") == THERE
    assert holder("arn:aws-cn:s3:::logs") == THERE
    assert holder("arn:aws:s3:::others") == ""
    assert holder("arn:aws:iam::aws:policy/ReadOnlyAccess") == ""
    assert holder(f"aws://{THERE}/eu-central-1/logs.filter/group/name") == THERE
    assert [account_in(text) for text in ("logs", "alias/x", "arn:aws:s3:::logs")] == ["", "", ""]
    assert [bucket_in(text) for text in ("logs", ARN, "arn:aws:s3:::logs/a/b")] == ["", "", "logs"]


# Examples


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"cloudtrail.trial": {}}', "`cloudtrail.trial` is no type of an account"),
        ('{"cloudtrail.trail": []}', "`cloudtrail.trail` holds no object of resources by label"),
        ('{"cloudtrail.trail": {"a": []}}', "`a` is no object"),
        ("[1]", "an account is written as an object"),
        ('[{"account": "1"}, {"account": "1"}]', "the account 1 is described twice"),
    ],
)
def test_an_example_that_describes_no_account(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        accounts_in(text, "example.json")


def test_a_resource_of_an_example_stands_where_its_label_does() -> None:
    trails = '"cloudtrail.trail": {\n  "logs": {"trail": {"S3BucketName": "logs"}}\n }'
    text = f'{{\n {trails},\n "s3.bucket": {{\n  "logs": {{}}\n }}\n}}'
    (deployment,) = accounts_in(text, "example.json")

    assert [deployment.resources(name)[0].block.origin.line for name in ("cloudtrail.trail", "s3.bucket")] == [3, 6]
    assert deployment.origin.line == 1
