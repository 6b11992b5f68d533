"""What is wrong with event selectors: what AWS refuses, and what it accepts but does not mean what it says."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, decide, false, true, unknown
from guardrails.model.trail import AuditTrail, EventDataStore
from guardrails.semantics.conditions import Operators, Pattern, names_bucket_without_slash, quoted
from guardrails.semantics.selector_fields import (
    ANY_OPERATOR,
    DATA,
    ENDS,
    EQUALS,
    EXCLUDABLE_SOURCES,
    LONGEST_VALUE,
    MANAGEMENT,
    MOST_BASIC_SELECTORS,
    MOST_DATA_RESOURCES,
    MOST_STORE_SELECTORS,
    MOST_VALUES,
    NOT_ENDS,
    NOT_EQUALS,
    NOT_STARTS,
    REQUIRED,
    S3_OBJECT,
    STARTS,
    STORE_FIELDS,
    STORE_ONLY,
    TRAIL_FIELDS,
    WHOLE_SERVICE,
)
from guardrails.semantics.selectors import operators_of, patterns_of, surroundings
from guardrails.semantics.texts import Text, contains, ends, literal, starts, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.kernel.why import Reason
    from guardrails.model.trail import AdvancedEventSelector, DataResource, EventSelector, FieldSelector
    from guardrails.semantics.selectors import Recorder
    from guardrails.semantics.texts import Surroundings

_TRUE = true()
_OBJECTS = text("arn:aws:s3:::")


class Fault(Record):
    """One thing that is wrong, or may be: `present` is never FALSE.

    `refused` tells what AWS does not accept from what it accepts and takes otherwise than it reads.
    """

    detail: str
    origin: Origin
    refused: bool
    present: Truth = _TRUE


def faults(recorder: Recorder) -> tuple[Fault, ...]:
    """Everything that is wrong, or may be, with the selectors of a trail or event data store."""
    around = surroundings(recorder)
    advanced, gaps = recorder.advanced_selectors.loaded()
    found: list[Fault] = []
    if isinstance(recorder, AuditTrail):
        basic, basic_gaps = recorder.selectors.loaded()
        gaps = (*basic_gaps, *gaps)
        if any(_certain(exists) for _, exists in basic) and any(_certain(exists) for _, exists in advanced):
            what = "basic and advanced event selectors exclude each other"
            found.append(Fault(what, recorder.selectors.owner, refused=True))
        found += _counts([selector for selector, exists in basic if _certain(exists)])
        for selector, exists in basic:
            found += _if_it_exists(_basic(selector, around), exists)
    for one, exists in advanced:
        stored = isinstance(recorder, EventDataStore)
        found += _if_it_exists(_advanced(one, around, stored), exists)
    found += _advanced_counts(recorder, [one for one, exists in advanced if _certain(exists)])
    if gaps:
        what = "more event selectors may exist"
        found.append(Fault(what, recorder.advanced_selectors.owner, refused=False, present=unknown(*gaps)))
    return tuple(found)


def selectors_mean_what_they_say(recorder: Recorder) -> Truth:
    """Whether nothing is wrong with the selectors of a trail or event data store."""
    return all_of(~fault.present.because(Fact(fault.detail, fault.origin)) for fault in faults(recorder))


def _certain(exists: Truth) -> bool:
    return exists.verdict is Verdict.TRUE


def _if_it_exists(found: Iterator[Fault], exists: Truth) -> Iterator[Fault]:
    for fault in found:
        present = fault.present & exists
        if present.verdict is not Verdict.FALSE:
            yield Fault(fault.detail, fault.origin, fault.refused, present)


# --- basic ------------------------------------------------------------------------------------------------------------


def _counts(selectors: Sequence[EventSelector]) -> Iterator[Fault]:
    if len(selectors) > MOST_BASIC_SELECTORS:
        surplus = selectors[MOST_BASIC_SELECTORS]
        yield Fault(f"a trail has at most {MOST_BASIC_SELECTORS} event selectors", surplus.origin, refused=True)
    resources = [resource for selector in selectors for resource, _ in selector.data.members()]
    values = sum(len(resource.values.members()) for resource in resources)
    if values > MOST_DATA_RESOURCES:
        yield Fault(f"a trail has at most {MOST_DATA_RESOURCES} data resources", resources[0].origin, refused=True)


def _basic(selector: EventSelector, around: Surroundings) -> Iterator[Fault]:
    reads = selector.read_write.or_none()
    if reads not in (None, "All", "ReadOnly", "WriteOnly"):
        yield Fault("there is no such read-write type", selector.read_write.origin, refused=True)
    for source, _ in selector.excluded_sources.members():
        if source.or_none() not in (None, *EXCLUDABLE_SOURCES):
            yield Fault("management events of this source cannot be excluded", source.origin, refused=True)
    for resource, exists in selector.data.members():
        yield from _if_it_exists(_data_resource(resource, around), exists)


def _perhaps(found: Iterator[Fault], reasons: Sequence[Reason]) -> Iterator[Fault]:
    """Faults of what is understood only if something is what it is not known to be."""
    return _if_it_exists(found, unknown(*reasons) if reasons else _TRUE)


def _data_resource(resource: DataResource, around: Surroundings) -> Iterator[Fault]:
    kind = resource.type.or_none()
    if kind is not None and kind not in WHOLE_SERVICE:
        yield Fault("basic event selectors do not know this resource type", resource.type.origin, refused=True)
        return
    patterns, gaps = patterns_of(STARTS, resource.values, around)
    if gaps:
        what = "more values may be given"
        yield Fault(what, resource.values.owner, refused=False, present=unknown(*gaps))
    for pattern in patterns:
        yield from _wildcard(pattern)
        if kind == S3_OBJECT or resource.type.reasons:
            yield from _perhaps(_object_prefix(pattern), resource.type.reasons)
        elif kind is not None:
            yield from _misleads(
                pattern, _is_no_resource, "is compared as a whole, and is no ARN of one resource: it takes nothing"
            )


def _is_no_resource(of: Text) -> bool:
    """Whether a text is too short for the ARN of a resource, and is not that of a whole service either."""
    whole = literal(of)
    return whole is not None and whole.count(":") < 5 and whole not in WHOLE_SERVICE.values()


# --- advanced ---------------------------------------------------------------------------------------------------------


def _advanced_counts(recorder: Recorder, selectors: Sequence[AdvancedEventSelector]) -> Iterator[Fault]:
    around = surroundings(recorder)
    if isinstance(recorder, EventDataStore) and len(selectors) > MOST_STORE_SELECTORS:
        what = f"an event data store has at most {MOST_STORE_SELECTORS} event selectors"
        yield Fault(what, selectors[MOST_STORE_SELECTORS].origin, refused=True)
    values = sum(
        len(operators_of(field.field.or_none() or "", field, around).patterns())
        for selector in selectors
        for field, _ in selector.fields.members()
    )
    if values > MOST_VALUES:
        yield Fault(f"advanced event selectors have at most {MOST_VALUES} values", selectors[0].origin, refused=True)


def _advanced(selector: AdvancedEventSelector, around: Surroundings, stored: bool) -> Iterator[Fault]:
    fields, gaps = selector.fields.loaded()
    named = [(field.field.or_none(), field, exists) for field, exists in fields]
    if gaps or any(name is None for name, _, _ in named):
        reasons = (*gaps, *(reason for field, _ in fields for reason in field.field.reasons))
        what = "not all fields that are compared are known"
        present = unknown(*reasons) if reasons else _TRUE
        yield Fault(what, selector.fields.owner, refused=False, present=present)
    conditions = [
        (name, field, operators_of(name, field, around), exists) for name, field, exists in named if name is not None
    ]
    categories = [operators for name, _, operators, _ in conditions if name == "eventCategory"]
    kinds = [operators for name, _, operators, _ in conditions if name == "resources.type"]
    category, of_objects = _only_value(categories), _of_objects(categories, kinds)
    if not gaps and len(conditions) == len(named):
        yield from _required(selector, {name for name, _, _, _ in conditions}, category)
    yield from _repeated([(name, field) for name, field, _, exists in conditions if _certain(exists)])
    for name, field, operators, exists in conditions:
        yield from _if_it_exists(_field(name, field, operators, category, stored), exists)
        if name == "resources.ARN":
            yield from _if_it_exists(_object_arns(operators), exists & of_objects)


def _only_value(operators: Sequence[Operators]) -> str | None:
    """The one text that a field is compared with; None if that is not known or there are several."""
    texts = {found for one in operators for pattern in one.takes for found in pattern.texts}
    return literal(texts.pop()) if len(texts) == 1 else None


def _of_objects(categories: Sequence[Operators], kinds: Sequence[Operators]) -> Truth:
    """Whether a selector is about data events of S3 objects."""
    return all_of(_is_only(DATA, categories)) & all_of(_is_only(S3_OBJECT, kinds))


def _is_only(content: str, operators: Sequence[Operators]) -> Iterator[Truth]:
    """Whether one text is all that a field is compared with, value by value."""
    patterns = [pattern for one in operators for pattern in one.takes]
    if not patterns:
        yield false()
    for pattern in patterns:
        known = {literal(found) for found in pattern.texts}
        open_still = len(known) > 1 if content in known else None in known
        yield unknown(*pattern.reasons) if open_still else decide(content in known)


def _required(selector: AdvancedEventSelector, names: set[str], category: str | None) -> Iterator[Fault]:
    for name in ("eventCategory", *REQUIRED.get(category or "", ())):
        if name not in names:
            of = f" of {category} events" if category else ""
            yield Fault(f"a selector{of} needs `{name}`", selector.origin, refused=True)


def _repeated(fields: Sequence[tuple[str, FieldSelector]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, field in fields:
        if name in seen:
            refused = name == "resources.type"
            what = f"`{name}` is compared twice in one selector"
            yield Fault(what if refused else f"{what}, and AWS does not say what that means", field.origin, refused)
        seen.add(name)


def _field(
    name: str, field: FieldSelector, operators: Operators, category: str | None, stored: bool
) -> Iterator[Fault]:
    used = _used(field)
    if not used and not operators.more_takes and not operators.more_leaves:
        yield Fault(f"`{name}` is compared with nothing", field.origin, refused=True)
    more = (*operators.more_takes, *operators.more_leaves)
    if more:
        yield Fault("more values may be given", field.origin, refused=False, present=unknown(*more))
    if name == "eventCategory":
        yield from _category(operators, category, stored)
    allowed = (STORE_FIELDS if stored else TRAIL_FIELDS).get(category or "", {})
    permitted = allowed.get(name) if allowed else ANY_OPERATOR
    if permitted is None:
        holder = "an event data store" if stored else "a trail"
        what = f"`{name}` cannot be compared in a selector of {category} events of {holder}"
        yield Fault(what, field.origin, refused=True)
    else:
        for operator, value in used.items():
            if operator not in permitted:
                what = f"`{name}` cannot be compared with {operator} in a selector of {category} events"
                yield Fault(what, value.origin, refused=True)
    yield from _values(name, operators, category, stored)
    for pattern in operators.patterns():
        yield from _wildcard(pattern)


def _used(field: FieldSelector) -> dict[str, Value[str]]:
    """The operators that have values, with the first of them."""
    written = {
        EQUALS: field.equals,
        STARTS: field.starts_with,
        ENDS: field.ends_with,
        NOT_EQUALS: field.not_equals,
        NOT_STARTS: field.not_starts_with,
        NOT_ENDS: field.not_ends_with,
    }
    return {operator: values.members()[0][0] for operator, values in written.items() if values.members()}


def _category(operators: Operators, category: str | None, stored: bool) -> Iterator[Fault]:
    if len(operators.takes) > 1:
        yield Fault("a selector has one category", operators.takes[1].value.origin, refused=True)
    if category is None or not operators.takes:
        return
    place = operators.takes[0].value.origin
    if category in STORE_ONLY and not stored:
        yield Fault(f"{category} events can be selected for event data stores only", place, refused=True)
    elif category not in STORE_FIELDS:
        yield Fault("there is no such event category", place, refused=True)


def _values(name: str, operators: Operators, category: str | None, stored: bool) -> Iterator[Fault]:
    """Faults of the values of fields that accept few."""
    accepted: dict[str, Sequence[str]] = {
        "readOnly": ("true", "false"),
        "sessionCredentialFromConsole": ("true",),
        "errorCode": ("VpceAccessDenied",),
    }
    if name == "eventSource" and category == MANAGEMENT and not stored:
        accepted["eventSource"] = sorted(EXCLUDABLE_SOURCES)
    for pattern in operators.patterns():
        known = [literal(found) for found in pattern.texts]
        if name in accepted and None not in known and not set(known) & set(accepted[name]):
            only = " or ".join(f"`{one}`" for one in accepted[name])
            what = f"`{name}` can only be compared with {only}"
            yield Fault(what, pattern.value.origin, refused=True)
        if any(one is not None and not 0 < len(one) <= LONGEST_VALUE for one in known):
            yield Fault(f"values have 1 to {LONGEST_VALUE} characters", pattern.value.origin, refused=True)
    if name == "resources.type" and len(operators.takes) > 1:
        yield Fault("a selector has one resource type", operators.takes[1].value.origin, refused=True)


# --- values that mislead ----------------------------------------------------------------------------------------------


def _wildcard(pattern: Pattern) -> Iterator[Fault]:
    yield from _misleads(pattern, _has_asterisk, "holds a `*`, which is an ordinary character in selectors")


def _object_arns(operators: Operators) -> Iterator[Fault]:
    for pattern in operators.takes:
        if pattern.operator == EQUALS:
            yield from _misleads(pattern, _names_no_object, "is not the ARN of an object: no event has it")
        elif pattern.operator == STARTS:
            yield from _object_prefix(pattern)
    for pattern in operators.leaves:
        if pattern.operator == EQUALS:
            yield from _misleads(pattern, _names_no_object, "is not the ARN of an object: nothing is left out")
        elif pattern.operator == STARTS:
            yield from _object_prefix(pattern)


def _object_prefix(pattern: Pattern) -> Iterator[Fault]:
    yield from _misleads(
        pattern,
        _lacks_slash,
        "has no slash at its end, so it also speaks of other buckets whose names begin alike",
    )
    yield from _misleads(pattern, _begins_no_object, "is no beginning of an object's ARN: it speaks of nothing")


def _has_asterisk(of: Text) -> bool | None:
    return contains(of, "*")


def _lacks_slash(of: Text) -> bool | None:
    if names_bucket_without_slash(of):
        return True
    # A text whose holes may hold slashes, or nothing at all, may be anything: that is asked elsewhere.
    return None if contains(of, "/") is None and starts(of, _OBJECTS) is not False else False


def _begins_no_object(of: Text) -> bool | None:
    below, above = starts(of, _OBJECTS), starts(_OBJECTS, of)
    if below is False and above is False:
        return True
    return None if below is None and above is None else False


def _names_no_object(of: Text) -> bool | None:
    """Whether no object can have this ARN: it is a bucket's, or ends in a slash."""
    if ends(of, text("/")) is True or contains(of, "/") is False:
        return True
    return None if literal(of) is None and contains(of, "/") is None else False


def _misleads(pattern: Pattern, test: Callable[[Text], bool | None], what: str) -> Iterator[Fault]:
    answers = {test(of) for of in pattern.texts}
    answer = answers.pop() if len(answers) == 1 else None
    if answer is False:
        return
    shown = quoted(pattern.value)
    detail = f"{shown} {what}" if shown else f"a value {what}"
    present = _TRUE if answer else unknown(*pattern.reasons)
    yield Fault(detail if answer else "a value is not known", pattern.value.origin, refused=False, present=present)
