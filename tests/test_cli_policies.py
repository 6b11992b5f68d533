"""`guardrails policies list`, `policies show` and `explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main
from guardrails.plugins import load

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
from dataclasses import dataclass
from guardrails.api import AuditTrail, Check, Severity, policy, require

@dataclass(frozen=True)
class Limits:
    days: int = 365
    trusted: tuple[str, ...] = ()

@policy(
    "ACME-1", on=AuditTrail, severity=Severity.LOW, since="1.0",
    controls={"House": ["7", "8"]}, aliases=("ACME-OLD",), enabled=False,
)
def foreign_trail(trail: AuditTrail, limits: Limits) -> Check:
    '''A trail that is not ours.'''
    return require(trail.multi_region.is_true(), "is not ours")
"""
PAGE = """\
# foreign-trail

A trail that somebody else made hides what they want to hide, and a long line of prose is wrapped to the terminal.

## Remedy

```hcl
resource "aws_cloudtrail" "main" {} # this line stays as it is, however long, because code is no prose
```

## Examples

### One of ours
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one policy of our own in `rules`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "foreign_trail.py").write_text(POLICY)
    (tmp_path / "rules" / "foreign_trail.md").write_text(PAGE)
    return tmp_path


def test_the_list_has_a_line_for_each_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "list"]) == 0
    out = capsys.readouterr().out

    policies = load().policies
    assert [line.split()[0] for line in out.splitlines() if line[:1].isupper()] == [policy.id for policy in policies]
    assert "TRAIL-005" in out
    assert f"{len(policies)} policies" in out
    assert main(["policies"]) == 2
    assert "say what to do: `guardrails policies list`" in capsys.readouterr().err


def test_the_list_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "list", "--select", "KMS-00[12]"]) == 0
    out = capsys.readouterr().out

    assert [line.split()[0] for line in out.splitlines() if line.startswith("KMS")] == ["KMS-001", "KMS-002"]


def test_a_policy_that_is_off_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["policies", "list", "--policies", "rules"])

    assert "A trail that is not ours. (off)" in capsys.readouterr().out


def test_the_list_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "guardrails.toml").write_text("[policy.ACME-1]\ndays = 30\nseverity = 'high'\nenabled = true\n")

    main(["policies", "list", "--policies", "rules", "--format", "json", "--select", "ACME-*"])

    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "policies": [
            {
                "policy": "ACME-1",
                "name": "foreign-trail",
                "severity": "high",
                "enabled": True,
                "on": "AuditTrail",
                "summary": "A trail that is not ours.",
                "controls": {"House": ["7", "8"]},
                "settings": {"days": 30, "trusted": []},
                "aliases": ["ACME-OLD"],
                "since": "1.0",
                "plugin": "rules",
            }
        ],
    }


def test_a_policy_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "show", "acme-old", "--policies", "rules"]) == 0
    out = capsys.readouterr().out

    assert out.startswith("ACME-1 foreign-trail\n\nA trail that is not ours.\n")
    for line in (
        "severity    low  (off)",
        "judges      AuditTrail",
        "serves      House: 7, 8",
        "also called ACME-OLD",
        "declared in rules/foreign_trail.py:10 (rules)",
        "  days = 365 (a whole number)",
        "  trusted = [] (a list of texts)",
        "Remedy",
        'resource "aws_cloudtrail" "main" {} # this line stays as it is, however long, because code is no prose',
        "`guardrails policies show ACME-1 --examples` shows what passes and fails.",
    ):
        assert line in out.splitlines()
    assert "One of ours" not in out
    assert max(len(line) for line in out.splitlines() if not line.startswith("resource")) <= 100


def test_with_examples_the_whole_page_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "show", "ACME-1", "--policies", "rules", "--examples"]) == 0
    out = capsys.readouterr().out

    assert "One of ours" in out
    assert "--examples" not in out


def test_settings_are_shown_as_configured(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "guardrails.toml").write_text("[settings]\ndays = 30\ntrusted = ['a']\n")

    main(["policies", "show", "ACME-1", "--policies", "rules"])

    out = capsys.readouterr().out
    assert "  days = 30 (a whole number; default 365)" in out
    assert '  trusted = ["a"] (a list of texts; default [])' in out


def test_explain_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    main(["policies", "show", "TRAIL-005"])
    shown = capsys.readouterr().out
    main(["explain", "TRAIL-005"])

    assert capsys.readouterr().out == shown


def test_what_could_not_be_loaded_is_said_and_ends_with_3(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "rules" / "broken.py").write_text("import no_such_module\n")

    assert main(["policies", "list", "--policies", "rules"]) == 3
    told = capsys.readouterr()
    assert "ACME-1" in told.out
    assert "guardrails: error: rules: `broken` cannot be imported: rules/broken.py:1: ModuleNotFoundError" in told.err


def test_a_found_configuration_loads_no_policies_for_a_list_either(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "guardrails.toml").write_text('policies = ["rules"]\n')

    assert main(["policies", "list"]) == 0
    told = capsys.readouterr()
    assert "ACME-1" not in told.out
    assert "guardrails: note: guardrails.toml:1: its policies written in Python are not loaded" in told.err
    assert main(["policies", "list", "--config", "guardrails.toml"]) == 0
    assert "ACME-1" in capsys.readouterr().out
