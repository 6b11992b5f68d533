"""What becomes of all calls of a kind in what was scanned: the answer, and the chain on every way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, false, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics import partial_recording
from guardrails.semantics.fields import ABSENT, Each, known, written
from guardrails.semantics.links import KEPT, MATCHED, METRIC_FILTER, RECORDED, Link, Way, ways
from guardrails.semantics.log_delivery import delivers
from guardrails.semantics.partial import PartialRecord, over_cases
from guardrails.semantics.pipeline import Path, Step, in_account, noticed, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from guardrails.kernel.many import Many
    from guardrails.model.account import Account
    from guardrails.model.logs import LogGroup
    from guardrails.model.trail import AuditTrail
    from guardrails.semantics.scenario import Call, Scenario

MOST_PATHS = 200
"""Ways that are kept of one answer, the furthest first."""


class Watched(Record):
    """A deployment, as far as calls are recorded and noticed there."""

    target: str
    source: str
    account: Account


class Placed(Record):
    """What became of a record on one way of one deployment."""

    target: str
    path: Path


class Nearest(Record):
    """The filter or rule that looks for most calls of the same kind: how many of how many, of which scenario."""

    way: Way
    target: str
    matched: int = 0
    calls: int = 0
    scenario: str = ""
    """Empty where it looks for this very call, and matches some of them only."""


class Answer(Record):
    """What becomes of all calls of a kind. `record` is what the chains are of: the calls themselves, or, where some of
    them reach nobody, one that does not, which `unseen` then holds."""

    call: Call
    truth: Truth
    record: PartialRecord
    chains: tuple[Placed, ...]
    unseen: dict[str, Any] | None = None
    nearest: Nearest | None = None
    """Where it reaches nobody, the filter or rule that it should be added to."""
    target: str = ""
    """The deployment that it is about; empty where all that was scanned is."""
    place: str = ""
    """Where it was read: file and number of the record; empty for what was asked for by name."""

    @property
    def best(self) -> Placed | None:
        """The way on which it comes furthest."""
        return self.chains[0] if self.chains else None

    @property
    def by(self) -> tuple[Placed, ...]:
        """The ways that notice it."""
        return tuple(one for one in self.chains if one.path.truth.verdict is Verdict.TRUE)


def answers(watched: Sequence[Watched], call: Call, scenarios: Sequence[Scenario] = ()) -> Iterator[Answer]:
    """What becomes of these calls in each deployment that has a trail: what one notices is no help to the account of
    another. Of those without trails together, if there is no other."""
    with_trail = [one for one in watched if has_trail(one.account)]
    for one in with_trail:
        yield changed(_answer_in([one], call, scenarios), target=one.target)
    if not with_trail:
        yield _answer_in(watched, call, scenarios)


def _answer_in(watched: Sequence[Watched], call: Call, scenarios: Sequence[Scenario]) -> Answer:
    truths: list[Truth] = []
    unseen: dict[str, Any] | None = None
    for one in watched:
        found = noticed(one.account, in_account(one.account, call).record)
        truths.append(_with_doubts(one.account, found.truth))
        unseen = unseen or found.unseen
        if found.truth.verdict is Verdict.TRUE:
            break
    truth = any_of(truths) if truths else unknown(NO_TRAIL)
    shown = unseen if truth.verdict is Verdict.FALSE else None
    record = call.record if shown is None else PartialRecord.from_json(shown)
    paths = [
        Placed(one.target, path)
        for one in watched
        for path in _paths(one.account, record if shown is not None else in_account(one.account, call).record)
    ]
    return _answer(watched, call, truth, record, paths, scenarios, shown, "")


def _answer(
    watched: Sequence[Watched],
    call: Call,
    truth: Truth,
    record: PartialRecord,
    paths: list[Placed],
    scenarios: Sequence[Scenario],
    unseen: dict[str, Any] | None,
    place: str,
) -> Answer:
    near = nearest(watched, call, scenarios) if truth.verdict is Verdict.FALSE else None
    what = near.way.looks.address if near is not None and near.way.looks is not None else ""
    paths.sort(key=lambda one: (*furthest_first(one), not what or all(step.what != what for step in one.path.steps)))
    return Answer(call, truth, record, tuple(paths[:MOST_PATHS]), unseen, near, place=place)


def of_record(watched: Sequence[Watched], call: Call, place: str, scenarios: Sequence[Scenario] = ()) -> Answer:
    """What becomes of one complete record: it is of one account, so one deployment that notices it is enough. Where
    that account was read, it alone: it shows what the organization watches as well."""
    watched = own_of(watched, call.record) or watched
    paths = [Placed(one.target, path) for one in watched for path in _paths(one.account, call.record)]
    found = any_of(placed.path.truth for placed in paths)
    doubts = [_with_doubts(one.account, found) for one in watched]
    return _answer(
        watched, call, any_of(doubts) if doubts else unknown(NO_TRAIL), call.record, paths, scenarios, None, place
    )


def own_of(watched: Sequence[Watched], record: PartialRecord) -> list[Watched]:
    """The account that a record is of, if it is among those that were read."""
    number = record.only_text("recipientAccountId")
    return [one for one in watched if is_read(one.account) and number and number_of(one.account) == number]


def is_read(account: Account) -> bool:
    """Whether it is an account that was read, and no code."""
    return account.observed.verdict is Verdict.TRUE


def nearest(watched: Sequence[Watched], call: Call, scenarios: Sequence[Scenario]) -> Nearest | None:
    """The filter or rule that a call should be added to: it matches most of the others of its kind, and lacks some."""
    for one in watched:
        for way in ways(one.account):
            if way.looks is not None and _looks_for(way, call):
                return Nearest(way, one.target)
    best: Nearest | None = None
    for scenario in scenarios:
        if not any(one.name == call.name and one.source in ("", call.source) for one in scenario.calls if one.name):
            continue
        for one in watched:
            for way in ways(one.account):
                link = way.link(MATCHED)
                if way.looks is None or link is None:
                    continue
                matched = sum(link.of(other.record).verdict is Verdict.TRUE for other in scenario.calls)
                if 0 < matched < len(scenario.calls) and (best is None or matched > best.matched):
                    best = Nearest(way, one.target, matched, len(scenario.calls), scenario.name)
    return best


def _looks_for(way: Way, call: Call) -> bool:
    """Whether a filter or rule matches some of these calls because of their name."""
    link = way.link(MATCHED)
    if link is None or not call.name or link.of(call.record).verdict is not Verdict.UNKNOWN:
        return False
    other = call.record.having(("eventName",), known("another name"))
    return link.of(other).verdict is Verdict.FALSE


def furthest_first(one: Placed) -> tuple[int, int, int]:
    """By answer, by how far it comes, and by how much of the rest would hold."""
    holding = sum(step.truth.verdict is Verdict.TRUE for step in one.path.steps)
    return _OPEN[one.path.truth.verdict], -one.path.reach, -holding


_OPEN = {Verdict.TRUE: 0, Verdict.UNKNOWN: 1, Verdict.FALSE: 2}


def _paths(account: Account, record: PartialRecord) -> Iterator[Path]:
    there = as_of(account, record)
    known: dict[int, Step] = {}

    def step(link: Link) -> Step:
        found = known.get(id(link))
        if found is None:
            of = there if link.step == RECORDED else record
            truth = over_cases(of, link.mentions, link.of)
            found = known[id(link)] = Step(link.step, link.what, truth, link.origin)
        return found

    for way in (*ways(account), *dead_ends(account)):
        yield Path(way.mechanism, tuple(map(step, way.links)))


def as_of(account: Account, record: PartialRecord) -> PartialRecord:
    """A record as one of this account, where it is not known which account that is: whose log is traced through a
    configuration is the user's to know."""
    return record if number_of(account) else record.having(("recipientAccountId",), ABSENT)


