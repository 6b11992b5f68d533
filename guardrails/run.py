"""The pipeline on one screen: read, lower and link, judge, and put together what there is to say."""

from __future__ import annotations

import gc
import os
import time

from guardrails.config import Config, absolute, is_below
from guardrails.errors import PluginError, UsageError
from guardrails.findings import Finding, GapNote, Outcome, Result, TargetNote
from guardrails.hookspecs import Inputs
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Record, changed
from guardrails.kernel.typed import Protocol
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from guardrails.asserted import Asserted
    from guardrails.judge import Judge
    from guardrails.kernel.block import Deployment, Joined, WrittenWaiver
    from guardrails.lower.elsewhere import Elsewhere
    from guardrails.lower.world import World
    from guardrails.model.context import Context
    from guardrails.plugins import Plugins
    from guardrails.policy import Policy, Severity
    from guardrails.selection import Selection
    from guardrails.waivers import Waivers

_FEW = 32
"""Deployments that may all stay until the end."""
_LONG_TO_READ = 0.02
"""Seconds of work to find deployments and to read their beginnings behind which several processes judge them faster:
to judge takes longer than that, and a copy of the process some milliseconds."""
_MANY_ACCOUNTS = 8
"""Accounts that several processes judge faster, although each of these follows anew what all of them point at."""
_BATCH = 128
"""Deployments between two looks for garbage."""

_BROKEN = frozenset((Why.INVALID, Why.DENIED, Why.LIMIT))
"""What makes a run incomplete. A module that is not here or a variable without value only leaves verdicts open."""


class Request(Record):
    """What is asked for."""

    paths: tuple[str, ...]
    config: Config = Config()
    inputs: Inputs = Inputs()
    least: Severity | None = None
    """Failures and unknowns of less than this severity are left out."""
    waivers: bool = True
    """Whether waivers that are written beside the code count, and are judged themselves."""
    today: str = ""
    """The day by which waivers are judged, as 2027-01-31; empty for the present day in UTC."""
    companions: tuple[Companion, ...] = ()
    """Other programs that are asked about each deployment."""
    deployments: tuple[Deployment, ...] = ()
    """What is judged beside what is at the paths: accounts that were read. Nothing is read of them before that."""
    joined: Joined | None = None
    """What is at the paths is judged together with: a snapshot of the accounts it goes to."""
    gaps: tuple[Reason, ...] = ()
    """What is known beforehand to be missing."""
    notices: tuple[str, ...] = ()
    """What there is to say of `deployments`."""
    alone: bool = False
    """Whether the process does nothing else, so that copies of it may share the work."""


class Companion(Protocol):
    """Another program that judges deployments, by rules of its own; its name and a slash begin their ids."""

    @property
    def name(self) -> str: ...

    @property
    def notices(self) -> Sequence[str]:
        """What there is to say of the program itself, once it was asked."""

    def findings(self, deployment: Deployment) -> list[Finding]:
        """Its verdicts. Raises a UsageError where the program is not there."""


class Progress:
    """Told how far a run is; does nothing by itself."""

    def reading(self) -> None: ...

    def judging(self, done: int, total: int) -> None: ...


class Scan(Result):
    """What a run found, and how many different files it read: targets may share some."""

    files: int = 0

    def __init__(
        self,
        gaps: list[GapNote] | None = None,
        notices: list[str] | None = None,
    ) -> None:
        super().__init__(gaps=gaps, notices=notices)
        self.held: list[object] = []
        """What was judged, where it is so little that to let go of it takes longer than it helps."""


