"""Whether a resource that is there is as it was declared, attribute by attribute, by the model and not by answers.

What the declaration leaves open is no difference: the account fills it in. What the account does not say is open. A
reference to another resource of the code means whatever that resource is in the account.
"""

from __future__ import annotations

import re

from guardrails.drift.fields import COMPARED, MEANINGS
from guardrails.drift.records import Difference, Open
from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Noun, Record
from guardrails.kernel.truth import Truth, Verdict
from guardrails.kernel.value import Reference, Value
from guardrails.model import (
    AccessPolicy,
    Condition,
    DeliveryChannel,
    Destination,
    PolicyAttachment,
    Principal,
    SecurityStandard,
    Statement,
)
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.why import Reason

_PLACE = frozenset(("address", "type", "origin", "location", "account", "exists", "owned", "name", "protected", "sid"))
"""What says where something is, or what it is called, and makes no difference by itself."""
_INLINE: frozenset[type[Resource]] = frozenset((DeliveryChannel, PolicyAttachment, SecurityStandard))
"""Kinds that are parts of another resource, and are compared by what they say."""
_TOLD_BY_ARN = frozenset(("declared_watched", "kind", "topic"))
"""What the ARN of a destination says as well."""
_LONGEST = 100
"""Characters of a text that are shown."""


