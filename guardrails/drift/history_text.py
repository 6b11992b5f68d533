"""The history of verdicts for people: one line for each that turned, the newest last, below its policy."""

from __future__ import annotations

from guardrails.findings import Outcome
from guardrails.formats.discretion import masked
from guardrails.formats.terminal import SEVERITY_STYLES, Page, harmless, sentence
from guardrails.formats.text import amount, some_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.drift.history import History, Standing, Turn
    from guardrails.formats.view import View

_STYLES = {Outcome.FAIL: "red", Outcome.ERROR: "magenta", Outcome.UNKNOWN: "yellow", Outcome.PASS: "green"}
_VERBS = {
    Outcome.FAIL: "fails",
    Outcome.ERROR: "gave no verdict",
    Outcome.UNKNOWN: "is not known",
    Outcome.PASS: "passes",
    Outcome.WAIVED: "is waived",
}
_PAST = {
    Outcome.FAIL: "failed",
    Outcome.ERROR: "gave no verdict",
    Outcome.UNKNOWN: "was not known",
    Outcome.PASS: "passed",
    Outcome.WAIVED: "was waived",
}
_MOST_NAMED = 4
_MOST_CHANGES = 4
"""Changes that are shown of one turn, unless all are asked for."""


def render(history: History, view: View) -> str:
    page = Page(width=view.width, colour=view.colour, ascii_only=view.ascii)
    several = len({one.account for one in history.observations}) > 1
    if view.quiet:
        for turn in history.turns:
            page.line(f"{time_of(turn.time)} {_said(turn)} {turn.policy} {harmless(turn.resource)}")
    else:
        _turns(page, history, view, several=several)
        _standing(page, history, view, several=several)
        _gaps(page, history, view)
    page.gap()
    _summary(page, history)
    return masked(page.text(), view.secrets)


def time_of(text: str) -> str:
    """`2027-01-31T12:00:00Z` as `2027-01-31 12:00:00`."""
    return harmless(text.replace("T", " ").removesuffix("Z"))


def _said(turn: Turn) -> str:
    if turn.after is None:
        return "is gone" if turn.gone else "is not judged any more"
    return _VERBS[turn.after]


# What turned


def _matters(turn: Turn) -> bool:
    """Whether somebody must know of it: not of what is not known, and was not there to be judged."""
    return {turn.before, turn.after} != {Outcome.UNKNOWN, None}


def _turns(page: Page, history: History, view: View, *, several: bool) -> None:
    if not history.turns:
        return
    by_policy: dict[str, list[Turn]] = {}
    for turn in history.turns:
        if view.verbose or _matters(turn):
            by_policy.setdefault(turn.policy, []).append(turn)
    for policy in history.policies():
        turns = by_policy.get(policy, [])
        if not turns:
            continue
        page.gap()
        worst = max((one.severity for one in turns), key=lambda severity: severity.rank)
        level = page.paint(SEVERITY_STYLES[worst], worst.value.upper())
        page.line(f"{page.paint('bold', harmless(policy))} {harmless(turns[0].name)}  {level}")
        for turn in turns:
            _turn(page, turn, view, several=several)


def _turn(page: Page, turn: Turn, view: View, *, several: bool) -> None:
    marks = page.marks
    mark = {Outcome.FAIL: marks.failed, Outcome.PASS: marks.passed, None: marks.dot}.get(turn.after, marks.unknown)
    style = _STYLES.get(turn.after, "dim") if turn.after is not None else "dim"
    account = f"  {turn.account}" if several and turn.account not in turn.resource else ""
    said = page.paint(style, f"{mark} {_said(turn)}")
    page.line(f"  {time_of(turn.time)}  {said}  {harmless(turn.resource)}{page.paint('dim', account)}")
    page.prose(_before(turn), indent=6, style="dim")
    if turn.message and turn.after is not Outcome.PASS:
        page.prose(turn.message, indent=6)
    most = len(turn.changes) if view.verbose else _MOST_CHANGES
    for change in turn.changes[:most]:
        page.prose(change, indent=6, label="changed", label_style="magenta")
    if len(turn.changes) > most:
        page.prose(f"and {len(turn.changes) - most} more; --verbose shows all", indent=6, style="dim")
    if not turn.changes and {turn.before, turn.after} == {Outcome.FAIL, Outcome.PASS}:
        page.prose("nothing that is compared changed of what decided it", indent=6, style="dim")
    if not turn.changes or turn.after is Outcome.UNKNOWN or view.verbose:
        for number, fact in enumerate(turn.facts if view.verbose else turn.facts[:1]):
            page.prose(fact, indent=6, label="       " if number else "because")


