"""Reading accounts now: who they are, how they are entered, and what becomes of Ctrl-C meanwhile."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from guardrails import __version__
from guardrails.cli.interruption import Interruption
from guardrails.cli.live_arguments import DEFAULT_ORG_ROLE
from guardrails.cli.live_journal import Keeping, journal_for
from guardrails.cli.live_reading import Accounts, ReadingEndedError, accounts, listed
from guardrails.cli.output import Patience
from guardrails.cli.program import complain
from guardrails.errors import ReadingError, UsageError
from guardrails.kernel.record import Record
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.collect import Wishes
from guardrails.sources.aws.fleet import AccountTask, Fleet, FleetError, Watching, read_all
from guardrails.sources.aws.fleet_accounts import AccountsError, Member, members_in, organization_of
from guardrails.sources.aws.journal import JournalError
from guardrails.sources.aws.needs import everything, needs_parts
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, Snapshot

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Executor

    from guardrails.cli.project import Project
    from guardrails.sources.aws.session import Access, Identity, Sessions
    from guardrails.sources.aws.snapshot import Refusal

_AT_A_TIME = 8
"""Accounts, and calls in each of them."""
_ROLES = {
    "s3.bucket": "audit_buckets",
    "logs.group": "audit_log_groups",
    "sns.topic": "audit_topics",
    "kms.key": "audit_keys",
}
"""The types whose audit role the configuration can give, and what it calls that."""


class _Targets(Record):
    """Which accounts are to be read."""

    members: tuple[Member, ...]
    notices: tuple[str, ...] = ()
    organization_id: str = ""
    management_account: str = ""


@contextmanager
def read_now(arguments: argparse.Namespace, project: Project) -> Iterator[Accounts]:
    """What the credentials lead to. Raises UsageError, ReadingError and ReadingEndedError."""
    parts = needs_parts(project.selection.policies)
    if getattr(arguments, "all_attributes", False):  # of drift: more is compared than policies look at
        parts = {type_: frozenset(names) for type_, names in everything().items()}
    access = access_of(arguments)
    sessions = sessions_of(access)
    identity = identity_of(sessions)
    finding: dict[str, int] = {}
    targets = _targets(arguments, sessions, identity, finding)
    tasks = _tasks(arguments, access, project, parts, targets, identity)
    began = _now()
    watching = _Watching()
    kept: list[Keeping] = []
    with Interruption(first=watching.told_at_first, last=lambda: _last_words(kept)) as interruption:
        keeping = journal_for(arguments, _asked(arguments, project, parts))
        kept.append(keeping)
        watching.interruption = interruption
        try:
            complete = _read(arguments, tasks, keeping, watching)
        except BaseException:
            _say_what_stays(keeping, "")
            raise
        finally:
            watching.patience.finished()
        if not complete:
            _say_what_stays(keeping, f"{len(keeping.journal.ids())} of {len(tasks)} accounts are read and kept; ")
            raise ReadingEndedError
        interruption.can_wait = False
        try:
            head = Snapshot((), taken=began, program=__version__, policies=_ids(project))
            for name, count in (*sessions.calls.items(), *keeping.journal.totals().calls.items()):
                finding[name] = finding.get(name, 0) + count
            yield accounts(keeping.journal, head, targets.notices, finding, alone=not arguments.executor)
            cut_short = keeping.journal.cut_short()
        except BaseException as error:
            _say_what_stays(keeping, "")
            if isinstance(error, JournalError):
                raise ReadingError(str(error)) from None
            raise
        if cut_short:
            said = f"the credentials or the attempts ran out in {listed(cut_short)} before everything was read; "
            _say_what_stays(keeping, said)
        else:
            keeping.end()


def _read(arguments: argparse.Namespace, tasks: list[AccountTask], keeping: Keeping, watching: _Watching) -> bool:
    from guardrails.sources.aws.account_reading import read_account

    try:
        with _executor(arguments, len(tasks)) as (executor, at_once):
            return read_all(tasks, Fleet(read_account, executor, at_once, watching), keeping.journal)
    except (FleetError, JournalError) as error:
        raise ReadingError(str(error)) from None


@contextmanager
def _executor(arguments: argparse.Namespace, accounts: int) -> Iterator[tuple[Executor, int]]:
    if arguments.executor:
        from guardrails.sources.aws.dask_executor import on_cluster

        with on_cluster(arguments.executor) as (executor, at_once):
            yield executor, at_once
        return
    from concurrent.futures import ThreadPoolExecutor

    at_once = min(arguments.workers or _AT_A_TIME, max(accounts, 1))
    threads = ThreadPoolExecutor(at_once, thread_name_prefix="account")
    try:
        yield threads, at_once
    except BaseException:
        threads.shutdown(wait=False, cancel_futures=True)
        raise
    threads.shutdown()


# --- who is read ------------------------------------------------------------------------------------------------------


def access_of(arguments: argparse.Namespace) -> Access:
    from importlib.util import find_spec

    if find_spec("botocore") is None:
        raise UsageError("reading accounts needs a package: `pip install 'guardrails-audit[live]'`; --from needs none")
    from guardrails.sources.aws.session import Access

    return Access(
        profile=arguments.profile or "",
        role_arn=arguments.role_arn or "",
        external_id=arguments.external_id or "",
        endpoint_url=arguments.endpoint_url or "",
        region=(arguments.regions or ("",))[0],
        program=f"guardrails/{__version__}",
    )


def sessions_of(access: Access) -> Sessions:
    from guardrails.sources.aws.session import AccessError, sessions

    try:
        return sessions(access)
    except AccessError as error:
        raise UsageError(str(error)) from None


def identity_of(sessions: Sessions) -> Identity:
    from guardrails.sources.aws.session import AccessError

    try:
        return sessions.identity()
    except AccessError as error:
        raise UsageError(str(error)) from None
    except CallError as error:
        raise refusal_of(error.refusal) from None


def refusal_of(refusal: Refusal) -> UsageError | ReadingError:
    """A call without which no account can be read. Credentials that are no good are the user's to change."""
    said = f"`{refusal.operation}`: {refusal.code}: {refusal.message}"
    if refusal.kind == DENIED:
        return ReadingError(f"{said}; allow `{refusal.action}`")
    if refusal.kind == EXPIRED:
        return UsageError(f"the credentials have expired: {said}; sign in again")
    return ReadingError(said)


