"""How fast filter patterns are evaluated: records × patterns per second of processor time, on one core.

python bench/patterns.py [LOG ...]

A log is a file as CloudTrail delivers it, `.json` or `.json.gz` with `Records`. Without one, the sample records of the
tests are used over and over. The yardstick is what people do without this program: a search of the same log, as text,
with a plain regular expression for the names that a pattern compares with. It finds less and more than the pattern
means, so only its speed is compared.
"""

from __future__ import annotations

import gc
import gzip
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrails.semantics.cloudtrail_fields import BY_ROLE, cloudtrail
from guardrails.semantics.fields import one_of
from guardrails.semantics.filter_patterns import FilterPattern, comparisons, parse
from guardrails.semantics.filters.syntax import Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DATA = Path(__file__).parent.parent / "tests" / "semantics" / "monitoring"
_RECORDS = 10_000
_ROUNDS = 5
_PROOFS = 50


def main(logs: Sequence[str]) -> None:
    texts: dict[str, str] = json.loads((DATA / "cis-filters.vectors.json").read_text(encoding="utf-8"))["filters"]
    patterns = {name: pattern for name, text in texts.items() if isinstance(pattern := parse(text), FilterPattern)}
    records = [record for log in logs for record in _read(Path(log))] or _samples()
    lines = [json.dumps(record, separators=(",", ":")) for record in records]
    searches = [re.compile("|".join(map(re.escape, _names(pattern)))) for pattern in patterns.values()]
    functions = [pattern.matches for pattern in patterns.values()]
    _say(f"{len(records):,} records, {sum(map(len, lines)) / 1e6:.1f} MB, {len(patterns)} patterns; in a second:")
    pairs = len(records) * len(patterns)

    def evaluated() -> int:
        return sum(matches(record) is True for matches in functions for record in records)

    def searched() -> int:
        return sum(search.search(line) is not None for search in searches for line in lines)

    ours = _report("records × patterns", pairs, evaluated)
    theirs = _report("the same, plain re on the text", pairs, searched)
    _report("records read from JSON", len(lines), lambda: sum(len(json.loads(line)) for line in lines))
    changes = cloudtrail({**BY_ROLE, "eventName": one_of("PutUserPolicy", "CreatePolicy", "DetachRolePolicy")})
    several = [pattern for pattern in patterns.values() for _ in range(_PROOFS)]
    _report("proofs for partial records", len(several), lambda: len([one.answers(changes) for one in several]))
    _report("patterns parsed", len(texts), lambda: len([parse(text) for text in texts.values()]))
    _say(f"evaluation is {ours / theirs:.1f} times as fast as the search")


def _report(name: str, times: int, work: Callable[[], int]) -> float:
    best = float("inf")
    gc.disable()
    for _ in range(_ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    gc.enable()
    _say(f"  {name:32} {times / best:12,.0f}")
    return times / best


def _names(pattern: FilterPattern) -> list[str]:
    """The texts that a pattern compares with, without their asterisks."""
    operands = (one.operand for one in comparisons(pattern.content))
    return [operand.content.strip("*") for operand in operands if isinstance(operand, Literal)]


def _samples() -> list[dict[str, Any]]:
    lines = json.loads((DATA / "cloudtrail-records.json").read_text(encoding="utf-8")).values()
    texts = [json.dumps(record) for record in lines]
    return [json.loads(texts[at % len(texts)]) for at in range(_RECORDS)]  # each record an object of its own


def _read(log: Path) -> list[dict[str, Any]]:
    data = gzip.decompress(log.read_bytes()) if log.suffix == ".gz" else log.read_bytes()
    found: list[dict[str, Any]] = json.loads(data)["Records"]
    return found


def _say(line: str) -> None:
    print(line)  # noqa: T201 - the result


if __name__ == "__main__":
    main(sys.argv[1:])