class Twins:
    """What is known of which resource in the account a declared one is."""

    def live(self, declared: Resource) -> Resource | None:
        """The one that it is; None where it was not found."""
        raise NotImplementedError

    def called(self, reference: Reference) -> str | None:
        """What a reference to a resource of the code stands for in the account."""
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

    def resource(self, declared: Resource, live: Resource, only: frozenset[str] | None = None) -> Told:
        """All compared attributes of a resource, or those of `only`."""
        told = Told()
        for field in COMPARED.get(type(declared), ()):
            if only is None or field in only:
                meaning = MEANINGS.get((type(declared), field))
                self._any(getattr(declared, field), getattr(live, field), field, declared.origin, told, meaning)
        return told

    # --- any --------------------------------------------------------------------------------------------------------

    def _any(
        self,
        declared: object,
        live: object,
        field: str,
        head: Origin,
        told: Told,
        meaning: Callable[[str], object] | None = None,
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
        place = getattr(declared, "origin", head)
        for name in declared._fields:
            if name not in _PLACE and not (isinstance(declared, Destination) and name in _TOLD_BY_ARN):
                self._any(getattr(declared, name), getattr(live, name), f"{field}.{name}", place, told)

    # --- leaves -----------------------------------------------------------------------------------------------------

    def _value(
        self,
        declared: Value[Any],
        live: Value[Any],
        field: str,
        head: Origin,
        told: Told,
        meaning: Callable[[str], object] | None,
    ) -> None:
        origin = declared.origin if declared.origin.source is not None else head
        spelled = declared.origin.attribute or field
        same = self._same(declared, live, meaning)
        if same is Verdict.FALSE:
            told.differences.append(Difference(spelled, field, self.shown(declared), self.shown(live), origin))
        elif same is Verdict.UNKNOWN:
            refused = declared.settled or not live.settled
            reasons = live.reasons if refused else declared.reasons
            told.opens.append(Open(spelled, field, _why(reasons), self.shown(live), origin, refused))

    def _same(self, declared: Value[Any], live: Value[Any], meaning: Callable[[str], object] | None = None) -> Verdict:
        if not live.settled:
            if live.present is False or (live.present is True and declared.settled and declared.or_none() is None):
                return Verdict.FALSE
            return Verdict.UNKNOWN
        content = live.or_none()
        if declared.settled:
            return _decided(_alike(declared.or_none(), content, meaning))
        if declared.alternatives:
            answers = {self._same(one, live, meaning) for one in declared.alternatives}
            return Verdict.FALSE if answers == {Verdict.FALSE} else Verdict.UNKNOWN
        if declared.present is True and content is None:
            return Verdict.FALSE
        filled = self._filled(declared)
        if filled is not None:
            return _decided(_alike(filled, content, meaning))
        if declared.parts and isinstance(content, str):
            # What is open in a text is whatever it turned out to be, if the rest of it fits.
            return _decided(self._fits(declared, content))
        return Verdict.UNKNOWN

    def _filled(self, value: Value[Any]) -> str | None:
        """A text with what its references stand for in the account; None where one of them is not known."""
        parts = value.parts or ((value.reference,) if value.reference is not None else ())
        texts: list[str] = []
        for part in parts:
            text = part if isinstance(part, str) else self._twins.called(part) if isinstance(part, Reference) else None
            if text is None:
                return None
            texts.append(text)
        return "".join(texts) if texts else None

    def _fits(self, value: Value[Any], text: str) -> bool:
        steps = []
        for part in value.parts:
            known = part if isinstance(part, str) else self._twins.called(part) if isinstance(part, Reference) else None
            steps.append(".+" if known is None else re.escape(known))
        return re.fullmatch("".join(steps), text, re.DOTALL) is not None

    def _truth(self, declared: Truth, live: Truth, field: str, head: Origin, told: Told) -> None:
        verdicts = (declared.verdict, live.verdict)
        if Verdict.UNKNOWN in verdicts:
            refused = live.verdict is Verdict.UNKNOWN
            reasons = live.reasons if refused else declared.reasons
            told.opens.append(Open(field, field, _why(reasons), _of_truth(live), head, refused))
        elif verdicts[0] is not verdicts[1]:
            told.differences.append(Difference(field, field, _of_truth(declared), _of_truth(live), head))

    # --- collections ------------------------------------------------------------------------------------------------

    def _members(self, declared: Many[Any], live: Many[Any], field: str, head: Origin, told: Told) -> None:
        mine, gaps = _members_of(declared)
        theirs, live_gaps = _members_of(live)
        if any(isinstance(one, AccessPolicy) for one, _ in (*mine, *theirs)):
            # All policies of a resource hold together: what counts is the statements, in any order.
            mine, gaps = _statements(mine, gaps)
            theirs, live_gaps = _statements(theirs, live_gaps)
            field = f"{field}.statements"
        place = declared.owner if declared.owner.source is not None else head
        left = list(theirs)
        unmatched: list[tuple[Any, Truth]] = []
        doubtful: list[tuple[Any, Any]] = []
        for one, exists in mine:
            answers = [(self._alike(one, other), other) for other, _ in left]
            twin = next((other for told_, other in answers if told_ is Verdict.TRUE), None)
            if twin is not None:
                left = [pair for pair in left if pair[0] is not twin]
            else:
                unmatched.append((one, exists))
        for one, exists in tuple(unmatched):
            perhaps = next((other for other, _ in left if self._alike(one, other) is Verdict.UNKNOWN), None)
            if perhaps is not None:
                doubtful.append((one, perhaps))
                left = [pair for pair in left if pair[0] is not perhaps]
                unmatched.remove((one, exists))
        self._doubts(doubtful, field, place, told)
        if not gaps and not live_gaps and len(unmatched) == len(left) == 1 and _of_parts(unmatched[0][0], left[0][0]):
            self._any(unmatched[0][0], left[0][0], field, place, told)
            return
        self._lacking(unmatched, live_gaps, field, place, told)
        self._added(left, gaps, field, place, told, may_be=any(_open(exists) for _, exists in mine))
        if not mine and not theirs and (gaps or live_gaps):
            told.opens.append(Open(field, field, _why(live_gaps or gaps), "", place, bool(live_gaps)))

    def _doubts(self, pairs: Iterable[tuple[Any, Any]], field: str, place: Origin, told: Told) -> None:
        for one, other in pairs:
            below = Told()
            self._any(one, other, field, place, below)
            told.opens += below.opens or [Open(field, field, "not all of it is known", self.shown(other), place)]

    def _lacking(
        self, unmatched: Sequence[tuple[Any, Truth]], gaps: Sequence[Reason], field: str, place: Origin, told: Told
    ) -> None:
        for one, exists in unmatched:
            origin = getattr(one, "origin", place)
            origin = origin if origin.source is not None else place
            if gaps or _open(exists):
                why = _why(gaps or exists.reasons)
                told.opens.append(Open(field, field, why, "not there", origin, bool(gaps)))
            else:
                told.differences.append(Difference(field, field, self.shown(one), "not there", origin))

    def _added(
        self,
        left: Sequence[tuple[Any, Truth]],
        gaps: Sequence[Reason],
        field: str,
        place: Origin,
        told: Told,
        *,
        may_be: bool,
    ) -> None:
        for one, _ in left:
            if gaps or may_be:
                told.opens.append(Open(field, field, _why(gaps), self.shown(one), place))
            else:
                told.differences.append(Difference(field, field, "not there", self.shown(one), place))

    def _alike(self, one: object, other: object) -> Verdict:
        """Whether two members are the same."""
        if isinstance(one, Resource) and isinstance(other, Resource) and type(one) not in _INLINE:
            return self._linked(one, other)
        if isinstance(one, Value) and isinstance(other, Value):
            return self._same(one, other)
        if isinstance(one, Statement) and isinstance(other, Statement):
            return self._statement(one, other)
        if type(one) is not type(other):
            return _decided(one == other)
        told = Told()
        self._any(one, other, "", getattr(one, "origin", NOWHERE), told)
        return told.verdict

    def _linked(self, one: Resource, other: Resource) -> Verdict:
        """Whether what the code points at is what the account points at."""
        twin = self._twins.live(one)
        if twin is not None:
            return _decided(twin.address == other.address)
        if one.owned:
            return Verdict.FALSE  # It was looked for, and is not there: something else is in its place.
        if not one.address:
            return Verdict.UNKNOWN  # named by something that is not known
        return _decided(_short(one.address) in (_short(other.address), _short(str(other.name.or_none() or ""))))

    # --- statements of policies -------------------------------------------------------------------------------------

    def _statement(self, one: Statement, other: Statement) -> Verdict:
        answers = [
            self._same(one.effect, other.effect),
            self._as_sets(_principals(one.principals), _principals(other.principals), _principal),
            self._as_sets(_principals(one.not_principals), _principals(other.not_principals), _principal),
            self._as_sets(one.actions, other.actions, str.lower),
            self._as_sets(one.not_actions, other.not_actions, str.lower),
            self._as_sets(one.resources, other.resources, str),
            self._as_sets(one.not_resources, other.not_resources, str),
            self._conditions(one.conditions, other.conditions),
        ]
        if Verdict.FALSE in answers:
            return Verdict.FALSE
        return Verdict.UNKNOWN if Verdict.UNKNOWN in answers else Verdict.TRUE

    def _as_sets(self, one: Many[Value[str]], other: Many[Value[str]], normal: Callable[[str], str]) -> Verdict:
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

    def _conditions(self, one: Many[Condition], other: Many[Condition]) -> Verdict:
        (mine, gaps), (theirs, live_gaps) = one.loaded(), other.loaded()
        if gaps or live_gaps:
            return Verdict.UNKNOWN
        by_key = {(condition.operator.lower(), condition.key.lower()): condition.values for condition, _ in theirs}
        keys = {(condition.operator.lower(), condition.key.lower()) for condition, _ in mine}
        if keys != by_key.keys():
            return Verdict.FALSE
        answers = {
            self._as_sets(condition.values, by_key[condition.operator.lower(), condition.key.lower()], str)
            for condition, _ in mine
        }
        if Verdict.FALSE in answers:
            return Verdict.FALSE
        return Verdict.UNKNOWN if Verdict.UNKNOWN in answers else Verdict.TRUE

    # --- words ------------------------------------------------------------------------------------------------------

    def shown(self, thing: object) -> str:
        """Something in words for people."""
        if isinstance(thing, Value):
            return self._value_shown(thing)
        if isinstance(thing, Statement):
            return self._statement_shown(thing)
        if isinstance(thing, Resource):
            return str(thing.name.or_none() or thing.address or "something that is not known")
        if isinstance(thing, Truth):
            return _of_truth(thing)
        if isinstance(thing, Noun | Record):
            parts = []
            for name in thing._fields:
                if name not in _PLACE:
                    said = self._below(getattr(thing, name))
                    parts += [f"{name} {said}"] if said else []
            return _cut(", ".join(parts))
        return _cut(str(thing))

    def _below(self, thing: object) -> str:
        if isinstance(thing, Many):
            return " and ".join(self.shown(one) for one, _ in thing.members())
        if isinstance(thing, Value) and thing.settled and thing.or_none() is None:
            return ""
        return self.shown(thing) if isinstance(thing, Value | Noun | Record) else ""

    def _value_shown(self, value: Value[Any]) -> str:
        content = value.or_none() if value.settled else self._filled(value)
        if content is None:
            return "not set" if value.settled else "set" if value.present else "not known"
        if isinstance(content, bool):
            return "true" if content else "false"
        return _cut(str(content))

    def _statement_shown(self, statement: Statement) -> str:
        def listed(values: Many[Value[str]]) -> str:
            return ", ".join(self.shown(value) for value, _ in values.members())

        who = listed(_principals(statement.principals))
        not_who = listed(_principals(statement.not_principals))
        what = listed(statement.actions) or f"all but {listed(statement.not_actions)}"
        of = listed(statement.resources) or f"all but {listed(statement.not_resources)}"
        conditions = ", ".join(
            f"{condition.key} {condition.operator} {listed(condition.values)}"
            for condition, _ in statement.conditions.members()
        )
        said = f"{self.shown(statement.effect)} {what} on {of}"
        said += f" to {who}" if who else f" to all but {not_who}" if not_who else ""
        return _cut(f"{said} if {conditions}" if conditions else said, 3 * _LONGEST)


def _members_of(many: Many[Any]) -> tuple[tuple[tuple[Any, Truth], ...], tuple[Reason, ...]]:
    members, gaps = many.loaded()
    return tuple((one, exists) for one, exists in members if exists.verdict is not Verdict.FALSE), gaps


def _statements(
    policies: Sequence[tuple[Any, Truth]], gaps: Sequence[Reason]
) -> tuple[tuple[tuple[Any, Truth], ...], tuple[Reason, ...]]:
    found: list[tuple[Any, Truth]] = []
    missing = list(gaps)
    for policy, exists in policies:
        members, more = policy.statements.loaded()
        found += ((statement, exists & there) for statement, there in members)
        missing += more
    return tuple(found), tuple(missing)


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


def _alike(declared: object, live: object, meaning: Callable[[str], object] | None) -> bool:
    if declared == live:
        return True
    if isinstance(declared, str) and isinstance(live, str):
        if meaning is not None:
            return meaning(declared) == meaning(live)
        return _short(declared) == _short(live) and (_is_arn(declared) != _is_arn(live))
    if isinstance(declared, (int, float)) and isinstance(live, (int, float)):
        return float(declared) == float(live)
    return False


def _is_arn(text: str) -> bool:
    return text.startswith("arn:")


def _short(text: str) -> str:
    """What an ARN names, without a wildcard behind it; the text itself where it is none."""
    if not _is_arn(text):
        return text
    resource = text.split(":", 5)[-1].removesuffix(":*")
    for head in ("log-group:", "alarm:", "rule/", "role/", "trail/", "key/", "eventdatastore/", "user/", "policy/"):
        if resource.startswith(head):
            return resource.removeprefix(head)
    return resource


def _decided(same: bool) -> Verdict:
    return Verdict.TRUE if same else Verdict.FALSE


def _open(exists: Truth) -> bool:
    return exists.verdict is Verdict.UNKNOWN


def _of_parts(one: object, other: object) -> bool:
    """Whether two members are told apart by their parts, and are no links."""
    if isinstance(one, Statement):
        return False
    linked = isinstance(one, Resource) and type(one) not in _INLINE
    return not linked and isinstance(one, Value | Noun) and type(one) is type(other)


def _why(reasons: Iterable[Reason]) -> str:
    return "; ".join(dict.fromkeys(reason.detail for reason in reasons)) or "not all of it is known"


def _of_truth(truth: Truth) -> str:
    return {Verdict.TRUE: "true", Verdict.FALSE: "false", Verdict.UNKNOWN: "not known"}[truth.verdict]


def _cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
