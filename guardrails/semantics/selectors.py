"""Which events the selectors of a trail or event data store take, decided without sending one.

Basic and advanced selectors are compiled to the same thing: rules, each a list of conditions on fields of an event, all
of which must hold; one rule that takes an event is enough. A rule answers for a whole event or for a symbolic one (a
`View` whose texts may have holes), and says TRUE or FALSE only where that holds for whatever is not known.
"""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, false, true, unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model.trail import AuditTrail, EventDataStore
from guardrails.semantics.conditions import (
    Condition,
    ObjectPrefix,
    Operators,
    Pattern,
    ReadWrite,
    Repeated,
    WholeOrOne,
)
from guardrails.semantics.selector_fields import (
    DATA,
    ENDS,
    EQUALS,
    MANAGEMENT,
    S3_OBJECT,
    STARTS,
    STORE_FIELDS,
    TRAIL_FIELDS,
    WHOLE_SERVICE,
)
from guardrails.semantics.texts import Surroundings, Text, literal, partition_of, reasons_of, same, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.model.trail import AdvancedEventSelector, DataResource, EventSelector, FieldSelector
    from guardrails.semantics.records import View

Recorder = AuditTrail | EventDataStore
"""What records events."""

_TRUE = true()

_NEARNESS = {"eventCategory": 0, "resources.type": 1}
_NEAREST = 2


class Answer(Record):
    """What a rule or selector says of an event, and how near it came to taking it: 0 if it speaks of another category,
    1 if of another resource type."""

    truth: Truth
    nearness: int = _NEAREST


class Rule(Record):
    """Takes an event if it exists and all conditions hold. `doubt` is what stands against it even then."""

    origin: Origin
    conditions: tuple[Condition, ...]
    exists: Truth = _TRUE
    doubt: Truth = _TRUE

    def answer(self, view: View) -> Answer:
        taken = self.exists
        for condition in self.conditions:
            found = condition.holds(view.get(condition.field))
            if found.verdict is Verdict.FALSE:
                nearness = _NEARNESS.get(condition.field, _NEAREST)
                absent = nearness == _NEAREST and self.exists.verdict is Verdict.FALSE
                return Answer(self.exists if absent else found, nearness)
            taken = taken & found
        taken = taken & self.doubt
        if taken.verdict is Verdict.TRUE:
            return Answer(true(Fact("an event selector takes them", self.origin)))
        return Answer(taken)


class Selector(Record):
    """One event selector, compiled."""

    origin: Origin
    exists: Truth
    rules: tuple[Rule, ...]

    def answer(self, view: View) -> Answer:
        """What it says of an event, given that it exists."""
        return _any_of([rule.answer(view) for rule in self.rules])


def _any_of(answers: Sequence[Answer]) -> Answer:
    """The answer of several of which one is enough; where none takes an event, the nearest speak for all."""
    unknowns = []
    for answer in answers:
        if answer.truth.verdict is Verdict.TRUE:
            return answer
        if answer.truth.verdict is Verdict.UNKNOWN:
            unknowns.append(answer.truth)
    if unknowns:
        return Answer(any_of(unknowns))
    nearest = max((answer.nearness for answer in answers), default=0)
    facts = [fact for answer in answers if answer.nearness == nearest for fact in answer.truth.facts]
    return Answer(false(*dict.fromkeys(facts)), nearest)


class Selection(Record):
    """All selectors of one trail or store."""

    selectors: tuple[Selector, ...]
    gaps: tuple[Reason, ...]
    owner: Origin
    contradictory: bool = False
    """Whether there are selectors of both kinds, which AWS refuses."""

    def takes(self, view: View, noun: str = "such events") -> Truth:
        """Whether an event is taken; `noun` says what it is, in the plural."""
        if self.contradictory:
            what = "basic and advanced event selectors exclude each other"
            return unknown(Reason(Why.INVALID, what, origin=self.owner), facts=(Fact(what, self.owner),))
        if any(selector.exists.verdict is Verdict.TRUE for selector in self.selectors):
            return self._given_some(view, noun)
        return self._given_perhaps_none(view, noun)

    def _given_some(self, view: View, noun: str) -> Truth:
        found = ((selector.exists, selector.answer(view)) for selector in self.selectors)
        truth = self._spoken(_any_of([Answer(exists & one.truth, one.nearness) for exists, one in found]), noun)
        if truth.verdict is Verdict.TRUE or not self.gaps:
            return truth
        return truth | unknown(*self.gaps, facts=(Fact("more event selectors may exist", self.owner),))

    def _given_perhaps_none(self, view: View, noun: str) -> Truth:
        """Without any selector management events are recorded, and nothing else; one that may exist ends that."""
        default = _management_by_default(view, self.owner, noun)
        if not self.selectors and not self.gaps:
            return default
        answers = [default, *(self._spoken(selector.answer(view), noun) for selector in self.selectors)]
        if not self.gaps and len({answer.verdict for answer in answers}) == 1:
            return answers[-1]
        doubts = [reason for answer in answers for reason in answer.reasons]
        doubts += [reason for selector in self.selectors for reason in selector.exists.reasons]
        doubts += self.gaps
        said = Fact("whether event selectors are set is not known", self.owner)
        return unknown(*dict.fromkeys(doubts), facts=(said,))

    def _spoken(self, answer: Answer, noun: str) -> Truth:
        """The answer, in words that suit where no selector came near."""
        if answer.truth.verdict is not Verdict.FALSE or answer.nearness == _NEAREST:
            return answer.truth
        return false(Fact(f"no event selector takes {noun}", self.selectors[0].origin))


