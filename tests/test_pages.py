"""Every built-in policy has a page, and every example on it leads to exactly what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.model import InlineWaiver
from guardrails.pages import remedy_of
from guardrails.testing import Example, Page, missing_parts, page_of, read_page, run_example

if TYPE_CHECKING:
    from guardrails.policy import Policy

LOADED = plugins.load()
POLICIES = [policy for policy in LOADED.policies if LOADED.provider[policy.id] == plugins.BUILT_IN]
NO_FAILURE = {
    "ORG-005": "no configuration shows that an account belongs to no organization; only a live account can",
}
"""Policies whose page cannot show every outcome, and why."""
NO_UNKNOWN = {
    policy.id: "a waiver is open only where a policy could not be asked, or not all roots are scanned"
    for policy in POLICIES
    if policy.on is InlineWaiver
}
"""Policies whose page cannot leave a verdict open, and why."""

NO_TEMPLATE = {
    "BUCKET-006": ({"fail", "pass"}, "templates cannot ask for a second factor, so nothing is known"),
    "BUCKET-011": ({"fail", "unknown"}, "CloudFormation removes no bucket that holds anything"),
    "BUCKET-014": ({"fail"}, "all that a stack makes is in one account"),
    "ORG-003": ({"pass"}, "templates cannot delegate"),
    "ORG-006": ({"pass"}, "templates cannot enable trusted access"),
    "TRAIL-012": ({"unknown"}, "all that a stack makes is in one account and one Region"),
}
"""Outcomes that Terraform shows on a policy's page and no template can have, and why."""


def page_for(policy: Policy[Any]) -> Page:
    path = page_of(policy)
    return read_page(path.name, path.read_text(encoding="utf-8"))


PAGES = {policy.id: page_for(policy) for policy in POLICIES if page_of(policy).is_file()}
EXAMPLES = [(policy, example) for policy in POLICIES if policy.id in PAGES for example in PAGES[policy.id].examples]


def test_every_policy_has_a_page_and_every_page_a_policy() -> None:
    folders = {Path(policy.file).parent for policy in POLICIES}

    assert {page_of(policy) for policy in POLICIES} == {page for folder in folders for page in folder.glob("*.md")}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_a_page_has_the_prescribed_parts(policy: Policy[Any]) -> None:
    page = PAGES[policy.id]
    faults = [*page.faults, *missing_parts(page, policy)]

    if policy.id in NO_FAILURE:
        faults = [fault for fault in faults if "shows a `fail`" not in fault.message]
    assert [str(fault) for fault in faults] == []


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_a_page_shows_an_open_verdict_and_what_happens_by_default(policy: Policy[Any]) -> None:
    page = PAGES[policy.id]

    assert page.expects("unknown") or policy.id in NO_UNKNOWN, "no example leaves the verdict open"
    assert any("default" in example.title.lower() for example in page.examples), "no heading speaks of the default"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_templates_show_what_terraform_shows(policy: Policy[Any]) -> None:
    shown: dict[str, set[str]] = {"hcl": set(), "yaml": set()}
    for example in PAGES[policy.id].examples:
        shown.setdefault(example.language, set()).update(marker.outcome for marker in example.markers)
    impossible, _ = NO_TEMPLATE.get(policy.id, (set(), ""))

    assert shown["hcl"] - shown["yaml"] == impossible
    assert any(
        "default" in example.title.lower() for example in PAGES[policy.id].examples if example.language == "yaml"
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_a_page_says_why_before_it_says_how(policy: Policy[Any]) -> None:
    before_remedy = page_of(policy).read_text(encoding="utf-8").split("\n## Remedy\n")[0]
    prose = [line for line in before_remedy.splitlines()[1:] if line]

    assert len(prose) >= 2
    assert "```" not in before_remedy


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_a_remedy_opens_with_words_that_a_report_can_show(policy: Policy[Any]) -> None:
    assert re.fullmatch(r"[A-Z].{10,}\.", remedy_of(policy))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_each_case_of_a_page_has_a_name_of_its_own(policy: Policy[Any]) -> None:
    cases = [(example.title, example.language) for example in PAGES[policy.id].examples]

    assert len(cases) == len(set(cases))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_a_case_has_one_verdict_in_every_language(policy: Policy[Any]) -> None:
    said: dict[str, dict[str, str]] = {}
    for example in PAGES[policy.id].examples:
        places = {(marker.outcome, marker.file, marker.line) for marker in example.markers}
        outcomes = " ".join(sorted(outcome for outcome, _, _ in places))
        said.setdefault(example.title, {})[example.language] = outcomes

    assert [title for title, of_languages in said.items() if len(set(of_languages.values())) > 1] == []


@pytest.mark.parametrize(
    ("policy", "example"), EXAMPLES, ids=[f"{policy.id}:{example.line}" for policy, example in EXAMPLES]
)
def test_an_example_leads_to_what_its_page_says(policy: Policy[Any], example: Example) -> None:
    faults = run_example(example, page_of(policy).name, policy, LOADED)

    assert [str(fault) for fault in faults] == [], example.title
