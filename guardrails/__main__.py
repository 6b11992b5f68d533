"""`python -m guardrails`."""

from __future__ import annotations

import sys
from pathlib import Path


def _leave_working_directory_off_the_path() -> None:
    """`python -m` puts the working directory first on the module path, and that is often the tree under scrutiny: a
    `json.py` or a plugin in it must not be imported. A checkout that runs itself from there keeps it."""
    try:
        here = Path.cwd()
    except OSError:  # Removed meanwhile: nothing can be imported from it.
        return
    if sys.path and Path(sys.path[0]).absolute() == here and not Path(__file__).is_relative_to(here):
        del sys.path[0]


if __name__ == "__main__":
    _leave_working_directory_off_the_path()
    from guardrails.cli import main

    sys.exit(main())
