"""Coverage-guided fuzzing, by hand: `python tests/fuzz TARGET [SECONDS] [-OPTION=VALUE…]` (see CONTRIBUTING.md).

It needs atheris, which is no dependency of the project. Options are those of libFuzzer. What it finds interesting is
kept in `tests/fuzz/.corpus/TARGET` for the next run; what is wrong is written to `tests/fuzz/.found`.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types, and is not installed with us

with atheris.instrument_imports(include=["guardrails", "guardrails_policies"]):
    import guardrails

    # Much is imported when it is first needed: here is where that is.
    for found in pkgutil.walk_packages(guardrails.__path__, "guardrails."):
        # cfn-lint, which the other one is made for, need not be installed.
        if not found.name.endswith(("__main__", "integrations.cfn_lint")):
            importlib.import_module(found.name)
    import corpus
    import targets

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
_SECONDS_FOR_ONE = 20


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in targets.TARGETS:
        sys.stderr.write(f"name one of {', '.join(targets.TARGETS)}\n")
        return 2
    name, *options = arguments
    targets.THOROUGH = False
    kept, wrong = HERE / ".corpus" / name, HERE / ".found"
    for folder in (kept, wrong):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in corpus.seeds(name):
        (kept / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    dictionary = HERE / ".corpus" / "words"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in corpus.WORDS.split()), encoding="ascii")
    defaults = [
        f"-max_total_time={options.pop(0) if options and options[0].isdigit() else 1200}",
        f"-timeout={_SECONDS_FOR_ONE}",
        f"-artifact_prefix={wrong}/{name}-",
        f"-dict={dictionary}",
        "-rss_limit_mb=4096",
        "-max_len=20000",
        "-print_final_stats=1",
    ]
    # libFuzzer takes the last of two values.
    target = _going_on(targets.TARGETS[name], wrong / name)
    atheris.Setup([sys.argv[0], *defaults, *options, str(kept)], target)
    atheris.Fuzz()
    return 0


def _going_on(target: Callable[[bytes], None], wrong: Path) -> Callable[[bytes], None]:
    """The target, which writes the first input of each fault it meets, with what was raised, and goes on.

    libFuzzer ends at the first fault, and would meet the same one again and again.
    """

    def one(data: bytes) -> None:
        try:
            target(data)
        except Exception as fault:
            deepest = traceback.extract_tb(fault.__traceback__)[-1]
            said = str(fault) if isinstance(fault, targets.Wrong) else f"{deepest.filename}:{deepest.lineno}"
            kind = hashlib.sha256(f"{type(fault).__name__} {said[:60]}".encode()).hexdigest()[:12]
            told = Path(f"{wrong}-fault-{kind}.txt")
            if not told.exists():
                Path(f"{wrong}-fault-{kind}").write_bytes(data)
                told.write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
                sys.stderr.write(f"FAULT {kind}: {type(fault).__name__}: {fault}\n")

    return one


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
