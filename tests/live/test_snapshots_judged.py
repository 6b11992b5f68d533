"""What was saved is judged as it was when it was read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from accounts import ROLE

if TYPE_CHECKING:
    from pathlib import Path

    from accounts import Organization
    from faulty_proxy import FaultyProxy
    from live_runs import Live


@pytest.mark.parametrize("ending", ["json", "json.gz", "json.zst"])
def test_a_snapshot_gives_the_same_verdicts(ending: str, live: Live, misconfigured_account: FaultyProxy) -> None:
    read = live("--save", f"snapshot.{ending}")
    asked = len(misconfigured_account.requests)

    again = live("--from", f"snapshot.{ending}")

    assert _bytes(again.document["findings"]) == _bytes(read.document["findings"])
    assert again.document["summary"] == read.document["summary"]
    assert again.code == read.code
    assert len(misconfigured_account.requests) == asked


def test_a_snapshot_of_an_organization_gives_the_same_verdicts(
    live: Live, halden: Organization, faults: FaultyProxy
) -> None:
    faults.deny("kms.GetKeyPolicy", account=halden.log_archive)
    read = live("--org", "--org-role", ROLE, "--save", "snapshot.json.zst")

    again = live("--from", "snapshot.json.zst")

    assert read.having("unknown") != set()
    assert _bytes(again.document["findings"]) == _bytes(read.document["findings"])
    assert again.code == read.code == 3


@pytest.mark.usefixtures("misconfigured_account")
def test_a_snapshot_holds_nothing_that_nobody_asked_for(live: Live, tmp_path: Path) -> None:
    live("--select", "TRAIL-002", "--save", "snapshot.json")

    saved = (tmp_path / "snapshot.json").read_text(encoding="utf-8")

    assert "larkspur-books" in saved
    assert "oneClick_CloudTrail" not in saved
    assert "Dashboard" not in saved
    assert (tmp_path / "snapshot.json").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("misconfigured_account")
def test_other_policies_than_it_was_read_for_are_judged_as_far_as_it_goes(live: Live) -> None:
    whole = live()
    live("--select", "TRAIL-002", "--save", "snapshot.json")

    again = live("--from", "snapshot.json")

    assert again.having("fail") < whole.having("fail")
    assert again.having("pass") <= whole.having("pass")
    assert {policy for policy, _ in again.having("unknown")} >= {"MONITOR-001"}


def _bytes(findings: object) -> bytes:
    return json.dumps(findings, sort_keys=True).encode()
