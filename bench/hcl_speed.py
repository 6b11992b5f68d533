"""How fast the Terraform language is read: megabytes a second of processor time over all .tf files below a folder.

python bench/hcl_speed.py path/to/modules
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

from guardrails.sources.terraform.hcl import parse

_ROUNDS = 5


def main(folder: str) -> None:
    files = [(str(path), path.read_bytes()) for path in sorted(Path(folder).rglob("*.tf")) if path.is_file()]
    size = sum(len(data) for _, data in files)
    faulty = sum(bool(parse(path, data).faults) for path, data in files)
    best = float("inf")
    gc.disable()
    for _ in range(_ROUNDS):
        start = time.process_time()
        for path, data in files:
            parse(path, data)
        best = min(best, time.process_time() - start)
    gc.enable()
    print(f"{len(files)} files, {size:,} bytes, {faulty} with faults: {size / best / 1e6:.1f} MB/s")  # noqa: T201 - the result


if __name__ == "__main__":
    main(sys.argv[1])
