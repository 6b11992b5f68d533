"""`guardrails remedy` as it is used."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main
from guardrails.cli import remedy as command
from guardrails.errors import ReportError
from guardrails.remedies.search import Change

if TYPE_CHECKING:
    from pathlib import Path

TRAIL = """\
resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = "example-audit-logs"
}
"""
MODULE = """\
variable "validate" {
  type    = bool
  default = false
}

resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "example-audit-logs"
  enable_log_file_validation = var.validate
}
"""
OURS = (
    "from guardrails.api import AuditTrail, Check, Severity, policy, require\n\n\n"
    '@policy("OURS-001", on=AuditTrail, severity=Severity.LOW, since="1")\n'
    "def ours(trail: AuditTrail) -> Check:\n"
    '    """A trail that is not as we want it."""\n'
    '    return require(trail.log_validation.is_true(), "it is not as we want it")\n'
)


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_change_is_shown_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path / "main.tf", TRAIL)
    assert main(["remedy", "TRAIL-005", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "\n+  enable_log_file_validation = true\n" in said.out
    assert "proved: TRAIL-005 on `aws_cloudtrail.main`" in said.err
    assert "no other verdict got worse" in said.err
    assert file.read_text(encoding="utf-8") == TRAIL


def test_apply_writes_what_was_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path / "main.tf", TRAIL)
    file.chmod(0o640)
    assert main(["remedy", "trail-without-log-validation", str(tmp_path), "--apply"]) == 0
    assert "enable_log_file_validation = true\n}\n" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["main.tf"]
    capsys.readouterr()
    assert main(["remedy", "TRAIL-005", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "fails nowhere" in said.err


def test_nothing_is_written_where_one_file_changed_meanwhile(tmp_path: Path) -> None:
    first, second = _file(tmp_path / "a.tf", "a = 1\n"), _file(tmp_path / "b.tf", "b = 2\n")
    changes = (
        Change("a.tf", str(first), "a = 1\n", "a = 3\n"),
        Change("b.tf", str(second), "b = 1\n", "b = 3\n"),
    )
    with pytest.raises(ReportError, match=r"b\.tf changed meanwhile"):
        command._apply(changes)  # noqa: SLF001 - no run can be made to meet this on time
    assert first.read_text(encoding="utf-8") == "a = 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tf", "b.tf"]


def test_what_was_replaced_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _file(tmp_path / "a.tf", "a = 1\n"), _file(tmp_path / "b.tf", "b = 1\n")
    replace = os.replace

    def refusing(source: str, target: str) -> None:
        if target == str(second):
            raise OSError("no space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    changes = (Change("a.tf", str(first), "a = 1\n", "a = 3\n"), Change("b.tf", str(second), "b = 1\n", "b = 3\n"))
    with pytest.raises(ReportError, match="nothing was written"):
        command._apply(changes)  # noqa: SLF001 - as above
    assert first.read_text(encoding="utf-8") == "a = 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tf", "b.tf"]


def test_what_a_module_is_told_changes_in_its_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "modules" / "trail" / "main.tf", MODULE)
    for root in ("one", "two"):
        _file(tmp_path / root / "main.tf", 'module "trail" {\n  source = "../modules/trail"\n}\n')
    assert main(["remedy", "TRAIL-005", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.count("+  validate = true\n") == 2
    assert "modules/trail/main.tf" not in out


def test_a_variable_of_the_root_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "main.tf", MODULE)
    code = main(["remedy", "TRAIL-005", str(tmp_path), "--var", "validate=false"])
    said = capsys.readouterr()
    assert code == 1
    assert said.out == ""
    assert "no proved remedy: TRAIL-005" in said.err
    assert "sets `enable_log_file_validation` to `var.validate`" in said.err


def test_a_module_outside_of_the_paths_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "modules" / "trail" / "main.tf", TRAIL)
    _file(tmp_path / "one" / ".terraform" / "modules" / "trail" / "main.tf", TRAIL)
    _file(tmp_path / "one" / "main.tf", 'module "trail" {\n  source = "./.terraform/modules/trail"\n}\n')
    assert main(["remedy", "TRAIL-005", str(tmp_path / "one")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "was downloaded" in said.err


def test_a_change_that_makes_something_else_worse_is_no_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policies = tmp_path / "policies"
    _file(policies / "unvalidated.py", OURS.replace("trail.log", "~trail.log"))
    _file(tmp_path / "infra" / "main.tf", TRAIL)
    assert main(["remedy", "TRAIL-005", str(tmp_path / "infra"), "--policies", str(policies)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "makes OURS-001 worse on `aws_cloudtrail.main`" in said.err


def test_what_did_not_apply_before_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "main.tf", TRAIL.replace("}", "  enable_logging = false\n}"))
    assert main(["remedy", "TRAIL-002", str(tmp_path)]) == 0
    assert "newly judged: KMS-001 on `aws_cloudtrail.main` fails" in capsys.readouterr().err


def test_only_the_resource_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "main.tf", TRAIL + TRAIL.replace('"main"', '"other"'))
    assert main(["remedy", "TRAIL-005", str(tmp_path), "--resource", "aws_cloudtrail.other"]) == 0
    assert capsys.readouterr().out.count("+  enable_log_file_validation") == 1


def test_a_policy_without_known_remedy_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "main.tf", TRAIL)
    policies = tmp_path / "policies"
    _file(policies / "ours.py", OURS)
    assert main(["remedy", "OURS-001", str(tmp_path), "--policies", str(policies)]) == 1
    assert "no change of code is known that answers OURS-001" in capsys.readouterr().err


def test_what_only_people_know_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(tmp_path / "main.tf", TRAIL)
    assert main(["remedy", "TRAIL-014", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "who owns the trail and how its logs are classed, only you know" in said.err


def test_without_python_hcl2_lines_can_still_be_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hcl2", None)
    _file(tmp_path / "main.tf", TRAIL)
    assert main(["remedy", "TRAIL-005", str(tmp_path)]) == 0
    assert main(["remedy", "TRAIL-010", str(tmp_path)]) == 2
    assert "pip install 'guardrails-audit[remedy]'" in capsys.readouterr().err


def test_a_policy_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remedy", "TRAIL-0005", str(tmp_path)]) == 2
    assert "there is no policy `TRAIL-0005`" in capsys.readouterr().err


def test_a_second_policy_of_a_bucket_is_not_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file(
        tmp_path / "main.tf",
        TRAIL.replace('"example-audit-logs"', "aws_s3_bucket.logs.id")
        + 'resource "aws_s3_bucket" "logs" {\n  bucket = "example-audit-logs"\n}\n\n'
        + 'module "policy" {\n  source = "./policy"\n  name   = aws_s3_bucket.logs.id\n}\n',
    )
    _file(
        tmp_path / "policy" / "main.tf",
        'variable "name" {}\n\nresource "aws_s3_bucket_policy" "all" {\n  bucket = var.name\n'
        '  policy = jsonencode({ Version = "2012-10-17", Statement = [] })\n}\n',
    )
    assert main(["remedy", "BUCKET-007", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "has such a resource already: `aws_s3_bucket_policy.all`" in said.err


def test_versions_are_not_switched_on_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there stands at a name and not at a reference, and its value is a variable's."""
    _file(
        tmp_path / "main.tf",
        TRAIL
        + 'resource "aws_s3_bucket" "logs" {\n  bucket = "example-audit-logs"\n}\n\n'
        + 'variable "status" {\n  default = "Suspended"\n}\n\n'
        + 'resource "aws_s3_bucket_versioning" "other" {\n  bucket = "example-audit-logs"\n\n'
        + "  versioning_configuration {\n    status = var.status\n  }\n}\n",
    )
    assert main(["remedy", "BUCKET-004", str(tmp_path), "--var", "status=Suspended"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "to `var.status`: what that is must change" in said.err
