"""The documents are true: what they show is printed, what they link to is there, what is generated is fresh."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrails import plugins
from guardrails.cli.arguments import parser

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "policies/**/*.md", "bench/RESULTS.md")
    for page in PROJECT.glob(pattern)
)
_FENCE = re.compile(r"^(```+|~~~+).*?^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")


def test_generated_documents_and_shown_outputs_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_readme_opens_with_a_report() -> None:
    opening = (PROJECT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]

    assert "\n$ guardrails scan examples/audit-account\n\n✗ " in opening
    assert "Not known" in opening


def test_the_readme_shows_what_make_demo_scans() -> None:
    assert "DEMO := examples/audit-account\n" in (PROJECT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, pending = set[Path](), [PROJECT / "README.md"]
    while pending:
        page = pending.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        pending += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]

    assert [page.relative_to(PROJECT).as_posix() for page in PAGES if page not in reached] == []


def test_every_policy_that_a_document_names_exists() -> None:
    known = {name for policy in plugins.load().policies for name in (policy.id, *policy.aliases)}
    areas = {name.rpartition("-")[0] for name in known}
    named = {
        (page.relative_to(PROJECT).as_posix(), name)
        for page in PAGES
        if page.parent == PROJECT or PROJECT / "docs" in page.parents
        for name in re.findall(r"\b[A-Z]+-\d{3}\b", page.read_text(encoding="utf-8"))
        if name.rpartition("-")[0] in areas
    }

    assert sorted((page, name) for page, name in named if name not in known) == []


def test_every_option_that_the_readme_names_exists() -> None:
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", (PROJECT / "README.md").read_text(encoding="utf-8")))
    commands = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr] # noqa: SLF001 - argparse has no public way to its sub-parsers
    known = {option for command in commands.values() for option in command._option_string_actions}  # type: ignore[union-attr] # noqa: SLF001 - as above

    assert sorted(options - known) == []


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    with (PROJECT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]

    assert "\n## [Unreleased]\n" in changelog or f"\n## [{version}]" in changelog


def test_a_hook_names_a_command_that_is_installed() -> None:
    hooks: list[dict[str, Any]] = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    assert {hook["id"]: hook["entry"] for hook in hooks} == {
        "guardrails": "guardrails scan --changed",
        "guardrails-all": "guardrails scan",
    }
    for hook in hooks:
        words = [*hook["entry"].split(), *hook.get("args", [])]
        assert parser().parse_args(words[1:]).command
        assert hook["require_serial"], "one process: roots that several files affect are judged once"


@pytest.mark.parametrize(
    ("name", "is_handed_on"),
    [
        ("main.tf", True),
        ("a/b.tf.json", True),
        ("x.tofu", True),
        ("prod.auto.tfvars", True),
        ("prod.tfvars.json", True),
        ("modules/a/policy.json", True),
        ("modules/a/policy.json.tftpl", True),
        ("guardrails.toml", True),
        ("infra/pyproject.toml", True),
        (".terraform.lock.hcl", False),
        ("README.md", False),
        ("src/app.py", False),
        ("my-guardrails.toml", False),
        ("terraform.tf.bak", False),
    ],
)
def test_which_files_the_hooks_ask_for(name: str, is_handed_on: bool) -> None:
    for hook in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        assert bool(re.search(hook["files"], name)) is is_handed_on


def links(page: Path) -> list[str]:
    return _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def leads_somewhere(page: Path, link: str) -> bool:
    if "://" in link:
        return link.startswith("https://")
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(PROJECT):
        return False
    return not anchor or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as hosts of Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
