"""`guardrails drift --against`: accounts compared with what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.cli import codes, keep
from guardrails.cli.live_reading import ReadingEndedError, accounts_of, listed, saved
from guardrails.cli.project import open_project
from guardrails.cli.scan import judged
from guardrails.drift.counting import fields_read
from guardrails.drift.ignoring import ignored
from guardrails.drift.snapshots import compare_snapshots, places_in
from guardrails.drift.told import BEFORE_AND_NOW, Told, hidden
from guardrails.errors import UsageError
from guardrails.kernel.origin import Origin, WholeFile
from guardrails.kernel.record import changed
from guardrails.lower.world import World
from guardrails.run import Request, Scan, worlds
from guardrails.sources.aws.deployment import Fleet

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from guardrails.cli.live_reading import Accounts
    from guardrails.cli.project import Project
    from guardrails.findings import GapNote
    from guardrails.sources.aws.snapshot import Snapshot
    from guardrails.sources.aws.stored import Store


def against(arguments: argparse.Namespace) -> int:
    """Compare the accounts of --live or --from with those of --against. The arguments were checked."""
    from guardrails.cli import drift
    from guardrails.cli.destinations import destinations
    from guardrails.cli.drift_who import with_blame
    from guardrails.cli.live import save
    from guardrails.cli.scan import day

    if arguments.paths:
        raise UsageError(f"--against compares accounts with what they were, so `{arguments.paths[0]}` has no effect")
    project = open_project(arguments, ["."], by_index=True)
    reports = destinations(arguments.outputs or (), arguments.format, drift.FORMATS)
    today = day(arguments.today) if arguments.today else ""
    asked = Request(paths=(), config=project.config, today=today, waivers=False)
    faults = 0
    try:
        with saved(arguments.against, "--against") as (store, head), accounts_of(arguments, project) as accounts:
            faults += save(arguments.save, accounts) if arguments.save else 0
            _refuse_wrong_order(arguments, head, accounts)
            told, secrets = _compared(arguments, asked, store, head, accounts, project)
            if arguments.log or arguments.who:
                told = with_blame(told, arguments, accounts)
    except ReadingEndedError:
        return codes.INTERRUPTED
    keep(told)
    faults += drift.write_told(reports, told, secrets, arguments, project)
    return codes.INCOMPLETE if faults else drift.code_of(told)


def _refuse_wrong_order(arguments: argparse.Namespace, head: Snapshot, accounts: Accounts) -> None:
    now = accounts.head.taken
    if head.taken and now and head.taken > now:
        raise UsageError(
            f"--against: `{arguments.against}` was taken on {head.taken}, after {now}: the earlier goes there"
        )


def _compared(
    arguments: argparse.Namespace, asked: Request, store: Store, head: Snapshot, accounts: Accounts, project: Project
) -> tuple[Told, set[str]]:
    place = arguments.snapshot or ""
    earlier = Fleet(store.ids(), store.read, store.buckets(), places_in(arguments.against))
    later = Fleet(accounts.store.ids(), accounts.store.read, accounts.store.buckets(), places_in(place))
    before, worlds_before = _judged(changed(asked, deployments=earlier.accounts), project)
    now, worlds_now = _judged(changed(asked, deployments=later.accounts, notices=accounts.notices), project)
    selected = project.selection.policies
    comparison = compare_snapshots(
        worlds_before,
        worlds_now,
        [one for one in before.findings if not head.policies or one.policy in head.policies],
        now.findings,
        None if arguments.all_attributes else fields_read(selected),
    )
    told = changed(
        comparison,
        targets=tuple(now.targets),
        gaps=tuple(dict.fromkeys((*now.gaps, *before.gaps, *_gaps_of(before, arguments.against)))),
        notices=tuple(dict.fromkeys((*_of_head(arguments.against, head, project), *comparison.notices, *now.notices))),
    )
    told = ignored(told, project.config.ignored_drift, asked.today)
    secrets = before.secrets | now.secrets
    policies = {policy.id: policy for policy in selected}
    return Told(hidden(told, secrets), policies, project.selection.severities, BEFORE_AND_NOW), secrets


def _judged(request: Request, project: Project) -> tuple[Scan, list[World]]:
    """The verdicts, and what was judged; opened anew where it was let go."""
    scan = judged(request, project)
    held = [world for world in scan.held if isinstance(world, World)]
    return scan, held or list(worlds(request, project.plugins, Scan()))


def _gaps_of(before: Scan, file: str) -> Iterator[GapNote]:
    """What was not read then."""
    place = Origin(WholeFile(file))
    for target in before.targets:
        for gap in target.gaps:
            yield changed(gap, origin=place)


def _of_head(file: str, head: Snapshot, project: Project) -> Iterator[str]:
    yield f"compared with {file}" + (f", as it was on {head.taken}" if head.taken else "")
    others = [policy.id for policy in project.selection.policies if head.policies and policy.id not in head.policies]
    if others:
        yield f"{file} was read for other policies than these, whose verdicts are not compared: {listed(others)}"
