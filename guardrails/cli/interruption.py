"""Ctrl-C while accounts are read and judged: what was read is kept, and it is said how to go on."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from guardrails.cli import codes, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


class Interruption:
    """What Ctrl-C does within the `with` block. At first it only says that the end is near: `came` is set, and whoever
    works ends where that loses nothing. A second time the process ends at once, and so it does the first time where
    nothing `can_wait`."""

    def __init__(self, first: Callable[[], str], last: Callable[[], str]) -> None:
        """What is said then; nothing where the text is empty."""
        self.came = False
        self.can_wait = False
        self._first = first
        self._last = last
        self._before: signal._HANDLER = None
        self._is_set = False

    def __enter__(self) -> Interruption:
        self._before = signal.getsignal(signal.SIGINT)
        # Who started us may want it to be ignored; and only the main thread is told.
        if self._before is not signal.SIG_IGN and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._interrupted)
            self._is_set = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_set:
            signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, _: int, __: FrameType | None) -> None:
        if self.can_wait and not self.came:
            self.came = True
            _say(self._first())
            return
        for part in unfinished:
            try:
                os.unlink(part)
            except OSError:
                continue
        _say(self._last())
        # Threads that wait for an answer of AWS would be waited for.
        os._exit(codes.INTERRUPTED)


def _say(text: str) -> None:
    """Say something on stderr, from within a signal handler: whoever writes there already is not disturbed."""
    from guardrails.formats.terminal import harmless

    lines = "".join(f"guardrails: {harmless(line)}\n" for line in text.splitlines())
    clear = "\r\x1b[K" if sys.stderr is not None and sys.stderr.isatty() else ""
    try:
        os.write(2, (clear + lines).encode("utf-8", "backslashreplace"))
    except OSError:
        return
