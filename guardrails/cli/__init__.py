"""The command line: arguments → settings → run → exit code. One module a command; no logic of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments in (["--version"], ["-V"]):
        # Asked by every wrapper on every start: answered before anything else is imported.
        from guardrails import __version__

        sys.stdout.write(f"guardrails {__version__}\n")
        return 0
    if argv is not None:
        from guardrails.cli.program import run

        return run(arguments)
    # The process is ours. Next to nothing of what it makes dies before its end, so looking for garbage is wasted:
    # 4 % of a small scan while modules are loaded, and as much again at exit.
    import gc

    gc.disable()
    try:
        from guardrails.cli.program import run

        code = run(arguments)
    except KeyboardInterrupt:  # While modules were loaded, or a second time while the first was dealt with.
        sys.stderr.write("guardrails: interrupted\n")
        code = 130
    _end(code)
    gc.freeze()
    return code


def keep(*things: object) -> None:
    """Let these live as long as the process where it is ours: to free them piece by piece takes a tenth of a run."""
    import gc

    if not gc.isenabled():
        _kept.extend(things)


_kept: list[object] = []


def _end(code: int) -> None:
    """End the process without taking everything in it apart, once all that was said is written."""
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return  # Closed, or nobody reads: the interpreter knows what to do about that.
    os._exit(code)
