"""No verdict turns into its opposite because something is not known: it stays, or is unknown.

Every example of every page is judged again with one thing of it left open. A verdict on what is left open holds for
whatever it may be, and so for what was written there. Some of all the ways are tried, others each time that pages
change; `LEFT_OPEN=all` tries all of them, some 20,000.

Silence is not looked at: what a bucket or key is for needs evidence, and what is not known is none.
"""

from __future__ import annotations

import os
import re
from random import Random
from typing import TYPE_CHECKING, Any

import openings
import pytest
import template_openings

from guardrails import config, plugins, run, selection
from guardrails.findings import Outcome
from guardrails.model import Identity, InlineWaiver
from guardrails.testing import page_of, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from guardrails.policy import Policy
    from guardrails.testing import Example

LOADED = plugins.load()
POLICIES = [
    policy
    for policy in LOADED.policies
    if LOADED.provider[policy.id] == plugins.BUILT_IN and policy.on is not InlineWaiver
]
OPENINGS = {"tf": openings.openings, "yaml": template_openings.openings}
"""By what the name of a file ends in, all ways to leave something of it open."""
MOST = None if os.environ.get("LEFT_OPEN") == "all" else 8
"""Ways that are tried for each policy."""
HOLDERS = re.compile(
    r"line \d+: (?:(?:roles?|users?|groups?|permission_set_arn)"
    r"|AWS::IAM::\w+\.(?:Roles|Users|Groups)|AWS::IAM::\w+Policy\.(?:Role|User|Group)Name) = "
)
"""Arguments that say to whom a policy is attached: one that does not say is taken to be somebody else's."""
ACCEPTED = {
    "ACCESS-006": {
        "An alarm that watches over the trail, and another one": "what watches over a trail needs evidence",
    },
    "EVENTS-004": {
        "The ARN of another partition": "an ARN is taken to be of the partition at hand where that is not known",
    },
    "EVENTS-009": {
        "A service that cannot be left out": "what CloudTrail refuses is not suspected of what is not known",
        "An allow-list of management events": "so it is with what it refuses for management events only",
        "Not the reads": "so it is with what it refuses for management events only",
    },
    "TRAIL-007": {
        "A log group of another Region": "CloudTrail refuses it, so one of which that is not known is at hand",
        "A log group of another account": "CloudTrail refuses it, so one of which that is not known is at hand",
    },
}
"""Examples of policies that do take something for granted, and why; each page or its semantics says so."""

Verdicts = dict[tuple[str, str], set[Outcome]]
"""By resource and message."""
OPPOSITES = {(Outcome.PASS, Outcome.FAIL), (Outcome.FAIL, Outcome.PASS)}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_no_verdict_turns_for_want_of_knowing(policy: Policy[Any], tmp_path: Path) -> None:
    ways = list(_ways(policy))
    chosen = ways if MOST is None else Random(policy.id).sample(ways, min(MOST, len(ways)))
    judge = _Judge(policy, tmp_path)
    turned = []
    for example, name, told, changed in chosen:
        files = {file.name: file.text for file in example.files}
        before = judge.verdicts(example, files)
        after = judge.verdicts(example, {**files, name: changed})
        turned += [f"{page_of(policy).name}:{example.line} {name} {told}: {fault}" for fault in _turned(before, after)]

    assert turned == [], "\n".join(turned)


def test_what_is_accepted_is_an_example() -> None:
    titles = {
        policy.id: [example.title for example in _examples(policy)] for policy in POLICIES if policy.id in ACCEPTED
    }

    assert {
        (policy, title) for policy, accepted in ACCEPTED.items() for title in accepted if title not in titles[policy]
    } == set()


def _examples(policy: Policy[Any]) -> tuple[Example, ...]:
    page = page_of(policy)
    return tuple(read_page(page.name, page.read_text(encoding="utf-8")).examples)


def _ways(policy: Policy[Any]) -> Iterator[tuple[Example, str, str, str]]:
    """Each example of the page, a file of it, what is left open there and the file with that left open."""
    accepted = ACCEPTED.get(policy.id, {})
    for example in _examples(policy):
        if example.title in accepted:
            continue
        for file in example.files:
            opened = OPENINGS.get(file.name.rpartition(".")[2])
            if not example.scanned and opened is not None:
                for told, changed in opened(file.text):
                    if policy.on is not Identity or not HOLDERS.match(told):
                        yield example, file.name, told, changed


class _Judge:
    def __init__(self, policy: Policy[Any], folder: Path) -> None:
        self._policy = policy
        self._folder = folder
        self._scans = 0

    def verdicts(self, example: Example, files: dict[str, str]) -> Verdicts:
        self._scans += 1
        folder = self._folder / str(self._scans)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        said = config.Config()
        if example.config:
            (folder / "guardrails.toml").write_text(example.config, encoding="utf-8")
            said = config.read(folder / "guardrails.toml", trusted=False)
        alone = plugins.Plugins(policies=(self._policy,), sources=LOADED.sources, lowerings=LOADED.lowerings)
        chosen = selection.choose(alone.policies, said, select=(self._policy.id,))
        request = run.Request(paths=(str(folder),), config=said, inputs=said.inputs)
        found: Verdicts = {}
        for finding in run.run(request, alone, chosen, run.Progress()).findings:
            resource = "" if finding.resource.startswith(str(folder)) else finding.resource  # the account
            found.setdefault((resource, finding.message), set()).add(finding.outcome)
        return found


def _turned(before: Verdicts, after: Verdicts) -> Iterator[str]:
    failing = {resource for (resource, _), outcomes in before.items() if Outcome.FAIL in outcomes}
    for (resource, message), outcomes in after.items():
        was = before.get((resource, message), set())
        if Outcome.ERROR in outcomes:
            yield f"error on `{resource}`: {message}"
        elif any((one, other) in OPPOSITES for one in was for other in outcomes):
            yield f"`{resource}` turned to {', '.join(sorted(one.value for one in outcomes))}: {message}"
        elif not was and Outcome.FAIL in outcomes and resource not in failing and "[" not in resource:
            yield f"`{resource}` fails of a sudden: {message}"
