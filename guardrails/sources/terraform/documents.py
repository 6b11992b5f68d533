"""JSON documents in texts, holes and all."""

from __future__ import annotations

from itertools import count

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.values import Text, Unknown, text

_OPENS, _CLOSES = "\ue000", "\ue001"
"""What stands around the number of a hole while a text is read as JSON: private characters that no document holds."""


def with_marks(content: str | Text) -> str | None:
    """The text with marks for its holes; None where it holds such marks itself."""
    if isinstance(content, str):
        return content
    if any(_OPENS in part for part in content.parts if isinstance(part, str)):
        return None
    numbers = count()
    return "".join(part if isinstance(part, str) else f"{_OPENS}{next(numbers)}{_CLOSES}" for part in content.parts)


def read_json(content: str | Text) -> object:
    """The document in a text: a JsonText or plain value, or unknown where it cannot be read."""
    import json

    holes = [] if isinstance(content, str) else [part for part in content.parts if isinstance(part, Unknown)]
    filled = with_marks(content)
    if filled is None:
        return Unknown(tuple(reason for hole in holes for reason in hole.reasons))
    try:
        document = json.loads(filled, parse_float=_exact, strict=False)
    except RecursionError:
        return Unknown((Reason(Why.LIMIT, "the document is nested too deeply"),))
    except ValueError as error:
        if holes:
            # A hole outside of a string: it may be a number, or half of the document.
            return Unknown(tuple(reason for hole in holes for reason in hole.reasons))
        message = str(getattr(error, "msg", error)).lower()
        return Unknown((Reason(Why.INVALID, f"the text is not JSON: {message}"),))
    return _refilled(document, holes) if holes else document


def _exact(number: str) -> object:
    # Imported only where a document holds a fraction: it takes 1.3 ms, and hardly any policy document does.
    from decimal import Decimal

    return Decimal(number)


def _refilled(value: object, holes: list[Unknown]) -> object:
    """The document with the holes put back; an object with a hole in a key is unknown."""
    if isinstance(value, str):
        return _refilled_text(value, holes)
    if isinstance(value, list):
        return [_refilled(item, holes) for item in value]
    if isinstance(value, dict):
        for key in value:
            if _OPENS in key:
                named = _refilled_text(key, holes)
                assert isinstance(named, Unknown)
                return Unknown(named.reasons)
        return {key: _refilled(item, holes) for key, item in value.items()}
    return value


def _refilled_text(value: str, holes: list[Unknown]) -> str | Text | Unknown:
    if _OPENS not in value:
        return value
    parts: list[object] = []
    for piece in value.split(_OPENS):
        number, mark, rest = piece.partition(_CLOSES)
        if mark:
            parts += [holes[int(number)], rest]
        else:
            parts.append(piece)
    joined = text(parts)
    # A text that is nothing but a reference is that reference.
    return joined.parts[0] if isinstance(joined, Text) and len(joined.parts) == 1 else joined