def run(request: Request, plugins: Plugins, selection: Selection, progress: Progress) -> Scan:
    """Scan what is asked for. Nothing that is wrong with what is scanned raises; it is in the result."""
    from guardrails.judge import Judge
    from guardrails.lower.world import Worlds, kinds, open_world
    from guardrails.model.waiver import InlineWaiver
    from guardrails.pages import remedy_of

    result = Scan(gaps=[_of_plugin(error) for error in plugins.errors], notices=list(selection.notices))
    judged = kinds(plugins.lowerings) | {InlineWaiver}
    result.gaps += [_never_judged(policy) for policy in selection.policies if policy.on not in judged]
    bench = Judge(selection.policies, selection.settings_for, remedy_of)
    progress.reading()
    began = time.process_time()
    waiting = dict(enumerate(reversed(_load(request, plugins, result))))
    total = len(waiting)
    contexts = _Contexts(request.config)
    told = [contexts.of(deployment) for deployment in waiting.values()]
    asserted = _asserted(request, contexts, plugins)
    elsewhere = asserted.elsewhere if asserted is not None else None
    others = Worlds(contexts.of, plugins.lowerings, request.joined, elsewhere)
    waivers = _Waivers(request, plugins, selection)
    files: set[str] = set()
    errors: dict[str, PluginError] = {}
    unjudged: dict[str, int] = {}
    judging: dict[int, Deployment] = {}

    def judge(number: int) -> _Judged:
        """What there is to say of one deployment, which is given up with that."""
        deployment = judging[number] = waiting.pop(number)
        gaps: list[GapNote] = []
        findings: list[Finding] = []
        lost = False
        known = set(bench.errors)
        try:
            world = open_world(deployment, told[number], plugins.lowerings, others)
            findings += bench.findings(world)
            if request.joined is not None and request.joined.seen is not None:
                from guardrails.asserted import hung_on

                findings = hung_on(findings, without(number, elsewhere, None), *request.joined.seen)
            if asserted is not None:
                findings = asserted.told(findings, world, lambda said: without(number, said, request.joined))
            findings += _of_companions(deployment, request, gaps)
            written = _waivers_of(deployment) if request.waivers else ()
            if total > _FEW:
                world.close()
            else:
                result.held.append(world)
        except UsageError:
            raise
        except Exception as error:
            gaps.append(_crash(f"`{deployment.target}` could not be judged", error))
            lost = True
            written = _lost(deployment) if request.waivers else ()
        notes: tuple[TargetNote, ...] = ()
        try:
            notes = tuple(map(_note, deployment.parts or (deployment,)))
        except Exception as error:
            gaps.append(_crash(f"what is missing from `{deployment.target}` could not be told", error))
        if deployment.parts:
            findings = _at_home(findings, deployment)
        found = _Judged(
            target=deployment.target,
            findings=() if lost else tuple(findings),
            written=written,
            lost=lost,
            gaps=tuple(gaps),
            notes=notes,
            files=deployment.files,
            secrets=deployment.secrets(),
            errors={policy: error for policy, error in bench.errors.items() if policy not in known},
            unjudged=bench.unjudged.pop(deployment.target, 0),
        )
        judging.clear()
        if total > _FEW:
            deployment.release()
        left = total - number - 1
        if left and left % _BATCH == 0:
            # All that was known of a deployment should be gone. What refers to itself, in a plugin perhaps, is not,
            # and would add up. Only what is young is looked through, so this costs the same for the last deployment as
            # for the first. Nothing is to be made room for behind the last one.
            gc.collect(1)
        return found

    def without(number: int, said: Elsewhere | None, joined: Joined | None) -> list[Finding]:
        """The verdicts on a deployment by these assertions and no others, and joined with this alone."""
        counted = dict(bench.unjudged)
        fewer = Worlds(contexts.of, plugins.lowerings, joined, said)
        world = open_world(judging[number], told[number], plugins.lowerings, fewer)
        found = bench.findings(world)
        world.close()
        bench.unjudged = counted
        return found

    def one_by_one() -> Iterator[_Judged]:
        for number in range(total):
            progress.judging(number, total)
            yield judge(number)

    for one in _shared_out(request, plugins, total, judge, progress, began) or one_by_one():
        result.gaps += one.gaps
        found: Sequence[Finding] = one.findings
        for target, written in one.written:
            if one.lost:
                waivers.lost(written, target)
            else:
                found = waivers.applied(written, target, found)
        result.findings += found
        result.targets += one.notes
        files.update(one.files)
        result.secrets |= one.secrets
        errors = {**errors, **one.errors}
        if one.unjudged:
            unjudged[one.target] = unjudged.get(one.target, 0) + one.unjudged
    result.findings += waivers.judged(bench)
    result.notices += waivers.notices()
    result.notices += (notice for companion in request.companions for notice in companion.notices)
    result.gaps += [_of_plugin(error) for error in ({**errors, **bench.errors}).values()]
    for target, count in bench.unjudged.items():
        unjudged[target] = unjudged.get(target, 0) + count
    result.gaps += [_unjudged(target, count) for target, count in unjudged.items()]
    result.files = len(files)
    if request.inputs.changed is None:  # Else most of the configuration is about what was not loaded.
        result.notices += contexts.unused(request.paths)
    if asserted is not None:
        result.gaps += asserted.gaps
        result.notices += asserted.notices(result.findings, complete=request.inputs.changed is None)
    result.findings = _settled(result.findings, selection, request.least, result.notices)
    if result.secrets:
        _hide(result)
    result.targets.sort(key=lambda note: (note.target, note.source))
    return result


