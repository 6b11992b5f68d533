"""Finds what closes a gap in the code at hand, and proves it: the code is judged again with the change in place.

A proposal is shown only if the code with it parses, the finding is gone, and no other verdict of any policy on any of
the deployments got worse. So what proposes may be generous, and what is proposed for a module is judged for all who
call it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from guardrails.findings import Finding, Outcome
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How
from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Verdict
from guardrails.remedies.blocks import Whole, written
from guardrails.remedies.edits import (
    ComputedError,
    RefusedError,
    block_around,
    blocks_of,
    with_argument,
    with_block,
    with_text_behind,
    without_blocks,
)
from guardrails.remedies.steps import AddBlock, AddResource, Nested, NoticeCalls, RemoveBlocks, SetArgument
from guardrails.run import Progress, Scan, run, worlds
from guardrails.sources.terraform.hcl.nodes import GetAttribute, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.kernel.origin import Call, Origin
    from guardrails.plugins import Plugins
    from guardrails.policy import Policy
    from guardrails.remedies.steps import Alternatives, BlockStep, Step
    from guardrails.run import Request
    from guardrails.selection import Selection
    from guardrails.sources.terraform.hcl.nodes import Block

_TRIALS = 12
"""Proposals that are tried for one finding; each costs a scan."""


class Change(Record):
    """What one file is to hold instead of what it holds."""

    file: str
    """As reports call it."""
    path: str
    before: str
    after: str


class Open(Record):
    """A finding for which there is no proved remedy, and why."""

    finding: Finding
    reasons: tuple[str, ...]


class Remedy(Record):
    """What was proved: with all changes made, all findings in `closed` are gone."""

    closed: tuple[Finding, ...]
    open: tuple[Open, ...]
    changes: tuple[Change, ...]
    unknown: tuple[Finding, ...]
    """Verdicts that are open, for which nothing is sought."""
    newly: tuple[Finding, ...]
    """What is judged with the changes, not well, and did not apply before."""
    scan: Scan
    """The code as it is."""


Texts = dict[str, str]
"""By real path, what files are taken to hold. Never changed once it is somebody's."""


class Spot(Record):
    """A top-level block, wherever edits have moved it."""

    path: str
    type: str
    labels: tuple[str, ...]

    @property
    def address(self) -> str:
        """As expressions of its module call it."""
        return ".".join(self.labels if self.type == "resource" else (self.type, *self.labels))


class Place(Record):
    """Where a finding leads to: the block, and the calls of modules above it."""

    spot: Spot
    via: tuple[Call, ...]


