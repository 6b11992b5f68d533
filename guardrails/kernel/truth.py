"""Three-valued truth that remembers what decided it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeVar

from guardrails.kernel.origin import NOWHERE, Origin

if TYPE_CHECKING:
    from guardrails.kernel.why import Reason

T = TypeVar("T")

_MOST = 8
"""Facts and reasons kept: a finding that lists more than this is not read."""


class Verdict(enum.Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was seen, and where: the reason a verdict can be believed."""

    detail: str
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Truth:
    """TRUE, FALSE or UNKNOWN, with the facts that decided it, the most telling first, and the reasons if unknown.

    Combine with `&`, `|`, `~` (Kleene logic). There is deliberately no conversion to bool.
    """

    verdict: Verdict
    facts: tuple[Fact, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("a Truth may be unknown: combine it with &, | and ~, or return it; it has no bool()")

    def __and__(self, other: Truth) -> Truth:
        mine, theirs = self.verdict, other.verdict
        if mine is Verdict.FALSE and theirs is Verdict.FALSE:
            return Truth(Verdict.FALSE, _first(self.facts, other.facts))
        if mine is Verdict.FALSE:
            return self
        if theirs is Verdict.FALSE:
            return other
        if mine is Verdict.TRUE and theirs is Verdict.TRUE:
            return Truth(Verdict.TRUE, _first(self.facts, other.facts))
        return self._unknown_with(other)

    def __or__(self, other: Truth) -> Truth:
        mine, theirs = self.verdict, other.verdict
        if mine is Verdict.TRUE:
            return self
        if theirs is Verdict.TRUE:
            return other
        if mine is Verdict.FALSE and theirs is Verdict.FALSE:
            return Truth(Verdict.FALSE, _first(self.facts, other.facts))
        return self._unknown_with(other)

    def __invert__(self) -> Truth:
        if self.verdict is Verdict.TRUE:
            return Truth(Verdict.FALSE, self.facts)
        if self.verdict is Verdict.FALSE:
            return Truth(Verdict.TRUE, self.facts)
        return self

    def _unknown_with(self, other: Truth) -> Truth:
        unknowns = [t for t in (self, other) if t.verdict is Verdict.UNKNOWN]
        return Truth(
            Verdict.UNKNOWN,
            _first(*(t.facts for t in unknowns)),
            _first(*(t.reasons for t in unknowns)),
        )

    def because(self, *facts: Fact) -> Truth:
        """The same verdict, led by these facts."""
        return Truth(self.verdict, _first(facts, self.facts), self.reasons)

    @property
    def known(self) -> Truth:
        """TRUE unless this is unknown: for a policy that speaks about not knowing itself."""
        return true(*self.facts) if self.verdict is not Verdict.UNKNOWN else false(*self.facts)


def true(*facts: Fact) -> Truth:
    return Truth(Verdict.TRUE, facts)


def false(*facts: Fact) -> Truth:
    return Truth(Verdict.FALSE, facts)


def unknown(*reasons: Reason, facts: tuple[Fact, ...] = ()) -> Truth:
    assert reasons, "an unknown says why"
    return Truth(Verdict.UNKNOWN, facts, reasons[:_MOST])


def decide(known: bool, *facts: Fact) -> Truth:
    """A Truth from a bool that is known."""
    return Truth(Verdict.TRUE if known else Verdict.FALSE, facts)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene conjunction; TRUE for none."""
    result = true()
    for truth in truths:
        result = result & truth
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene disjunction; FALSE for none."""
    result = false()
    for truth in truths:
        result = result | truth
    return result


def _first(*groups: tuple[T, ...]) -> tuple[T, ...]:
    merged = dict.fromkeys(item for group in groups for item in group)
    return tuple(merged)[:_MOST]
