"""Regular expressions that are compiled when they are first asked.

To compile one takes up to half a millisecond, and many are for what few configurations have.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern
    from typing import AnyStr


class _Waiting:
    def __init__(self, written: str | bytes, flags: int) -> None:
        self._written = written
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        import re

        found = self.__dict__[name] = getattr(re.compile(self._written, self._flags), name)
        return found


def compile_later(written: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """`re.compile(written, flags)`, put off; a mistake in it is raised then."""
    return _Waiting(written, flags)  # type: ignore[return-value] # has all that a pattern has
