"""Damaged input of every kind is judged, or refused with a message: never an exception, never an internal error.

The targets are those of `tests/fuzz`, which say what must hold; here inputs are made from the examples on the pages by
changing bytes and words, few of them and always the same.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))

import corpus
import targets

if TYPE_CHECKING:
    import random

# A scan raises it, and Hypothesis does not like to see that happen.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 8_000))

_COUNTS = {"syntax": 60, "template": 60, "patterns": 60, "settings": 40}
_COUNT = 15
"""Each runs all policies and all reports: the long runs are those of `python tests/fuzz`."""
_WORDS = [word.encode() for word in corpus.WORDS.split()]


@cache
def seeds(target: str) -> list[bytes]:
    return list(corpus.seeds(target))


def damaged(target: str, chance: random.Random) -> bytes:
    """An example with a few bytes or words removed, repeated, exchanged or added."""
    text = chance.choice(seeds(target))
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        at = chance.randrange(len(text) + 1)
        stop = at + chance.choice((0, 1, 2, 8, 40))
        piece = chance.choice(
            (
                b"",
                chance.choice(_WORDS),
                bytes((chance.randrange(256),)),
                text[at:stop] * 2,
                chance.choice(seeds(target))[at:stop],
            )
        )
        text = text[:at] + piece + text[stop:]
    return text


@pytest.mark.parametrize("target", sorted(targets.TARGETS))
def test_damaged_input(target: str) -> None:
    @settings(
        max_examples=_COUNTS.get(target, _COUNT),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.nested_given],  # some targets are laws, handed bytes to draw from
    )
    @given(st.randoms(use_true_random=False))
    def holds(chance: random.Random) -> None:
        text = damaged(target, chance)
        targets.TARGETS[target](text)

    holds()


def test_the_targets_notice_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("as if it were broken")

    monkeypatch.setattr("guardrails.judge.Judge.findings", breaks)
    with pytest.raises(targets.Wrong):
        targets.configuration(b'resource "aws_cloudtrail" "a" {\n}\n')


FOUND = {
    "a misspelt attribute leaves a required one out": (
        "configuration",
        b'resource "aws_cloudtrail" "a" {\n  event_selector {\n    data_resource {\n      tYpe = "AWS::S3::Object"\n'
        b'      values = ["arn:aws:s3"]\n    }\n  }\n}\n',
    ),
    "a path with a null byte": ("configuration", b'module "a" {\n  source = "./\\u0000"\n}\n'),
    "a key of many parts": ("settings", b"[" + b"a." * 50_000 + b"a]\n"),
    "a number of many digits": ("settings", b"a = " + b"9" * 10_000),
}
"""What fuzzing found, made small."""


@pytest.mark.parametrize("case", FOUND)
@pytest.mark.timeout(120)
def test_what_was_found(case: str) -> None:
    target, data = FOUND[case]
    targets.TARGETS[target](data)