def search(
    request: Request,
    plugins: Plugins,
    selection: Selection,
    policy: Policy[Any],
    resource: str = "",
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Remedy:
    """A proved remedy for every failure of a policy at the paths; `resource`: of this address only."""
    return _Search(request, plugins, selection, policy).all(resource, progress)


class _Search:
    def __init__(self, request: Request, plugins: Plugins, selection: Selection, policy: Policy[Any]) -> None:
        self._request = request
        self._plugins = plugins
        self._selection = selection
        self._policy = policy
        self._read: Texts = {}
        """Files as they were when they were first looked at: what is written later is meant for that."""
        self._folders = [os.path.realpath(path if Path(path).is_dir() else Path(path).parent) for path in request.paths]

    def all(self, resource: str, progress: Callable[[int, int], None]) -> Remedy:
        texts: Texts = {}
        first = before = self._scan(texts)
        asked = [one for one in self._failures(before) if resource in ("", one.resource)]
        unknown = tuple(
            one
            for one in before.findings
            if one.policy == self._policy.id and one.outcome is Outcome.UNKNOWN and resource in ("", one.resource)
        )
        alternatives = alternatives_for(self._policy, self._selection)
        closed: list[Finding] = []
        still: list[Open] = []
        for done, finding in enumerate(asked):
            progress(done, len(asked))
            now = next((one for one in self._failures(before) if _who(one) == _who(finding)), None)
            if now is None:  # What closed another one closed this as well.
                closed.append(finding)
                continue
            proved = self._proved(now, alternatives, texts, before)
            if isinstance(proved, tuple):
                texts, before = proved
                closed.append(finding)
            else:
                still.append(Open(finding, tuple(dict.fromkeys(proved))))
        changes = tuple(self._change(path, texts[path]) for path in sorted(texts))
        return Remedy(tuple(closed), tuple(still), changes, unknown, newly_judged(first, before), first)

    def _failures(self, scan: Scan) -> list[Finding]:
        return [one for one in scan.findings if one.policy == self._policy.id and one.outcome is Outcome.FAIL]

    def _scan(self, texts: Texts) -> Scan:
        return run(self._with(texts), self._plugins, self._selection, Progress())

    def _with(self, texts: Texts) -> Request:
        overlay = {path: text.encode() for path, text in texts.items()}
        return changed(self._request, inputs=changed(self._request.inputs, overlay=overlay))

    def _proved(
        self, finding: Finding, alternatives: Alternatives, texts: Texts, before: Scan
    ) -> tuple[Texts, Scan] | list[str]:
        """What the files are to hold, and what is found then; else why nothing was proved."""
        if not alternatives:
            return [f"no change of code is known that answers {self._policy.id}"]
        reasons: list[str] = []
        tried = 0
        for steps in alternatives:
            proposals = self._proposals(steps, finding, texts, reasons)
            for proposal in proposals:
                if tried == _TRIALS:
                    return [*reasons, f"{_TRIALS} changes were tried"]
                if proposal == texts:
                    continue
                tried += 1
                after = self._scan(proposal)
                why = objection(finding, before, after, self._made_by(texts, proposal))
                if not why:
                    return proposal, after
                reasons.append(why)
        return reasons or ["nothing in the code is such that a known change would apply"]

    def _made_by(self, texts: Texts, proposal: Texts) -> Callable[[Finding], bool]:
        """Tells the findings about resources that a proposal would add."""
        added: list[tuple[str, int, int]] = []
        for path, text in proposal.items():
            known = {(block.type, block.labels) for block in blocks_of(path, self._text(path, texts))}
            new = (block for block in blocks_of(path, text) if (block.type, block.labels) not in known)
            added += [(path, block.start, block.stop) for block in new]

        def is_new(finding: Finding) -> bool:
            path, at = os.path.realpath(finding.subject.file), finding.subject.start
            return any(path == file and start <= at < stop for file, start, stop in added)

        return is_new

    # --- from steps to texts

    def _proposals(self, steps: Sequence[Step], finding: Finding, texts: Texts, reasons: list[str]) -> Iterator[Texts]:
        if not steps:
            yield texts
            return
        step, rest = steps[0], steps[1:]
        if isinstance(step, NoticeCalls):
            for made in self._told_of(step, finding, texts, reasons):
                yield from self._proposals(rest, finding, made, reasons)
            return
        for place in self._places(step, finding, texts, reasons):
            try:
                made = self._made(step, place, finding, texts)
            except RefusedError as error:
                reasons.append(str(error))
                continue
            yield from self._proposals(rest, finding, made, reasons)

    def _told_of(self, step: NoticeCalls, finding: Finding, texts: Texts, reasons: list[str]) -> Iterator[Texts]:
        from guardrails.remedies.monitoring import Written, proposals  # it knows all of monitoring

        def find(origin: Origin) -> Written | None:
            place = self._place(origin, texts)
            if place is None:
                return None
            text = self._text(place.spot.path, texts)
            return Written(place.spot.path, text, _find(place.spot, text))

        def module(path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
            return ((spot.type, spot.labels) for spot, _ in self._module(path, texts))

        for world in worlds(self._with(texts), self._plugins, Scan()):
            if world.deployment.target == finding.target:
                for path, text in proposals(world.account, step, find, module, reasons):
                    yield {**texts, path: text}

    def _places(self, step: BlockStep, finding: Finding, texts: Texts, reasons: list[str]) -> list[Place]:
        """The blocks that a step may be about."""
        try:
            subject = self._place(finding.subject, texts)
        except RefusedError as error:
            reasons.append(str(error))
            return []
        wanted = step.beside if isinstance(step, AddResource) else step.on
        if not wanted:
            return [subject] if subject is not None else []
        found: list[Place] = []
        for origin in (finding.subject, finding.origin, *(one.origin for one in finding.because)):
            try:
                place = self._place(origin, texts)
            except RefusedError as error:
                reasons.append(str(error))
                continue
            if place is not None and place.spot.labels[:1] and place.spot.labels[0] in wanted:
                found.append(place)
        if subject is not None:
            mention = re.compile(rf"\b{re.escape(subject.spot.address)}\b")
            for spot, text in self._module(subject.spot.path, texts):
                if spot.labels and spot.labels[0] in wanted and mention.search(text):
                    found.append(Place(spot, subject.via))
        return list(dict.fromkeys(found))

    def _place(self, origin: Origin, texts: Texts) -> Place | None:
        """The block that a place stands in; None for what has no place."""
        if origin.source is None:
            return None
        path = self._real(origin.source.path)
        text = self._text(path, texts)
        if text != origin.source.text:
            raise RefusedError(
                f"{origin.source.path} is not what was judged: it changed meanwhile, or begins with a mark"
            )
        block = block_around(path, text, origin.start)
        return Place(Spot(path, block.type, block.labels), origin.via) if block is not None else None

    def _made(self, step: BlockStep, place: Place, finding: Finding, texts: Texts) -> Texts:
        path = place.spot.path
        text = self._text(path, texts)
        block = _find(place.spot, text)
        subject = self._subject(finding, place, texts)
        if isinstance(step, SetArgument):
            return self._set(step.within, step.name, _filled(step.value, subject), place, texts)
        if isinstance(step, AddBlock):
            return {**texts, path: with_block(path, text, block.start, step.within, _nested(step.block, subject))}
        if isinstance(step, RemoveBlocks):
            return {**texts, path: without_blocks(path, text, block.start, step.types)}
        for origin in (finding.origin, *(one.origin for one in finding.because)):
            there = self._place(origin, texts)
            if there is not None and there.spot.labels[:1] == (step.type,) and there.spot != place.spot:
                raise RefusedError(f"{there.spot.path} has such a resource already: `{there.spot.address}`")
        if step.unless and not self._lacks(finding, step.unless, texts):
            raise RefusedError(f"`{finding.resource}` may have an `{step.type}` already, which cannot be changed here")
        mention = re.compile(rf"\b{re.escape(place.spot.address)}\b")
        taken: set[str] = set()
        for spot, said in self._module(path, texts):
            if spot.labels[:1] == (step.type,):
                taken.add(spot.labels[-1])
                if mention.search(said):
                    raise RefusedError(f"`{spot.address}` is there already and differs")
        label = next(
            name for number in range(1, 1000) if (name := _numbered(place.spot.labels[-1], number)) not in taken
        )
        new = written(
            Whole(
                "resource",
                (step.type, label),
                {
                    **_repetition(place.spot, block),
                    **{name: _filled(value, subject) for name, value in step.arguments.items()},
                },
                tuple(_nested(one, subject) for one in step.blocks),
            )
        )
        return {**texts, path: with_text_behind(path, text, block.start, new)}

    def _lacks(self, finding: Finding, attribute: str, texts: Texts) -> bool:
        """Whether the judged resource surely has nothing that an attribute of the model speaks of."""
        for world in worlds(self._with(texts), self._plugins, Scan()):
            if world.deployment.target == finding.target:
                for resource in world.created(self._policy.on):
                    if resource.address == finding.resource:
                        has = getattr(resource, attribute)
                        if isinstance(has, Many):
                            return has.is_empty().verdict is Verdict.TRUE
                        return has.present is False or has.origin.how is How.DEFAULT
        return False

    def _subject(self, finding: Finding, place: Place, texts: Texts) -> str:
        """What `{subject}` stands for where a change is made."""
        judged = self._place(finding.subject, texts) or place
        reference = _reference(judged.spot, _find(judged.spot, self._text(judged.spot.path, texts)))
        if judged.spot != place.spot and (
            "[" in reference or Path(judged.spot.path).parent != Path(place.spot.path).parent
        ):
            return ""
        return reference

    def _set(self, within: Sequence[str], name: str, value: str, place: Place, texts: Texts) -> Texts:
        """An argument set where its value comes from: in the block, or in a call of the module that it is in."""
        path = place.spot.path
        text = self._text(path, texts)
        try:
            made = with_argument(path, text, _find(place.spot, text).start, within, name, value)
        except ComputedError as error:
            handed_in = error.argument.value
            if (
                isinstance(handed_in, GetAttribute)
                and isinstance(handed_in.target, Name)
                and handed_in.target.name == "var"
                and place.via
            ):
                call = place.via[-1]
                caller = self._real(call.source.path)
                block = block_around(caller, self._text(caller, texts), call.offset)
                if block is not None and block.type == "module":
                    above = Place(Spot(caller, block.type, block.labels), place.via[:-1])
                    return self._set((), handed_in.name, value, above, texts)
            raise
        return {**texts, path: made}

    # --- files

    def _real(self, shown: str) -> str:
        """The file that reports call so, if it is one to edit."""
        path = os.path.realpath(shown)
        if not path.endswith((".tf", ".tofu")):
            raise RefusedError(f"{shown} is not written in Terraform's own syntax")
        inside = [path[len(folder) :] for folder in self._folders if path.startswith(folder.rstrip(os.sep) + os.sep)]
        if not inside:
            raise RefusedError(f"{shown} lies outside of {', '.join(self._request.paths)}: name a folder that holds it")
        if all(f"{os.sep}." in rest for rest in inside):
            raise RefusedError(f"{shown} was downloaded: what is changed there is lost")
        return path

    def _text(self, path: str, texts: Texts) -> str:
        if path in texts:
            return texts[path]
        if path not in self._read:
            self._read[path] = read(path)
        return self._read[path]

    def _module(self, path: str, texts: Texts) -> Iterator[tuple[Spot, str]]:
        """The top-level blocks of the module that a file belongs to, each with its text."""
        for file in sorted(Path(path).parent.iterdir()):
            if file.suffix in (".tf", ".tofu") and file.is_file():
                try:
                    text = self._text(str(file), texts)
                    for block in blocks_of(str(file), text):
                        yield Spot(str(file), block.type, block.labels), text[block.start : block.stop]
                except RefusedError:
                    continue

    def _change(self, path: str, after: str) -> Change:
        shown = os.path.relpath(path)
        return Change(path if shown.startswith("..") else shown.replace(os.sep, "/"), path, self._read[path], after)


def read(path: str) -> str:
    """What a file holds, line endings as they are."""
    try:
        return Path(path).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"{path} cannot be read: {error}") from error


def alternatives_for(policy: Policy[Any], selection: Selection) -> Alternatives:
    """What the policy's author knows to do about it, from the module `_remedies` beside the policy's own."""
    from importlib import import_module
    from importlib.util import find_spec

    package = policy.module.rpartition(".")[0]
    if not package or find_spec(f"{package}._remedies") is None:
        return ()
    known: Mapping[str, Callable[[Any], Alternatives]] = import_module(f"{package}._remedies").REMEDIES
    made = known.get(policy.id)
    policy.load()
    return made(selection.settings_for(policy)) if made is not None else ()


# --- the proof --------------------------------------------------------------------------------------------------------


def objection(finding: Finding, before: Scan, after: Scan, is_new: Callable[[Finding], bool] = lambda _: True) -> str:
    """Why a change is no remedy for a finding; empty if it is one. `is_new` tells findings about resources that the
    change adds: these must not fail. Of those that were there a policy may speak that did not apply before (see
    `newly_judged`)."""
    broken = [gap.detail for gap in after.all_gaps() if gap.incomplete]
    if len(broken) > sum(gap.incomplete for gap in before.all_gaps()):
        return f"a change was tried with which {broken[-1]}"
    same = [one for one in after.findings if _who(one)[:3] == _who(finding)[:3]]
    left = [one for one in same if one.message == finding.message and one.outcome is not Outcome.PASS]
    if left:
        return f"a change was tried that leaves it at `{left[0].outcome.value}`{_because(left[0])}"
    if not any(one.outcome is Outcome.PASS for one in same):
        return "a change was tried after which the policy no longer judges the resource"
    was, now = _tally(before.findings), _tally(after.findings)
    for one in after.findings:
        who = (one.policy, one.target, one.resource)
        if (who in was or is_new(one)) and now[who] > was.get(who, (0, 0, 0, 0)):
            return f"a change was tried that makes {one.policy} worse on `{one.resource}`"
    return ""


def newly_judged(before: Scan, after: Scan) -> tuple[Finding, ...]:
    """What fails or is open afterwards and was no question before: a trail that is switched on is judged by what it
    records. No verdict got worse, for there was none; but whoever makes the change should know."""
    was = _tally(before.findings)
    bad = (Outcome.FAIL, Outcome.UNKNOWN)
    return tuple(
        one for one in after.findings if one.outcome in bad and (one.policy, one.target, one.resource) not in was
    )


def _because(finding: Finding) -> str:
    return f": {finding.because[0].detail}" if finding.because else ""


def _tally(findings: Iterable[Finding]) -> dict[tuple[str, str, str], tuple[int, int, int, int]]:
    """How bad it is by policy, target and resource: errors, failures, the severity of the worst of these, unknowns."""
    found: dict[tuple[str, str, str], tuple[int, int, int, int]] = {}
    for one in findings:
        who = (one.policy, one.target, one.resource)
        errors, failures, worst, unknowns = found.get(who, (0, 0, 0, 0))
        failed = one.outcome is Outcome.FAIL
        found[who] = (
            errors + (one.outcome is Outcome.ERROR),
            failures + failed,
            max(worst, one.severity.rank) if failed else worst,
            unknowns + (one.outcome is Outcome.UNKNOWN),
        )
    return found


def _who(finding: Finding) -> tuple[str, str, str, str]:
    return finding.policy, finding.target, finding.resource, finding.message


# --- blocks -----------------------------------------------------------------------------------------------------------


def _find(spot: Spot, text: str) -> Block:
    found = [block for block in blocks_of(spot.path, text) if (block.type, block.labels) == (spot.type, spot.labels)]
    if len(found) != 1:
        raise RefusedError(f"{spot.path} has {len(found)} blocks `{spot.address}`")
    return found[0]


def _reference(spot: Spot, block: Block) -> str:
    """An instance of a resource as another that is repeated in step with it calls it."""
    if "count" in block.body.arguments:
        return f"{spot.address}[count.index]"
    return f"{spot.address}[each.key]" if "for_each" in block.body.arguments else spot.address


def _repetition(spot: Spot, block: Block) -> dict[str, str]:
    if "count" in block.body.arguments:
        return {"count": f"length({spot.address})"}
    return {"for_each": spot.address} if "for_each" in block.body.arguments else {}


def _filled(value: str, subject: str) -> str:
    if "{subject}" not in value:
        return value
    if not subject:
        raise RefusedError("the resource cannot be referred to from where the change has to be made")
    return value.replace("{subject}", subject)


def _nested(block: Nested, subject: str) -> Nested:
    arguments = {name: _filled(value, subject) for name, value in block.arguments.items()}
    return Nested(block.type, arguments, tuple(_nested(one, subject) for one in block.blocks))


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
