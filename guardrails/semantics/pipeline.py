"""Would anyone be told: from a call, by every way that there is, to somebody who can receive it.

`noticed` answers for one kind of record, `covered` for a scenario. Several ways may share the work, a filter for users
and another for roles: they are asked together, over the cases that any of them tells apart. What is not known of the
configuration is kept apart from what differs between the records of a kind: it is taken for what suits best, and where
the answer is open even so, a record is sought that reaches nobody. If there is one, the answer is no.
"""

from __future__ import annotations

from itertools import chain as chain_of
from itertools import islice

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, false, true, unknown
from guardrails.kernel.why import Why
from guardrails.model.monitoring import MetricFilter
from guardrails.semantics.fields import ABSENT, MISSING, Each, written
from guardrails.semantics.fields import known as known_field
from guardrails.semantics.filter_patterns import FilterPattern, PatternFault
from guardrails.semantics.links import (
    MATCHED,
    Link,
    Way,
    looked_for,
    lookout,
    mentioned_regions,
    pattern_of,
    recordings,
    ways,
)
from guardrails.semantics.partial import PartialRecord, are_missing, example, joined, over_cases
from guardrails.semantics.scenario import LEADING_REGION, Call
from guardrails.semantics.shapes import OneOf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.model.account import Account
    from guardrails.semantics.fields import Field
    from guardrails.semantics.fields import Path as Steps
    from guardrails.semantics.partial import Mentions
    from guardrails.semantics.scenario import Scenario
    from guardrails.semantics.shapes import Shape


class Step(Record):
    """What became of a record at one link of a way."""

    name: str
    what: str
    truth: Truth
    origin: Origin


class Path(Record):
    """What became of a record on one way."""

    mechanism: str
    steps: tuple[Step, ...]

    @property
    def truth(self) -> Truth:
        """Whether somebody is told this way; the first link that breaks, if one does."""
        broken = self.broken
        if broken is not None:
            return broken.truth
        doubts = [step.truth for step in self.steps if step.truth.verdict is Verdict.UNKNOWN]
        found = true(*(fact for step in self.steps for fact in step.truth.facts[:1]))
        for doubt in doubts:
            found = found & doubt
        return found

    @property
    def broken(self) -> Step | None:
        """The first link that surely breaks."""
        return next((step for step in self.steps if step.truth.verdict is Verdict.FALSE), None)

    @property
    def reach(self) -> int:
        """How many links hold before the first that surely does not, those that are not known among them."""
        broken = self.broken
        return self.steps.index(broken) if broken is not None else len(self.steps)


def chain(account: Account, record: PartialRecord) -> tuple[Path, ...]:
    """What becomes of a record on every way, the one on which it comes furthest first."""
    paths = [
        Path(
            way.mechanism,
            tuple(
                Step(link.step, link.what, over_cases(record, link.mentions, link.of), link.origin)
                for link in way.links
            ),
        )
        for way in ways(account)
    ]
    return tuple(sorted(paths, key=lambda path: (_OPEN[path.truth.verdict], -path.reach)))


_OPEN = {Verdict.TRUE: 0, Verdict.UNKNOWN: 1, Verdict.FALSE: 2}


class Noticed(Record):
    """Whether somebody is told of all records of a kind. `by` is the way that sufficed, if one did; `unseen` a record
    that reaches nobody although others of the kind may."""

    truth: Truth
    by: Way | None = None
    unseen: dict[str, Any] | None = None


_NOBODY_LOOKS = Noticed(false())

_PLAIN = 6
"""Records that are tried before a question is taken apart into cases."""


