"""`guardrails scan`."""

from __future__ import annotations

import gc
import os
import sys
import time

from guardrails.cli import codes, keep
from guardrails.cli.destinations import STDOUT, Destination, destinations, write_file
from guardrails.cli.output import Patience, view_for, write
from guardrails.cli.program import complain
from guardrails.cli.project import Project, open_project
from guardrails.cli.scan_arguments import paths_of
from guardrails.config import NEVER
from guardrails.errors import ReportError, UsageError
from guardrails.findings import COMPANIONS, Outcome
from guardrails.kernel.record import changed
from guardrails.policy import Severity
from guardrails.run import Request, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from guardrails.hookspecs import Inputs
    from guardrails.run import Companion, Scan


def scan(arguments: argparse.Namespace) -> int:
    clock = Clock()
    refuse_contradictions(arguments)
    project, paths, files = _asked(arguments)
    reports = destinations(arguments.outputs or (), arguments.format, project.plugins.formats)
    clock.lap("start")

    request = Request(
        paths=paths,
        config=project.config,
        inputs=changed(inputs_of(arguments, project.config.inputs), changed=files),
        least=Severity(arguments.severity) if arguments.severity else None,
        waivers=not arguments.no_waivers,
        today=day(arguments.today) if arguments.today else "",
        companions=_companions(arguments.companions or (), project),
        alone=is_alone(),
    )
    snapshots = [name for name in arguments.companions or () if name not in COMPANIONS]
    if snapshots:
        from guardrails.cli.live_reading import joined_with

        with joined_with(snapshots, project) as (joined, notices):
            result = judged(changed(request, joined=joined, notices=notices), project)
    else:
        result = judged(request, project)
    if files and not result.targets:
        result.notices.append("nothing that is judged is affected by what changed")
    clock.lap("scan")

    faults = write_reports(reports, result, arguments, project)
    clock.lap("report")
    if arguments.stats:
        complain(clock.told())
    return codes.INCOMPLETE if faults else code_of(result, arguments, project)


def refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.verbose and arguments.quiet:
        raise UsageError("--verbose and --quiet ask for opposite things: give one of them")


def is_alone() -> bool:
    """Whether the process does nothing else: `main` switches the search for garbage off where the process is ours."""
    return not gc.isenabled()


def judged(request: Request, project: Project) -> Scan:
    patience = Patience(sys.stderr)
    # Almost nothing that is made while scanning dies before the end: looking for garbage is wasted.
    collects = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        result = run(request, project.plugins, project.selection, patience)
    finally:
        if collects:  # The process goes on to do other things: what is dead then must not stay.
            gc.unfreeze()
            gc.enable()
        patience.finished()
    keep(project, result)
    result.notices[:0] = project.notices
    result.policies = {policy.id: policy for policy in project.selection.policies}
    result.severities = project.selection.severities
    return result


def code_of(result: Scan, arguments: argparse.Namespace, project: Project) -> int:
    """The exit code for what was found, as arguments and configuration want it."""
    fail_on = arguments.fail_on or project.config.fail_on or Severity.LOW.value
    unknown_fails = (arguments.unknown or project.config.unknown) == "fail"
    return codes.of(result, None if fail_on == NEVER else Severity(fail_on), unknown_fails=unknown_fails)


def _asked(arguments: argparse.Namespace) -> tuple[Project, tuple[str, ...], tuple[str, ...] | None]:
    """The project, what to scan, and of it only what some files affect; None where all of it."""
    if not arguments.changed:
        paths = tuple(paths_of(arguments))
        return open_project(arguments, configured_at(arguments, paths), by_index=True), paths, None
    from guardrails.cli import changed_files

    trees = changed_files.trees_of(arguments.paths)
    project = open_project(arguments, changed_files.configured_at(trees), by_index=True)
    affected = changed_files.affected_by(arguments.paths, trees, arguments, project.config)
    return changed(project, notices=(*project.notices, *affected.notices)), trees, affected.files


def configured_at(arguments: argparse.Namespace, paths: Sequence[str]) -> Sequence[str]:
    """Where the configuration is looked for. A plan may lie anywhere: it is the code of it that has one."""
    return arguments.code if arguments.code and all(map(os.path.isfile, paths)) else paths


def write_reports(reports: list[Destination], result: Scan, arguments: argparse.Namespace, project: Project) -> int:
    """Write every report, and say which could not be; how many that are. One that fails does not lose the others."""
    faults = 0
    # A reader of stdout may take its time, or leave: files are complete before it sees anything.
    for report in sorted(reports, key=lambda report: report.file == STDOUT):
        view = view_for(
            sys.stdout if report.file == STDOUT else None,
            colour=arguments.color,
            verbose=arguments.verbose,
            quiet=arguments.quiet,
            outcomes=frozenset(map(Outcome, arguments.outcome)) if arguments.outcome else None,
            files=result.files,
            config=project.config.file,
            secrets=frozenset(result.secrets),
        )
        try:
            text = report.format.render(result, view)
            if report.file == STDOUT:
                write(text)
            else:
                write_file(report.file, text)
        except ReportError as error:
            complain(f"error: {error}")
            faults += 1
        except Exception as error:
            if len(reports) == 1:
                raise
            complain(f"error: no {report.format.name} report: {type(error).__name__}: {error}")
            faults += 1
    return faults


def _companions(names: Sequence[str], project: Project) -> tuple[Companion, ...]:
    """The other programs that are asked as well: nothing of them is imported where none is."""
    if not any(name in COMPANIONS for name in names):
        return ()
    from guardrails.integrations.with_cfn_lint import CfnLint

    region = project.config.inputs.account.get("region", "")
    return (CfnLint(region=region, runs=project.selection.runs_beside),)


def day(text: str) -> str:
    from guardrails.waiver_text import is_day

    if not is_day(text):
        raise UsageError(f"--today: `{text}` is no date: write it as 2027-01-31")
    return text


def inputs_of(arguments: argparse.Namespace, configured: Inputs) -> Inputs:
    """What the configuration gives, then what the command line gives: of two values the later wins."""
    return changed(
        configured,
        values=(*configured.values, *(arguments.values or ())),
        parameters=(*configured.parameters, *(arguments.parameters or ())),
        environment=configured.environment or arguments.tf_var_env,
        workspace=arguments.workspace or configured.workspace,
        code=tuple(arguments.code or ()),
    )


class Clock:
    """What took how long."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps.append((name, now - self._last))
        self._last = now

    def told(self) -> str:
        whole = sum(seconds for _, seconds in self._laps)
        laps = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in self._laps)
        return f"took {whole * 1000:.0f} ms: {laps}"
