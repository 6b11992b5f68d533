"""`guardrails new policy` and `guardrails test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_policy_passes_its_own_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "audit-policies")

    assert main(["new", "policy", "ACME-001", "group-without-owner", "--on", "LogGroup", "--folder", folder]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{folder}/group_without_owner.py",
        f"{folder}/group_without_owner.md",
    ]
    assert main(["test", "--no-config", "--policies", folder]) == 0
    assert capsys.readouterr().out == "1 policy, 4 examples, 0 faults.\n"


def test_a_page_that_is_wrong_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path)
    main(["new", "policy", "ACME-001", "trail-without-owner", "--folder", folder])
    page = tmp_path / "trail_without_owner.md"
    page.write_text(page.read_text(encoding="utf-8").replace("# pass", "# fail"), encoding="utf-8")
    capsys.readouterr()

    assert main(["test", "--no-config", "--policies", folder]) == 1
    assert "expected here and not found: fail" in capsys.readouterr().out


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["new", "policy", "ACME-001", "trail-without-owner", "--folder", str(tmp_path)]
    main(arguments)
    before = (tmp_path / "trail_without_owner.py").read_bytes()

    assert main(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "trail_without_owner.py").read_bytes() == before


def test_a_policy_that_cannot_be_loaded_makes_the_test_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n", encoding="utf-8")

    assert main(["test", "--no-config", "--policies", str(tmp_path)]) == 3
    assert "broken" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new"], "say what to start"),
        (["new", "policy", "acme", "trail-without-owner"], "is no policy id"),
        (["new", "policy", "ACME-001", "trail-without-owner", "--on", "Thing"], "choose one of AuditTrail"),
    ],
)
def test_mistakes_are_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_one_built_in_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--no-config", "--select", "TRAIL-005"]) == 0
    assert capsys.readouterr().out.startswith("1 policy, ")
