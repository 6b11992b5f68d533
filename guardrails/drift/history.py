"""When verdicts on accounts turned, over any number of times at which they were read, the oldest first.

Of each time only the verdicts are kept, and of these what decided them: what changed is worked out between the two
times between which a verdict turned.
"""

from __future__ import annotations

from guardrails.drift.snapshots import by_subject, deciding, explaining, in_words
from guardrails.findings import Outcome
from guardrails.kernel.record import Record, changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from guardrails.drift.records import Drift
    from guardrails.drift.snapshots import Deciding
    from guardrails.findings import Finding, GapNote
    from guardrails.policy import Severity

MOST_TOLD = 12
"""Changes that are told of one turn."""


class Turn(Record):
    """A verdict that is another one than the last time."""

    policy: str
    name: str
    severity: Severity
    account: str
    resource: str
    type: str
    before: Outcome | None
    """None: there was no such resource, or the policy did not speak of it."""
    after: Outcome | None
    """None: there is no such resource any more, or the policy no longer speaks of it: of a trail that is off, say."""
    time: str
    """When it was first seen so, as 2027-01-31T12:00:00Z."""
    last: str
    """When it was last seen otherwise; it turned between the two."""
    file: str
    message: str
    """What the policy says of it; empty for what is gone."""
    facts: tuple[str, ...] = ()
    """What decided the verdict as it is now."""
    changes: tuple[str, ...] = ()
    """What changed meanwhile of that by which the verdicts were decided, then and now."""
    decisive: tuple[Deciding, ...] = ()
    """These."""
    gone: bool = False
    """Whether what it was about is not there any more; else the policy no longer speaks of it."""


class Standing(Record):
    """A failure that was there when the account was read last."""

    policy: str
    name: str
    severity: Severity
    account: str
    resource: str
    type: str
    since: str
    """When it was first seen; no pass was seen since."""
    passed: str
    """When it was last seen to pass; empty if never."""
    from_start: bool
    """Whether it failed already when the account was first read: for how long is not known."""
    doubted: bool
    """Whether it was not known, or not judged, at some time in between."""
    message: str


class Observation(Record):
    """One account as it was at one time."""

    account: str
    time: str
    file: str


class History(Record):
    """All that there is to say of a folder of snapshots."""

    observations: tuple[Observation, ...]
    turns: tuple[Turn, ...]
    """In order of time."""
    standing: tuple[Standing, ...]
    gaps: tuple[GapNote, ...] = ()
    notices: tuple[str, ...] = ()
    unknown: int = 0
    """Verdicts that were not known when the accounts were read last."""

    @property
    def is_incomplete(self) -> bool:
        return any(gap.incomplete for gap in self.gaps)

    def policies(self) -> list[str]:
        """Those with anything to tell, the most severe first."""
        ranks: dict[str, int] = {}
        told = [(one.policy, one.severity) for one in self.turns] + [
            (one.policy, one.severity) for one in self.standing
        ]
        for policy, severity in told:
            ranks[policy] = max(ranks.get(policy, 0), severity.rank)
        return sorted(ranks, key=lambda policy: (-ranks[policy], policy))


class _State:
    """What is known of one verdict."""

    __slots__ = ("decisive", "doubted", "from_start", "outcome", "passed", "since", "told")

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self.told: Finding | None = None
        """A verdict that is no pass, for what is said of it."""
        self.decisive: tuple[Deciding, ...] = ()
        self.since = self.passed = ""
        self.from_start = self.doubted = False


