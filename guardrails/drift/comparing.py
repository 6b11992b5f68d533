"""Whether a resource that is there is as it was declared, attribute by attribute, by the model and not by answers.

What the declaration leaves open is no difference: the account fills it in. What the account does not say is open. A
reference to another resource of the code means whatever that resource is in the account.
"""

from __future__ import annotations

import re

from guardrails.drift.fields import COMPARED, MEANINGS
from guardrails.drift.filled import FILLED_IN, sides
from guardrails.drift.names import equal, is_arn, known_by, plain_arn, short, texts_of
from guardrails.drift.records import Difference, Open
from guardrails.drift.statements import Statements, statements_of
from guardrails.drift.words import Words, filled, of_truth, tells, why
from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import Why
from guardrails.model import (
    AccessPolicy,
    DeliveryChannel,
    Destination,
    EncryptionKey,
    PolicyAttachment,
    SecurityStandard,
    Statement,
)
from guardrails.model.resource import Resource
from guardrails.semantics.access.managed import OfAws

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.why import Reason

    Meaning = Callable[[Any], object]

_INLINE: frozenset[type[Resource]] = frozenset((DeliveryChannel, PolicyAttachment, SecurityStandard))
"""Kinds that are parts of another resource, and are compared by what they say."""
_TOLD_BY_ARN = frozenset(("declared_watched", "kind", "topic"))
"""What the ARN of a destination says as well."""
_AT_REST = (None, False, "", 0)
"""What an account says of what nobody touched: of what the code has no way to say, only more than that is told."""
_PAIRED = 4
"""Members that are all different are paired by likeness up to this many."""
ABSENT = "not there"


class Twins:
    """What is known of which resource in the account a declared one is."""

    def live(self, declared: Resource) -> Resource | None:
        """The one that it is; None where it was not found."""
        raise NotImplementedError

    def declaration(self, live: Resource) -> Resource | None:
        """The declared resource that one of an account is; None where nobody declared it."""
        raise NotImplementedError

    def hidden(self, declared: Resource) -> str:
        """Why it may be there although it was not read; empty if it would have been."""
        raise NotImplementedError

    def doubtful(self, declared: Resource) -> str:
        """Why one that was not found may be there all the same; empty if it is surely not there."""
        raise NotImplementedError

    def called(self, reference: Reference) -> str | None:
        """What a reference to a resource of the code stands for in the account."""
        raise NotImplementedError

    def named(self, reference: Reference) -> str:
        """The name of the resource that a reference leads to, where the code tells that; else empty."""
        raise NotImplementedError


class Told:
    """Whether two things are the same, and what differs or is open if not."""

    __slots__ = ("differences", "opens")

    def __init__(self) -> None:
        self.differences: list[Difference] = []
        self.opens: list[Open] = []

    @property
    def verdict(self) -> Verdict:
        """TRUE: the same."""
        if self.differences:
            return Verdict.FALSE
        return Verdict.UNKNOWN if self.opens else Verdict.TRUE


