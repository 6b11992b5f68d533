"""The accounts that a command is about: read now, or saved before."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from guardrails.errors import UsageError
from guardrails.kernel.origin import How, Origin, WholeFile
from guardrails.kernel.record import Record
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.deployment import Fleet
from guardrails.sources.aws.snapshot_file import SnapshotError
from guardrails.sources.aws.stored import Kept

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from guardrails.cli.project import Project
    from guardrails.kernel.block import Joined
    from guardrails.sources.aws.deployment import LiveAccount
    from guardrails.sources.aws.snapshot import Snapshot
    from guardrails.sources.aws.stored import Store

_IN_MEMORY = 64 << 20
"""Bytes of a saved snapshot up to which its accounts are kept in memory, compressed."""
_MOST_NAMED = 5


class Accounts(Record):
    """Accounts that were read, ready to be judged."""

    store: Store
    deployments: tuple[LiveAccount, ...]
    notices: tuple[str, ...]
    head: Snapshot
    """When and for which policies they were read, without the accounts."""
    calls: Mapping[str, int]
    """`cloudtrail.DescribeTrails` → requests that were sent in this run, those included that found the accounts."""
    alone: bool = True
    """Whether nothing else is going on in this process."""


class ReadingEndedError(Exception):
    """Ctrl-C ended the reading. What there is to say of it was said."""


@contextmanager
def accounts_of(arguments: argparse.Namespace, project: Project) -> Iterator[Accounts]:
    """The accounts that the arguments ask for, for as long as the block lasts. Raises UsageError, ReadingError and
    ReadingEndedError."""
    if arguments.snapshot is not None:
        with saved(arguments.snapshot) as (store, head):
            if not store.ids():
                raise UsageError(f"--from: `{arguments.snapshot}` holds no account")
            yield accounts(store, head, tuple(_told_of_saved(head, project)))
        return
    from guardrails.cli.live_now import read_now

    with read_now(arguments, project) as read:
        yield read


def accounts(
    store: Store, head: Snapshot, notices: Sequence[str], calls: Mapping[str, int] | None = None, *, alone: bool = True
) -> Accounts:
    deployments = Fleet(store.ids(), store.read, store.buckets()).accounts
    told = (*notices, *_told_of_regions(store))
    return Accounts(store, deployments, told, head, calls or {}, alone)


@contextmanager
def joined_with(files: Sequence[str], project: Project) -> Iterator[tuple[Joined, tuple[str, ...]]]:
    """The accounts of a snapshot for code to be judged together with, and what there is to say of them. Whatever is
    seen there stands in the file. Raises UsageError."""
    if len(files) > 1:
        raise UsageError(f"--with: one snapshot at a time can be looked into, not {' and '.join(files)}")
    (file,) = files
    with saved(file, "--with") as (store, head):
        place = Origin(WholeFile(file), how=How.API)
        seen = (f"looked up in {file}{f', as it was on {head.taken}' if head.taken else ''}", place)
        fleet = Fleet(store.ids(), store.read, store.buckets(), lambda _, __: place, seen)
        yield fleet, tuple(_told_of_joined(file, head, store, project))


def _told_of_joined(file: str, head: Snapshot, store: Store, project: Project) -> Iterator[str]:
    taken = f", as it was on {head.taken}" if head.taken else ""
    yield f"what the code only refers to was looked up in {file}{taken}"
    account = project.config.inputs.account.get("id", "")
    if account and account not in store.ids():
        yield f"{file} does not hold {account}, the account that the code goes to by `[account] id`"
    elif not account and len(store.ids()) > 1:
        yield f"{file} holds several accounts: set `[account] id`, or what has no ARN is looked up in none of them"


@contextmanager
def saved(file: str, option: str = "--from") -> Iterator[tuple[Store, Snapshot]]:
    """What was saved. Raises UsageError."""
    try:
        if os.path.isfile(file) and os.path.getsize(file) <= _IN_MEMORY:
            kept = Kept()
            with open(file, "rb") as stream:
                head = snapshot_file.read(stream, kept.add)
            yield kept, head
            return
        from guardrails.cli.live_journal import aside
        from guardrails.sources.aws.reading import reading_of

        with aside() as journal:
            with open(file, "rb") as stream:
                head = snapshot_file.read(stream, lambda account: journal.put(reading_of(account)))
            yield journal, head
    except SnapshotError as error:
        raise UsageError(f"{option}: `{file}`: {error}") from None
    except OSError as error:
        raise UsageError(f"{option}: `{file}` cannot be read: {error.strerror or error}") from None


def _told_of_saved(head: Snapshot, project: Project) -> Iterator[str]:
    yield "judged as saved" + (f": accounts as they were on {head.taken}" if head.taken else "")
    selected = [policy.id for policy in project.selection.policies]
    others = [policy for policy in selected if policy not in head.policies]
    if head.policies and others:
        yield (
            f"it was read for other policies than these: {listed(others)}; what they ask for beyond those is not known"
        )


def _told_of_regions(store: Store) -> Iterator[str]:
    """Which Regions were not looked at, once for all accounts."""
    everywhere = len(store.ids())
    regions = store.regions()
    for why, counts in sorted(regions.left_out.items()):
        yield f"left out, because {why}: {_counted(counts, everywhere)}"
    if regions.unasked:
        yield f"enabled, but not asked for: {_counted(regions.unasked, everywhere)}"


def _counted(counts: Mapping[str, int], everywhere: int) -> str:
    return listed(
        [
            region if count == everywhere else f"{region} (in {count} of {everywhere} accounts)"
            for region, count in sorted(counts.items())
        ],
        most=40,
    )


def listed(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
