"""Texts by which somebody is told of calls that would reach nobody: more clauses in the filter that comes nearest, or a
filter and an alarm that are wired like those that work already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from guardrails.kernel.truth import Verdict
from guardrails.remedies.edits import RefusedError
from guardrails.semantics.fields import ABSENT
from guardrails.semantics.filter_patterns import FilterPattern, parse
from guardrails.semantics.links import ALARMED, MATCHED, METRIC_FILTER, Way, ways
from guardrails.semantics.pipeline import in_account, noticed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from guardrails.kernel.origin import Origin
    from guardrails.model.account import Account
    from guardrails.remedies.steps import NoticeCalls
    from guardrails.semantics.scenario import Call

    Write: TypeAlias = Callable[[str, str], tuple[str, str]]
    """A filter and its alarm by a name, with a pattern: the file, and its text with them."""

LONGEST_PATTERN = 1024
"""Characters that CloudWatch Logs takes for a filter pattern."""
NEAREST = 3
"""Filters, or topics, that are tried."""


class Alarms(Protocol):
    """Filters and alarms in the language that they are written in. What cannot be written is a RefusedError."""

    def with_clauses(self, filter: Origin, clauses: str) -> tuple[str, str] | None:
        """The file in which a filter matches as well what the clauses match."""

    def like(self, filter: Origin, alarm: Origin) -> Write | None:
        """Another pair, with the log group, the target and the condition of this one."""

    def anew(self, group: Origin) -> Iterator[Write]:
        """A pair for a log group, for each topic beside it."""


class Watching:
    """What of a deployment matters for who is told of calls."""

    def __init__(self, account: Account, alarms: Alarms, reasons: list[str]) -> None:
        self._account = account
        self._alarms = alarms
        self._reasons = reasons

    def proposals(self, step: NoticeCalls) -> Iterator[tuple[str, str] | None]:
        """Files with what they might hold, the least change first; None where nothing is to be done."""
        calls = [in_account(self._account, call) for call in step.scenario.calls]
        seen = [noticed(self._account, call.record).truth.verdict for call in calls]
        unseen = [call for call, verdict in zip(calls, seen, strict=True) if verdict is Verdict.FALSE]
        if all(verdict is Verdict.TRUE for verdict in seen) and not step.even_if_noticed:
            yield None
            return
        if not unseen and not step.even_if_noticed:
            self._reasons.append("the calls are not surely unseen")
            return
        if step.even_if_noticed:
            there = self._account.metric_filters.some(lambda one: one.pattern.equals(step.pattern))
            if there.verdict is Verdict.TRUE:
                yield None
                return
        else:
            yield from self._extended(calls, unseen)
        pattern = step.pattern or (f"{{ {_any_of(unseen)} }}" if all(call.name for call in unseen) else "")
        if not pattern or len(pattern) > LONGEST_PATTERN:
            self._reasons.append("no one filter pattern is known for these calls")
            return
        for write in self._places():
            try:
                yield write(step.scenario.name, pattern)
            except RefusedError as error:
                self._reasons.append(str(error))

    def _extended(self, calls: list[Call], unseen: list[Call]) -> Iterator[tuple[str, str]]:
        """More clauses in the filters that come nearest."""
        if not all(call.name for call in unseen):
            return
        ranked: list[tuple[int, Way]] = []
        for way in ways(self._account):
            link = way.link(MATCHED)
            if way.mechanism == METRIC_FILTER and link is not None and way.looks is not None and way.is_certain:
                matched = sum(link.of(call.record).verdict is Verdict.TRUE for call in calls)
                if matched:
                    ranked.append((matched, way))
        for _, way in sorted(ranked, key=lambda one: -one[0])[:NEAREST]:
            link = way.link(MATCHED)
            if link is None or way.looks is None:
                continue
            missed = [call for call in unseen if link.of(call.record).verdict is not Verdict.TRUE]
            try:
                made = self._alarms.with_clauses(way.looks.origin, _any_of(missed)) if missed else None
            except RefusedError as error:
                self._reasons.append(str(error))
            else:
                if made is not None:
                    yield made

    def _places(self) -> Iterator[Write]:
        """Where a filter and an alarm may stand: beside a pair that works, in each file once, or beside the log group
        of a trail."""
        tried: set[str] = set()
        for way in ways(self._account):
            alarmed = way.link(ALARMED)
            if way.mechanism != METRIC_FILTER or way.looks is None or alarmed is None or not way.is_certain:
                continue
            if alarmed.origin.file in tried:
                continue
            try:
                write = self._alarms.like(way.looks.origin, alarmed.origin)
            except RefusedError as error:
                self._reasons.append(str(error))
                continue
            if write is not None:
                tried.add(alarmed.origin.file)
                yield write
        for trail, _ in self._account.trails.members():
            for group, _ in trail.log_group.members():
                try:
                    yield from self._alarms.anew(group.origin)
                except RefusedError as error:
                    self._reasons.append(str(error))


def assert_extended(pattern: str, clauses: str) -> None:
    """See that a pattern can get the clauses at its end. `&&` binds tighter than `||`, so what stands before them keeps
    its meaning."""
    if not isinstance(parse(f"{pattern.rstrip().removesuffix('}')} || {clauses} }}"), FilterPattern):
        raise RefusedError("the nearest filter has no pattern to which clauses can be added")
    if len(pattern) + len(clauses) + 4 > LONGEST_PATTERN:
        raise RefusedError(f"the nearest filter's pattern would be longer than {LONGEST_PATTERN} characters")


def narrower(pattern: str, condition: str) -> str:
    """A pattern that matches what fits a condition as well."""
    inner = pattern.strip().removeprefix("{").removesuffix("}").strip()
    if not pattern.strip().startswith("{") or len(inner) + len(condition) > LONGEST_PATTERN - 12:
        raise RefusedError("the filter has no pattern that can be narrowed here")
    whole = inner if inner.startswith("(") and inner.count("(") == 1 else f"({inner})"
    return f"{{ {whole} && ({condition}) }}"


def _any_of(calls: Sequence[Call]) -> str:
    """The condition for calls that are told by their names."""
    return " || ".join(dict.fromkeys(map(_condition, calls)))


def _condition(call: Call) -> str:
    named = f"($.eventName = {call.name})"
    if call.record.select(("userIdentity", "invokedBy")) == ABSENT:
        # What services do by themselves is everyday business, and looks like it otherwise.
        return f"({named} && ($.userIdentity.invokedBy NOT EXISTS))"
    return named
