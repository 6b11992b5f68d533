"""The command line itself: versions, help, mistakes, endings and completion."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from guardrails import __version__
from guardrails.cli import main, program
from guardrails.cli.arguments import parser
from guardrails.cli.completion import script

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

COMMANDS = [
    [],
    ["scan"],
    ["live"],
    ["policies"],
    ["policies", "list"],
    ["policies", "show"],
    ["explain"],
    ["completion"],
]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    for spelling in ("--version", "-V"):
        assert main([spelling]) == 0
        assert capsys.readouterr().out == f"guardrails {__version__}\n"


def test_the_version_is_told_before_anything_is_imported() -> None:
    code = (
        "import sys; from guardrails.cli import main; main(['--version']);"
        "sys.exit(any(name in sys.modules for name in ('argparse', 'pluggy', 'inspect', 'dataclasses', 're')))"
    )

    # -S: what the environment itself imports at start says nothing about us.
    path = os.pathsep.join(sys.path)
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False
    )

    assert run.returncode == 0, run


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "example" in told.out
    assert "guardrails " in told.out.partition("example")[2]
    assert main([*command, "-h"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say what to do, for example `guardrails scan .`"),
        (["scna"], "there is no command `scna`; did you mean `scan`?"),
        (["scan", "--verbos"], "unrecognized arguments: --verbos; did you mean `--verbose`?"),
        (["scan", "--formt=json"], "did you mean `--format`?"),
        (["scan", "--verb"], "unrecognized arguments: --verb"),
        (["scan", "--fail-on", "hihg"], "--fail-on: `hihg` is none of info, low, medium, high, critical, never"),
        (["scan", "--fail-on"], "argument --fail-on: expected one argument"),
        (["scan", "--outcome", "fail,passs"], "`passs` is none of pass, fail, unknown, error, waived; did you mean"),
        (["scan", "--select", ","], "argument --select: nothing is named"),
        (["scan", "--var", "region"], "argument --var: `region` gives no value: write NAME=VALUE"),
        (["scan", "--var", "=x"], "argument --var: `=x` gives no value"),
        (["scan", "--var-file", "none.tfvars"], "argument --var-file: there is no file `none.tfvars`"),
        (
            ["scan", "--format", "jsn"],
            "--format: `jsn` is none of text, json, sarif, markdown, junit; did you mean `json`?",
        ),
        (["scan", "--verbose", "--quiet"], "--verbose and --quiet ask for opposite things"),
        (["scan", "--config", "x.toml", "--no-config"], "not allowed with argument"),
        (["scan", "--config", "none.toml"], "none.toml: cannot be read: No such file or directory"),
        (["scan", "--policies", "nowhere"], "there is no folder `nowhere` of policies"),
        (["scan", "--select", "TRAIL-05"], "--select: `TRAIL-05` matches no policy; did you mean `TRAIL-005`?"),
        (["scan", "--output", "."], "--output: `.` is a folder: name a file"),
        (["scan", "--output", "no/where.txt"], "--output: there is no folder `no`"),
        (["scan", "nowhere"], "there is no file or folder `nowhere`"),
        (["policies", "shwo"], "there is no command `shwo`; did you mean `show`?"),
        (["policies", "show"], "the following arguments are required: ID"),
        (["policies", "show", "TRAIL-05"], "there is no policy `TRAIL-05`; did you mean `TRAIL-005`?"),
        (["completion", "tcsh"], "shell: `tcsh` is none of bash, zsh, fish"),
    ],
)
def test_a_mistake_is_one_message_on_stderr_and_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("guardrails: error: ")
    assert said in told.err
    assert "Traceback" not in told.err


def test_a_path_in_place_of_a_command_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra").mkdir()

    assert main(["infra"]) == 2
    assert "there is no command `infra`; did you mean `guardrails scan infra`?" in capsys.readouterr().err


def test_a_message_cannot_talk_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "\x1b[2Jnowhere"]) == 2
    assert "\x1b" not in capsys.readouterr().err


# How a run ends that does not end by itself


def ending(error: BaseException, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    def fail(_: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr("guardrails.cli.scan.scan", fail)
    return main(["scan", *arguments])


def test_an_interruption_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(KeyboardInterrupt(), monkeypatch) == 130
    assert capsys.readouterr().err == "guardrails: interrupted\n"


def test_an_internal_error_is_one_message_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(program.DEBUG, raising=False)

    assert ending(ZeroDivisionError("oh"), monkeypatch) == 3
    said = capsys.readouterr().err
    assert "guardrails: internal error: ZeroDivisionError: oh" in said
    assert "please report it" in said
    assert "Traceback" not in said


def test_the_traceback_is_shown_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(program.DEBUG, raising=False)
    assert ending(ZeroDivisionError("oh"), monkeypatch, "--verbose") == 3
    assert "Traceback" in capsys.readouterr().err

    monkeypatch.setenv(program.DEBUG, "1")
    assert ending(ZeroDivisionError("oh"), monkeypatch) == 3
    assert "Traceback" in capsys.readouterr().err


# Completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_knows_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out

    for word in ("scan", "live", "policies", "list", "show", "explain", "completion", "critical", "never"):
        assert word in text
    for option in ("fail-on", "var-file", "no-config", "outcome", "examples"):
        assert option in text


def test_completion_in_bash() -> None:
    bash = script("bash", parser())

    def completed(*words: str) -> list[str]:
        typed = " ".join(f"'{word}'" for word in words)
        ask = f"COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _guardrails; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        run = subprocess.run(["bash", "-c", f"{bash}\n{ask}"], capture_output=True, text=True, check=True)
        return run.stdout.split()

    assert completed("guardrails", "pol") == ["policies"]
    assert set(completed("guardrails", "policies", "")) >= {"list", "show"}
    assert completed("guardrails", "scan", "--fail-on", "m") == ["medium"]
    assert set(completed("guardrails", "scan", "--no-c")) == {"--no-config"}
    assert completed("guardrails", "completion", "b") == ["bash"]
    assert completed("guardrails", "scan", "--var", "") == []
    assert set(completed("guardrails", "live", "--org")) == {"--org", "--org-role"}
    assert completed("guardrails", "live", "--profile", "") == []
    assert "pyproject.toml" in completed("guardrails", "live", "--from", "pypr")


def test_python_m_does_not_import_from_the_working_directory(tmp_path: Path) -> None:
    """The working directory is often the tree under scrutiny."""
    (tmp_path / "tomllib.py").write_text("open('executed', 'w').close()\n")
    (tmp_path / "evil-1.0.dist-info").mkdir()
    (tmp_path / "evil-1.0.dist-info" / "entry_points.txt").write_text("[guardrails]\nevil = evil\n")
    (tmp_path / "evil.py").write_text("open('executed', 'w').close()\n")
    (tmp_path / "guardrails.toml").write_text("")
    (tmp_path / "main.tf").write_text("")

    run = subprocess.run(
        [sys.executable, "-m", "guardrails", "scan"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    assert "Configuration: guardrails.toml" in run.stdout
    assert not (tmp_path / "executed").exists()
