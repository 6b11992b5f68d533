"""The report for programs: JSON version 1, described in docs/drift.md and docs/drift.schema.json."""

from __future__ import annotations

from guardrails import __version__
from guardrails.drift.told import fingerprint
from guardrails.formats.json_report import finding_of, gap_of, place_of, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from guardrails.drift.records import Blame, Drift, Open
    from guardrails.drift.told import Told
    from guardrails.formats.view import View

VERSION = 1


def render(told: Told, _: View) -> str:
    """The document with one drift, or one thing that could not be compared, a line."""
    import json

    encode = json.JSONEncoder(ensure_ascii=True).encode

    def listed(items: Iterable[object]) -> str:
        lines = ",\n".join(f"  {encode(item)}" for item in items)
        return f"[\n{lines}\n ]" if lines else "[]"

    comparison = told.comparison
    parts = {
        "version": encode(VERSION),
        "tool": encode({"name": "guardrails", "version": __version__}),
        "targets": listed(map(target_of, comparison.targets)),
        "drifts": listed(map(_drift, comparison.drifts)),
        "open": listed(_open(address, one) for address, one in comparison.opens),
        "summary": encode(told.counts()),
        "gaps": listed(map(gap_of, comparison.gaps)),
        "notices": listed(comparison.notices),
    }
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in parts.items()) + "\n}\n"


def _drift(drift: Drift) -> dict[str, Any]:
    origin = drift.origin
    return {
        "kind": drift.kind.value,
        "noun": drift.noun,
        "type": drift.type,
        "declared": drift.declared,
        "live": drift.live,
        "target": drift.target,
        "account": drift.account,
        "file": origin.file,
        "line": origin.line,
        "via": [{"file": call.source.path, "line": call.line, "detail": call.name} for call in origin.via],
        "differences": [
            {
                "attribute": one.attribute,
                "field": one.field,
                "declared": one.declared,
                "live": one.live,
                **place_of(one.origin),
                "fingerprint": fingerprint(drift, one),
            }
            for one in drift.differences
        ],
        "policy": drift.after.policy if drift.after is not None else "",
        "before": finding_of(drift.before) if drift.before is not None else None,
        "after": finding_of(drift.after) if drift.after is not None else None,
        "because": list(drift.because),
        "by": list(map(_blame, drift.by)),
        "ignored": drift.ignored,
        "fingerprint": fingerprint(drift),
    }


def _blame(blame: Blame) -> dict[str, Any]:
    return {
        "event": blame.event,
        "time": blame.time,
        "principal": blame.principal,
        "source": blame.source,
        "id": blame.id,
        "fields": list(blame.fields),
    }


def _open(address: str, one: Open) -> dict[str, Any]:
    return {
        "declared": address,
        "attribute": one.attribute,
        "field": one.field,
        "why": one.why,
        "live": one.live,
        **place_of(one.origin),
        "refused": one.refused,
    }
