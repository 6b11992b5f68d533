"""The report for a comment on a change or for a ticket, in GitHub's Markdown."""

from __future__ import annotations

from guardrails.findings import Because, Outcome
from guardrails.formats.terminal import sentence
from guardrails.policy import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from guardrails.findings import Finding, Result
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

MARKER = "<!-- guardrails -->"
"""The first line, by which a program that writes comments finds the one to replace."""
_SHOWN = frozenset((Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN, Outcome.WAIVED))
_MOST = 100
"""Entries of a list. A comment on GitHub has room for 65,536 characters."""
_MOST_FACTS = 3
_MOST_TARGETS = 3
_LONGEST = 400


def render(result: Result, view: View) -> str:
    """A summary, then what failed, then what is open, waived or not read, folded up."""
    shown = view.outcomes if view.outcomes is not None else frozenset(Outcome) if view.verbose else _SHOWN
    findings = [finding for finding in result.findings if finding.outcome in shown]
    lines = [MARKER, f"### guardrails: {_summary(result)}", ""]
    bad = [finding for finding in findings if finding.outcome in (Outcome.FAIL, Outcome.ERROR)]
    bad.sort(key=lambda finding: -finding.severity.rank)
    lines += _list(bad, _failure)
    folded = (
        ("Not known", Outcome.UNKNOWN, _unknown),
        ("Waived", Outcome.WAIVED, _waived),
        ("Passed", Outcome.PASS, _passed),
    )
    for title, outcome, entry in folded:
        some = [finding for finding in findings if finding.outcome is outcome]
        if some:
            lines += folded_up(f"{title} ({len(some)})", _list(some, entry))
    gaps = {(note.detail, note.origin.file, note.origin.start): note for note in result.all_gaps() if note.incomplete}
    met_in = result.targets_by_gap()
    told = [f"- {prose(note.detail)}{at(note.origin) or _met_in(met_in.get(note, []))}" for note in gaps.values()]
    if told:
        lines += ["**Not read**", "", *cut(told), ""]
    lines += [f"> {prose(notice)}" for notice in result.notices]
    targets = len(result.targets)
    read = view.files or sum(target.files for target in result.targets)
    resources = sum(target.resources for target in result.targets)
    what = f"{read} file{'s' * (read != 1)}" if read else f"{resources} resource{'s' * (resources != 1)}"
    lines += ["", f"Read {what} in {targets} target{'s' * (targets != 1)}."]
    return "\n".join(lines).rstrip() + "\n"


def _met_in(targets: list[str]) -> str:
    """Of something without a place: the accounts."""
    more = len(targets) - _MOST_TARGETS
    named = ", ".join(map(prose, targets[:_MOST_TARGETS]))
    return f", in {named}{f' and {more} more' if more > 0 else ''}" if targets else ""


def _summary(result: Result) -> str:
    failed = [finding for finding in result.findings if finding.outcome is Outcome.FAIL]
    levels = [(level, sum(1 for f in failed if f.severity is level)) for level in reversed(Severity)]
    by_level = f" ({', '.join(f'{count} {level.value}' for level, count in levels if count)})" if failed else ""
    count = result.count
    told = f"{len(failed)} failed{by_level}, {count(Outcome.UNKNOWN)} unknown, {count(Outcome.PASS)} passed"
    told += f", {count(Outcome.ERROR)} errors" if count(Outcome.ERROR) else ""
    return told + (f", {count(Outcome.WAIVED)} waived" if count(Outcome.WAIVED) else "")


def _list(findings: list[Finding], entry: Callable[[Finding, int], list[str]]) -> list[str]:
    """One entry for the same verdict at the same place, however many instances it is about."""
    instances: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        origin = finding.origin
        place = (origin.file, origin.start) if origin.file else (finding.target, finding.resource)
        key = (finding.policy, finding.outcome, finding.message, finding.type, *place)
        instances.setdefault(key, []).append(finding)
    lines = ["\n".join(entry(same[0], len(same) - 1)) for same in instances.values()]
    return [*cut(lines), ""] if lines else []


def cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"- … and {len(lines) - _MOST} more"]


def folded_up(title: str, lines: Iterable[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *lines, "</details>", ""]


def _failure(finding: Finding, more: int) -> list[str]:
    level = finding.severity.value.upper() if finding.outcome is Outcome.FAIL else "ERROR"
    lines = [f"- **{level}** {_head(finding, more)}: {prose(finding.message)}"]
    lines += [f"  - because {prose(because.detail)}{at(because.origin)}" for because in finding.because[:_MOST_FACTS]]
    return lines + ([f"  - fix: {prose(finding.remedy)}"] if finding.remedy else [])


def _unknown(finding: Finding, more: int) -> list[str]:
    reasons = [because for because in finding.because if because.why] or finding.because[:1]
    return [f"- {_head(finding, more)}", *(f"  - {_reason(reason)}" for reason in reasons[:_MOST_FACTS])]


def _reason(because: Because) -> str:
    settle = f"; to settle it: {prose(because.settle)}" if because.settle else ""
    return f"{prose(because.detail)}{at(because.origin)}{settle}"


def _waived(finding: Finding, more: int) -> list[str]:
    waiver = finding.waiver
    said = f": {prose(waiver.reason)}" + (f" (until {waiver.until})" if waiver.until else "") if waiver else ""
    return [f"- {_head(finding, more)}{said}"]


def _passed(finding: Finding, more: int) -> list[str]:
    return [f"- {_head(finding, more)}"]


def _head(finding: Finding, more: int) -> str:
    others = f" and {more} more" if more else ""
    whose = code(finding.resource or finding.target)
    return f"{prose(finding.policy)} {prose(finding.name)} on {whose}{others}{at(finding.origin)}"


def at(origin: Origin) -> str:
    return f" ({code(origin.place)})" if origin.file else ""


def code(text: str) -> str:
    return f"`{sentence(text).replace('`', chr(39))}`"


_HARMLESS = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_[]()~|!"}) | str.maketrans(
    # By which a comment would become markup, call people, name other tickets or link to somewhere.
    {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;", "#": "&#35;"}
)


def prose(text: str) -> str:
    """Text that may quote what somebody wrote into the scanned code: nothing but its `code` is taken for markup."""
    text = sentence(text)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    parts = text.split("`")
    if len(parts) % 2 == 0 or "" in parts[1::2]:
        return _escaped(text)
    return "`".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return text.translate(_HARMLESS).replace("://", "&#58;//").replace("www.", "www&#46;")
