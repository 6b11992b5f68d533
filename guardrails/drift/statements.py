"""Whether two statements of access policies say the same, however they are spelled."""

from __future__ import annotations

import re

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Truth, Verdict
from guardrails.model import Statement
from guardrails.semantics.access.managed import OfAws

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.kernel.why import Reason
    from guardrails.model import Condition, Principal

    Same = Callable[[Value[Any], Value[Any]], Verdict]
    Fits = Callable[[Value[Any], str], bool]
    Filled = Callable[[Value[Any]], "str | None"]


_MOST_ATOMS = 5000
"""Combinations of principal, action and resource that are looked at one by one."""


class Statements:
    """Compares statements element by element: lists in any order and with repetitions, names in any case."""

    __slots__ = ("_filled", "_fits", "_same")

    def __init__(self, same: Same, filled: Filled, fits: Fits) -> None:
        self._same = same
        self._filled = filled
        self._fits = fits

    def alike(self, one: Statement, other: Statement) -> Verdict:
        """Whether two statements are the same."""
        answers: set[Verdict] = set()
        for compare in (self._effects, self._who, self._what, self._of_what, self._when):
            answers.add(compare(one, other))
            if Verdict.FALSE in answers:
                return Verdict.FALSE
        return _together(answers)

    def distance(self, one: Statement, other: Statement) -> int:
        """How many elements of two statements differ."""
        compared = (self._effects, self._who, self._what, self._of_what, self._when)
        return sum(compare(one, other) is Verdict.FALSE for compare in compared)

    def same_in_all(self, declared: Sequence[object], live: Sequence[object]) -> bool:
        """Whether statements say the same taken together: what one allows two may share. Only of what is known."""
        mine, theirs = self._atoms(declared), self._atoms(live)
        return mine is not None and mine == theirs

    def _atoms(self, statements: Sequence[object]) -> frozenset[tuple[object, ...]] | None:
        found: set[tuple[object, ...]] = set()
        for one in statements:
            if not isinstance(one, Statement):
                return None
            if any(
                len(many.members()) or many.gaps for many in (one.not_principals, one.not_actions, one.not_resources)
            ):
                return None
            lists = [
                self._texts(_principals(one.principals), _principal),
                self._texts(one.actions, str.lower),
                self._texts(one.resources, str),
            ]
            conditions: set[tuple[object, ...]] = set()
            for condition, _ in one.conditions.members():
                values = self._texts(condition.values, _condition_value(condition))
                if values is None:
                    return None
                conditions.add((*_key(condition), frozenset(values)))
            effect = one.effect.or_none()
            if effect is None or None in lists or one.conditions.gaps:
                return None
            who, what, of = ((texts or [""]) for texts in lists)
            if len(found) + len(who) * len(what) * len(of) > _MOST_ATOMS:
                return None
            when = frozenset(conditions)
            found.update((effect, a, b, c, when) for a in who for b in what for c in of)
        return frozenset(found)

    def _texts(self, values: Many[Value[str]], normal: Callable[[str], str]) -> list[str] | None:
        """All texts of a list; None where one is not known."""
        members, gaps = values.loaded()
        texts = [value.or_none() if value.settled else self._filled(value) for value, _ in members]
        known = [normal(text) for text in texts if text is not None]
        return known if not gaps and len(known) == len(texts) else None

    def _effects(self, one: Statement, other: Statement) -> Verdict:
        return self._same(one.effect, other.effect)

    def _who(self, one: Statement, other: Statement) -> Verdict:
        return _together(
            {
                self.as_sets(_principals(one.principals), _principals(other.principals), _principal),
                self.as_sets(_principals(one.not_principals), _principals(other.not_principals), _principal),
            }
        )

    def _what(self, one: Statement, other: Statement) -> Verdict:
        return _together(
            {
                self.as_sets(one.actions, other.actions, str.lower),
                self.as_sets(one.not_actions, other.not_actions, str.lower),
            }
        )

    def _of_what(self, one: Statement, other: Statement) -> Verdict:
        return _together(
            {
                self.as_sets(one.resources, other.resources, str),
                self.as_sets(one.not_resources, other.not_resources, str),
            }
        )

    def _when(self, one: Statement, other: Statement) -> Verdict:
        (mine, gaps), (theirs, live_gaps) = one.conditions.loaded(), other.conditions.loaded()
        if gaps or live_gaps:
            return Verdict.UNKNOWN
        by_key = {_key(condition): condition.values for condition, _ in theirs}
        if {_key(condition) for condition, _ in mine} != by_key.keys():
            return Verdict.FALSE
        return _together(
            {
                self.as_sets(condition.values, by_key[_key(condition)], _condition_value(condition))
                for condition, _ in mine
            }
        )

    def as_sets(self, one: Many[Value[str]], other: Many[Value[str]], normal: Callable[[str], str]) -> Verdict:
        """Whether two lists hold the same texts, in any order and however often."""
        (mine, gaps), (theirs, live_gaps) = one.loaded(), other.loaded()
        known = {normal(text) for value, _ in theirs if (text := value.or_none()) is not None}
        open_live = bool(live_gaps) or any(not value.settled for value, _ in theirs)
        met: set[str] = set()
        doubt = bool(gaps) or open_live
        for value, _ in mine:
            text = value.or_none() if value.settled else self._filled(value)
            if text is not None:
                met.add(normal(text))
                if normal(text) not in known:
                    if not open_live:
                        return Verdict.FALSE
                    doubt = True
            else:
                fitting = {text for text in known if self._fits(value, text)} if value.parts else set(known)
                if not fitting and not open_live:
                    return Verdict.FALSE
                met |= fitting
                doubt = doubt or not value.parts
        if known - met and not gaps and not any(not value.settled and not value.parts for value, _ in mine):
            return Verdict.FALSE
        return Verdict.UNKNOWN if doubt else Verdict.TRUE


