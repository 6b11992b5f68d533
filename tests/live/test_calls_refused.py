"""Nobody is told good or bad of what was refused: a verdict stays what it is, or becomes unknown.

Operations that a scan needs are refused one by one, and some sets of them drawn at random; the scan is the same
otherwise. `REFUSED=all` in the environment refuses each that there is, which takes some minutes.
"""

from __future__ import annotations

import os
import random
from functools import cache
from typing import TYPE_CHECKING

import pytest
from live_fixtures import REGIONS, enable

from guardrails.sources.aws.kinds import KINDS

if TYPE_CHECKING:
    from faulty_proxy import FaultyProxy
    from live_runs import Live, Report

TELLING = (
    "cloudtrail.DescribeTrails",
    "cloudtrail.GetTrailStatus",
    "iam.GetAccountAuthorizationDetails",
    "kms.GetKeyPolicy",
    "logs.DescribeLogGroups",
    "s3.GetBucketPolicy",
    "s3.ListBuckets",
    "sns.ListSubscriptionsByTopic",
)
"""Those that most hangs on. More are drawn."""
DRAWN = 4
BEFORE = ("ec2.DescribeRegions", "sts.AssumeRole", "sts.GetCallerIdentity", "organizations.DescribeOrganization")
"""By these the accounts and Regions are found that are read."""


@cache
def actions() -> dict[str, str]:
    """Operation → the action that a policy has to allow for it."""
    return {call.name: call.action for kind in KINDS.values() for call in kind.calls}


def refused(operations: list[str], seed: int) -> list[tuple[str, ...]]:
    """Which operations are refused together, one set after the other."""
    known = sorted(set(operations) - set(BEFORE))
    if os.environ.get("REFUSED") == "all":
        return [(operation,) for operation in known]
    drawn = random.Random(seed)
    alone: list[tuple[str, ...]] = [(operation,) for operation in TELLING]
    return [*alone, *(tuple(drawn.sample(known, drawn.randint(1, 4))) for _ in range(DRAWN))]


@pytest.mark.parametrize("account", ["misconfigured_account", "good_account"])
def test_what_was_refused_is_neither_good_nor_bad(account: str, live: Live, request: pytest.FixtureRequest) -> None:
    faults: FaultyProxy = request.getfixturevalue(account)
    before = live()
    told: list[str] = []

    for operations in refused(list(faults.operations), seed=7):
        faults.heal()
        enable(faults, REGIONS)
        for operation in operations:
            faults.deny(operation)
        faults.requests.clear()
        after = live()
        told += (f"without {', '.join(operations)}: {one}" for one in changed(before, after))
        asked = [operation for operation in operations if operation in faults.operations]
        # Where the bucket is: if nobody says, another way is found.
        if any(operation != "s3.GetBucketLocation" for operation in asked):
            told += (f"without {one}: exit code {after.code}" for one in asked if after.code != 3)
            told += (f"{one}: {actions()[one]} is not named" for one in asked if actions()[one] not in after.reasons)

    assert told == []


def changed(before: Report, after: Report) -> list[str]:
    """Verdicts that a refusal turned into another one than unknown, or brought about."""
    told = []
    for key, outcomes in after.verdicts.items():
        was = list(before.verdicts.get(key, ()))
        for outcome in outcomes:
            if outcome in was:
                was.remove(outcome)
            elif outcome != "unknown":
                told.append(f"{key[0]} on {key[1]}: {outcome}, and was {before.verdicts.get(key)}")
    return told
