"""Every failure says what to change: the sentence that opens the remedy on the policy's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from guardrails import plugins
from guardrails.pages import remedy_of
from guardrails.policy import Policy, Severity, policy, require

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.api import AuditTrail, Check

POLICIES = plugins.load().policies


@pytest.mark.parametrize("built_in", POLICIES, ids=lambda built_in: built_in.id)
def test_the_remedy_opens_with_a_sentence(built_in: Policy[Any]) -> None:
    remedy = remedy_of(built_in)

    assert remedy.endswith(".")
    assert 20 <= len(remedy) <= 300


def test_a_policy_without_page_has_no_remedy(tmp_path: Path) -> None:
    from guardrails.kernel.record import changed
    from guardrails.model import AuditTrail

    @policy("X-1", on=AuditTrail, severity=Severity.LOW, since="0.1")
    def lonely(trail: AuditTrail) -> Check:
        """A policy without a page."""
        return require(trail.logging.is_true(), "off")

    page = tmp_path / "lonely.md"
    placed = changed(lonely, file=str(page.with_suffix(".py")))

    assert remedy_of(placed) == ""
    page.write_text("# lonely\n\n## Remedy\n\nSwitch it\non.\nThen rest.\n\nMore.\n\n## Examples\n", encoding="utf-8")
    written = changed(placed, file=str(tmp_path / "." / "other.py"))
    page.rename(tmp_path / "other.md")
    assert remedy_of(written) == "Switch it on. Then rest."
