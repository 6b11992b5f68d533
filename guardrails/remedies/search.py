"""Finds what closes a gap in the code at hand, and proves it: the code is judged again with the change in place.

A proposal is shown only if the code with it parses, the finding is gone, and no other verdict of any policy on any of
the deployments got worse. So what proposes may be generous, and what is proposed for a module is judged for all who
call it.
"""

from __future__ import annotations

import os

from guardrails.findings import Finding, Outcome
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How
from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Verdict
from guardrails.remedies.code import Code, is_terraform, pieces
from guardrails.remedies.edits import RefusedError
from guardrails.remedies.proof import asked, newly_judged, objection
from guardrails.remedies.proposals import Proposals
from guardrails.remedies.steps import AddCondition, AddToList, SetArgument
from guardrails.run import Progress, Scan, run, worlds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.plugins import Plugins
    from guardrails.policy import Policy
    from guardrails.remedies.code import Texts
    from guardrails.remedies.monitoring import Alarms
    from guardrails.remedies.proposals import Draft
    from guardrails.remedies.steps import Alternatives, NoticeCalls, Step
    from guardrails.remedies.templates.proposals import TemplateDraft, TemplateProposals
    from guardrails.run import Request
    from guardrails.selection import Selection

_TRIALS = 20
"""Proposals that are tried for one finding; each costs a scan."""
_FEW = 3
"""Root modules that are all judged again, without a look at which of them a change matters to."""
_REPEATED = 6
"""How often the same steps are taken where a finding comes back from another place, such as the next statement."""


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
        self._code = Code(request.paths)
        self._first: Scan | None = None
        """The code as it is."""

    def all(self, resource: str, progress: Callable[[int, int], None]) -> Remedy:
        texts: Texts = {}
        first = before = self._scan(texts)
        wanted = [one for one in self._failures(before) if resource in ("", one.resource)]
        unknown = tuple(
            one
            for one in before.findings
            if one.policy == self._policy.id and one.outcome is Outcome.UNKNOWN and resource in ("", one.resource)
        )
        alternatives = alternatives_for(self._policy, self._selection)
        closed: list[Finding] = []
        still: list[Open] = []
        for done, finding in enumerate(wanted):  # It grows: what is mended may be judged further.
            progress(done, len(wanted))
            now = next((one for one in self._failures(before) if asked(one) == asked(finding)), None)
            if now is None:  # What closed another one closed this as well.
                closed.append(finding)
                continue
            proved = self._proved(now, alternatives, texts, before)
            if isinstance(proved, tuple):
                texts, before = proved
                closed.append(finding)
                asked_before = {asked(one) for one in wanted}
                further = (one for one in self._failures(before) if asked(one) not in asked_before)
                wanted += [one for one in further if one.resource == finding.resource]
            else:
                here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118 - a text is asked for
                still.append(Open(finding, tuple(dict.fromkeys(why.replace(here, "") for why in proved))))
        changes = tuple(self._change(path, texts[path]) for path in sorted(texts))
        return Remedy(tuple(closed), tuple(still), changes, unknown, newly_judged(first, before), first)

    def _failures(self, scan: Scan) -> list[Finding]:
        return [one for one in scan.findings if one.policy == self._policy.id and one.outcome is Outcome.FAIL]

    def _scan(self, texts: Texts) -> Scan:
        """What is found with these files. Only what they matter to is judged again."""
        if not texts or self._first is None or len(self._first.targets) < _FEW or not all(map(is_terraform, texts)):
            found = run(self._with(texts), self._plugins, self._selection, Progress())
            self._first = self._first or found
            return found
        request = self._with(texts)
        request = changed(request, inputs=changed(request.inputs, changed=tuple(texts)))
        found = run(request, self._plugins, self._selection, Progress())
        judged = {note.target for note in found.targets}
        found.findings += [one for one in self._first.findings if one.target not in judged]
        found.targets += [note for note in self._first.targets if note.target not in judged]
        return found

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
            waiting = [(finding, texts, self._proposals(finding, texts).of(steps, reasons))]
            while waiting:
                asked_of, known, proposals = waiting[-1]
                draft = next(proposals, None)
                if draft is None:
                    waiting.pop()
                    continue
                if draft.texts == known:
                    continue
                if tried == _TRIALS:
                    return [*reasons, f"{_TRIALS} changes were tried"]
                tried += 1
                try:
                    is_new = self._made_by(finding, texts, draft)
                except RefusedError as error:
                    reasons.append(str(error))
                    continue
                after = self._scan(draft.texts)
                why = objection(finding, before, after, is_new)
                if not why:
                    return draft.texts, after
                again = self._left(asked_of, after) if len(waiting) < _REPEATED and _can_repeat(steps) else None
                reasons.append(why)
                if again is not None:
                    waiting.append((again, draft.texts, self._proposals(again, draft.texts).of(steps, reasons)))
        return reasons or ["nothing in the code is such that a known change would apply"]

    def _left(self, finding: Finding, after: Scan) -> Finding | None:
        """The same finding, from another place."""
        for one in self._failures(after):
            if asked(one) == asked(finding) and _places(one) != _places(finding):
                return one
        return None

    def _proposals(self, finding: Finding, texts: Texts) -> Proposals | TemplateProposals:
        file = finding.subject.file or finding.origin.file
        if file and not is_terraform(file):
            from guardrails.remedies.templates.proposals import TemplateProposals  # it is for templates only

            return TemplateProposals(
                self._code,
                finding,
                texts,
                lambda attribute: self._lacks(finding, attribute, texts),
                lambda step, draft, reasons: self._told_of(step, finding.target, draft, reasons),
            )
        return Proposals(
            self._code,
            finding,
            texts,
            lambda attribute: self._lacks(finding, attribute, texts),
            lambda step, draft, reasons: self._told_of(step, finding.target, draft, reasons),
        )

    def _made_by(self, closed: Finding, texts: Texts, draft: Draft | TemplateDraft) -> Callable[[Finding], bool]:
        """Tells the findings about resources that a proposal would add; and of those that it uses for something new,
        such as are no less grave than what would be closed."""
        added = [
            (path, *span)
            for path, text in draft.texts.items()
            for known in [pieces(path, self._code.text(path, texts))]
            for identity, span in pieces(path, text).items()
            if identity not in known
        ]
        used = [
            (one.path, *pieces(one.path, self._code.text(one.path, draft.texts))[one.identity], may_stay_open)
            for one, may_stay_open in draft.used
        ]

        def is_new(finding: Finding) -> bool:
            path, at = os.path.realpath(finding.subject.file), finding.subject.start
            if any(path == file and start <= at < stop for file, start, stop in added):
                return True
            if finding.severity.rank < closed.severity.rank:
                return False
            return any(
                path == file and start <= at < stop and not (stays and finding.outcome is Outcome.UNKNOWN)
                for file, start, stop, stays in used
            )

        return is_new

    def _told_of(
        self, step: NoticeCalls, target: str, texts: Texts, reasons: list[str]
    ) -> Iterator[tuple[str, str] | None]:
        from guardrails.remedies.monitoring import Watching  # it knows all of monitoring

        for world in worlds(self._with(texts), self._plugins, Scan()):
            if world.deployment.home(world.account.address)[0].target == target:
                alarms = self._alarms(texts, in_templates=world.deployment.dialect == "cfn")
                yield from Watching(world.account, alarms, reasons).proposals(step)

    def _alarms(self, texts: Texts, *, in_templates: bool) -> Alarms:
        if in_templates:
            from guardrails.remedies.templates.alarms import TemplateAlarms

            return TemplateAlarms(self._code, texts)
        from guardrails.remedies.alarms import TerraformAlarms, Written

        def find(origin: Origin) -> Written | None:
            place = self._code.place(origin, texts)
            if place is None:
                return None
            path = place.spot.path
            return Written(path, self._code.text(path, texts), self._code.block(place.spot, texts))

        def module(path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
            return ((spot.type, spot.labels) for spot, _ in self._code.module(path, texts))

        return TerraformAlarms(find, module)

    def _lacks(self, finding: Finding, attribute: str, texts: Texts) -> bool:
        """Whether the judged resource surely has nothing that an attribute of the model speaks of."""
        for world in worlds(self._with(texts), self._plugins, Scan()):
            if finding.target in {part.target for part in world.deployment.parts or (world.deployment,)}:
                for resource in world.created(self._policy.on):
                    part, address = world.deployment.home(resource.address)
                    if (part.target, address) == (finding.target, finding.resource):
                        has = getattr(resource, attribute)
                        if isinstance(has, Many):
                            return has.is_empty().verdict is Verdict.TRUE
                        return has.present is False or has.origin.how is How.DEFAULT
        return False

    def _change(self, path: str, after: str) -> Change:
        shown = os.path.relpath(path)
        shown = path if shown.startswith("..") else shown.replace(os.sep, "/")
        return Change(shown, path, self._code.read(path), after)


def _places(finding: Finding) -> list[Origin]:
    return [finding.origin, *(one.origin for one in finding.because)]


def _can_repeat(steps: Sequence[Step]) -> bool:
    """Whether taking the steps again at the same place would change nothing."""
    return all(isinstance(step, SetArgument | AddCondition | AddToList) for step in steps)


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
