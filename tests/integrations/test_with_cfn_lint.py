"""`guardrails scan --with cfn-lint`, with the real cfn-lint."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

TEMPLATE = """\
Parameters:
  Unused: {Type: String}
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      KmsKeyId: alias/audit
      S3BucketName: acme-logs
Outputs:
  Arn: {Value: !GetAtt Missing.Arn}
"""
FOUND = [
    ("cfn-lint/W2001", "fail", "low", "Parameters.Unused", "template", 2),
    ("cfn-lint/E3002", "fail", "high", "Trail", "AWS::CloudTrail::Trail", 8),
    ("cfn-lint/E6101", "fail", "high", "Outputs.Arn", "template", 11),
]

Report = dict[str, Any]
Scan = Any


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Scan files with the real program; the exit code, the JSON report and what is said on stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def run(files: dict[str, str] | str, *arguments: str, only: str = "cfn-lint/*,WAIVER-*") -> tuple[int, Report, str]:
        for name, text in ({"template.yaml": files} if isinstance(files, str) else files).items():
            (tmp_path / name).write_text(text)
        select = ("--select", only) if only else ()
        code = main(["scan", "--today", "2026-06-30", "--with", "cfn-lint", *select, *arguments, "--format", "json"])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else {}, told.err

    return run


def told(report: Report) -> list[tuple[str, str, str, str, str, int]]:
    return [
        tuple(found[key] for key in ("policy", "outcome", "severity", "resource", "type", "line"))
        for found in report["findings"]
        if found["policy"].startswith("cfn-lint/")
    ]


def test_what_it_finds_is_reported_beside(scan: Scan) -> None:
    code, report, _ = scan(TEMPLATE, only="")

    assert code == 1
    assert told(report) == FOUND
    found = next(found for found in report["findings"] if found["policy"] == "cfn-lint/E3002")
    assert found["message"] == "Additional properties are not allowed ('KmsKeyId' was unexpected)"
    assert found["name"] == "resource-properties-are-invalid"
    assert found["target"] == "template.yaml"
    assert any(found["policy"] == "TRAIL-005" for found in report["findings"])


def test_a_fingerprint_does_not_depend_on_lines(scan: Scan) -> None:
    _, first, _ = scan(TEMPLATE)
    _, second, _ = scan(f"# moved\n\n{TEMPLATE}")

    assert [f["fingerprint"] for f in first["findings"]] == [f["fingerprint"] for f in second["findings"]]
    assert len({f["fingerprint"] for f in first["findings"]}) == len(FOUND)


@pytest.mark.parametrize(
    ("only", "ignored", "rules"),
    [
        ("cfn-lint/E*", "", ["E3002", "E6101"]),
        ("cfn-lint/*", "cfn-lint/W*,cfn-lint/E6101", ["E3002"]),
        ("TRAIL-005", "cfn-lint/E*", ["W2001"]),
        ("TRAIL-005,cfn-lint/E3002", "", ["E3002"]),
    ],
)
def test_rules_are_chosen_like_policies(scan: Scan, only: str, ignored: str, rules: list[str]) -> None:
    _, report, _ = scan(TEMPLATE, *(("--ignore", ignored) if ignored else ()), only=only)

    assert [policy for policy, *_ in told(report)] == [f"cfn-lint/{rule}" for rule in rules]


def test_rules_are_chosen_in_the_configuration(scan: Scan) -> None:
    _, report, _ = scan({"template.yaml": TEMPLATE, "guardrails.toml": 'ignore = ["cfn-lint/W*", "TRAIL-*"]'}, only="")

    assert [policy for policy, *_ in told(report)] == ["cfn-lint/E3002", "cfn-lint/E6101"]
    assert not any(found["policy"].startswith("TRAIL-") for found in report["findings"])


def test_waivers_hold_for_it(scan: Scan) -> None:
    text = TEMPLATE.replace(
        "KmsKeyId: alias/audit",
        "KmsKeyId: alias/audit # guardrails: allow cfn-lint/E3002 -- a macro mends it, until 2027-01-31",
    ).replace("Unused:", "Unused: # guardrails: allow cfn-lint/W2001, cfn-lint/W3010 -- soon, until 2027-01-31\n    ")
    code, report, _ = scan(text)

    assert code == 1
    assert [(policy, outcome) for policy, outcome, *_ in told(report)] == [
        ("cfn-lint/W2001", "waived"),
        ("cfn-lint/E3002", "waived"),
        ("cfn-lint/E6101", "fail"),
    ]
    unused = [found for found in report["findings"] if found["policy"] == "WAIVER-001" and found["outcome"] == "fail"]
    assert [because["detail"] for found in unused for because in found["because"]] == [
        "`cfn-lint/W3010` finds nothing there"
    ]


def test_its_waivers_wait_where_it_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = TEMPLATE.replace("Trail:", "Trail: # guardrails: allow cfn-lint/E3002 -- soon, until 2027-01-31", 1)
    (tmp_path / "template.yaml").write_text(text)

    assert main(["scan", "--today", "2026-06-30", "--select", "WAIVER-*", "--format", "json"]) == 0
    assert [f for f in json.loads(capsys.readouterr().out)["findings"] if f["outcome"] != "pass"] == []


def test_rules_that_may_not_be_waived(scan: Scan) -> None:
    text = TEMPLATE.replace("  Trail:", "  # guardrails: allow cfn-lint/E3002 -- soon, until 2027-01-31\n  Trail:", 1)
    _, report, _ = scan({"template.yaml": text, "guardrails.toml": '[waivers]\nnever = ["cfn-lint/E*"]'})

    assert ("cfn-lint/E3002", "fail") in [(policy, outcome) for policy, outcome, *_ in told(report)]
    assert any(f["policy"] == "WAIVER-004" and f["outcome"] == "fail" for f in report["findings"])


def test_each_template_once(scan: Scan) -> None:
    nesting = "Resources:\n" + "".join(
        f"  {name}: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: inner.yaml}}}}\n"
        for name in ("One", "Two")
    )
    inner = "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {Nme: x}}}\n"
    _, report, _ = scan({"template.yaml": nesting, "inner.yaml": inner}, only="cfn-lint/E3002")

    assert [(f["file"], f["line"], f["resource"]) for f in report["findings"]] == [("inner.yaml", 1, "B")]


def test_what_it_calls_a_broken_template_is_one(scan: Scan) -> None:
    _, report, _ = scan(TEMPLATE.replace("IsLogging: true", "IsLogging: true\n      IsLogging: false"))

    assert {(f["policy"], f["line"]) for f in report["findings"]} == {("cfn-lint/E0000", 7), ("cfn-lint/E0000", 8)}


def test_its_own_directives_hold(scan: Scan) -> None:
    told_to_ignore = "Metadata: {cfn-lint: {config: {ignore_checks: [E6101, W]}}}\n"
    _, report, _ = scan(told_to_ignore + TEMPLATE)

    assert [policy for policy, *_ in told(report)] == ["cfn-lint/E3002"]


CANARY = """\
from pathlib import Path
Path("ran").write_text("x")
from cfnlint.rules import CloudFormationLintRule
class Rule(CloudFormationLintRule):
    id = "E9999"
