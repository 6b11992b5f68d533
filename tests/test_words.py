"""What is said of a template is said in words that a template has: none of Terraform's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from guardrails import config, plugins, run, selection
from guardrails.findings import Outcome
from guardrails.model import InlineWaiver
from guardrails.pages import remedy_of
from guardrails.testing import page_of, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from guardrails.policy import Policy

LOADED = plugins.load()
POLICIES = [
    policy
    for policy in LOADED.policies
    if LOADED.provider[policy.id] == plugins.BUILT_IN and policy.on is not InlineWaiver
]
OF_TERRAFORM = re.compile(
    r"\baws_[a-z]\w*|\b[Tt]erraform\b|\bproviders?\b|\bmodules?\b|\bvariables?\b|`[a-z]+(?:_[a-z]+)+`"
)
OF_BOTH = re.compile(r"in Terraform.* in a template", re.DOTALL)
"""What speaks of each of them."""
SETTINGS = re.compile(r"`(?:hot_days|audit_\w+|force_destroy)`")
"""Keys of the configuration; and an argument of a policy that no template can fail."""


def _texts(policy: Policy[Any], folder: Path) -> Iterator[str]:
    yield remedy_of(policy)
    page = page_of(policy)
    for number, example in enumerate(read_page(page.name, page.read_text(encoding="utf-8")).examples):
        if example.language != "yaml":
            continue
        here = folder / str(number)
        here.mkdir()
        for file in example.files:
            (here / file.name).write_text(file.text, encoding="utf-8")
        said = config.Config()
        if example.config:
            (here / "guardrails.toml").write_text(example.config, encoding="utf-8")
            said = config.read(here / "guardrails.toml", trusted=False)
        alone = plugins.Plugins(policies=(policy,), sources=LOADED.sources, lowerings=LOADED.lowerings)
        chosen = selection.choose(alone.policies, said, select=(policy.id,))
        request = run.Request(paths=(str(here),), config=said, inputs=said.inputs)
        for finding in run.run(request, alone, chosen, run.Progress()).findings:
            if finding.outcome is not Outcome.PASS:
                yield finding.message
                yield from (text for because in finding.because for text in (because.detail, because.settle))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_templates_are_spoken_of_in_their_own_words(policy: Policy[Any], tmp_path: Path) -> None:
    told = (SETTINGS.sub("", text) for text in _texts(policy, tmp_path) if not OF_BOTH.search(text))

    assert [text for text in told if OF_TERRAFORM.search(text)] == []
