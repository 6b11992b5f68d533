"""The mark of a waiver, wherever a source has room for one."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later

MARK = "guardrails:"
"""What every waiver in a comment begins with: a file without it holds none."""

_ASKS = compile_later(
    r"(?as)guardrails:\s*((?:allow(?:s|ed)?|alow|ignore|skip|disable|suppress|waive|accept|except)\b.*)",
)
"""Words behind the mark that somebody writes who wants a waiver. Anything else is prose: the word is a common one."""


def asked(comment: str) -> str | None:
    """What a comment that begins with the mark asks for; None if it is none that asks for anything."""
    found = _ASKS.match(comment)
    return found[1] if found is not None else None
