"""What a scan says of an account that was never looked after, of one that is in order, and of an organization."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from accounts import ACCOUNT, ROLE

if TYPE_CHECKING:
    from accounts import Organization
    from faulty_proxy import FaultyProxy
    from live_runs import Live

ALARMED = "001 002 003 004 005 006 007 008 009 010 011 012 013 014 016 017 018 019"
"""The policies MONITOR about calls that somebody has to be told of."""
LARKSPUR = {
    ACCOUNT: [*(f"MONITOR-{number}" for number in ALARMED.split()), "ORG-005"],
    f"arn:aws:s3:::{'larkspur-books-trail'}": [
        "ACCESS-001",  # the dashboard's statement lets everybody read
        *(f"BUCKET-{number}" for number in ["001", "002", "003", "004", "005", "007", "008", "010", "013"]),
        "EVENTS-008",
        "RETAIN-002",
    ],
    f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/larkspur-books": [
        *("EVENTS-003", "EVENTS-004", "EVENTS-005", "EVENTS-006", "KMS-001", "ORG-002"),
        *("TRAIL-003", "TRAIL-004", "TRAIL-005", "TRAIL-009", "TRAIL-010"),
    ],
    # Switched off, and otherwise as far from what is asked.
    f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/evaluation": [
        *("EVENTS-001", "EVENTS-003", "EVENTS-004", "EVENTS-005", "EVENTS-006", "ORG-002"),
        *("TRAIL-002", "TRAIL-003", "TRAIL-005", "TRAIL-007", "TRAIL-010"),
    ],
    f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:larkspur/cloudtrail": ["KMS-007", "RETAIN-005", "RETAIN-006"],
    f"arn:aws:iam::{ACCOUNT}:role/CloudTrail_CloudWatchLogs_Role": ["ACCESS-004", "ACCESS-006"],
    f"arn:aws:iam::{ACCOUNT}:user/build": ["ACCESS-005"],
    f"arn:aws:sns:eu-west-1:{ACCOUNT}:larkspur-alerts": ["KMS-008", "MONITOR-023"],
    f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:console-failures": ["MONITOR-022"],
    **{
        f"aws://{ACCOUNT}/eu-west-1/logs.filter/larkspur/cloudtrail/{name}": ["MONITOR-020"]
        for name in ("console-failures", "root-use", "trail-changes")
    },
}
"""By resource the policies that it fails."""


def test_a_misconfigured_account(live: Live, misconfigured_account: FaultyProxy) -> None:
    report = live()
    failed = report.having("fail")
    (detector,) = {one for one in failed if one[0] == "MONITOR-026"}

    assert report.code == 1
    assert detector[1].startswith(f"arn:aws:guardduty:eu-west-1:{ACCOUNT}:detector/")
    assert failed - {detector} == {(policy, resource) for resource in LARKSPUR for policy in LARKSPUR[resource]}
    assert report.having("unknown") == set()
    assert report.having("error") == set()
    assert _twice(misconfigured_account) == {}


def test_a_good_account(live: Live, good_account: FaultyProxy) -> None:
    report = live()

    assert report.code == 1
    assert report.having("fail") == {
        # One account alone has nowhere else to keep its logs.
        ("ORG-002", f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/quillon-audit"),
        ("ORG-005", ACCOUNT),
    }
    assert report.having("unknown") == set()
    assert report.having("error") == set()
    assert _twice(good_account) == {}


def test_the_accounts_of_an_organization_are_judged_together(
    live: Live, halden: Organization, faults: FaultyProxy
) -> None:
    report = live("--org", "--org-role", ROLE)

    assert report.code == 0
    assert report.having("fail") == report.having("unknown") == report.having("error") == set()
    assert {target["target"] for target in report.document["targets"]} == set(halden.accounts)
    assert _twice(faults) == {}


def test_one_trail_of_an_organization_gives_one_finding(live: Live, halden: Organization, faults: FaultyProxy) -> None:
    trail = f"arn:aws:cloudtrail:eu-central-1:{halden.management}:trail/halden-organization"
    faults.garble("cloudtrail.GetTrailStatus", b'{"IsLogging": false}')

    report = live("--org", "--org-role", ROLE, "--select", "TRAIL-*")

    assert ("TRAIL-002", trail) in report.having("fail")
    assert report.verdicts["TRAIL-002", trail] == ["fail"]


def test_the_bucket_of_a_trail_is_judged_in_the_account_that_has_it(
    live: Live, halden: Organization, faults: FaultyProxy
) -> None:
    faults.garble("s3.GetBucketVersioning", b"<VersioningConfiguration/>")
    faults.garble("s3.GetObjectLockConfiguration", b"<ObjectLockConfiguration/>")
    bucket = "arn:aws:s3:::halden-freight-audit-logs"

    report = live("--org", "--org-role", ROLE, "--select", "BUCKET-004,BUCKET-005")

    assert report.having("fail") >= {("BUCKET-004", bucket), ("BUCKET-005", bucket)}
    targets = {each["target"] for each in report.document["findings"] if each["resource"] == bucket}
    assert targets == {halden.log_archive}


def test_a_member_alone_does_not_know_where_its_logs_go(live: Live, halden: Organization) -> None:
    role = f"arn:aws:iam::{halden.workload}:role/{ROLE}"

    alone = live("--role-arn", role)
    together = live("--org", "--org-role", ROLE)

    assert alone.having("fail") == set()
    assert {policy for policy, _ in alone.having("unknown")} >= {"MONITOR-001"}
    assert [target["target"] for target in alone.document["targets"]] == [halden.workload]
    assert ("MONITOR-001", halden.workload) in together.having("pass")


def test_an_account_that_cannot_be_entered_does_not_stop_the_others(
    live: Live, halden: Organization, faults: FaultyProxy
) -> None:
    # The accounts are entered in the order of their ids; the first is the management account or not.
    faults.deny("sts.AssumeRole", times=1)

    report = live("--org", "--org-role", ROLE)

    assert report.code == 3
    assert "sts:AssumeRole" in report.reasons
    assert len({each["target"] for each in report.document["findings"]}) >= len(halden.accounts) - 1
    assert report.having("fail") == set()


def _twice(faults: FaultyProxy) -> dict[tuple[str, str, str], int]:
    """Operations that were asked for more often than there are things to ask about: listings, more than once in an
    account and Region."""
    asked = Counter((one.operation, one.region, one.account) for one in faults.requests)
    listings = {"cloudtrail.DescribeTrails", "s3.ListBuckets", "iam.GetAccountAuthorizationDetails"}
    listings |= {"logs.DescribeLogGroups", "logs.DescribeMetricFilters", "cloudwatch.DescribeAlarms"}
    return {key: count for key, count in asked.items() if key[0] in listings and count > 1}
