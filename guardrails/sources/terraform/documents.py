"""JSON documents in texts, holes and all."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.values import Text, Unknown, text

_OPENS, _CLOSES = "\ue000", "\ue001"
"""What stands around the number of a hole while a text is read as JSON: private characters that no document holds."""


def read_json(content: str | Text) -> object:
    """The document in a text: a JsonText or plain value, or unknown where it cannot be read."""
    import json
    from decimal import Decimal

    parts = (content,) if isinstance(content, str) else content.parts
    holes = [part for part in parts if isinstance(part, Unknown)]
    if holes and any(_OPENS in part for part in parts if isinstance(part, str)):
        return Unknown(tuple(reason for hole in holes for reason in hole.reasons))
    numbered = iter(range(len(holes)))
    filled = "".join(part if isinstance(part, str) else f"{_OPENS}{next(numbered)}{_CLOSES}" for part in parts)
    try:
        document = json.loads(filled, parse_float=Decimal, strict=False)
    except RecursionError:
        return Unknown((Reason(Why.LIMIT, "the document is nested too deeply"),))
    except ValueError as error:
        if holes:
            # A hole outside of a string: it may be a number, or half of the document.
            return Unknown(tuple(reason for hole in holes for reason in hole.reasons))
        message = str(getattr(error, "msg", error)).lower()
        return Unknown((Reason(Why.INVALID, f"the text is not JSON: {message}"),))
    return _refilled(document, holes) if holes else document


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
