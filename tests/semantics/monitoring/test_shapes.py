"""Sets of texts: what is certain about two of them, and that it is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.semantics.shapes import (
    ANY_TEXT,
    EITHER,
    FAILS,
    HOLDS,
    KNOWN_REGIONS,
    Address,
    AnyCase,
    OneOf,
    Region,
    Shape,
    Texts,
    exact,
    glob,
    lowered,
    suffix,
)

contents = st.one_of(st.text(alphabet="abAB", max_size=5), st.sampled_from(("10.0.0.1", "eu-west-1", "::1", "", "É")))
globs = st.text(alphabet="aaB**1", max_size=5).map(glob)
single: st.SearchStrategy[Shape] = st.one_of(
    globs, globs.map(lowered).map(AnyCase), st.sampled_from((Address(), Region(), exact("10.0.0.1"), glob("10.*")))
)
shapes: st.SearchStrategy[Shape] = st.one_of(single, st.lists(single, min_size=1, max_size=3).map(tuple).map(OneOf))
domains = st.one_of(
    st.lists(contents, min_size=1).map(tuple).map(Texts),
    st.tuples(st.just(None), st.lists(shapes, max_size=2).map(tuple), st.lists(shapes, max_size=2).map(tuple)).map(
        lambda parts: Texts(*parts)
    ),
)


@settings(deadline=None, max_examples=200)
@given(shapes, shapes, contents)
def test_what_is_certain_of_two_shapes_holds_of_every_text(one: Shape, other: Shape, content: str) -> None:
    if one.implies(other):
        assert other.matches(content) or not one.matches(content)
    if one.excludes(other):
        assert not (other.matches(content) and one.matches(content))


@settings(deadline=None, max_examples=200)
@given(domains, shapes, contents)
def test_outcomes_and_parts_are_those_of_the_texts(texts: Texts, shape: Shape, content: str) -> None:
    inside = texts.includes(content)
    if inside:
        assert shape.matches(content) in texts.outcomes(shape)
    for holds in (True, False):
        part = texts.narrowed(shape, holds)
        assert (part is not None and part.includes(content)) is (inside and shape.matches(content) is holds)


@settings(deadline=None, max_examples=200)
@given(domains)
def test_samples_are_of_the_texts(texts: Texts) -> None:
    assert all(texts.includes(sample) for sample in texts.samples())


def test_globs_are_compared_exactly() -> None:
    assert glob("Delete*Trail").implies(glob("*e*"))
    assert not glob("Delete*").implies(glob("DeleteT*"))
    assert glob("Delete*").excludes(glob("Create*"))
    assert not glob("Delete*").excludes(suffix("Trail"))
    assert glob("*Denied*").implies(OneOf((exact("x"), glob("*nied*"))))
    assert AnyCase(glob("root")).excludes(glob("*X"))
    assert glob("ROOT*").implies(AnyCase(glob("r*")))


def test_an_address_is_no_name_of_a_service() -> None:
    address = Texts(like=(Address(),))

    assert address.outcomes(glob("*.amazonaws.com")) == FAILS
    assert address.outcomes(exact("AWS Internal")) == FAILS
    assert address.outcomes(exact("10.0.0.256")) == FAILS
    assert address.outcomes(exact("10.0.0.1")) == EITHER
    assert address.outcomes(ANY_TEXT) == HOLDS
    assert next(iter(address.narrowed(glob("10.*"), True).samples())).startswith("10.")  # type: ignore[union-attr]  # it can


def test_a_region_outside_of_others() -> None:
    outside = Texts(like=(Region(),), unlike=(exact("eu-west-1"), glob("us-*")))

    assert outside.outcomes(exact("eu-west-1")) == outside.outcomes(glob("us-east-*")) == FAILS
    assert outside.outcomes(exact("us_east")) == FAILS
    assert outside.outcomes(glob("eu-*")) == EITHER
    assert all(Region().matches(name) for name in KNOWN_REGIONS)


def test_conjunctions_have_samples() -> None:
    assert next(Texts(like=(glob("Delete*"), glob("*Trail"), glob("*Event*"))).samples(), None) is not None
    assert next(Texts(unlike=(glob("E*"), glob("e*"))).samples(), None) is not None