class Comparer:
    """Compares declared resources with those that they are."""

    def __init__(self, twins: Twins) -> None:
        self._twins = twins
        self._words = Words(twins.called)
        self._statements = Statements(self._same, self._filled, self._fits)

    def resource(self, declared: Resource, live: Resource, only: frozenset[str] | None = None) -> Told:
        """All compared attributes of a resource, or those of `only`."""
        told = Told()
        model = type(declared)
        for field in COMPARED.get(model, ()):
            if only is not None and field not in only:
                continue
            mine, theirs = getattr(declared, field), getattr(live, field)
            rule = FILLED_IN.get((model, field))
            if rule is not None and rule(mine, theirs, live):
                continue
            mine, theirs = sides(model, field, mine, theirs)
            self._any(mine, theirs, field, declared.origin, told, MEANINGS.get((model, field)))
        return told

    # --- any --------------------------------------------------------------------------------------------------------

    def _any(
        self, declared: object, live: object, field: str, head: Origin, told: Told, meaning: Meaning | None = None
    ) -> None:
        if isinstance(declared, Value):
            assert isinstance(live, Value)
            self._value(declared, live, field, head, told, meaning)
        elif isinstance(declared, Many):
            assert isinstance(live, Many)
            self._members(declared, live, field, head, told)
        elif isinstance(declared, Truth):
            assert isinstance(live, Truth)
            self._truth(declared, live, field, head, told)
        elif isinstance(declared, Noun | Record):
            self._parts(declared, live, field, head, told)
        elif declared != live:
            told.differences.append(Difference(field, field, str(declared), str(live), head))

    def _parts(self, declared: Any, live: Any, field: str, head: Origin, told: Told) -> None:  # noqa: ANN401 - any noun
        place = _placed(getattr(declared, "origin", head), head)
        for name in declared._fields:
            if tells(declared, name) and not (isinstance(declared, Destination) and name in _TOLD_BY_ARN):
                self._any(getattr(declared, name), getattr(live, name), f"{field}.{name}", place, told)

    # --- leaves -----------------------------------------------------------------------------------------------------

    def _value(
        self, declared: Value[Any], live: Value[Any], field: str, head: Origin, told: Told, meaning: Meaning | None
    ) -> None:
        origin = _placed(declared.origin, head)
        spelled = declared.origin.attribute or field
        same = self._same(declared, live, meaning)
        if same is Verdict.FALSE:
            mine, theirs = self._words.shown(declared), self._words.shown(live)
            told.differences.append(Difference(spelled, field, mine, theirs, origin))
        elif same is Verdict.UNKNOWN:
            refused = declared.settled or not live.settled
            if not refused and _unsayable(declared.reasons) and live.or_none() in _AT_REST:
                return
            reasons = live.reasons if refused else declared.reasons
            told.opens.append(Open(spelled, field, why(reasons), self._words.shown(live), origin, refused))

    def _same(self, declared: Value[Any], live: Value[Any], meaning: Meaning | None = None) -> Verdict:
        if not live.settled:
            return self._same_as_unknown(declared, live)
        content = live.or_none()
        if declared.settled:
            return _decided(equal(declared.or_none(), content, meaning))
        if declared.alternatives:
            answers = {self._same(one, live, meaning) for one in declared.alternatives}
            return Verdict.FALSE if answers == {Verdict.FALSE} else Verdict.UNKNOWN
        if declared.present is True and content is None:
            return Verdict.FALSE
        text = self._filled(declared)
        if text is not None:
            return _decided(equal(text, content, meaning))
        if isinstance(content, str) and meaning is None and self._tells_something(declared):
            # What is open in a text is whatever it turned out to be, if the rest of it fits.
            return _decided(self._fits(declared, content))
        return Verdict.UNKNOWN

    def _same_as_unknown(self, declared: Value[Any], live: Value[Any]) -> Verdict:
        """Whether something is the same as what is not known of the account."""
        if live.present is False and declared.settled and declared.or_none() is None:
            return Verdict.TRUE
        if live.present is False or (live.present is True and declared.settled and declared.or_none() is None):
            return Verdict.FALSE
        if not declared.settled and _beyond_us(live.reasons) and why(declared.reasons) == why(live.reasons):
            return Verdict.TRUE  # the same thing of which this program does not know all, on both sides
        return Verdict.UNKNOWN

    def _filled(self, value: Value[Any]) -> str | None:
        return filled(value, self._twins.called)

    def _tells_something(self, value: Value[Any]) -> bool:
        """Whether any text would do, or only some."""
        return bool(value.parts) or (value.reference is not None and bool(self._twins.named(value.reference)))

    def _fits(self, value: Value[Any], text: str) -> bool:
        parts = value.parts or ((value.reference,) if value.reference is not None else (None,))
        return re.fullmatch("".join(map(self._step, parts)), text, re.DOTALL) is not None

    def _step(self, part: str | Reference | Input | None) -> str:
        """What fits one piece of a text."""
        if isinstance(part, str):
            return re.escape(part)
        if isinstance(part, Input):
            return ".*"  # it may be empty
        if isinstance(part, Reference):
            known = self._twins.called(part)
            if known is not None:
                return re.escape(known)
            name = self._twins.named(part)
            if name and str(part.path[-1]).lower().endswith("arn"):
                return f"arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:.*[:/])?{re.escape(name)}(?:[:/].*)?"
        return ".+"

    def _truth(self, declared: Truth, live: Truth, field: str, head: Origin, told: Told) -> None:
        verdicts = (declared.verdict, live.verdict)
        if Verdict.UNKNOWN in verdicts:
            refused = live.verdict is Verdict.UNKNOWN
            reasons = live.reasons if refused else declared.reasons
            told.opens.append(Open(field, field, why(reasons), of_truth(live), head, refused))
        elif verdicts[0] is not verdicts[1]:
            told.differences.append(Difference(field, field, of_truth(declared), of_truth(live), head))

    # --- collections ------------------------------------------------------------------------------------------------

    def _members(self, declared: Many[Any], live: Many[Any], field: str, head: Origin, told: Told) -> None:
        mine, gaps = _members_of(declared)
        theirs, live_gaps = _members_of(live)
        place = _placed(declared.owner, head)
        if _of_policies(mine, gaps) or _of_policies(theirs, live_gaps):
            # All policies of a resource hold together: what counts is the statements, in any order.
            if len(mine) == 1:
                place = _placed(mine[0][0].origin, place)  # what was added would stand there
            mine, gaps, attached = statements_of(mine, gaps)
            theirs, live_gaps, live_attached = statements_of(theirs, live_gaps)
            _of_aws(attached, live_attached, (gaps, live_gaps), field, place, told)
            field = f"{field}.statements"
        unmatched, left = self._without_twins(mine, theirs)
        doubts, unmatched, left = self._with_doubts(unmatched, left)
        self._doubts(doubts, field, place, told)
        if not gaps and not live_gaps:
            pairs, unmatched, left = self._likeliest(unmatched, left)
            for one, other in pairs:
                self._changed(one, other, field, place, told)
        self._lacking(unmatched, live_gaps, field, place, told)
        uncertain = [reason for _, exists in mine if _open(exists) for reason in exists.reasons]
        self._added(left, gaps or uncertain, field, place, told)
        if not mine and not theirs and (gaps or live_gaps) and not (_unsayable(gaps) and not live_gaps):
            told.opens.append(Open(field, field, why(live_gaps or gaps), "", place, bool(live_gaps)))

    def _without_twins(
        self, mine: Sequence[tuple[Any, Truth]], theirs: Sequence[tuple[Any, Truth]]
    ) -> tuple[list[tuple[Any, Truth]], list[tuple[Any, Truth]]]:
        """Those of either side that have no equal on the other."""
        left = list(theirs)
        unmatched: list[tuple[Any, Truth]] = []
        for one, exists in mine:
            for place, (other, there) in enumerate(left):
                if self._alike(one, other) is Verdict.TRUE and (not _open(there) or _open(exists)):
                    del left[place]
                    break
            else:
                unmatched.append((one, exists))
        if not (unmatched or left) or not all(isinstance(one, Statement | Value) for one, _ in (*mine, *theirs)):
            return unmatched, left
        # Statements and texts say no more for being repeated.
        unmatched = [pair for pair in unmatched if not self._among(pair[0], theirs)]
        left = [pair for pair in left if not self._among(pair[0], mine, turned=True)]
        certain = not any(_open(exists) for _, exists in (*mine, *theirs))
        if (
            certain
            and unmatched
            and left
            and self._statements.same_in_all([one for one, _ in mine], [one for one, _ in theirs])
        ):
            return [], []
        return unmatched, left

    def _among(self, one: object, others: Sequence[tuple[Any, Truth]], *, turned: bool = False) -> bool:
        """Whether one of the others is surely there and the same."""
        return any(
            (self._alike(other, one) if turned else self._alike(one, other)) is Verdict.TRUE and not _open(exists)
            for other, exists in others
        )

    def _with_doubts(
        self, unmatched: Sequence[tuple[Any, Truth]], left: Sequence[tuple[Any, Truth]]
    ) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Truth]], list[tuple[Any, Truth]]]:
        """Those that may be the same."""
        doubts: list[tuple[Any, Any]] = []
        rest: list[tuple[Any, Truth]] = []
        others = list(left)
        for one, exists in unmatched:
            for place, (other, there) in enumerate(others):
                alike = self._alike(one, other)
                if alike is Verdict.UNKNOWN or (alike is Verdict.TRUE and _open(there)):
                    doubts.append((one, other))
                    del others[place]
                    break
            else:
                rest.append((one, exists))
        return doubts, rest, others

    def _likeliest(
        self, unmatched: list[tuple[Any, Truth]], left: list[tuple[Any, Truth]]
    ) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Truth]], list[tuple[Any, Truth]]]:
        """Pairs of those that were changed rather than taken away and put there: the fewest differences go first."""
        if any(_open(exists) for _, exists in (*unmatched, *left)) or not 0 < len(unmatched) == len(left) <= _PAIRED:
            return [], unmatched, left
        ones = [one for one, _ in unmatched]
        others = [other for other, _ in left]
        if not all(type(one) is type(other) for one in ones for other in others):
            return [], unmatched, left
        if len(ones) > 1 and not all(map(_has_parts, ones)):
            return [], unmatched, left
        if len(ones) == 1:
            return [(ones[0], others[0])], [], []
        pairs: list[tuple[Any, Any]] = []
        while ones:
            places = ((i, j) for i in range(len(ones)) for j in range(len(others)))
            i, j = min(places, key=lambda place: (self._distance(ones[place[0]], others[place[1]]), place))
            pairs.append((ones.pop(i), others.pop(j)))
        return pairs, [], []

    def _distance(self, one: object, other: object) -> int:
        if isinstance(one, Statement) and isinstance(other, Statement):
            return self._statements.distance(one, other)
        told = Told()
        self._any(one, other, "", NOWHERE, told)
        return len(told.differences)

    def _changed(self, one: object, other: object, field: str, place: Origin, told: Told) -> None:
        if _has_parts(one) and not isinstance(one, Statement):
            self._any(one, other, field, place, told)
            return
        # As a whole: the elements of a statement say little without each other, and a link or a text has none.
        origin = _placed(one.origin, place) if isinstance(one, Statement | Value) else place
        mine, theirs = self._words.shown(one), self._words.shown(other)
        told.differences.append(Difference(origin.attribute or field, field, mine, theirs, origin))

    def _doubts(self, pairs: Iterable[tuple[Any, Any]], field: str, place: Origin, told: Told) -> None:
        for one, other in pairs:
            below = Told()
            reason = ""
            if isinstance(one, Resource) and type(one) not in _INLINE:
                reason = self._twins.doubtful(one) if one.owned else ""
            else:
                self._any(one, other, field, place, below)
            unclear = Open(field, field, reason or "not all of it is known", self._words.shown(other), place)
            told.opens += below.opens or [unclear]

    def _lacking(
        self, unmatched: Sequence[tuple[Any, Truth]], gaps: Sequence[Reason], field: str, place: Origin, told: Told
    ) -> None:
        for one, exists in unmatched:
            origin = place if _is_link(one) else _placed(getattr(one, "origin", place), place)
            spelled = origin.attribute or place.attribute
            if gaps or _open(exists):
                reason = why(gaps or exists.reasons)
                told.opens.append(Open(spelled or field, field, reason, ABSENT, origin, bool(gaps)))
            else:
                told.differences.append(Difference(spelled or field, field, self._words.shown(one), ABSENT, origin))

    def _added(
        self, left: Sequence[tuple[Any, Truth]], gaps: Sequence[Reason], field: str, place: Origin, told: Told
    ) -> None:
        for one, exists in left:
            shown, spelled = self._words.shown(one), place.attribute or field
            if gaps or _open(exists):
                refused = not gaps
                told.opens.append(Open(spelled, field, why(gaps or exists.reasons), shown, place, refused))
            else:
                told.differences.append(Difference(spelled, field, ABSENT, shown, place))

    def _alike(self, one: object, other: object) -> Verdict:
        """Whether two members are the same."""
        if isinstance(one, Resource) and isinstance(other, Resource) and type(one) not in _INLINE:
            return self._linked(one, other)
        if isinstance(one, Value) and isinstance(other, Value):
            return self._same(one, other)
        if isinstance(one, Statement) and isinstance(other, Statement):
            return self._statements.alike(one, other)
        if type(one) is not type(other):
            return _decided(one == other)
        told = Told()
        self._any(one, other, "", NOWHERE, told)
        return told.verdict

    def _linked(self, one: Resource, other: Resource) -> Verdict:
        """Whether what the code points at is what the account points at."""
        if not (other.address or other.name.or_none()):
            return Verdict.UNKNOWN  # which one it is was not said
        twin = self._twins.live(one)
        if twin is not None:
            if twin.address == other.address:
                return Verdict.TRUE
            # One that is pointed at by a name that was not said of it, as an alias, seems to be outside.
            nameless = not other.owned and not all(value.settled for value in known_by(twin))
            return Verdict.UNKNOWN if nameless else Verdict.FALSE
        if not one.owned:
            return self._outside(one, other)
        if self._names_of(one) & {short(text) for text in texts_of(other)}:
            return Verdict.TRUE
        if self._twins.hidden(one):
            # What was not listed may be called by its id here, and by its alias there.
            return Verdict.UNKNOWN if isinstance(one, EncryptionKey) or not self._names_of(one) else Verdict.FALSE
        if not self._twins.doubtful(one):
            return Verdict.FALSE  # It was looked for, and is not there: something else is in its place.
        # Where it may be there, what is in its place may be it, unless that is known as another.
        return _decided(False) if not other.owned or self._twins.declaration(other) is not None else Verdict.UNKNOWN

    def _outside(self, one: Resource, other: Resource) -> Verdict:
        """The same of something that the code does not make."""
        mine, theirs = self._texts_known(one), texts_of(other)
        if not mine:
            return Verdict.UNKNOWN  # named by something that is not known
        if all(map(is_arn, mine)) and all(map(is_arn, theirs)):
            return _decided(not {plain_arn(text) for text in mine}.isdisjoint({plain_arn(text) for text in theirs}))
        return _decided(not {short(text) for text in mine}.isdisjoint({short(text) for text in theirs}))

    def _names_of(self, one: Resource) -> set[str]:
        return {short(text) for value in known_by(one) if (text := value.or_none()) and isinstance(text, str)}

    def _texts_known(self, one: Resource) -> set[str]:
        return {text for text in (one.address, self._filled(one.name) if not one.address else None) if text}


