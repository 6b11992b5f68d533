"""`guardrails remedy`: what to write so that a policy holds, proved before it is shown."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from difflib import SequenceMatcher
from pathlib import Path

from guardrails.cli import codes
from guardrails.cli.output import write
from guardrails.cli.program import complain
from guardrails.cli.project import open_project
from guardrails.errors import ReportError, UsageError
from guardrails.findings import Outcome
from guardrails.formats.terminal import harmless
from guardrails.kernel.record import changed
from guardrails.remedies.code import read
from guardrails.remedies.search import Change, Remedy, search
from guardrails.run import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from guardrails.cli.project import Project
    from guardrails.policy import Policy


def remedy(arguments: argparse.Namespace) -> int:
    paths = tuple(arguments.paths or ["."])
    project = open_project(arguments, paths)
    policy, project = _asked(project, arguments.policy)
    inputs = changed(
        project.config.inputs,
        values=(*project.config.inputs.values, *(arguments.values or ())),
        parameters=(*project.config.inputs.parameters, *(arguments.parameters or ())),
        workspace=arguments.workspace or project.config.inputs.workspace,
    )
    request = Request(paths=paths, config=project.config, inputs=inputs)
    found = search(request, project.plugins, project.selection, policy, arguments.resource or "")
    _show(found, policy)
    if arguments.apply and found.changes:
        _apply(found.changes)
        complain(f"written: {', '.join(change.file for change in found.changes)}")
    if any(gap.incomplete for gap in found.scan.all_gaps()):
        complain("not everything could be read: `guardrails scan` says what")
        return codes.INCOMPLETE
    return codes.FAILED if found.open or found.unknown else codes.OK


def _asked(project: Project, name: str) -> tuple[Policy[object], Project]:
    """The policy, and the project with it among those that judge."""
    from guardrails import selection as selecting

    wanted = name.casefold()
    policy = next(
        (
            one
            for one in project.plugins.policies
            if wanted in (one.id.casefold(), one.name, *map(str.casefold, one.aliases))
        ),
        None,
    )
    if policy is None:
        from guardrails.plugins import did_you_mean

        names = [one.id for one in project.plugins.policies]
        raise UsageError(f"there is no policy `{name}`{did_you_mean(name.upper(), names)}")
    if policy not in project.selection.policies:
        ids = [one.id for one in (*project.selection.policies, policy)]
        selection = selecting.choose(project.plugins.policies, project.config, select=ids)
        project = changed(project, selection=selection)
    return policy, project


def _show(found: Remedy, policy: Policy[object]) -> None:
    diffs = "".join(_diff(change) for change in found.changes)
    if diffs:
        if sys.stdout.isatty():  # What stands in a file must not steer a terminal; a pipe gets it as it is.
            diffs = "".join(f"{harmless(line)}\n" for line in diffs.split("\n")).removesuffix("\n")
        write(diffs)
    for one in found.closed:
        complain(f"proved: {policy.id} on `{one.resource}` ({one.origin.file}:{one.origin.line}) passes with this")
    for still in found.open:
        place = f"{still.finding.origin.file}:{still.finding.origin.line}"
        complain(f"no proved remedy: {policy.id} on `{still.finding.resource}` ({place})")
        for reason in still.reasons:
            complain(f"  {reason}")
    for one in found.unknown:
        complain(f"not known: {policy.id} on `{one.resource}`; `guardrails scan` says what would settle it")
    for one in found.newly:
        said = "fails" if one.outcome is Outcome.FAIL else "is not known"
        complain(f"newly judged: {one.policy} on `{one.resource}` {said}; it did not apply before")
    if found.closed and found.changes:
        complain("no other verdict got worse")
    if not (found.closed or found.open or found.unknown):
        complain(f"{policy.id} fails nowhere in {', '.join(dict.fromkeys(note.target for note in found.scan.targets))}")


def _diff(change: Change) -> str:
    """As `git apply` and `patch -p1` take it."""
    before, after = change.before.splitlines(keepends=True), change.after.splitlines(keepends=True)
    # difflib's own unified_diff takes frequent lines, `}`, for junk, and then shows more than what changes.
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    name = change.file.lstrip("/")
    lines = [f"--- a/{name}\n", f"+++ b/{name}\n"]
    for group in matcher.get_grouped_opcodes(3):
        first, last = group[0], group[-1]
        lines.append(f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@\n")
        for tag, start, stop, new_start, new_stop in group:
            if tag == "equal":
                lines += [f" {line}" for line in before[start:stop]]
                continue
            lines += [f"-{line}" for line in before[start:stop]]
            lines += [f"+{line}" for line in after[new_start:new_stop]]
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _span(start: int, stop: int) -> str:
    """Lines as the head of a hunk counts them."""
    return f"{start + 1},{stop - start}" if stop > start else f"{start},0"


def _apply(changes: tuple[Change, ...]) -> None:
    """Write all files or none: each is written beside its place first, and what was replaced is put back if a later one
    cannot be."""
    for change in changes:
        if read(change.path) != change.before:
            raise ReportError(f"{change.file} changed meanwhile: nothing was written")
    ready: list[str] = []
    try:
        for change in changes:
            ready.append(_beside(change.path, change.after))  # noqa: PERF401 - those made before a failure are removed
        done: list[Change] = []
        try:
            for made, change in zip(ready, changes, strict=True):
                os.replace(made, change.path)
                done.append(change)
        except OSError:
            for change in done:
                os.replace(_beside(change.path, change.before), change.path)
            raise
    except OSError as error:
        raise ReportError(f"nothing was written: {error}") from error
    finally:
        for made in ready:
            with suppress(OSError):
                Path(made).unlink()


def _beside(path: str, text: str) -> str:
    """A file with this text in the folder of another, with the permissions of that."""
    handle, made = tempfile.mkstemp(dir=Path(path).parent, prefix=".guardrails-")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    Path(made).chmod(Path(path).stat().st_mode & 0o7777)
    return made
