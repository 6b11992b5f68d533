"""`guardrails trace --live`: of a call in a real account, who would know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from accounts import ACCOUNT

from guardrails.cli import main

if TYPE_CHECKING:
    import pytest
    from accounts import Organization
    from faulty_proxy import FaultyProxy

ASIDE = {"guardduty", "securityhub", "sso-admin"}
"""Services that policies ask about and that have nothing to do with the chain from a call to somebody."""


def traced(
    endpoint: str, capsys: pytest.CaptureFixture[str], *arguments: str, asked: tuple[str, ...] = ("StopLogging",)
) -> tuple[int, dict[str, Any]]:
    events = [word for name in asked for word in ("--event", name)]
    code = main(["trace", "--live", "--endpoint-url", endpoint, "--format", "json", *events, *arguments])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def verdicts(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Call and account → what becomes of it."""
    return {(one["event"], one["target"]): one["outcome"] for one in document["traces"]}


def test_in_a_good_account_somebody_is_told(good_account: FaultyProxy, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = traced(good_account.endpoint, capsys)

    assert code == 0
    assert set(verdicts(document).values()) == {"noticed"}
    assert ASIDE.isdisjoint(name.partition(".")[0] for name in good_account.operations)


def test_in_a_forgotten_account_nobody_is(
    misconfigured_account: FaultyProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = traced(misconfigured_account.endpoint, capsys)

    assert code == 1
    assert set(verdicts(document).values()) == {"unseen"}


def test_what_is_refused_leaves_it_open(good_account: FaultyProxy, capsys: pytest.CaptureFixture[str]) -> None:
    good_account.deny("logs.DescribeMetricFilters")
    code, document = traced(good_account.endpoint, capsys)

    assert code == 3
    assert set(verdicts(document).values()) == {"unknown"}


def test_the_members_of_an_organization_are_followed_to_its_trail(
    halden: Organization, faults: FaultyProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    role = ("--org", "--org-role", "OrganizationAccountAccessRole")
    code, document = traced(faults.endpoint, capsys, *role)
    found = verdicts(document)

    assert code == 0
    assert halden.accounts
    assert len(found) == 4
    assert {target for _, target in found} > {ACCOUNT}
    assert set(found.values()) == {"noticed"}
