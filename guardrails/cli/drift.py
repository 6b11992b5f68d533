"""`guardrails drift`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from guardrails.cli import codes, keep
from guardrails.cli.destinations import STDOUT, destinations, identity_of, write_file
from guardrails.cli.drift_who import WHO_ASKS, with_blame
from guardrails.cli.live import ONLY_WHEN_READING, asked_of, check_save, save
from guardrails.cli.live_reading import ReadingEndedError, accounts_of
from guardrails.cli.output import view_for, write
from guardrails.cli.program import complain
from guardrails.cli.project import open_project
from guardrails.cli.scan import Clock, configured_at, day, inputs_of, judged, refuse_contradictions
from guardrails.cli.scan_arguments import paths_of
from guardrails.drift.concern import in_own_account, looked_for
from guardrails.drift.counting import fields_read
from guardrails.drift.drift import compare
from guardrails.drift.ignoring import ignored
from guardrails.drift.records import Comparison
from guardrails.drift.told import Told, hidden
from guardrails.errors import ReportError, UsageError
from guardrails.findings import Outcome
from guardrails.hookspecs import Format
from guardrails.kernel.record import changed
from guardrails.lower.world import World
from guardrails.run import Request, Scan, worlds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from guardrails.cli.destinations import Destination
    from guardrails.cli.live_reading import Accounts
    from guardrails.cli.project import Project
    from guardrails.findings import GapNote
    from guardrails.formats.view import View

_FORMS = {"text": "text", "json": "document", "sarif": "sarif", "markdown": "markdown"}
"""Forms of report → the modules of guardrails.drift that write them."""


def drift(arguments: argparse.Namespace) -> int:
    clock = Clock()
    _refuse_what_cannot_be(arguments)
    if arguments.against is not None:
        from guardrails.cli.against import against

        return against(arguments)
    paths = tuple(paths_of(arguments))
    project = open_project(arguments, configured_at(arguments, paths), by_index=True)
    reports = destinations(arguments.outputs or (), arguments.format, FORMATS)
    if arguments.save and any(identity_of(report.file) == identity_of(arguments.save) for report in reports):
        raise UsageError(f"--save: a report goes to `{arguments.save}` already")
    today = day(arguments.today) if arguments.today else ""
    clock.lap("start")
    inputs = inputs_of(arguments, project.config.inputs)
    asked = Request(paths=paths, config=project.config, inputs=inputs, today=today)
    declared = judged(asked, project)
    clock.lap("code")
    faults = 0
    if not declared.targets:
        # All that is there would be what nobody declared.
        told = _told(Comparison(()), declared, Scan(), project)
        return codes.INCOMPLETE if write_told(reports, told, declared.secrets, arguments, project) else code_of(told)
    try:
        with accounts_of(arguments, project) as accounts:
            clock.lap("read")
            faults += save(arguments.save, accounts) if arguments.save else 0
            told = _compared(asked, declared, accounts, project, everything=arguments.all_attributes)
            clock.lap("compare")
            if arguments.log or arguments.who:
                told = with_blame(told, arguments, accounts)
                clock.lap("who")
            if arguments.stats:
                complain(asked_of(accounts))
    except ReadingEndedError:
        return codes.INTERRUPTED
    keep(told)
    faults += write_told(reports, told, declared.secrets, arguments, project)
    clock.lap("report")
    if arguments.stats:
        complain(clock.told())
    return codes.INCOMPLETE if faults else code_of(told)


def code_of(told: Told) -> int:
    """Incomplete comes before drift: who is told of the one must still learn that not all was looked at."""
    if told.is_incomplete:
        return codes.INCOMPLETE
    return codes.FAILED if any(not one.ignored for one in told.comparison.drifts) else codes.OK


def _refuse_what_cannot_be(arguments: argparse.Namespace) -> None:
    refuse_contradictions(arguments)
    given = [option for name, option in ONLY_WHEN_READING.items() if getattr(arguments, name)]
    from_file = arguments.snapshot is not None
    if not arguments.live and not from_file:
        if given:
            raise UsageError(f"{given[0]} is about an account that is read: give --live as well")
        raise UsageError("say what to compare with: --live, or --from FILE that `guardrails live --save` has written")
    if arguments.live and from_file:
        raise UsageError("--live asks the account, and --from asks nobody: give one of them")
    if arguments.who and from_file:  # Those are asked who did it all the same.
        given = [option for option in given if option not in WHO_ASKS]
    if given and from_file:
        raise UsageError(f"--from asks nobody, so {given[0]} has no effect: give one of them")
    if arguments.org_role and not (arguments.org or arguments.accounts):
        raise UsageError("--org-role is about the accounts of --org or --accounts: give one of them")
    if arguments.executor and arguments.workers:
        raise UsageError("--workers is about threads here; how much a cluster does at a time is its own affair")
    for path in arguments.log or ():
        if not os.path.exists(path):
            raise UsageError(f"--log: there is no file or folder `{path}`")
    check_save(arguments.save)


# Comparing


def _compared(asked: Request, declared: Scan, accounts: Accounts, project: Project, *, everything: bool) -> Told:
    """What the accounts are that the code does not say."""
    wanted = changed(
        asked, paths=(), deployments=accounts.deployments, notices=accounts.notices, waivers=False, companions=()
    )
    there = judged(wanted, project)
    code, live = _worlds(asked, declared, project), _worlds(wanted, there, project)
    read = None if everything else fields_read(project.selection.policies)
    comparison = looked_for(compare(code, live, declared.findings, there.findings, read), code, read)
    own = project.config.inputs.account.get("id", "")
    comparison = in_own_account(comparison, own, [world.deployment.target for world in live])
    return _told(ignored(comparison, project.config.ignored_drift, asked.today), declared, there, project)


def _told(comparison: Comparison, declared: Scan, there: Scan, project: Project) -> Told:
    comparison = hidden(_with_what_was_read(comparison, declared, there), declared.secrets | there.secrets)
    policies = {policy.id: policy for policy in project.selection.policies}
    return Told(comparison, policies, project.selection.severities)


def _worlds(request: Request, scan: Scan, project: Project) -> list[World]:
    """What was judged; opened anew where it was let go."""
    held = [world for world in scan.held if isinstance(world, World)]
    return held or list(worlds(request, project.plugins, Scan()))


def _with_what_was_read(comparison: Comparison, declared: Scan, there: Scan) -> Comparison:
    return changed(
        comparison,
        targets=(*declared.targets, *there.targets),
        gaps=tuple(dict.fromkeys((*declared.gaps, *there.gaps, *_errors(declared), *_errors(there)))),
        notices=tuple(dict.fromkeys((*comparison.notices, *declared.notices, *there.notices))),
    )


def _errors(scan: Scan) -> list[GapNote]:
    """Policies that failed instead of giving a verdict: whether it turned is not known."""
    from guardrails.findings import GapNote

    return [
        GapNote("ERROR", f"{one.policy} gave no verdict on {one.resource}: {one.message}", "", one.origin)
        for one in scan.findings
        if one.outcome is Outcome.ERROR
    ]


# Telling


def _rendering(name: str) -> Format:
    def render(told: Told, view: View) -> str:
        from importlib import import_module

        return str(import_module(f"guardrails.drift.{_FORMS[name]}").render(told, view))

    return Format(name, "", render)  # type: ignore[arg-type] # these reports are made of something else


FORMATS = {name: _rendering(name) for name in _FORMS}


def write_told(
    reports: Sequence[Destination], told: Told, secrets: set[str], arguments: argparse.Namespace, project: Project
) -> int:
    """Write every report; how many could not be."""
    faults = 0
    for report in sorted(reports, key=lambda report: report.file == STDOUT):
        view = view_for(
            sys.stdout if report.file == STDOUT else None,
            colour=arguments.color,
            verbose=arguments.verbose,
            quiet=arguments.quiet,
            config=project.config.file,
            secrets=frozenset(secrets),
        )
        try:
            text = report.format.render(told, view)  # type: ignore[arg-type] # as above
            if report.file == STDOUT:
                write(text)
            else:
                write_file(report.file, text)
        except ReportError as error:
            complain(f"error: {error}")
            faults += 1
    return faults
