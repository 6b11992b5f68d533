"""Expressions that lie compiled match what they would match if they were compiled now."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from guardrails.kernel import pattern, prepared

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = "".join(
    path.read_text(encoding="utf-8")
    for path in (PROJECT / "examples/audit-account/main.tf", PROJECT / "policies/aws/monitor/unnoticed_root_use.md")
)[:12_000]

usable = pytest.mark.skipif(pattern.engine().MAGIC != prepared.MAGIC, reason="prepared for another engine")


def mixed(seed: int) -> str:
    """Letters that expressions are about, at random."""
    letters = "\"'\\ \t\n\r\n${}[]()#/*=<>!&|?:,.-_%eE+0123456789aZé\x00arn:aws:s3"
    return "".join(random.Random(seed).choices(letters, k=1_500))


def spans(found: re.Pattern[Any], text: str) -> list[object]:
    whole = text.encode() if isinstance(found.pattern, bytes) else text
    return [(match.span(), match.regs, match.lastindex) for match in found.finditer(whole)]


@usable
@pytest.mark.parametrize("row", prepared.PATTERNS, ids=lambda row: ascii(row[0])[:60])
def test_an_expression_is_as_if_compiled_now(row: prepared.Row) -> None:
    written, flags, *_ = row
    found = pattern._found(written, flags)  # type: ignore[type-var] # noqa: SLF001 - does not count as declared
    now = re.compile(written, flags)

    assert pattern._read()[(written, flags)] == row[2:]  # noqa: SLF001 - it was not compiled
    assert (found.pattern, found.flags, found.groups, found.groupindex) == (
        now.pattern,
        now.flags,
        now.groups,
        now.groupindex,
    )
    for text in (SAMPLE, *map(mixed, range(4))):
        assert spans(found, text) == spans(now, text)


def test_an_expression_that_was_not_prepared_is_compiled() -> None:
    found = pattern._found("never (?P<seen>before)", re.IGNORECASE)  # noqa: SLF001 - as above

    match = found.search("NEVER BEFORE")
    assert match is not None
    assert match["seen"] == "BEFORE"


def test_for_another_engine_all_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MAGIC", 1)

    assert pattern._read() == {}  # noqa: SLF001 - the question


@usable
def test_for_another_order_of_bytes_all_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "byteorder", "big")

    assert pattern._read() == {}  # noqa: SLF001 - the question


@usable
def test_code_that_the_engine_refuses_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern, "_prepared", {("a+", 0): (32, 0, (), "ffff0000" * 3)})

    assert pattern._found("a+", 0).findall("caat") == ["aa"]  # noqa: SLF001 - as above


def test_what_waits_is_compiled_when_it_is_asked() -> None:
    waiting = pattern.compile_later("(")
    try:
        with pytest.raises(re.error):
            waiting.match("")
    finally:
        pattern.declared.remove(("(", 0))
