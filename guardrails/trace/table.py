"""What becomes of a log: a line for each call and outcome, the unseen ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.formats.terminal import Page, harmless, sentence
from guardrails.kernel.truth import Verdict
from guardrails.trace.drawing import STYLES, WIDEST, Signs, doubts, end_of, few, sign_of

if TYPE_CHECKING:
    from guardrails.formats.view import View
    from guardrails.trace.stream import Row, Tally

_MOST_ROWS = 40

_SECTIONS = (
    (Verdict.FALSE, False, "Unseen: calls that change something"),
    (Verdict.FALSE, True, "Unseen: calls that only read"),
    (Verdict.UNKNOWN, None, "Not known"),
    (Verdict.TRUE, None, "Noticed"),
)


def table(page: Page, signs: Signs, tally: Tally, view: View) -> None:
    rows = tally.rows()
    for verdict, reads, title in _SECTIONS:
        of_it = [row for row in rows if row.outcome.truth.verdict is verdict and reads in (None, row.reads)]
        if not of_it:
            continue
        page.gap()
        total = sum(row.count for row in of_it)
        page.line(page.paint(STYLES[verdict], f"{sign_of(signs, verdict)} {title} ({total:,})"))
        shown = of_it if view.verbose else of_it[:_MOST_ROWS]
        width = min(WIDEST, max(len(_call(row)) for row in shown))
        for row in shown:
            page.line(f"  {row.count:>9,}  {_call(row):{width}}  {sentence(_row_fate(row))}")
        if len(shown) < len(of_it):
            left = sum(row.count for row in of_it[len(shown) :])
            more = f"    and {len(of_it) - len(shown)} more rows with {left:,} records; --verbose lists them"
            page.line(page.paint("dim", more))
    if tally.uncounted:
        page.gap()
        page.line(f"{tally.uncounted:,} records of further calls are counted and not listed: there are too many names.")


def _call(row: Row) -> str:
    source = row.source.removesuffix(".amazonaws.com")
    return harmless(f"{source or '?'} {row.event or '(no eventName)'}")


def _row_fate(row: Row) -> str:
    outcome = row.outcome
    if outcome.truth.verdict is Verdict.TRUE:
        return f"by {few(outcome.by)}"
    if outcome.best is None:
        return next(iter(doubts(outcome.truth)), "no trail records it")
    return end_of(outcome.best.path, outcome.truth)
