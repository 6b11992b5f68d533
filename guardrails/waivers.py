"""Waivers that are written beside the code: what they ask for, which verdicts they cover, and what is wrong with them.

A source says where waivers are written and what they stand at (`WrittenWaiver`). Here their text is read, and after a
deployment was judged its failures and open verdicts that a waiver covers become WAIVED. The waivers themselves are
judged last, by policies like everything else: only then is it known which of them were needed.
"""

from __future__ import annotations

from bisect import bisect_right

from guardrails.findings import Finding, Outcome, Waiver, of_companion
from guardrails.kernel.block import Location
from guardrails.kernel.origin import How, Origin
from guardrails.kernel.record import changed
from guardrails.kernel.truth import Fact, Truth, all_of, decide, true, unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model.waiver import InlineWaiver
from guardrails.plugins import did_you_mean
from guardrails.waiver_text import is_day, read, today

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from guardrails.config import WaiverRules
    from guardrails.kernel.block import WrittenWaiver
    from guardrails.policy import Policy
    from guardrails.waiver_text import Asked


_MOST_SUGGESTED = 100
"""Unknown names in a run for which the nearest known one is looked for."""
_LONG = 80


class _Entry:
    """One waiver with all that became of it in the deployments that contain it."""

    def __init__(self, written: WrittenWaiver, asked: Asked) -> None:
        self.written = written
        self.asked = asked
        self.target = ""
        """The first deployment that contains it, by name."""
        self.everywhere = True
        """Whether all deployments that contain it were judged."""
        self.policies: dict[str, str] = {}
        """Id → name as written, of the policies that it names and that may be waived."""
        self.lacking: tuple[str, ...] = ()
        """What it must give and does not."""
        self.unknown: list[str] = []
        """What is wrong with names of policies."""
        self.unclear: list[str] = []
        """Names that may be those of policies which were not loaded."""
        self.forbidden: list[str] = []
        """Names of policies that may not be waived."""
        self.expired = False
        self.effective = False
        """Whether it waives anything at all."""
        self.used: set[str] = set()
        """The ids of the policies that find something there which it waives."""
        self.doubtful: set[str] = set()
        """Those that could not say what they find there."""
        self.missed: dict[str, Finding] = {}
        """Policy id → a finding close by that it does not cover."""


class _Ranges:
    """The waivers of one policy by the ranges of one file that they cover, to be asked by position."""

    def __init__(self) -> None:
        self._items: list[tuple[int, int, _Entry]] = []
        self._starts: list[int] | None = None
        self._reach: list[int] = []

    def add(self, start: int, stop: int, entry: _Entry) -> None:
        self._items.append((start, stop, entry))

    def around(self, start: int, stop: int) -> Iterator[_Entry]:
        """The waivers whose ranges hold a place, the nearest first."""
        if self._starts is None:
            self._items.sort(key=lambda item: (item[0], -item[1]))
            self._starts = [item[0] for item in self._items]
            reach = 0
            for item in self._items:
                reach = max(reach, item[1])
                self._reach.append(reach)
        at = bisect_right(self._starts, start) - 1
        while at >= 0 and self._reach[at] >= stop:
            if self._items[at][1] >= stop:
                yield self._items[at][2]
            at -= 1


