"""Errors of evaluation that know their place, and the memory that keeps them."""

from __future__ import annotations

from guardrails.kernel.origin import Origin
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.values import EvalError, UndeclaredError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from guardrails.kernel.origin import Call, SourceFile


class LocatedError(EvalError):
    """An evaluation error with the place of its first cause."""

    def __init__(self, message: str, origin: Origin) -> None:
        super().__init__(message)
        self.origin = origin

    def reason(self) -> Reason:
        return Reason(Why.INVALID, self.message, "", self.origin)


class LocatedUndeclaredError(LocatedError, UndeclaredError):
    """As above, for a name that is declared nowhere."""


def located(error: EvalError, file: SourceFile, start: int, stop: int, via: tuple[Call, ...]) -> LocatedError:
    """The error at its own place in `file`, or at the given one. An error that has a place keeps it."""
    if isinstance(error, LocatedError):
        return error
    if error.start >= 0:
        start, stop = error.start, error.stop
    kind = LocatedUndeclaredError if isinstance(error, UndeclaredError) else LocatedError
    return kind(error.message, Origin(file, start, stop, via=via))


class _Busy:
    """What stands in the memory while a value is being computed."""


_ABSENT = object()
_BUSY = _Busy()


class Memory:
    """Values by name, each computed when it is first asked for: errors are remembered too, cycles are errors."""

    __slots__ = ("_kept", "_what")

    def __init__(self, what: str) -> None:
        self._what = what
        self._kept: dict[object, object] = {}

    def forget(self) -> None:
        """Let go of all values: they refer to what remembers them."""
        self._kept.clear()

    def get(self, key: object, compute: Callable[[], object]) -> object:
        kept = self._kept.get(key, _ABSENT)
        if kept is _ABSENT:
            return self._compute(key, compute)
        if type(kept) is _Busy:
            raise EvalError(f"{self._what}{key} depends on itself")
        if type(kept) is LocatedError or type(kept) is LocatedUndeclaredError:
            _again(kept)
        return kept

    def _compute(self, key: object, compute: Callable[[], object]) -> object:
        self._kept[key] = _BUSY
        try:
            value = compute()
        except LocatedError as error:
            self._kept[key] = error
            raise
        except BaseException:
            del self._kept[key]
            raise
        self._kept[key] = value
        return value


def _again(error: LocatedError) -> NoReturn:
    # The same object is raised many times: without this its traceback would grow with each.
    raise error.with_traceback(None)
