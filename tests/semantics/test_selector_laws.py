"""What holds of event selectors whatever they say."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from api_shapes import OPEN, left_open, trail
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from selector_strategies import (
    ARNS,
    NAMES,
    advanced_selectors,
    as_advanced,
    basic_selectors,
    data_selectors,
    management_records,
    object_records,
    records,
)

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Truth, Verdict, unknown
from guardrails.kernel.value import Reference, Value
from guardrails.semantics.coverage import (
    Events,
    data_events,
    every_recorded,
    management_events,
    object_events,
    some_recorded,
)
from guardrails.semantics.recording import recorded
from guardrails.semantics.texts import text

Said = dict[str, Any]
Path = tuple[str | int, ...]
law = settings(deadline=None, max_examples=150)
"""Shared processors are slow at times: only the answers are judged."""
selector_sets = st.one_of(
    st.lists(basic_selectors, max_size=3).map(lambda found: {"EventSelectors": found}),
    st.lists(advanced_selectors, max_size=3).map(lambda found: {"AdvancedEventSelectors": found}),
)
classes = st.sampled_from(
    (
        management_events(),
        management_events(read=True),
        management_events(read=False, sources_aside=("kms.amazonaws.com",)),
        data_events(),
        data_events("AWS::S3::Object", read=False),
        object_events(read=True),
        object_events(read=False, bucket="logs"),
    )
)


def found_in(events: Events, record: Said) -> bool:
    """Whether a record is of a class, by the class's own description."""
    if record["eventCategory"] != events.category:
        return False
    arns = {resource["ARN"] for resource in record.get("resources", []) if resource["type"] in EVERY_TYPE}
    facts = {
        "readOnly": "true" if record["readOnly"] else "false",
        "eventSource": record["eventSource"],
        "eventType": record["eventType"],
        "eventName": record["eventName"],
        "resources.type": "AWS::S3::Object" if "s3" in record["eventSource"] else "AWS::Lambda::Function",
    }
    for field, wanted in events.fixed.items():
        if field == "resources.ARN":
            continue  # a bucket that nobody names: the records are of none that is always unnamed
        if wanted != text(facts[field]):
            return False
    for field, domain in events.free.items():
        if field == "eventSource" and facts[field] in domain.outside:
            return False
        if field == "resources.ARN" and not all(arn.startswith(str(domain.within[0])) for arn in arns):
            return False
    return True


EVERY_TYPE = ("AWS::S3::Object", "AWS::Lambda::Function")


@law
@given(said=selector_sets, record=records, data=st.data())
def test_the_order_of_selectors_does_not_matter(said: Said, record: Said, data: st.DataObject) -> None:
    shuffled = {kind: data.draw(st.permutations(found)) for kind, found in said.items()}

    assert recorded(trail(said), record).verdict is recorded(trail(shuffled), record).verdict


@law
@given(said=st.lists(advanced_selectors, min_size=1, max_size=3), more=advanced_selectors, record=records)
def test_one_more_selector_never_loses_an_event(said: list[Said], more: Said, record: Said) -> None:
    before = recorded(trail({"AdvancedEventSelectors": said}), record)
    after = recorded(trail({"AdvancedEventSelectors": [*said, more]}), record)

    if before.verdict is Verdict.TRUE:
        assert after.verdict is Verdict.TRUE


@law
@given(basic=st.lists(basic_selectors, min_size=1, max_size=3), record=records)
def test_a_basic_selector_is_short_for_advanced_ones(basic: list[Said], record: Said) -> None:
    translated = [advanced for one in basic for advanced in as_advanced(one)]
    assume(translated)

    said = recorded(trail({"EventSelectors": basic}), record).verdict
    assert said is recorded(trail({"AdvancedEventSelectors": translated}), record).verdict


@law
@given(said=selector_sets, events=classes, record=management_records | object_records)
def test_what_is_said_of_a_class_holds_of_its_events(said: Said, events: Events, record: Said) -> None:
    assume(found_in(events, record))
    # What is said of buckets that nobody names says nothing of a record's: somebody may name that.
    assume("resources.ARN" not in events.fixed)
    one = recorded(trail(said), record).verdict
    every = every_recorded(events, trail(said)).verdict
    some = some_recorded(events, trail(said)).verdict

    if every is Verdict.TRUE:
        assert one is Verdict.TRUE
    if some is Verdict.FALSE:
        assert one is Verdict.FALSE
    if one is Verdict.FALSE:
        assert every is Verdict.FALSE
    if one is Verdict.TRUE:
        assert some is Verdict.TRUE


