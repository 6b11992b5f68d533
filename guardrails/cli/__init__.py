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

        if sys.stdout is not None:
            try:
                sys.stdout.write(f"guardrails {__version__}\n")
                sys.stdout.flush()
            except OSError as error:
                return _lost(error)
        return 0
    if argv is not None:
        from guardrails.cli.program import run

        return run(arguments)
    try:
        _watch_for_ctrl_c()
        # The process is ours. Next to nothing of what it makes dies before its end, so looking for garbage is wasted:
        # 4 % of a small scan while modules are loaded, and as much again at exit.
        import gc

        gc.disable()
        from guardrails.cli import compiled

        compiled.shorten()
        from guardrails.cli.program import run

        code = run(arguments)
    except KeyboardInterrupt:  # While modules were loaded, or a second time while the first was dealt with.
        sys.stderr.write("guardrails: interrupted\n")
        code = 130
    code = _end(code)
    import gc

    gc.freeze()
    return code


unfinished: list[str] = []
"""Files that are being written, to be removed where the process ends before they are complete."""


def _watch_for_ctrl_c() -> None:
    """End at once when Ctrl-C is pressed. As an exception it can be lost: the interpreter ignores what is raised while
    it deals with its own affairs, as it does between two imports, and goes on."""
    import _signal  # type: ignore[import-not-found]  # typeshed leaves it out; `signal` takes longer: it makes enumerations
    import os

    def interrupted(*_: object) -> None:
        for part in unfinished:
            try:
                os.unlink(part)
            except OSError:
                continue
        try:
            os.write(2, b"\r\x1b[Kguardrails: interrupted\n" if os.isatty(2) else b"guardrails: interrupted\n")
        finally:
            os._exit(130)

    # Who started us may want it to be ignored.
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, interrupted)


def keep(*things: object) -> None:
    """Let these live as long as the process where it is ours: to free them piece by piece takes a tenth of a run."""
    import gc

    if not gc.isenabled():
        _kept.extend(things)


_kept: list[object] = []


def _end(code: int) -> int:  # noqa: RET503 - os._exit() does not return
    """End the process without taking everything in it apart, once all that was said is written; the exit code where
    that cannot be."""
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        return max(code, _lost(error))
    except (ValueError, AttributeError):  # Closed: the interpreter knows what to do about that.
        return code
    os._exit(code)


def _lost(error: OSError) -> int:
    """What was said could not be written: the exit code. A reader that has gone away has seen enough."""
    from guardrails.cli.program import complain, quiet_stdout

    quiet_stdout()
    if isinstance(error, BrokenPipeError):
        return 0
    complain(f"error: the output cannot be written: {error.strerror or error}")
    return 3
