"""What `--print-policy` allows is enough for the same selection, and a run makes no call beyond it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from listed_calls import listed

from guardrails.cli import main
from guardrails.sources.aws import permissions, session
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.kinds_organizations import LIST_ACCOUNTS

if TYPE_CHECKING:
    from accounts import Organization
    from faulty_proxy import FaultyProxy
    from live_runs import Live

FREE = {"sts.GetCallerIdentity"}
"""Calls that need no permission."""
ACTIONS = {
    call.name: call.action
    for call in (
        *permissions.calls({type_: frozenset(kind.parts) for type_, kind in KINDS.items()}),
        *session.CALLS,
        LIST_ACCOUNTS,
    )
}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, set[str]]:
    """By the name of the policy, empty for a single one, the actions that it allows."""
    assert main(["live", "--print-policy", *arguments]) == 0
    said = json.loads(capsys.readouterr().out)
    documents = {"": said} if "Statement" in said else said
    return {
        name: {action for statement in document["Statement"] for action in statement["Action"]}
        for name, document in documents.items()
    }


@pytest.mark.parametrize("selection", [("--select", "TRAIL-*"), ("--select", "BUCKET-*", "--select", "KMS-*"), ()])
def test_a_run_needs_what_is_printed_and_nothing_else(
    selection: tuple[str, ...], live: Live, misconfigured_account: FaultyProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    (allowed,) = printed(capsys, *selection).values()
    for name, action in ACTIONS.items():
        if action not in allowed and name not in FREE:
            misconfigured_account.deny(name)
    before = len(misconfigured_account.requests)

    report = live(*selection)

    made = {request.operation for request in misconfigured_account.requests[before:]}
    assert made <= listed()
    assert {ACTIONS[name] for name in made - FREE} <= allowed
    assert "denied" not in report.reasons
    assert report.code != 3


def test_a_run_over_an_organization_needs_the_two_policies_that_are_printed(
    live: Live, halden: Organization, faults: FaultyProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    selection = ("--select", "TRAIL-*", "--org")
    allowed = printed(capsys, *selection)

    live(*selection, "--org-role", "OrganizationAccountAccessRole")

    made = {request.operation for request in faults.requests} - FREE
    assert halden.accounts
    assert {ACTIONS[name] for name in made} <= set().union(*allowed.values())
    assert {"sts.AssumeRole", "organizations.ListAccounts"} <= made
