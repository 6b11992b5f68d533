"""What is read without argparse is what argparse reads; all else is left to it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.cli.arguments import Parser, parser
from guardrails.cli.scan_arguments import read
from guardrails.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def scan_options() -> list[argparse.Action]:
    commands = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001 - argparse offers no other way
    scan: Parser = commands.choices["scan"]
    return [action for action in scan._actions if action.option_strings and action.dest != "help"]  # noqa: SLF001 - as above


def value_for(action: argparse.Action, *, file: str = __file__) -> str:
    if action.choices:
        return str(next(iter(action.choices)))
    values = {"--var": "a=b", "--var-file": file, "--source": ".", "--outcome": "fail,pass", "--select": "A,B"}
    values |= {"--parameters": "a=b", "--with": "cfn-lint"}
    return values.get(action.option_strings[-1], "x")


def by_argparse(argv: list[str]) -> dict[str, object]:
    return vars(parser().parse_args(argv))


@pytest.mark.parametrize("spelling", [s for action in scan_options() for s in action.option_strings])
def test_every_option_of_a_scan_is_read_without_argparse_and_alike(spelling: str) -> None:
    action = next(a for a in scan_options() if spelling in a.option_strings)
    value = [] if action.nargs == 0 else [value_for(action)]
    argv = ["scan", "infra", spelling, *value, spelling, *value]

    quick = read(argv)

    assert quick is not None
    assert vars(quick) == by_argparse(argv)


WORDS = st.sampled_from(
    [
        *(s for action in scan_options() for s in action.option_strings),
        *(f"{a.option_strings[-1]}={value_for(a)}" for a in scan_options()),
        *(value_for(a) for a in scan_options()),
        *("infra", ".", "", "-", "--", "-1", "-vq", "--verb", "--no-such", "a b", "-x y", "--format=", "--output=-x"),
        *("nothing,", ",", "a=", "=b", "never", "critical", "--help", "-V", "--version"),
    ]
)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=6))
def test_whatever_is_read_without_argparse_is_read_alike(words: list[str]) -> None:
    quick = read(["scan", *words])

    if quick is not None:
        assert vars(quick) == by_argparse(["scan", *words])


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["policies", "list"],
        ["--version"],
        ["scan", "--help"],
        ["scan", "--verb"],
        ["scan", "a", "-q", "b"],
        ["scan", "--output"],
        ["scan", "--output", "-x"],
        ["scan", "--fail-on", "huge"],
        ["scan", "--var", "a"],
        ["scan", "--config", "x", "--no-config"],
        ["scan", "-vq"],
        ["scan", "--", "a"],
        ["scan", "--quiet=yes"],
    ],
)
def test_what_is_in_doubt_is_left_to_argparse(argv: list[str]) -> None:
    assert read(argv) is None


def test_mistakes_are_still_said_as_argparse_says_them() -> None:
    with pytest.raises(UsageError, match="argument --var: `a` gives no value: write NAME=VALUE"):
        parser().parse_args(["scan", "--var", "a"])


HEAVY = (
    "argparse", "ast", "bz2", "contextlib", "contextvars", "dataclasses", "decimal", "difflib", "gettext", "hashlib",
    "importlib.metadata", "importlib.util", "inspect", "ipaddress", "json", "locale", "lzma", "pathlib", "pluggy",
    "shutil", "tempfile", "tokenize", "tomllib", "traceback", "typing", "urllib", "zlib",
)  # fmt: skip

SMALL = """
resource "aws_cloudtrail" "audit" {
  name           = "audit"
  s3_bucket_name = aws_s3_bucket.logs.id
}

resource "aws_s3_bucket" "logs" {
  bucket = "acme-audit-logs"
}
"""


def loaded_by(argv: list[str], folder: Path) -> tuple[int, set[str]]:
    """The exit code of a command, and the modules that it imported; `site` may have imported some before."""
    code = (
        "import sys; before = set(sys.modules); from guardrails.cli import main; code = main(sys.argv[1:]);"
        "sys.stderr.write(' '.join({*sys.modules} - before)); sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *argv], cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    return run.returncode, set(run.stderr.split())


def test_a_small_scan_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SMALL)

    code, modules = loaded_by(["scan", "."], tmp_path)

    assert code == 1
    assert "guardrails.formats.text" in modules
    assert modules.isdisjoint(HEAVY), sorted(modules.intersection(HEAVY))


def test_the_version_is_told_without_importing_anything(tmp_path: Path) -> None:
    code, modules = loaded_by(["--version"], tmp_path)

    assert code == 0
    assert {name for name in modules if name.startswith("guardrails")} == {"guardrails", "guardrails.cli"}
    assert modules.isdisjoint((*HEAVY, "re", "typing", "enum"))
