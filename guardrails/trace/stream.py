"""What becomes of many complete records, quickly.

Most links answer the same for every record. What is left to ask of each are the patterns, which are compiled, and
whether a trail records it, which is asked once for all records that a trail cannot tell apart. What follows from the
answers together is worked out once for each combination of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, Verdict, any_of, false, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.model.monitoring import EventRule, LogSubscription, MetricFilter
from guardrails.semantics.event_patterns import EventPattern
from guardrails.semantics.event_patterns import pattern_of as event_pattern_of
from guardrails.semantics.fields import Each
from guardrails.semantics.filter_patterns import FilterPattern, parse
from guardrails.semantics.links import ARRIVED, MATCHED, RECORDED, pattern_of, ways
from guardrails.semantics.partial import PartialRecord
from guardrails.semantics.pipeline import Path, Step, number_of
from guardrails.trace.chains import Placed, as_of, dead_ends, doubts_of, furthest_first, is_read
from guardrails.trace.logs import Fault, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from guardrails.model.account import Account
    from guardrails.semantics.fields import Path as Steps
    from guardrails.semantics.links import Link, Way
    from guardrails.trace.chains import Watched

MOST_KEPT = 50_000
"""Answers that are remembered for one link, and rows of the table."""
_MOST_FAULTS = 20
_MOST_STRANGERS = 1_000


class Outcome(Record):
    """What becomes of all records for which the links say the same."""

    truth: Truth
    by: tuple[str, ...]
    """What noticed them: filters, rules."""
    best: Placed | None
    """The way on which they come furthest."""


class Row(Record):
    """Records of one call with one outcome. `first` is where the first of them stands."""

    event: str
    source: str
    reads: bool
    outcome: Outcome
    count: int
    first: Place


class Tally:
    """Follows records one after the other and counts what becomes of them."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._followers = [_Follower(one.target, one.account) for one in watched]
        self._of_account = {
            number_of(one.account): [follower]
            for one, follower in zip(watched, self._followers, strict=True)
            if is_read(one.account)
        }
        """Of accounts that were read, by their number: a record is followed through the account that it is of."""
        self._outcomes: dict[tuple[object, ...], Outcome] = {}
        self._alike: dict[tuple[Truth, tuple[str, ...]], Outcome] = {}
        self._rows: dict[tuple[int, Any, Any, bool], list[Any]] = {}
        self._unjudged: dict[str, Outcome] = {}
        self.records = 0
        self.unjudged: list[Fault] = []
        """Records that could not be judged, the first of them."""
        self.strangers: dict[str, int] = {}
        """Account → how many records are of it, of accounts that were not read where others were."""
        self.uncounted = 0
        """Records whose names were not listed because there are too many names."""

    def add(self, record: dict[str, Any], file: str, number: int) -> Outcome:
        """What becomes of a record, which is counted."""
        self.records += 1
        try:
            outcome = self.outcome(record)
        except RecursionError:
            outcome = self._not_judged("nested too deeply to be judged", Place(file, number), limit=True)
        except Exception as error:  # What is wrong with one record, or with us, must not lose the others.
            outcome = self._not_judged(f"not judged: {type(error).__name__}: {error}", Place(file, number))
        name, source = record.get("eventName"), record.get("eventSource")
        reads = record.get("readOnly")
        key = (
            id(outcome),
            name if isinstance(name, str) else "",
            source if isinstance(source, str) else "",
            reads is True or reads == "true",
        )
        row = self._rows.get(key)
        if row is not None:
            row[0] += 1
        elif len(self._rows) < MOST_KEPT:
            self._rows[key] = [1, outcome, Place(file, number)]
        else:
            self.uncounted += 1
        return outcome

    def _not_judged(self, detail: str, place: Place, *, limit: bool = False) -> Outcome:
        if len(self.unjudged) < _MOST_FAULTS:
            self.unjudged.append(Fault(place.file, detail, place.number, limit))
        detail = detail if len(self._unjudged) < _MOST_FAULTS else "not judged"
        outcome = Outcome(unknown(Reason(Why.LIMIT, detail)), (), None)
        return self._unjudged.setdefault(detail, outcome)

    def outcome(self, record: dict[str, Any]) -> Outcome:
        """What becomes of a record."""
        followers = self._followers_of(record) if self._of_account else self._followers
        signatures = tuple([follower.signature(record) for follower in followers])
        key = (id(followers), *signatures)
        found = self._outcomes.get(key)
        if found is None:
            found = self._worked_out(followers, signatures)
            # In two accounts of one organization the same becomes of two records.
            if self._of_account:
                found = self._alike.setdefault((found.truth, found.by), found)
            self._outcomes[key] = found
        return found

    def _followers_of(self, record: dict[str, Any]) -> list[_Follower]:
        number = str(record.get("recipientAccountId") or "")
        found = self._of_account.get(number)
        if found is None:
            if number in self.strangers or len(self.strangers) < _MOST_STRANGERS:
                self.strangers[number] = self.strangers.get(number, 0) + 1
            return self._followers
        return found

    def _worked_out(self, followers: Sequence[_Follower], key: Sequence[tuple[int, ...]]) -> Outcome:
        paths = [
            Placed(follower.target, path)
            for follower, signature in zip(followers, key, strict=True)
            for path in follower.paths(signature)
        ]
        paths.sort(key=furthest_first)
        truth = any_of(one.path.truth for one in paths)
        if truth.verdict is Verdict.FALSE:
            truth = any_of([truth, *(follower.doubt for follower in followers)])
        by = [one.path for one in paths if one.path.truth.verdict is Verdict.TRUE]
        names = dict.fromkeys(_looks(path) for path in by)
        return Outcome(truth, tuple(names), paths[0] if paths else None)

    def rows(self) -> list[Row]:
        """Unseen first, of those what changes something before what reads; then what is not known; the most frequent
        first."""
        rows = [
            Row(name, source, reads, outcome, count, first)
            for (_, name, source, reads), (count, outcome, first) in self._rows.items()
        ]
        return sorted(rows, key=_order)

    def count(self, verdict: Verdict) -> int:
        return sum(row[0] for row in self._rows.values() if row[1].truth.verdict is verdict)


