"""The history of verdicts for programs: JSON version 1, described in docs/history.md and docs/history.schema.json."""

from __future__ import annotations

import json

from guardrails import __version__
from guardrails.formats.discretion import masked
from guardrails.formats.json_report import gap_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.drift.history import History, Observation, Standing, Turn
    from guardrails.formats.view import View

VERSION = 1


def render(history: History, view: View) -> str:
    """The document with one verdict that turned, or one failure, a line."""
    encode = json.JSONEncoder(ensure_ascii=True).encode

    def listed(items: Iterable[object]) -> str:
        lines = ",\n".join(f"  {encode(item)}" for item in items)
        return f"[\n{lines}\n ]" if lines else "[]"

    parts = {
        "version": encode(VERSION),
        "tool": encode({"name": "guardrails", "version": __version__}),
        "observations": listed(map(_observation, history.observations)),
        "turns": listed(map(_turn, history.turns)),
        "failing": listed(map(_standing, history.standing)),
        "summary": encode(counts(history)),
        "gaps": listed(map(gap_of, history.gaps)),
        "notices": listed(history.notices),
    }
    text = "{\n" + ",\n".join(f' "{key}": {part}' for key, part in parts.items()) + "\n}\n"
    return masked(text, view.secrets)


def counts(history: History) -> dict[str, int | bool]:
    return {
        "snapshots": len({one.file for one in history.observations}),
        "accounts": len({one.account for one in history.observations}),
        "turned": len(history.turns),
        "failing": len(history.standing),
        "came": sum(not one.from_start for one in history.standing),
        "unknown": history.unknown,
        "complete": not history.is_incomplete,
    }


def _observation(one: Observation) -> dict[str, object]:
    return {"account": one.account, "time": one.time, "file": one.file}


def _turn(turn: Turn) -> dict[str, object]:
    return {
        "time": turn.time,
        "last": turn.last,
        "policy": turn.policy,
        "name": turn.name,
        "severity": turn.severity.value,
        "account": turn.account,
        "resource": turn.resource,
        "type": turn.type,
        "before": turn.before.value if turn.before is not None else None,
        "after": turn.after.value if turn.after is not None else None,
        "gone": turn.gone,
        "message": turn.message,
        "because": list(turn.facts),
        "changes": list(turn.changes),
        "file": turn.file,
    }


def _standing(one: Standing) -> dict[str, object]:
    return {
        "policy": one.policy,
        "name": one.name,
        "severity": one.severity.value,
        "account": one.account,
        "resource": one.resource,
        "type": one.type,
        "since": one.since,
        "passed": one.passed or None,
        "from_start": one.from_start,
        "doubted": one.doubted,
        "message": one.message,
    }
