"""What a run has read so far, account by account, in a SQLite file: so that it need not be in memory, and that a run
that was interrupted goes on where it ended.

An account is in the journal as a whole or not at all, however the process ends. Only its owner may read the file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.sources.aws.reading import account_in_body, body_to_text
from guardrails.sources.aws.snapshot import DENIED, FAILED
from guardrails.sources.aws.snapshot_json import MalformedError
from guardrails.sources.aws.stored import RegionCounts, Totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from guardrails.sources.aws.reading import Reading
    from guardrails.sources.aws.snapshot import AccountSnapshot
    from guardrails.sources.aws.stored import Regions

_APPLICATION = 0x47524A4C
"""What marks a SQLite file as one of ours."""
VERSION = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE asked (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL,
    finished INTEGER NOT NULL,
    failure TEXT NOT NULL,
    failure_kind TEXT NOT NULL,
    refused INTEGER NOT NULL,
    resources INTEGER NOT NULL,
    calls TEXT NOT NULL,
    mentioned TEXT NOT NULL,
    whole TEXT NOT NULL,
    left_out TEXT NOT NULL,
    unasked TEXT NOT NULL
);
CREATE TABLE bucket (name TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""


class JournalError(Exception):
    """A journal that cannot be used; the message names it and says why."""


class Mentions(Record):
    """What an account points at in others, and what of itself was read in full."""

    id: str
    mentioned: tuple[str, ...]
    whole: frozenset[str]


class Journal:
    """A journal that is open. It may be read in copies of the process as well: each opens the file for itself."""

    def __init__(self, path: str) -> None:
        self.path = str(Path(path).absolute())
        self._connections: dict[int, sqlite3.Connection] = {}

    # --- opening ----------------------------------------------------------------------------------------------------

    @classmethod
    def begin(cls, path: str, asked: Mapping[str, str]) -> Journal:
        """A new journal. `asked` is what all accounts are asked alike: by the name of an option, what it says."""
        journal = cls(path)
        try:
            os.close(os.open(journal.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise JournalError(
                f"there is a file `{path}` already: `--resume {path}` goes on with it; to begin anew, remove it"
            ) from None
        except OSError as error:
            raise JournalError(f"the journal `{path}` cannot be made: {error.strerror or error}") from None
        try:
            with journal._writing() as connection:
                # Appended to instead of written through for each account: what the process has written survives its
                # end, and a machine that loses power loses the last accounts, never the file.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO asked VALUES (?, ?)", asked.items())
        except BaseException:
            journal.remove()
            raise
        return journal

    @classmethod
    def resume(cls, path: str, asked: Mapping[str, str]) -> Journal:
        """What an earlier run left. It was asked the same, or this is refused."""
        if not Path(path).is_file():
            raise JournalError(f"there is no journal `{path}`")
        journal = cls(path)
        try:
            journal._check(asked)
        except BaseException:
            journal.close()
            raise
        return journal

    def _check(self, asked: Mapping[str, str]) -> None:
        before = self._recognised()
        if before != dict(asked):
            raise JournalError(_differing(self.path, before, asked))

    def _recognised(self) -> dict[str, str]:
        """What it was begun for."""
        with self._reading() as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if application != _APPLICATION:
                raise JournalError(f"`{self.path}` is no journal of guardrails")
            if version != VERSION:
                raise JournalError(
                    f"`{self.path}` is a journal of version {version}, and this guardrails knows version {VERSION}:"
                    " begin anew without it"
                )
            return dict(connection.execute("SELECT name, value FROM asked"))

    def _connection(self) -> sqlite3.Connection:
        found = self._connections.get(os.getpid())
        if found is None:
            # A journal that was removed must not come back as an empty file.
            Path(self.path).stat()
            found = self._connections[os.getpid()] = sqlite3.connect(self.path, isolation_level=None)
            found.execute("PRAGMA synchronous = NORMAL")
        return found

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except (sqlite3.Error, MalformedError, ValueError) as error:
            raise JournalError(f"the journal `{self.path}` cannot be read: {error}") from None
        except OSError as error:
            raise JournalError(f"the journal `{self.path}` cannot be read: {error.strerror or error}") from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or nothing."""
        try:
            connection = self._connection()
            with connection:
                yield connection
        except sqlite3.Error as error:
            raise JournalError(f"the journal `{self.path}` cannot be written: {error}") from None
        except OSError as error:
            raise JournalError(f"the journal `{self.path}` cannot be written: {error.strerror or error}") from None

    # --- writing ----------------------------------------------------------------------------------------------------

    def put(self, reading: Reading) -> None:
        """Keep what was read of an account, instead of what was kept of it before."""
        row = (
            reading.id,
            reading.body,
            reading.finished,
            reading.failure,
            reading.failure_kind,
            reading.refused,
            reading.resources,
            json.dumps(dict(reading.calls)),
            json.dumps(reading.mentioned),
            json.dumps(reading.whole),
            json.dumps(dict(reading.left_out)),
            json.dumps(reading.unasked),
        )
        with self._writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("DELETE FROM bucket WHERE account = ?", (reading.id,))
            buckets = ((name, reading.id) for name in reading.buckets)
            connection.executemany("INSERT OR REPLACE INTO bucket VALUES (?, ?)", buckets)

    def keep_only(self, ids: frozenset[str]) -> None:
        """Forget accounts that are not asked for any more."""
        gone = [(one,) for one in self.ids() if one not in ids]
        if gone:
            with self._writing() as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("DELETE FROM account WHERE id = ?", gone)
                connection.executemany("DELETE FROM bucket WHERE account = ?", gone)

    # --- reading ----------------------------------------------------------------------------------------------------

    def ids(self) -> tuple[str, ...]:
        return tuple(one for (one,) in self._rows("SELECT id FROM account ORDER BY id"))

    def finished(self) -> frozenset[str]:
        """The accounts that need not be asked again."""
        return frozenset(one for (one,) in self._rows("SELECT id FROM account WHERE finished"))

    def cut_short(self) -> tuple[str, ...]:
        """The accounts that another attempt may read better: credentials or patience ran out."""
        kinds = " AND ".join(f"failure_kind <> '{kind}'" for kind in (DENIED, FAILED))
        return tuple(one for (one,) in self._rows(f"SELECT id FROM account WHERE NOT finished AND {kinds} ORDER BY id"))

    def read(self, id: str) -> AccountSnapshot:
        with self._reading():
            return account_in_body(self._body(id))

    def text(self, id: str) -> bytes:
        """An account as JSON in one line."""
        with self._reading():
            return body_to_text(self._body(id))

    def _body(self, id: str) -> bytes:
        for (body,) in self._rows("SELECT body FROM account WHERE id = ?", id):
            if isinstance(body, bytes):
                return body
        raise MalformedError(f"it has no account {id}")

    def buckets(self) -> dict[str, str]:
        """The name of a bucket → the account that has it."""
        return dict(self._rows("SELECT name, account FROM bucket"))

    def mentions(self) -> Iterator[Mentions]:
        for account, mentioned, whole in self._rows("SELECT id, mentioned, whole FROM account ORDER BY id"):
            with self._reading():
                yield Mentions(account, tuple(json.loads(mentioned)), frozenset(json.loads(whole)))

    def mentioned_by(self, id: str) -> tuple[str, ...]:
        """What an account points at in others."""
        for (mentioned,) in self._rows("SELECT mentioned FROM account WHERE id = ?", id):
            with self._reading():
                return tuple(json.loads(mentioned))
        return ()

    def regions(self) -> Regions:
        """Where the accounts were not read, and why."""
        found = RegionCounts()
        for left_out, unasked in self._rows("SELECT left_out, unasked FROM account"):
            with self._reading():
                found.add(json.loads(left_out), json.loads(unasked))
        return found.told()

    def failures(self) -> tuple[tuple[str, str], ...]:
        """Accounts of which nothing could be read, and why."""
        return tuple(self._rows("SELECT id, failure FROM account WHERE failure <> '' ORDER BY id"))

    def totals(self) -> Totals:
        accounts = failed = refused = resources = 0
        calls: dict[str, int] = {}
        for failure, refusals, found, counted in self._rows("SELECT failure, refused, resources, calls FROM account"):
            accounts += 1
            failed += bool(failure)
            refused += refusals
            resources += found
            with self._reading():
                for name, count in json.loads(counted).items():
                    calls[name] = calls.get(name, 0) + count
        return Totals(accounts, failed, refused, resources, calls)

    def _rows(self, query: str, *values: str) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(query, values).fetchall()

    # --- closing ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        connection = self._connections.pop(os.getpid(), None)
        if connection is not None:
            connection.close()

    def remove(self) -> None:
        """Close it and leave nothing of it."""
        self.close()
        for file in (self.path, *(f"{self.path}-{beside}" for beside in ("journal", "wal", "shm"))):
            with suppress(OSError):
                Path(file).unlink()


def _differing(path: str, before: Mapping[str, str], asked: Mapping[str, str]) -> str:
    """What another run would have to say to go on with the journal."""
    said: list[str] = []
    for name in (*before, *(name for name in asked if name not in before)):
        old, new = before.get(name, ""), asked.get(name, "")
        if old != new:
            said.append(_difference(name, old, new))
    return (
        f"`{path}` was begun otherwise: {'; '.join(said)}. What was read then does not answer what is asked now:"
        " ask the same, or begin anew without the journal"
    )


def _difference(name: str, old: str, new: str) -> str:
    """Of long lists that differ in little only that."""
    one, other = set(old.split(",")), set(new.split(","))
    if len(one) > 3 and len(other) > 3:
        less, more = sorted(one - other), sorted(other - one)
        parts = [f"without {_few(more)}"] if more else []
        parts += [f"with {_few(less)}"] if less else []
        return f"{name} {' and '.join(parts)}"
    return f"{name} {f'`{old}`' if old else 'not given'} instead of {f'`{new}`' if new else 'none'}"


def _few(names: list[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