def statements_of(
    policies: Sequence[tuple[Any, Truth]], gaps: Sequence[Reason]
) -> tuple[tuple[tuple[Any, Truth], ...], tuple[Reason, ...], dict[str, Origin]]:
    """All statements of several policies, which hold together wherever each is written, and why there may be more.
    Policies of AWS are told apart by their names, with where they are attached: what they say is the same everywhere.
    """
    found: list[tuple[Any, Truth]] = []
    missing: list[Reason] = []
    of_aws: dict[str, Origin] = {}
    for reason in gaps:
        if isinstance(reason, OfAws):
            of_aws[reason.policy] = reason.origin
        else:
            missing.append(reason)
    for policy, exists in policies:
        members, more = policy.statements.loaded()
        named = [reason for one, _ in members for reason in one.effect.reasons if isinstance(reason, OfAws)]
        if named and exists.verdict is Verdict.TRUE:
            of_aws[named[0].policy] = policy.origin
        else:
            found += ((statement, exists & there) for statement, there in members)
            missing += more
    return tuple(found), tuple(dict.fromkeys(missing)), of_aws


def _key(condition: Condition) -> tuple[str, str]:
    return condition.operator.lower(), condition.key.lower()


def _condition_value(condition: Condition) -> Callable[[str], str]:
    """Truth values are read in any case."""
    truths = condition.operator.lower().partition(":")[2] or condition.operator.lower()
    return str.lower if truths.startswith(("bool", "null")) else str


def _together(answers: set[Verdict]) -> Verdict:
    if Verdict.FALSE in answers:
        return Verdict.FALSE
    return Verdict.UNKNOWN if Verdict.UNKNOWN in answers else Verdict.TRUE


def _principals(principals: Many[Principal]) -> Many[Value[str]]:
    return principals.through(
        lambda one: Many.of(one.identifier if one.kind in ("*", "AWS") else one.identifier.map(_of_kind(one.kind)))
    )


def _of_kind(kind: str) -> Callable[[str], str]:
    return lambda identifier: f"{kind}:{identifier}"


_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")


def _principal(text: str) -> str:
    """An account by its number and by the ARN of its root user are one principal."""
    found = _ROOT.fullmatch(text)
    return found.group(1) if found else text
