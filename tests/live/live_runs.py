"""What one run of `guardrails live` said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Report(NamedTuple):
    """What one run said."""

    code: int
    document: dict[str, Any]
    errors: str
    """What stood on standard error."""

    @property
    def verdicts(self) -> dict[tuple[str, str], list[str]]:
        """Policy and resource → the outcomes of its verdicts."""
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.document["findings"]:
            found.setdefault((each["policy"], each["resource"]), []).append(each["outcome"])
        return {key: sorted(outcomes) for key, outcomes in found.items()}

    def having(self, outcome: str) -> set[tuple[str, str]]:
        """Policy and resource of the verdicts with this outcome."""
        return {key for key, outcomes in self.verdicts.items() if outcome in outcomes}

    @property
    def reasons(self) -> str:
        """All that is said of what was not read, and of verdicts that are open."""
        said = [because["detail"] for each in self.document["findings"] for because in each["because"]]
        gaps = [gap["detail"] for gap in self.document["gaps"]]
        gaps += [gap["detail"] for target in self.document["targets"] for gap in target["gaps"]]
        return "\n".join((*said, *gaps, *self.document["notices"], self.errors))


Live = Callable[..., Report]
"""Runs `guardrails live` with these arguments."""
