"""Waivers in templates, from files on a disk to a report and an exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KMS = "KMS-001 -- the key moves in May, until 2027-01-31"
TRAIL = """\
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: acme-logs
"""
METADATA = TRAIL + "    Metadata: {guardrails: %s}\n"

Report = dict[str, Any]
Scan = Any


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Scan files with the real program; the exit code and the JSON report."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def run(files: dict[str, str] | str, *arguments: str, only: str = "KMS-001,WAIVER-*") -> tuple[int, Report]:
        for name, text in ({"template.yaml": files} if isinstance(files, str) else files).items():
            (tmp_path / name).write_text(text)
        code = main(["scan", "--select", only, "--today", "2026-06-30", *arguments, "--format", "json"])
        told = capsys.readouterr()
        assert told.err == ""
        return code, json.loads(told.out)

    return run


def told(report: Report) -> list[tuple[str, str, str, int]]:
    """Policy, outcome, resource and line of all but what passed."""
    return [
        (found["policy"], found["outcome"], found["resource"], found["line"])
        for found in report["findings"]
        if found["outcome"] != "pass"
    ]


def above(text: str, line: str, added: str) -> str:
    """A text with a line added above the first one that begins with something."""
    at = text.index(line)
    return text[:at] + added + "\n" + text[at:]


@pytest.mark.parametrize(
    "text",
    [
        above(TRAIL, "  Trail:", f"  # guardrails: allow {KMS}"),
        TRAIL.replace("Trail:", f"Trail: # guardrails: allow {KMS}", 1),
        above(TRAIL, "    Type:", f"    # guardrails: allow {KMS}"),
        TRAIL + f"      # guardrails: allow {KMS}\n",
        above(TRAIL, "    Properties:", f"    Metadata: {{guardrails: {{allow: ['{KMS}']}}}}"),
        above(TRAIL, "    Properties:", f"    Metadata: {{guardrails: {{allow: '{KMS}'}}}}"),
        above(
            TRAIL,
            "    Properties:",
            "    Metadata:\n      guardrails:\n        allow:\n          - policy: trail-without-customer-key\n"
            "            reason: the key moves in May\n            until: 2027-01-31",
        ),
    ],
    ids=["above", "head", "first", "last", "metadata", "one text", "in parts"],
)
def test_a_waived_failure(scan: Scan, text: str) -> None:
    code, report = scan(text)

    assert code == 0
    (found,) = (found for found in report["findings"] if found["policy"] == "KMS-001")
    assert (found["outcome"], found["resource"]) == ("waived", "Trail")
    (waiver,) = found["waivers"]
    assert (waiver["reason"], waiver["until"], waiver["outcome"]) == ("the key moves in May", "2027-01-31", "fail")
    assert "guardrails" in text.splitlines()[waiver["line"] - 1] or "policy" in text.splitlines()[waiver["line"] - 1]
    assert [one for one in told(report) if one[1] != "waived"] == []


def test_in_json(scan: Scan) -> None:
    resource = {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {"IsLogging": True, "S3BucketName": "acme-logs"},
        "Metadata": {"guardrails": {"allow": [KMS]}},
    }
    code, report = scan({"template.json": json.dumps({"Resources": {"Trail": resource, "Other": resource}}, indent=2)})

    assert code == 0
    assert [(outcome, name) for _, outcome, name, _ in told(report)] == [("waived", "Trail"), ("waived", "Other")]


def test_a_part_covers_what_is_decided_there(scan: Scan) -> None:
    text = TRAIL + f"      EnableLogFileValidation: false # guardrails: allow TRAIL-005 {KMS}\n"
    code, report = scan(text, only="TRAIL-005,KMS-001,WAIVER-*")

    assert code == 1
    assert told(report) == [
        ("KMS-001", "fail", "Trail", 2),
        ("TRAIL-005", "waived", "Trail", 7),
        ("WAIVER-001", "fail", "Trail.EnableLogFileValidation", 7),
    ]


def test_other_resources_are_not_covered(scan: Scan) -> None:
    other = TRAIL.replace("Resources:\n", "").replace("Trail:", "Other:", 1)
    _, report = scan(above(TRAIL, "  Trail:", f"  # guardrails: allow {KMS}") + other)

    assert [(outcome, name) for _, outcome, name, _ in told(report)] == [("waived", "Trail"), ("fail", "Other")]


@pytest.mark.parametrize(
    ("text", "policy", "detail"),
    [
        (f"# guardrails: allow {KMS}\n{TRAIL}", "WAIVER-003", "it stands at no resource"),
        (f"Metadata: {{guardrails: {{allow: '{KMS}'}}}}\n{TRAIL}", "WAIVER-003", "it stands at no resource"),
        (TRAIL.replace("Trail:", "Trail: # guardrails: skip KMS-001", 1), "WAIVER-003", "`skip` is not a word"),
        (METADATA % "{skip: KMS-001}", "WAIVER-003", "`skip` is not a word"),
        (METADATA % "{allow: KMS-001}", "WAIVER-003", "it gives no reason"),
        (METADATA % "{allow: {policy: KMS-001, resaon: x}}", "WAIVER-003", "`resaon:` is not"),
        (METADATA % "{allow: {policy: KMS-001, until: May}}", "WAIVER-003", "`May` is no date"),
        (METADATA % f"{{allow: '{KMS.replace('KMS', 'TRAIL')}'}}", "WAIVER-001", "finds"),
        (METADATA % f"{{allow: '{KMS.replace('2027', '2025')}'}}", "WAIVER-002", "held until"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_waiver(scan: Scan, text: str, policy: str, detail: str) -> None:
    _, report = scan(text, only="KMS-001,TRAIL-001,WAIVER-*")

    said = [
        because["detail"]
        for found in report["findings"]
        if found["policy"] == policy and found["outcome"] == "fail"
        for because in found["because"]
    ]
    assert any(detail in one for one in said), (said, told(report))


NESTING = """\
Resources:
  # guardrails: allow %s
  One:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: trail.yaml}
  Two:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: trail.yaml}
"""


def test_a_nested_stack_is_covered_with_all_in_it(scan: Scan) -> None:
    _, report = scan({"template.yaml": NESTING % KMS, "trail.yaml": TRAIL})

    assert [(outcome, name) for _, outcome, name, _ in told(report)] == [
        ("waived", "One/Trail"),
        ("fail", "Two/Trail"),
    ]


def test_a_resource_in_a_nested_stack_is_covered_in_all_that_use_it(scan: Scan) -> None:
    waived = TRAIL.replace("Trail:", f"Trail: # guardrails: allow {KMS}", 1)
    code, report = scan({"template.yaml": NESTING % "nothing", "trail.yaml": waived}, only="KMS-001,WAIVER-001")

    assert code == 0
    assert [(outcome, name) for _, outcome, name, _ in told(report)] == [
        ("waived", "One/Trail"),
        ("waived", "Two/Trail"),
    ]


def test_without_waivers_everything_counts(scan: Scan) -> None:
    code, report = scan(METADATA % f"{{allow: '{KMS}'}}", "--no-waivers")

    assert code == 1
    assert told(report) == [("KMS-001", "fail", "Trail", 2)]
