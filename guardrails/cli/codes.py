"""Exit codes, as docs/exit-codes.md explains them."""

from __future__ import annotations

from guardrails.findings import Outcome
from guardrails.kernel.why import Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.findings import Result
    from guardrails.policy import Severity

OK = 0
FAILED = 1
WRONG_ARGUMENTS = 2
INCOMPLETE = 3
INTERRUPTED = 130


def of(result: Result, fail_on: Severity | None, *, unknown_fails: bool) -> int:
    """The exit code for a result. Incomplete comes before failed: who tolerates failures must still learn that
    something was not judged at all."""
    if result.count(Outcome.ERROR) or any(note.incomplete for note in result.all_gaps()) or _met_a_limit(result):
        return INCOMPLETE
    if fail_on is None:
        return OK
    gating = {Outcome.FAIL, Outcome.UNKNOWN} if unknown_fails else {Outcome.FAIL}
    failed = any(f.outcome in gating and f.severity.rank >= fail_on.rank for f in result.findings)
    return FAILED if failed else OK


def _met_a_limit(result: Result) -> bool:
    """Whether a verdict is open because judging it would have taken too much."""
    return any(
        because.why == Why.LIMIT.value
        for found in result.findings
        if found.outcome is Outcome.UNKNOWN
        for because in found.because
    )