class Waivers:
    """The waivers of a whole run."""

    def __init__(
        self,
        rules: WaiverRules,
        known: Sequence[Policy[Any]],
        judging: Iterable[Policy[Any]],
        *,
        never: frozenset[str] = frozenset(),
        complete: bool = True,
        companions: frozenset[str] = frozenset(),
        day: str = "",
    ) -> None:
        """`never` are the ids of the policies that may not be waived, and patterns for rules of other programs.
        `complete` is False where some policies could not or may not be loaded, so that `known` are not all.
        `companions` are the other programs that were asked. `day` is what counts as today."""
        self._rules = rules
        self._judging = {policy.id for policy in judging}
        self._never = never
        self._complete = complete
        self._companions = companions
        self._today = day or today()
        self._by_name = {name.lower(): p for p in known for name in (p.id, p.name, *p.aliases)}
        self._entries: dict[tuple[str, int], _Entry] = {}
        self._suggested = 0

    # Covering

    def applied(self, written: Iterable[WrittenWaiver], target: str, findings: Sequence[Finding]) -> list[Finding]:
        """The findings of one deployment, those that its waivers cover turned into waived ones."""
        covering = _Book()
        near = _Book()
        for one in written:
            entry = self._met(one, target)
            for policy in entry.policies:
                covering.add(policy, one.covers, entry)
                near.add(policy, one.within, entry)
        return [
            _judged(finding, covering, near) if finding.policy in covering.by_policy else finding
            for finding in findings
        ]

    def unjudged(self, written: Iterable[WrittenWaiver], target: str) -> None:
        """Take note of the waivers of a deployment that could not be judged."""
        for one in written:
            self._met(one, target).everywhere = False

    def _met(self, written: WrittenWaiver, target: str) -> _Entry:
        key = (written.origin.file, written.origin.start)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = self._understood(written)
            entry.target = target
        entry.target = min(entry.target, target)
        entry.everywhere = entry.everywhere and written.everywhere
        return entry

    def _understood(self, written: WrittenWaiver) -> _Entry:
        asked = read(written.text)
        entry = _Entry(written, asked)
        entry.lacking = tuple(self._lacking(asked))
        entry.expired = bool(asked.until) and is_day(asked.until) and asked.until < self._today
        entry.effective = not (asked.faults or entry.lacking or entry.expired) and bool(written.covers)
        for name in asked.names:
            policy = self._by_name.get(name.lower())
            if policy is None and of_companion(name):
                if self._may_not(name):
                    entry.forbidden.append(name)
                else:
                    entry.policies[name] = name
            elif policy is None:
                if self._complete:
                    entry.unknown.append(f"there is no policy `{_short(name)}`{self._suggestion(name)}")
                else:
                    entry.unclear.append(name)
            elif policy.on is InlineWaiver:
                entry.unknown.append(f"`{name}` is about waivers: switch it off in the configuration instead")
            elif policy.id in self._never:
                entry.forbidden.append(name)
            else:
                entry.policies[policy.id] = name
        return entry

    def _may_not(self, rule: str) -> bool:
        """Whether a rule of another program may not be waived."""
        from fnmatch import fnmatchcase

        return any(of_companion(pattern) and fnmatchcase(rule, pattern) for pattern in self._never)

    def _suggestion(self, name: str) -> str:
        """The nearest name. To find it takes a millisecond, which a text full of unknown names must not multiply."""
        self._suggested += 1
        if self._suggested > _MOST_SUGGESTED or len(name) > _LONG:
            return ""
        return did_you_mean(name, self._waivable())

    def _waivable(self) -> Iterator[str]:
        for policy in dict.fromkeys(self._by_name.values()):
            if policy.on is not InlineWaiver:
                yield from (policy.id, policy.name, *policy.aliases)

    def _lacking(self, asked: Asked) -> Iterator[str]:
        """What a waiver must give by the rules of this run, and does not."""
        if asked.faults:
            return
        if self._rules.require_reason and not asked.reason:
            yield "it gives no reason: write ` -- ` and the reason behind the policies"
        if not asked.until:
            if self._rules.require_until:
                yield "it has no end: write `, until 2027-01-31` behind the reason"
        elif self._rules.max_days and is_day(asked.until):
            days = _days(self._today, asked.until)
            if days > self._rules.max_days:
                yield f"it holds for {days} days from now, and at most {self._rules.max_days} are allowed"

    # What there is to say about them

    def subjects(self) -> dict[str, list[InlineWaiver]]:
        """All waivers for policies to judge, by the first target that contains them."""
        found: dict[str, list[InlineWaiver]] = {}
        for key in sorted(self._entries):
            entry = self._entries[key]
            found.setdefault(entry.target, []).append(self._subject(entry))
        return found

    def _subject(self, entry: _Entry) -> InlineWaiver:
        written, asked = entry.written, entry.asked
        place = written.origin.named(f"waiver of {', '.join(sorted(asked.names))}")
        known = _none_of(entry.unknown, place.named(f"{place.attribute}: policies"))
        if entry.unclear:
            known &= unknown(*(_perhaps_elsewhere(name, place) for name in entry.unclear))
        return InlineWaiver(
            address=written.subject or written.origin.file,
            type="waiver",
            exists=true(),
            owned=True,
            origin=place,
            location=Location("", Value.unset(), Value.unset()),
            name=Value.of(" ".join(asked.names), place),
            protected=Value.of(False, place),
            readable=_none_of(asked.faults, place.named(f"{place.attribute}: text")),
            known=known,
            complete=_none_of(entry.lacking, place.named(f"{place.attribute}: content")),
            placed=_none_of(() if written.covers else (_AT_NOTHING,), place.named(f"{place.attribute}: place")),
            in_force=decide(
                not entry.expired, Fact(f"it held until {asked.until}" if asked.until else "no end", place)
            ),
            permitted=_none_of([f"`{name}` may not be waived here" for name in entry.forbidden], place),
            used=all_of(self._use(entry, policy, place) for policy in entry.policies if self._judges(policy)),
        )

    def _judges(self, policy: str) -> bool:
        return policy in self._judging or policy.partition("/")[0] in self._companions

    def _use(self, entry: _Entry, policy: str, place: Origin) -> Truth:
        name = entry.policies[policy]
        if policy in entry.used:
            return true(Fact(f"`{name}` finds something there", place))
        whose = f" for {', '.join(entry.asked.keys)}" if entry.asked.keys else ""
        fact = Fact(f"`{name}` finds nothing there{whose}", place)
        missed = entry.missed.get(policy)
        if missed is not None:
            detail = f"`{name}` is decided at line {_lines(missed)}, beyond what this covers: write it at the resource"
            fact = Fact(detail, place)
        if policy in entry.doubtful:
            reason = Reason(Why.INVALID, f"`{name}` could not judge what stands there", "", place)
        elif not entry.everywhere:
            detail = "it is part of a module that is used by others than were judged"
            reason = Reason(Why.ELSEWHERE, detail, "scan all that use the module", place)
        else:
            return decide(False, fact)
        return unknown(reason, facts=(fact,))

    def notices(self) -> Iterator[str]:
        """The waivers that end soon and are still needed."""
        for key in sorted(self._entries):
            entry = self._entries[key]
            if not (entry.effective and entry.used and entry.asked.until):
                continue
            days = _days(self._today, entry.asked.until)
            if days <= self._rules.notice_days:
                names = ", ".join(f"`{entry.policies[policy]}`" for policy in entry.policies)
                when = "today" if not days else "tomorrow" if days == 1 else f"in {days} days"
                origin = entry.written.origin
                yield (
                    f"{origin.file}:{origin.line}: the waiver of {names} for `{entry.written.subject}`"
                    f" ends {when}, on {entry.asked.until}: {entry.asked.reason}"
                )