def _asserted(request: Request, contexts: _Contexts, plugins: Plugins) -> Asserted | None:
    """What the configuration says of what exists elsewhere; None where it says nothing."""
    if not request.config.elsewhere:
        return None
    from guardrails.asserted import Asserted
    from guardrails.lower.world import Worlds
    from guardrails.waiver_text import today

    asserted = Asserted(request.config.elsewhere, request.today or today())
    if request.joined is not None:
        there = Worlds(contexts.of, plugins.lowerings, request.joined)
        asserted.compare(request.joined, there.of, request.config.inputs.account.get("id", ""))
    return asserted


class _Judged(Record):
    """What there is to say of one deployment. It can be pickled."""

    target: str
    findings: tuple[Finding, ...]
    """Before its waivers count."""
    written: tuple[tuple[str, tuple[WrittenWaiver, ...]], ...]
    """By the target in which they are written."""
    lost: bool
    """Whether it could not be judged; `gaps` say why."""
    gaps: tuple[GapNote, ...]
    notes: tuple[TargetNote, ...]
    files: tuple[str, ...]
    secrets: frozenset[str]
    errors: dict[str, PluginError]
    """Policy id → why it could not be imported, of those that nobody had asked for before."""
    unjudged: int
    """Policies that did not judge all of its resources."""


def _shared_out(
    request: Request,
    plugins: Plugins,
    total: int,
    judge: Callable[[int], _Judged],
    progress: Progress,
    began: float,
) -> list[_Judged] | None:
    """What there is to say of all deployments, judged by several processes; None where that is not worth it, or cannot
    be done. Plugins may hold what a copy of the process does not have, and other programs may as well."""
    if not request.alone or total < 2 or not plugins.ours or request.companions:
        return None
    if len(request.deployments) < _MANY_ACCOUNTS and time.process_time() - began < _LONG_TO_READ:
        return None
    from guardrails import processes

    count = processes.available()
    return processes.shared_out(total, judge, count, lambda done: progress.judging(done, total)) if count > 1 else None


def _waivers_of(deployment: Deployment) -> tuple[tuple[str, tuple[WrittenWaiver, ...]], ...]:
    return tuple((part.target, part.waivers()) for part in deployment.parts or (deployment,))


def _lost(deployment: Deployment) -> tuple[tuple[str, tuple[WrittenWaiver, ...]], ...]:
    """The waivers of a deployment that could not be judged: what they are needed for is not known."""
    try:
        return _waivers_of(deployment)
    except Exception:  # That was told as the reason why it could not be judged.
        return ()


def _at_home(findings: Sequence[Finding], deployment: Deployment) -> list[Finding]:
    """The findings on a whole as those of its parts."""
    found: list[Finding] = []
    for finding in findings:
        part, address = deployment.home(finding.resource)
        because = tuple(
            changed(one, detail=deployment.plain(one.detail), settle=deployment.plain(one.settle))
            for one in finding.because
        )
        message = deployment.plain(finding.message)
        target = part.target if finding.target == deployment.target else finding.target
        found.append(changed(finding, resource=address, target=target, message=message, because=because))
    return found


def _of_companions(deployment: Deployment, request: Request, gaps: list[GapNote]) -> Iterator[Finding]:
    """What other programs find. One that fails does not lose what the others found."""
    for companion in request.companions:
        try:
            for part in deployment.parts or (deployment,):
                yield from companion.findings(part)
        except UsageError:
            raise
        except Exception as error:
            gaps.append(_crash(f"{companion.name} failed on `{deployment.target}`", error))


def worlds(request: Request, plugins: Plugins, result: Scan) -> Iterator[World]:
    """The deployments at the paths without any verdict on them; `conclude` says what could not be read of them, once
    all has been asked."""
    from guardrails.lower.world import Worlds, open_world

    result.gaps += [_of_plugin(error) for error in plugins.errors]
    waiting = _load(request, plugins, result)
    contexts = _Contexts(request.config)
    asserted = _asserted(request, contexts, plugins)
    elsewhere = asserted.elsewhere if asserted is not None else None
    others = Worlds(contexts.of, plugins.lowerings, request.joined, elsewhere)
    while waiting:
        deployment = waiting.pop()
        try:
            world = open_world(deployment, contexts.of(deployment), plugins.lowerings, others)
            result.held.append(world)
            yield world
        except Exception as error:
            result.gaps.append(_crash(f"`{deployment.target}` could not be followed", error))


