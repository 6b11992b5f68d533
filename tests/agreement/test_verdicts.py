"""The policies say of an account what they say of the code that made it, but for what only one of the two can tell."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recorded_answers import RecordedAnswers

from guardrails import plugins
from guardrails.findings import Outcome
from guardrails.judge import judge
from guardrails.lower.world import open_world
from guardrails.model import Context
from guardrails.model.waiver import InlineWaiver
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from guardrails.kernel.block import Deployment

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/live.json"))
POLICIES = [policy for policy in plugins.load().policies if policy.on is not InlineWaiver]
_NO_CODE = "an account has no code that could delete it"
DIFFERENT = {
    "ORG-001": ({Outcome.FAIL}, "a management account lists the trails that others make for the organization as well"),
    "ORG-002": ({Outcome.PASS}, "an account lists all its buckets, so one that is only named is elsewhere"),
    "TRAIL-011": ({Outcome.PASS, Outcome.FAIL}, "an account says how its announcements went as well"),
    "MONITOR-023": ({Outcome.PASS, Outcome.FAIL}, "an account shows the subscriptions that were made by hand"),
    "ACCESS-009": ({Outcome.PASS, Outcome.FAIL}, "the code does not say which account it is for"),
}
"""Policies of which the verdicts differ: which they have in an account, and why."""
ONE_SIDED = {
    "BUCKET-011": _NO_CODE,
    "KMS-009": "a key has no waiting time until it is deleted",
    "TRAIL-006": "code does not say how deliveries go",
    "TRAIL-008": "code does not say how deliveries go",
    "TRAIL-013": _NO_CODE,
}
"""Policies that judge only an account, or only code, and why."""
Verdicts = dict[tuple[str, str], list[Outcome]]


def _verdicts(deployment: Deployment) -> Verdicts:
    """The outcomes by policy and by the part of an address that the sources share."""
    found: Verdicts = defaultdict(list)
    settings = {policy.id: policy.settings() if policy.settings is not None else None for policy in POLICIES}
    world = open_world(deployment, Context())
    for one in judge(world, POLICIES, lambda policy: settings[policy.id]):
        name = "" if one.resource == one.target else one.resource.split(".")[-1]
        found[one.policy, name].append(one.outcome)
    world.close()
    return {key: sorted(outcomes, key=str) for key, outcomes in found.items()}


@cache
def _pair(folder: Path) -> tuple[Verdicts, Verdicts]:
    (deployment,) = load([str(folder)]).deployments
    return _verdicts(deployment), _verdicts(RecordedAnswers(folder / "live.json"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_account_is_judged_as_the_code_that_made_it(folder: Path) -> None:
    code, account = _pair(folder)

    assert code
    assert {policy for policy, _ in code.keys() ^ account.keys()} <= ONE_SIDED.keys()
    for (policy, name), outcomes in account.items():
        if policy not in ONE_SIDED and code[policy, name] != outcomes:
            assert set(outcomes) <= DIFFERENT.get(policy, (set(), ""))[0], (policy, name, code[policy, name], outcomes)


def test_no_policy_is_excused_without_need() -> None:
    differing = {
        policy
        for code, account in map(_pair, FOLDERS)
        for (policy, name), outcomes in account.items()
        if policy not in ONE_SIDED and code[policy, name] != outcomes
    }

    assert differing == DIFFERENT.keys()


def test_no_policy_is_one_sided_without_need() -> None:
    met = [{policy for policy, _ in code.keys() ^ account.keys()} for code, account in map(_pair, FOLDERS)]

    assert set().union(*met) == ONE_SIDED.keys()


def test_no_policy_fails_to_judge_an_account() -> None:
    assert not any(Outcome.ERROR in outcomes for folder in FOLDERS for outcomes in _pair(folder)[1].values())
