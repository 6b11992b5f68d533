"""`guardrails trace`: would anybody be told of it."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from guardrails.cli import codes, keep
from guardrails.cli.output import Patience, view_for, write
from guardrails.cli.program import complain
from guardrails.cli.project import open_project
from guardrails.cli.scan import inputs_of
from guardrails.cli.scan_arguments import paths_of
from guardrails.errors import UsageError
from guardrails.kernel.record import changed
from guardrails.kernel.truth import Verdict
from guardrails.run import Request, Scan, conclude, worlds
from guardrails.scenario_entries import SETTING
from guardrails.semantics.pipeline import number_of
from guardrails.semantics.scenario import own_scenario
from guardrails.trace import calls, chains, document, logs, text
from guardrails.trace.stream import Tally

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from guardrails.cli.project import Project
    from guardrails.lower.world import World
    from guardrails.semantics.scenario import Call, Scenario
    from guardrails.trace.chains import Answer, Watched

MOST_RECORDS = 1_000
"""Records that are each shown with their chains; a log has the table."""


def trace(arguments: argparse.Namespace) -> int:
    _check(arguments)
    live = arguments.live or arguments.snapshot is not None
    paths = () if live else tuple(paths_of(arguments))
    project = open_project(arguments, paths or ["."], by_index=True)
    scenarios = [*_shipped(project), *_of_configuration(project)]
    wanted = _asked_by_name(arguments, scenarios)
    if not live:
        request = Request(paths=paths, config=project.config, inputs=inputs_of(arguments, project.config.inputs))
        return _traced(arguments, project, request, wanted, scenarios)
    from guardrails.cli.live_reading import ReadingEndedError, accounts_of

    try:
        with accounts_of(arguments, _about_watching(project)) as read:
            request = Request(paths=(), config=project.config, deployments=read.deployments, notices=read.notices)
            return _traced(arguments, project, request, wanted, scenarios)
    except ReadingEndedError:
        return codes.INTERRUPTED


_TELLS_WHO_READS = "MONITOR-023"


def _about_watching(project: Project) -> Project:
    """The same, with the policies that ask for all that a trace looks at, whichever are selected."""
    judged_by = import_module("guardrails_policies.aws.monitor._scenarios").JUDGED_BY
    asking = {*judged_by.values(), _TELLS_WHO_READS}
    policies = tuple(policy for policy in project.plugins.policies if policy.id in asking)
    return changed(project, selection=changed(project.selection, policies=policies))


def _traced(
    arguments: argparse.Namespace,
    project: Project,
    request: Request,
    wanted: Sequence[Call],
    scenarios: Sequence[Scenario],
) -> int:
    result = Scan(notices=list(project.notices))
    followed: list[World] = []
    watched = _watched(request, project, result, followed)
    faults: list[logs.Fault] = []
    # Sources speak of the option by which a scan names the code of a plan.
    notices = [notice.replace("--source names", "--code names") for notice in result.notices]
    tally: Tally | None = None
    answers: list[Answer] = []
    if arguments.log:
        tally = _follow(arguments.log, watched, faults, notices)
    elif arguments.record:
        answers = list(_of_records(arguments.record, watched, scenarios, faults))
    else:
        answers = [answer for call in wanted for answer in chains.answers(watched, call, scenarios)]
    if tally is not None or arguments.record:
        notices += _of_whom(watched, tally, answers)
    told = text.Told(watched, answers, tally, faults, result, notices)
    keep(told)
    conclude(result, followed)
    secrets = frozenset(result.secrets)
    if arguments.format == "json":
        write(document.render(told, secrets))
    else:
        view = view_for(sys.stdout, colour=arguments.color, verbose=arguments.verbose, secrets=secrets)
        write(text.render(told, view))
    return _code(told)


def _check(arguments: argparse.Namespace) -> None:
    asked = [name for name in ("event", "record", "scenario", "log") if getattr(arguments, name)]
    if not asked:
        raise UsageError("say what to trace: --event NAME, --scenario NAME, --record FILE or --log PATH")
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} ask for different things: give one of them")
    if arguments.event_source and not arguments.event:
        raise UsageError("--source says whose call --event names: give both; --code names the code of a plan")
    _check_target(arguments)
    if arguments.fields and asked[0] not in ("event", "scenario"):
        raise UsageError(f"--set narrows --event or --scenario; a record of --{asked[0]} is what it is")
    for path in (*(arguments.log or ()), *(arguments.record or ())):
        if not os.path.exists(path):
            raise UsageError(f"there is no file or folder `{path}`")


_OF_ACCOUNTS = {
    "profile": "--profile",
    "role_arn": "--role-arn",
    "external_id": "--external-id",
    "regions": "--regions",
    "endpoint_url": "--endpoint-url",
    "org": "--org",
    "accounts": "--accounts",
    "org_role": "--org-role",
}
"""The options that say which accounts are read, and how."""


def _check_target(arguments: argparse.Namespace) -> None:
    """Code, an account, or what was saved of one: one of them is traced."""
    from_file = arguments.snapshot is not None
    given = [option for name, option in _OF_ACCOUNTS.items() if getattr(arguments, name)]
    if given and not arguments.live:
        raise UsageError(f"{given[0]} is about an account that is read: give --live as well")
    if given and from_file:
        raise UsageError(f"--from asks nobody, so {given[0]} has no effect: give one of them")
    if arguments.live and from_file:
        raise UsageError("--live asks the account, and --from asks nobody: give one of them")
    if (arguments.live or from_file) and arguments.paths:
        option = "--live" if arguments.live else "--from"
        raise UsageError(f"{option} is about accounts: leave out `{arguments.paths[0]}`")
    if arguments.org_role and not (arguments.org or arguments.accounts):
        raise UsageError("--org-role is about the accounts of --org or --accounts: give one of them")


def _shipped(project: Project) -> Iterator[Scenario]:
    """The built-in scenarios, as the settings of the policies about them narrow and widen them."""
    shipped, said = import_module("guardrails_policies.scenarios"), project.selection.settings
    if not said:
        yield from map(shipped.named, shipped.NAMES)
        return
    policies = import_module("guardrails_policies.aws.monitor._scenarios")
    for name in shipped.NAMES:
        settings = said.get(policies.JUDGED_BY[name])
        yield shipped.named(name) if settings is None else policies.as_configured(name, settings)


def _of_configuration(project: Project) -> Iterator[Scenario]:
    """What `[[scenario]]` says, in the configuration that was found or named."""
    said = project.config.settings.get(SETTING, ())
    if isinstance(said, list | tuple):
        yield from (own_scenario(text) for text in said)


def _asked_by_name(arguments: argparse.Namespace, scenarios: Sequence[Scenario]) -> list[Call]:
    """The calls that are named, before any code is read: a wrong name is said at once."""
    settings = [calls.given(one) for one in arguments.fields or ()]
    source = arguments.event_source or ""
    found = [call for event in arguments.event or () for call in calls.of_event(event, source, scenarios)]
    for name in arguments.scenario or ():
        named = [one for one in scenarios if one.name == name]
        if not named:
            from guardrails.plugins import did_you_mean

            names = list(dict.fromkeys(one.name for one in scenarios))
            raise UsageError(f"there is no scenario `{name}`{did_you_mean(name, names)}; there are {', '.join(names)}")
        found += (call for one in named for call in one.calls)
    return [calls.narrowed(call, settings) for call in found]


def _watched(request: Request, project: Project, result: Scan, followed: list[World]) -> list[Watched]:
    """The deployments in which something is recorded or watched, those that lack a trail only if there is no other."""
    found: list[Watched] = []
    without: list[Watched] = []
    for world in worlds(request, project.plugins, result):
        followed.append(world)
        one = chains.Watched(world.deployment.target, world.deployment.source, world.account)
        chains.settle(one)
        (found if chains.has_trail(one.account) else without).append(one)
    return found or without


def _of_whom(watched: Sequence[Watched], tally: Tally | None, answers: Sequence[Answer]) -> Iterator[str]:
    """Whose the records are taken to be."""
    if any(chains.is_read(one.account) for one in watched):
        strangers = dict(tally.strangers) if tally is not None else {}
        for answer in answers:
            number = answer.record.only_text("recipientAccountId") or ""
            if not chains.own_of(watched, answer.record):
                strangers[number] = strangers.get(number, 0) + 1
        if strangers:
            named = ", ".join(filter(None, sorted(strangers)[:MOST_STRANGERS])) or "none is named"
            more = f" and {len(strangers) - MOST_STRANGERS} more" if len(strangers) > MOST_STRANGERS else ""
            count = sum(strangers.values())
            are = "record is" if count == 1 else "records are"
            yield (
                f"{count:,} {are} of accounts that were not read ({named}{more}):"
                " what is recorded for the organization of those that were is taken to hold them"
            )
        return
    if any(not number_of(one.account) for one in watched):
        yield "the account of the code is not known, so the records are taken to be of it; see `[account] id`"
    if len(watched) > 1:
        yield f"a record counts as noticed if one of the {len(watched)} deployments notices it"


MOST_STRANGERS = 5
"""Accounts that are named of those that were not read."""


def _of_records(
    files: Sequence[str], watched: Sequence[Watched], scenarios: Sequence[Scenario], faults: list[logs.Fault]
) -> Iterator[Answer]:
    number = 0
    for file in files:
        for at, record in logs.records_in(file, faults.append):
            number += 1
            if number > MOST_RECORDS:
                detail = f"more than {MOST_RECORDS:,} records; use --log for that many"
                faults.append(logs.Fault(file, detail, limit=True))
                return
            place = f"{file}:{at}" if at > 1 else file
            try:
                yield chains.of_record(watched, calls.of_record(record), place, scenarios)
            except RecursionError:
                faults.append(logs.Fault(file, "nested too deeply to be judged", at, limit=True))


def _follow(paths: Sequence[str], watched: Sequence[Watched], faults: list[logs.Fault], notices: list[str]) -> Tally:
    """Follow every record of a log. Nothing of it is held."""
    tally = Tally(watched)
    progress = _Reading(sys.stderr)
    files: list[str] = []
    others = 0
    for path in paths:
        listed = logs.files_of(path)
        files += listed.names
        faults += listed.faults
        others += listed.others
        if not listed.names:
            faults.append(logs.Fault(path, "no log files in there"))
    for done, file in enumerate(files):
        before = len(faults)
        for at, record in logs.records_in(file, _few(faults, before)):
            if tally.records % 256 == 0:
                progress.following(done, len(files), tally.records)
            tally.add(record, file, at)
    progress.finished()
    faults += tally.unjudged
    if others:
        notices.append(f"{others:,} other files in there were left out: logs end in .json, .json.gz, .jsonl or .log")
    return tally


MOST_FAULTS = 100
"""Faults that are told of one file; what is wrong with a hundred records is wrong with the file."""


def _few(faults: list[logs.Fault], before: int) -> Any:  # noqa: ANN401 - a function of one fault
    def note(fault: logs.Fault) -> None:
        if len(faults) - before < MOST_FAULTS or not fault.number:
            faults.append(fault)

    return note


class _Reading(Patience):
    """Progress over the files of a log."""

    def following(self, done: int, files: int, records: int) -> None:
        now = time.monotonic()
        if self._show and now >= self._from:
            self._from = now + 0.1
            self._shown = True
            self._say(f"file {done + 1} of {files}: {records:,} records")


def _code(told: text.Told) -> int:
    """Incomplete before unseen, unseen before unknown: what surely reaches nobody is not made better by a doubt."""
    if told.faults or any(note.incomplete for note in told.result.all_gaps()):
        return codes.INCOMPLETE
    if told.tally is not None:
        unseen, unknown = told.tally.count(Verdict.FALSE), told.tally.count(Verdict.UNKNOWN)
        if not told.tally.records:
            complain("there is no record in the log")
            return codes.INCOMPLETE
    else:
        verdicts = [answer.truth.verdict for answer in told.answers]
        unseen, unknown = verdicts.count(Verdict.FALSE), verdicts.count(Verdict.UNKNOWN)
    return codes.FAILED if unseen else codes.INCOMPLETE if unknown else codes.OK
