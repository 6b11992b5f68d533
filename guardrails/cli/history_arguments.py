"""What can be typed behind `guardrails history`."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = (
    "Judges snapshots of accounts that were kept over time (`guardrails live --save`), the oldest first, and tells\n"
    "when each verdict turned, what changed by which it did, and since when something fails. Asks nobody."
)
EPILOG = (
    "examples:\n"
    "  guardrails history snapshots/                         every snapshot in the folder, and below it\n"
    "  guardrails history snapshots/ --select 'TRAIL-*'      some policies\n"
    "  guardrails history snapshots/ --account 111122223333  one of the accounts\n"
    "  guardrails history snapshots/ -o json=history.json -o text=-\n"
    "\n"
    "exit codes:\n"
    "  0  whatever fails now has failed since the beginning, or nothing fails\n"
    "  1  something fails now that did not when it was first read, or that came later\n"
    "  2  wrong arguments or configuration\n"
    "  3  incomplete: a snapshot could not be read, an account refused something when it was read last,\n"
    "     or a report could not be written"
)
_ACCOUNT = re.compile(r"[0-9]{12}")


def _run(arguments: argparse.Namespace) -> int:
    from guardrails.cli.history import history

    return history(arguments)


def options(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=_run)
    command.add_argument("paths", metavar="FOLDER", nargs="+", help="folders of snapshots, or single ones")
    command.add_argument(
        "--account", metavar="ID", dest="only", type=_account, action="append", help="only this account; repeatable"
    )


def report_options(command: argparse.ArgumentParser, colours: Sequence[str]) -> None:
    report = command.add_argument_group("report")
    report.add_argument("--format", metavar="FORMAT", help="text (default) or json")
    report.add_argument(
        "-o",
        "--output",
        metavar="[FORMAT=]FILE",
        dest="outputs",
        action="append",
        help="write a report there instead of to the standard output, which is `-`; repeatable",
    )
    report.add_argument("--color", metavar="WHEN", choices=colours, default="auto", help="auto, always or never")
    report.add_argument("-v", "--verbose", action="store_true", help="list all that fails, and every fact and change")
    report.add_argument("-q", "--quiet", action="store_true", help="one line for each verdict that turned")


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"`{text}` is no account: it has twelve digits")
    return text
