"""The answers for programs: JSON version 1, described in docs/trace.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails import __version__
from guardrails.formats.discretion import masked
from guardrails.kernel.truth import Verdict
from guardrails.trace.told import mending, receivers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.findings import GapNote
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.semantics.pipeline import Step
    from guardrails.trace.chains import Answer, Placed
    from guardrails.trace.logs import Fault
    from guardrails.trace.stream import Row
    from guardrails.trace.text import Told

VERSION = 1
_OUTCOMES = {Verdict.TRUE: "noticed", Verdict.FALSE: "unseen", Verdict.UNKNOWN: "unknown"}
_LINKS = {Verdict.TRUE: "holds", Verdict.FALSE: "breaks", Verdict.UNKNOWN: "unknown"}


def render(told: Told, secrets: frozenset[str] = frozenset()) -> str:
    """The document with one trace or row a line, and without these secrets."""
    encoder = json.JSONEncoder(ensure_ascii=True)

    def encode(value: object) -> str:
        return encoder.encode(_without(value, secrets) if secrets else value)

    def listed(items: Iterable[object]) -> str:
        lines = ",\n".join(f"  {encode(item)}" for item in items)
        return f"[\n{lines}\n ]" if lines else "[]"

    tally = told.tally
    if tally is not None:
        summary = {name: tally.count(verdict) for verdict, name in _OUTCOMES.items()}
    else:
        verdicts = [answer.truth.verdict for answer in told.answers]
        summary = {name: verdicts.count(verdict) for verdict, name in _OUTCOMES.items()}
    parts = {
        "version": encode(VERSION),
        "tool": encode({"name": "guardrails", "version": __version__}),
        "targets": listed({"target": one.target, "source": one.source} for one in told.watched),
        "traces": listed(_trace(told, answer) for answer in told.answers),
        "table": listed(map(_row, tally.rows()) if tally is not None else ()),
        "summary": encode({**summary, "records": tally.records if tally is not None else len(told.answers)}),
        "gaps": listed([*map(_gap, told.result.all_gaps()), *map(_fault, told.faults)]),
        "notices": listed(told.notices),
    }
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in parts.items()) + "\n}\n"


def _without(value: object, secrets: frozenset[str]) -> object:
    if isinstance(value, str):
        return masked(value, secrets)
    if isinstance(value, dict):
        return {name: item if name in _OURS else _without(item, secrets) for name, item in value.items()}
    return [_without(item, secrets) for item in value] if isinstance(value, list) else value


_OURS = ("version", "tool", "outcome", "step", "mechanism", "breaks_at", "why")
"""Keys whose values are words of this program."""


def _trace(told: Told, answer: Answer) -> dict[str, Any]:
    best = answer.best
    return {
        "call": answer.call.title,
        "event": answer.call.name,
        "source": answer.call.source,
        "target": answer.target,
        "record": answer.place,
        "outcome": _OUTCOMES[answer.truth.verdict],
        "unseen": answer.unseen,
        "mend": mending(answer),
        "because": _because(answer.truth),
        "receivers": [{**_where(one.origin), "detail": one.detail} for one in receivers(told.watched, best)]
        if best
        else [],
        "ways": [_way(one) for one in answer.chains],
    }


def _way(placed: Placed) -> dict[str, Any]:
    path = placed.path
    broken = path.broken
    return {
        "target": placed.target,
        "mechanism": path.mechanism,
        "outcome": _OUTCOMES[path.truth.verdict],
        "breaks_at": broken.name if broken is not None else "",
        "steps": [_step(step) for step in path.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "step": step.name,
        "resource": step.what,
        "outcome": _LINKS[step.truth.verdict],
        **_where(step.origin),
        "because": _because(step.truth),
    }


def _because(truth: Truth) -> list[dict[str, Any]]:
    said = [{**_where(fact.origin), "detail": fact.detail} for fact in truth.facts]
    for reason in truth.reasons:
        settle = f": {reason.settle}" if reason.settle else ""
        said.append({**_where(reason.origin), "detail": f"{reason.detail}{settle}"})
    return said


def _where(origin: Origin) -> dict[str, Any]:
    return {"file": origin.file, "line": origin.line}


def _row(row: Row) -> dict[str, Any]:
    best = row.outcome.best
    broken = best.path.broken if best is not None else None
    unseen = row.outcome.truth.verdict is Verdict.FALSE
    return {
        "event": row.event,
        "source": row.source,
        "reads": row.reads,
        "outcome": _OUTCOMES[row.outcome.truth.verdict],
        "count": row.count,
        "by": list(row.outcome.by),
        "breaks_at": broken.name if broken is not None and unseen else "",
        "because": _because(broken.truth if broken is not None and unseen else row.outcome.truth),
        "first": {"file": row.first.file, "record": row.first.number},
    }


def _gap(note: GapNote) -> dict[str, Any]:
    settle = f": {note.settle}" if note.settle else ""
    return {"why": note.why, **_where(note.origin), "detail": f"{note.detail}{settle}"}


def _fault(fault: Fault) -> dict[str, Any]:
    which = f"record {fault.number}: " if fault.number else ""
    return {
        "why": "LIMIT" if fault.limit else "INVALID",
        "file": fault.file,
        "line": 0,
        "detail": f"{which}{fault.detail}",
    }