# --- where nothing is found -------------------------------------------------------------------------------------------


def has_trail(account: Account) -> bool:
    """Whether a deployment makes a trail, or should: a question about where to look, not about truth."""
    return bool(account.trails.members()) or account.expects_trail.verdict is Verdict.TRUE


def settle(one: Watched) -> None:
    """Work out the ways through a deployment, so that what could not be read of it is told with it."""
    ways(one.account)
    dead_ends(one.account)


def _with_doubts(account: Account, truth: Truth) -> Truth:
    """An answer, open where something may exist that was not read: it surely is only where nothing is hidden."""
    if truth.verdict is not Verdict.FALSE:
        return truth
    doubts = doubts_of(account)
    return unknown(*doubts, facts=truth.facts) if doubts else truth


def doubts_of(account: Account) -> tuple[Reason, ...]:
    """Why somebody may notice calls that nothing here notices: a module that was not read may hold a trail, a filter
    or a rule of its own; where no trail was seen and none is expected, one may be made elsewhere."""
    members, gaps = account.trails.loaded()
    hidden = tuple(dict.fromkeys((*gaps, *account.metric_filters.gaps, *account.event_rules.gaps)))
    if hidden or members or account.expects_trail.verdict is Verdict.TRUE:
        return hidden
    return (NO_TRAIL,)