def noticed(
    account: Account,
    record: PartialRecord,
    among: Sequence[Way] | None = None,
    similar: dict[str, Any] | None = None,
) -> Noticed:
    """Whether somebody is told of all records of a kind, by these ways or by any. `similar` is a record of another kind
    that reaches nobody: one that is like it is tried first."""
    possible: list[Way] = []
    for way in lookout(account).of(record) if among is None else among:
        found = way.ask(record)
        if found.verdict is Verdict.TRUE:
            return Noticed(found, way)
        if found.verdict is Verdict.UNKNOWN:
            possible.append(way)
    if not possible:
        return _NOBODY_LOOKS
    links = dict.fromkeys(link for way in possible for link in way.links)
    # Most calls of an account are asked of the same ways: all of those that do not go by names.
    mentions = account.remembered(("mentions", *map(id, links)), lambda: joined(*(link.mentions for link in links)))

    def at_best(case: PartialRecord) -> Truth:
        return any_of(way.at_best(case) for way in possible)

    def check(complete: dict[str, Any]) -> bool | None:
        verdict = at_best(PartialRecord.from_json(complete)).verdict
        return None if verdict is Verdict.UNKNOWN else verdict is Verdict.TRUE

    # One record that reaches nobody is enough, and most often a plain one will do.
    alike = _alike(record, similar, mentions) if similar is not None else None
    for guess in chain_of((alike,) if alike is not None else (), islice(record.completions(mentions), _PLAIN)):
        if check(guess) is False:
            return Noticed(false(), None, guess)
    hope = over_cases(record, mentions, at_best)
    if hope.verdict is Verdict.FALSE:
        return Noticed(hope)
    if hope.verdict is Verdict.UNKNOWN:
        unseen = example(record, mentions, at_best, check)
        return Noticed(false(), None, unseen) if unseen is not None else Noticed(_open(possible, record))
    certain = [way for way in possible if way.is_certain]
    by = next((way for way in certain if over_cases(record, mentions, way.ask).verdict is Verdict.TRUE), None)
    if by is not None:
        return Noticed(hope, by)
    together = over_cases(record, mentions, lambda case: any_of(way.ask(case) for way in certain))
    return Noticed(hope) if together.verdict is Verdict.TRUE else Noticed(_open(possible, record))


def _open(possible: Sequence[Way], record: PartialRecord) -> Truth:
    """An open answer, for the reasons that the likeliest ways give."""
    likely = [way for way in possible if way.at_best(record).verdict is Verdict.TRUE] or possible
    found = any_of(way.ask(record) for way in likely)
    reasons = tuple(reason for reason in found.reasons if reason.why is not Why.CANNOT_SAY)
    return unknown(*(reasons or found.reasons), facts=found.facts)


def _alike(record: PartialRecord, similar: dict[str, Any], mentions: Mentions) -> dict[str, Any] | None:
    """A completion that has the values of another record wherever it may have them."""
    for path in mentions:
        if any(isinstance(step, Each) for step in path):
            return None
        field = record.select(path)
        if field.is_settled:
            continue
        value = _at(similar, path)
        if value is MISSING:
            record = record.having(path, ABSENT) if field.absent else record
        elif isinstance(value, str) and field.texts is not None and field.texts.includes(value):
            record = record.having(path, known_field(value))
    complete = record.root.simplest()
    return complete if isinstance(complete, dict) else None


def _at(record: dict[str, Any], path: Steps) -> Any:  # noqa: ANN401 - whatever JSON has there
    found: Any = record
    for step in path:
        if isinstance(found, dict) and isinstance(step, str):
            found = found.get(step, MISSING)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return MISSING
    return found


def regions_named(account: Account) -> tuple[str, ...]:
    """The Regions that filters and rules speak of."""
    return tuple(dict.fromkeys(literals(mentioned_regions(account))))


def literals(shapes: Iterable[Shape]) -> Iterator[str]:
    """The whole texts that shapes speak of."""
    for shape in shapes:
        if isinstance(shape, OneOf):
            yield from literals(shape.shapes)
        elif shape.literal is not None:
            yield shape.literal


# --- scenarios --------------------------------------------------------------------------------------------------------


def in_account(account: Account, call: Call) -> Call:
    """A call as it is recorded in this account."""
    own = account.remembered("own number", lambda: _own_number(account))
    return Call(call.title, call.record.with_own("recipientAccountId", own))


def _own_number(account: Account) -> Field:
    """What the records of an account have as its number."""
    number = number_of(account)
    return known_field(number) if number else ABSENT