@law
@given(said=st.lists(data_selectors, min_size=1, max_size=2), read=st.booleans())
def test_an_unnamed_bucket_is_recorded_as_one_with_a_new_name_is(said: list[Said], read: bool) -> None:
    recorder = trail({"AdvancedEventSelectors": said})
    unnamed = every_recorded(object_events(read=read), recorder).verdict
    events = object_events(read=read, bucket="brand-new-bucket")
    new = every_recorded(events, recorder).verdict

    if unnamed is not Verdict.UNKNOWN and not any(_has_ending(selector) for selector in said):
        assert new is unnamed


def _has_ending(selector: Said) -> bool:
    return any("EndsWith" in field or "NotEndsWith" in field for field in selector["FieldSelectors"])


# --- what is left open -----------------------------------------------------------------------------------------------


def leaves(said: object, path: Path = ()) -> Iterator[Path]:
    """The places in a description where a text or a flag stands."""
    if isinstance(said, dict):
        for key, inner in said.items():
            if key not in ("Field", "Type"):
                yield from leaves(inner, (*path, key))
    elif isinstance(said, list):
        for at, inner in enumerate(said):
            yield from leaves(inner, (*path, at))
    else:
        yield path


def replaced(said: Said, path: Path, by: object) -> Said:
    copied = copy.deepcopy(said)
    holder: Any = copied
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = by
    return copied


def at(said: Said, path: Path) -> object:
    found: Any = said
    for step in path:
        found = found[step]
    return found


def opened(content: object, cut: int) -> Value[Any]:
    """A value that may turn out to be `content`: all of it open, or a text with a hole in it."""
    if not isinstance(content, str) or cut <= 0:
        return left_open()
    pieces: tuple[str | Reference | None, ...] = (content[:cut], None)
    return Value.unknown(OPEN, parts=pieces, present=True)


def refinements(content: object, cut: int) -> tuple[object, ...]:
    """Some of what an opened value may turn out to be, `content` first."""
    if not isinstance(content, str):
        return (content, True, False)
    head = content[:cut] if cut > 0 else ""
    others = tuple(value for value in (*ARNS, *NAMES, "true", "false", "All", "ReadOnly") if value.startswith(head))
    return (content, *others, f"{head}brand-new")


@law
@given(said=selector_sets, record=records, events=classes, data=st.data())
def test_what_is_decided_with_a_value_open_stays_decided(
    said: Said, record: Said, events: Events, data: st.DataObject
) -> None:
    places = list(leaves(said))
    assume(places)
    path = data.draw(st.sampled_from(places))
    content = at(said, path)
    cut = data.draw(st.integers(0, 24))
    with_hole = trail(replaced(said, path, opened(content, cut)))

    for refined in refinements(content, cut):
        known = trail(replaced(said, path, refined))
        agree(recorded(with_hole, record), recorded(known, record))
        agree(every_recorded(events, with_hole), every_recorded(events, known))
        agree(some_recorded(events, with_hole), some_recorded(events, known))


@law
@given(said=selector_sets, record=records, events=classes, data=st.data())
def test_what_is_decided_with_a_selector_open_stays_decided(
    said: Said, record: Said, events: Events, data: st.DataObject
) -> None:
    kind, found = next(iter(said.items()))
    assume(len(found) > 0)
    open_ones = data.draw(st.sets(st.sampled_from(range(len(found)))))
    gap = data.draw(st.booleans())
    built = getattr(trail(said), {"EventSelectors": "selectors"}.get(kind, "advanced_selectors"))
    perhaps = tuple(
        (one, unknown(*OPEN) if position in open_ones else exists)
        for position, (one, exists) in enumerate(built.members())
    )
    with_open = trail({kind: Many(perhaps, OPEN if gap else ())})

    fewer = [one for position, one in enumerate(found) if position not in open_ones]
    more = [*found, data.draw(basic_selectors if kind == "EventSelectors" else advanced_selectors)]
    for turns_out in (found, fewer, more) if gap else (found, fewer):
        known = trail({kind: turns_out})
        agree(recorded(with_open, record), recorded(known, record))
        agree(every_recorded(events, with_open), every_recorded(events, known))
        agree(some_recorded(events, with_open), some_recorded(events, known))


def agree(before: Truth, after: Truth) -> None:
    """A verdict stays when more becomes known; where there is none, it says why."""
    if before.verdict is Verdict.UNKNOWN:
        assert before.reasons
    else:
        assert after.verdict is before.verdict


def test_what_a_refinement_is_compared_with_can_be_open() -> None:
    """Guards the laws above against holding for want of anything open."""
    said = {"EventSelectors": [{"ReadWriteType": left_open()}]}

    assert every_recorded(management_events(read=True), trail(said)).verdict is Verdict.UNKNOWN
    assert every_recorded(data_events(), trail(said)).verdict is Verdict.FALSE
