"""The page of a policy: the Markdown file beside its module, with the same stem."""

from __future__ import annotations

import os
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.policy import Policy


def path_of(policy: Policy[Any]) -> str:
    """Where a policy's page is, whether it exists or not."""
    return os.path.splitext(policy.file)[0] + ".md"  # noqa: PTH122 - pathlib costs 8 ms to import, and this is on the path of a scan


def remedy_of(policy: Policy[Any]) -> str:
    """What to change, in a sentence or two: the paragraph that opens the page's `## Remedy`.

    Empty where there is no page, or the section opens with something else.
    """
    return _opening_of_remedy(path_of(policy))


@cache
def _opening_of_remedy(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as above
            lines = iter(file.read().splitlines())
    except (OSError, UnicodeDecodeError):
        return ""
    paragraph: list[str] = []
    for line in lines:
        if line.strip() == "## Remedy":
            break
    for line in lines:
        text = line.strip()
        if not text and not paragraph:
            continue
        if not text or text.startswith(("```", "#", "|", "- ")):
            break
        paragraph.append(text)
    return " ".join(paragraph)