def number_of(account: Account) -> str:
    """The number of the account, empty if it is not known. Code tells it by its trails; one that was read may show
    those of others."""
    if account.observed.verdict is Verdict.TRUE:
        return account.location.account.or_none() or ""
    numbers = (trail.location.account.or_none() for trail, _ in account.trails.members())
    return next(filter(None, numbers), "")


def covered(account: Account, scenario: Scenario, *, counting: bool = False) -> Truth:
    """Whether somebody is told of every call of a scenario; with `counting` after several of them, where that is how an
    alarm is set.

    A FALSE leads with the calls that would reach nobody, at the place to mend; then come the filter or rule that is
    nearest to it and what breaks.
    """
    found: list[tuple[Call, Noticed]] = []
    looking = lookout(account, counting=counting)
    first: list[Way] = []
    similar = None
    for call in scenario.calls:
        possible = looking.of(call.record)
        if not possible:
            found.append((call, _NOBODY_LOOKS))
            continue
        call = in_account(account, call)
        # The next call of a scenario likely takes the same way.
        led = [way for way in first if way in possible]
        answer = noticed(account, call.record, [*led, *(way for way in possible if way not in led)], similar)
        if answer.by is not None:
            first = [answer.by, *(way for way in first if way is not answer.by)]
        similar = answer.unseen or similar
        found.append((call, answer))
    unseen = [(call, answer) for call, answer in found if answer.truth.verdict is Verdict.FALSE]
    if unseen:
        told = _told_of(account, scenario, unseen)
        # What was not read may notice them: it can name a log group that it is not handed, and hold rules of its own.
        kinds = (account.metric_filters, account.event_rules, account.trails)
        unread = tuple(dict.fromkeys(reason for kind in kinds for reason in kind.gaps))
        return unknown(*unread, facts=tuple(told)) if unread else false(*told)
    doubtful = [(call, answer.truth) for call, answer in found if answer.truth.verdict is Verdict.UNKNOWN]
    if doubtful:
        reasons = tuple(dict.fromkeys(reason for _, truth in doubtful for reason in truth.reasons))
        facts = tuple(dict.fromkeys(fact for _, truth in doubtful for fact in truth.facts))
        names = listed([call.title for call, _ in doubtful])
        return unknown(*reasons, facts=(*facts[:1], Fact(f"open for {names}"), *facts[1:3]))
    by = dict.fromkeys(answer.by.looks for _, answer in found if answer.by is not None and answer.by.looks is not None)
    shared = [Fact("several filters or rules notice them together")] if any(one.by is None for _, one in found) else []
    return true(*(Fact(f"`{looks.address}` notices them", looks.origin) for looks in by), *shared)


def _told_of(account: Account, scenario: Scenario, unseen: list[tuple[Call, Noticed]]) -> list[Fact]:
    """What is to be said of calls that reach nobody."""
    calls = [call for call, _ in unseen]
    said = f"{listed([call.title for call in calls])} would reach nobody"
    lost = _never_recorded(account, unseen)
    if lost is not None:
        return [Fact(said, _place(*lost)), *lost[1].facts[:3]]
    nearest = _nearest(account, scenario, calls)
    if nearest is None:
        return [Fact(said, _nothing_there(account)), *_nothing_looks(account), *_pattern_for(calls)]
    way, matched = nearest
    broken, told = _first_broken(way, unseen)
    looks = way.looks
    facts = [Fact(said, _place(broken, told))]
    if looks is not None:
        facts.append(Fact(f"`{looks.address}` comes nearest: it looks for {_share(matched, scenario)}", looks.origin))
    if broken.step != MATCHED:
        return [*facts, *told.facts[:3]]
    link = way.link(MATCHED)
    unlike: dict[int, PartialRecord] = {}
    missed = [call for call, _ in unseen if link is None or not _nearness(link, call, unlike)]
    shown = next((answer.unseen for call, answer in unseen if answer.unseen is not None and call not in missed), None)
    if shown is not None:
        facts.append(Fact(f"it does not match, for example, a call with {_differences(shown, way)}", broken.origin))
    return [*facts, *_clauses(missed, way)]


