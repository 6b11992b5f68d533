"""The answers for people: a drawn chain for each, a list where there are several, a table for a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.formats.discretion import masked
from guardrails.formats.terminal import Page, harmless
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Verdict
from guardrails.semantics.links import MATCHED
from guardrails.trace.chains import telling
from guardrails.trace.drawing import (
    ASCII,
    FANCY,
    STYLES,
    WIDEST,
    Signs,
    doubts,
    draw,
    end_of,
    few,
    looks_of,
    place_of,
    sign_of,
    why,
)
from guardrails.trace.table import table
from guardrails.trace.told import mending, receivers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.findings import GapNote, Result
    from guardrails.formats.view import View
    from guardrails.semantics.pipeline import Path
    from guardrails.trace.chains import Answer, Placed, Watched
    from guardrails.trace.logs import Fault
    from guardrails.trace.stream import Tally

_MOST_CHAINS = 8
_MOST_WAYS = 5
_MOST_FIELDS = 5
_MOST_LISTED = 200
_MOST_FAULTS = 10


class Told(Record):
    """All that a report is made of."""

    watched: Sequence[Watched]
    answers: Sequence[Answer]
    tally: Tally | None
    faults: Sequence[Fault]
    result: Result
    notices: Sequence[str] = ()


def render(told: Told, view: View) -> str:
    page = Page(width=view.width, colour=view.colour, ascii_only=view.ascii)
    signs = ASCII if view.ascii else FANCY
    if told.tally is not None:
        table(page, signs, told.tally, view)
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


def _answer(page: Page, signs: Signs, told: Told, answer: Answer, view: View, others: int = 0) -> None:
    _heading(page, signs, told, answer, others)
    page.gap()
    best = answer.best
    if best is None:
        for detail in doubts(answer.truth):
            page.prose(detail, indent=2)
    else:
        draw(page, signs, best, _unmatched(answer))
        _end(page, told, best)
    page.gap()
    if answer.truth.verdict is Verdict.UNKNOWN and best is not None:
        page.prose("; ".join(doubts(answer.truth)), indent=2, label="open because")
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
        page.prose(f"{said} ({place_of(looks.origin)})", indent=2, label="nearest    ")
    mend = mending(answer)
    if mend:
        page.prose(mend, indent=2, label="to mend it ")
    _other_ways(page, signs, answer, view)


def _heading(page: Page, signs: Signs, told: Told, answer: Answer, others: int) -> None:
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
    page.line(f"{page.paint(STYLES[verdict], sign_of(signs, verdict))} {title}: {page.paint('bold', said)}{where}")


def _unmatched(answer: Answer) -> str:
    """What to say where none of several filters matches, and none is nearer than the others."""
    if answer.best is None:
        return ""
    best = answer.best.path
    if answer.nearest is not None or best.broken is None or best.broken.name != MATCHED or not best.broken.what:
        return ""
    looking = {looks_of(one.path) for one in answer.chains if _looks_for_others(one.path)}
    return f"none of {len(looking)} filters and rules matches" if len(looking) > 1 else ""


def _end(page: Page, told: Told, placed: Placed) -> None:
    """Who hears of it: shown as it is, and judged by nobody here."""
    for said in receivers(told.watched, placed):
        place = place_of(said.origin)
        page.prose(
            f"{said.detail} ({place})" if place else said.detail,
            indent=11,
            label="->" if page.marks.dot == "-" else "→",
        )


def _other_ways(page: Page, signs: Signs, answer: Answer, view: View) -> None:
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
        page.prose(_in_a_line(one.path), indent=4, label=sign_of(signs, one.path.truth.verdict))
    if len(shown) < len(told):
        page.line(page.paint("dim", f"    and {len(told) - len(shown)} more; --verbose shows them"))
    if elsewhere:
        names = list(dict.fromkeys(looks_of(one.path) for one in elsewhere))
        said = f"{few(f'`{name}`' for name in names)} {'does' if len(names) == 1 else 'do'} not match"
        page.prose(said, indent=4, label=signs.breaks)
    if behind:
        names = list(dict.fromkeys(looks_of(one.path) for one in behind))
        said = f"{few(f'`{name}`' for name in names)} {'stands' if len(names) == 1 else 'stand'} behind the same link"
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
        return f"{name} ({place_of(path.steps[-1].origin)})"
    cause = next(iter(why(stop)), "")
    place = place_of(stop.origin)
    return f"{name} {'ends at' if stop is path.broken else 'is open at'} {stop.name}: {cause}" + (
        f" ({place})" if place else ""
    )


# --- several ----------------------------------------------------------------------------------------------------------


def _list(page: Page, signs: Signs, told: Told) -> None:
    targets = dict.fromkeys(answer.target for answer in told.answers)
    for target in targets:
        page.gap()
        where = f" in {harmless(target)}" if len(targets) > 1 else ""
        page.line(page.paint("bold", f"What becomes of each{where}"))
        ordered = sorted(
            (one for one in told.answers if one.target == target), key=lambda one: _URGENCY[one.truth.verdict]
        )
        shown = ordered[:_MOST_LISTED]
        width = min(WIDEST, max(len(harmless(one.call.title)) for one in shown))
        for answer in shown:
            sign = page.paint(STYLES[answer.truth.verdict], sign_of(signs, answer.truth.verdict))
            page.line(f"  {sign} {harmless(answer.call.title):{width}}  {_fate(answer)}")
        if len(shown) < len(ordered):
            page.line(f"  and {len(ordered) - len(shown)} more")


_URGENCY = {Verdict.FALSE: 0, Verdict.UNKNOWN: 1, Verdict.TRUE: 2}


def _fate(answer: Answer) -> str:
    if answer.truth.verdict is Verdict.TRUE:
        looks = dict.fromkeys(looks_of(one.path) for one in answer.by)
        return f"noticed by {few(looks)}" if looks else "noticed by several together"
    best = answer.best
    if best is None:
        return next(iter(doubts(answer.truth)), "no trail records it")
    return end_of(best.path, answer.truth)


def _groups(page: Page, signs: Signs, told: Told, view: View) -> None:
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
    place = place_of(note.origin)
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
