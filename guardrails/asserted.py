"""What verdicts on code hang on beside the code: assertions of the configuration, and a snapshot. What became of the
assertions of a run: which of them decided a verdict, and which are over, unused or contradicted.

Whether one decided a verdict is found out by judging without it: what comes out the same did not hang on it.
"""

from __future__ import annotations

from guardrails.findings import Because, Finding, GapNote
from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.record import changed
from guardrails.kernel.value import Value
from guardrails.lower.elsewhere import KINDS, AssertedIn, Elsewhere
from guardrails.lower.world import place_of
from guardrails.model import (
    AuditTrail,
    Bucket,
    EncryptionKey,
    EventDataStore,
    LogGroup,
    MetricAlarm,
    MetricFilter,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from guardrails.config import Assertion
    from guardrails.kernel.block import Deployment, Joined
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource

MOST_TRIED = 8
"""Assertions up to which each is left out in turn. Of more only those are told that are seen among the facts."""

_MODELS: Mapping[str, type[Resource]] = {
    "trail": AuditTrail,
    "event_data_store": EventDataStore,
    "bucket": Bucket,
    "log_group": LogGroup,
    "metric_filter": MetricFilter,
    "alarm": MetricAlarm,
    "topic": Topic,
    "key": EncryptionKey,
}


class ConfigurationLine(SourceFile):
    """One line of the configuration, to point at."""

    __slots__ = ("number", "place")

    def __init__(self, place: str) -> None:
        path, _, line = place.rpartition(":")
        super().__init__(path or place, "")
        self.place = place
        self.number = int(line) if line.isdigit() else 1

    def position(self, offset: int) -> tuple[int, int]:  # noqa: ARG002 - it is one line
        return self.number, 1


class Asserted:
    """The assertions of a run."""

    def __init__(self, assertions: Sequence[Assertion], today: str) -> None:
        self.gaps: list[GapNote] = []
        self._notices: list[str] = []
        self._settled: set[Assertion] = set()
        """Of which there is nothing to say but what was said."""
        counting: list[Assertion] = []
        for one in assertions:
            if one.until and one.until < today:
                self._notices.append(f"{one.place}: {_called(one)} counts no more, since {one.until} is over")
            else:
                counting.append(one)
        self.elsewhere = Elsewhere(counting)

    # --- against an account ------------------------------------------------------------------------------------------

    def compare(self, joined: Joined, world_of: Callable[[Deployment], World], account: str) -> None:
        """Hold the assertions against accounts that were read. What is not so there does not count; of what is, the
        account shows more than is said."""
        contradicted: list[Assertion] = []
        for one in self._counting():
            differences = _against(one, joined, world_of, account)
            if differences is None:
                continue
            if differences:
                contradicted.append(one)
                place = Origin(ConfigurationLine(one.place))
                what = f"{_called(one)} is not as asserted: {'; '.join(differences)}"
                self.gaps.append(GapNote("INVALID", what, "correct the assertion, or the account", place))
            else:
                self._notices.append(f"{one.place}: {_called(one)} is in the snapshot, as asserted")
        self.elsewhere = self.elsewhere.without(contradicted)

    def _counting(self) -> tuple[Assertion, ...]:
        return self.elsewhere.assertions  # type: ignore[return-value] # made of the configuration's own

    # --- in verdicts -------------------------------------------------------------------------------------------------

    def told(
        self, findings: Sequence[Finding], world: World, judged: Callable[[Elsewhere], Sequence[Finding]]
    ) -> list[Finding]:
        """The findings on a world, each with the assertions that decided it. `judged` judges it by others."""
        if not self.elsewhere.resources(world.deployment.dialect, world.context):
            return list(findings)
        otherwise = _by_place(judged(Elsewhere(())))
        counter = _Counter()
        told: list[Finding] = []
        decided: dict[int, set[str]] = {}
        for finding in findings:
            if otherwise.get(counter.next(finding)) is not finding.outcome:
                seen = (one.origin.source for one in finding.because)
                decided[len(told)] = {source.place for source in seen if isinstance(source, AssertedIn)}
            because = tuple(changed(one, origin=_line_of(one.origin)) for one in finding.because)
            told.append(changed(finding, because=because))
        if decided:
            everything = {one.place for one in self._counting()}
            decisive = self._decisive(findings, tuple(decided), judged)
            for number, places in decided.items():
                places |= {place for place, numbers in decisive.items() if number in numbers}
                told[number] = changed(told[number], because=(*told[number].because, *self._said(places or everything)))
        return told

    def _decisive(
        self, findings: Sequence[Finding], wanted: Sequence[int], judged: Callable[[Elsewhere], Sequence[Finding]]
    ) -> dict[str, set[int]]:
        """By the place of an assertion, which findings are others without it."""
        if not 1 < len(self._counting()) <= MOST_TRIED:
            return {}
        found: dict[str, set[int]] = {}
        for one in self._counting():
            otherwise = _by_place(judged(self.elsewhere.without([one])))
            counter = _Counter()
            outcomes = [otherwise.get(counter.next(finding)) for finding in findings]
            found[one.place] = {number for number in wanted if outcomes[number] is not findings[number].outcome}
        return found

    def _said(self, places: set[str]) -> Iterator[Because]:
        for one in self._counting():
            if one.place in places:
                detail = f"{_called(one)} is asserted in {one.place}: {one.reason} ({one.date})"
                yield Because(detail, Origin(ConfigurationLine(one.place)))

    def notices(self, findings: Sequence[Finding], *, complete: bool) -> Iterator[str]:
        """What there is to say of the assertions themselves. `complete` is False where only some of what there is was
        judged."""
        yield from self._notices
        decided: dict[str, int] = {}
        for finding in findings:
            places = {one.origin.source.place for one in finding.because if _tells(one)}  # type: ignore[union-attr] # as told
            for place in places:
                decided[place] = decided.get(place, 0) + 1
        for one in self._counting():
            count = decided.get(one.place, 0)
            if count:
                verdicts = "one verdict hangs" if count == 1 else f"{count} verdicts hang"
                yield f"{one.place}: {verdicts} on {_called(one)}, asserted on {one.date}: {one.reason}"
            elif complete:
                yield f"{one.place}: {_called(one)} is asserted, and decides no verdict"


def hung_on(findings: Sequence[Finding], otherwise: Sequence[Finding], what: str, place: Origin) -> list[Finding]:
    """The findings, those that would come out as others without it told to hang on it."""
    before = _by_place(otherwise)
    counter = _Counter()
    return [
        changed(finding, because=(*finding.because, Because(what, place)))
        if before.get(counter.next(finding)) is not finding.outcome
        else finding
        for finding in findings
    ]


def _tells(because: Because) -> bool:
    return isinstance(because.origin.source, ConfigurationLine) and " is asserted in " in because.detail


def _called(one: Assertion) -> str:
    noun = KINDS[one.kind].noun
    return f"the {noun} `{one.name}`" if one.name else f"the {noun}"


def _line_of(origin: Origin) -> Origin:
    source = origin.source
    return Origin(ConfigurationLine(source.place)) if isinstance(source, AssertedIn) else origin


class _Counter:
    """Tells apart several verdicts of one policy on one resource, by their order."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str, str], int] = {}

    def next(self, finding: Finding) -> tuple[str, str, str, int]:
        key = (finding.policy, finding.resource, finding.message)
        self._met[key] = number = self._met.get(key, 0) + 1
        return (*key, number)


def _by_place(findings: Sequence[Finding]) -> dict[tuple[str, str, str, int], object]:
    counter = _Counter()
    return {counter.next(finding): finding.outcome for finding in findings}


def _against(
    one: Assertion, joined: Joined, world_of: Callable[[Deployment], World], own_account: str
) -> list[str] | None:
    """In what an account that was read is not as asserted; None where it does not tell."""
    model = _MODELS.get(one.kind)
    account = one.account or place_of(one.name)[1]
    holder = joined.holder(one.name, account or own_account) if model is not None and one.name else None
    if model is None or holder is None:
        return None
    world = world_of(holder)
    raw = world.named(model, one.name)
    found = [world.lowered(model, raw)] if raw is not None else _called_so(world, model, one)
    if not found:
        in_account = holder.target in (account, own_account)
        return [f"there is none in {holder.target}"] if in_account and not world.hidden(model) else None
    each = [list(_differences(one, resource)) for resource in found]
    return min(each, key=len)


def _called_so(world: World, model: type[Resource], one: Assertion) -> list[Resource]:
    return [resource for resource in world.created(model) if resource.name.or_none() == one.name]


def _differences(one: Assertion, resource: Resource) -> Iterator[str]:
    for key, said in one.said.items():
        value = getattr(resource, key, None)
        if isinstance(value, Value) and value.settled and value.or_none() != said:
            there = value.or_none()
            yield f"`{key}` is {_shown(there)} there, and {_shown(said)} is asserted"


def _shown(content: object) -> str:
    if content is None:
        return "not set"
    return str(content).lower() if isinstance(content, bool) else str(content)
