"""The report for programs: JSON version 1, described in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardrails import __version__
from guardrails.findings import Outcome

if TYPE_CHECKING:
    from guardrails.findings import Finding, GapNote, Result
    from guardrails.formats.view import View
    from guardrails.kernel.origin import Origin

VERSION = 1


def render(result: Result, view: View) -> str:
    import json

    return json.dumps(document(result, view), indent=2, ensure_ascii=True) + "\n"


def document(result: Result, view: View) -> dict[str, Any]:
    """The document itself. Its shape is the same for every result; what there is nothing of is an empty list."""
    return {
        "version": VERSION,
        "tool": {"name": "guardrails", "version": __version__},
        "targets": [
            {
                "target": target.target,
                "source": target.source,
                "files": target.files,
                "resources": target.resources,
                "gaps": [_gap(note) for note in target.gaps],
            }
            for target in result.targets
        ],
        "findings": [
            _finding(finding)
            for finding in result.findings
            if view.outcomes is None or finding.outcome in view.outcomes
        ],
        "summary": {outcome.value: result.count(outcome) for outcome in Outcome},
        "gaps": [_gap(note) for note in result.gaps],
        "notices": list(result.notices),
    }


def _finding(finding: Finding) -> dict[str, Any]:
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
        "because": [{**_place(b.origin), "detail": _with_remedy(b.detail, b.settle)} for b in finding.because],
        "via": [{"file": call.source.path, "line": call.line, "detail": call.name} for call in origin.via],
        "fingerprint": finding.fingerprint,
    }


def _gap(note: GapNote) -> dict[str, Any]:
    return {"why": note.why, **_place(note.origin), "detail": _with_remedy(note.detail, note.settle)}


def _place(origin: Origin) -> dict[str, Any]:
    return {"file": origin.file, "line": origin.line}


def _with_remedy(detail: str, settle: str) -> str:
    return f"{detail}: {settle}" if settle else detail
