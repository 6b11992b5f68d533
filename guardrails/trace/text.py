"""The answers for people: a drawn chain for each, a list where there are several, a table for a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.formats.discretion import masked
from guardrails.formats.terminal import Page, harmless, sentence
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Verdict, false
from guardrails.kernel.why import Why
from guardrails.semantics.links import ALARMED, ARRIVED, EVENT_RULE, KEPT, MATCHED, STEPS
from guardrails.semantics.pipeline import Step
from guardrails.trace.chains import telling
from guardrails.trace.told import mending, mending_of, receivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from guardrails.findings import GapNote, Result
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.semantics.pipeline import Path
    from guardrails.trace.chains import Answer, Placed, Watched
    from guardrails.trace.logs import Fault
    from guardrails.trace.stream import Row, Tally

_STYLES = {Verdict.TRUE: "bold green", Verdict.FALSE: "bold red", Verdict.UNKNOWN: "bold yellow"}
_MOST_CHAINS = 8
_MOST_WAYS = 5
_MOST_FIELDS = 5
_MOST_ROWS = 40
_MOST_LISTED = 200
_MOST_FAULTS = 10
_WIDEST = 64


class Told(Record):
    """All that a report is made of."""

    watched: Sequence[Watched]
    answers: Sequence[Answer]
    tally: Tally | None
    faults: Sequence[Fault]
    result: Result
    notices: Sequence[str] = ()


class _Signs(Record):
    holds: str
    breaks: str
    unknown: str
    never: str
    line: str
    cut: str


_FANCY = _Signs("✓", "✗", "?", "·", "│", "╎")
_ASCII = _Signs("+", "x", "?", "-", "|", ":")


def render(told: Told, view: View) -> str:
    page = Page(width=view.width, colour=view.colour, ascii_only=view.ascii)
    signs = _ASCII if view.ascii else _FANCY
    if told.tally is not None:
        _table(page, signs, told.tally, view)
    elif len(told.answers) == 1:
        _answer(page, signs, told, told.answers[0], view)
    elif told.answers:
        _list(page, signs, told)
        _groups(page, signs, told, view)
    _not_read(page, told)
    page.gap()
    _summary(page, told)
    return masked(page.text(), view.secrets)


# --- one chain --------------------------------------------------------------------------------------------------------


def _answer(page: Page, signs: _Signs, told: Told, answer: Answer, view: View, others: int = 0) -> None:
    _heading(page, signs, told, answer, others)
    page.gap()
    best = answer.best
    if best is None:
        for detail in _doubts(answer.truth):
            page.prose(detail, indent=2)
    else:
        _chain(page, signs, best, _unmatched(answer))
        _end(page, told, best)
    page.gap()
    if answer.truth.verdict is Verdict.UNKNOWN and best is not None:
        page.prose("; ".join(_doubts(answer.truth)), indent=2, label="open because")
    if answer.unseen is not None:
        shown = telling(told.watched, answer)
        if shown:
            page.prose(", ".join(shown[:_MOST_FIELDS]), indent=2, label="for example")
    near = answer.nearest
    broken = best.path.broken if best is not None else None
    if near is not None and near.way.looks is not None and broken is not None and broken.name == MATCHED:
        looks = near.way.looks
        which = f"{near.matched} of {near.calls} calls of {near.scenario}" if near.scenario else "some of these calls"
        said = f"`{looks.address}` matches {which}"
        page.prose(f"{said} ({_place(looks.origin)})", indent=2, label="nearest    ")
    mend = mending(answer)
    if mend:
        page.prose(mend, indent=2, label="to mend it ")
    _other_ways(page, signs, answer, view)


def _heading(page: Page, signs: _Signs, told: Told, answer: Answer, others: int) -> None:
    verdict = answer.truth.verdict
    call = answer.call
    title = harmless(call.title)
    if call.source and call.source not in title:
        title += f" ({harmless(call.source)})"
    if answer.target and len(told.watched) > 1:
        title += f" in {harmless(answer.target)}"
    if others:
        title += f" and {others} more like it"
    said = {
        Verdict.TRUE: "is noticed" if not others else "are noticed",
        Verdict.FALSE: "some of these reach nobody" if answer.unseen is not None else "reaches nobody",
        Verdict.UNKNOWN: "not known whether anybody is told",
    }[verdict]
    where = f"  [{harmless(answer.place)}]" if answer.place else ""
    page.line(f"{page.paint(_STYLES[verdict], _sign(signs, verdict))} {title}: {page.paint('bold', said)}{where}")


def _sign(signs: _Signs, verdict: Verdict) -> str:
    return {Verdict.TRUE: signs.holds, Verdict.FALSE: signs.breaks, Verdict.UNKNOWN: signs.unknown}[verdict]


def _unmatched(answer: Answer) -> str:
    """What to say where none of several filters matches, and none is nearer than the others."""
    if answer.best is None:
        return ""
    best = answer.best.path
    if answer.nearest is not None or best.broken is None or best.broken.name != MATCHED or not best.broken.what:
        return ""
    looking = {_looks(one.path) for one in answer.chains if _looks_for_others(one.path)}
    return f"none of {len(looking)} filters and rules matches" if len(looking) > 1 else ""


def _chain(page: Page, signs: _Signs, placed: Placed, unmatched: str) -> None:
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
    longest = max((len(_place(step.origin)) for step in steps.values()), default=0)
    apart = 13 + width + 2 + longest > page.width  # A place that does not fit stands on a line of its own.
    reached = True
    for number, name in enumerate(names):
        step = steps.get(name)
        if step is None:
            page.line(page.paint("dim", f"  {name:8} {signs.never}"))
        else:
            sign = page.paint(_STYLES[step.truth.verdict], _sign(signs, step.truth.verdict)) if reached else signs.never
            place = page.paint("cyan" if reached else "dim", _place(step.origin) if step.what else "")
            if apart:
                page.line(f"  {name:8} {sign} {_named(step)}")
                if place:
                    below = signs.line if reached and step is not broken else signs.cut
                    page.line(f"           {below if number < len(names) - 1 else ' '} {place}")
            else:
                page.line(f"  {name:8} {sign} {_named(step):{width}}  {place}".rstrip())
            for detail in _why(step) if reached else ():
                page.prose(detail, indent=13)
            reached = reached and step is not broken
        if number < len(names) - 1:
            page.line(page.paint("dim", f"           {signs.line if reached else signs.cut}"))


_OF_RULES = (ARRIVED,)
_NOT_OF_RULES = (KEPT, ALARMED)


def _named(step: Step) -> str:
    return harmless(step.what) if step.what else "nothing"


def _why(step: Step) -> list[str]:
    """Why a link breaks, or is not known to hold."""
    if step.truth.verdict is Verdict.TRUE:
        return []
    if step.truth.verdict is Verdict.UNKNOWN:
        return _doubts(step.truth)
    places: dict[str, list[str]] = {}
    for fact in step.truth.facts[:2]:
        place = _place(fact.origin) if fact.origin != step.origin else ""
        places.setdefault(place, []).append(fact.detail.removeprefix(f"`{step.what}` "))
    said = [": ".join(details) + (f" ({place})" if place else "") for place, details in places.items()]
    return [": ".join(said)] if step.name == MATCHED else said


def _doubts(truth: Truth) -> list[str]:
    said: list[str] = []
    for reason in truth.reasons[:2]:
        of_record = reason.why is Why.CANNOT_SAY and reason.origin.source is None
        place = _place(reason.origin)
        text = f"only some of them: {reason.detail}" if of_record else reason.detail
        said.append(f"{text} ({place})" if place else text)
        if reason.settle:
            said.append(f"to settle it: {reason.settle}")
    return said


def _end(page: Page, told: Told, placed: Placed) -> None:
    """Who hears of it: shown as it is, and judged by nobody here."""
    for said in receivers(told.watched, placed):
        place = _place(said.origin)
        page.prose(
            f"{said.detail} ({place})" if place else said.detail,
            indent=11,
            label="->" if page.marks.dot == "-" else "→",
        )


def _other_ways(page: Page, signs: _Signs, answer: Answer, view: View) -> None:
    """One line for each further way: the others that notice it, or where they end."""
    verdict = answer.truth.verdict
    others = answer.chains if _unmatched(answer) else answer.chains[1:]
    if verdict is Verdict.TRUE:
        others = tuple(one for one in others if one.path.truth.verdict is Verdict.TRUE)
    if not others:
        return
    page.gap()
    page.line(f"  {'noticed as well by' if verdict is Verdict.TRUE else 'other ways'}")
    best = answer.chains[0].path
    behind = [one for one in others if not view.verbose and best.broken and _same_end(one.path, best)]
    elsewhere = [one for one in others if not view.verbose and one not in behind and _looks_for_others(one.path)]
    told = [one for one in others if one not in elsewhere and one not in behind]
    shown = told if view.verbose else told[:_MOST_WAYS]
    for one in shown:
        page.prose(_in_a_line(one.path), indent=4, label=_sign(signs, one.path.truth.verdict))
    if len(shown) < len(told):
        page.line(page.paint("dim", f"    and {len(told) - len(shown)} more; --verbose shows them"))
    if elsewhere:
        names = list(dict.fromkeys(_looks(one.path) for one in elsewhere))
        said = f"{_few(f'`{name}`' for name in names)} {'does' if len(names) == 1 else 'do'} not match"
        page.prose(said, indent=4, label=signs.breaks)
    if behind:
        names = list(dict.fromkeys(_looks(one.path) for one in behind))
        said = f"{_few(f'`{name}`' for name in names)} {'stands' if len(names) == 1 else 'stand'} behind the same link"
        page.prose(said, indent=4, label=signs.breaks)


def _same_end(path: Path, other: Path) -> bool:
    """Whether both break at the same link; filters are links of their own."""
    mine, theirs = path.broken, other.broken
    if mine is None or theirs is None:
        return False
    return mine.name == theirs.name and mine.what == theirs.what and mine.name != MATCHED


def _looks_for_others(path: Path) -> bool:
    broken = path.broken
    return broken is not None and broken.name == MATCHED and bool(broken.what)


def _in_a_line(path: Path) -> str:
    looks = next((step.what for step in path.steps if step.name == MATCHED and step.what), "")
    name = f"{path.mechanism} `{looks}`" if looks else f"`{path.steps[0].what}`"
    stop = path.broken or next((step for step in path.steps if step.truth.verdict is Verdict.UNKNOWN), None)
    if stop is None:
        return f"{name} ({_place(path.steps[-1].origin)})"
    why = next(iter(_why(stop)), "")
    place = _place(stop.origin)
    return f"{name} {'ends at' if stop is path.broken else 'is open at'} {stop.name}: {why}" + (
        f" ({place})" if place else ""
    )


def _place(origin: Origin) -> str:
    return f"{harmless(origin.file)}:{origin.line}" if origin.source is not None else ""


# --- several ----------------------------------------------------------------------------------------------------------


def _list(page: Page, signs: _Signs, told: Told) -> None:
    targets = dict.fromkeys(answer.target for answer in told.answers)
    for target in targets:
        page.gap()
        where = f" in {harmless(target)}" if len(targets) > 1 else ""
        page.line(page.paint("bold", f"What becomes of each{where}"))
        ordered = sorted(
            (one for one in told.answers if one.target == target), key=lambda one: _URGENCY[one.truth.verdict]
        )
        shown = ordered[:_MOST_LISTED]
        width = min(_WIDEST, max(len(harmless(one.call.title)) for one in shown))
        for answer in shown:
            sign = page.paint(_STYLES[answer.truth.verdict], _sign(signs, answer.truth.verdict))
            page.line(f"  {sign} {harmless(answer.call.title):{width}}  {_fate(answer)}")
        if len(shown) < len(ordered):
            page.line(f"  and {len(ordered) - len(shown)} more")


_URGENCY = {Verdict.FALSE: 0, Verdict.UNKNOWN: 1, Verdict.TRUE: 2}


def _fate(answer: Answer) -> str:
    if answer.truth.verdict is Verdict.TRUE:
        looks = dict.fromkeys(_looks(one.path) for one in answer.by)
        return f"noticed by {_few(looks)}" if looks else "noticed by several together"
    best = answer.best
    if best is None:
        return next(iter(_doubts(answer.truth)), "no trail records it")
    return _end_of(best.path, answer.truth)


def _end_of(path: Path, truth: Truth) -> str:
    if truth.verdict is Verdict.UNKNOWN:
        stop = next((step for step in path.steps if step.truth.verdict is Verdict.UNKNOWN), None)
        return f"not known: {_doubts(stop.truth if stop else truth)[0]}"
    broken = path.broken
    if broken is None:
        return "not known"
    said = next(iter(_why(broken)), mending_of(broken.name, broken.what))
    return f"ends at {broken.name}: {said}" if broken.name != MATCHED else "nothing matches it"


def _looks(path: Path) -> str:
    return next((step.what for step in path.steps if step.name == MATCHED), "") or path.steps[-1].what


def _few(names: Iterable[str]) -> str:
    listed = [harmless(name) for name in names]
    return ", ".join(listed[:2]) + (f" and {len(listed) - 2} more" if len(listed) > 2 else "")


def _groups(page: Page, signs: _Signs, told: Told, view: View) -> None:
    """A chain for each way of ending, with the first call that ends so."""
    groups: dict[tuple[object, ...], list[Answer]] = {}
    for answer in sorted(told.answers, key=lambda one: _URGENCY[one.truth.verdict]):
        best = answer.best.path if answer.best is not None else None
        broken = best.broken if best is not None else None
        key = (
            answer.truth.verdict,
            answer.target,
            broken.name if broken is not None else "",
            tuple(step.what for step in best.steps)
            if best is not None and (broken is None or broken.name != MATCHED)
            else (),
            answer.unseen is None,
        )
        groups.setdefault(key, []).append(answer)
    wanted = [group for group in groups.values() if view.verbose or group[0].truth.verdict is not Verdict.TRUE]
    for group in (wanted or list(groups.values()))[: len(groups) if view.verbose else _MOST_CHAINS]:
        page.gap()
        _answer(page, signs, told, group[0], view, len(group) - 1)


# --- a log ------------------------------------------------------------------------------------------------------------

_SECTIONS = (
    (Verdict.FALSE, False, "Unseen: calls that change something"),
    (Verdict.FALSE, True, "Unseen: calls that only read"),
    (Verdict.UNKNOWN, None, "Not known"),
    (Verdict.TRUE, None, "Noticed"),
)


def _table(page: Page, signs: _Signs, tally: Tally, view: View) -> None:
    rows = tally.rows()
    for verdict, reads, title in _SECTIONS:
        of_it = [row for row in rows if row.outcome.truth.verdict is verdict and reads in (None, row.reads)]
        if not of_it:
            continue
        page.gap()
        total = sum(row.count for row in of_it)
        page.line(page.paint(_STYLES[verdict], f"{_sign(signs, verdict)} {title} ({total:,})"))
        shown = of_it if view.verbose else of_it[:_MOST_ROWS]
        width = min(_WIDEST, max(len(_call(row)) for row in shown))
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
        return f"by {_few(outcome.by)}"
    if outcome.best is None:
        return next(iter(_doubts(outcome.truth)), "no trail records it")
    return _end_of(outcome.best.path, outcome.truth)


# --- the end ----------------------------------------------------------------------------------------------------------


def _not_read(page: Page, told: Told) -> None:
    notes = [_gap(note) for note in told.result.all_gaps() if note.incomplete or note.why == "ELSEWHERE"]
    notes += _faults(told.faults)
    if not notes:
        return
    page.gap()
    page.line(page.paint("bold", "Not read"))
    for note in notes[:_MOST_FAULTS]:
        page.prose(note, indent=2, label=page.marks.note, label_style="yellow")
    if len(notes) > _MOST_FAULTS:
        page.line(f"  and {len(notes) - _MOST_FAULTS} more")


def _gap(note: GapNote) -> str:
    place = _place(note.origin)
    settle = f": {note.settle}" if note.settle else ""
    return f"{note.detail}{settle}" + (f" ({place})" if place else "")


def _faults(faults: Sequence[Fault]) -> list[str]:
    """One line for each thing that is wrong with a file, with the first record of which it is so."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.file, fault.detail), []).append(fault)
    said: list[str] = []
    for (file, detail), group in groups.items():
        which = f", record {group[0].number:,}" if group[0].number else ""
        more = f" and {len(group) - 1} more" if len(group) > 1 else ""
        said.append(f"{file}{which}{more}: {detail}")
    return said


def _summary(page: Page, told: Told) -> None:
    for notice in told.notices:
        page.prose(notice, indent=0, label="note:")
    if told.tally is not None:
        counts = [told.tally.count(verdict) for verdict in (Verdict.FALSE, Verdict.UNKNOWN, Verdict.TRUE)]
        noun = "record" if told.tally.records == 1 else "records"
        head = f"{told.tally.records:,} {noun}: "
    else:
        verdicts = [answer.truth.verdict for answer in told.answers]
        counts = [verdicts.count(verdict) for verdict in (Verdict.FALSE, Verdict.UNKNOWN, Verdict.TRUE)]
        head = ""
    dot = f" {page.marks.dot} "
    page.line(
        head
        + dot.join(f"{count:,} {name}" for count, name in zip(counts, ("unseen", "unknown", "noticed"), strict=True))
    )
    targets = ", ".join(harmless(one.target) for one in told.watched[:3])
    if len(told.watched) > 3:
        targets += f" and {len(told.watched) - 3} more"
    if targets:
        page.line(f"Traced through {targets}.")
