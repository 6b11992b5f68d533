"""Passing over blocks changes nothing: the same faults, and the same tree once it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_text import body_tree

from guardrails.kernel.origin import SourceFile
from guardrails.sources.terraform.hcl.parser import BodyReader, with_room
from guardrails.sources.terraform.hcl.skimming import Skimmer

if TYPE_CHECKING:
    import random

_SKIMMER = Skimmer()
_SNIPPETS: list[dict[str, Any]] = json.loads(
    Path(__file__).parent.parent.joinpath("vectors", "syntax.json").read_text(encoding="utf-8")
)["snippets"]


def read(text: str, skimmer: Skimmer | None) -> tuple[str, list[tuple[int, str]]]:
    reader = BodyReader(SourceFile("main.tf", text), text, skimmer)
    body = with_room(reader.file_body)
    spans = [(block.start, block.header_stop, block.stop) for block in body.blocks]
    shown = body_tree(body) if len(text) < 5000 else ""  # Long chains are deep trees.
    return f"{spans} {shown}", [(fault.offset, fault.summary) for fault in reader.faults]


def block(lines: str) -> str:
    return f'resource "a" "b" {{\n{lines}\n}}\n'


def skimmed(lines: str) -> bool:
    text = block(lines)
    return _SKIMMER.end(text, text.index("\n") + 1) == len(text) - 1


SOUND = (
    "  a = 1",
    "",
    "# said\n\n// more",
    '  a = "x" # why',
    '  a = "${local.name}-x\\n" // why',
    "  a = b.c[0].d[*].e[each.key]",
    "  a = -1\r\n  b = !var.c",
    '  a = [1, b.c,\n  "d",\n]',
    '  a = f("x", var.b, { c = 1 })',
    "  a = toset(f(var.b))",
    "  a = var.b > 256 && c ? [d] : []",
    "  a = b + c * 2 - d % e",
    "  format = 1",
    "  a {}",
    "  a { b = c.d }",
    '  a "b" c {\n    d = 1\n    e {\n      d = 2\n    }\n  }\n  a "b" c {\n    d = 1\n  }',
    '  a = {\n    b = 1, # one\n    "c" : d\n    b = 2\n  }',
    "  a = merge(b.c, {\n    d = f({\n      e = 1\n    }),\n  })",
)
NOT_SURELY_SOUND = (
    "  a = 1\n  a = 2",
    "  a = {\n    b = 1\n  }\n  a = 2",
    "  a = b == # c",
    "  a = b ==",
    "  a = b ? c",
    "  a = b ? c : ",
    "  a = b, c",
    "  a = 1 2",
    "  a = b c",
    "  a = b.c(d)",
    "  a = f(,)",
    "  a = [b c]",
    "  a = [for]",
    "  a = {\n    for = 1\n  }",
    "  a = { for = 1 }",
    "  a => b",
    "  a = == b",
    "  a = << b",
    '  a = "b',
    '  a = "\\x"',
    '  a = "${"',
    '  a = "%{ if b }"',
    "  a = b é",
    "  a { b = 1, c = 2 }",
    "  a { b = 1",
    "  a = f({\n    b = 1\n  }",
    "  a = 1, ",
    '  "a" = 1',
    "  a : 1",
    "  a =\n  1",
)


@pytest.mark.parametrize("lines", SOUND)
def test_what_is_surely_sound_is_passed_over(lines: str) -> None:
    assert skimmed(lines)
    assert read(block(lines), _SKIMMER) == read(block(lines), None)
    assert read(block(lines), None)[1] == []


@pytest.mark.parametrize("lines", NOT_SURELY_SOUND)
def test_what_may_be_wrong_is_read(lines: str) -> None:
    assert not skimmed(lines)
    assert read(block(lines), _SKIMMER) == read(block(lines), None)


@pytest.mark.parametrize("snippet", _SNIPPETS, ids=lambda snippet: snippet["name"])
def test_snippets_are_read_alike(snippet: dict[str, Any]) -> None:
    source: str = snippet["source"]
    for text in (source, block(source), f"{block('  a = 1')}{source}"):
        assert read(text, _SKIMMER) == read(text, None)


_DAMAGES = (
    "",
    "\n",
    '"',
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "?",
    "#",
    "/",
    "for",
    " ",
    "é",
    "\r",
    "$",
    "${",
    "a",
    "==",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_damaged_blocks_are_read_alike(pieces: list[str], chance: random.Random) -> None:
    text = block("\n".join(pieces)) + block("  z = 1")
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(_DAMAGES) + text[at + chance.choice((0, 1, 1, 2, 5)) :]

    assert read(text, _SKIMMER) == read(text, None)


@pytest.mark.parametrize(
    "piece", ["a + ", '"${a}" + ', "f(a) + ", "a.", "a[0]", "[a, ", "f(a, ", '"${a}', "{ a = 1, ", "a = {\n"]
)
@pytest.mark.timeout(120)  # with the square of its length, hours
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    text = f"x {{\n  a = {piece * 500_000}\n"

    assert _SKIMMER.end(text, 4) == -1


@pytest.mark.parametrize("step", ["[*].a", "[0]", "[a].b"])
@pytest.mark.parametrize("where", ["  a = b{}\n", '  a = "${{b{}}}"\n', "  a = [b{}]\n"])
def test_what_is_nested_too_deeply_to_be_read_is_not_passed_over(where: str, step: str) -> None:
    text = block(where.format(step * 300))

    assert read(text, _SKIMMER) == read(text, None)


def test_calls_that_are_nested_too_deeply_are_not_passed_over() -> None:
    text = block(f"  a = {'f(' * 300}{{\n    b = 1\n  }}{')' * 300}\n")

    assert read(text, _SKIMMER) == read(text, None)
