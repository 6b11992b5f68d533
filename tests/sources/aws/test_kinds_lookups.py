"""Recent calls: what is asked of the event history of an account, and what is kept of it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.kernel.record import changed
from guardrails.kernel.truth import Truth, Verdict
from guardrails.lower.world import open_world
from guardrails.model import Account, Context
from guardrails.semantics.recent_calls import nobody_made
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.collect import Scope, collect
from guardrails.sources.aws.deployment import LiveAccount
from guardrails.sources.aws.kinds_lookups import GLOBAL_CALLS, MOST_CALLS, REGIONAL_CALLS
from guardrails.sources.aws.snapshot import DENIED, AccountSnapshot, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.calling import Call

RECORDS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "semantics" / "monitoring" / "cloudtrail-records.json").read_text(encoding="utf-8")
)
"""Whole records as CloudTrail writes them."""
POLICY = import_module("guardrails_policies.aws.monitor.suspicious_recent_calls")
OWN = "111122223333"
TYPE = "cloudtrail.lookup"
BY_ALICE = f"arn:aws:iam::{OWN}:user/alice"


class History:
    """The event history of an account, and all that was asked of it."""

    def __init__(self, records: list[dict[str, Any]], refuses: str = "", more: str = "") -> None:
        self.asked: list[tuple[str, str, Mapping[str, object]]] = []
        self._records = records
        self._refuses = refuses
        self._more = more

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any]:
        attributes: Any = parameters["LookupAttributes"]
        (wanted,) = attributes  # one is all that the API takes
        name: str = wanted["AttributeValue"]
        self.asked.append((region, name, parameters))
        if region == self._refuses:
            raise CallError(Refusal(call.name, call.action, DENIED, "AccessDenied", "", region))
        found = [
            {
                "EventName": record["eventName"],
                "EventSource": record["eventSource"],
                "EventTime": record["eventTime"],
                "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "CloudTrailEvent": json.dumps(record),
            }
            for record in self._records
            if record["eventName"] == name and record["awsRegion"] == region
        ]
        return {"Events": found, **({"NextToken": "secret"} if name == self._more else {})}


def record(name: str, caller: str = BY_ALICE, at: str = "2027-01-31T11:00:00Z", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    identity = {"type": "IAMUser", "arn": caller, **more}
    place = {"awsRegion": "us-east-1", "eventSource": "iam.amazonaws.com"}
    return {"eventName": name, "eventTime": at, "userIdentity": identity, "requestParameters": {"x": "secret"}, **place}


def read(history: History, *regions: str, partition: str = "aws") -> AccountSnapshot:
    scope = Scope(OWN, regions or ("us-east-1",), partition=partition)
    return collect(scope, frozenset((TYPE,)), history, workers=2)


def account(history: History, *regions: str) -> Account:
    return open_world(LiveAccount(OWN, lambda: _at_noon(read(history, *regions))), Context()).account


def _at_noon(snapshot: AccountSnapshot) -> AccountSnapshot:
    return changed(snapshot, ended="2027-01-31T12:00:00Z")


CALLS = ("iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy")


def found(history: History, at_least: int = 2, hours: int = 24, aside: tuple[str, ...] = ()) -> Truth:
    return nobody_made(account(history), CALLS, at_least, hours=hours, aside=aside)


def test_every_call_that_the_policy_counts_is_looked_up() -> None:
    assert sorted(call.split(":")[1] for call in (*POLICY.ESCALATION, *POLICY.ENUMERATION)) == sorted(GLOBAL_CALLS)
    assert sorted(call.split(":")[1] for call in POLICY.MODELS) == sorted(REGIONAL_CALLS)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_calls_of_iam_are_looked_up_where_they_are_recorded_and_others_everywhere() -> None:
    history = History([])
    read(history, "us-east-1", "eu-west-1")
    there = [name for region, name, _ in history.asked if region == "us-east-1"]
    elsewhere = [name for region, name, _ in history.asked if region == "eu-west-1"]

    assert sorted(there) == sorted((*GLOBAL_CALLS, *REGIONAL_CALLS))
    assert sorted(elsewhere) == sorted(REGIONAL_CALLS)


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws", "us-east-1")]
)
def test_each_partition_records_them_in_a_region_of_its_own(partition: str, region: str) -> None:
    history = History([])
    read(history, region, "us-west-2", partition=partition)

    assert {place for place, name, _ in history.asked if name in GLOBAL_CALLS} == {region}


def test_one_page_of_the_last_day_is_asked_for() -> None:
    history = History([])
    read(history)

    assert {parameters["MaxResults"] for _, _, parameters in history.asked} == {MOST_CALLS}
    assert all(str(parameters["StartTime"]).endswith("Z") for _, _, parameters in history.asked)
    assert not any("NextToken" in parameters for _, _, parameters in history.asked)


def test_of_a_call_is_kept_who_made_it_and_when_and_no_more() -> None:
    snapshot = read(History([record("CreateAccessKey", accessKeyId="secret")], more="CreateAccessKey"))
    (kept,) = (one for one in snapshot.resources if one.answers["EventName"] == "CreateAccessKey")

    assert kept.address == f"aws://{OWN}/us-east-1/{TYPE}/CreateAccessKey"
    assert kept.answers == {
        "EventName": "CreateAccessKey",
        "Events": [
            {
                "EventName": "CreateAccessKey",
                "EventSource": "iam.amazonaws.com",
                "EventTime": "2027-01-31T11:00:00Z",
                "CloudTrailEvent": {"userIdentity": {"arn": BY_ALICE, "type": "IAMUser"}},
            }
        ],
        "NextToken": "more",
    }


# --- judging ----------------------------------------------------------------------------------------------------------


def test_different_calls_of_one_caller_are_counted() -> None:
    calls = [record("CreateAccessKey"), record("CreateAccessKey"), record("PutUserPolicy")]
    busy = found(History(calls))

    assert busy.verdict is Verdict.FALSE
    assert [fact.detail for fact in busy.facts] == [
        f"`{BY_ALICE}` called `CreateAccessKey`, `PutUserPolicy` within 24 hours"
    ]
    assert found(History(calls), at_least=3).verdict is Verdict.TRUE


def test_who_made_a_series_of_calls_is_seen_in_records_as_cloudtrail_writes_them() -> None:
    history = History([one for name, one in RECORDS.items() if name.startswith("iam-")])
    snapshot = read(history)
    later = changed(snapshot, ended="2026-03-04T12:00:00Z")
    here = open_world(LiveAccount(OWN, lambda: later), Context()).account
    six, five = (nobody_made(here, POLICY.ESCALATION, number, hours=24) for number in (6, 5))

    assert (six.verdict, five.verdict) == (Verdict.FALSE, Verdict.FALSE)
    assert [fact.detail.split("`")[1] for fact in six.facts] == ["arn:aws:iam::111122223333:user/dana"]
    assert [fact.detail.split("`")[1] for fact in five.facts] == [
        "arn:aws:iam::111122223333:user/dana",
        "arn:aws:iam::111122223333:role/PlatformAdmin",
    ]
    assert nobody_made(here, POLICY.ESCALATION, 7, hours=24).verdict is Verdict.TRUE


def test_calls_of_different_callers_are_not_added_up() -> None:
    calls = [record("CreateAccessKey"), record("PutUserPolicy", f"arn:aws:iam::{OWN}:user/bob")]

    assert found(History(calls)).verdict is Verdict.TRUE


def test_the_sessions_of_a_role_are_one_caller() -> None:
    issuer: dict[str, Any] = {"sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{OWN}:role/ci"}}}
    session = f"arn:aws:sts::{OWN}:assumed-role/ci/"
    calls = [record("CreateAccessKey", session + "one", **issuer), record("PutUserPolicy", session + "two", **issuer)]

    assert found(History(calls)).verdict is Verdict.FALSE
    assert found(History(calls), aside=("*:role/ci",)).verdict is Verdict.TRUE


def test_what_services_of_aws_call_does_not_count() -> None:
    by_service = {"invokedBy": "cloudformation.amazonaws.com"}
    calls = [record("CreateAccessKey", **by_service), record("PutUserPolicy", **by_service)]

    assert found(History(calls)).verdict is Verdict.TRUE


def test_a_call_of_another_service_by_the_same_name_does_not_count() -> None:
    other = {**record("PutUserPolicy"), "eventSource": "transfer.amazonaws.com"}

    assert found(History([record("CreateAccessKey"), other])).verdict is Verdict.TRUE


@pytest.mark.parametrize(("hours", "verdict"), [(2, Verdict.FALSE), (1, Verdict.TRUE)])
def test_only_the_last_hours_count(hours: int, verdict: Verdict) -> None:
    calls = [record("CreateAccessKey", at="2027-01-31T10:30:00Z"), record("PutUserPolicy")]

    assert found(History(calls), hours=hours).verdict is verdict


def test_more_calls_than_are_read_leave_it_open_unless_those_read_reach_far_enough_back() -> None:
    recent = History([record("CreateAccessKey")], more="CreateAccessKey")
    assert found(recent).verdict is Verdict.UNKNOWN

    older = record("CreateAccessKey", at="2027-01-31T01:00:00Z")
    far_back = History([record("CreateAccessKey"), older], more="CreateAccessKey")
    assert found(far_back, hours=6).verdict is Verdict.TRUE


def test_more_calls_of_others_than_are_read_do_not_hide_what_was_seen() -> None:
    history = History([record("CreateAccessKey"), record("PutUserPolicy")], more="CreateAccessKey")

    assert found(history).verdict is Verdict.FALSE


def test_a_refused_look_up_leaves_it_open() -> None:
    assert found(History([], refuses="us-east-1")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("call", "verdict"), [("iam:CreateAccessKey", Verdict.TRUE), ("bedrock:InvokeModel", Verdict.UNKNOWN)]
)
def test_a_region_that_was_not_asked_leaves_open_what_is_recorded_there(call: str, verdict: Verdict) -> None:
    snapshot = changed(_at_noon(read(History([]))), unasked=("eu-west-1",))
    here = open_world(LiveAccount(OWN, lambda: snapshot), Context()).account

    assert nobody_made(here, [call], 1, hours=24).verdict is verdict


def test_an_account_that_was_read_for_something_else_leaves_it_open() -> None:
    snapshot = collect(Scope(OWN, ("us-east-1",)), frozenset(), History([]))
    here = open_world(LiveAccount(OWN, lambda: snapshot), Context()).account

    assert nobody_made(here, CALLS, 2, hours=24).verdict is Verdict.UNKNOWN
