"""Every remedy that a policy's author wrote down works: on the examples of the policy's own page."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guardrails import config, plugins, selection, testing
from guardrails.remedies.proof import objection
from guardrails.remedies.search import Remedy, alternatives_for, search
from guardrails.remedies.steps import LeftToYou
from guardrails.run import Progress, Request, run
from guardrails.sources.terraform.hcl import parse

if TYPE_CHECKING:
    from typing import Any

    from guardrails.plugins import Plugins
    from guardrails.policy import Policy

WITHOUT_A_TOPIC = {f"MONITOR-{number:03}" for number in (1, 2, 3, *range(6, 10), *range(11, 18), 19, 33)}
"""Policies on whose pages nothing that fails has a topic through which anybody could be told; see
test_monitoring_remedies.py."""


@cache
def _plugins() -> Plugins:
    return plugins.load([])


def _by_edits(policy: Policy[Any]) -> bool:
    """Whether an edit may close what the policy finds, with some settings at least."""
    chosen = selection.choose(_plugins().policies, config.Config(), select=("*",))
    return not all(isinstance(step, LeftToYou) for steps in alternatives_for(policy, chosen) for step in steps)


BY_EDITS = [policy.id for policy in _plugins().policies if _by_edits(policy)]
LEFT_TO_PEOPLE = [policy.id for policy in _plugins().policies if policy.id not in BY_EDITS]
TOLD_MORE = ("MONITOR-018", "MONITOR-032", "ORG-003", "ORG-007")
"""Those of them that know an edit once a setting says what only people know."""


def _reasons(id: str) -> list[str]:
    """Why there is no edit."""
    chosen = selection.choose(_plugins().policies, config.Config(), select=("*",))
    policy = next(one for one in _plugins().policies if one.id == id)
    steps = (step for steps in alternatives_for(policy, chosen) for step in steps)
    return [step.why for step in steps if isinstance(step, LeftToYou)]


def _templates(id: str) -> list[testing.Example]:
    """Of those in JSON some are plans."""
    said = (*_examples(id, "yaml"), *_examples(id, "json"))
    return [one for one in said if "Resources" in one.files[0].text]


def _examples(id: str, *languages: str) -> list[testing.Example]:
    policy = next(one for one in _plugins().policies if one.id == id)
    path = testing.page_of(policy)
    page = testing.read_page(str(path), path.read_text(encoding="utf-8"))
    wanted = languages or ("hcl",)
    return [one for one in page.examples if one.language in wanted and any(m.outcome == "fail" for m in one.markers)]


def _sought(folder: Path, example: testing.Example, id: str) -> tuple[Remedy, Request, selection.Selection]:
    for file in example.files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8", newline="")
    said = config.Config()
    if example.config:
        (folder / "guardrails.toml").write_text(example.config, encoding="utf-8")
        said = config.read(folder / "guardrails.toml", trusted=False)
    policy = next(one for one in _plugins().policies if one.id == id)
    on = [one.id for one in _plugins().policies if one.enabled or one.id == id]
    chosen = selection.choose(_plugins().policies, said, select=on)
    request = Request(paths=(str(folder),), config=said, inputs=said.inputs)
    return search(request, _plugins(), chosen, policy), request, chosen


@pytest.mark.parametrize("id", BY_EDITS)
def test_a_remedy_closes_what_the_page_shows_as_failing(id: str, tmp_path: Path) -> None:
    proved = 0
    for number, example in enumerate(_examples(id)):
        folder = tmp_path / str(number)
        found, request, chosen = _sought(folder, example, id)
        assert found.closed or found.open
        for change in found.changes:
            assert parse(change.file, change.after).faults == ()
            Path(change.path).write_text(change.after, encoding="utf-8", newline="")
        after = run(request, _plugins(), chosen, Progress())
        for finding in found.closed:
            assert objection(finding, found.scan, after, lambda _: False) == ""
            proved += 1
        if shutil.which("terraform"):
            _assert_formatted(found)
    assert bool(proved) != (id in WITHOUT_A_TOPIC), f"{proved} proved"


OPEN_IN_TEMPLATES = WITHOUT_A_TOPIC | {
    *("BUCKET-005", "EVENTS-009", "MONITOR-004", "MONITOR-005", "MONITOR-010", "MONITOR-022", "ORG-004", "ORG-006")
}
"""Policies of which nothing that a template on their page shows as failing is closed by an edit."""


@pytest.mark.parametrize("id", [one for one in BY_EDITS if _templates(one)])
def test_a_remedy_closes_what_templates_on_the_page_show_as_failing(id: str, tmp_path: Path) -> None:
    proved = 0
    for number, example in enumerate(_templates(id)):
        found, request, chosen = _sought(tmp_path / str(number), example, id)
        assert found.closed or found.open
        for change in found.changes:
            comments = [line.partition("#")[2] for line in change.before.splitlines() if "#" in line]
            assert [line.partition("#")[2] for line in change.after.splitlines() if "#" in line] == comments
            Path(change.path).write_text(change.after, encoding="utf-8", newline="")
        after = run(request, _plugins(), chosen, Progress())
        for finding in found.closed:
            assert objection(finding, found.scan, after, lambda _: False) == ""
            proved += 1
    assert bool(proved) != (id in OPEN_IN_TEMPLATES), f"{proved} proved"


def _assert_formatted(found: Remedy) -> None:
    """What was formatted before is formatted after."""
    for change in found.changes:
        if _formatted(change.before) == change.before:
            assert _formatted(change.after) == change.after


def _formatted(text: str) -> str:
    done = subprocess.run(["terraform", "fmt", "-"], input=text, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


@pytest.mark.parametrize("id", TOLD_MORE)
def test_what_is_told_more_is_mended_on_the_page(id: str, tmp_path: Path) -> None:
    proved = [
        finding
        for number, example in enumerate(_examples(id))
        if example.config
        for finding in _sought(tmp_path / str(number), example, id)[0].closed
    ]
    assert proved


def test_the_document_lists_what_edits_close_and_what_not() -> None:
    text = (Path(__file__).parents[2] / "docs" / "remedies.md").read_text(encoding="utf-8")
    listed = {
        f"{area}-{number:03}"
        for area, numbers in re.findall(r"^\| ([A-Z]+) \| ([\d, to]+) \|$", text, re.MULTILINE)
        for part in numbers.split(", ")
        for first, _, last in [part.partition(" to ")]
        for number in range(int(first), int(last or first) + 1)
    }
    assert listed == set(BY_EDITS)
    left = dict(re.findall(r"^\| ([A-Z]+-\d{3}) \| (.+) \|$", text, re.MULTILINE))
    assert left == {one: why for one in LEFT_TO_PEOPLE if one not in TOLD_MORE for why in _reasons(one)}


@pytest.mark.parametrize("id", [one for one in LEFT_TO_PEOPLE if _reasons(one)])
def test_the_page_says_why_no_edit_is_proposed(id: str) -> None:
    policy = next(one for one in _plugins().policies if one.id == id)
    text = testing.page_of(policy).read_text(encoding="utf-8")
    (why,) = _reasons(id)
    assert f"\n\n`guardrails remedy` proposes no change of its own: {why}.\n" in text
