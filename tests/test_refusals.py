"""No verdict on an account turns into its opposite because a call was refused: it stays, or is unknown.

Every account on every page is judged again with one call of it refused: a part of one resource, or all there is of one
type, be it listed there or not. Some of all the ways are tried, others each time that pages change; `REFUSALS=all`
tries all of them.

What falls silent with a refusal is what is judged for a reason: a bucket is one of audit logs because a trail delivers
to it, and a trail that may not be listed gives none. The report says what was refused, and ends with exit code 3.
"""

from __future__ import annotations

import json
import os
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import config, plugins, run, selection
from guardrails.findings import Outcome
from guardrails.model import InlineWaiver
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.kinds import kinds
from guardrails.sources.aws.needs import needs
from guardrails.testing import LIVE, page_of, read_page

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
MOST = None if os.environ.get("REFUSALS") == "all" else 8
"""Ways that are tried for each policy."""

Account = dict[str, Any]
Verdicts = dict[tuple[str, str], set[Outcome]]
"""By resource and message."""
OPPOSITES = {(Outcome.PASS, Outcome.FAIL), (Outcome.FAIL, Outcome.PASS)}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_no_verdict_turns_for_a_refusal(policy: Policy[Any], tmp_path: Path) -> None:
    ways = list(_ways(policy))
    chosen = ways if MOST is None else Random(policy.id).sample(ways, min(MOST, len(ways)))
    turned = []
    for example, told, changed in chosen:
        before = _verdicts(policy, example, example.files[0].text, tmp_path)
        after = _verdicts(policy, example, json.dumps(changed), tmp_path)
        turned += [f"{page_of(policy).name}:{example.line} {told}: {fault}" for fault in _turned(before, after)]

    assert turned == [], "\n".join(turned)


def _ways(policy: Policy[Any]) -> Iterator[tuple[Example, str, list[Account]]]:
    """Each account on the page, what is refused there, and the accounts with that refused."""
    page = page_of(policy)
    for example in read_page(page.name, page.read_text(encoding="utf-8")).examples:
        if example.language == LIVE:
            content = json.loads(example.files[0].text)
            accounts = content if isinstance(content, list) else [content]
            for told, changed in _refusals(accounts, needs([policy])):
                yield example, told, changed


def _refusals(accounts: list[Account], types: frozenset[str]) -> Iterator[tuple[str, list[Account]]]:
    for at in range(len(accounts)):
        for name in sorted(types):
            kind = kinds()[name]
            for label in accounts[at].get(name, {}):
                for part in kind.details:
                    changed = deepcopy(accounts)
                    described = changed[at][name][label]
                    if part.name and part.name not in described.get("denied", {}):
                        described.pop(part.name, None)
                        described.setdefault("denied", {})[part.name] = part.call.action
                        yield f"{name}.{label} {part.call.action}", changed
            for listing in kind.listings:
                changed = deepcopy(accounts)
                action = listing.steps[-1].call.action
                changed[at].pop(name, None)
                changed[at].setdefault("denied", {})[name] = action
                yield f"{name} {action}", changed


def _verdicts(policy: Policy[Any], example: Example, text: str, folder: Path) -> Verdicts:
    said = config.Config()
    if example.config:
        (folder / "guardrails.toml").write_text(example.config, encoding="utf-8")
        said = config.read(folder / "guardrails.toml", trusted=False)
    alone = plugins.Plugins(policies=(policy,), sources=(), lowerings=LOADED.lowerings)
    chosen = selection.choose(alone.policies, said, select=(policy.id,))
    request = run.Request(paths=(), config=said, inputs=said.inputs, deployments=accounts_in(text, "live.json"))
    found: Verdicts = {}
    for finding in run.run(request, alone, chosen, run.Progress()).findings:
        found.setdefault((finding.resource, finding.message), set()).add(finding.outcome)
    return found


def _turned(before: Verdicts, after: Verdicts) -> Iterator[str]:
    failing = {resource for (resource, _), outcomes in before.items() if Outcome.FAIL in outcomes}
    for (resource, message), outcomes in after.items():
        was = before.get((resource, message), set())
        if Outcome.ERROR in outcomes:
            yield f"error on `{resource}`: {message}"
        elif any((one, other) in OPPOSITES for one in was for other in outcomes):
            yield f"`{resource}` turned to {', '.join(sorted(one.value for one in outcomes))}: {message}"
        elif not was and Outcome.FAIL in outcomes and resource not in failing:
            yield f"`{resource}` fails of a sudden: {message}"
