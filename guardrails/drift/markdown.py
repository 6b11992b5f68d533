"""The report for a ticket, in GitHub's Markdown."""

from __future__ import annotations

from guardrails.drift.records import Kind
from guardrails.formats.markdown import MARKER, at, code, cut, folded_up, prose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.drift.records import Blame, Drift
    from guardrails.drift.told import Told
    from guardrails.formats.view import View

_MOST_FACTS = 3


def render(told: Told, _: View) -> str:
    """A summary, then verdicts, changes, what is missing or not declared; what is open or ignored is folded up."""
    comparison = told.comparison
    lines = [MARKER, f"### guardrails drift: {_summary(told)}", ""]
    for kind in Kind:
        drifts = told.of(kind)
        if drifts:
            entries = ["\n".join(_entry(drift, told)) for drift in drifts]
            lines += [f"**{told.sides.heading(kind)}** ({len(drifts)})", "", *cut(entries), ""]
    if comparison.opens:
        opens = [
            f"- {code(address)} {prose(one.attribute)}{at(one.origin)}: {prose(one.why)}"
            + (f"; the account says {code(one.live)}" if one.live else "")
            for address, one in comparison.opens
        ]
        lines += folded_up(f"Not compared ({len(opens)})", [*cut(opens), ""])
    if told.ignored:
        ignored = [f"{_entry(drift, told)[0]}: ignored, {prose(drift.ignored)}" for drift in told.ignored]
        lines += folded_up(f"Ignored ({len(ignored)})", [*cut(ignored), ""])
    gaps = [f"- {prose(note.detail)}{at(note.origin)}" for note in told.gaps if note.incomplete]
    if gaps:
        lines += ["**Not read**", "", *cut(gaps), ""]
    lines += [f"> {prose(notice)}" for notice in comparison.notices]
    lines += ["", f"Compared {comparison.matched} resource{'s' * (comparison.matched != 1)}."]
    return "\n".join(lines).rstrip() + "\n"


def _summary(told: Told) -> str:
    turned = len(told.of(Kind.VERDICT))
    counted = [f"{turned} verdict{'s' * (turned != 1)} turned"]
    counted += [f"{len(told.of(kind))} {told.sides.heading(kind).lower()}" for kind in Kind if kind is not Kind.VERDICT]
    counted += [f"{len(told.ignored)} ignored"] if told.ignored else []
    return ", ".join(counted)


def _entry(drift: Drift, told: Told) -> list[str]:
    name = code(drift.declared or drift.live)
    after = drift.after
    if after is not None:
        level = after.severity.value.upper()
        policy = f"{prose(after.policy)} {prose(after.name)}"
        head = f"- **{level}** {policy} on {name}{at(drift.origin)}: {prose(after.message)}"
        facts = [f"  - because {prose(because.detail)}" for because in after.because[:_MOST_FACTS]]
        return [f"{head} ({told.sides.turned})", *facts, *_made_by(drift)]
    lines = [f"- {name} ({prose(drift.noun)}){at(drift.origin) if drift.kind is Kind.MISSING else ''}"]
    if drift.declared and drift.live and drift.live != drift.declared:
        lines[0] += f", {code(drift.live)}"
    for one in drift.differences:
        declared, live = told.sides.of(one)
        lines.append(f"  - {code(one.attribute)}{at(one.origin)}: {prose(declared)}, {prose(live)}")
    return lines + [f"  - {prose(said)}" for said in drift.because] + list(_made_by(drift))


def _made_by(drift: Drift) -> Iterator[str]:
    for one in drift.by:
        yield f"  - done by {_call(one)}"


def _call(one: Blame) -> str:
    by = f" by {code(one.principal)}" if one.principal else ""
    return f"{code(one.event)} at {prose(one.time)}{by}{f' from {code(one.source)}' if one.source else ''}"
