"""Who made what drifted: CloudTrail's records, out of a log or out of the accounts' own event history."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from guardrails.drift.blame import blamed
from guardrails.drift.recorded import Log, history_of
from guardrails.drift.records import Kind
from guardrails.kernel.record import changed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from guardrails.cli.live_reading import Accounts
    from guardrails.drift.recorded import History
    from guardrails.drift.records import Drift
    from guardrails.drift.told import Told
    from guardrails.sources.aws.calling import Caller

WHO_ASKS = ("--profile", "--role-arn", "--external-id", "--endpoint-url", "--org-role")
"""Options about access that --who needs where the accounts themselves were saved before."""


def with_blame(told: Told, arguments: argparse.Namespace, accounts: Accounts) -> Told:
    """The same with the calls that made each drift, as far as they are recorded. Raises UsageError and ReadingError."""
    comparison = told.comparison
    drifts = comparison.drifts
    notices: list[str] = list(comparison.notices)
    incomplete = False
    log = Log(arguments.log or ())
    history = _asked(drifts, arguments, accounts, notices) if arguments.who else None
    drifts = blamed(drifts, chain(log.records(), history.records if history is not None else ()))
    if arguments.log:
        notices += log.notices
        incomplete = log.incomplete
    if history is not None:
        notices += history.notices
        incomplete = incomplete or history.incomplete
    return changed(
        told,
        comparison=changed(comparison, drifts=drifts, notices=tuple(notices)),
        searched=True,
        search_incomplete=incomplete,
    )


def _asked(
    drifts: Sequence[Drift], arguments: argparse.Namespace, accounts: Accounts, notices: list[str]
) -> History | None:
    wanted = {drift.account for drift in drifts if drift.kind is not Kind.VERDICT and not drift.ignored}
    there = [one for one in accounts.deployments if one.target in wanted]
    regions = {one.target: one.snapshot.regions for one in there}
    callers = dict(_callers([one.target for one in there], arguments, notices)) if there else {}
    history = history_of(drifts, callers, regions)
    missing = len(there) - len(callers)
    return changed(history, incomplete=True) if missing else history


def _callers(ids: Sequence[str], arguments: argparse.Namespace, notices: list[str]) -> Iterator[tuple[str, Caller]]:
    """By account how it is asked; those that cannot be entered are told."""
    from guardrails.cli.live_arguments import DEFAULT_ORG_ROLE
    from guardrails.cli.live_now import access_of, identity_of, members_of, role_in, sessions_of
    from guardrails.sources.aws.calling import CallError
    from guardrails.sources.aws.fleet_accounts import Member

    sessions = sessions_of(access_of(arguments))
    identity = identity_of(sessions)
    known = {member.id: member for member in members_of(arguments.accounts)} if arguments.accounts else {}
    for account in ids:
        role = role_in(known.get(account) or Member(account), identity, arguments.org_role or DEFAULT_ORG_ROLE)
        try:
            yield account, sessions.caller(role, (arguments.external_id or "") if role else "")
        except CallError as error:
            refusal = error.refusal
            notices.append(f"who did it could not be asked in {account}: `{refusal.operation}`: {refusal.code}")