def _management_by_default(view: View, owner: Origin, noun: str) -> Truth:
    said = view.get("eventCategory") or ()
    is_management = same(said, text(MANAGEMENT))
    if is_management is None:
        return unknown(*reasons_of(said), facts=(Fact("management events alone are recorded by default", owner),))
    if is_management:
        return true(Fact("no event selector is set, which means all management events", owner))
    return false(Fact(f"no event selector is set, so {noun} are not recorded", owner))


def selection(recorder: Recorder) -> Selection:
    """The selectors of a trail or event data store, compiled once."""
    return recorder.remembered("selection", lambda: _compiled(recorder))


MOST_COMPARED = 1_000
"""Selectors of one trail or store that are read, values counted. AWS takes 500 values; each is compared with each."""


def _compiled(recorder: Recorder) -> Selection:
    around = surroundings(recorder)
    stored = isinstance(recorder, EventDataStore)
    advanced, gaps = recorder.advanced_selectors.loaded()
    compiled, missing = _as_many_as_are_read(
        (_advanced(selector, exists, around, stored) for selector, exists in advanced), recorder
    )
    gaps += missing
    if isinstance(recorder, EventDataStore):
        return Selection(tuple(compiled), gaps, recorder.advanced_selectors.owner)
    basic, basic_gaps = recorder.selectors.loaded()
    compiled_basic, missing = _as_many_as_are_read(
        (_basic(selector, exists, around) for selector, exists in basic), recorder
    )
    basic_gaps += missing
    certain = [any(exists.verdict is Verdict.TRUE for _, exists in kind) for kind in (basic, advanced)]
    if certain[0] and not certain[1]:
        return Selection(tuple(compiled_basic), basic_gaps, recorder.selectors.owner)
    if certain[1] and not certain[0]:
        return Selection(tuple(compiled), gaps, recorder.advanced_selectors.owner)
    return Selection(
        (*compiled_basic, *compiled), (*basic_gaps, *gaps), recorder.selectors.owner, contradictory=all(certain)
    )


def _as_many_as_are_read(found: Iterable[Selector], owner: Recorder) -> tuple[list[Selector], tuple[Reason, ...]]:
    read: list[Selector] = []
    count = 0
    for selector in found:
        count += 1 + sum(len(condition.patterns()) for rule in selector.rules for condition in rule.conditions)
        if count > MOST_COMPARED:
            detail = f"the event selectors have more than the {MOST_COMPARED} values that are compared"
            return read, (Reason(Why.LIMIT, detail, "", owner.origin),)
        read.append(selector)
    return read, ()


def surroundings(recorder: Recorder) -> Surroundings:
    """What is needed to read the values of a trail's or store's selectors."""
    region = recorder.location.region.or_none()
    buckets = recorder.account.buckets if isinstance(recorder, AuditTrail) else None
    return Surroundings(partition_of(region) if region else "", buckets)


# --- compiling -------------------------------------------------------------------------------------------------------


def _is(field: str, content: str, origin: Origin) -> Operators:
    """The condition that a field is this text, which nobody wrote."""
    return Operators(field, (Pattern(EQUALS, Value.of(content, origin), (text(content),)),), (), origin)


def _basic(selector: EventSelector, exists: Truth, around: Surroundings) -> Selector:
    reads = ReadWrite(selector.read_write)
    excluded, excluded_gaps = patterns_of(EQUALS, selector.excluded_sources, around)
    sources = Operators("eventSource", (), excluded, selector.excluded_sources.owner, more_leaves=excluded_gaps)
    management = Rule(
        selector.origin,
        (_is("eventCategory", MANAGEMENT, selector.origin), reads, sources),
        exists=selector.management.is_true(),
    )
    data, gaps = selector.data.loaded()
    rules = [management, *(_data(resource, there, reads, around) for resource, there in data)]
    if gaps:
        doubt = unknown(*gaps, facts=(Fact("more data resources may be selected", selector.data.owner),))
        rules.append(Rule(selector.origin, (_is("eventCategory", DATA, selector.origin), reads), doubt=doubt))
    return Selector(selector.origin, exists, tuple(rules))


