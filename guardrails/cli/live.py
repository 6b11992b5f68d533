"""`guardrails live`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.cli import codes
from guardrails.cli.destinations import check, destinations, identity_of, write_whole
from guardrails.cli.live_reading import ReadingEndedError, accounts_of
from guardrails.cli.output import write
from guardrails.cli.program import complain
from guardrails.cli.project import open_project
from guardrails.cli.scan import Clock, code_of, day, is_alone, judged, refuse_contradictions, write_reports
from guardrails.errors import ReportError, UsageError
from guardrails.policy import Severity
from guardrails.run import Request
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.snapshot_file import SnapshotError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from guardrails.cli.live_reading import Accounts
    from guardrails.cli.project import Project

ONLY_WHEN_READING = {
    "profile": "--profile", "role_arn": "--role-arn", "external_id": "--external-id", "regions": "--regions",
    "endpoint_url": "--endpoint-url", "org": "--org", "accounts": "--accounts", "org_role": "--org-role",
    "journal": "--journal", "resume": "--resume", "workers": "--workers", "concurrency": "--concurrency",
    "executor": "--executor",
}  # fmt: skip
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_MOST_CALLS = 12
"""Operations that --stats names."""


def live(arguments: argparse.Namespace) -> int:
    clock = Clock()
    _refuse_what_cannot_be(arguments)
    project = open_project(arguments, ["."], by_index=True)
    if arguments.print_policy:
        return _print_policy(arguments, project)
    reports = destinations(arguments.outputs or (), arguments.format, project.plugins.formats)
    if arguments.save and any(identity_of(report.file) == identity_of(arguments.save) for report in reports):
        raise UsageError(f"--save: a report goes to `{arguments.save}` already")
    clock.lap("start")
    try:
        with accounts_of(arguments, project) as accounts:
            clock.lap("read")
            faults = save(arguments.save, accounts) if arguments.save else 0
            request = Request(
                paths=(),
                config=project.config,
                deployments=accounts.deployments,
                notices=accounts.notices,
                least=Severity(arguments.severity) if arguments.severity else None,
                today=day(arguments.today) if arguments.today else "",
                alone=accounts.alone and is_alone(),
            )
            result = judged(request, project)
            clock.lap("judge")
            faults += write_reports(reports, result, arguments, project)
            clock.lap("report")
            if arguments.stats:
                complain(clock.told())
                complain(asked_of(accounts))
    except ReadingEndedError:
        return codes.INTERRUPTED
    return codes.INCOMPLETE if faults else code_of(result, arguments, project)


def _refuse_what_cannot_be(arguments: argparse.Namespace) -> None:
    refuse_contradictions(arguments)
    if arguments.today:
        day(arguments.today)
    if arguments.snapshot is not None:
        for name, option in ONLY_WHEN_READING.items():
            if getattr(arguments, name):
                raise UsageError(f"--from asks nobody, so {option} has no effect: give one of them")
    if arguments.org_role and not (arguments.org or arguments.accounts):
        raise UsageError("--org-role is about the accounts of --org or --accounts: give one of them")
    if arguments.executor and arguments.workers:
        raise UsageError("--workers is about threads here; how much a cluster does at a time is its own affair")
    check_save(arguments.save)


def check_save(file: str | None) -> None:
    """Complain about a file for --save that certainly cannot be written."""
    if file:
        form = snapshot_file.form_of(file)
        if form is None:
            endings = " or ".join((", ".join(list(snapshot_file.ENDINGS)[:-1]), list(snapshot_file.ENDINGS)[-1]))
            raise UsageError(f"--save: `{file}` must end in {endings}")
        check(file, "--save")
        try:
            snapshot_file.require(form)
        except SnapshotError as error:
            raise UsageError(f"--save: {error}") from None


def _print_policy(arguments: argparse.Namespace, project: Project) -> int:
    from guardrails.sources.aws.permissions import ROLE, print_policy

    policies = project.selection.policies
    role, partition = arguments.org_role or ROLE, _partition(arguments)
    write(print_policy(policies, organization=arguments.org, role=role, partition=partition))
    return codes.OK


def _partition(arguments: argparse.Namespace) -> str:
    """The partition that the arguments are about, as far as they say; nobody is asked."""
    if arguments.role_arn:
        return str(arguments.role_arn).split(":")[1]
    for region in arguments.regions or ():
        for beginning, partition in _PARTITIONS.items():
            if region.startswith(beginning):
                return partition
    return "aws"


def save(file: str, accounts: Accounts) -> int:
    """Write what was read; how many files could not be."""
    form = snapshot_file.form_of(file) or snapshot_file.PLAIN
    store = accounts.store

    def fill(handle: int) -> None:
        with open(handle, "wb", closefd=False) as stream:
            snapshot_file.write(stream, form, accounts.head, map(store.text, store.ids()))

    try:
        write_whole(file, fill, private=True)
    except ReportError as error:
        complain(f"error: {error}")
        return 1
    return 0


def asked_of(accounts: Accounts) -> str:
    """What the run has asked."""
    totals = accounts.store.totals()
    calls = accounts.calls
    many = "account" if totals.accounts == 1 else "accounts"
    said = f"{sum(calls.values()):,} requests for {totals.resources:,} resources of {totals.accounts:,} {many}"
    if calls:
        said += f": {_most(calls)}"
    return said


def _most(calls: Mapping[str, int]) -> str:
    order = sorted(calls.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in order[_MOST_CALLS:])
    named = [f"{name} {count:,}" for name, count in order[:_MOST_CALLS]]
    return ", ".join([*named, f"{len(order) - _MOST_CALLS} others {rest:,}"] if rest else named)
