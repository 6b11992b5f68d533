"""Reading whole accounts over HTTP from the server of moto, which simulates AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from accounts import ACCOUNT, Server, good, misconfigured, organization
from demo import moto_server as simulated
from live_calls import mistakes
from moto_server import MotoServer

from guardrails.sources.aws.caller import Patience
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.collect import Scope, Wishes, collect, mentioned
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.session import Access, Sessions
from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from faulty_proxy import FaultyProxy

    from guardrails.sources.aws.calling import Call

REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")
NOBODY_ASKS = "cloudtrail.lookup"
"""What happened lately, which the server does not know."""
TYPES = frozenset(KINDS) - {NOBODY_ASKS}


@pytest.fixture(scope="module")
def moto_server() -> Iterator[MotoServer]:
    """In the place of the plain one: with calls that moto lacks."""
    with simulated() as url:
        yield MotoServer(int(url.rpartition(":")[2]))


def read(
    endpoint: str, account: str = ACCOUNT, types: frozenset[str] = TYPES, wishes: Wishes | None = None
) -> tuple[AccountSnapshot, dict[str, int]]:
    sessions = Sessions(Access(endpoint_url=endpoint, region="eu-central-1", patience=Patience(1, 1, 0)))
    role = "" if account == ACCOUNT else f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    caller = sessions.caller(role)
    snapshot = collect(Scope(account, REGIONS), types, caller, wishes, workers=4)
    sessions.close()
    return snapshot, caller.calls


def found(snapshot: AccountSnapshot, kind: str) -> dict[str, dict[str, object]]:
    return {one.address: dict(one.answers) for one in snapshot.resources if one.type == kind}


UNTOLD = {"s3.GetBucketLocation"}
"""What makes no verdict unknown when it is refused: the other calls find the bucket without it, or tell why not."""


class Replayed:
    """Answers as they once came over HTTP, but for calls that are denied now."""

    def __init__(self, endpoint: str) -> None:
        self._sessions = Sessions(Access(endpoint_url=endpoint, region="eu-central-1", patience=Patience(1, 1, 0)))
        self._caller = self._sessions.caller()
        self._answers: dict[tuple[str, str, str], dict[str, Any] | None] = {}
        self.denied: frozenset[str] = frozenset()
        self.made: set[str] = set()

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        self.made.add(call.name)
        if call.name in self.denied:
            raise CallError(Refusal(call.name, call.action, DENIED, "AccessDenied", "not authorized", region))
        key = (region, call.name, repr(parameters))
        if key not in self._answers:
            self._answers[key] = self._caller(region, call, parameters)
        return self._answers[key]


@pytest.fixture(scope="module")
def replayed(moto_server: MotoServer) -> Replayed:
    """What the good account answers, asked once."""
    moto_server.reset()
    good(Server(moto_server.endpoint))
    with pytest.MonkeyPatch.context() as patched:
        for name, value in moto_server.environment.items():
            patched.setenv(name, value)
        asked = Replayed(moto_server.endpoint)
        collect(Scope(ACCOUNT, REGIONS), TYPES, asked)
    return asked


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_what_is_refused_is_said_with_the_action_to_allow(replayed: Replayed, kind: str) -> None:
    replayed.made.clear()
    replayed.denied = frozenset(call.name for call in KINDS[kind].calls)

    snapshot = collect(Scope(ACCOUNT, REGIONS), TYPES, replayed)

    refused = [one.refusal for one in snapshot.unlisted]
    refused += (refusal for one in snapshot.resources for refusal in one.refused.values())
    assert {
        refusal.operation for refusal in refused if refusal.kind == DENIED
    } >= replayed.denied & replayed.made - UNTOLD
    answered = {part for one in snapshot.resources if one.type == kind for part in one.answers}
    assert answered.isdisjoint(part.name for part in KINDS[kind].details if part.call.name in replayed.made)


def test_answers_are_as_the_lowerings_read_them(replayed: Replayed) -> None:
    replayed.denied = frozenset()

    snapshot = collect(Scope(ACCOUNT, REGIONS), TYPES, replayed)

    wrong = {
        mistake
        for one in snapshot.resources
        for mistake in mistakes(one.type, {name: said for name, said in one.answers.items() if said is not None})
    }
    assert wrong == set()
    assert {one.type for one in snapshot.resources} >= {"cloudtrail.trail", "s3.bucket", "kms.key", "sns.subscription"}


def test_the_bad_account_is_read_whole(aws: MotoServer, faults: FaultyProxy) -> None:
    misconfigured(Server(aws.endpoint))

    snapshot, calls = read(faults.endpoint)

    assert sorted(found(snapshot, "cloudtrail.trail")) == [
        f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/larkspur-books",
        f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/evaluation",
    ]
    (topic,) = found(snapshot, "sns.topic")
    assert {one["TopicArn"] for one in found(snapshot, "sns.subscription").values()} == {topic}
    assert len(found(snapshot, "logs.filter")) == len(found(snapshot, "cloudwatch.alarm")) == 3
    assert [one for one in snapshot.resources if one.refused] == []
    assert snapshot.unlisted == ()
    # Every call once, and no page too few.
    made = {name: count for name, count in calls.items() if not name.startswith("sts.")}
    assert {name: count for name, count in faults.operations.items() if not name.startswith("sts.")} == made
    assert made["cloudtrail.DescribeTrails"] == made["cloudwatch.DescribeAlarms"] == len(REGIONS)
    assert made["iam.GetAccountAuthorizationDetails"] == made["s3.ListBuckets"] == 1
    assert made["logs.DescribeMetricFilters"] == 1
    faults.page("logs.DescribeMetricFilters", "metricFilters", "nextToken", "nextToken")

    paged, calls = read(faults.endpoint, types=frozenset({"logs.filter", "logs.group"}))

    assert found(paged, "logs.filter") == found(snapshot, "logs.filter")
    assert calls["logs.DescribeMetricFilters"] == 3


def test_the_archive_is_read_for_the_trail_of_the_organization(aws: MotoServer) -> None:
    made = organization(Server(aws.endpoint))
    types = frozenset({"cloudtrail.trail", "s3.bucket", "kms.key"})
    management, _ = read(aws.endpoint, made.management, types)
    wanted = mentioned(management)

    archive, calls = read(aws.endpoint, made.log_archive, types, Wishes(wanted=wanted))

    assert "arn:aws:s3:::halden-freight-audit-logs" in wanted
    bucket = found(archive, "s3.bucket")["arn:aws:s3:::halden-freight-audit-logs"]
    assert "AWSLogs" in str(bucket["policy"])
    (key,) = found(archive, "kms.key").values()
    assert "cloudtrail.amazonaws.com" in str(key["policy"])
    assert "cloudtrail.DescribeTrails" not in calls


def test_what_was_deleted_is_missing(aws: MotoServer) -> None:
    server = Server(aws.endpoint, "eu-west-1")
    misconfigured(server)
    (trail,) = server.client("cloudtrail").describe_trails(includeShadowTrails=False)["trailList"]
    group = str(trail["CloudWatchLogsLogGroupArn"]).removesuffix(":*")
    server.client("logs").delete_log_group(logGroupName=group.rpartition(":")[2])
    (topic,) = server.client("sns").list_topics()["Topics"]
    server.client("sns").delete_topic(TopicArn=topic["TopicArn"])

    snapshot, _ = read(aws.endpoint)

    assert snapshot.missing == (group, topic["TopicArn"])
    assert found(snapshot, "sns.topic") == {}
