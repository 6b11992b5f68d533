"""The shipped examples are judged alike from their code, from a plan of them by itself, and from both together.

The plans are real ones, recorded: see `recorded/README.md`.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guardrails.cli import main

PROJECT = Path(__file__).resolve().parents[3]
RECORDED = Path(__file__).parent / "recorded"
EXAMPLES = ("default-only-trail", "audit-account", "workload-account")
COMPLETE = EXAMPLES[:2]
"""Those of which all modules are here, so that the plan has nothing that the code has not."""
VARIABLES = {
    "workload-account": (
        "--var=environment=production",
        "--var=trail_key_arn=arn:aws:kms:eu-west-2:999988887777:key/8f1c",
        "--var=trail_delivery_role_arn=arn:aws:iam::111122223333:role/trail",
    )
}

Report = dict[str, Any]
Scan = Callable[..., Report]
Verdicts = dict[tuple[str, str], list[dict[str, Any]]]


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scan:
    monkeypatch.chdir(PROJECT)

    def scanned(*arguments: str) -> Report:
        main(["scan", *arguments, "--output", "json=-"])
        report: Report = json.loads(capsys.readouterr().out)
        return report

    return scanned


def verdicts(report: Report) -> Verdicts:
    """The findings on each resource by policy, the deployment itself being called the same wherever it was read."""
    found: Verdicts = {}
    targets = {target["target"] for target in report["targets"]}
    for finding in report["findings"]:
        resource = "" if finding["resource"] in targets else finding["resource"]
        found.setdefault((finding["policy"], resource), []).append(finding)
    return found


def outcomes(findings: list[dict[str, Any]]) -> list[str]:
    return sorted(finding["outcome"] for finding in findings)


def code_of(scan: Scan, example: str) -> Verdicts:
    return verdicts(scan(f"examples/{example}", *VARIABLES.get(example, ())))


def plan_with_code(scan: Scan, example: str) -> Report:
    report = scan(str(RECORDED / f"{example}.json"), "--source", f"examples/{example}", *config_of(example))
    faults = [gap["detail"] for target in report["targets"] for gap in target["gaps"] if gap["why"] == "INVALID"]
    assert faults == [], "the example has changed: record its plan anew, see recorded/README.md"
    return report


def config_of(example: str) -> list[str]:
    config = PROJECT / "examples" / example / "guardrails.toml"
    return ["--config", str(config)] if config.exists() else []


@pytest.mark.parametrize("example", COMPLETE)
def test_a_plan_with_its_code_is_judged_as_the_code(scan: Scan, example: str) -> None:
    report = plan_with_code(scan, example)
    code, both = code_of(scan, example), verdicts(report)

    assert [target["source"] for target in report["targets"]] == ["terraform-plan"]
    assert both.keys() == code.keys()
    # A plan knows the account that it was made in, so it may settle what the code leaves open.
    settled = {key: findings for key, findings in code.items() if "unknown" not in outcomes(findings)}
    assert len(settled) > len(code) * 0.9
    for key, findings in settled.items():
        assert outcomes(both[key]) == outcomes(findings), key
        for name in ("file", "line", "message", "fingerprint"):
            assert sorted(str(one[name]) for one in both[key]) == sorted(str(one[name]) for one in findings)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_plan_with_its_code_leaves_no_more_open_than_the_code(scan: Scan, example: str) -> None:
    report = plan_with_code(scan, example)
    code, both = code_of(scan, example), verdicts(report)

    for key, findings in code.items():
        if "unknown" not in outcomes(findings):
            # A module that is not here may make more to judge: the bucket of the trail, say.
            assert Counter(outcomes(findings)) <= Counter(outcomes(both[key])), key


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_plan_by_itself_contradicts_nothing(scan: Scan, tmp_path: Path, example: str) -> None:
    """It leaves more open, above all what `lifecycle` says, but what passes or fails does so in the code as well."""
    alone = shutil.copy(RECORDED / f"{example}.json", tmp_path / "plan.json")
    code, plan = code_of(scan, example), verdicts(scan(str(alone), *config_of(example)))

    assert plan.keys() >= {key for key, found in code.items() if "pass" in outcomes(found)} - {("ORG-001", "")}
    decided = 0
    for key, findings in code.items():
        left = outcomes(findings)
        if "unknown" in left:
            continue
        for outcome in outcomes(plan.get(key, [])):
            if outcome != "unknown":
                decided += 1
                assert outcome in left, key
    assert decided >= sum(len(found) for found in code.values()) // 3


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_of_the_plan_file_is_printed(scan: Scan, tmp_path: Path, example: str) -> None:
    """Where a finding stands in a plan no text is taken from it: what is sensitive stands there in clear."""
    alone = shutil.copy(RECORDED / f"{example}.json", tmp_path / "plan.json")
    report = scan(str(alone))

    assert {finding["file"] for finding in report["findings"]} == {str(alone)}
    assert '"resource_changes"' not in json.dumps(report)
