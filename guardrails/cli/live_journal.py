"""The journal of a run: where it lies, whether it stays, and how to go on with it."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from guardrails.cli import unfinished
from guardrails.errors import ReadingError, UsageError
from guardrails.sources.aws.journal import Journal, JournalError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping


class Keeping:
    """A journal, and what is to become of it in the end."""

    def __init__(self, journal: Journal, *, ours: bool) -> None:
        self.journal = journal
        self._ours = ours
        """Whether nobody asked for the file, which is in our own folder then."""

    @property
    def how_to_go_on(self) -> str:
        return f"to go on, say the same and `--resume {self.journal.path}`"

    def end(self) -> None:
        """All was read and judged."""
        if self._ours:
            self.journal.remove()
        else:
            self.journal.close()

    def give_up(self) -> bool:
        """Something came between; whether the journal holds anything and stays."""
        with suppress(JournalError):
            if self.journal.ids():
                self.journal.close()
                return True
        self.end()
        return not self._ours


def journal_for(arguments: argparse.Namespace, asked: Mapping[str, str]) -> Keeping:
    """The journal that the arguments name, or a new one. Raises UsageError and ReadingError."""
    if arguments.journal and arguments.resume:
        raise UsageError("--journal begins a journal and --resume goes on with one: give one of them")
    try:
        if arguments.resume:
            ours = os.path.dirname(os.path.abspath(arguments.resume)) == _folder()
            return Keeping(Journal.resume(arguments.resume, asked), ours=ours)
        if arguments.journal:
            return Keeping(Journal.begin(arguments.journal, asked), ours=False)
    except JournalError as error:
        raise UsageError(str(error)) from None
    return Keeping(_begun_in(state_folder(), asked), ours=True)


def _begun_in(folder: str, asked: Mapping[str, str]) -> Journal:
    # Containers that share a folder may share the number of their process as well.
    name = f"live-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.urandom(4).hex()}.journal"
    with _until_begun(os.path.join(folder, name)) as path:
        return Journal.begin(path, asked)


def state_folder() -> str:
    """Where journals lie that nobody asked for. Where there can be no such folder, among temporary files."""
    folder = _folder()
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError:
        return tempfile.gettempdir()
    return folder if os.access(folder, os.W_OK | os.X_OK) else tempfile.gettempdir()


def _folder() -> str:
    base = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):  # The specification has relative ones ignored.
        base = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "guardrails")


@contextmanager
def _until_begun(path: str) -> Iterator[str]:
    """Have the files of a journal removed where the process ends within the block. Raises ReadingError."""
    files = [path, f"{path}-journal", f"{path}-wal", f"{path}-shm"]
    unfinished.extend(files)
    try:
        yield path
    except JournalError as error:
        raise ReadingError(str(error)) from None
    finally:
        for file in files:
            unfinished.remove(file)


@contextmanager
def aside() -> Iterator[Journal]:
    """A journal for what need not be in memory, which is gone in the end."""
    handle, taken = tempfile.mkstemp(prefix="guardrails-", suffix=".journal")
    os.close(handle)
    os.unlink(taken)  # The journal makes its own, if nobody else does before.
    with _until_begun(taken) as path:
        journal = Journal.begin(path, {})
        try:
            yield journal
        finally:
            journal.remove()