"""


def test_its_configuration_names_no_code(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "Rule.py").write_text(CANARY)
    said = "append_rules: [rules]\nignore_checks: [W2001]\n"
    _, report, _ = scan({"template.yaml": TEMPLATE, ".cfnlintrc": said})

    assert not (tmp_path / "ran").exists()
    assert [policy for policy, *_ in told(report)] == ["cfn-lint/E3002", "cfn-lint/E6101"]
    assert report["notices"] == ["`append_rules` in cfn-lint's configuration is left aside: it may name code to run"]


def test_a_template_names_no_code(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "Rule.py").write_text(CANARY)
    scan("Metadata: {cfn-lint: {config: {append_rules: [rules]}}}\n" + TEMPLATE)

    assert not (tmp_path / "ran").exists()


def test_it_is_not_installed(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    code, _, said = scan(TEMPLATE)

    assert code == 2
    assert "--with cfn-lint needs it installed: pip install 'guardrails-audit[cfn-lint]'" in said


def test_it_fails(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> object:
        raise RuntimeError("no")

    monkeypatch.setattr(importlib.import_module("cfnlint.runner"), "run_template_by_data", fails)
    code, report, _ = scan(TEMPLATE, only="TRAIL-005,cfn-lint/*")

    assert code == 3
    assert [gap["detail"].startswith("cfn-lint failed on `template.yaml`: ") for gap in report["gaps"]] == [True]
    assert [found["policy"] for found in report["findings"]] == ["TRAIL-005"]


def test_its_rules_fail(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> object:
        raise RuntimeError("no")

    monkeypatch.setattr(importlib.import_module("cfnlint.rules").CloudFormationLintRule, "matchall", fails)
    code, report, _ = scan(TEMPLATE, only="TRAIL-005,cfn-lint/*")

    assert code == 3
    assert {(found["policy"], found["outcome"]) for found in report["findings"]} == {
        ("TRAIL-005", "fail"),
        ("cfn-lint/E0002", "error"),
    }


@pytest.mark.parametrize("form", ["text", "sarif", "junit", "markdown"])
def test_every_report_can_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    assert main(["scan", "template.yaml", "--with", "cfn-lint", "--format", form]) == 1
    out = capsys.readouterr().out
    assert "cfn-lint/E3002" in out
    assert "policies show cfn-lint" not in out


def test_nothing_of_it_is_imported_where_it_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    code = (
        "import sys; from guardrails.cli import main\n"
        "main(['scan', 'template.yaml', '-q'])\n"
        "sys.exit(any(name.split('.')[0] == 'cfnlint' or 'integrations' in name for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False).returncode == 0