_AT_NOTHING = "it stands at no resource, block, attribute or module call: write it directly above one, or inside"


def _short(name: str) -> str:
    return name if len(name) <= _LONG else f"{name[:_LONG]}…"


def _none_of(faults: Sequence[str], place: Origin) -> Truth:
    """FALSE where something is wrong."""
    return all_of(decide(False, Fact(fault, place)) for fault in faults)


def _perhaps_elsewhere(name: str, place: Origin) -> Reason:
    detail = f"there is no policy `{name}` here, and some policies were not loaded: it may be one of theirs"
    return Reason(Why.ELSEWHERE, detail, "load all policies", place)


class _Book:
    """Waivers by policy, and by file and range."""

    def __init__(self) -> None:
        self.by_policy: dict[str, dict[str, _Ranges]] = {}

    def add(self, policy: str, ranges: Iterable[Origin], entry: _Entry) -> None:
        by_file = self.by_policy.setdefault(policy, {})
        for origin in ranges:
            by_file.setdefault(origin.file, _Ranges()).add(origin.start, origin.stop, entry)

    def around(self, policy: str, file: str, start: int, stop: int) -> Iterator[_Entry]:
        """The waivers of a policy that cover a place, the nearest first."""
        found = self.by_policy.get(policy, {}).get(file)
        return iter(()) if found is None else found.around(start, stop)

    def covering(self, finding: Finding) -> list[_Entry]:
        """The waivers whose ranges hold the place of a finding, the head of its resource, or a call above either."""
        found: dict[_Entry, None] = {}
        for origin in (finding.origin, finding.subject):
            if origin.start < origin.stop:  # An empty range stands for a deployment as a whole.
                found.update(dict.fromkeys(self.around(finding.policy, origin.file, origin.start, origin.stop)))
        for origin in (finding.origin, finding.subject):
            for call in reversed(origin.via):
                path, at = call.source.path, call.offset
                found.update(dict.fromkeys(self.around(finding.policy, path, at, at + 1)))
        return list(found)


