"""Follows accounts through the snapshots of a folder: judges each, and works out what changed where a verdict turned.

No more than two snapshots are open at a time: that which is judged, and that from which a verdict turned.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from guardrails.drift.history import Observation, Recorder, explained, places
from guardrails.drift.snapshots import changes_of, places_in
from guardrails.findings import GapNote
from guardrails.kernel.origin import Origin, WholeFile
from guardrails.sources.aws.deployment import Fleet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from guardrails.drift.folder import Folder, Found
    from guardrails.drift.history import History, Turn
    from guardrails.findings import Finding, Result
    from guardrails.lower.world import World
    from guardrails.sources.aws.deployment import LiveAccount
    from guardrails.sources.aws.stored import Store

    Opening = Callable[[str], AbstractContextManager[Store]]
    """What opens a snapshot by the name of its file."""
    Judging = Callable[[Sequence[LiveAccount]], Result]
    Lowering = Callable[[Sequence[LiveAccount]], list[World]]


def follow(folder: Folder, opened: Opening, judge: Judging, worlds_of: Lowering, policies: Sequence[str]) -> History:
    """When verdicts of the policies turned, and why."""
    following = _Following(opened, judge, worlds_of)
    try:
        for found in folder.snapshots:
            following.next(found)
    finally:
        following.close()
    gaps = [*folder.gaps, *following.gaps, *(gap for newest in following.newest.values() for gap in newest)]
    notices = [*folder.notices, *following.notices, *_read_for_others(folder, policies)]
    return following.recorder.history(gaps, notices)


def _read_for_others(folder: Folder, policies: Sequence[str]) -> Iterable[str]:
    """Snapshots that say nothing for some of the policies: their verdicts were left out there."""
    by_lack: dict[tuple[str, ...], list[str]] = {}
    for one in folder.snapshots:
        lack = tuple(policy for policy in policies if one.policies and policy not in one.policies)
        if lack:
            by_lack.setdefault(lack, []).append(one.file)
    for lack, files in by_lack.items():
        where = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
        named = ", ".join(lack[:5]) + (f" and {len(lack) - 5} more" if len(lack) > 5 else "")
        yield f"not judged in {where}, which {'was' if len(files) == 1 else 'were'} read for other policies: {named}"


class _Following:
    def __init__(self, opened: Opening, judge: Judging, worlds_of: Lowering) -> None:
        self._opened = opened
        self._judge = judge
        self._worlds_of = worlds_of
        self.recorder = Recorder()
        self.gaps: list[GapNote] = []
        self.notices: list[str] = []
        self.newest: dict[str, tuple[GapNote, ...]] = {}
        """By account, what it refused when it was read last."""
        self._kept = ExitStack()
        self._last: tuple[str, Fleet] | None = None
        """The snapshot that was judged last, still open."""

    def next(self, found: Found) -> None:
        with ExitStack() as stack:
            try:
                fleet = self._fleet(found.file, stack)
            except Exception as error:
                # It was readable a moment ago.
                what = f"it cannot be read any more: {error}"
                self.gaps.append(GapNote("INVALID", what, "leave the folder alone meanwhile", _at(found.file)))
                return
            turns = self._judged(found, fleet)
            for file, same in turns.items():
                self._explain(same, file, fleet)
            self._kept.close()
            self._kept, self._last = stack.pop_all(), (found.file, fleet)

    def close(self) -> None:
        self._kept.close()
        self._last = None

    def _fleet(self, file: str, stack: ExitStack) -> Fleet:
        store = stack.enter_context(self._opened(file))
        return Fleet(store.ids(), store.read, store.buckets(), places_in(file))

    def _judged(self, found: Found, fleet: Fleet) -> dict[str, list[Turn]]:
        """What turned, by the file of the time before."""
        result = self._judge([one for one in fleet.accounts if one.target in found.accounts])
        self.gaps += result.gaps
        self.notices += result.notices
        findings: dict[str, list[Finding]] = {}
        for finding in result.findings:
            findings.setdefault(finding.target, []).append(finding)
        self.newest.update((note.target, note.gaps) for note in result.targets)
        turned: dict[str, list[Turn]] = {}
        for account in fleet.accounts:
            time = found.accounts.get(account.target)
            if time is None:
                continue
            last = self.recorder.last(account.target)
            seen = Observation(account.target, time, found.file)
            turns = self.recorder.observe(
                seen,
                findings.pop(account.target, ()),
                found.policies,
                partial(_unread, account),
                {account.target, *(one.address for one in account.snapshot.resources)},
            )
            if last is not None and turns:
                turned.setdefault(last.file, []).extend(turns)
            account.release()
        return turned

    def _explain(self, turns: list[Turn], file: str, fleet: Fleet) -> None:
        wanted = places(turns)
        with ExitStack() as stack:
            try:
                before = self._last[1] if self._last is not None and self._last[0] == file else self._fleet(file, stack)
                earlier = self._worlds_of([one for one in before.accounts if one.target in wanted])
                later = self._worlds_of([one for one in fleet.accounts if one.target in wanted])
                changes = changes_of(earlier, later, wanted)
            except Exception as error:
                what = f"what changed since {file} could not be worked out: {type(error).__name__}: {error}"
                self.gaps.append(GapNote("INTERNAL", what, "please report it", _at(turns[0].file)))
                changes, earlier, later = [], [], []
            self.recorder.tell(explained(turns, changes))
            for world in (*earlier, *later):
                world.close()
                world.deployment.release()


def _unread(account: LiveAccount, finding: Finding) -> str:
    """Why what a verdict was about may be there although it was not read."""
    if finding.resource == account.target:
        return ""
    arn = finding.resource.split(":", 5)
    reason = account.unread(finding.type, arn[3] if arn[0] == "arn" and len(arn) == 6 else "")
    return reason.detail if reason is not None else ""


def _at(file: str) -> Origin:
    return Origin(WholeFile(file))
