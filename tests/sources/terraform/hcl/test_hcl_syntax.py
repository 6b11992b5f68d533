"""The language that terraform reads: what it accepts, and its first error where it does not."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path
from typing import Any

import pytest
from terraform_fmt import first_faults, requires_terraform

from guardrails.sources.terraform.hcl import parse

_SNIPPETS: list[dict[str, Any]] = json.loads(
    Path(__file__).parent.parent.joinpath("vectors", "syntax.json").read_text(encoding="utf-8")
)["snippets"]
_SAMPLE = Path(__file__).parent.joinpath("sample.tf").read_text(encoding="utf-8")
_MUTANTS = 600


def _source(snippet: dict[str, Any]) -> bytes:
    source: str = snippet["source"]
    if source.startswith("b'"):  # the one snippet that is no text
        return bytes(ast.literal_eval(source))
    return source.encode()


def _first_fault(source: bytes) -> tuple[str, int] | None:
    parsed = parse("main.tf", source)
    if not parsed.faults:
        return None
    fault = parsed.faults[0]
    return fault.summary, parsed.file.position(fault.offset)[0]


@pytest.mark.parametrize("snippet", _SNIPPETS, ids=lambda snippet: snippet["name"])
def test_verdict_is_terraforms(snippet: dict[str, Any]) -> None:
    parsed = parse("main.tf", _source(snippet))

    assert [fault.summary for fault in parsed.faults[:1]] == (snippet["error"] or [])[:1]


def test_sample_is_sound() -> None:
    parsed = parse("sample.tf", _SAMPLE)

    assert not parsed.faults
    assert len(parsed.body.blocks) == 6


@pytest.mark.terraform
@requires_terraform
def test_lines_of_snippets_are_terraforms(tmp_path: Path) -> None:
    sources = [_source(snippet) for snippet in _SNIPPETS]

    assert [_first_fault(source) for source in sources] == first_faults(sources, tmp_path)


@pytest.mark.terraform
@requires_terraform
def test_mutants_are_judged_as_terraform_judges_them(tmp_path: Path) -> None:
    chance = random.Random(20240917)
    short = [text for snippet in _SNIPPETS if len(text := snippet["source"]) < 200 and not text.startswith("b'")]
    mutants = []
    for _ in range(_MUTANTS):
        base = _SAMPLE if chance.random() < 0.5 else "".join(chance.sample(short, chance.choice((1, 1, 2))))
        mutants.append(_mutant(base, chance).encode())

    verdicts = first_faults(mutants, tmp_path)

    differing = [
        (mutant.decode(), verdict, ours)
        for mutant, verdict in zip(mutants, verdicts, strict=True)
        if (ours := _first_fault(mutant)) != verdict
    ]
    assert not differing
    assert 100 < sum(verdict is None for verdict in verdicts) < _MUTANTS - 100


_INSERTIONS = (
    *"\"{}()[]=,.*-!+/%#\n\r \t:?&|^;'`@\\$~<>",
    *("==", "=>", "...", ".*", "[*]", "!=", "//", "/*", "*/", "${", "%{", "$${", "~}", "${~", "::", "&&", "||"),
    *("%{if a}", "%{else}", "%{endif}", "%{for x in y}", "%{endfor}", "<<EOT\n", "<<-EOT\n", "EOT\n", "\nEOT\n"),
    *("\r\n", "\\n", "\\u00", "\\x", "0", "1.5", "1e5", ".5", "a", "for", "in", "if", "é", "\0", "\ufeff", "\u00a0"),
    *("a.b", "f(", "f::g(", "true", "null", '"x"', "x = 1\n", "b {\n", "b { c = 1 }\n"),
)


def _mutant(text: str, chance: random.Random) -> str:
    """The text with one to three small damages."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(text) + 1)
        kind = chance.random()
        if kind < 0.35:
            text = text[:at] + text[at + chance.choice((1, 1, 1, 2, 5, 20)) :]
        elif kind < 0.7:
            text = text[:at] + chance.choice(_INSERTIONS) + text[at:]
        elif kind < 0.8:
            text = text[:at] + chance.choice(_INSERTIONS) + text[at + chance.choice((1, 2, 3)) :]
        elif kind < 0.9:
            other = chance.randrange(len(text) + 1)
            text = text[:at] + text[other : other + chance.choice((1, 3, 10, 40))] + text[at:]
        elif kind < 0.95:
            text = text[:at]
        else:
            lines = text.split("\n")
            del lines[chance.randrange(len(lines))]
            text = "\n".join(lines)
    return text
