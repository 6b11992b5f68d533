"""Keys, buckets and roles of accounts: names that several have, Regions apart, and what was refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guardrails.kernel.truth import Truth, Verdict
from guardrails.lower.world import World, Worlds, open_world
from guardrails.model import Bucket, Context, EncryptionKey, Role, Topic
from guardrails.sources.aws.examples import accounts_in

OWN, OTHER = "111122223333", "444455556666"
HERE, AWAY = "eu-central-1", "eu-west-1"
ID = "11111111-2222-3333-4444-555555555555"
MULTI = "mrk-11112222333344445555666677778888"


def key_arn(id: str, region: str = HERE, account: str = OWN) -> str:
    return f"arn:aws:kms:{region}:{account}:key/{id}"


def key(id: str = ID, region: str = HERE, *, alias: object = None, **said: object) -> dict[str, Any]:
    described = {"KeyId": id, "Arn": key_arn(id, region), "Enabled": True, "KeyManager": "CUSTOMER", **said}
    return {"key": described, "alias": alias}


def bucket(name: str, encrypted_with: str = "", **parts: object) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": encrypted_with}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    return {"bucket": {"Name": name}, **({"encryption": rules} if encrypted_with else {}), **parts}


def opened(answers: object, context: Context | None = None) -> World:
    """The first of the accounts, joined with the others."""
    said = context or Context()
    first, *_ = accounts_in(json.dumps(answers), "live.json")
    return open_world(first, said, others=Worlds(lambda _: said, ()))


def keys_of_buckets(world: World) -> dict[str, list[EncryptionKey]]:
    return {
        one.name.or_none() or "": [key for default, _ in one.encryption.members() for key, _ in default.key.members()]
        for one, _ in world.all(Bucket).members()
    }


@pytest.mark.parametrize("alias", ["alias/audit", f"arn:aws:kms:{HERE}:{OWN}:alias/logs", key_arn(ID), ID])
def test_a_key_is_known_by_each_of_its_aliases(alias: str) -> None:
    world = opened(
        {
            "kms.key": {"logs": key(alias=["alias/audit", "alias/logs"])},
            "s3.bucket": {"logs": bucket("logs", alias)},
        }
    )
    ((found,),) = keys_of_buckets(world).values()

    assert found.address == "kms.key.logs"
    assert found.alias.or_none() == "alias/audit"


@pytest.mark.parametrize(
    ("alias", "verdict"),
    [
        (["alias/audit", "alias/trail-logs"], Verdict.TRUE),
        ("alias/trail-logs", Verdict.TRUE),
        (["alias/audit"], Verdict.FALSE),
        (None, Verdict.FALSE),
    ],
)
def test_the_configuration_may_name_any_alias_of_a_key(alias: object, verdict: Verdict) -> None:
    world = opened({"kms.key": {"logs": key(alias=alias)}}, Context(audit_keys=("alias/trail-*",)))
    ((found, _),) = world.all(EncryptionKey).members()

    assert found.declared_audit.verdict is verdict


def test_aliases_that_may_not_be_listed_leave_it_open_whether_the_configuration_names_the_key() -> None:
    answers = {"kms.key": {"logs": {**key(), "denied": {"alias": "kms:ListAliases"}}}}
    del answers["kms.key"]["logs"]["alias"]
    world = opened(answers, Context(audit_keys=("alias/trail-*",)))
    ((found, _),) = world.all(EncryptionKey).members()

    assert found.declared_audit.verdict is Verdict.UNKNOWN
    assert not found.alias.settled


def test_an_alias_is_that_of_the_bucket_s_own_region() -> None:
    """Every Region has aliases of its own, and a bucket may be in another Region than its trail."""
    world = opened(
        {
            "kms.key": {
                "here": key("11111111-1111-1111-1111-111111111111", HERE, alias=["alias/audit"]),
                "away": key("22222222-2222-2222-2222-222222222222", AWAY, alias=["alias/audit"]),
            },
            "s3.bucket": {
                "here": bucket("here", "alias/audit"),
                "away": {**bucket("away", "alias/audit"), "region": AWAY},
            },
        }
    )
    found = {name: [one.address for one in keys] for name, keys in keys_of_buckets(world).items()}

    assert found == {"here": ["kms.key.here"], "away": ["kms.key.away"]}


def test_a_key_and_its_replica_have_one_id_and_are_two_keys() -> None:
    world = opened(
        {
            "kms.key": {"here": key(MULTI, HERE), "away": key(MULTI, AWAY)},
            "s3.bucket": {
                "here": bucket("here", key_arn(MULTI, HERE)),
                "away": bucket("away", key_arn(MULTI, AWAY)),
            },
        }
    )
    found = {name: [one.address for one in keys] for name, keys in keys_of_buckets(world).items()}

    assert found == {"here": ["kms.key.here"], "away": ["kms.key.away"]}


def test_the_id_of_a_key_of_another_account_means_none_of_this_one() -> None:
    world = opened({"kms.key": {"own": key(ID)}, "s3.bucket": {"logs": bucket("logs", key_arn(ID, account=OTHER))}})
    ((found,),) = keys_of_buckets(world).values()

    assert not found.owned
    assert found.customer_managed.or_none() is True  # AWS shares none of its own between accounts


def _blocked(world: World) -> Truth:
    ((found, _),) = world.all(Bucket).members()
    return found.public_access_block.some(lambda block: block.restrict_public_buckets.is_true())


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ({}, Verdict.FALSE),
        ({"public_access_block": {"RestrictPublicBuckets": True}}, Verdict.TRUE),
        ({"denied": {"public_access_block": "s3:GetBucketPublicAccessBlock"}}, Verdict.UNKNOWN),
    ],
)
def test_an_account_says_what_a_bucket_without_a_block_blocks(parts: dict[str, Any], verdict: Verdict) -> None:
    """None of the four, whenever it was made: only code leaves that open."""
    world = opened({"s3.bucket": {"logs": bucket("logs", **parts)}})
    ((found, _),) = world.all(Bucket).members()

    assert found.public_access_block.is_empty().verdict is not Verdict.TRUE
    assert _blocked(world).verdict is verdict


def test_whether_the_account_blocks_the_public_stays_open_where_that_was_refused() -> None:
    world = opened({"denied": {"s3control.public_access_block": "s3:GetAccountPublicAccessBlock"}})
    ((refused,),) = [world.account.public_access_blocks.gaps]

    assert "s3:GetAccountPublicAccessBlock" in refused.detail


@pytest.mark.parametrize(
    ("path", "verdict"), [("/aws-service-role/cloudtrail.amazonaws.com/", Verdict.FALSE), ("/", Verdict.TRUE)]
)
def test_the_roles_of_services_are_not_judged(path: str, verdict: Verdict) -> None:
    arn = f"arn:aws:iam::{OWN}:role{path}AWSServiceRoleForCloudTrail"
    role = {"Path": path, "RoleName": "AWSServiceRoleForCloudTrail", "Arn": arn}
    ((found, _),) = opened({"iam.role": {"cloudtrail": {"role": role}}}).all(Role).members()

    assert found.judged.verdict is verdict


DEFAULT_OF_TOPICS = {
    "Sid": "__default_statement_ID",
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["SNS:GetTopicAttributes", "SNS:Subscribe", "SNS:Publish"],
    "Resource": f"arn:aws:sns:{HERE}:{OWN}:alerts",
    "Condition": {"StringEquals": {"AWS:SourceOwner": OWN}},
}
BY_EVENTS = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
OF_ANOTHER = {**DEFAULT_OF_TOPICS, "Condition": {"StringEquals": {"AWS:SourceOwner": OTHER}}}


@pytest.mark.parametrize(
    ("statements", "policies"),
    [([DEFAULT_OF_TOPICS], 0), ([DEFAULT_OF_TOPICS, BY_EVENTS], 1), ([OF_ANOTHER], 1), ([BY_EVENTS], 1)],
)
def test_the_policy_that_a_topic_has_by_itself_is_none(statements: list[object], policies: int) -> None:
    document = json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": statements})
    topic = {"topic": {"TopicArn": f"arn:aws:sns:{HERE}:{OWN}:alerts"}, "policy": document}
    ((found, _),) = opened({"sns.topic": {"alerts": topic}}).all(Topic).members()

    assert len(found.policy.members()) == policies
    assert found.policy.gaps == ()


def test_a_policy_of_a_topic_that_may_not_be_read_is_not_the_default() -> None:
    topic = {
        "topic": {"TopicArn": f"arn:aws:sns:{HERE}:{OWN}:alerts"},
        "denied": {"policy": "sns:GetTopicAttributes"},
    }
    ((found, _),) = opened({"sns.topic": {"alerts": topic}}).all(Topic).members()

    assert found.policy.gaps