def _data(resource: DataResource, exists: Truth, reads: ReadWrite, around: Surroundings) -> Rule:
    kind = Pattern(EQUALS, resource.type, _texts(resource.type, around))
    values, gaps = resource.values.loaded()
    arns = tuple(_arn(resource.type, value, there, around) for value, there in values if _is_said(value))
    return Rule(
        resource.origin,
        (
            _is("eventCategory", DATA, resource.origin),
            Operators("resources.type", (kind,), (), resource.origin),
            reads,
            Operators("resources.ARN", arns, (), resource.values.owner, more_takes=gaps),
        ),
        exists=exists & ~resource.values.is_empty(),
    )


def _arn(kind: Value[str], value: Value[str], exists: Truth, around: Surroundings) -> Pattern:
    texts = _texts(value, around)
    said = kind.or_none()
    if said == S3_OBJECT:
        return ObjectPrefix(STARTS, value, texts, exists)
    if said in WHOLE_SERVICE:
        return WholeOrOne(EQUALS, value, texts, exists, WHOLE_SERVICE[said])
    return Pattern(STARTS, value, texts, exists)


def _advanced(selector: AdvancedEventSelector, exists: Truth, around: Surroundings, stored: bool) -> Selector:
    fields, gaps = selector.fields.loaded()
    conditions: dict[str, list[Condition]] = {}
    doubts: list[Truth] = []
    if gaps:
        doubts.append(unknown(*gaps, facts=(Fact("more fields may be compared", selector.fields.owner),)))
    for field, there in fields:
        name = field.field.or_none()
        if name is None or there.verdict is not Verdict.TRUE:
            reasons = (*field.field.reasons, *there.reasons)
            doubts.append(_field_doubt(reasons, "which field is compared is not known", field.field.origin))
            continue
        conditions.setdefault(name, []).append(operators_of(name, field, around))
    doubts += _invalid(conditions, selector, stored)
    ordered = sorted(conditions, key=lambda name: (_NEARNESS.get(name, _NEAREST), name))
    rule = Rule(selector.origin, tuple(_one(name, conditions[name]) for name in ordered), doubt=all_of(doubts))
    return Selector(selector.origin, exists, (rule,))


def _one(name: str, conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Repeated(name, tuple(conditions))


def operators_of(name: str, field: FieldSelector, around: Surroundings) -> Operators:
    takes, more_takes = _operator_patterns(
        ((EQUALS, field.equals), (STARTS, field.starts_with), (ENDS, field.ends_with)), around
    )
    leaves, more_leaves = _operator_patterns(
        ((EQUALS, field.not_equals), (STARTS, field.not_starts_with), (ENDS, field.not_ends_with)), around
    )
    return Operators(name, takes, leaves, field.origin, more_takes, more_leaves)


def _operator_patterns(
    operators: Iterable[tuple[str, Many[Value[str]]]], around: Surroundings
) -> tuple[tuple[Pattern, ...], tuple[Reason, ...]]:
    patterns: list[Pattern] = []
    gaps: list[Reason] = []
    for operator, values in operators:
        found, missing = patterns_of(operator, values, around)
        patterns += found
        gaps += missing
    return tuple(patterns), tuple(dict.fromkeys(gaps))


def patterns_of(
    operator: str, values: Many[Value[str]], around: Surroundings
) -> tuple[tuple[Pattern, ...], tuple[Reason, ...]]:
    members, gaps = values.loaded()
    return (
        tuple(Pattern(operator, value, _texts(value, around), there) for value, there in members if _is_said(value)),
        gaps,
    )


def _texts(value: Value[str], around: Surroundings) -> tuple[Text, ...]:
    return tuple(around.text(alternative) for alternative in value.alternatives or (value,))


def _is_said(value: Value[str]) -> bool:
    """Whether an element of a list is one: null is not."""
    return not value.settled or value.or_none() is not None


def _invalid(conditions: dict[str, list[Condition]], selector: AdvancedEventSelector, stored: bool) -> list[Truth]:
    """Doubts about a selector that AWS refuses: it is reported, and never said to take an event."""
    categories = [
        literal(found)
        for condition in conditions.get("eventCategory", ())
        for pattern in condition.patterns()
        for found in pattern.texts
    ]
    if "eventCategory" not in conditions:
        return [_field_doubt((), "an advanced event selector without `eventCategory` is refused", selector.origin)]
    table = STORE_FIELDS if stored else TRAIL_FIELDS
    allowed = table.get(categories[0] or "") if len(categories) == 1 else None
    if allowed is None:
        return []
    return [
        _field_doubt((), f"`{name}` cannot be compared in a selector of {categories[0]} events", selector.origin)
        for name in conditions
        if name not in allowed
    ]


def _field_doubt(reasons: tuple[Reason, ...], what: str, origin: Origin) -> Truth:
    return unknown(*(reasons or (Reason(Why.INVALID, what, origin=origin),)), facts=(Fact(what, origin),))
