"""Every attribute of every kind of resource is compared, or it says why not."""

from __future__ import annotations

import pytest

from guardrails.drift.fields import COMPARED, MEANINGS, NOT_COMPARED, OTHER_VIEWS, filter_meaning, json_meaning
from guardrails.drift.filled import FILLED_IN
from guardrails.lower.aws import LOWERINGS
from guardrails.model.resource import Resource

KINDS = [lowering.model for lowering in LOWERINGS if lowering.model not in OTHER_VIEWS]
OF_ALL = frozenset(Resource._fields)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_attribute_is_compared_or_says_why_not(kind: type[Resource]) -> None:
    fields = set(kind._fields) - OF_ALL

    assert kind in COMPARED
    assert set(COMPARED[kind]) <= fields
    assert fields - set(COMPARED[kind]) <= NOT_COMPARED.keys()


def test_no_excuse_is_needless() -> None:
    left_out = {field for kind in KINDS for field in {*kind._fields} - OF_ALL - {*COMPARED[kind]}}

    assert NOT_COMPARED.keys() == left_out


def test_rules_are_about_what_is_compared() -> None:
    assert [(kind, field) for kind, field in (*MEANINGS, *FILLED_IN) if field not in COMPARED[kind]] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{ $.a = "b" }', '{$.a="b"}'),
        ("{ ($.a = 1) && ($.b = 2) }", "{ $.b = 2 && $.a = 1 }"),
        ("{ ($.a = 1) || ($.b = 2) || ($.c = 3) }", "{ (($.c = 3) || ($.a = 1)) || $.b = 2 }"),
        ("", ""),
        ("[a, b]", "[ a,  b ]"),
    ],
)
def test_filters_that_mean_the_same(one: str, other: str) -> None:
    assert filter_meaning(one) == filter_meaning(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{ $.a = "b" }', '{ $.a = "c" }'),
        ('{ $.a = "b" }', '{ $.a != "b" }'),
        ("{ ($.a = 1) && ($.b = 2) }", "{ ($.a = 1) || ($.b = 2) }"),
        ("{ ($.a = 1) && ($.b = 2) }", "{ $.a = 1 }"),
        ("{ ($.a = 1) && (($.b = 2) || ($.c = 3)) }", "{ (($.a = 1) && ($.b = 2)) || ($.c = 3) }"),
        ("ERROR", "error"),
        ("", "{ $.a = 1 }"),
    ],
)
def test_filters_that_do_not(one: str, other: str) -> None:
    assert filter_meaning(one) != filter_meaning(other)


def test_documents_are_compared_without_their_order() -> None:
    one = '{"source": ["aws.s3", "aws.iam"], "detail": {"eventName": ["A"], "b": [1]}}'

    assert json_meaning(one) == json_meaning(
        '{"detail": {"b": [1], "eventName": ["A"]}, "source": ["aws.iam", "aws.s3"]}'
    )
    assert json_meaning(one) != json_meaning(one.replace("1", '"1"'))
    assert json_meaning(one) != json_meaning(one.replace('"A"', '"B"'))