def members_of(file: str) -> tuple[Member, ...]:
    """The accounts that --accounts names. Raises UsageError."""
    try:
        with open(file, "rb") as stream:
            return members_in(stream.read())
    except AccountsError as error:
        raise UsageError(f"--accounts: `{file}`: {error}") from None
    except OSError as error:
        raise UsageError(f"--accounts: `{file}`: {error.strerror or error}") from None


def _targets(arguments: argparse.Namespace, sessions: Sessions, identity: Identity, calls: dict[str, int]) -> _Targets:
    if arguments.accounts:
        return _Targets(members_of(arguments.accounts))
    if not arguments.org:
        return _Targets((Member(identity.account),))
    try:
        caller = sessions.caller()
        organization = organization_of(caller)
    except CallError as error:
        raise refusal_of(error.refusal) from None
    except AccountsError as error:
        raise UsageError(f"--org: {error}") from None
    calls.update(caller.calls)
    left_out = [f"{account} ({state})" for account, state in sorted(organization.left_out.items())]
    notices = (f"accounts that are not active were left out: {listed(left_out, most=20)}",) if left_out else ()
    return _Targets(organization.members, notices, organization.id, organization.management_account)


def _tasks(
    arguments: argparse.Namespace,
    access: Access,
    project: Project,
    parts: Mapping[str, frozenset[str]],
    targets: _Targets,
    identity: Identity,
) -> list[AccountTask]:
    roles = project.config.roles
    wishes = Wishes(
        names={type: tuple(roles[name]) for type, name in _ROLES.items() if roles.get(name)},  # noqa: A001 - its name
        parts=parts,
    )
    return [
        AccountTask(
            id=member.id,
            types=frozenset(parts),
            name=member.name,
            partition=identity.partition,
            access=access,
            role_arn=role_in(member, identity, arguments.org_role or DEFAULT_ORG_ROLE),
            regions=tuple(arguments.regions or ()),
            wishes=wishes,
            organization_id=targets.organization_id,
            management_account=targets.management_account,
            workers=arguments.concurrency or _AT_A_TIME,
            program=__version__,
        )
        for member in targets.members
    ]


def role_in(member: Member, identity: Identity, name: str) -> str:
    """The role to assume in an account. The credentials' own account is read with the credentials themselves, unless a
    role is named: nobody needs a role to be where one is."""
    if member.role_arn or member.id == identity.account:
        return member.role_arn
    return f"arn:{identity.partition}:iam::{member.id}:role/{name}"


def _asked(arguments: argparse.Namespace, project: Project, parts: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """All on which the answers of an account depend: a journal of other answers is not gone on with."""
    asked = [f"{type}/{part}" for type, names in parts.items() for part in ("", *names)]  # noqa: A001 - its name
    found = {
        "guardrails": __version__,
        "what the policies ask for": ",".join(sorted(asked)),
        "--regions": ",".join(sorted(arguments.regions or ())),
        "--role-arn": arguments.role_arn or "",
        "--org-role": arguments.org_role or "",
        "--endpoint-url": arguments.endpoint_url or "",
    }
    roles = project.config.roles
    found |= {f"[roles] {name}": ",".join(roles.get(name, ())) for name in _ROLES.values()}
    return found


def _ids(project: Project) -> tuple[str, ...]:
    return tuple(sorted(policy.id for policy in project.selection.policies))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# --- how far it is, and what ends it ----------------------------------------------------------------------------------


class _Watching(Watching):
    """Progress on a terminal, and the end that Ctrl-C brings."""

    def __init__(self) -> None:
        self.patience = _Patience(sys.stderr)
        self.interruption: Interruption | None = None

    def reading(self, done: int, total: int, under_way: int) -> None:
        self.patience.accounts(done, total, under_way)
        if self.interruption is not None:
            # One account alone is not waited for: that would be to go on.
            self.interruption.can_wait = total > 1

    @property
    def is_over(self) -> bool:
        return self.interruption is not None and self.interruption.came

    @staticmethod
    def told_at_first() -> str:
        return "interrupted: no further account is begun; Ctrl-C again ends at once"


class _Patience(Patience):
    """Progress over accounts."""

    def accounts(self, done: int, total: int, under_way: int) -> None:
        now = time.monotonic()
        if self._show and now >= self._from:
            self._from = now + 0.1
            self._shown = True
            self._say(f"{done} of {total} accounts read, {under_way} being read")


def _last_words(kept: list[Keeping]) -> str:
    """What is said where the process ends at once."""
    stays = [keeping.how_to_go_on for keeping in kept if keeping.give_up()]
    return f"interrupted; {stays[0]}" if stays else "interrupted"


def _say_what_stays(keeping: Keeping, said: str) -> None:
    if keeping.give_up():
        complain(f"{said}{keeping.how_to_go_on}")