def conclude(result: Scan, worlds: Iterable[World]) -> None:
    """Note what was read of worlds that were asked, and what must not be shown of them. Most is read when it is asked
    for, so this comes last."""
    for world in worlds:
        try:
            result.targets += map(_note, world.deployment.parts or (world.deployment,))
        except Exception as error:
            detail = f"what is missing from `{world.deployment.target}` could not be told"
            result.gaps.append(_crash(detail, error))
        result.secrets |= world.deployment.secrets()


def _never_judged(policy: Policy[Any]) -> GapNote:
    what = f"{policy.id} is about `{policy.on.__name__}`, which no source has on its own, so it judges nothing"
    return GapNote("PLUGIN", what, "let it judge the resource that this is a part of", NOWHERE)


def _hide(result: Scan) -> None:
    """Leave out of all that was found what the configuration marks as sensitive."""
    from guardrails.formats.discretion import gap_without_secrets, masked, without_secrets

    secrets = result.secrets
    result.findings = [without_secrets(finding, secrets) for finding in result.findings]
    result.gaps = [gap_without_secrets(gap, secrets) for gap in result.gaps]
    result.notices = [masked(notice, secrets) for notice in result.notices]
    result.targets = [
        changed(note, gaps=tuple(gap_without_secrets(gap, secrets) for gap in note.gaps)) for note in result.targets
    ]


def _unjudged(target: str, count: int) -> GapNote:
    from guardrails.judge import MOST_VERDICTS

    which = "one policy" if count == 1 else f"{count} policies"
    what = f"`{target}` has more resources than the {MOST_VERDICTS} that {which} judged; the rest was not judged"
    return GapNote("LIMIT", what, "divide the root module, or select fewer policies", NOWHERE)


def _load(request: Request, plugins: Plugins, result: Result) -> list[Deployment]:
    """The deployments at the paths, the first last, so that each can be given up once it is judged."""
    for path in request.paths:
        if not os.path.exists(path):
            raise UsageError(f"there is no file or folder `{path}`")
    found: set[str] = set()
    deployments: list[Deployment] = []
    result.gaps += map(_of_reason, request.gaps)
    result.notices += request.notices
    for source in plugins.sources if request.paths else ():
        try:
            loaded = source.load(request.paths, request.inputs)
        except UsageError:
            raise
        except Exception as error:
            result.gaps.append(_crash(f"the source `{source.name}` failed", error))
            continue
        deployments += loaded.deployments
        result.gaps += map(_of_reason, loaded.gaps)
        result.notices += loaded.notices
        found |= loaded.found_in
    looked_for = " or ".join(source.looks_for for source in plugins.sources)
    for path in request.paths:
        if path not in found:
            is_file = os.path.isfile(path)
            what = f"`{path}` is no {looked_for} file" if is_file else f"there is no {looked_for} in `{path}`"
            result.gaps.append(GapNote("NOTHING", what, "name a folder or file that holds some", NOWHERE))
    if request.inputs.changed is not None:
        deployments += _fellows(deployments, request, plugins, result)
    deployments = [*request.deployments, *_together(deployments, request.config)]
    deployments.reverse()
    return deployments


def _fellows(deployments: list[Deployment], request: Request, plugins: Plugins, result: Result) -> list[Deployment]:
    """What is deployed as one with what a change affects, and is at the paths as well."""
    present = {absolute(deployment.path) for deployment in deployments}
    scanned = [absolute(path) for path in request.paths]
    wanted = {
        root
        for entry in request.config.deployments
        if not present.isdisjoint(entry.roots)
        for root in entry.roots
        if root not in present and os.path.exists(root) and any(is_below(root, path) for path in scanned)
    }
    if not wanted:
        return []
    relative = not any(map(os.path.isabs, request.paths))
    paths = tuple(os.path.relpath(root) if relative else root for root in sorted(wanted))
    found: list[Deployment] = []
    for source in plugins.sources:
        try:
            loaded = source.load(paths, changed(request.inputs, changed=None))
        except UsageError:
            raise
        except Exception as error:
            result.gaps.append(_crash(f"the source `{source.name}` failed", error))
            continue
        found += (one for one in loaded.deployments if absolute(one.path) in wanted)
    return found


def _together(deployments: list[Deployment], config: Config) -> list[Deployment]:
    """The deployments, those in one that the configuration says are deployed as one."""
    entries = [entry for entry in config.deployments if len(entry.roots) > 1]
    if not entries:
        return deployments
    from guardrails.lower.joining import joined

    return joined(deployments, entries)


