"""How many requests reading takes is told before it begins, and is what it then takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.sources.aws.collect import Scope, Wishes, collect
from guardrails.sources.aws.cost import Cost, cost
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.kinds_organizations import DESCRIBE_ORGANIZATION
from guardrails.sources.aws.needs import needs_parts
from guardrails.sources.aws.regions import DESCRIBE_REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.calling import Call

LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")
ACCOUNT = "111122223333"
BUCKETS = {"Buckets": [{"Name": name, "BucketRegion": "eu-west-1"} for name in ("audit", "shop", "wiki")]}
POLICY = {"Policy": '{"Statement": {"Principal": {"Service": "cloudtrail.amazonaws.com"}}}'}


class Empty:
    """An AWS in which there is nothing but what is given, and which counts."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers
        self.calls: Counter[str] = Counter()

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:  # noqa: ARG002 - of one account
        self.calls[call.name] += 1
        if call.operation == "GetBucketPolicy" and parameters["Bucket"] != "audit":
            return None
        return self.answers.get(call.operation, {})


def names(calls: tuple[Call, ...]) -> list[str]:
    return sorted(call.name for call in calls)


def spent(needed: Mapping[str, frozenset[str]], caller: Empty) -> int:
    collect(Scope(ACCOUNT, REGIONS), frozenset(needed), caller, Wishes(parts=needed))
    return caller.calls.total()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_an_empty_account_takes_what_was_told(policy: Any) -> None:  # noqa: ANN401 - on any kind
    needed = needs_parts([policy])
    told = cost(needed)

    made = spent(needed, Empty())

    # Finding the Regions and asking for the organization are no part of collecting; the latter may be.
    beside = 1 if "organizations.organization" in needed else 2
    optional = len(told.where_used) * len(REGIONS)
    assert told.least(regions=len(REGIONS)) - beside <= made <= told.least(regions=len(REGIONS)) + optional


def test_details_are_counted_for_what_matters() -> None:
    needed = {"s3.bucket": frozenset(KINDS["s3.bucket"].parts)}
    told = cost(needed)

    caller = Empty(ListBuckets=BUCKETS, GetBucketPolicy=POLICY)
    made = spent(needed, caller)

    assert caller.calls["s3.GetBucketPolicy"] == 3
    assert caller.calls["s3.GetBucketAcl"] == 1
    # The policy of each bucket, and of the one that trails are let into the rest; where it is the listing says.
    assert made == 1 + 3 + len(told.each["s3.bucket"]) - 2
    assert made + 2 <= told.most({"s3.bucket": 3}, regions=len(REGIONS))


def test_what_several_types_need_is_asked_once() -> None:
    together = cost({"cloudwatch.alarm": frozenset(), "cloudwatch.composite_alarm": frozenset()})

    assert names(together.region) == ["cloudwatch.DescribeAlarms"]
    assert names(cost({name: frozenset() for name in ("iam.role", "iam.user", "iam.policy")}).account) == [
        DESCRIBE_REGIONS.name,
        "iam.GetAccountAuthorizationDetails",
        DESCRIBE_ORGANIZATION.name,
    ]


def test_only_the_parts_that_are_needed_are_counted() -> None:
    few = cost({"cloudtrail.trail": frozenset(("status",))})

    assert names(few.each["cloudtrail.trail"]) == ["cloudtrail.GetTrailStatus"]
    assert few.least() == 3
    assert few.least(accounts=1000, regions=17) == 1000 * (2 + 17)


def test_nothing_costs_no_more_than_finding_out_where_one_is() -> None:
    assert cost({}) == Cost((DESCRIBE_REGIONS, DESCRIBE_ORGANIZATION), (), (), {})
