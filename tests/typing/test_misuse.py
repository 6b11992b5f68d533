"""The type checker rejects what a policy author could get wrong with values that may be unknown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MISUSE = Path(__file__).with_name("misuse.py")
ROOT = Path(__file__).parents[2]


def test_every_marked_line_is_rejected_and_no_other() -> None:
    """Each `# E: codes` line has exactly these error codes."""
    expected: dict[int, set[str]] = {}
    for number, line in enumerate(MISUSE.read_text(encoding="utf-8").splitlines(), 1):
        marker = re.search(r"# E: (.+)$", line)
        if marker and "`" not in line:
            expected[number] = set(marker[1].split())

    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty", "--exclude", "^$", str(MISUSE)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    found: dict[int, set[str]] = {}
    for line in run.stdout.splitlines():
        error = re.match(r".*misuse\.py:(\d+): error: .*\[([a-z-]+)\]$", line)
        if error:
            found.setdefault(int(error[1]), set()).add(error[2])

    assert len(expected) >= 14
    assert found == expected, run.stdout + run.stderr
