"""Laws of event patterns: three answers agree with two, knowing more never changes an answer, nothing crashes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.kernel.truth import Verdict
from guardrails.semantics.event_patterns import EventPattern, PatternFault, parse
from guardrails.semantics.fields import ABSENT, UNSAID, Field, free, one_of, other_than
from guardrails.semantics.partial import PartialRecord, example, over_cases

NAMES = st.sampled_from(["CreateUser", "DeleteUser", "GetUser", "createuser", ""])
ADDRESSES = st.sampled_from(["203.0.113.7", "10.0.0.1", "2001:db8::1", "config.amazonaws.com"])
SCALARS = st.one_of(NAMES, ADDRESSES, st.sampled_from([0, 5, 7, True, False, None]))


def records() -> st.SearchStrategy[dict[str, Any]]:
    item = st.fixed_dictionaries({}, optional={"k": SCALARS, "v": SCALARS})
    return st.fixed_dictionaries(
        {
            "eventSource": st.sampled_from(["iam.amazonaws.com", "ec2.amazonaws.com", "iam"]),
            "eventType": st.sampled_from(["AwsApiCall", "AwsConsoleSignIn"]),
            "awsRegion": st.sampled_from(["us-east-1", "eu-west-1"]),
            "recipientAccountId": st.just("111122223333"),
            "eventTime": st.just("2026-11-20T10:00:00Z"),
        },
        optional={
            "a": SCALARS,
            "b": st.one_of(SCALARS, item),
            "o": st.one_of(SCALARS, item, st.lists(item, max_size=2)),
            "l": st.lists(SCALARS, max_size=2),
        },
    )


def matchers() -> st.SearchStrategy[object]:
    text = st.one_of(NAMES, ADDRESSES)
    affix = st.sampled_from(["Create", "User", "203.", "c"])
    return st.one_of(
        SCALARS,
        st.builds(lambda one: {"prefix": one}, st.one_of(affix, st.just({"equals-ignore-case": "CREATE"}))),
        st.builds(lambda one: {"suffix": one}, affix),
        st.builds(lambda one: {"equals-ignore-case": one}, NAMES),
        st.builds(lambda one: {"wildcard": one}, st.sampled_from(["*User", "C*e*r", "*", "Get\\*"])),
        st.builds(
            lambda one: {"anything-but": one}, st.one_of(text, st.just(["CreateUser", "GetUser"]), st.just([5, 7]))
        ),
        st.builds(lambda one: {"anything-but": {"prefix": one}}, affix),
        st.builds(lambda one: {"exists": one}, st.booleans()),
        st.sampled_from([{"numeric": ["=", 5]}, {"numeric": [">", 0, "<=", 5]}, {"numeric": ["<", 7]}]),
        st.sampled_from([{"cidr": "203.0.113.0/24"}, {"cidr": "0.0.0.0/0"}, {"cidr": "2001:db8::/32"}]),
    )


LEAVES = st.lists(matchers(), min_size=1, max_size=3)


def patterns() -> st.SearchStrategy[dict[str, Any]]:
    item = st.dictionaries(st.sampled_from(["k", "v"]), LEAVES, min_size=1)
    field = st.one_of(
        st.tuples(st.sampled_from(["a", "b", "l", "o"]), LEAVES), st.tuples(st.sampled_from(["o", "b"]), item)
    )
    fields = st.lists(field, min_size=1, max_size=2).map(dict)
    branches = st.lists(fields, min_size=2, max_size=2).map(lambda pair: {"$or": pair})
    detail = st.one_of(fields, branches, st.tuples(fields, branches).map(lambda both: {**both[0], **both[1]}))
    around = st.fixed_dictionaries(
        {},
        optional={
            "source": st.sampled_from([["aws.iam"], [{"prefix": "aws.i"}], [{"anything-but": "aws.ec2"}], ["aws.s3"]]),
            "detail-type": st.sampled_from([["AWS API Call via CloudTrail"], [{"suffix": "via CloudTrail"}]]),
            "region": st.sampled_from([["us-east-1"], [{"anything-but": ["us-east-1"]}]]),
        },
    )
    return st.tuples(around, detail).map(lambda both: {**both[0], "detail": both[1]})


def compiled(pattern: dict[str, Any]) -> EventPattern:
    found = parse(json.dumps(pattern))
    assert isinstance(found, EventPattern)
    return found


FIELDS = st.sampled_from(
    [UNSAID, ABSENT, one_of("CreateUser", 5, None), free(), other_than("Create*"), one_of("GetUser").or_absent()]
)
PLACES = st.sampled_from(["a", "b", "o", "b.k", "o.k", "l", "eventSource", "eventType", "awsRegion"])


@settings(max_examples=200, deadline=None)
@given(patterns(), records())
def test_a_complete_record_has_one_answer(pattern: dict[str, Any], record: dict[str, Any]) -> None:
    asked = compiled(pattern)
    answer, said = asked.matches(record), asked.ask(PartialRecord.from_json(record))

    if answer is not None:
        assert said.verdict is (Verdict.TRUE if answer else Verdict.FALSE)
    else:
        assert said.verdict is Verdict.UNKNOWN


def loosened(record: dict[str, Any], fields: list[tuple[str, Field]]) -> PartialRecord:
    found = PartialRecord.from_json(record)
    for path, field in fields:
        found = found.having(tuple(path.split(".")), field)
    return found


@settings(max_examples=200, deadline=None)
@given(patterns(), records(), st.lists(st.tuples(PLACES, FIELDS), min_size=1, max_size=3), st.data())
def test_an_answer_holds_for_every_completion(
    pattern: dict[str, Any], record: dict[str, Any], fields: list[tuple[str, Field]], data: st.DataObject
) -> None:
    asked, partial = compiled(pattern), loosened(record, fields)
    verdict = over_cases(partial, asked.mentions, asked.ask, most=200).verdict
    if verdict is Verdict.UNKNOWN:
        return
    for complete in data.draw(st.just(list(partial.completions(asked.mentions))[:20])):
        if all(isinstance(complete.get(name), str) for name in ("eventSource", "eventType", "awsRegion")):
            assert asked.matches(complete) in (verdict is Verdict.TRUE, None)


@settings(max_examples=100, deadline=None)
@given(patterns(), records(), st.lists(st.tuples(PLACES, FIELDS), min_size=1, max_size=3))
def test_knowing_more_never_changes_an_answer(
    pattern: dict[str, Any], record: dict[str, Any], fields: list[tuple[str, Field]]
) -> None:
    asked = compiled(pattern)
    more = loosened(record, fields)
    less = more
    for path, _ in fields:
        less = less.having((path.split(".")[0],), UNSAID)
    before = asked.ask(less).verdict

    assert before is Verdict.UNKNOWN or asked.ask(more).verdict is before


@settings(max_examples=60, deadline=None)
@given(patterns(), records(), st.lists(st.tuples(PLACES, FIELDS), min_size=1, max_size=2))
def test_a_counter_example_is_one(
    pattern: dict[str, Any], record: dict[str, Any], fields: list[tuple[str, Field]]
) -> None:
    asked, partial = compiled(pattern), loosened(record, fields)
    found = example(partial, asked.mentions, asked.ask, asked.matches)

    assert found is None or asked.matches(found) is False


@settings(max_examples=100, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3), records())
def test_a_list_is_its_elements_one_by_one(names: list[str], record: dict[str, Any]) -> None:
    whole = compiled({"detail": {"a": names}})
    single = [compiled({"detail": {"a": [name]}}).matches(record) for name in names]

    assert whole.matches(record) is any(single)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet='{}[]":,*\\$or existnumric012.-"', max_size=60),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["detail", "$or", "exists", "numeric", "anything-but", "prefix", "cidr", "a.b"]),
                    inner,
                    max_size=3,
                ),
            ),
            max_leaves=12,
        ).map(json.dumps),
    )
)
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    found = parse(text)
    if isinstance(found, PatternFault):
        assert 0 <= found.position <= max(len(text), 4096)
        assert found.message
    else:
        assert found.matches({"eventName": "X"}) in (True, False, None)
