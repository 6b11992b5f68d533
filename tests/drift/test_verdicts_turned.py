"""Policies that pass in code and fail in the account, and what is said to explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recorded_accounts import FOLDERS, account, answers, code

from guardrails.drift.drift import compare
from guardrails.drift.records import Kind
from guardrails.judge import judge
from guardrails.plugins import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recorded_accounts import Answers

    from guardrails.drift.records import Comparison, Drift
    from guardrails.findings import Finding
    from guardrails.lower.world import World

AUDITED = next(folder for folder in FOLDERS if folder.name == "audited")
POLICIES = {policy.id: policy for policy in load().policies}


def findings(worlds: Iterable[World], ids: Iterable[str]) -> list[Finding]:
    policies = [POLICIES[id_] for id_ in ids]
    settings = {policy.id: policy.settings() if policy.settings is not None else None for policy in policies}
    return [one for world in worlds for one in judge(world, policies, lambda policy: settings[policy.id])]


def compared(found: Answers, *ids: str) -> Comparison:
    declared, live = code(AUDITED, "main.tf"), [account(found)]
    return compare(declared, live, findings(declared, ids), findings(live, ids))


def turned(found: Comparison) -> list[Drift]:
    return [drift for drift in found.drifts if drift.kind is Kind.VERDICT]


def test_no_verdict_turns_where_nothing_changed() -> None:
    assert compared(answers(AUDITED), "TRAIL-002", "TRAIL-003", "BUCKET-002").drifts == ()


def test_a_verdict_that_turned_comes_first_and_says_what_changed() -> None:
    found = answers(AUDITED)
    found["cloudtrail.trail"]["main"]["status"]["IsLogging"] = False

    told = compared(found, "TRAIL-002", "BUCKET-002")

    (verdict, change) = told.drifts
    assert (verdict.kind, change.kind) == (Kind.VERDICT, Kind.CHANGED)
    assert verdict.noun == "TRAIL-002"
    assert verdict.because == ("enable_logging",)
    assert verdict.origin.line == change.origin.line
    assert verdict.before is not None
    assert verdict.after is not None
    assert (verdict.declared, verdict.live) == (change.declared, change.live)


def test_another_change_of_the_resource_does_not_explain_it() -> None:
    found = answers(AUDITED)
    found["cloudtrail.trail"]["main"]["status"]["IsLogging"] = False
    found["cloudtrail.trail"]["main"]["trail"]["S3KeyPrefix"] = "elsewhere"

    (verdict,) = turned(compared(found, "TRAIL-002"))

    assert verdict.because == ("enable_logging",)


def test_what_failed_before_did_not_turn() -> None:
    found = answers(AUDITED)
    declared = code(AUDITED, "main.tf")
    failing = [one for one in findings(declared, POLICIES) if one.outcome.value == "fail"]
    assert failing

    told = compared(found, *{one.policy for one in failing})

    assert {one.noun for one in turned(told)}.isdisjoint(one.policy for one in failing if one.resource != one.target)


def test_it_is_explained_by_a_change_of_another_resource() -> None:
    found = answers(AUDITED)
    found["cloudtrail.trail"]["main"]["trail"]["IsMultiRegionTrail"] = False

    verdicts = {(one.noun, one.declared): one for one in turned(compared(found, "TRAIL-003", "MONITOR-020"))}

    assert {key: one.because for key, one in verdicts.items()} == {
        ("TRAIL-003", "aws_cloudtrail.main"): ("is_multi_region_trail",),
        ("TRAIL-003", "aws_cloudtrail.second"): ("is_multi_region_trail of aws_cloudtrail.main",),
        ("MONITOR-020", "aws_cloudwatch_log_metric_filter.root"): ("is_multi_region_trail of aws_cloudtrail.main",),
    }


def test_it_is_explained_by_what_is_missing() -> None:
    found = answers(AUDITED)
    del found["cloudtrail.trail"]["main"]

    (verdict,) = turned(compared(found, "TRAIL-003"))

    assert verdict.declared == "aws_cloudtrail.second"
    assert verdict.because == ("aws_cloudtrail.main is not there",)


def test_what_the_code_leaves_open_is_told_as_what_the_account_says() -> None:
    found = compared(answers(AUDITED), "MONITOR-023")

    assert found.drifts == ()
    (address, one) = found.opens[-1]
    assert (address, one.attribute, one.field) == ("aws_sns_topic.alerts", "MONITOR-023", "")
    assert one.why == "a subscription may exist that was not read"
    assert one.live.startswith("fails: ")
