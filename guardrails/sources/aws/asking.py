"""The calls of one account: each made once, and none any more once the credentials have run out."""

from __future__ import annotations

import threading

from guardrails.kernel.record import changed
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.filling import parameters
from guardrails.sources.aws.snapshot import EXPIRED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from guardrails.sources.aws.calling import Call, Caller
    from guardrails.sources.aws.kind import Context
    from guardrails.sources.aws.snapshot import Refusal


class Asking:
    """Makes calls and remembers the answers: what several kinds of resource need is asked once."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._asked: dict[tuple[str, str, str], _Asked] = {}
        self._lock = threading.Lock()
        self._expired: Refusal | None = None

    def answer(self, region: str, call: Call, given: Mapping[str, object], context: Context) -> dict[str, Any] | None:
        """The answer, or None where there is nothing. Raises CallError."""
        filled = {name: parameters(one, context) for name, one in given.items()}
        with self._lock:
            asked = self._asked.setdefault((region, call.name, repr(sorted(filled.items()))), _Asked())
        with asked.lock:
            if not asked.done:
                self._make(asked, region, call, filled)
        if asked.refused is not None:
            raise CallError(asked.refused)
        return asked.answer

    def _make(self, asked: _Asked, region: str, call: Call, filled: Mapping[str, object]) -> None:
        if self._expired is not None:
            asked.refused = changed(self._expired, operation=call.name, action=call.action, region=region)
        else:
            try:
                asked.answer = self._caller(region, call, filled)
            except CallError as error:
                asked.refused = error.refusal
                if error.refusal.kind == EXPIRED:
                    self._expired = error.refusal
        asked.done = True


class _Asked:
    """One call, and what came of it."""

    __slots__ = ("answer", "done", "lock", "refused")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done = False
        self.answer: dict[str, Any] | None = None
        self.refused: Refusal | None = None
