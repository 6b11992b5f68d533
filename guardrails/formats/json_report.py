"""The report for programs: JSON version 1, described in docs/json.md."""

from __future__ import annotations

from guardrails import __version__
from guardrails.findings import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from guardrails.findings import Finding, GapNote, Result, TargetNote, Waiver
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

VERSION = 1


def render(result: Result, view: View) -> str:
    """The document with one target, finding or gap a line: quick to write, and two reports can be compared.

    Its shape is the same for every result; what there is nothing of is an empty list.
    """
    import json

    encode = json.JSONEncoder(ensure_ascii=True).encode

    def listed(items: Iterable[object]) -> str:
        lines = ",\n".join(f"  {encode(item)}" for item in items)
        return f"[\n{lines}\n ]" if lines else "[]"

    shown = (f for f in result.findings if view.outcomes is None or f.outcome in view.outcomes)
    parts = {
        "version": encode(VERSION),
        "tool": encode({"name": "guardrails", "version": __version__}),
        "targets": listed(map(target_of, result.targets)),
        "findings": listed(map(finding_of, shown)),
        "summary": encode({outcome.value: result.count(outcome) for outcome in Outcome}),
        "gaps": listed(map(gap_of, result.gaps)),
        "notices": listed(result.notices),
    }
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in parts.items()) + "\n}\n"


def target_of(note: TargetNote) -> dict[str, Any]:
    return {
        "target": note.target,
        "source": note.source,
        "files": note.files,
        "resources": note.resources,
        "gaps": [gap_of(gap) for gap in note.gaps],
        **({"title": note.title} if note.title else {}),
    }


def finding_of(finding: Finding) -> dict[str, Any]:
    origin = finding.origin
    return {
        "policy": finding.policy,
        "name": finding.name,
        "outcome": finding.outcome.value,
        "severity": finding.severity.value,
        "resource": finding.resource,
        "type": finding.type,
        "target": finding.target,
        "file": origin.file,
        "line": origin.line,
        "end_line": origin.end_line,
        "message": finding.message,
        "because": [{**place_of(b.origin), "detail": _with_remedy(b.detail, b.settle)} for b in finding.because],
        "via": [{"file": call.source.path, "line": call.line, "detail": call.name} for call in origin.via],
        "fingerprint": finding.fingerprint,
        "waivers": [_waiver(finding.waiver)] if finding.waiver is not None else [],
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "reason": waiver.reason,
        "until": waiver.until,
        **place_of(waiver.origin),
        "outcome": waiver.verdict.value,
    }


def gap_of(note: GapNote) -> dict[str, Any]:
    return {"why": note.why, **place_of(note.origin), "detail": _with_remedy(note.detail, note.settle)}


def place_of(origin: Origin) -> dict[str, Any]:
    return {"file": origin.file, "line": origin.line}


def _with_remedy(detail: str, settle: str) -> str:
    return f"{detail}: {settle}" if settle else detail
