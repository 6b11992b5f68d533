"""Many accounts: each is one piece of work of an executor, and what it gives goes into the journal at once.

The seam is `concurrent.futures.Executor`: threads of this process, or a cluster. Of the accounts none is held but those
that are being read.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record, changed
from guardrails.sources.aws.collect import Wishes
from guardrails.sources.aws.reading import account_in_body, reading_of
from guardrails.sources.aws.snapshot import EXPIRED, FAILED, AccountSnapshot, Collected, Refusal, Unlisted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Executor, Future

    from guardrails.sources.aws.journal import Journal
    from guardrails.sources.aws.reading import Reading

_MOST_ROUNDS = 3
"""Rounds of asking for what accounts point at in others: an alarm, its topic, the key of the topic."""
_A_MOMENT = 0.2
"""Seconds after which it is looked whether the run is to end."""


class AccountTask(Record):
    """One account to be read. It can be sent to another machine; it holds no credentials."""

    id: str
    types: frozenset[str]
    name: str = ""
    partition: str = ""
    """Empty: that of the credentials."""
    access: object = None
    """How to come by credentials (`session`)."""
    role_arn: str = ""
    """The role to assume in the account; empty where the credentials are the account's own."""
    regions: tuple[str, ...] = ()
    """Those that are asked; empty for all that are enabled."""
    wishes: Wishes = Wishes()
    organization_id: str = ""
    management_account: str = ""
    workers: int = 8
    """Calls at once."""
    program: str = ""
    """The version that asks: a machine with another one might ask something else."""


class FleetError(Exception):
    """The executor takes no work; what was read is in the journal."""


class Watching:
    """Told how far the reading is, and asked whether to go on."""

    def reading(self, done: int, total: int, under_way: int) -> None: ...

    @property
    def is_over(self) -> bool:
        """Whether no further account is to be begun. Those that are being read are waited for."""
        return False


class Fleet(Record):
    """How the accounts are read."""

    read: Callable[[AccountTask], Reading]
    """Importable on every machine that the executor uses."""
    executor: Executor
    at_once: int
    """Accounts that are handed to the executor at a time."""
    watching: Watching = Watching()


def read_all(tasks: Iterable[AccountTask], fleet: Fleet, journal: Journal) -> bool:
    """Read all accounts that the journal has not finished, and what others point at in them; False where it was to end
    before that. Raises FleetError and JournalError."""
    by_id = {task.id: task for task in tasks}
    everyone = frozenset(by_id)
    journal.keep_only(everyone)
    finished = journal.finished()
    due = [_knowing(task, everyone) for id, task in by_id.items() if id not in finished]  # noqa: A001 - what it is

    def keep(_: AccountTask, reading: Reading) -> None:
        journal.put(reading)

    if not _round(due, fleet, keep, len(by_id) - len(due), len(by_id)):
        return False
    asked: dict[str, set[str]] = {}
    for _ in range(_MOST_ROUNDS):
        more = []
        for task, wanted in _pointed_at(by_id, journal):
            known = asked.setdefault(task.id, set())
            if not wanted <= known:
                more.append(_wanting(task, wanted - known))
                known |= wanted
        if not more:
            break
        if not _round(more, fleet, lambda task, reading: journal.put(_joined(task, reading, journal)), 0, len(more)):
            return False
    return True


def _knowing(task: AccountTask, everyone: frozenset[str]) -> AccountTask:
    return changed(task, wishes=changed(task.wishes, accounts=everyone))


def _wanting(task: AccountTask, wanted: set[str]) -> AccountTask:
    return changed(task, wishes=changed(task.wishes, wanted=frozenset(wanted)))


def _round(
    tasks: list[AccountTask],
    fleet: Fleet,
    keep: Callable[[AccountTask, Reading], None],
    done: int,
    total: int,
) -> bool:
    """Read accounts, each kept as soon as it is there; whether all were."""
    waiting = iter(tasks)
    under_way: dict[Future[Reading], AccountTask] = {}
    expired: Refusal | None = None
    watching = fleet.watching
    while True:
        while not watching.is_over and len(under_way) < fleet.at_once:
            task = next(waiting, None)
            if task is None:
                break
            if expired is not None:
                # The credentials that every account is entered with are gone: no attempt would end otherwise.
                keep(task, _failed(task, expired))
                done += 1
                continue
            under_way[_submitted(fleet, task)] = task
        if not under_way:
            return next(waiting, None) is None and not watching.is_over
        watching.reading(done, total, len(under_way))
        if watching.is_over:
            for future in [future for future in under_way if future.cancel()]:
                del under_way[future]
        ended, _ = wait(under_way, timeout=_A_MOMENT, return_when=FIRST_COMPLETED)
        for future in ended:
            task = under_way.pop(future)
            reading = _result(task, future)
            if reading.failure_kind == EXPIRED:
                expired = account_in_body(reading.body).failed
            keep(task, reading)
            done += 1


