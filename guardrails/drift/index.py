"""The resources of accounts by what they are called, so that thousands are not compared with thousands."""

from __future__ import annotations

from bisect import bisect_left

from guardrails.drift.names import known_by, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from guardrails.kernel.value import Value
    from guardrails.model.resource import Resource


class Index:
    """The resources of one kind that are in accounts, by what they are called."""

    __slots__ = ("_by_name", "_sorted", "all", "unnamed")

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.all = tuple(resources)
        self.unnamed = tuple(one for one in self.all if not all(value.settled for value in known_by(one)))
        """Those of which it was not said what they are called."""
        self._by_name: dict[str, list[Resource]] = {}
        for one in self.all:
            for name in _called_by(one):
                self._by_name.setdefault(name, []).append(one)
        self._sorted: list[str] | None = None

    def named(self, name: str) -> Sequence[Resource]:
        return self._by_name.get(name, ())

    def fitting(self, head: str, pattern: re.Pattern[str]) -> Iterator[Resource]:
        """Those whose names begin with `head` and fit the pattern, each as often as it has such names."""
        if self._sorted is None:
            self._sorted = sorted(self._by_name)
        place = bisect_left(self._sorted, head)
        while place < len(self._sorted) and self._sorted[place].startswith(head):
            if pattern.fullmatch(self._sorted[place]):
                yield from self._by_name[self._sorted[place]]
            place += 1


def _called_by(live: Resource) -> set[str]:
    texts = {short(name) for value in known_by(live) for name in _all_texts(value)}
    return texts | {short(live.address)}


def _all_texts(value: Value[Any]) -> list[str]:
    """A text, or the several that an account has: the aliases of a key."""
    content = value.or_none()
    texts = content if isinstance(content, list) else [content]
    return [text for text in texts if isinstance(text, str) and text]