def _members_of(many: Many[Any]) -> tuple[tuple[tuple[Any, Truth], ...], tuple[Reason, ...]]:
    members, gaps = many.loaded()
    return tuple((one, exists) for one, exists in members if exists.verdict is not Verdict.FALSE), gaps


def _of_policies(members: Iterable[tuple[Any, Truth]], gaps: Iterable[Reason]) -> bool:
    return any(isinstance(one, AccessPolicy) for one, _ in members) or any(isinstance(gap, OfAws) for gap in gaps)


def _of_aws(
    declared: dict[str, Origin],
    live: dict[str, Origin],
    gaps: tuple[Sequence[Reason], Sequence[Reason]],
    field: str,
    place: Origin,
    told: Told,
) -> None:
    """The policies of AWS that are attached on one side only."""
    for name in sorted(declared.keys() ^ live.keys()):
        said = f"AWS's policy {name}"
        here, there = (said, ABSENT) if name in declared else (ABSENT, said)
        origin = _placed(declared.get(name, NOWHERE), place)
        missing = gaps[1] if name in declared else gaps[0]
        if missing:
            told.opens.append(Open(origin.attribute or field, field, why(missing), there, origin, name in declared))
        else:
            told.differences.append(Difference(origin.attribute or field, field, here, there, origin))


def _placed(origin: Origin, head: Origin) -> Origin:
    return origin if origin.source is not None else head


def _decided(same: bool) -> Verdict:
    return Verdict.TRUE if same else Verdict.FALSE


def _open(exists: Truth) -> bool:
    return exists.verdict is Verdict.UNKNOWN


def _unsayable(reasons: Iterable[Reason]) -> bool:
    """Whether the declaration has no way to say it."""
    whys = {reason.why for reason in reasons}
    return whys == {Why.CANNOT_SAY}


def _beyond_us(reasons: Iterable[Reason]) -> bool:
    return all(reason.why in (Why.UNSUPPORTED, Why.LIMIT) for reason in reasons)


def _is_link(one: object) -> bool:
    return isinstance(one, Resource) and type(one) not in _INLINE


def _has_parts(one: object) -> bool:
    """Whether a member is told apart by its parts, and is no link and no text."""
    return isinstance(one, Noun) and not _is_link(one)
