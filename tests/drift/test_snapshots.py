"""Two snapshots of accounts compared."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from recorded_accounts import FOLDERS, account, answers, leaves
from taken_snapshots import OTHER, OWN, bucket_of, described, findings, read, trail_of, worlds

from guardrails.drift.counting import fields_read
from guardrails.drift.records import Comparison, Kind
from guardrails.drift.snapshots import compare_snapshots
from guardrails.kernel.record import changed
from guardrails.plugins import load
from guardrails.sources.aws.snapshot import DENIED, Refusal, Unlisted

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.drift.records import Drift
    from guardrails.sources.aws.snapshot import AccountSnapshot

REFUSED = Refusal(
    "cloudtrail.DescribeTrails", "cloudtrail:DescribeTrails", DENIED, "AccessDenied", "no", "eu-central-1"
)


def compared(before: list[AccountSnapshot], after: list[AccountSnapshot], *policies: str) -> Comparison:
    first, second = worlds(before, "before.json"), worlds(after, "after.json")
    return compare_snapshots(first, second, findings(first, *policies), findings(second, *policies))


def told(comparison: Comparison) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (
            one.kind.value,
            one.live or one.declared,
            tuple(f"{d.attribute}: {d.declared} → {d.live}" for d in one.differences),
        )
        for one in comparison.drifts
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_account_has_not_drifted_from_itself(folder: Path) -> None:
    found = compare_snapshots([account(answers(folder))], [account(answers(folder))])

    assert found.drifts == ()
    assert found.matched > 0


@pytest.mark.parametrize("folder", FOLDERS[:3], ids=lambda folder: folder.name)
def test_a_change_is_told_both_ways_and_of_nothing_else(folder: Path) -> None:
    recorded = answers(folder)
    flags = [path for path in leaves(recorded) if isinstance(_at(recorded, path), bool)][:8]
    met = 0
    for path in flags:
        other = copy.deepcopy(recorded)
        _at(other, path[:-1])[path[-1]] = not _at(recorded, path)

        there = compare_snapshots([account(recorded)], [account(other)])
        back = compare_snapshots([account(other)], [account(recorded)])

        assert [_swapped(one) for one in back.drifts] == [_plain(one) for one in there.drifts]
        assert {one.type for one in there.drifts} <= {str(path[0])}
        met += len(there.drifts)
    assert met


def _at(content: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - any JSON
    for step in path:
        content = content[step]
    return content


def _plain(drift: Drift) -> tuple[object, ...]:
    return drift.kind, drift.live, frozenset((one.field, one.declared, one.live) for one in drift.differences)


def _swapped(drift: Drift) -> tuple[object, ...]:
    return drift.kind, drift.live, frozenset((one.field, one.live, one.declared) for one in drift.differences)


def test_a_verdict_that_turned_comes_first_with_the_change_that_explains_it() -> None:
    found = compared(read(described(1)), read(described(2, logging=False)), "TRAIL-001", "TRAIL-002")

    assert told(found)[-1] == ("changed", trail_of(), ("IsLogging: true → false",))
    turned = [one for one in found.drifts if one.kind is Kind.VERDICT]
    assert [(one.noun, one.live, one.because) for one in turned] == [
        ("TRAIL-001", OWN, (f"IsLogging of {trail_of()}",)),
        ("TRAIL-002", trail_of(), ("IsLogging",)),
    ]
    assert found.drifts[: len(turned)] == tuple(turned)


def test_what_is_gone_and_what_is_new_is_told() -> None:
    first, second = described(1), described(2)
    second["s3.bucket"] = {"arn:aws:s3:::elsewhere": {"name": "elsewhere"}}
    second["cloudtrail.trail"][trail_of()]["trail"]["S3BucketName"] = "elsewhere"

    found = compared(read(first), read(second))

    assert [(one.kind, one.declared, one.live) for one in found.drifts if one.kind is not Kind.CHANGED] == [
        (Kind.MISSING, bucket_of(), ""),
        (Kind.UNMANAGED, "", "arn:aws:s3:::elsewhere"),
    ]


def test_what_is_new_says_what_it_fails() -> None:
    first, second = described(1), described(2, logging=False)
    del first["cloudtrail.trail"]

    found = compared(read(first), read(second), "TRAIL-002")

    (new,) = [one for one in found.drifts if one.kind is Kind.UNMANAGED and one.noun != "bucket"]
    assert new.live == trail_of()
    assert new.because[0].startswith("fails TRAIL-002: ")


@pytest.mark.parametrize("refused_first", [False, True])
def test_a_listing_that_was_refused_makes_nothing_gone_or_new(*, refused_first: bool) -> None:
    (whole,) = read(described(1))
    kept = tuple(one for one in whole.resources if one.type != "cloudtrail.trail")
    blind = changed(whole, resources=kept, unlisted=(Unlisted(("cloudtrail.trail",), "eu-central-1", REFUSED),))
    pair = (blind, whole) if refused_first else (whole, blind)

    found = compared([pair[0]], [pair[1]], "TRAIL-002")

    assert found.drifts == ()
    assert ("cloudtrail:DescribeTrails" in found.opens[0][1].why, found.opens[0][0]) == (True, trail_of())


def test_a_listing_that_was_refused_in_another_region_says_nothing() -> None:
    (whole,) = read(described(1))
    kept = tuple(one for one in whole.resources if one.type != "cloudtrail.trail")
    elsewhere = changed(REFUSED, region="us-east-1")
    blind = changed(whole, resources=kept, unlisted=(Unlisted(("cloudtrail.trail",), "us-east-1", elsewhere),))

    found = compared([whole], [blind])

    assert ("missing", trail_of(), ()) in told(found)


def test_an_answer_that_was_refused_is_open() -> None:
    second = described(2)
    second["cloudtrail.trail"][trail_of()]["denied"] = {"status": "cloudtrail:GetTrailStatus"}
    del second["cloudtrail.trail"][trail_of()]["status"]

    found = compared(read(described(1)), read(second), "TRAIL-002")

    assert found.drifts == ()
    assert {one.attribute for _, one in found.opens} >= {"TRAIL-002"}
    assert all("cloudtrail:GetTrailStatus" in one.why for _, one in found.opens)


def test_what_was_not_asked_for_is_told_once() -> None:
    (whole,) = read(described(1))
    other = changed(
        whole,
        types=frozenset({"s3.bucket"}),
        resources=tuple(one for one in whole.resources if one.type == "s3.bucket"),
    )

    found = compared([whole], [other])

    assert found.drifts == ()
    assert any("each trail of 111122223333" in notice for notice in found.notices)


def test_an_account_that_only_one_of_them_holds_is_named_and_not_compared() -> None:
    found = compared(read(described(1), described(1, OTHER)), read(described(2)), "TRAIL-001")

    assert found.drifts == ()
    assert f"only the earlier snapshot holds {OTHER}, so nothing is compared there" in found.notices


def test_identities_count_where_a_verdict_turned_or_all_does() -> None:
    first, second = described(1), described(2)
    arn = f"arn:aws:iam::{OWN}:role/anybody"
    role = {"RoleName": "anybody", "Arn": arn, "AssumeRolePolicyDocument": {}, "AttachedManagedPolicies": []}
    allow = {"Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    first["iam.role"] = {arn: {"role": {**role, "RolePolicyList": []}}}
    second["iam.role"] = {arn: {"role": {**role, "RolePolicyList": [{"PolicyName": "a", "PolicyDocument": allow}]}}}
    pair = (worlds(read(first)), worlds(read(second)))

    narrow = compare_snapshots(*pair, read=fields_read(load([]).policies))
    wide = compare_snapshots(*pair)

    assert told(narrow) == []
    assert [one.live for one in wide.drifts] == [arn]
