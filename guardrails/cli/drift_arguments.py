"""What can be typed behind `guardrails drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.cli import live_arguments

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Compares what code declares with what is there: verdicts that turned from pass to fail, what changed,\n"
    "what is missing, and what serves the audit trail but is not declared. Nothing is ever written to an account."
)
EPILOG = (
    "examples:\n"
    "  guardrails drift infra/ --live                    with the account of the credentials that are found\n"
    "  guardrails drift infra/ --from today.json.zst     with accounts as `guardrails live --save` kept them\n"
    "  guardrails drift plan.json --code infra/ --live   what a plan, a state or a template declares\n"
    "  guardrails drift infra/ --live --who              and who did it, by the accounts' event history\n"
    "  guardrails drift --against monday.json.zst --live what became of the accounts since\n"
    "  guardrails drift infra/ --live --all-attributes   also what no policy looks at\n"
    "  guardrails drift infra/ --live -o markdown=ticket.md -o text=-\n"
    "\n"
    "exit codes:\n"
    "  0  no drift\n"
    "  1  something drifted\n"
    "  2  wrong arguments, configuration or credentials\n"
    "  3  incomplete: something could not be read, judged or written (also if something drifted)\n"
    "  130  interrupted"
)


def comparing(arguments: argparse.Namespace) -> int:
    from guardrails.cli.drift import drift

    return drift(arguments)


def options(command: argparse.ArgumentParser) -> None:
    """The options that no other command has, and those about accounts."""
    command.set_defaults(command=comparing)
    command.add_argument(
        "paths", metavar="PATH", nargs="*", help="folders or files as for scan (default: the working directory)"
    )
    command.add_argument("--live", action="store_true", help="compare with AWS accounts as they are")
    command.add_argument(
        "--against",
        metavar="FILE",
        type=live_arguments.existing,
        help="compare the accounts with what they were in this snapshot, in place of code",
    )
    who = command.add_argument_group("who did it")
    who.add_argument(
        "--log",
        metavar="PATH",
        action="append",
        help="look in these log files of CloudTrail, or folders of them, for the calls that made it; repeatable",
    )
    who.add_argument(
        "--who",
        action="store_true",
        help="look in the event history of the accounts (cloudtrail:LookupEvents, the last 90 days)",
    )
    command.add_argument(
        "--all-attributes", action="store_true", help="compare also the attributes that no policy looks at"
    )
    live_arguments.target_options(command)
    live_arguments.reading_options(command)


def report_options(command: argparse.ArgumentParser, colours: tuple[str, ...]) -> None:
    report = command.add_argument_group("report")
    report.add_argument("--format", metavar="FORMAT", help="text (default), json, sarif or markdown")
    report.add_argument(
        "-o",
        "--output",
        metavar="[FORMAT=]FILE",
        dest="outputs",
        action="append",
        help="write a report there instead of to the standard output, which is `-`; repeatable",
    )
    report.add_argument("--color", metavar="WHEN", choices=colours, default="auto", help="auto, always or never")
    report.add_argument("-v", "--verbose", action="store_true", help="show all attributes and facts")
    report.add_argument("-q", "--quiet", action="store_true", help="one line for each drift")
    report.add_argument("--stats", action="store_true", help="tell on stderr what took how long")
    report.add_argument(
        "--today", metavar="DATE", help="the day by which rules and waivers end, as 2027-01-31 (default: today in UTC)"
    )
