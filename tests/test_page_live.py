"""The accounts on the pages of policies are ones that AWS answers for: each answer has the shape that botocore
describes, and each page shows what its policy says of an account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from live_calls import CALLS, mistakes

from guardrails import plugins
from guardrails.sources.aws.kinds import kinds
from guardrails.testing import LIVE, Example, page_of, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.policy import Policy

AREAS = ("TRAIL", "EVENTS", "LAKE", "BUCKET", "ACCESS", "KMS", "ORG", "RETAIN", "MONITOR")
"""The areas of which every page speaks of accounts."""
LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
OF_ACCOUNTS = [policy for policy in POLICIES if policy.id.partition("-")[0] in AREAS]
_LISTED = "all that it asks for is listed, and what is not listed is not judged"
_NO_CODE = "an account has no code that could delete it"
NOT_SHOWN = {
    "BUCKET-011": ({"pass", "fail", "unknown"}, _NO_CODE),
    "KMS-009": ({"pass", "fail", "unknown"}, "a key has no waiting time until it is deleted"),
    "MONITOR-034": ({"fail", "unknown"}, "what an account has was accepted"),
    "RETAIN-001": ({"unknown"}, _LISTED),
    "RETAIN-005": ({"unknown"}, _LISTED),
    "RETAIN-006": ({"unknown"}, _LISTED),
    "TRAIL-005": ({"unknown"}, _LISTED),
    "TRAIL-007": ({"unknown"}, _LISTED),
    "TRAIL-013": ({"pass", "fail", "unknown"}, _NO_CODE),
}
"""Outcomes that a policy has for no account, and why."""
BESIDE = ("account", "denied", "region")
"""What an example says of a resource beside the answers."""


def _examples(policy: Policy[Any]) -> list[Example]:
    page = page_of(policy)
    found = read_page(page.name, page.read_text(encoding="utf-8")).examples
    return [example for example in found if example.language == LIVE]


EXAMPLES = {f"{policy.id}:{example.line}": example for policy in POLICIES for example in _examples(policy)}


def _accounts(example: Example) -> list[dict[str, Any]]:
    content = json.loads(example.files[0].text)
    return content if isinstance(content, list) else [content]


def _resources(example: Example) -> Iterator[tuple[str, dict[str, Any]]]:
    for account in _accounts(example):
        for key, found in account.items():
            if "." in key:
                yield from ((key, described) for described in found.values())


@pytest.mark.parametrize("policy", OF_ACCOUNTS, ids=lambda policy: policy.id)
def test_a_page_shows_what_is_found_in_accounts(policy: Policy[Any]) -> None:
    examples = _examples(policy)
    shown = {marker.outcome for example in examples for marker in example.markers}
    impossible, _ = NOT_SHOWN.get(policy.id, (set(), ""))

    assert examples
    assert {"pass", "fail", "unknown"} - shown == impossible


@pytest.mark.parametrize("policy", OF_ACCOUNTS, ids=lambda policy: policy.id)
def test_what_is_open_for_a_refusal_says_which(policy: Policy[Any]) -> None:
    for example in _examples(policy):
        actions = [action for account in _accounts(example) for action in account.get("denied", {}).values()]
        actions += [action for _, one in _resources(example) for action in one.get("denied", {}).values()]
        for marker in example.markers:
            if marker.outcome == "unknown" and actions:
                assert any(f"`{action}` was refused" == marker.text for action in actions), example.title


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_an_account_answers_as_botocore_describes_it(example: Example) -> None:
    answers = [
        (kind, {name: part for name, part in described.items() if name not in BESIDE})
        for kind, described in _resources(example)
    ]

    assert [one for kind, parts in answers for one in mistakes(kind, parts)] == []


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_what_is_refused_is_asked_for(example: Example) -> None:
    refused: list[tuple[str, str]] = []
    for account in _accounts(example):
        refused += account.get("denied", {}).items()
    for kind, described in _resources(example):
        assert described.get("denied", {}).keys() <= CALLS[kind].keys()
        refused += [(kind, action) for action in described.get("denied", {}).values()]

    assert [(kind, action) for kind, action in refused if action not in _actions(kind)] == []


def _actions(kind: str) -> set[str]:
    return {call.action for call in kinds()[kind].calls}
