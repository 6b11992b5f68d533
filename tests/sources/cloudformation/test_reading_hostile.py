"""Texts that are made to take long, or to fill memory."""

from __future__ import annotations

import pytest
from trees import plain, refused, template

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.nodes import Template
from guardrails.sources.cloudformation.reading import read
from guardrails.sources.cloudformation.unreadable import DEEPEST, MOST_FAULTS, MOST_NODES
from guardrails.sources.cloudformation.waivers import written_in

TOO_MANY = f"more than {MOST_NODES:,} keys and values, with all that aliases repeat"
pytestmark = pytest.mark.timeout(120)


def _doubling(levels: int) -> str:
    return "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, levels))


BOMBS = {
    "aliases": _doubling(64),
    "aliases of mappings": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}\n" for n in range(1, 64)),
    "aliases as items": "a: &a [" + "x," * 2000 + "]\nb: [" + "*a," * 2000 + "]\n",
    "merged again and again": "a: &a {" + "".join(f"k{n}: 1, " for n in range(2000)) + "}\nb: {"
    + "<<: *a, " * 2000 + "}\n",
    "merged from a list": "a: &a {" + "".join(f"k{n}: 1, " for n in range(2000)) + "}\nb: {<<: [" + "*a, " * 2000
    + "]}\n",
    "merged in a chain": "a0: &a0 {" + "".join(f"k{n}: 1, " for n in range(2000)) + "}\n"
    + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, j{n}: 1}}\n" for n in range(1, 2000)),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_what_repeats_itself(name: str) -> None:
    reason = refused(BOMBS[name])

    assert (reason.why, reason.detail) == (Why.LIMIT, TOO_MANY)


def test_levels_that_aliases_bring() -> None:
    def text(levels: int) -> str:
        return "a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * levels + "*a" + "]" * levels

    assert template(text(DEEPEST - 61)).faults == ()
    assert refused(text(DEEPEST - 60)).why is Why.LIMIT


def test_a_few_aliases_are_fine() -> None:
    assert str(plain(template(_doubling(10)).root)).count("x") == 2046


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 100_000,
        "a: " + "{a: [" * 100_000,
        "a:\n" + "\n".join(" " * n + "a:" for n in range(1, 2_000)),
        "a:\n " + "- " * 100_000,
        "a:\n " + "? " * 100_000,
        "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [[{{b: *a{n - 1}}}]]\n" for n in range(1, 40)),
        "a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a" + "]" * 60,
        '{"a": ' + "[" * 100_000,
        '{"a": ' * 100_000,
    ],
    ids=["lists", "mappings", "both", "indented", "dashes", "keys", "aliases", "alias", "JSON lists", "JSON objects"],
)
def test_what_is_nested_deeply(text: str) -> None:
    reason = refused(text)

    assert (reason.why, reason.detail) == (Why.LIMIT, f"nested more than {DEEPEST} levels deep")


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")], ids=["lists", "mappings"])
@pytest.mark.parametrize("head", ['{"b":', "{b: "], ids=["JSON", "YAML"])
def test_as_deep_as_may_be(begin: str, end: str, head: str) -> None:
    def text(levels: int) -> str:
        return head + begin * (levels - 1) + "1" + end * (levels - 1) + "}"

    assert template(text(DEEPEST)).faults == ()
    assert refused(text(DEEPEST + 1)).why is Why.LIMIT


LONG = {
    "one text": "a: " + "x" * 2_000_000,
    "one text in quotes": 'a: "' + "\\u00e9" * 300_000 + '"',
    "one text in JSON": '{"a": "' + "\\n" * 500_000 + '"}',
    "one block": "a: |\n" + "  x\n" * 300_000,
    "one number": "a: " + "1" * 1_000_000,
    "one number in JSON": '{"a": ' + "1" * 1_000_000 + "}",
    "one key": "{" + "k" * 1_000_000 + ": 1}",
    "blank lines": "a: 1\n" + "\n" * 1_000_000,
    "one key again and again": "a:\n" + " b: 1\n" * 50_000,
    "one key again and again in JSON": '{"a": {' + '"b": 1,' * 50_000 + '"b": 1}}',
    "quotes": "a: " + "'\n" * 300_000,
    "quotes in JSON": '{"a": ' + '"' * 300_000,
    "backslashes in JSON": '{"a": "' + "\\" * 300_000,
    "sixties": "a: [" + ("1" + ":59" * 100 + ",") * 1_000 + "]",
    "tags": "a: " + "!<!b> [" * 90 + "1," * 100_000 + "]" * 90,
    "anchors": "a: [" + ",".join(f"&a{n} b" for n in range(20_000)) + "]",
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_long(name: str) -> None:
    found = read("template.yaml", LONG[name])

    assert isinstance(found, (Template, Reason))
    if isinstance(found, Template):
        assert len(found.faults) <= MOST_FAULTS


COMMENTED = {
    "one after another": "# guardrails: allow x\n" * 20_000 + "Resources: {}\n",
    "between keys": "Resources:\n" + "".join(f"  a{n}: b\n  # guardrails: allow x\n" for n in range(20_000)),
    "in braces": "Resources: {" + "".join(f"a{n}: b, # guardrails: allow x\n" for n in range(20_000)) + "}",
    "in metadata": "Resources:\n  T:\n    Type: A::B\n    Metadata: {guardrails: {allow: [" + "a," * 20_000 + "]}}",
}


@pytest.mark.parametrize("name", COMMENTED)
def test_many_waivers(name: str) -> None:
    found = template(COMMENTED[name])

    assert len(written_in(found, everywhere=True)) >= 20_000
