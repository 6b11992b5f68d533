"""What an account refuses to tell is no drift, whatever of it is refused."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from recorded_accounts import FOLDERS, account, answers, code

from guardrails.drift.drift import compare
from guardrails.sources.aws.kinds import kinds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_refused_listing_is_no_drift(folder: Path) -> None:
    worlds, recorded = code(folder, "main.tf"), answers(folder)

    for kind in recorded:
        rest = {name: labelled for name, labelled in recorded.items() if name != kind}
        found = compare(worlds, [account(rest, denied={kind: "service:List"})])
        assert found.drifts == (), kind


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_refused_part_is_no_drift(folder: Path) -> None:
    worlds, recorded = code(folder, "main.tf"), answers(folder)

    for kind, labelled in recorded.items():
        for label in labelled:
            for part in kinds()[kind].parts:
                refused = copy.deepcopy(recorded)
                refused[kind][label].pop(part, None)
                refused[kind][label]["denied"] = {part: "service:Get"}
                found = compare(worlds, [account(refused, named=recorded)])
                assert found.drifts == (), (kind, label, part)


def test_what_was_refused_is_told_as_open() -> None:
    (folder,) = (folder for folder in FOLDERS if folder.name == "trails")
    refused = answers(folder)
    refused["cloudtrail.trail"]["classic"]["denied"] = {"status": "cloudtrail:GetTrailStatus"}
    del refused["cloudtrail.trail"]["classic"]["status"]

    found = compare(code(folder, "main.tf"), [account(refused)])

    assert [(address, one.field, one.refused) for address, one in found.opens] == [
        ("aws_cloudtrail.classic", "logging", True)
    ]
    assert "`cloudtrail:GetTrailStatus` was refused" in found.opens[0][1].why
    assert found.drifts == ()
