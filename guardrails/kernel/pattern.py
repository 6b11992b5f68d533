"""Regular expressions without the time that it takes to compile them.

To compile one takes up to half a millisecond, and a scan needs fifty: that was a tenth of a small scan. So those that
modules declare here lie compiled in `prepared.py`, which docs/generate.py writes. What is compiled can be used by
interpreters whose engine has the same number (`_sre.MAGIC`); all others compile the expressions as ever.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern
    from typing import Any, AnyStr

declared: list[tuple[str | bytes, int]] = []
"""The expressions that were asked for so far, with their flags."""

_prepared: dict[tuple[str | bytes, int], tuple[int, int, tuple[tuple[str, int], ...], str]] | None = None


def compiled(written: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """`re.compile(written, flags)` for an expression that a module writes down, which is compiled beforehand."""
    declared.append((written, flags))
    return _found(written, flags)


def compile_later(written: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """The same, put off until it is first asked; a mistake in it is raised then."""
    declared.append((written, flags))
    return _Waiting(written, flags)  # type: ignore[return-value] # has all that a pattern has


class _Waiting:
    def __init__(self, written: str | bytes, flags: int) -> None:
        self._written = written
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        pattern: object = _found(self._written, self._flags)  # type: ignore[type-var]
        found = self.__dict__[name] = getattr(pattern, name)
        return found


def _found(written: AnyStr, flags: int) -> Pattern[AnyStr]:
    global _prepared
    if _prepared is None:
        _prepared = _read()
    row = _prepared.get((written, flags))
    if row is not None:
        all_flags, groups, names, code = row
        by_number: list[str | None] = [None] * (groups + 1)
        for name, number in names:
            by_number[number] = name
        words = memoryview(bytes.fromhex(code)).cast("I").tolist()
        try:
            pattern: Pattern[AnyStr] = engine().compile(
                written, all_flags, words, groups, dict(names), tuple(by_number)
            )
        except (
            RuntimeError,
            TypeError,
            ValueError,
        ):  # It looks at what it is given, and refuses what it does not know.
            pass
        else:
            return pattern
    import re

    return re.compile(written, flags)


def engine() -> Any:  # noqa: ANN401 - typeshed leaves it out
    """The module that expressions run in."""
    import _sre  # type: ignore[import-not-found]

    return _sre


def _read() -> dict[tuple[str | bytes, int], tuple[int, int, tuple[tuple[str, int], ...], str]]:
    """What was prepared for an interpreter like this one."""
    try:
        from guardrails.kernel import prepared

        if (engine().MAGIC, engine().CODESIZE, sys.byteorder) != (prepared.MAGIC, 4, "little"):
            return {}
    except (ImportError, AttributeError):
        return {}
    return {row[:2]: row[2:] for row in prepared.PATTERNS}
