"""Which snapshots there are in folders, of which accounts and of when; and what else is there."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from guardrails.findings import GapNote
from guardrails.kernel.origin import NOWHERE, Origin, WholeFile
from guardrails.kernel.record import Record
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.snapshot_file import ForeignError, SnapshotError
from guardrails.sources.aws.snapshot_json import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from guardrails.sources.aws.snapshot import AccountSnapshot

MOST_FILES = 10_000
"""Snapshots that are followed in one run."""
_AGAIN = "take the snapshot again, or move the file away"


class Found(Record):
    """One snapshot."""

    file: str
    taken: str
    """When it was begun, as 2027-01-31T12:00:00Z."""
    policies: frozenset[str]
    """The policies that it was read for; empty for all."""
    accounts: Mapping[str, str]
    """The accounts that count in it → when each was read."""


class Folder(Record):
    """All snapshots, the oldest first."""

    snapshots: tuple[Found, ...]
    gaps: tuple[GapNote, ...]
    notices: tuple[str, ...]

    def accounts(self) -> frozenset[str]:
        return frozenset(account for one in self.snapshots for account in one.accounts)


class _Read(Record):
    """One snapshot as it is in its file."""

    file: str
    taken: str
    policies: tuple[str, ...]
    accounts: Mapping[str, tuple[str, str]]
    """Account → when it was read, and a digest of all that was read of it."""
    failed: tuple[str, ...]


def look_into(paths: Sequence[str]) -> Folder:
    """The snapshots at paths, files or folders. Nothing that is wrong with one of them raises."""
    gaps: list[GapNote] = []
    notices: list[str] = []
    read: list[_Read] = []
    for number, file in enumerate(_files(paths, gaps)):
        if number >= MOST_FILES:
            what = f"there are more than {MOST_FILES:,} snapshots; the others were left out"
            gaps.append(GapNote("LIMIT", what, "name a part of the folders", NOWHERE))
            break
        found = _read(file, gaps, notices)
        if found is not None:
            read.append(found)
    read.sort(key=lambda one: (one.taken, one.file))
    return Folder(tuple(_in_order(read, gaps, notices)), tuple(gaps), tuple(notices))


def _files(paths: Iterable[str], gaps: list[GapNote]) -> Iterator[str]:
    """Every file that is called as snapshots are, each once."""
    seen: set[tuple[int, int]] = set()

    def refused(error: OSError) -> None:
        gaps.append(_gap(error.filename or "", f"it cannot be read: {error.strerror or error}", "let it be read"))

    for path in paths:
        if not Path(path).is_dir():
            found = [path]
        else:
            found = []
            for folder, below, names in os.walk(path, onerror=refused):
                below.sort()
                found += [str(Path(folder) / name) for name in sorted(names) if snapshot_file.form_of(name)]
        for file in found:
            try:
                there = Path(file).stat()
            except OSError as error:
                gaps.append(_gap(file, f"it cannot be read: {error.strerror or error}", _AGAIN))
                continue
            if not stat.S_ISREG(there.st_mode):
                gaps.append(_gap(file, "it is no regular file, and was not opened", "move it away"))
            elif (there.st_dev, there.st_ino) not in seen:
                seen.add((there.st_dev, there.st_ino))
                yield file


def _read(file: str, gaps: list[GapNote], notices: list[str]) -> _Read | None:
    accounts: dict[str, tuple[str, str]] = {}
    failed: list[str] = []

    def take(account: AccountSnapshot) -> None:
        if account.failed is not None:
            failed.append(account.id)
        else:
            accounts[account.id] = (account.ended, hashlib.blake2b(text_of(account), digest_size=16).hexdigest())

    try:
        with Path(file).open("rb") as stream:
            head = snapshot_file.read(stream, take)
    except ForeignError as error:
        notices.append(f"{file} was left out: {error}")
        return None
    except SnapshotError as error:
        gaps.append(_gap(file, str(error), _AGAIN))
        return None
    except OSError as error:
        gaps.append(_gap(file, f"it cannot be read: {error.strerror or error}", _AGAIN))
        return None
    times = {account: (ended or head.taken, digest) for account, (ended, digest) in accounts.items()}
    if not all(time for time, _ in times.values()):
        gaps.append(_gap(file, "it does not say when it was taken, so it has no place in time", "leave it out"))
        return None
    if not accounts and not failed:
        notices.append(f"{file} was left out: it holds no account")
        return None
    taken = head.taken or min((time for time, _ in times.values()), default="")
    return _Read(file, taken, head.policies, times, tuple(failed))


def _in_order(read: Sequence[_Read], gaps: list[GapNote], notices: list[str]) -> Iterator[Found]:
    """The snapshots with the accounts that count in each: an account has one state at a time."""
    seen: dict[str, tuple[str, str, str]] = {}
    """Account → when it was read last, its digest, and in which file that is."""
    newest: dict[str, str] = {}
    for one in read:
        for account in (*one.accounts, *one.failed):
            newest[account] = one.file
    for one in read:
        counting: dict[str, str] = {}
        for account, (time, digest) in one.accounts.items():
            before = seen.get(account)
            if before is None or time > before[0]:
                counting[account] = time
                seen[account] = (time, digest, one.file)
            elif time == before[0] and digest == before[1]:
                notices.append(f"{one.file} and {before[2]} hold the same of account {account}: it counts once")
            elif time == before[0]:
                what = f"account {account} was read at {time} in {before[2]} as well, with other answers"
                gaps.append(_gap(one.file, f"{what}: it was left out here", "keep the right one of the two"))
            else:
                what = f"account {account} was read at {time}, before {before[0]} in {before[2]}, which began earlier"
                gaps.append(_gap(one.file, f"{what}: it was left out here", "keep one of the two"))
        for account in one.failed:
            what = f"account {account} could not be entered, so nothing is known of it on {one.taken}"
            if newest[account] == one.file:
                gaps.append(_gap(one.file, what, "allow the role to be assumed"))
            else:
                notices.append(f"{one.file}: {what}")
        if counting:
            yield Found(one.file, one.taken, frozenset(one.policies), counting)


def _gap(file: str, what: str, settle: str) -> GapNote:
    return GapNote("INVALID", what, settle, Origin(WholeFile(file)))
