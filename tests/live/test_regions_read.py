"""Which Regions of an account count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import ACCOUNT
from live_fixtures import REGIONS, enable

if TYPE_CHECKING:
    from faulty_proxy import FaultyProxy
    from live_runs import Live

BY_SCP = (
    "User: arn:aws:sts::123456789012:assumed-role/GuardrailsScan/x is not authorized to perform: x"
    " with an explicit deny in a service control policy"
)


def test_a_region_that_is_not_enabled_is_out_of_scope(live: Live, misconfigured_account: FaultyProxy) -> None:
    before = live()
    enable(misconfigured_account, REGIONS, disabled=("af-south-1",))
    misconfigured_account.requests.clear()

    after = live()

    assert after.verdicts == before.verdicts
    assert sum("af-south-1" in notice for notice in after.document["notices"]) == 1
    assert "af-south-1" not in {one.region for one in misconfigured_account.requests}


def test_a_region_that_the_organization_denies_is_out_of_scope(live: Live, misconfigured_account: FaultyProxy) -> None:
    before = live()
    enable(misconfigured_account, (*REGIONS, "ap-southeast-2"))
    misconfigured_account.deny("*", BY_SCP, region="ap-southeast-2")

    after = live()

    assert after.verdicts == before.verdicts
    assert after.code == before.code
    assert sum("ap-southeast-2" in notice for notice in after.document["notices"]) == 1


def test_a_region_that_the_role_may_not_read_is_not(live: Live, misconfigured_account: FaultyProxy) -> None:
    enable(misconfigured_account, (*REGIONS, "ap-southeast-2"))
    misconfigured_account.deny("*", region="ap-southeast-2")

    report = live()

    assert report.code == 3
    assert "ap-southeast-2" in report.reasons


def test_only_the_regions_that_are_named_are_read(live: Live, misconfigured_account: FaultyProxy) -> None:
    report = live("--regions", "eu-west-1")
    regional = {one.region for one in misconfigured_account.requests if one.operation.startswith(("logs.", "events."))}

    assert regional == {"eu-west-1"}
    assert ("TRAIL-005", f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/larkspur-books") in report.having("fail")
    # A trail of all Regions shows up in each of them; it is asked at home, and told once.
    assert report.verdicts["TRAIL-002", f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/evaluation"] == ["fail"]