def _settled(
    findings: list[Finding], selection: Selection, least: Severity | None, notices: list[str]
) -> list[Finding]:
    """The findings in order, with the severities that configuration insists on, without those of too little weight."""
    forced = selection.severities
    if forced:
        findings = [changed(f, severity=forced[f.policy]) if f.policy in forced else f for f in findings]
    if least is not None:
        gated = (Outcome.FAIL, Outcome.UNKNOWN)
        kept = [f for f in findings if f.severity.rank >= least.rank or f.outcome not in gated]
        if len(kept) < len(findings):
            notices.append(f"{len(findings) - len(kept)} fail or unknown below `{least.value}` left out")
        findings = kept
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[str, int, str, str, str, str]:
    origin = finding.origin
    return origin.file, origin.start, finding.policy, finding.target, finding.resource, finding.message


def _note(deployment: Deployment) -> TargetNote:
    return TargetNote(
        deployment.target,
        deployment.source,
        len(deployment.files),
        deployment.size,
        tuple(_of_reason(reason) for reason in dict.fromkeys(deployment.gaps())),
        deployment.title,
    )


def _of_reason(reason: Reason) -> GapNote:
    return GapNote(reason.why.name, reason.detail, reason.settle, reason.origin, incomplete=reason.why in _BROKEN)


def _of_plugin(error: PluginError) -> GapNote:
    return GapNote("PLUGIN", str(error), "", NOWHERE)


def _crash(what: str, error: Exception) -> GapNote:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    file = os.path.basename(frame.filename)
    said = f"{what}: {type(error).__name__}: {error} (in {frame.name}(), {file}:{frame.lineno})"
    return GapNote("INTERNAL", said, "this is a fault of the program or of a plugin: please report it", NOWHERE)


class _Waivers:
    """The waivers of a run. Nothing is imported for them where there are none."""

    def __init__(self, request: Request, plugins: Plugins, selection: Selection) -> None:
        self._request = request
        self._plugins = plugins
        self._selection = selection
        self._met: Waivers | None = None

    def applied(self, written: Sequence[WrittenWaiver], target: str, findings: Sequence[Finding]) -> Sequence[Finding]:
        """The findings of a deployment as its waivers leave them."""
        return self._all().applied(written, target, findings) if written else findings

    def lost(self, written: Sequence[WrittenWaiver], target: str) -> None:
        """A deployment could not be judged: what its waivers are needed for is not known."""
        if written:
            self._all().unjudged(written, target)

    def _all(self) -> Waivers:
        if self._met is None:
            from guardrails.waivers import Waivers

            self._met = Waivers(
                self._request.config.waivers,
                self._plugins.policies,
                self._selection.policies,
                never=self._selection.never_waived,
                complete=self._selection.complete,
                companions=frozenset(companion.name for companion in self._request.companions),
                day=self._request.today,
            )
        return self._met

    def judged(self, bench: Judge) -> list[Finding]:
        """What there is to say of the waivers themselves."""
        if self._met is None:
            return []
        from guardrails.model.waiver import InlineWaiver

        subjects = self._met.subjects()
        return [found for target in subjects for found in bench.findings_on(InlineWaiver, subjects[target], target)]

    def notices(self) -> Iterable[str]:
        return self._met.notices() if self._met is not None else ()


class _Contexts:
    """What the configuration says about each deployment."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._entries = {root: entry for entry in config.deployments for root in entry.roots}
        self._met: set[str] = set()

    def of(self, deployment: Deployment) -> Context:
        from guardrails.model.context import Context

        root = absolute(deployment.path)
        entry = self._entries.get(root)
        self._met.update(absolute(part.path) for part in deployment.parts or (deployment,))
        roles, account = self._config.roles, self._config.inputs.account
        return Context(
            audit_buckets=roles.get("audit_buckets", ()),
            audit_log_groups=roles.get("audit_log_groups", ()),
            audit_topics=roles.get("audit_topics", ()),
            audit_keys=roles.get("audit_keys", ()),
            watched_destinations=roles.get("watched_destinations", ()),
            account_id=account.get("id", ""),
            region=account.get("region", ""),
            organization_id=account.get("organization_id", ""),
            expects_trail=entry is not None and entry.expects_trail,
        )

    def unused(self, paths: Iterable[str]) -> list[str]:
        """What the configuration says that had no effect: silence about it would look like agreement."""
        scanned = [absolute(path) for path in paths]
        notices: list[str] = []
        for root, entry in self._entries.items():
            if root not in self._met and any(is_below(root, path) for path in scanned):
                notices.append(
                    f"{entry.place}: `{entry.name}` names {os.path.basename(root)}, where no deployment was found"
                )
        return notices
