"""A scan ends and is true whatever the services do: throttled, slow, cut off, gone wrong half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from accounts import ACCOUNT

if TYPE_CHECKING:
    from faulty_proxy import FaultyProxy
    from live_runs import Live

SELECTED = ("--select", "TRAIL-*,BUCKET-*,MONITOR-001")


def test_throttling_that_ends_makes_no_difference(live: Live, misconfigured_account: FaultyProxy) -> None:
    before = live(*SELECTED)
    misconfigured_account.throttle("cloudtrail.*", times=3)
    misconfigured_account.throttle("s3.GetBucketPolicy", times=2)

    after = live(*SELECTED)

    assert after.verdicts == before.verdicts
    assert after.code == before.code == 1


def test_a_connection_that_breaks_once_makes_no_difference(live: Live, misconfigured_account: FaultyProxy) -> None:
    before = live(*SELECTED)
    misconfigured_account.drop("cloudtrail.GetTrailStatus", times=1)
    misconfigured_account.fail("logs.DescribeLogGroups", "ServiceUnavailable", status=503, times=1)

    after = live(*SELECTED)

    assert after.verdicts == before.verdicts


def test_an_operation_that_never_answers_rightly_leaves_verdicts_open(
    live: Live, misconfigured_account: FaultyProxy
) -> None:
    before = live(*SELECTED)
    misconfigured_account.garble("cloudtrail.GetTrailStatus")

    after = live(*SELECTED)

    assert after.code == 3
    assert "cloudtrail.GetTrailStatus" in after.reasons
    for key, outcomes in after.verdicts.items():
        assert set(outcomes) <= {*before.verdicts.get(key, ()), "unknown"}, key
    # Nothing hangs on whether it is logging here: it is the only trail, of one Region.
    assert ("TRAIL-005", f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/larkspur-books") in after.having("fail")


@pytest.mark.parametrize("after", [5, 30])
def test_credentials_that_run_out_leave_the_rest_open(
    after: int, live: Live, misconfigured_account: FaultyProxy
) -> None:
    before = live()
    misconfigured_account.expire(after=after)

    expired = live()

    assert expired.code == 3
    assert "expired" in expired.reasons
    for key, outcomes in expired.verdicts.items():
        assert set(outcomes) <= {*before.verdicts.get(key, ()), "unknown"}, key


def test_answers_in_pages_are_put_together(live: Live, misconfigured_account: FaultyProxy) -> None:
    before = live()
    misconfigured_account.page("logs.DescribeMetricFilters", "metricFilters", "nextToken", "nextToken")
    misconfigured_account.page("logs.DescribeLogGroups", "logGroups", "nextToken", "nextToken")

    after = live()

    assert misconfigured_account.operations["logs.DescribeMetricFilters"] > 3
    assert after.verdicts == before.verdicts
