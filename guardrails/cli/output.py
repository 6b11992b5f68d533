"""Where reports go, and how a terminal wants them."""

from __future__ import annotations

import os
import sys
import time

from guardrails.errors import ReportError
from guardrails.formats.view import View
from guardrails.run import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from guardrails.findings import Outcome

_WIDTH = 100
"""Columns where there is no terminal to ask."""


def write(text: str) -> None:
    """Write a report to stdout. A reader that has gone away is no error: it has seen enough."""
    from guardrails.cli.program import quiet_stdout

    stream: TextIO | None = sys.stdout
    if stream is None:  # Started with a closed stdout: nobody wants to read it.
        return
    try:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        quiet_stdout()
    except OSError as error:
        quiet_stdout()
        raise ReportError(f"the report cannot be written: {error.strerror or error}") from error


def view_for(
    stream: TextIO | None,
    *,
    colour: str = "auto",
    verbose: bool = False,
    quiet: bool = False,
    outcomes: frozenset[Outcome] | None = None,
    files: int = 0,
    config: str = "",
    secrets: frozenset[str] = frozenset(),
) -> View:
    """How to show a result on `stream`; None stands for a file."""
    folder = os.getcwd()
    return View(
        width=_columns() if stream is not None else _WIDTH,
        colour=_wants_colour(stream, colour),
        ascii=stream is not None and not _can_show(stream),
        verbose=verbose,
        quiet=quiet,
        outcomes=outcomes,
        files=files,
        config=config,
        folder=folder,
        secrets=secrets,
        repository=repository_of(folder),
    )


def repository_of(folder: str) -> str:
    """The top of the git repository that a folder is in; empty where it is in none."""
    above = folder
    while not os.path.lexists(os.path.join(above, ".git")):
        parent = os.path.dirname(above)
        if parent == above:
            return ""
        above = parent
    return above


def _columns() -> int:
    """As `shutil.get_terminal_size` finds them; to import that and the compressions it knows costs 3 ms."""
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns <= 0:
        try:
            assert sys.__stdout__ is not None
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns
        except (AssertionError, ValueError, OSError):  # Closed, detached, or no terminal.
            columns = 0
    return columns or _WIDTH


def _wants_colour(stream: TextIO | None, asked: str) -> bool:
    if asked != "auto":
        return asked == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return stream is not None
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _can_show(stream: TextIO) -> bool:
    try:
        "✗✓│▌…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Patience(Progress):
    """Progress on one line of a terminal, for runs that take longer than a second."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._show = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._from = time.monotonic() + 1
        self._shown = False

    def judging(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._show and now >= self._from:
            self._from = now + 0.1
            self._shown = True
            self._say(f"judging {done} of {total}")

    def finished(self) -> None:
        if self._shown:
            self._say("")

    def _say(self, text: str) -> None:
        assert self._stream is not None
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()
