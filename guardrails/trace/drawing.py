"""One chain, drawn, and the words for its links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.formats.terminal import Page, harmless
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Verdict, false
from guardrails.kernel.why import Why
from guardrails.semantics.links import ALARMED, ARRIVED, EVENT_RULE, KEPT, MATCHED, STEPS
from guardrails.semantics.pipeline import Step
from guardrails.trace.told import mending_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.semantics.pipeline import Path
    from guardrails.trace.chains import Placed

STYLES = {Verdict.TRUE: "bold green", Verdict.FALSE: "bold red", Verdict.UNKNOWN: "bold yellow"}
WIDEST = 64
"""Columns that what is listed is given before what becomes of it."""


class Signs(Record):
    holds: str
    breaks: str
    unknown: str
    never: str
    line: str
    cut: str


FANCY = Signs("✓", "✗", "?", "·", "│", "╎")
ASCII = Signs("+", "x", "?", "-", "|", ":")


def sign_of(signs: Signs, verdict: Verdict) -> str:
    return {Verdict.TRUE: signs.holds, Verdict.FALSE: signs.breaks, Verdict.UNKNOWN: signs.unknown}[verdict]


def draw(page: Page, signs: Signs, placed: Placed, unmatched: str) -> None:
    """Draw what became of a record on one way. `unmatched` stands in for the filter where none of several matches and
    none is nearer than the others."""
    path = placed.path
    broken = path.broken
    steps = {step.name: step for step in path.steps}
    if unmatched and broken is not None:
        kept = path.steps[: path.steps.index(broken)]
        steps = {step.name: step for step in kept}
        broken = Step(MATCHED, "", false(Fact(unmatched)), NOWHERE)
        steps[MATCHED] = broken
    none = _NOT_OF_RULES if path.mechanism == EVENT_RULE else _OF_RULES
    names = [name for name in STEPS if name in steps or (broken is not None and name not in none)]
    width = max((len(_named(step)) for step in steps.values()), default=0)
    longest = max((len(place_of(step.origin)) for step in steps.values()), default=0)
    apart = 13 + width + 2 + longest > page.width  # A place that does not fit stands on a line of its own.
    reached = True
    for number, name in enumerate(names):
        step = steps.get(name)
        if step is None:
            page.line(page.paint("dim", f"  {name:8} {signs.never}"))
        else:
            sign = (
                page.paint(STYLES[step.truth.verdict], sign_of(signs, step.truth.verdict)) if reached else signs.never
            )
            place = page.paint("cyan" if reached else "dim", place_of(step.origin) if step.what else "")
            if apart:
                page.line(f"  {name:8} {sign} {_named(step)}")
                if place:
                    below = signs.line if reached and step is not broken else signs.cut
                    page.line(f"           {below if number < len(names) - 1 else ' '} {place}")
            else:
                page.line(f"  {name:8} {sign} {_named(step):{width}}  {place}".rstrip())
            for detail in why(step) if reached else ():
                page.prose(detail, indent=13)
            reached = reached and step is not broken
        if number < len(names) - 1:
            page.line(page.paint("dim", f"           {signs.line if reached else signs.cut}"))


_OF_RULES = (ARRIVED,)
_NOT_OF_RULES = (KEPT, ALARMED)


def _named(step: Step) -> str:
    return harmless(step.what) if step.what else "nothing"


def why(step: Step) -> list[str]:
    """Why a link breaks, or is not known to hold."""
    if step.truth.verdict is Verdict.TRUE:
        return []
    if step.truth.verdict is Verdict.UNKNOWN:
        return doubts(step.truth)
    places: dict[str, list[str]] = {}
    for fact in step.truth.facts[:2]:
        place = place_of(fact.origin) if fact.origin != step.origin else ""
        places.setdefault(place, []).append(fact.detail.removeprefix(f"`{step.what}` "))
    said = [": ".join(details) + (f" ({place})" if place else "") for place, details in places.items()]
    return [": ".join(said)] if step.name == MATCHED else said


def doubts(truth: Truth) -> list[str]:
    said: list[str] = []
    for reason in truth.reasons[:2]:
        of_record = reason.why is Why.CANNOT_SAY and reason.origin.source is None
        place = place_of(reason.origin)
        text = f"only some of them: {reason.detail}" if of_record else reason.detail
        said.append(f"{text} ({place})" if place else text)
        if reason.settle:
            said.append(f"to settle it: {reason.settle}")
    return said


def place_of(origin: Origin) -> str:
    return harmless(origin.place)


def end_of(path: Path, truth: Truth) -> str:
    if truth.verdict is Verdict.UNKNOWN:
        stop = next((step for step in path.steps if step.truth.verdict is Verdict.UNKNOWN), None)
        return f"not known: {doubts(stop.truth if stop else truth)[0]}"
    broken = path.broken
    if broken is None:
        return "not known"
    said = next(iter(why(broken)), mending_of(broken.name, broken.what))
    return f"ends at {broken.name}: {said}" if broken.name != MATCHED else "nothing matches it"


def looks_of(path: Path) -> str:
    return next((step.what for step in path.steps if step.name == MATCHED), "") or path.steps[-1].what


def few(names: Iterable[str]) -> str:
    listed = [harmless(name) for name in names]
    return ", ".join(listed[:2]) + (f" and {len(listed) - 2} more" if len(listed) > 2 else "")
