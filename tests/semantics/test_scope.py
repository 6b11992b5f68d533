"""Which trails count for one another: accounts, Regions, organizations."""

from __future__ import annotations

from typing import Any

from api_shapes import OPEN, common, deployment, left_open, trail

from guardrails.kernel.block import Location
from guardrails.kernel.many import Many
from guardrails.kernel.record import changed
from guardrails.kernel.truth import Verdict, false
from guardrails.kernel.value import Value
from guardrails.model import Account, AuditTrail, Bucket
from guardrails.semantics.coverage import data_events, management_events
from guardrails.semantics.scope import (
    answers_for,
    meets,
    other_trails,
    reaches,
    recorders_for,
    same_region,
    trails_with,
)

TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


def bucket(address: str, name: str) -> Bucket:
    """A bucket of which nothing but its name is said."""
    said: dict[str, Any] = {
        **common({}, "aws_s3_bucket"),
        "address": address,
        "name": Value.of(name),
        **dict.fromkeys(("object_lock_enabled", "versioned", "mfa_delete", "force_destroy"), Value.of(False)),
        **dict.fromkeys(("ownership", "access_log_bucket", "access_log_prefix"), Value.unset()),
        **dict.fromkeys(("declared_audit", "accepts_trails"), false()),
        "account": deployment(),
    }
    return Bucket(**{**dict.fromkeys(Bucket._fields, Many.of()), **said})


def together(*said: dict[str, Any], gaps: bool = False) -> list[AuditTrail]:
    """Trails of one deployment."""
    built: list[AuditTrail] = []

    def trails(_: Account) -> Many[AuditTrail]:
        return Many.of(*built).and_also(Many((), OPEN if gaps else ()))

    account = deployment(trails)
    built += [trail(one, account) for one in said]
    return built


def elsewhere(one: AuditTrail, credentials: str, account: Value[str]) -> AuditTrail:
    return changed(one, location=Location(credentials, account, one.location.region))


def test_a_trail_of_all_regions_reaches_one_of_a_single_region_and_not_the_other_way_round() -> None:
    everywhere, here = trail({"IsMultiRegionTrail": True}), trail({})

    assert reaches(everywhere, here).verdict is TRUE
    assert reaches(here, everywhere).verdict is FALSE
    assert reaches(here, here).verdict is TRUE


def test_trails_of_single_regions_reach_each_other_in_the_same_one() -> None:
    here, there, open_one = (trail({"HomeRegion": region}) for region in ("eu-west-1", "eu-west-2", left_open()))

    assert reaches(trail({"HomeRegion": "eu-west-1"}), here).verdict is TRUE
    assert reaches(there, here).verdict is FALSE
    assert reaches(open_one, here).verdict is UNKNOWN
    assert meets(there, here).verdict is FALSE
    assert meets(trail({"HomeRegion": "eu-west-2", "IsMultiRegionTrail": True}), here).verdict is TRUE


def test_one_region_that_is_not_known_is_still_one() -> None:
    region: Value[str] = left_open()

    assert same_region(trail({"HomeRegion": region}), trail({"HomeRegion": region})).verdict is TRUE


def test_another_account_counts_only_with_a_trail_of_the_organization() -> None:
    mine, plain, whole = trail({}), trail({"IsMultiRegionTrail": True}), trail({"IsOrganizationTrail": True})
    other: Value[str] = Value.of("444455556666")

    assert reaches(elsewhere(plain, "other", other), mine).verdict is FALSE
    assert reaches(elsewhere(plain, "other", left_open()), mine).verdict is UNKNOWN
    assert reaches(elsewhere(whole, "other", other), mine).verdict is TRUE


def test_a_trail_is_not_another_one() -> None:
    one, _other = together({"Name": "one"}, {"Name": "other"})

    assert [found.address for found, _ in other_trails(one).members()] == ["other"]
    assert [found.address for found, _ in trails_with(one).members()] == ["one", "other"]
    (alone,) = together({"Name": "alone"})
    assert other_trails(alone).is_empty().verdict is TRUE
    assert other_trails(alone).some(lambda _: false()).facts[0].detail == "there is no other trail"


def test_who_answers_for_events_that_are_missing() -> None:
    no_data = {"Name": "main", "EventSelectors": [{"ReadWriteType": "WriteOnly"}]}
    objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
    no_management = {"EventSelectors": [{"IncludeManagementEvents": False, "DataResources": [objects]}]}
    main, data = together(no_data, no_management)

    assert answers_for(main, management_events()).verdict is TRUE
    assert answers_for(data, management_events()).verdict is FALSE
    assert answers_for(main, data_events()).verdict is FALSE
    (alone,) = together(no_management)
    assert answers_for(alone, management_events()).verdict is TRUE
    (perhaps_alone,) = together(no_management, gaps=True)
    assert answers_for(perhaps_alone, management_events()).verdict is UNKNOWN
    _stopped, data = together({**no_data, "IsLogging": False}, no_management)
    assert answers_for(data, management_events()).verdict is TRUE


def test_a_bucket_is_recorded_by_trails_of_its_account_and_region() -> None:
    here, there = trail({"HomeRegion": "us-east-1"}), trail({"HomeRegion": "eu-west-1"})
    account = deployment(lambda _: Many.of(here, there))
    logs = changed(bucket("aws_s3_bucket.b", "example-logs"), account=account)

    assert [found for found, _ in recorders_for(logs).members()] == [here]
