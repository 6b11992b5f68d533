"""Whom the policies about identities accept."""

from __future__ import annotations

from fnmatch import fnmatchcase

from guardrails.api import decide, false

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Identity, Truth


def is_named(identity: Identity, patterns: tuple[str, ...]) -> Truth:
    """Whether the name or the ARN of an identity fits one of some glob patterns."""
    if not patterns:
        return false()

    def fits(text: str) -> bool:
        return any(fnmatchcase(text, pattern) for pattern in patterns)

    beginning = identity.name.parts[0] if identity.name.parts else None
    if isinstance(beginning, str) and any(_fits_all_that_begin(pattern, beginning) for pattern in patterns):
        return decide(True, identity.name.fact())
    by_name = identity.name.where(fits)
    return by_name | identity.arn.where(fits) if any(":" in pattern for pattern in patterns) else by_name


def _fits_all_that_begin(pattern: str, beginning: str) -> bool:
    """Whether a pattern fits every name with this beginning."""
    head, star, tail = pattern.partition("*")
    return bool(star) and not tail and not any(mark in head for mark in "?[") and beginning.startswith(head)
