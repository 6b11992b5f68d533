"""Which texts a configuration marks as sensitive.

Marks are not followed through expressions, so they decide no verdict. What is marked is noted where it is met, and left
out of every report, wherever it turns up there.
"""

from __future__ import annotations

from guardrails.sources.terraform.values import Choice, HclSet, JsonText, Text

_MOST = 10_000
_DEEPEST = 20


def note_secrets(value: object, secrets: set[str], depth: int = 0) -> None:
    """Add the texts in a value. Short ones are kept, too: who shows texts decides how to look for them."""
    if depth > _DEEPEST or len(secrets) > _MOST:
        return
    if isinstance(value, str):
        if value:
            secrets.add(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, dict):
        for key, item in value.items():
            note_secrets(key, secrets, depth + 1)
            note_secrets(item, secrets, depth + 1)
    elif isinstance(value, list):
        for item in value:
            note_secrets(item, secrets, depth + 1)
    elif isinstance(value, HclSet):
        note_secrets(list(value.items), secrets, depth + 1)
    elif isinstance(value, Text):
        note_secrets([part for part in value.parts if isinstance(part, str)], secrets, depth + 1)
    elif isinstance(value, JsonText):
        note_secrets(value.document, secrets, depth + 1)
    elif isinstance(value, Choice):
        note_secrets(list(value.alternatives), secrets, depth + 1)
    elif isinstance(value, int):
        note_secrets(str(value), secrets, depth + 1)