def _before(turn: Turn) -> str:
    was = "there was nothing to judge" if turn.before is None else f"it {_PAST[turn.before]}"
    return f"{was} on {time_of(turn.last)}"


# What fails now


def _standing(page: Page, history: History, view: View, *, several: bool) -> None:
    shown = [one for one in history.standing if view.verbose or not one.from_start]
    always = [one for one in history.standing if one.from_start and not view.verbose]
    if not shown and not always:
        return
    page.gap()
    page.line(f"{page.paint('bold', 'Fails now')} {page.paint('dim', f'({len(history.standing)})')}")
    for one in shown:
        level = page.paint(SEVERITY_STYLES[one.severity], one.severity.value.upper().ljust(8))
        account = f"  {one.account}" if several and one.account not in one.resource else ""
        page.line(f"  {level}  {harmless(one.policy)}  {harmless(one.resource)}{page.paint('dim', account)}")
        page.prose(since(one), indent=12, style="dim")
    if always:
        policies = list(dict.fromkeys(one.policy for one in always))
        page.prose(
            f"{amount(len(always), 'failure', 'failures')} since the beginning: {some_of(policies, _MOST_NAMED)};"
            " --verbose lists them",
            indent=2,
        )


def since(one: Standing) -> str:
    """Since when something fails, as far as that is known."""
    said = (
        f"since {time_of(one.since)} or before, when it was first read"
        if one.from_start
        else f"since {time_of(one.since)}"
    )
    if one.passed:
        said += f"; it passed last on {time_of(one.passed)}"
    elif not one.from_start:
        said += "; never seen to pass"
    return said + ("; not known, or not judged, at some time in between" if one.doubted else "")


# What was not read, and what it comes to


def _gaps(page: Page, history: History, view: View) -> None:
    notes = [note for note in history.gaps if note.incomplete or view.verbose]
    if notes:
        page.gap()
        page.line(page.paint("bold", "Not read"))
    for note in notes:
        mark, style = (page.marks.failed, "bold magenta") if note.incomplete else (page.marks.note, "yellow")
        place = note.origin.place
        page.prose(f"{place}: {note.detail}" if place else note.detail, indent=2, label=mark, label_style=style)
        if note.settle:
            page.prose(note.settle, indent=4, label="to settle it:", label_style="green")
    if history.notices:
        page.gap()
    for notice in history.notices:
        page.prose(sentence(notice), indent=0, label="note:", label_style="yellow")


def _summary(page: Page, history: History) -> None:
    new = sum(not one.from_start for one in history.standing)
    counts = [
        page.paint("bold red" if new else "green", f"{amount(new, 'failure', 'failures')} that came"),
        f"{len(history.standing) - new} since the beginning",
        amount(len(history.turns), "verdict turned", "verdicts turned"),
    ]
    left_out = sum(not _matters(turn) for turn in history.turns)
    if left_out:
        counts[-1] += f" ({left_out} of what is not known; --verbose)"
    if history.unknown:
        counts.append(page.paint("yellow", f"{history.unknown} not known now"))
    page.line(f" {page.marks.dot} ".join(counts))
    accounts = sorted({one.account for one in history.observations})
    files = {one.file for one in history.observations}
    times = sorted(one.time for one in history.observations)
    span = f", {time_of(times[0])} to {time_of(times[-1])} (UTC)" if times else ""
    named = some_of(accounts, _MOST_NAMED) or "no account"
    page.prose(f"Read {amount(len(files), 'snapshot', 'snapshots')} of {named}{span}.", indent=0)
    if history.is_incomplete:
        page.prose("something could not be read or judged.", indent=0, label="Incomplete:", label_style="bold magenta")