NO_TRAIL = Reason(
    Why.ELSEWHERE,
    "no trail is made here; one may be made elsewhere",
    "trace it with the code that makes the trail, or set `expects_trail` for the deployment",
)


def dead_ends(account: Account) -> tuple[Way, ...]:
    """The ways that end before anything looks at a record: at a trail without a log group, at a group without
    filters."""
    return account.remembered("dead ends", lambda: tuple(_dead_ends(account)))


def _dead_ends(account: Account) -> Iterator[Way]:
    through = {link.what for way in ways(account) for link in way.links if link.step in (RECORDED, KEPT)}
    for trail, exists in account.trails.members():
        groups, gaps = trail.log_group.loaded()
        if not groups and not gaps:
            fact = Fact(f"`{trail.address}` delivers to no log group", _head(trail.log_group, trail))
            yield Way(mechanism=METRIC_FILTER, looks=None, links=(_recorded(trail, exists), _ends(KEPT, fact)))
        for group, there in groups:
            if group.address not in through:
                yield _unwatched(trail, exists, group, there)


def _unwatched(trail: AuditTrail, exists: Truth, group: LogGroup, there: Truth) -> Way:
    fact = Fact(f"there is no metric filter on `{group.address}`", group.origin)
    return Way(
        mechanism=METRIC_FILTER,
        looks=None,
        links=(
            _recorded(trail, exists),
            Link(
                step=KEPT,
                what=group.address,
                origin=group.origin,
                ask=lambda _: there & delivers(trail, group),
                settled=True,
            ),
            _ends(MATCHED, fact),
        ),
    )


def _head(many: Many[Any], trail: AuditTrail) -> Any:  # noqa: ANN401 - an Origin
    return many.owner if many.owner.source is not None else trail.origin


def _recorded(trail: AuditTrail, exists: Truth) -> Link:
    return Link(
        step=RECORDED,
        what=trail.address,
        origin=trail.origin,
        ask=lambda record: exists & partial_recording.ask(trail, record),
        mentions=partial_recording.mentions_of(trail),
    )


def _ends(step: str, fact: Fact) -> Link:
    ask: Callable[[PartialRecord], Truth] = lambda _: false(fact)  # noqa: E731 - a field of a record
    return Link(step=step, what="", origin=fact.origin, ask=ask, settled=True)


def telling(watched: Sequence[Watched], answer: Answer) -> list[str]:
    """What tells the record that reaches nobody from others of its kind: the fields that filters and rules look at and
    that the call leaves open, as they are in it."""
    said: dict[str, None] = {}
    for one in watched:
        for way in ways(one.account) if answer.target in ("", one.target) else ():
            link = way.link(MATCHED)
            if link is None or link.of(answer.call.record).verdict is not Verdict.UNKNOWN:
                continue
            for path in link.mentions:
                if any(isinstance(step, Each) for step in path) or answer.call.record.select(path).is_settled:
                    continue
                field = answer.record.select(path)
                name = written(path)
                said.setdefault(f"no `{name}`" if field == ABSENT else f"`{name}` is {field.says()}")
    return list(said)
