"""How the user wants to see a result."""

from __future__ import annotations

from guardrails.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.findings import Outcome


class View(Record):
    """What every format is told. It changes what is shown, never what was found: counts are always of everything."""

    width: int = 100
    colour: bool = False
    ascii: bool = False
    """Whether only ASCII can be shown."""
    verbose: bool = False
    quiet: bool = False
    outcomes: frozenset[Outcome] | None = None
    """The outcomes to list; None for what the format lists by itself."""
    files: int = 0
    """How many different files were read: targets may share some. 0 where nobody counted."""
    config: str = ""
    """The configuration file that was used, as messages show it."""
    folder: str = ""
    """The working directory, to which the files of a result are relative; absolute."""
    secrets: frozenset[str] = frozenset()
    """Texts that no excerpt may show."""
    repository: str = ""
    """The top of the git repository that the working directory is in; empty where it is in none."""
