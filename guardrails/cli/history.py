"""`guardrails history`, and `guardrails drift --against`: what became of accounts."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from guardrails.cli import codes
from guardrails.cli.destinations import STDOUT, destinations, write_file
from guardrails.cli.live_reading import saved
from guardrails.cli.output import Patience, view_for, write
from guardrails.cli.program import complain
from guardrails.cli.project import open_project
from guardrails.cli.scan import is_alone, refuse_contradictions
from guardrails.drift import history_document, history_text
from guardrails.drift.folder import look_into
from guardrails.drift.following import follow
from guardrails.errors import ReportError, UsageError
from guardrails.hookspecs import Format
from guardrails.kernel.record import changed
from guardrails.lower.world import World
from guardrails.run import Request, Scan, run, worlds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from guardrails.cli.project import Project
    from guardrails.drift.folder import Folder
    from guardrails.drift.history import History
    from guardrails.sources.aws.deployment import LiveAccount
    from guardrails.sources.aws.stored import Store

_RENDER = {"text": history_text.render, "json": history_document.render}
_FORMATS = {
    name: Format(name, "", render)  # type: ignore[arg-type] # these reports are made of something else
    for name, render in _RENDER.items()
}


def history(arguments: argparse.Namespace) -> int:
    refuse_contradictions(arguments)
    for path in arguments.paths:
        if not os.path.lexists(path):
            raise UsageError(f"there is no file or folder `{path}`")
    project = open_project(arguments, ["."], by_index=True)
    reports = destinations(arguments.outputs or (), arguments.format, _FORMATS)
    folder = _narrowed(look_into(arguments.paths), arguments.only or ())
    if not folder.snapshots and not folder.gaps:
        raise UsageError(f"there is no snapshot in {' or '.join(f'`{path}`' for path in arguments.paths)}")
    alone = is_alone()
    # Snapshots follow each other, and what is left of one has to go before the next.
    gc.freeze()
    gc.enable()
    told = _followed(folder, project, alone=alone)
    faults = 0
    for report in sorted(reports, key=lambda report: report.file == STDOUT):
        view = view_for(
            sys.stdout if report.file == STDOUT else None,
            colour=arguments.color,
            verbose=arguments.verbose,
            quiet=arguments.quiet,
        )
        try:
            text = _RENDER[report.format.name](told, view)
            write(text) if report.file == STDOUT else write_file(report.file, text)
        except ReportError as error:
            complain(f"error: {error}")
            faults += 1
    return codes.INCOMPLETE if faults else code_of(told)


def code_of(told: History) -> int:
    """Incomplete comes before failed, as everywhere."""
    if told.is_incomplete:
        return codes.INCOMPLETE
    return codes.FAILED if any(not one.from_start for one in told.standing) else codes.OK


def _narrowed(folder: Folder, only: Sequence[str]) -> Folder:
    """Only some of the accounts."""
    if not only:
        return folder
    there = folder.accounts()
    for account in only:
        if account not in there:
            raise UsageError(f"--account: no snapshot holds {account}")
    kept = [
        changed(one, accounts={account: time for account, time in one.accounts.items() if account in only})
        for one in folder.snapshots
    ]
    return changed(folder, snapshots=tuple(one for one in kept if one.accounts))


def _followed(folder: Folder, project: Project, *, alone: bool) -> History:
    patience = Patience(sys.stderr)

    @contextmanager
    def opened(file: str) -> Iterator[Store]:
        with saved(file, "history") as (store, _):
            yield store

    def judge(accounts: Sequence[LiveAccount]) -> Scan:
        request = Request(paths=(), config=project.config, deployments=tuple(accounts), waivers=False, alone=alone)
        result = run(request, project.plugins, project.selection, patience)
        for world in result.held:
            if isinstance(world, World):
                world.close()
        result.held.clear()
        return result

    def worlds_of(accounts: Sequence[LiveAccount]) -> list[World]:
        request = Request(paths=(), config=project.config, deployments=tuple(accounts))
        return list(worlds(request, project.plugins, Scan()))

    try:
        told = follow(folder, opened, judge, worlds_of, [policy.id for policy in project.selection.policies])
    finally:
        patience.finished()
    return changed(told, notices=(*project.notices, *told.notices))