_URGENCY = {Verdict.FALSE: 0, Verdict.UNKNOWN: 1, Verdict.TRUE: 2}


def _order(row: Row) -> tuple[int, bool, int, str, str]:
    return _URGENCY[row.outcome.truth.verdict], row.reads, -row.count, row.source, row.event


def _looks(path: Path) -> str:
    return next((step.what for step in path.steps if step.name == MATCHED), "") or path.steps[-1].what


class _Follower:
    """The links of one deployment, those whose answers differ between records apart from the others."""

    def __init__(self, target: str, account: Account) -> None:
        self.target = target
        doubts = doubts_of(account)
        self.doubt = unknown(*doubts) if doubts else false()
        self._ways = (*ways(account), *dead_ends(account))
        senders = _senders(account)
        keys: dict[frozenset[Steps], _Key] = {}
        asked: dict[int, tuple[Link, _Asked]] = {}
        for way in self._ways:
            for link in way.links:
                if not link.settled and id(link) not in asked:
                    asked[id(link)] = link, _asked_by(link, way, account, senders, keys)
        self._asked = [one for _, one in asked.values()]
        self._at = {key: number for number, key in enumerate(asked)}
        self._paths: dict[tuple[int, ...], list[Path]] = {}
        self._ask = [one.ask for one in self._asked]

    def signature(self, record: dict[str, Any]) -> tuple[int, ...]:
        """What the links say of a record, each answer by its number."""
        return tuple([ask(record) for ask in self._ask])

    def paths(self, signature: tuple[int, ...]) -> list[Path]:
        found = self._paths.get(signature)
        if found is None:
            found = self._paths[signature] = [Path(way.mechanism, self._steps(way, signature)) for way in self._ways]
        return found

    def _steps(self, way: Way, signature: tuple[int, ...]) -> tuple[Step, ...]:
        return tuple(Step(link.step, link.what, self._truth(link, signature), link.origin) for link in way.links)

    def _truth(self, link: Link, signature: tuple[int, ...]) -> Truth:
        if link.settled:
            return link.of(_NOTHING)
        at = self._at[id(link)]
        return self._asked[at].answers[signature[at]]


_NOTHING = PartialRecord.from_json({})


def _of_many(truth: Truth, facts: int) -> Truth:
    """An answer without what only one record has: of a pattern the first fact says what breaks, further ones by which
    values; of a trail the second says why."""
    return Truth(truth.verdict, truth.facts[:facts] if truth.verdict is not Verdict.TRUE else (), truth.reasons)