def _submitted(fleet: Fleet, task: AccountTask) -> Future[Reading]:
    try:
        return fleet.executor.submit(fleet.read, task)
    except Exception as error:
        raise FleetError(f"no more work is taken: {type(error).__name__}: {error}") from error


def _result(task: AccountTask, future: Future[Reading]) -> Reading:
    """What was read. That nothing was, for whatever reason, is a result as well: one account must not lose the
    others."""
    error = future.exception()
    if error is None:
        return future.result()
    said = " ".join(str(error).split()) or "no reason given"
    return _failed(task, Refusal("guardrails.read_account", "", FAILED, type(error).__name__, said[:500], ""))


def _failed(task: AccountTask, refusal: Refusal) -> Reading:
    return reading_of(failed_account(task, refusal))


def failed_account(task: AccountTask, refusal: Refusal) -> AccountSnapshot:
    """An account of which nothing could be read."""
    return AccountSnapshot(
        id=task.id,
        name=task.name,
        partition=task.partition or "aws",
        types=task.types,
        organization_id=task.organization_id,
        management_account=task.management_account,
        failed=refusal,
    )


# --- what accounts point at in others ---------------------------------------------------------------------------------


def _pointed_at(tasks: Mapping[str, AccountTask], journal: Journal) -> Iterator[tuple[AccountTask, set[str]]]:
    """By account, what others point at in it and what was not read."""
    holders = journal.buckets()
    failed = {account for account, _ in journal.failures()}
    wanted: dict[str, set[str]] = {}
    for one in journal.mentions():
        for address in one.mentioned:
            owner = _owner(address, holders)
            if owner in tasks and owner != one.id and owner not in failed:
                wanted.setdefault(owner, set()).add(address)
    for one in journal.mentions():
        missing = wanted.get(one.id, set()) - one.whole
        if missing:
            yield tasks[one.id], missing


def _owner(address: str, holders: Mapping[str, str]) -> str:
    """Whose the resource is; empty where that is not known. A bucket does not tell."""
    fields = address.split(":", 5)
    if len(fields) != 6:
        return holders.get(address, "")
    return fields[4] or (holders.get(fields[5].partition("/")[0], "") if fields[2] == "s3" else "")


def _joined(task: AccountTask, reading: Reading, journal: Journal) -> Reading:
    """What was read before, and what was asked for because others point at it."""
    first, second = journal.read(task.id), account_in_body(reading.body)
    mentioned = frozenset((*reading.mentioned, *journal.mentioned_by(task.id)))
    return reading_of(merged(first, second, task.wishes.wanted), mentioned=mentioned)


def merged(first: AccountSnapshot, second: AccountSnapshot, wanted: frozenset[str] = frozenset()) -> AccountSnapshot:
    """One account out of two readings of it. Where the second failed as a whole, the resources that it was to read may
    be there and were not seen."""
    calls = dict(first.calls)
    for name, count in second.calls.items():
        calls[name] = calls.get(name, 0) + count
    if second.failed is not None:
        types = tuple(sorted(first.types))
        more = [Unlisted(types, "", second.failed, about) for about in sorted(wanted)]
        return changed(first, calls=calls, unlisted=_each_once([*first.unlisted, *more]))
    resources = {(one.type, one.address): one for one in first.resources}
    for one in second.resources:
        before = resources.get((one.type, one.address))
        resources[one.type, one.address] = one if before is None else _resource(before, one)
    there = {address for _, address in resources}
    return changed(
        first,
        resources=tuple(resources.values()),
        unlisted=_each_once([*first.unlisted, *second.unlisted]),
        missing=tuple(sorted({*first.missing, *second.missing} - there)),
        ended=second.ended or first.ended,
        calls=calls,
    )


def _resource(first: Collected, second: Collected) -> Collected:
    """Of a part that was answered once and refused once the answer counts."""
    answers = {**first.answers, **second.answers}
    refused = {part: why for part, why in {**first.refused, **second.refused}.items() if part not in answers}
    return changed(first, answers=answers, refused=refused)


def _each_once(unlisted: list[Unlisted]) -> tuple[Unlisted, ...]:
    found: list[Unlisted] = []
    for one in unlisted:
        if one not in found:
            found.append(one)
    return tuple(found)
