"""Plans that no terraform wrote: whatever stands where, a scan ends with verdicts and reasons.

`GUARDRAILS_PLAN_ROUNDS` asks for more than the usual rounds.
"""

from __future__ import annotations

import copy
import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from plan_files import write

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = int(os.environ.get("GUARDRAILS_PLAN_ROUNDS", "25"))
RECORDED = Path(__file__).parent / "recorded" / "default-only-trail.json"
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "default-only-trail"
ODD: list[object] = [
    None, True, 0, -1, 1.5, "", "*", [], {}, [None], [[]], {"a": {}}, "aws_s3_bucket.trail", "{}", "[", "${x}",
    '{"Statement": 1}', {"references": ["a.b.c"]}, {"references": [1, None]}, {"constant_value": 1}, 10**30,
]  # fmt: skip


def places(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if above:
        yield above
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*above, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from places(item, (*above, at))


def spoiled(content: object, chance: random.Random) -> object:
    """The content with one to three parts replaced, or left out."""
    changed: Any = copy.deepcopy(content)
    for _ in range(chance.randint(1, 3)):
        *above, last = chance.choice(list(places(changed)))
        holder = changed
        for step in above:
            holder = holder[step]
        if isinstance(holder, dict) and chance.random() < 0.2:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))
    return changed


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("with_code", [False, True], ids=["alone", "with code"])
def test_no_plan_is_too_odd(tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int, with_code: bool) -> None:
    content = spoiled(json.loads(RECORDED.read_text(encoding="utf-8")), random.Random(seed))
    path = write(tmp_path / "plan.json", content)
    code = ["--source", str(EXAMPLE)] if with_code else []

    main(["scan", str(path), *code, "--no-config", "--format", "json"])
    report = json.loads(capsys.readouterr().out)

    gaps = [*report["gaps"], *(gap for target in report["targets"] for gap in target["gaps"])]
    assert [gap["detail"] for gap in gaps if gap["why"] == "INTERNAL"] == []
    assert report["summary"]["error"] == 0
