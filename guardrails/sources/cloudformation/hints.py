"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_NAMES = 1_000


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message that says which known name is nearest; empty where none is near."""
    from difflib import get_close_matches
    from itertools import islice

    near = get_close_matches(name[:100], list(islice(known, _MOST_NAMES)), 1)
    return f" (did you mean `{near[0]}`?)" if near else ""
