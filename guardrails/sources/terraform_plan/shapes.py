"""Parts of a JSON document that are used only if they have the expected shape: what is scanned is not trusted."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def part(mask: object, key: str | int) -> object:
    """What a mask says of a part: a mask that is true holds for all parts."""
    if mask is True:
        return True
    if isinstance(mask, dict):
        return mask.get(key, False)
    if isinstance(mask, list) and isinstance(key, int) and 0 <= key < len(mask):
        return mask[key]
    return False


def marked_values(value: object, mask: object) -> Iterator[object]:
    """The parts of a value that a mask marks."""
    if mask is True:
        yield value
    elif isinstance(value, dict):
        for key in value:
            yield from marked_values(value[key], part(mask, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from marked_values(item, part(mask, at))


def marked(mask: object) -> bool:
    """Whether a mask marks anything."""
    if isinstance(mask, dict):
        return any(map(marked, mask.values()))
    if isinstance(mask, list):
        return any(map(marked, mask))
    return mask is True
