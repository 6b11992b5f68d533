"""`guardrails scan --changed`: what is judged when some files changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRAIL = """\
resource "aws_cloudtrail" "this" {
  name                       = "main"
  s3_bucket_name             = "acme-logs"
  enable_log_file_validation = var.validate
}

variable "validate" {
  type    = bool
  default = false
}
"""
CALL = 'module "trail" {\n  source = "../modules/trail"\n}\n'

Judged = Any


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two roots that call one module, and a third root."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, text in {"modules/trail": TRAIL, "prod": CALL, "test": CALL, "other": TRAIL}.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "main.tf").write_text(text)
    return tmp_path


@pytest.fixture
def judged(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Exit code, the targets that were judged, and the notices."""

    def run(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(["scan", "--changed", *arguments, "--format", "json", "--select", "TRAIL-005"])
        told = json.loads(capsys.readouterr().out)
        assert {found["target"] for found in told["findings"]} == {target["target"] for target in told["targets"]}
        return code, [target["target"] for target in told["targets"]], told["notices"]

    return run


@pytest.mark.usefixtures("repository")
def test_the_roots_that_a_file_affects_are_judged(judged: Judged) -> None:
    assert judged("modules/trail/main.tf") == (1, ["prod", "test"], [])
    assert judged("other/main.tf") == (1, ["other"], [])
    assert judged("prod/main.tf", "prod/terraform.tfvars", "prod/gone.tf") == (1, ["prod"], [])


@pytest.mark.usefixtures("repository")
def test_a_file_that_affects_nothing_is_no_gap(judged: Judged) -> None:
    noted = ["nothing that is judged is affected by what changed"]
    assert judged("README.md") == (0, [], noted)
    assert judged("gone/for/good/main.tf") == (0, [], noted)
    assert judged() == (0, [], ["--changed names no file, so nothing is judged"])


@pytest.mark.usefixtures("repository")
def test_a_folder_counts_with_all_that_is_in_it(judged: Judged) -> None:
    assert judged("modules") == (1, ["prod", "test"], [])
    assert judged(".") == (1, ["other", "prod", "test"], [])


def test_a_change_of_the_configuration_affects_everything(repository: Path, judged: Judged) -> None:
    (repository / "guardrails.toml").write_text("fail_on = 'never'\n")
    (repository / "other" / "guardrails.toml").write_text("")
    (repository / "mine.toml").write_text("")
    everything = ["other", "prod", "test"]
    noted = ["`guardrails.toml` changed, which can affect every verdict: all are judged"]

    assert judged("prod/main.tf", "guardrails.toml") == (0, everything, noted)
    assert judged("other/guardrails.toml") == (0, ["other"], []), "not the one that is used"
    assert judged("mine.toml", "--config", "mine.toml")[1] == everything
    assert judged("guardrails.toml", "--config", "mine.toml")[1] == []
    (repository / "guardrails.toml").unlink()
    assert judged("guardrails.toml") == (1, everything, noted)


def test_values_and_policies_for_all_roots_affect_everything(repository: Path, judged: Judged) -> None:
    (repository / "prod.tfvars").write_text("")
    (repository / "rules").mkdir()
    (repository / "rules" / "own.py").write_text("")
    everything = ["other", "prod", "test"]

    assert judged("prod.tfvars", "--var-file", "prod.tfvars")[1] == everything
    assert judged("prod.tfvars")[1] == []
    assert judged("rules/own.md", "--policies", "rules")[1] == everything
    assert judged("rules/own.py")[1] == []


def test_which_configuration_is_used_does_not_depend_on_the_files(repository: Path, judged: Judged) -> None:
    (repository / "guardrails.toml").write_text("fail_on = 'never'\n")
    (repository / "other" / "guardrails.toml").write_text("")

    assert judged("other/main.tf")[0] == 0


def test_from_within_the_repository_paths_are_as_one_stands(
    repository: Path, judged: Judged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "modules" / "trail")

    assert judged("main.tf") == (1, ["../../prod", "../../test"], [])
    assert judged("../../other/main.tf") == (1, ["../../other"], [])


def test_from_outside_of_it_as_well(
    repository: Path, judged: Judged, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    assert judged(f"{repository}/other/main.tf")[:2] == (1, [f"{repository}/other"])


def test_without_a_repository_it_is_the_working_directory(repository: Path, judged: Judged) -> None:
    (repository / ".git").rmdir()

    assert judged("modules/trail/main.tf") == (1, ["prod", "test"], [])


def test_variables_of_one_root_are_no_mistake_for_the_others(repository: Path, judged: Judged) -> None:
    (repository / "prod" / "main.tf").write_text(CALL + 'variable "own" {}\n')

    assert judged("other/main.tf", "--var", "own=1")[:2] == (1, ["other"])


def test_words_about_other_roots_in_the_configuration_are_not_complained_of(repository: Path, judged: Judged) -> None:
    (repository / "guardrails.toml").write_text('[[deployment]]\nname = "x"\nroots = ["prod"]\nexpects_trail = true\n')

    assert judged("other/main.tf") == (1, ["other"], [])


def test_a_waiver_that_a_root_left_aside_may_need_is_not_called_unused(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waived = "# guardrails: allow TRAIL-005 -- the digest files go elsewhere, until 2999-12-31\n"
    (repository / "modules/trail/main.tf").write_text(waived + TRAIL)
    (repository / "other/main.tf").write_text(CALL.replace('trail"\n', 'trail"\n  validate = true\n'))

    def outcomes(*arguments: str) -> set[tuple[str, str]]:
        main(["scan", *arguments, "--select", "TRAIL-005,WAIVER-001", "--format", "json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        return {(each["policy"], each["outcome"]) for each in found}

    passed, used = ("TRAIL-005", "pass"), {("TRAIL-005", "waived"), ("WAIVER-001", "pass")}
    assert outcomes(".") == {passed} | used
    assert ("WAIVER-001", "fail") not in outcomes("--changed", "other/main.tf")
    assert outcomes("--changed", "modules/trail/main.tf") == {passed} | used
    (repository / "prod/main.tf").unlink()
    (repository / "test/main.tf").unlink()
    assert outcomes(".") == {passed, ("WAIVER-001", "fail")}
