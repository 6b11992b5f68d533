"""Answers in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.session import Session  # type: ignore[import-untyped]  # as above

from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.paging import Tokens, tokens_of, whole
from guardrails.sources.aws.refusals import GarbledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NEXT = Tokens("nextToken", "nextToken")
MARKED = Tokens("Marker", "NextMarker", "Truncated")


def answering(*pages: dict[str, Any]) -> tuple[Callable[[Mapping[str, object]], dict[str, Any]], list[Any]]:
    waiting, asked = iter(pages), []

    def page(parameters: Mapping[str, object]) -> dict[str, Any]:
        asked.append(dict(parameters))
        return next(waiting)

    return page, asked


def test_all_items_in_their_order() -> None:
    page, asked = answering({"a": [1], "b": 7, "nextToken": "x"}, {"a": [2, 3], "nextToken": "y"}, {"a": []})

    assert whole(page, NEXT, "a") == {"a": [1, 2, 3], "b": 7}
    assert asked == [{}, {"nextToken": "x"}, {"nextToken": "y"}]


def test_items_in_several_members() -> None:
    page, _ = answering({"a": [1], "nextToken": "x"}, {"b": [2], "nextToken": "y"}, {"a": [3], "b": [4]})

    assert whole(page, NEXT, "a b") == {"a": [1, 3], "b": [2, 4]}


def test_a_flag_decides_where_there_is_one() -> None:
    page, asked = answering(
        {"Keys": [1], "Truncated": True, "NextMarker": "x"}, {"Keys": [2], "Truncated": False, "NextMarker": "again"}
    )

    assert whole(page, MARKED, "Keys") == {"Keys": [1, 2]}
    assert asked == [{}, {"Marker": "x"}]


def test_an_operation_without_pages() -> None:
    page, _ = answering({"trailList": [1], "nextToken": "part of what it says"})

    assert whole(page, None, "") == {"trailList": [1], "nextToken": "part of what it says"}


@pytest.mark.parametrize(
    ("tokens", "items", "pages"),
    [
        (NEXT, "", [{"a": [1], "nextToken": "x"}]),
        (NEXT, "a", [{"a": [1], "nextToken": "x"}, {"a": [2], "nextToken": "x"}]),
        (NEXT, "a", [{"nextToken": "x"}, {"nextToken": "y"}, {"nextToken": "x"}]),
        (MARKED, "a", [{"a": [1], "Truncated": True}]),
        (MARKED, "a", [{"a": [1], "Truncated": True, "NextMarker": ""}]),
    ],
    ids=["pages that nobody expected", "the same page again", "pages in a circle", "no token", "an empty token"],
)
def test_a_part_does_not_pass_for_the_whole(tokens: Tokens, items: str, pages: list[dict[str, Any]]) -> None:
    page, _ = answering(*pages)

    with pytest.raises(GarbledError):
        whole(page, tokens, items)


def test_how_operations_name_their_pages() -> None:
    none = frozenset[str]()
    assert tokens_of(
        {"input_token": "Marker", "output_token": "Marker", "more_results": "IsTruncated"}, none, none
    ) == (Tokens("Marker", "Marker", "IsTruncated"))
    assert tokens_of(None, frozenset({"NextToken"}), frozenset({"NextToken", "Rules"})) == Tokens(
        "NextToken", "NextToken"
    )
    assert tokens_of(None, frozenset({"Name"}), frozenset({"NextToken"})) is None


def test_every_call_that_answers_in_pages_says_where_its_items_are() -> None:
    session, loader = Session(), Loader()
    calls = {call.name: call for kind in KINDS.values() for call in kind.calls}
    wrong = []
    for call in calls.values():
        model = session.get_service_model(call.service).operation_model(call.operation)
        paginators = loader.load_service_model(call.service, "paginators-1")["pagination"]
        into = frozenset(model.input_shape.members) if model.input_shape else frozenset[str]()
        tokens = tokens_of(paginators.get(call.operation), into, frozenset(model.output_shape.members))
        lists = {name for name, shape in model.output_shape.members.items() if shape.type_name == "list"}
        if (tokens is not None) != bool(call.items or call.first_page) or not lists.issuperset(call.items.split()):
            wrong.append((call.name, call.items, tokens))

    assert wrong == []
