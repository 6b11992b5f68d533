"""Answers in pages, put together."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.sources.aws.refusals import GarbledError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_MOST_PAGES = 10_000


class Tokens(Record):
    """How an operation names its pages."""

    asks: str
    """The member of the request that says which page is wanted."""
    tells: str
    """The member of the answer that says which one is next."""
    more: str = ""
    """The member of the answer that says whether there is a next one; without, the other one's presence says it."""


_USUAL = (
    Tokens("nextToken", "nextToken"),
    Tokens("NextToken", "NextToken"),
    Tokens("Marker", "NextMarker", "Truncated"),
    Tokens("Marker", "Marker", "IsTruncated"),
    Tokens("ContinuationToken", "ContinuationToken"),
)


def tokens_of(pagination: Mapping[str, object] | None, asks: frozenset[str], tells: frozenset[str]) -> Tokens | None:
    """How an operation names its pages: as botocore's table of paginators says, else by the members of its requests
    and answers. None where it answers at once."""
    if pagination is not None:
        into, out, more = pagination.get("input_token"), pagination.get("output_token"), pagination.get("more_results")
        if isinstance(into, str) and isinstance(out, str):
            return Tokens(into, out, more if isinstance(more, str) else "")
    for usual in _USUAL:
        if usual.asks in asks and usual.tells in tells:
            return Tokens(usual.asks, usual.tells, usual.more if usual.more in tells else "")
    return None


def whole(page: Callable[[Mapping[str, object]], dict[str, Any]], tokens: Tokens | None, items: str) -> dict[str, Any]:
    """The first page with the items of all of them; `items` are the members that hold them, with spaces between.

    `page` makes the call with further parameters. An answer that says that there is more, and cannot be asked for it,
    raises GarbledError: a part must not pass for the whole.
    """
    first = page({})
    if tokens is None:
        return first
    names = items.split()
    answer, seen = first, set[object]()
    while True:
        token = _next(answer, tokens)
        if token is None:
            break
        if not names:
            raise GarbledError("the answer goes on in further pages, which nobody expected")
        if token in seen or len(seen) >= _MOST_PAGES:
            raise GarbledError("the pages of the answer never end")
        seen.add(token)
        answer = page({tokens.asks: token})
        for name in names:
            if answer.get(name):
                first.setdefault(name, []).extend(answer[name])
    for member in (tokens.tells, tokens.more):
        first.pop(member, None)
    return first


def _next(answer: Mapping[str, Any], tokens: Tokens) -> object | None:
    token = answer.get(tokens.tells)
    if tokens.more and tokens.more in answer and not answer[tokens.more]:
        return None
    if not token:
        if tokens.more and answer.get(tokens.more):
            raise GarbledError("the answer says that there is more, and not where")
        return None
    return str(token)
