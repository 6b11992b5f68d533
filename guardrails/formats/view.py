"""How the user wants to see a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrails.findings import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What every format is told. It changes what is shown, never what was found: counts are always of everything."""

    width: int = 100
    colour: bool = False
    ascii: bool = False
    """Whether only ASCII can be shown."""
    verbose: bool = False
    quiet: bool = False
    outcomes: frozenset[Outcome] | None = None
    """The outcomes to list; None for what the format lists by itself."""
    config: str = ""
    """The configuration file that was used, as messages show it."""
