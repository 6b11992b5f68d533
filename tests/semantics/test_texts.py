"""Questions to texts with holes: certain only where they hold whatever the holes turn out to be."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.texts import (
    ANYTHING,
    FRESH,
    NAME,
    Hole,
    Surroundings,
    Text,
    contains,
    ends,
    same,
    starts,
    text,
)

LATER = (Reason(Why.AFTER_APPLY, "known only after apply"),)
LOGS = Reference("aws_s3_bucket.logs", ("arn",))


def referring(reference: Reference) -> Value[str]:
    return Value.unknown(LATER, reference=reference, present=True)


def composed(*parts: str | Reference | None) -> Value[str]:
    return Value.unknown(LATER, parts=parts, present=True)


def test_a_bucket_named_by_reference_is_one_bucket_and_not_all() -> None:
    bucket = Surroundings().text(composed(LOGS, "/"))

    assert starts(bucket, text("arn:aws:s3:::")) is True
    assert starts(text(f"arn:aws:s3:::{FRESH}/"), bucket) is False
    assert ends(bucket, text("/")) is True


def test_two_buckets_of_one_deployment_have_different_names() -> None:
    around = Surroundings()
    logs, data = (around.text(composed(Reference(f"aws_s3_bucket.{name}", ("arn",)), "/")) for name in ("logs", "data"))

    assert same(logs, data) is False
    assert starts(logs, data) is False
    assert same(logs, logs) is True


def test_one_name_may_begin_like_another() -> None:
    around = Surroundings()
    logs, data = (around.text(referring(Reference(f"aws_s3_bucket.{name}", ("arn",)))) for name in ("logs", "data"))

    assert starts(text(*logs, "/x"), data) is None


def test_a_bucket_that_is_looked_up_may_be_one_that_is_created() -> None:
    around = Surroundings()
    created = around.text(composed(LOGS, "/"))
    looked_up = around.text(composed(Reference("data.aws_s3_bucket.logs", ("arn",)), "/"))

    assert same(created, looked_up) is None


def test_any_of_several_instances_need_not_be_the_same_one() -> None:
    around = Surroundings()
    one, other = (around.text(referring(Reference("aws_s3_bucket.logs[?]", ("arn",)))) for _ in range(2))

    assert same(one, other) is None


def test_the_spellings_of_a_bucket_are_one_text() -> None:
    around = Surroundings()
    by_arn = around.text(composed(LOGS, "/"))
    by_id = around.text(composed("arn:aws:s3:::", Reference("aws_s3_bucket.logs", ("id",)), "/"))

    assert by_arn == by_id


def test_the_arn_of_one_resource_is_never_that_of_a_service() -> None:
    function = Surroundings().text(referring(Reference("module.a.aws_lambda_function.f[0]", ("arn",))))

    assert same(function, text("arn:aws:lambda")) is False
    assert contains(function, "*") is False


def test_an_open_value_may_be_anything_but_what_nobody_mentions() -> None:
    anything = Surroundings().text(Value.unknown(LATER))

    assert same(anything, text("x")) is None
    assert starts(text("arn:aws:s3:::x/"), anything) is None
    assert same(anything, text(FRESH)) is False


def test_arns_of_one_partition_compare_whatever_it_is_called() -> None:
    unstated, china = Surroundings(), Surroundings("aws-cn")
    partition = Reference("data.aws_partition.current", ("partition",))

    assert unstated.text(Value.of("arn:aws-cn:s3:::b/")) == unstated.text(Value.of("arn:aws:s3:::b/"))
    assert china.text(Value.of("arn:aws-cn:s3")) == text("arn:aws:s3")
    assert china.text(composed("arn:", partition, ":s3")) == text("arn:aws:s3")
    assert same(china.text(Value.of("arn:aws:s3")), text("arn:aws:s3")) is False


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["arn:aws:s3", "arn:aws-cn:s3", "arn:aws-cn:s3:::logs/", "arn:aws:s3:::logs/"]),
    st.tuples(st.integers(0, 22), st.integers(0, 22)),
    st.sampled_from(["", "aws", "aws-cn"]),
    st.sampled_from(["arn:aws:s3", "arn:aws:s3:::logs/"]),
)
def test_an_arn_that_is_known_in_part_is_said_nothing_of_that_is_not_so_of_the_whole(
    arn: str, cut: tuple[int, int], partition: str, other: str
) -> None:
    around, (start, stop) = Surroundings(partition), sorted(cut)
    parts = (arn[:start], None, arn[stop:])
    in_part = around.text(composed(*(part for part in parts if part != "")))
    whole = around.text(Value.of(arn))

    for question in (starts, same):
        assert question(in_part, text(other)) in (None, question(whole, text(other)))
        assert question(text(other), in_part) in (None, question(text(other), whole))


pieces = st.text("ab/*", max_size=3)
holes = st.sampled_from((Hole(1, ANYTHING), Hole(2, ANYTHING), Hole(3, NAME, unique=True), Hole(4, NAME, unique=True)))
templates = st.lists(pieces | holes, max_size=4).map(lambda parts: text(*parts))
fillings = st.fixed_dictionaries(
    {1: pieces, 2: pieces, 3: st.sampled_from(("a", "ab", "abb")), 4: st.sampled_from(("b", "ba", "bab"))}
)


def filled(of: Text, filling: dict[int, str]) -> str:
    found = ""
    for part in of:
        if isinstance(part, Hole):
            assert isinstance(part.identity, int)
            found += filling[part.identity]
        else:
            found += part
    return found


@settings(deadline=None, max_examples=400)
@given(one=templates, other=templates, filling=fillings)
def test_what_is_certain_holds_of_every_filling(one: Text, other: Text, filling: dict[int, str]) -> None:
    mine, theirs = filled(one, filling), filled(other, filling)

    assert starts(one, other) in (None, mine.startswith(theirs))
    assert ends(one, other) in (None, mine.endswith(theirs))
    assert same(one, other) in (None, mine == theirs)
    assert contains(one, "*") in (None, "*" in mine)


@settings(deadline=None)
@given(one=pieces, other=pieces)
def test_whole_texts_are_compared_as_texts(one: str, other: str) -> None:
    assert starts(text(one), text(other)) is one.startswith(other)
    assert ends(text(one), text(other)) is one.endswith(other)
    assert same(text(one), text(other)) is (one == other)
    assert contains(text(one), "*") is ("*" in one)
