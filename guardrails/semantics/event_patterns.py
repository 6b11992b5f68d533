"""EventBridge event patterns over CloudTrail records: whether a rule's pattern matches the event of a record.

Sources: Amazon EventBridge User Guide, and AWS's open-source matcher event-ruler for what it does not say; what stays
open is in `events.unsettled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.events.calls import DETAIL_TYPES
from guardrails.semantics.events.closures import compiled
from guardrails.semantics.events.document import of_block
from guardrails.semantics.events.matchers import AnythingBut, Leaf, Matcher, TextLike
from guardrails.semantics.events.syntax import Condition, Note, Part, PatternFault, parse_document, parse_text
from guardrails.semantics.fields import ABSENT, Array, Field, known, written
from guardrails.semantics.partial import Mention, joined
from guardrails.semantics.shapes import ALL_TEXTS, FAILS, HOLDS, Glob, OneOf, Shape, exact, prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from guardrails.model.monitoring import EventRule
    from guardrails.semantics.partial import Mentions, PartialRecord
    from guardrails.semantics.shapes import Outcomes

__all__ = ["DETAIL_TYPES", "EventPattern", "Note", "PatternFault", "envelope", "parse", "pattern_of"]

_SIGNIN = "AWS Console Signin via CloudTrail"
_AWS = "aws."


def envelope(record: Mapping[str, object]) -> dict[str, object]:
    """The event that a CloudTrail record becomes. What the record does not say is not in it."""
    event: dict[str, object] = {"version": "0", "id": "", "resources": [], "detail": record}
    kind = DETAIL_TYPES.get(str(record.get("eventType")))
    source = record.get("eventSource")
    if kind is not None:
        event["detail-type"] = kind
    if isinstance(source, str):
        event["source"] = _AWS + source.split(".", 1)[0]
    for name, field in _COPIED.items():
        if isinstance(record.get(field), str):
            event[name] = record[field]
    return event


_COPIED = {"account": "recipientAccountId", "region": "awsRegion", "time": "eventTime"}


class EventPattern:
    """One event pattern. Patterns that are not known in every part answer with the reasons where that matters."""

    __slots__ = ("__dict__", "_part", "notes")

    def __init__(self, part: Part, notes: tuple[Note, ...]) -> None:
        self._part = part
        dead = Note(0, f"no event is known to have the `detail-type` `{_SIGNIN}`; console sign-ins have another one")
        self.notes = (*notes, *((dead,) if _waits_for_signin(part) else ()))

    @cached_property
    def _compiled(self) -> Callable[[object, object, bool], bool | None]:
        return compiled(self._part)

    @cached_property
    def _of_envelope(self) -> tuple[str, ...]:
        """The fields of records that it looks at through the envelope."""
        return tuple(
            field
            for name, field in (*_COPIED.items(), ("source", "eventSource"), ("detail-type", "eventType"))
            if _asks_for(self._part, name)
        )

    def matches_event(self, event: Mapping[str, Any]) -> bool | None:
        """Whether it matches a complete event."""
        return self._compiled(event, event, False)

    def matches(self, record: Mapping[str, object]) -> bool | None:
        """Whether it matches the event of a complete record; None where that is open, or where the record does not say
        what the event would."""
        for field in self._of_envelope:
            if not isinstance(record.get(field), str):
                return self._of_unsaid(record)
        return self._of_records(record)

    def _of_unsaid(self, record: Mapping[str, object]) -> bool | None:
        from guardrails.semantics.partial import PartialRecord

        verdict = self.ask(PartialRecord.from_json(record)).verdict
        return None if verdict is Verdict.UNKNOWN else verdict is Verdict.TRUE

    @cached_property
    def _of_records(self) -> Callable[[Mapping[str, object]], bool | None]:
        return _on_records(self._part)

    def ask(self, record: PartialRecord) -> Truth:
        """Whether it matches the events of all records of a kind (TRUE), of none (FALSE), or that is open."""
        found = _ask_event(self._part, record)
        if found.verdict is Verdict.UNKNOWN and not self._of_envelope:
            whole = record.whole()
            answer = self.matches(whole) if whole is not None else None
            if answer is not None:
                return decide(answer, *found.facts)
        return found

    @cached_property
    def mentions(self) -> Mentions:
        """The fields of records that decide it."""
        return _mentions(self._part)


@lru_cache(maxsize=1024)
def parse(text: str) -> EventPattern | PatternFault:
    """The pattern in a text."""
    found = parse_text(text)
    return found if isinstance(found, PatternFault) else EventPattern(*found)


def pattern_of(rule: EventRule) -> EventPattern | PatternFault | tuple[Reason, ...]:
    """The pattern of a rule, parsed; what is wrong with it; or why it is not known."""
    return rule.remembered("event pattern", lambda: _pattern_of(rule))


def _pattern_of(rule: EventRule) -> EventPattern | PatternFault | tuple[Reason, ...]:
    text = rule.pattern.or_none()
    if text is not None:
        found = parse(text)
        if isinstance(found, PatternFault) and rule.accepted.verdict is Verdict.TRUE:
            unread = f"EventBridge has accepted the pattern, and this program cannot read it: {found.message}"
            return (Reason(Why.UNSUPPORTED, unread, "", rule.pattern.origin),)
        return found
    if rule.pattern.settled:
        return PatternFault(0, "the rule has no event pattern")
    documents, gaps = rule.document.loaded()
    if gaps or len(documents) != 1:
        return gaps or rule.pattern.reasons
    parts = parse_document(of_block(documents[0][0]))
    return rule.pattern.reasons if isinstance(parts, PatternFault) else EventPattern(*parts)


# --- the envelope -----------------------------------------------------------------------------------------------------


class _OfSource(Shape):
    """Texts whose `aws.` and first label are of some shape: an event source seen as the `source` of an event."""

    within: Shape

    def matches(self, content: str) -> bool:
        return self.within.matches(_AWS + content.split(".", 1)[0])

    def samples(self) -> Iterable[str]:
        return [one.removeprefix(_AWS) + ".amazonaws.com" for one in self.within.samples() if one.startswith(_AWS)]


def _of_source(shape: Shape) -> Shape:
    literal = shape.literal
    if literal is not None:
        label = literal.removeprefix(_AWS)
        if not literal.startswith(_AWS) or "." in label:
            return OneOf(())
        return OneOf((exact(label), prefix(label + ".")))
    if isinstance(shape, Glob) and len(shape.pieces) == 2 and not shape.pieces[1]:
        start = shape.pieces[0]
        if _AWS.startswith(start):
            return prefix("")
        if start.startswith(_AWS) and "." not in start.removeprefix(_AWS):
            return prefix(start.removeprefix(_AWS))
    if isinstance(shape, OneOf):
        return OneOf(tuple(map(_of_source, shape.shapes)))
    return _OfSource(shape)


def _of_type(shape: Shape) -> Shape:
    return OneOf(tuple(exact(kind) for kind, said in DETAIL_TYPES.items() if shape.matches(said)))


def _itself(shape: Shape) -> Shape:
    return shape


_ENVELOPE: dict[str, tuple[tuple[str], Callable[[Shape], Shape]]] = {
    "source": (("eventSource",), _of_source),
    "detail-type": (("eventType",), _of_type),
    **{name: ((field,), _itself) for name, field in _COPIED.items()},
}
"""Which field of the record a field of the envelope is made of, and how texts of the one are told by the other."""
_CONSTANT = {"version": known("0"), "id": Field(texts=ALL_TEXTS), "resources": Field(elements=Array((), closed=True))}


@lru_cache(maxsize=4096)
def _translated(matcher: Matcher, name: str) -> Matcher:
    translate = _ENVELOPE[name][1]
    if isinstance(matcher, TextLike):
        return TextLike(translate(matcher.shape))
    if isinstance(matcher, AnythingBut):
        return AnythingBut(translate(matcher.excluded), matcher.values)
    return matcher


def _leaf_of(leaf: Leaf, name: str) -> Leaf:
    """The same question, asked of the field of the record."""
    if _ENVELOPE[name][1] is _itself:
        return leaf
    matchers = tuple(_translated(one, name) for one in leaf.matchers)
    return Leaf(matchers, absent=leaf.absent, open_for=leaf.open_for)


def _asks_for(part: Part, name: str) -> bool:
    return (
        any(condition.path == (name,) for condition in part.conditions)
        or any(_asks_for(inner, name) for _, inner in part.nested)
        or any(_asks_for(branch, name) for choice in part.choices for branch in choice)
    )


def _waits_for_signin(part: Part) -> bool:
    """Whether only the spelling of `detail-type` is listed that no event has."""
    for condition in part.conditions:
        if condition.path == ("detail-type",):
            wanted = [one.of_text(_SIGNIN) for one in condition.leaf.matchers]
            real = [one.of_text(kind) for one in condition.leaf.matchers for kind in DETAIL_TYPES.values()]
            return any(wanted) and not any(real)
    return False


# --- complete records -------------------------------------------------------------------------------------------------


def _on_records(part: Part) -> Callable[[Mapping[str, object]], bool | None]:
    """A pattern compiled for records, so that no event has to be made of each."""
    inner = _for_record(part)
    matches = compiled(inner)

    def of(record: Mapping[str, object]) -> bool | None:
        return matches(record, record, False)

    return of


def _for_record(part: Part) -> Part:
    """The same pattern as one of records: what is asked of the envelope is asked of what it is made of."""
    conditions: list[Condition] = []
    nested: list[tuple[tuple[str, ...], Part]] = []
    choices = [tuple(_for_record(branch) for branch in choice) for choice in part.choices]
    for condition in part.conditions:
        name, *rest = condition.path
        if name == "detail" and rest:
            conditions.append(Condition(tuple(rest), tuple(rest), condition.leaf))
        elif name in _ENVELOPE and not rest:
            (field,) = _ENVELOPE[name][0]
            conditions.append(Condition((field,), (field,), _leaf_of(condition.leaf, name)))
        else:
            answers = [_ask_leaf(condition.leaf, _CONSTANT.get(name, ABSENT), condition.path, False).verdict]
            choices += (
                [] if answers == [Verdict.TRUE] else [(_IMPOSSIBLE,)] if answers == [Verdict.FALSE] else [(_OPEN,)]
            )
    for steps, inner in part.nested:
        if steps == ("detail",):
            below = _moved(inner)
            conditions += below.conditions
            nested += below.nested
            choices += below.choices
        elif steps[0] == "detail":
            nested.append((steps[1:], _moved(inner)))
        else:
            asked = _ask_value(inner, _CONSTANT.get(steps[0], ABSENT), steps, False).verdict
            choices += [] if asked is Verdict.TRUE else [(_IMPOSSIBLE,)] if asked is Verdict.FALSE else [(_OPEN,)]
    return Part(tuple(conditions), tuple(nested), tuple(choices))


def _moved(part: Part) -> Part:
    """A part of `detail` as one of the record."""
    return Part(
        tuple(Condition(one.steps, one.path[1:], one.leaf) for one in part.conditions),
        tuple((steps, _moved(inner)) for steps, inner in part.nested),
        tuple(tuple(_moved(branch) for branch in choice) for choice in part.choices),
    )


_NOTHING = Leaf(())
_IMPOSSIBLE = Part((Condition(("version",), ("version",), _NOTHING),), (), ())
_OPEN = Part(
    (Condition(("version",), ("version",), Leaf((), open_for=(Reason(Why.CANNOT_SAY, "a record does not say it"),))),),
    (),
    (),
)


# --- partial records --------------------------------------------------------------------------------------------------


def _ask_event(part: Part, record: PartialRecord) -> Truth:
    return all_of(_answers(part, record))


def _answers(part: Part, record: PartialRecord) -> Iterator[Truth]:
    for condition in part.conditions:
        yield _ask_envelope(condition.path, condition.leaf, record)
    for steps, inner in part.nested:
        if steps[0] == "detail":
            yield _ask_value(inner, _behind(record.root, steps[1:]), steps[1:], False)
        else:
            yield _ask_value(inner, _CONSTANT.get(steps[0], ABSENT), steps, False)
    for choice in part.choices:
        yield any_of(_ask_event(branch, record) for branch in choice)


def _ask_envelope(path: tuple[str, ...], leaf: Leaf, record: PartialRecord) -> Truth:
    name = path[0]
    if name == "detail":
        return _ask_leaf(leaf, _behind(record.root, path[1:]), path[1:], False)
    if name not in _ENVELOPE or len(path) > 1:
        field = _CONSTANT.get(name, ABSENT) if len(path) == 1 else ABSENT
        return _ask_leaf(leaf, field, path, False)
    of, _ = _ENVELOPE[name]
    field = record.select(of)
    here = field if field.texts is not None and not field.absent else Field(texts=field.texts or ALL_TEXTS)
    return _ask_leaf(_leaf_of(leaf, name), here, of, False)


def _behind(field: Field, steps: tuple[str, ...]) -> Field:
    for step in steps:
        field = field.child(step)
    return field


def _ask_value(part: Part, field: Field, path: tuple[str, ...], in_array: bool) -> Truth:
    """One object of a pattern, asked of a field that may be an object, an array of them, or neither."""
    answers: list[Truth] = []
    if field.members is not None:
        answers.append(_ask_members(part, Field(members=field.members), path, in_array))
    if field.texts is not None or field.others or field.numbers or field.absent:
        answers.append(_ask_members(part, ABSENT, path, in_array))
    if field.elements is not None:
        answers.append(_ask_elements(part, field.elements, path))
    verdicts = {answer.verdict for answer in answers}
    if len(verdicts) == 1:
        return all_of(answers) if verdicts == {Verdict.TRUE} else any_of(answers)
    return unknown(_may_be(path, field), facts=_seen(path, field))


def _ask_members(part: Part, field: Field, path: tuple[str, ...], in_array: bool) -> Truth:
    answers = [
        _ask_leaf(condition.leaf, _behind(field, condition.steps), (*path, *condition.steps), in_array)
        for condition in part.conditions
    ]
    answers += [_ask_value(inner, _behind(field, steps), (*path, *steps), in_array) for steps, inner in part.nested]
    answers += [any_of(_ask_members(branch, field, path, in_array) for branch in choice) for choice in part.choices]
    return all_of(answers)


def _ask_elements(part: Part, array: Array, path: tuple[str, ...]) -> Truth:
    """Of an array one element is enough."""
    if array.closed and not array.items:
        return _ask_members(part, ABSENT, path, True)
    answers = [_ask_value(part, item, path, True) for item in array.items]
    if not array.closed or any(item.absent for item in array.items):
        answers.append(unknown(Reason(Why.CANNOT_SAY, f"what is in `{written(path)}` is not said")))
    return any_of(answers)


def _ask_leaf(leaf: Leaf, field: Field, path: tuple[str, ...], in_array: bool) -> Truth:
    outcomes: Outcomes = field.outcomes(leaf)
    if in_array and leaf.absent and field.absent and outcomes != FAILS:
        outcomes = outcomes | FAILS | HOLDS  # another element may have it
    seen = _seen(path, field)
    if outcomes == HOLDS:
        return true(*seen)
    if leaf.open_for:
        return unknown(*leaf.open_for, facts=seen)
    if outcomes == FAILS:
        return false(*seen)
    if None in outcomes:
        return unknown(
            Reason(Why.UNSUPPORTED, f"AWS does not say whether such a `{written(path)}` matches"), facts=seen
        )
    return unknown(_may_be(path, field), facts=seen)


def _seen(path: tuple[str, ...], field: Field) -> tuple[Fact, ...]:
    return (Fact(lambda: f"`{written(path)}` is {field.says()}"),)


def _may_be(path: tuple[str, ...], field: Field) -> Reason:
    return Reason(Why.CANNOT_SAY, f"`{written(path)}` may be {field.says()}")


def _mentions(part: Part) -> Mentions:
    found: list[Mentions] = []
    for condition in part.conditions:
        name, *rest = condition.path
        if name == "detail" and rest:
            found.append({tuple(rest): Mention(condition.leaf.shapes, condition.leaf.numbers)})
        elif name in _ENVELOPE:
            leaf = _leaf_of(condition.leaf, name)
            found.append({_ENVELOPE[name][0]: Mention(leaf.shapes, leaf.numbers)})
    found += [_mentions(inner) for _, inner in part.nested]
    found += [_mentions(branch) for choice in part.choices for branch in choice]
    return joined(*found)
