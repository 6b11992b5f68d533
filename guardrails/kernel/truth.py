"""Three-valued truth that remembers what decided it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.origin import NOWHERE, Origin
from guardrails.kernel.typed import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from guardrails.kernel.why import Reason

T = TypeVar("T")

_MOST = 8
"""Facts and reasons kept: a finding that lists more than this is not read."""


class Verdict(Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


_TRUE, _FALSE, _UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
"""A member of an enumeration takes five times as long to look up as a name, and this is asked most of all."""


class Fact:
    """Something that was seen, and where: the reason a verdict can be believed."""

    __slots__ = ("_detail", "origin")

    def __init__(self, detail: str | Callable[[], str], origin: Origin = NOWHERE) -> None:
        """`detail` may be a function that words it: few of the facts that are met are ever told."""
        self._detail = detail
        self.origin = origin

    @property
    def detail(self) -> str:
        detail = self._detail
        if not isinstance(detail, str):
            detail = self._detail = detail()
        return detail

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Fact) and self.origin == other.origin and self.detail == other.detail
        )

    def __hash__(self) -> int:
        return hash(self.origin)

    def __repr__(self) -> str:
        return f"Fact({self.detail!r})"


class Truth:
    """TRUE, FALSE or UNKNOWN, with the facts that decided it, the most telling first, and the reasons if unknown.

    Combine with `&`, `|`, `~` (Kleene logic). There is deliberately no conversion to bool.
    """

    __slots__ = ("facts", "reasons", "verdict")

    def __init__(self, verdict: Verdict, facts: tuple[Fact, ...] = (), reasons: tuple[Reason, ...] = ()) -> None:
        self.verdict = verdict
        self.facts = facts
        self.reasons = reasons

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Truth) and (self.verdict, self.facts, self.reasons) == (
            other.verdict,
            other.facts,
            other.reasons,
        )

    def __hash__(self) -> int:
        return hash((self.verdict, self.facts, self.reasons))

    def __repr__(self) -> str:
        return f"Truth({self.verdict.name}, {self.facts!r}, {self.reasons!r})"

    def __bool__(self) -> NoReturn:
        raise TypeError("a Truth may be unknown: combine it with &, | and ~, or return it; it has no bool()")

    def __and__(self, other: Truth) -> Truth:
        mine, theirs = self.verdict, other.verdict
        if mine is theirs and mine is not _UNKNOWN:
            return Truth(mine, _first_of_two(self.facts, other.facts))
        if mine is _FALSE:
            return self
        if theirs is _FALSE:
            return other
        return self._unknown_with(other)

    def __or__(self, other: Truth) -> Truth:
        mine, theirs = self.verdict, other.verdict
        if mine is _TRUE:
            return self
        if theirs is _TRUE:
            return other
        if mine is _FALSE and theirs is _FALSE:
            return Truth(_FALSE, _first_of_two(self.facts, other.facts))
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


def all_of(truths: Iterable[Truth], *, told: bool = False) -> Truth:
    """Kleene conjunction; TRUE for none.

    None is asked for behind the first that is FALSE, unless all that decide are to be `told`.
    """
    return _joined(truths, _FALSE, _TRUE, told)


def any_of(truths: Iterable[Truth], *, told: bool = False) -> Truth:
    """Kleene disjunction; FALSE for none.

    None is asked for behind the first that is TRUE, unless all that decide are to be `told`.
    """
    return _joined(truths, _TRUE, _FALSE, told)


def _joined(truths: Iterable[Truth], decisive: Verdict, otherwise: Verdict, told: bool) -> Truth:
    """What is `decisive`; else what those that are not known say together, or all if each is known."""
    known: list[Truth] = []
    unknowns: list[Truth] = []
    deciding: list[Truth] = []
    for truth in truths:
        if truth.verdict is decisive:
            if not told:
                return truth
            deciding.append(truth)
            if len(deciding) == _MOST:
                break
        elif not deciding:
            (unknowns if truth.verdict is _UNKNOWN else known).append(truth)
    if deciding:
        return deciding[0] if len(deciding) == 1 else Truth(decisive, _first(*(t.facts for t in deciding)))
    if unknowns:
        return Truth(_UNKNOWN, _first(*(t.facts for t in unknowns)), _first(*(t.reasons for t in unknowns)))
    return Truth(otherwise, _first(*(t.facts for t in known)))


def _first_of_two(one: tuple[T, ...], two: tuple[T, ...]) -> tuple[T, ...]:
    """As `_first`, which this is nearly always asked for."""
    if not two:
        return one[:_MOST]
    if not one:
        return two[:_MOST]
    if len(one) == 1 and len(two) == 1:
        return one if one[0] == two[0] else one + two
    return tuple(dict.fromkeys(one + two))[:_MOST]


def _first(*groups: tuple[T, ...]) -> tuple[T, ...]:
    filled = [group for group in groups if group]
    if len(filled) < 2:
        return filled[0][:_MOST] if filled else ()
    if len(filled) == 2 and len(filled[0]) == 1 and len(filled[1]) == 1:  # by far the most frequent
        return filled[0] if filled[0] == filled[1] else (filled[0][0], filled[1][0])
    merged: dict[T, None] = {}
    for group in filled:
        for item in group:
            merged[item] = None
            if len(merged) == _MOST:  # There may be thousands more, all alike in their hash.
                return tuple(merged)
    return tuple(merged)