class Recorder:
    """Takes down verdicts, time after time."""

    def __init__(self) -> None:
        self._states: dict[str, dict[tuple[str, str], _State]] = {}
        """By account, and in it by policy and resource."""
        self._last: dict[str, Observation] = {}
        self._observations: list[Observation] = []
        self._turns: list[Turn] = []

    def last(self, account: str) -> Observation | None:
        """When an account was last seen."""
        return self._last.get(account)

    def observe(
        self,
        seen: Observation,
        findings: Iterable[Finding],
        policies: Collection[str] = (),
        unread: Callable[[Finding], str] = lambda _: "",
        there: Collection[str] = (),
    ) -> list[Turn]:
        """Take down the verdicts on one account; what is another one than the last time. `policies`: those that it
        was read for, of which alone the verdicts count; empty for all. `unread` says why what a verdict was about may
        be there although it was not read; `there` are the addresses of all that was read."""
        now = {
            (subject.policy, subject.resource): finding
            for subject, finding in by_subject(findings).items()
            if subject.account == seen.account and (not policies or subject.policy in policies)
        }
        states = self._states.setdefault(seen.account, {})
        last = self._last.get(seen.account)
        turns = []
        for key in sorted(states.keys() | now.keys()):
            if policies and key[0] not in policies:
                continue
            finding = now.get(key)
            state = states.get(key)
            if state is None:
                state = states[key] = _State()
            if finding is None and state.told is not None and (why := unread(state.told)):
                finding = changed(state.told, outcome=Outcome.UNKNOWN, message=why, because=())
            if last is not None and _tells(state.outcome, finding):
                turns.append(_turn(state, finding, seen, last, gone=finding is None and key[1] not in there))
            _note(state, finding, seen, first=last is None, gone=key[1] not in there)
            if state.outcome is None and not state.passed and not state.since:
                del states[key]
        self._last[seen.account] = seen
        self._observations.append(seen)
        return turns

    def tell(self, turns: Iterable[Turn]) -> None:
        """Keep turns, explained or not."""
        self._turns += turns

    def history(self, gaps: Sequence[GapNote] = (), notices: Sequence[str] = ()) -> History:
        turns = sorted(self._turns, key=lambda one: (one.time, one.account, one.policy, one.resource))
        return History(
            tuple(self._observations),
            tuple(turns),
            tuple(
                sorted(self._standing(), key=lambda one: (-one.severity.rank, one.policy, one.account, one.resource))
            ),
            tuple(dict.fromkeys(gaps)),
            tuple(dict.fromkeys(notices)),
            sum(state.outcome is Outcome.UNKNOWN for states in self._states.values() for state in states.values()),
        )

    def _standing(self) -> Iterator[Standing]:
        for account, states in self._states.items():
            for state in states.values():
                told = state.told
                if state.outcome is not Outcome.FAIL or told is None:
                    continue
                yield Standing(
                    policy=told.policy,
                    name=told.name,
                    severity=told.severity,
                    account=account,
                    resource=told.resource,
                    type=told.type,
                    since=state.since,
                    passed=state.passed,
                    from_start=state.from_start,
                    doubted=state.doubted,
                    message=told.message,
                )


def _urgency(one: Standing) -> tuple[int, str, str, str]:
    return -one.severity.rank, one.policy, one.account, one.resource


def _tells(before: Outcome | None, finding: Finding | None) -> bool:
    """Whether a verdict turned. What is new and passes, and what passed and is gone, says nothing by itself."""
    after = finding.outcome if finding is not None else None
    if before is after:
        return False
    return not (None in (before, after) and Outcome.PASS in (before, after))


def _turn(state: _State, finding: Finding | None, seen: Observation, last: Observation, *, gone: bool) -> Turn:
    told = finding or state.told
    assert told is not None  # what is gone failed before, or was not known
    return Turn(
        policy=told.policy,
        name=told.name,
        severity=told.severity,
        account=seen.account,
        resource=told.resource,
        type=told.type,
        before=state.outcome,
        after=finding.outcome if finding is not None else None,
        time=seen.time,
        last=last.time,
        file=seen.file,
        message=finding.message if finding is not None else "",
        facts=_facts(finding) if finding is not None else (),
        decisive=tuple(dict.fromkeys((*state.decisive, *deciding(finding), (seen.account, told.resource, "")))),
        gone=gone,
    )


def _facts(finding: Finding) -> tuple[str, ...]:
    """What decided a verdict, the reasons for not knowing first."""
    return tuple(fact.detail for fact in sorted(finding.because, key=lambda fact: not fact.why))


def _note(state: _State, finding: Finding | None, seen: Observation, *, first: bool, gone: bool) -> None:
    outcome = finding.outcome if finding is not None else None
    if outcome is Outcome.FAIL:
        if not state.since:
            state.since, state.from_start, state.doubted = seen.time, first, False
    elif outcome in (Outcome.UNKNOWN, Outcome.ERROR) or (outcome is None and not gone):
        state.doubted = bool(state.since)  # whether it still fails, or would pass, is not known
    else:
        state.since, state.from_start, state.doubted = "", False, False
        if outcome is Outcome.PASS:
            state.passed = seen.time
    state.outcome = outcome
    state.told = finding if outcome is not Outcome.PASS else None
    state.decisive = tuple(deciding(finding))


# What explains it


def places(turns: Iterable[Turn]) -> dict[str, frozenset[str]]:
    """By account, the resources that decided verdicts that turned."""
    found: dict[str, set[str]] = {}
    for turn in turns:
        for account, address, _ in turn.decisive:
            found.setdefault(account, set()).add(address)
    return {account: frozenset(addresses) for account, addresses in found.items()}


def explained(turns: Iterable[Turn], changes: Sequence[Drift]) -> Iterator[Turn]:
    """The turns, with what changed of that by which they were decided."""
    for turn in turns:
        yield turn if turn.gone else changed(turn, changes=tuple(_told(turn, changes)))


def _told(turn: Turn, changes: Sequence[Drift]) -> Iterator[str]:
    # Why something is not known is known; what changed besides would only look like the reason.
    certain = Outcome.UNKNOWN in (turn.before, turn.after)
    said: dict[str, None] = {}
    for change, differences in explaining(turn.decisive, changes, certain=certain):
        said.update((words, None) for words in in_words(change, differences, turn.resource))
    yield from list(said)[:MOST_TOLD]
    if len(said) > MOST_TOLD:
        yield f"and {len(said) - MOST_TOLD} more changes"