class _Asked:
    """A link that is asked of each record: `ask` gives the number of its answer."""

    def __init__(self, link: Link) -> None:
        self.answers: list[Truth] = []
        self._link = link
        self._numbers: dict[Truth, int] = {}
        self._known: dict[Hashable, int] = {}

    def ask(self, record: dict[str, Any]) -> int:
        return self._number(_of_many(self._of(record), 1 if self._link.step == MATCHED else 2))

    def _of(self, record: dict[str, Any]) -> Truth:
        return self._link.of(PartialRecord.from_json(record))

    def _number(self, truth: Truth) -> int:
        number = self._numbers.get(truth)
        if number is None:
            number = self._numbers[truth] = len(self.answers)
            self.answers.append(truth)
        return number

    def _once(self, key: Hashable, record: dict[str, Any]) -> int:
        """The answer for all records that this link cannot tell apart."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            found = self._known[key] = _Asked.ask(self, record)
        return found


class _AskedOnce(_Asked):
    """One that says the same of all records: what it looks for is not known."""

    def ask(self, record: dict[str, Any]) -> int:
        return self._once(None, record)


class _AskedOfPattern(_Asked):
    """A pattern: all that it matches get one answer, and all that it does not match."""

    def __init__(self, link: Link, matches: Callable[[Mapping[str, Any]], bool | None]) -> None:
        super().__init__(link)
        self._matches = matches
        self._no = -1

    def ask(self, record: dict[str, Any]) -> int:
        found = self._matches(record)
        if found is False:
            if self._no < 0:
                self._no = self._once(False, record)
            return self._no
        return super().ask(record) if found is None else self._once(True, record)


class _AskedOfSeveral(_Asked):
    """A pattern that is one of several: what they say together decides."""

    def __init__(self, link: Link, patterns: Sequence[FilterPattern]) -> None:
        super().__init__(link)
        self._all = [one.matches for one in patterns]

    def ask(self, record: dict[str, Any]) -> int:
        return self._once(tuple([matches(record) for matches in self._all]), record)


class _AskedOfTrail(_Asked):
    """A trail, which looks at few fields."""

    def __init__(self, link: Link, account: Account, keys: dict[frozenset[Steps], _Key]) -> None:
        """`keys` are those of the trails before, which may look at the same fields."""
        super().__init__(link)
        self._account = account
        paths = frozenset(path for path in link.mentions if not any(isinstance(step, Each) for step in path))
        self._key = keys.setdefault(paths, _Key(paths))

    def ask(self, record: dict[str, Any]) -> int:
        if "insightDetails" in record:
            return super().ask(record)
        try:
            return self._once(self._key.of(record), record)
        except TypeError:  # A field that should be a text is an object.
            return super().ask(record)

    def _of(self, record: dict[str, Any]) -> Truth:
        return self._link.of(as_of(self._account, PartialRecord.from_json(record)))


class _AskedOfRule(_Asked):
    """Whether events arrive at a rule: of a record it looks at few fields, and at which rules send it on."""

    def __init__(self, link: Link, others: Sequence[EventPattern]) -> None:
        super().__init__(link)
        self._others = [one.matches for one in others]

    def ask(self, record: dict[str, Any]) -> int:
        seen = [repr(record.get(name)) for name in _RULE_SEES]
        return self._once((*seen, *[matches(record) for matches in self._others]), record)


class _Key:
    """What trails that look at the same fields can tell records apart by. Asked for the same record by several."""

    def __init__(self, paths: frozenset[Steps]) -> None:
        self._names = [str(path[0]) for path in paths if len(path) == 1]
        self._paths = [path for path in paths if len(path) > 1]
        self._record: dict[str, Any] | None = None
        self._key: tuple[object, ...] = ()

    def of(self, record: dict[str, Any]) -> Hashable:
        if record is not self._record:
            values = [record.get(name) for name in self._names]
            deep = [_at(record, path) for path in self._paths]
            # The kinds as well: as keys of a dictionary 1 and True are the same.
            self._key = (_beside(record), *values, *map(type, values), *deep)
            self._record = record
        return self._key


def _at(record: dict[str, Any], path: Steps) -> Any:  # noqa: ANN401 - whatever JSON has there
    found: Any = record
    for step in path:
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    return (found, True) if isinstance(found, bool) else found  # 1 == True, as a key of a dictionary


def _beside(record: dict[str, Any]) -> Hashable:
    """What any trail looks at: the resources of a data event, and the endpoint of STS that was called."""
    listed, tls = record.get("resources"), record.get("tlsDetails")
    resources: Hashable = None
    if isinstance(listed, list):
        items = [item for item in listed if isinstance(item, dict)]
        resources = tuple([(item.get("type"), item.get("ARN"), item.get("ARNPrefix")) for item in items])
    host = tls.get("clientProvidedHostHeader") if isinstance(tls, dict) else None
    return resources, host if record.get("eventSource") == "sts.amazonaws.com" else None


_RULE_SEES = ("eventCategory", "managementEvent", "eventType", "readOnly", "eventName", "awsRegion")


def _asked_by(
    link: Link, way: Way, account: Account, senders: Sequence[EventPattern], keys: dict[frozenset[Steps], _Key]
) -> _Asked:
    if link.step == RECORDED:
        return _AskedOfTrail(link, account, keys)
    if link.step == ARRIVED:
        return _AskedOfRule(link, senders)
    looks = way.looks
    if link.step != MATCHED or looks is None:
        return _Asked(link)
    if isinstance(looks, MetricFilter | LogSubscription):
        pattern = pattern_of(looks.pattern, looks)
        if isinstance(pattern, FilterPattern):
            return _AskedOfPattern(link, pattern.matches)
        texts = [one.or_none() for one in looks.pattern.alternatives]
        several = [found for text in texts if text is not None and isinstance(found := parse(text), FilterPattern)]
        return _AskedOfSeveral(link, several) if several else _AskedOnce(link)
    if isinstance(looks, EventRule):
        events = event_pattern_of(looks)
        return _AskedOfPattern(link, events.matches) if isinstance(events, EventPattern) else _AskedOnce(link)
    return _Asked(link)


def _senders(account: Account) -> list[EventPattern]:
    """The patterns of rules that hand their events on to a bus, or may."""
    found: list[EventPattern] = []
    for rule, _ in account.event_rules.members():
        targets, gaps = rule.targets.loaded()
        pattern = event_pattern_of(rule)
        sends = gaps or any(target.kind.or_none() in (None, "event-bus", "events") for target, _ in targets)
        if sends and isinstance(pattern, EventPattern):
            found.append(pattern)
    return found
