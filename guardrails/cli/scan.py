"""`guardrails scan`."""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

from guardrails.cli import codes
from guardrails.cli.output import Patience, check_writable, view_for, write, write_file
from guardrails.cli.program import complain
from guardrails.cli.project import Project, open_project
from guardrails.cli.scan_arguments import paths_of
from guardrails.config import NEVER
from guardrails.errors import UsageError
from guardrails.findings import Outcome
from guardrails.kernel.record import changed
from guardrails.policy import Severity
from guardrails.run import Request, run

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from guardrails.hookspecs import Format, Inputs


def scan(arguments: argparse.Namespace) -> int:
    clock = _Clock()
    if arguments.verbose and arguments.quiet:
        raise UsageError("--verbose and --quiet ask for opposite things: give one of them")
    output = _report_file(arguments.output) if arguments.output else None
    paths = tuple(paths_of(arguments))
    project = open_project(arguments, paths)
    form = _format(project, arguments.format)
    fail_on = arguments.fail_on or project.config.fail_on or Severity.LOW.value
    clock.lap("start")

    request = Request(
        paths=paths,
        config=project.config,
        inputs=_inputs(arguments, project.config.inputs),
        least=Severity(arguments.severity) if arguments.severity else None,
    )
    patience = Patience(sys.stderr)
    # Almost nothing that is made while scanning dies before the end: looking for garbage is wasted.
    collects = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        result = run(request, project.plugins, project.selection, patience)
    finally:
        if collects:
            gc.enable()
        patience.finished()
    result.notices[:0] = project.notices
    clock.lap("scan")

    view = view_for(
        sys.stdout if output is None else None,
        colour=arguments.color,
        verbose=arguments.verbose,
        quiet=arguments.quiet,
        outcomes=frozenset(map(Outcome, arguments.outcome)) if arguments.outcome else None,
        files=result.files,
        config=project.config.file,
    )
    report = form.render(result, view)
    if output is None:
        write(report)
    else:
        write_file(output, report)
    clock.lap("report")
    if arguments.stats:
        complain(clock.told())
    unknown_fails = (arguments.unknown or project.config.unknown) == "fail"
    return codes.of(result, None if fail_on == NEVER else Severity(fail_on), unknown_fails=unknown_fails)


def _report_file(name: str) -> Path:
    from pathlib import Path

    file = Path(name)
    check_writable(file)
    return file


def _inputs(arguments: argparse.Namespace, configured: Inputs) -> Inputs:
    """What the configuration gives, then what the command line gives: of two values the later wins."""
    return changed(
        configured,
        values=(*configured.values, *(arguments.values or ())),
        environment=configured.environment or arguments.tf_var_env,
        workspace=arguments.workspace or configured.workspace,
    )


def _format(project: Project, name: str) -> Format:
    formats = project.plugins.formats
    if name not in formats:
        from guardrails.plugins import did_you_mean

        raise UsageError(f"--format: `{name}` is none of {', '.join(formats)}{did_you_mean(name, formats)}")
    return formats[name]


class _Clock:
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
