"""What docs/writing-policies.md shows works as shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails import plugins
from guardrails.policy import settings_fields
from guardrails.testing import examine

if TYPE_CHECKING:
    from guardrails.plugins import Plugins

GUIDE = (Path(__file__).parent.parent / "docs" / "writing-policies.md").read_text(encoding="utf-8")


def fence(language: str, start: str) -> str:
    """The text of the first fence in a language whose content begins so."""
    found = re.finditer(rf"^(`{{3,}}){language}\n(?P<text>.*?)^\1$", GUIDE, re.DOTALL | re.MULTILINE)
    return next(fence["text"] for fence in found if fence["text"].startswith(start))


def loaded(folder: Path) -> Plugins:
    found = plugins.load([str(folder)])
    assert [str(error) for error in found.errors] == []
    return found


def test_the_first_policy_loads_and_its_page_passes(tmp_path: Path) -> None:
    (tmp_path / "trail_with_unprotected_bucket.py").write_text(fence("python", '"""ACME-001'), encoding="utf-8")
    (tmp_path / "trail_with_unprotected_bucket.md").write_text(fence("markdown", "# trail-with"), encoding="utf-8")
    found = loaded(tmp_path)
    (ours,) = (policy for policy in found.policies if policy.id == "ACME-001")
    report = examine(ours, found)

    assert [str(fault) for fault in report.faults] == []
    assert report.examples == 4


def test_the_policy_with_settings_loads(tmp_path: Path) -> None:
    head = "from guardrails.api import Check, LogGroup, Settings, Severity, policy, require\n\n\n"
    text = fence("python", "class Options")
    (tmp_path / "kept_briefly.py").write_text(head + text, encoding="utf-8")
    (ours,) = (policy for policy in loaded(tmp_path).policies if policy.id == "ACME-002")

    assert settings_fields(ours) == {"required_retention_days": (int, 365)}