def _share(matched: int, scenario: Scenario) -> str:
    number = len(scenario.calls)
    if number == 1:
        return "them"
    return f"all {number} calls" if matched == number else f"{matched} of {number} calls"


def listed(titles: Sequence[str]) -> str:
    """Some titles in words: event names in code font, no more than five of them."""
    shown = [f"`{title}`" if title.isalnum() else title for title in titles]
    if len(shown) > 6:
        return f"{', '.join(shown[:5])} and {len(shown) - 5} more calls"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _never_recorded(account: Account, unseen: list[tuple[Call, Noticed]]) -> tuple[Link, Truth] | None:
    """The trail that leaves them out, if none records any of these calls."""
    links = recordings(account)
    first: tuple[Link, Truth] | None = None
    for call, answer in unseen:
        if any(link.of(call.record).verdict is Verdict.TRUE for link in links):
            return None
        record = PartialRecord.from_json(answer.unseen) if answer.unseen is not None else call.record
        for link in links:
            found = link.of(record)
            if found.verdict is not Verdict.FALSE:
                return None
            first = first or (link, found)
    return first


_NEAR = 4
"""A filter comes near that looks for one in so many calls, or for any of those that reach nobody."""


def _nearest(account: Account, scenario: Scenario, calls: list[Call]) -> tuple[Way, int] | None:
    """The way that looks for most calls of the scenario, and of how many; of two alike that which comes further."""
    best: tuple[tuple[int, int, int], Way] | None = None
    looking = lookout(account)
    possible = [(call, looking.of(call.record)) for call in scenario.calls]
    some = {way for _, ways in possible for way in ways}
    unlike: dict[int, PartialRecord] = {}
    for way in looking.ways:
        link = way.matched
        if way.looks is None or link is None or way not in some:
            continue
        answers = {call.title: _nearness(link, call, unlike) if way in ways else 0 for call, ways in possible}
        matched = sum(answer > 0 for answer in answers.values())
        if matched * _NEAR < len(answers) and not any(answers[call.title] for call in calls):
            continue
        reach = max((_reach(way, call.record) for call in calls), default=0)
        if best is None or (matched, sum(answers.values()), reach) > best[0]:
            best = ((matched, sum(answers.values()), reach), way)
    return (best[1], best[0][0]) if best is not None else None


def _nearness(link: Link, call: Call, unlike: dict[int, PartialRecord]) -> int:
    """How near a filter or rule comes to matching a call: 2 if it does, 1 if it matches some such calls and would not
    if they were not what they are, else 0. `unlike` keeps what these would be then, by the identity of the call."""
    if link.rules_out(call.record):
        return 0
    found = link.of(call.record).verdict
    if found is not Verdict.UNKNOWN:
        return 2 * (found is Verdict.TRUE)
    other = unlike.get(id(call))
    if other is None:
        other = unlike[id(call)] = _unlike(call.record)
    return int(link.of(other).verdict is Verdict.FALSE)


def _unlike(record: PartialRecord) -> PartialRecord:
    """The same record without what makes it what it is."""
    for path in _TELLING:
        field = record.select(path)
        elsewhere = path == ("awsRegion",) and field.texts is not None and field.texts.unlike
        if elsewhere or (field.is_settled and field.texts is not None):
            record = record.having(path, known_field(LEADING_REGION if elsewhere else "something else"))
    return record


_TELLING = (
    ("eventName",),
    ("eventSource",),
    ("errorCode",),
    ("errorMessage",),
    ("awsRegion",),
    ("userIdentity", "type"),
    ("additionalEventData", "MFAUsed"),
)
"""The fields by which calls are told apart."""


def _reach(way: Way, record: PartialRecord) -> int:
    for position, link in enumerate(way.links):
        if link.of(record).verdict is Verdict.FALSE:
            return position
    return len(way.links)


