"""`cfn-lint --append-rules guardrails.integrations.cfn_lint`, with the real cfn-lint."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

MODULE = "guardrails.integrations.cfn_lint"
TRAIL = """\
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: acme-logs
      IsMultiRegionTrail: true
      EnableLogFileValidation: false
"""
ONLY = 'select = ["TRAIL-003", "TRAIL-005", "KMS-001", "BUCKET-013", "WAIVER-*"]\n'

Place = tuple[str, int, int, str]
Lint = Any


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Place]]:
    """What our rules say in cfn-lint: rule, line, column and the name of the policy."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "guardrails.toml").write_text(ONLY)
    config = importlib.import_module("cfnlint.config").ConfigMixIn
    runner = importlib.import_module("cfnlint.runner.template.runner")
    rules = importlib.import_module("cfnlint.rules").Rules

    def run(text: str, *, name: str = "template.yaml", **options: object) -> list[Place]:
        (tmp_path / name).write_text(text)
        matches = runner.run_template_by_file_path(
            name, config(include_checks=["I"], **options), rules.create_from_module(MODULE), ignore_bad_template=False
        )
        return sorted((m.rule.id, m.linenumber, m.columnnumber, m.message.split(":")[0]) for m in matches)

    return run


def test_there_are_three_rules() -> None:
    rules = importlib.import_module("cfnlint.rules").Rules.create_from_module(MODULE)

    assert sorted(rules) == ["E9801", "I9801", "W9801"]
    assert {rule.severity for rule in rules.values()} == {"error", "warning", "informational"}


def test_findings_are_shown_where_they_are(lint: Lint) -> None:
    assert lint(TRAIL) == [
        ("E9801", 8, 7, "TRAIL-005 trail-without-log-validation"),
        ("W9801", 2, 3, "KMS-001 trail-without-customer-key"),
    ]


def test_what_is_not_known_is_a_remark(lint: Lint) -> None:
    text = f"Parameters: {{Key: {{Type: String}}}}\n{TRAIL}      KMSKeyId: !Ref Key\n"

    assert ("I9801", 10, 7, "KMS-001 trail-without-customer-key") in lint(text)


def test_waivers_hold(lint: Lint) -> None:
    text = TRAIL.replace("  Trail:", "  # guardrails: allow KMS-001, TRAIL-005 -- soon, until 2999-01-31\n  Trail:")

    assert lint(text) == []


def test_directives_of_cfn_lint_hold(lint: Lint) -> None:
    directive = "    Metadata: {cfn-lint: {config: {ignore_checks: [E9801]}}}\n"

    assert [rule for rule, *_ in lint(TRAIL + directive)] == ["W9801"]
    assert [rule for rule, *_ in lint(TRAIL, ignore_checks=["W9801"])] == ["E9801"]


def test_json(lint: Lint) -> None:
    properties = {"IsLogging": True, "S3BucketName": "acme-logs", "EnableLogFileValidation": False}
    text = json.dumps({"Resources": {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": properties}}}, indent=2)

    assert ("E9801", 8, 9, "TRAIL-005 trail-without-log-validation") in lint(text, name="template.json")


NESTING = """\
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner.yaml}
"""


def test_what_is_found_in_a_nested_stack_is_shown_where_it_is_called(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(TRAIL)

    assert ("E9801", 2, 3, "TRAIL-005 trail-without-log-validation") in lint(NESTING)


def test_a_configuration_that_is_wrong_is_said_once(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text('select = ["NONE-1"]\n')

    assert [(rule, line) for rule, line, *_ in lint(TRAIL)] == [("W9801", 1)]


def test_what_could_not_be_judged_is_said(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(TRAIL + "  Bucket: [\n")

    assert [(rule, said) for rule, _, _, said in lint(NESTING)] == [("W9801", "guardrails could not judge all")]


def _cfn_lint(folder: Path, *arguments: str, text: str | None = None) -> tuple[int, list[dict[str, Any]]]:
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [program, "--append-rules", MODULE, "--format", "json", *arguments],
        cwd=folder, input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def test_the_program_itself(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TRAIL)
    (tmp_path / "guardrails.toml").write_text(ONLY)

    code, matches = _cfn_lint(tmp_path, "--", "template.yaml")

    assert code == 6
    assert [(m["Rule"]["Id"], m["Location"]["Start"]["LineNumber"], m["Location"]["Path"]) for m in matches] == [
        ("W9801", 2, ["Resources", "Trail"]),
        ("E9801", 8, ["Resources", "Trail", "Properties", "EnableLogFileValidation"]),
    ]


def test_a_template_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(ONLY)

    code, matches = _cfn_lint(tmp_path, text=TRAIL)

    assert code == 6
    assert {(m["Rule"]["Id"], m["Location"]["Start"]["LineNumber"]) for m in matches} == {("W9801", 2), ("E9801", 8)}
