"""What `new` writes loads, says what it finds, and passes its own test before anyone has touched it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guardrails import plugins
from guardrails.errors import UsageError
from guardrails.new import KINDS, scaffold, write
from guardrails.testing import examine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("on", KINDS)
def test_a_new_policy_passes_its_own_test(on: str, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    write(folder, scaffold("ACME-001", "thing-without-owner", on))
    loaded = plugins.load([str(folder)])
    (ours,) = (policy for policy in loaded.policies if policy.id == "ACME-001")
    report = examine(ours, loaded)

    assert [str(error) for error in loaded.errors] == []
    assert [str(fault) for fault in report.faults] == []
    assert (ours.name, ours.on.__name__, report.examples) == ("thing-without-owner", on, 4)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    files = scaffold("ACME-001", "trail-without-owner")
    (tmp_path / "trail_without_owner.md").write_text("precious", encoding="utf-8")

    with pytest.raises(UsageError, match="exists already"):
        write(tmp_path, files)
    assert [path.name for path in tmp_path.iterdir()] == ["trail_without_owner.md"]
    assert (tmp_path / "trail_without_owner.md").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("id", "name", "on", "said"),
    [
        ("ACME", "trail-without-owner", "AuditTrail", "ACME-001"),
        ("ACME 1", "trail-without-owner", "AuditTrail", "ACME-001"),
        ("ACME-001", "Trail", "AuditTrail", "trail-without-owner"),
        ("ACME-001", "../trail", "AuditTrail", "trail-without-owner"),
        ("ACME-001", "trail-without-owner", "Trail", "AuditTrail"),
    ],
)
def test_what_cannot_be_a_policy_is_refused_with_an_example(id: str, name: str, on: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        scaffold(id, name, on)
