"""Strings made of pieces."""

from __future__ import annotations

from itertools import product

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.operators import (
    LONGEST_STRING,
    MOST_ALTERNATIVES,
    choose,
    to_string,
    unknown_from,
)
from guardrails.sources.terraform.values import Choice, EvalError, Unknown, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_PARTS = 1000
_TOO_LONG = Unknown((Reason(Why.LIMIT, f"a string is longer than {LONGEST_STRING} characters"),))


def as_piece(value: object) -> str | Unknown:
    """What stands in a template for the value of one of its parts."""
    if value is None:
        raise EvalError("cannot include a null value in a string template")
    try:
        return to_string(value)
    except EvalError:
        if isinstance(value, Unknown):
            return unknown_from(value)
        raise EvalError("cannot include the given value in a string template: string required") from None


def concatenated(pieces: Sequence[str]) -> str | Unknown:
    joined = "".join(pieces)
    if len(joined) > LONGEST_STRING:
        return _TOO_LONG
    if joined.isascii():
        return joined
    # The pieces are normalised, but an accent may come to stand behind its letter.
    from unicodedata import normalize

    return normalize("NFC", joined)


def joined(pieces: Sequence[object]) -> object:
    """Strings and unknowns joined: one text for each alternative where these are few, else one with holes."""
    choices = [piece for piece in pieces if isinstance(piece, Choice)]
    if choices and _product(len(choice.alternatives) for choice in choices) <= MOST_ALTERNATIVES:
        ways = [piece.alternatives if isinstance(piece, Choice) else (piece,) for piece in pieces]
        return choose([joined(one) for one in product(*ways)], unknown_from(*choices).reasons)
    whole = text(pieces)
    if isinstance(whole, str):
        return concatenated((whole,))
    length = sum(len(part) for part in whole.parts if isinstance(part, str))
    return _TOO_LONG if length > LONGEST_STRING or len(whole.parts) > _MOST_PARTS else whole


def _product(numbers: Iterable[int]) -> int:
    from math import prod

    return prod(numbers)
