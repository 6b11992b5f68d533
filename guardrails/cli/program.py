"""Runs a command and turns whatever ends it into a message and an exit code."""

from __future__ import annotations

import os
import sys

from guardrails.cli import codes
from guardrails.errors import GuardrailsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

DEBUG = "GUARDRAILS_DEBUG"


def run(argv: Sequence[str]) -> int:
    verbose = bool(os.environ.get(DEBUG))
    try:
        arguments = _arguments(argv)
        verbose = verbose or getattr(arguments, "verbose", False)
        return int(arguments.command(arguments))
    except GuardrailsError as error:
        for line in str(error).splitlines():
            complain(f"error: {line}")
        return error.exit_code
    except KeyboardInterrupt:
        complain("interrupted")
        return codes.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        quiet_stdout()
        return codes.OK
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else codes.OK
    except Exception as error:
        if isinstance(error, FileNotFoundError) and not _is_somewhere():
            complain("error: the working directory does not exist any more: change to another one")
            return codes.WRONG_ARGUMENTS
        if verbose:
            import traceback

            traceback.print_exc()
        complain(f"internal error: {type(error).__name__}: {error}")
        complain(f"this is a fault of guardrails: please report it with what `{DEBUG}=1` adds to this output")
        return codes.INCOMPLETE


def _is_somewhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    from guardrails.cli.scan_arguments import read

    arguments = read(argv)
    if arguments is None:
        from guardrails.cli.arguments import parser

        arguments = parser().parse_args(argv)
    return arguments


def complain(message: str) -> None:
    """Say something on stderr; a closed stderr is no reason to fail."""
    from contextlib import suppress

    from guardrails.formats.terminal import harmless

    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"guardrails: {harmless(message)}\n")
        sys.stderr.flush()


def quiet_stdout() -> None:
    """Point stdout away, so that flushing it at exit does not fail again."""
    from contextlib import suppress

    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
