"""Inputs without value: two mentions of one are seen to be the same, and what is made of them is not taken for them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from guardrails.kernel.value import Input, Value
from guardrails.sources.terraform.operators import to_string
from guardrails.sources.terraform.project import load

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = """
variable "s" { type = string }
variable "t" { type = string }
variable "n" { type = number }
variable "b" { type = bool }
variable "any" {}
variable "list" { type = list(string) }
variable "set" { type = set(string) }
variable "map" { type = map(string) }
variable "object" { type = object({ name = string, size = number }) }
"""
MODULE = """
variable "text" { type = string }
variable "number" { type = number }
variable "loose" {}
output "text" { value = var.text }
output "number" { value = "${var.number}" }
output "loose" { value = var.loose }
"""


def seen(folder: Path, *expressions: str, calls: str = "", values: str = "") -> list[Value[object]]:
    """What the expressions are, as attributes of a resource."""
    lines = "".join(f"  a{number} = {text}\n" for number, text in enumerate(expressions))
    (folder / "inner").mkdir(exist_ok=True)
    (folder / "inner" / "main.tf").write_text(MODULE, encoding="utf-8")
    (folder / "terraform.tfvars").write_text(values, encoding="utf-8")
    text = f'{DECLARED}{calls}resource "aws_x" "x" {{\n{lines}}}\n'
    (folder / "main.tf").write_text(text, encoding="utf-8")
    (deployment,) = (one for one in load([str(folder)]).deployments if one.target.endswith(folder.name))
    (raw,) = deployment.resources("aws_x")
    return [raw.block.attribute(f"a{number}") for number in range(len(expressions))]


def meaning(value: Value[object]) -> object:
    """What a text that is not known is made of; None if that is not told."""
    if value.input is not None:
        return (value.input,)
    return value.parts if value.parts and None not in value.parts else None


S, T = Input("var.s"), Input("var.t")


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("var.s", (S,)),
        ('"${var.s}"', (S,)),
        ('"a-${var.s}"', ("a-", S)),
        ('"${var.s}${var.t}"', (S, T)),
        ("local.s", (S,)),
        ('format("%s/%s", var.s, var.t)', (S, "/", T)),
        ('join("-", [var.s, "x", var.t])', (S, "-x-", T)),
        ('join("", [var.s])', (S,)),
        ('element([var.s, "x"], 0)', (S,)),
        ("module.inner.text", (S,)),
        ("module.inner.number", (Input("var.n"),)),
        ("module.inner.loose", (Input("var.any"),)),
        ("tostring(var.n)", (Input("var.n"),)),
        ('"${var.b}"', (Input("var.b"),)),
        ("var.any", (Input("var.any"),)),
        ('"${var.any}"', (Input("var.any"),)),
        ("var.any.name", (Input("var.any", ("name",)),)),
        ("var.object.name", (Input("var.object", ("name",)),)),
        ('"${var.object.size}"', (Input("var.object", ("size",)),)),
        ('var.map["a"]', (Input("var.map", ("a",)),)),
        ("var.map.a", (Input("var.map", ("a",)),)),
        ("var.list[1]", (Input("var.list", (1,)),)),
        ("[for one in [var.s] : one][0]", (S,)),
        ("jsondecode(jsonencode({ a = var.s })).a", (S,)),
        ("sensitive(var.s)", (S,)),
    ],
)
def test_a_text_says_which_inputs_it_is_made_of(tmp_path: Path, expression: str, parts: tuple[object, ...]) -> None:
    calls = """
        locals { s = var.s }
        module "inner" {
          source = "./inner"
          text   = var.s
          number = var.n
          loose  = var.any
        }
    """
    (value,) = seen(tmp_path, expression, calls=calls)
    assert not value.settled
    assert meaning(value) == parts


@pytest.mark.parametrize(
    "expression",
    [
        "lower(var.s)",
        "trimspace(var.s)",
        'trimprefix(var.s, "a")',
        'replace(var.s, "a", "b")',
        "substr(var.s, 0, 3)",
        'coalesce(var.s, "x")',
        'try(var.s, "x")',
        'try("a-${var.s}", "x")',
        'format("%v", var.s)',
        'format("%5s", var.s)',
        'format("%q", var.s)',
        'format("%d", var.n)',
        "tonumber(var.s)",
        '"${tonumber(var.s)}"',
        'var.list["0"]',
        "var.list[var.n]",
        "var.map[var.s]",
        "var.list",
        "var.map",
        "var.list[*][0]",
        "one(var.set)",
        'join(",", var.list)',
        'lookup(var.map, "a", "x")',
        "sort([var.s, var.t])[0]",
        "var.s == var.t",
        "var.n + 1",
        "-var.n",
        "base64encode(var.s)",
    ],
)
def test_what_is_computed_from_an_input_is_not_taken_for_it(tmp_path: Path, expression: str) -> None:
    (value,) = seen(tmp_path, expression)
    assert not value.settled
    assert meaning(value) is None


def test_a_name_in_a_module_is_what_its_caller_gives(tmp_path: Path) -> None:
    calls = """
        module "one" {
          source = "./inner"
          text   = var.s
          number = 1
          loose  = var.t
        }
        module "two" {
          source = "./inner"
          text   = var.t
          number = 1
          loose  = "known"
        }
    """
    found = seen(tmp_path, "module.one.text", "module.two.text", "module.one.loose", "module.two.loose", calls=calls)
    assert [meaning(value) for value in found[:3]] == [(S,), (T,), (T,)]
    assert found[3].or_none() == "known"


def test_an_input_alone_may_be_null_and_in_a_text_it_is_not(tmp_path: Path) -> None:
    alone, within, joined = seen(tmp_path, "var.s", '"a-${var.s}"', 'join("", [var.s])')
    assert (alone.present, within.present, joined.present) == (None, True, True)
    assert alone.at(alone.origin).input == S
    assert alone.map(lambda text: text).input is None


def test_either_of_two_inputs_is_a_choice(tmp_path: Path) -> None:
    either, same = seen(tmp_path, "var.b ? var.s : var.t", "var.b ? var.s : var.s")
    assert [meaning(one) for one in either.alternatives] == [(S,), (T,)]
    assert meaning(same) == (S,)


# --- whatever the values turn out to be ------------------------------------------------------------------------------

TEXTS = ('""', '"a"', '"A "', '"*"', '"a-"', '"1"', '"01"', '"true"', '"%[1]s"', "null")
NUMBERS = ("0", "1", "1.50", "-3", "123456789012", "1e21", "null")
BOOLS = ("true", "false", "null")
LEAVES = (
    *("var.s", "var.t", "var.n", "var.b", "var.any", "var.object.name", "var.object.size", "var.list[0]"),
    *("var.map.a", '"a"', '"a-"', "var.s", "var.t"),
)


class Expressions:
    """Random expressions of texts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.3:
            return self.random.choice(LEAVES)
        a, b = self.one(depth - 1), self.one(depth - 1)
        return self.random.choice(
            [
                f'"${{{a}}}"',
                f'"${{{a}}}-${{{b}}}"',
                f'"${{{a}}}${{{b}}}"',
                f'"a-${{{a}}}"',
                f'join("-", [{a}, {b}])',
                f'join("", [{a}])',
                f'format("%s-%s", {a}, {b})',
                f'format("%v", {a})',
                f'format("a-%s", {a})',
                f"tostring({a})",
                f"lower({a})",
                f'trimprefix({a}, "a-")',
                f'trimsuffix({a}, "-a")',
                f'replace({a}, "a", "b")',
                f"coalesce({a}, {b})",
                f"try({a}, {b})",
                f"[{a}, {b}][0]",
                f'{{ k = {a} }}["k"]',
                f"jsondecode(jsonencode({a}))",
                f"sensitive({a})",
                f"var.b ? {a} : {b}",
                f"({a} == {b}) ? {a} : {b}",
                f"tolist([{a}, {b}])[1]",
                f'"${{tonumber({a})}}"',
            ]
        )

    def values(self) -> str:
        def one(choices: tuple[str, ...]) -> str:
            return self.random.choice(choices)

        return "\n".join(
            [
                f"s = {one(TEXTS)}",
                f"t = {one(TEXTS)}",
                f"n = {one(NUMBERS)}",
                f"b = {one(BOOLS)}",
                f"any = {one((*TEXTS, *NUMBERS, *BOOLS))}",
                f"list = [{one(TEXTS)}, {one(TEXTS)}]",
                "set = []",
                f"map = {{ a = {one(TEXTS)} }}",
                f"object = {{ name = {one(TEXTS)}, size = {one(NUMBERS)} }}",
                "",
            ]
        )


def as_text(value: Value[object]) -> str | None:
    """The text that a provider makes of a value; None where terraform refuses it, or it is not set."""
    content = value.or_none()
    return str(to_string(content)) if content is not None else None


@pytest.mark.parametrize("seed", range(12))
def test_what_is_made_of_the_same_inputs_is_the_same_with_any_values(tmp_path: Path, seed: int) -> None:
    made = Expressions(seed)
    expressions = [made.one() for _ in range(250)]
    alike: dict[object, list[int]] = {}
    for number, value in enumerate(seen(tmp_path, *expressions)):
        if (key := meaning(value)) is not None:
            alike.setdefault(key, []).append(number)
    groups = [group for group in alike.values() if len(group) > 1]
    assert sum(map(len, groups)) > 30
    for _ in range(8):
        exact = seen(tmp_path, *expressions, values=made.values())
        for group in groups:
            found = {text for text in (as_text(exact[number]) for number in group) if text is not None}
            assert len(found) <= 1, [(expressions[number], exact[number]) for number in group]