def _first_broken(way: Way, unseen: list[tuple[Call, Noticed]]) -> tuple[Link, Truth]:
    """The link of a way that is the first to break for most of these calls; of two alike the earlier one. The rest of
    them may be what other ways look for."""
    found: dict[int, list[Truth]] = {}
    for call, answer in unseen:
        record = PartialRecord.from_json(answer.unseen) if answer.unseen is not None else call.record
        for position, link in enumerate(way.links):
            truth = link.of(record)
            if truth.verdict is Verdict.FALSE:
                found.setdefault(position, []).append(truth)
                break
    if not found:
        last = way.links[-1]
        return last, last.of(unseen[0][0].record)
    position = min(found, key=lambda one: (-len(found[one]), one))
    return way.links[position], found[position][0]


def _place(link: Link, truth: Truth) -> Origin:
    """Where to mend a link: the pattern itself, or what the answer points at."""
    if link.step == MATCHED and link.origin.source is not None:
        return link.origin
    return next((fact.origin for fact in truth.facts if fact.origin.source is not None), link.origin)


def _nothing_there(account: Account) -> Origin:
    """Where a filter would be attached: the log group of a trail, else the trail."""
    for trail, _ in account.trails.members():
        for group, _ in trail.log_group.members():
            return group.origin
        return trail.origin
    return account.origin


def _nothing_looks(account: Account) -> list[Fact]:
    if looked_for(account):
        faults = dict.fromkeys(fault for way in lookout(account).ways for fault in _faults(way))
        return [Fact("no metric filter and no event rule looks for them"), *list(faults)[:_FAULTS]]
    return [Fact("there is no metric filter on a log group that a trail delivers to, and no event rule")]


_FAULTS = 3
"""Patterns that are not valid, of those that are shown."""


def _faults(way: Way) -> list[Fact]:
    """That the pattern of a filter is none, and so looks for nothing."""
    looks = way.looks
    pattern = pattern_of(looks.pattern, looks) if isinstance(looks, MetricFilter) else None
    if looks is None or not isinstance(pattern, PatternFault):
        return []
    return [Fact(f"the pattern of `{looks.address}` is not valid: {pattern.message}", looks.origin)]


def _differences(record: dict[str, Any], way: Way) -> str:
    """The fields of a record that the way's pattern looks at, as they are in this one."""
    link = way.link(MATCHED)
    said: list[str] = []
    for path in link.mentions if link is not None else ():
        value = MISSING if any(isinstance(step, Each) for step in path) else _at(record, path)
        if value is MISSING:
            said.append(f"no `{written(path)}`")
        elif not isinstance(value, dict | list):
            said.append(f"`{written(path)}` = `{value}`")
    return ", ".join(said[:4]) or "other fields"


def _pattern_for(calls: Iterable[Call]) -> list[Fact]:
    """A filter pattern for calls that are told by their names."""
    names = [_telling_name(call) for call in calls]
    return [Fact(f"a pattern for them: `{{ {_any_of(names)} }}`")] if all(names) else []


def _telling_name(call: Call) -> str:
    """The name of a call if that is all that makes it what it is; empty for sign-ins, which all have one name."""
    return "" if call.name == _SIGN_IN else call.name


_SIGN_IN = "ConsoleLogin"


def _any_of(names: Iterable[str]) -> str:
    return " || ".join(f"($.eventName = {name})" for name in dict.fromkeys(names))


def _clauses(calls: Iterable[Call], way: Way) -> list[Fact]:
    """What to add to the nearest filter so that it matches calls that are told by their names."""
    names = [_telling_name(call) for call in calls]
    if not names:
        return []
    pattern = None if way.looks is None else pattern_of(getattr(way.looks, "pattern"), way.looks)  # noqa: B009
    if not all(names) or not isinstance(pattern, FilterPattern) or not pattern.is_json:
        return []
    return [Fact(f"to add: `{_any_of(names)}`")]


def surely_matches(pattern: FilterPattern, call: Call) -> bool:
    """Whether a pattern matches every record of a kind."""
    return not are_missing(pattern.needs, call.record) and pattern.answers(call.record).verdict is Verdict.TRUE