def _judged(finding: Finding, covering: _Book, near: _Book) -> Finding:
    """The finding as it is once the waivers have had their say; they take note of it."""
    if finding.outcome is Outcome.PASS:
        return finding
    here = [entry for entry in covering.covering(finding) if _means_instance(entry, finding)]
    if finding.outcome is Outcome.ERROR:
        for entry in here:
            entry.doubtful.add(finding.policy)
        return finding
    effective = [entry for entry in here if entry.effective]
    whole = [entry for entry in effective if not entry.written.within]
    holding = list(whole)
    if not whole and effective:
        beside = _beside(finding, effective[0], covering)
        if None not in beside:
            holding = [*effective, *(entry for entry in beside if entry is not None)]
    if not holding:
        for entry in (*here, *near.covering(finding)):
            entry.missed.setdefault(finding.policy, finding)
        return finding
    for entry in (*effective, *holding):
        entry.used.add(finding.policy)
    chosen = holding[0]
    waiver = Waiver(chosen.asked.reason, chosen.asked.until, chosen.written.origin, finding.outcome)
    return changed(finding, outcome=Outcome.WAIVED, waiver=waiver)


def _beside(finding: Finding, part: _Entry, covering: _Book) -> list[_Entry | None]:
    """For every fact that decided a finding and stands in the same resource as a waived part of it, but not in that
    part: another waiver that covers it, or None. A waiver for one statement does not cover the next one as well."""
    found: list[_Entry | None] = []
    for because in finding.because:
        origin = because.origin
        if because.why or origin.how is not How.WRITTEN:
            continue
        if not any(_holds(whole, origin) and origin.start != whole.start for whole in part.written.within):
            continue
        if any(_holds(covered, origin) or _holds(origin, covered) for covered in part.written.covers):
            continue
        others = covering.around(finding.policy, origin.file, origin.start, origin.stop)
        found.append(next((entry for entry in others if entry.effective), None))
    return found


def _holds(outer: Origin, inner: Origin) -> bool:
    return outer.file == inner.file and outer.start <= inner.start and inner.stop <= outer.stop


def _means_instance(entry: _Entry, finding: Finding) -> bool:
    """Whether a waiver that names instance keys means the instance that a finding is about."""
    keys = entry.asked.keys
    if not keys:
        return True
    for place in entry.written.within or entry.written.covers:
        for call in (*finding.subject.via, *finding.origin.via):
            if call.source.path == place.file and place.start <= call.offset < place.stop:
                return call.name.endswith(keys)
        if _holds(place, finding.subject):
            return finding.resource.endswith(keys)
    return False


def _lines(finding: Finding) -> str:
    """The lines in one file by which a finding was decided."""
    lines = {finding.origin.line}
    lines.update(b.origin.line for b in finding.because if not b.why and b.origin.file == finding.origin.file)
    return " and ".join(map(str, sorted(lines)))


def _days(start: str, end: str) -> int:
    import datetime

    return (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days
