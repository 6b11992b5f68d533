"""`terraform fmt` as the judge of syntax."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

requires_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on the path")

_FILES_A_PROCESS = 300


def first_faults(sources: Sequence[bytes], directory: Path) -> list[tuple[str, int] | None]:
    """For each source the summary and the line of terraform's first error, None where it accepts."""
    verdicts: list[tuple[str, int] | None] = [None] * len(sources)
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    for first in range(0, len(sources), _FILES_A_PROCESS):
        names = []
        for number in range(first, min(first + _FILES_A_PROCESS, len(sources))):
            names.append(f"f{number}.tf")
            Path(directory, names[-1]).write_bytes(sources[number])
        run = subprocess.run(
            ["terraform", "fmt", "-no-color", "-check", "-list=false", "-write=false", *names],
            cwd=directory,
            env=environment,
            capture_output=True,
            check=False,
        )
        for report in re.split(r"(?m)^Error: ", run.stderr.decode("utf-8", "replace"))[1:]:
            place = re.search(r"(?m)^  on f(\d+)\.tf line (\d+)", report)
            assert place is not None, report
            number = int(place[1])
            if verdicts[number] is None:
                verdicts[number] = report.split("\n", 1)[0], int(place[2])
    return verdicts
