"""Type constraints and conversion to them, by hand and against terraform."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from console import TERRAFORM, Console
from evaluation import agrees

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.why import Why
from guardrails.sources.terraform.conversion import convert, type_constraint, type_of
from guardrails.sources.terraform.hcl import parse_expression
from guardrails.sources.terraform.typesystem import ANY, BOOL, NUMBER, STRING, Collection, ObjectType, TupleType, unify
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    HclList,
    HclMap,
    HclSet,
    Ref,
    Text,
    Typed,
    unknown,
    wholly_known,
)

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails.sources.terraform.typesystem import Type


class Nothing:
    """A scope without names."""

    def lookup(self, name: str, node: object) -> object:  # noqa: ARG002 - the protocol's signature
        raise EvalError(f"nothing is called {name}")


def written(text: str) -> Type:
    return type_constraint(parse_expression(SourceFile("type", text)))


def value_of(text: str) -> object:
    return parse_expression(SourceFile("value", text)).evaluate(Nothing())


MISSING = unknown(Why.INPUT, "not given")


# --- type constraints


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string", STRING),
        ("number", NUMBER),
        ("bool", BOOL),
        ("any", ANY),
        ("list(string)", Collection("list", STRING)),
        ("set(number)", Collection("set", NUMBER)),
        ("map(list(bool))", Collection("map", Collection("list", BOOL))),
        ("tuple([string, number])", TupleType((STRING, NUMBER))),
        ("tuple([])", TupleType(())),
        ("object({ a = string, b = list(any) })", ObjectType({"a": STRING, "b": Collection("list", ANY)})),
        ("list", Collection("list", ANY)),
        ("map", Collection("map", ANY)),
        ('"string"', STRING),
        ('"list"', Collection("list", ANY)),
    ],
)
def test_reads_type_constraint(text: str, expected: Type) -> None:
    assert written(text) == expected


def test_reads_defaults_of_optional_attributes() -> None:
    kind = written('object({ a = optional(number, "7"), b = optional(object({ c = optional(bool, true) }), {}) })')
    assert isinstance(kind, ObjectType)
    assert kind.optional == {"a": 7, "b": {"c": True}}


@pytest.mark.parametrize(
    "text",
    [
        "text",
        "set",
        "list()",
        "list(string, number)",
        "listof(string)",
        "[string]",
        "object([string])",
        "tuple({ a = string })",
        "list(optional(string))",
        "optional(string)",
        'object({ a = optional(number, "x") })',
        "object({ a = optional() })",
        "object({ a = optional(string, var.x) })",
        "object({ (a) = string })",
        "1",
        "var.x",
    ],
)
def test_refuses_what_is_no_type(text: str) -> None:
    with pytest.raises(EvalError) as caught:
        written(text)
    assert caught.value.start >= 0


# --- conversion of known values


def test_tells_lists_and_maps_from_tuples_and_objects() -> None:
    assert type(convert([1], written("list(string)"))) is HclList
    assert type(convert({"a": 1}, written("map(string)"))) is HclMap
    assert type(convert([1], written("tuple([string])"))) is list
    assert type(convert({"a": 1}, written("object({ a = string })"))) is dict


def test_does_not_copy_what_is_of_the_type_already() -> None:
    names = convert(["a"], written("list(string)"))
    assert convert(names, written("list(string)")) is names


def test_attributes_come_out_in_order_of_their_names() -> None:
    assert convert({"b": 1, "a": 2}, written("object({ b = number, a = number })")) == {"a": 2, "b": 1}
    assert list(convert({"b": 1, "a": 2}, written("object({ b = number, a = number })"))) == ["a", "b"]  # type: ignore[call-overload]  # an object


def test_null_has_any_type() -> None:
    for text in ("string", "list(string)", "object({ a = string })", "any"):
        assert convert(None, written(text)) is None


def test_set_has_terraforms_order() -> None:
    assert convert(["b", "é", "B", "b"], written("set(string)")) == HclSet(["B", "b", "é"])
    assert convert([10, 9, "10"], written("set(number)")) == HclSet([9, 10])


# --- conversion of what is not known


def test_unknown_is_of_the_type_from_then_on() -> None:
    converted = convert(MISSING, written("list(string)"))
    assert isinstance(converted, Typed)
    assert converted.type == Collection("list", STRING)
    assert converted.reasons == MISSING.reasons
    assert convert(MISSING, ANY) is MISSING


def test_unknown_leaves_stay() -> None:
    reference = Ref("aws_s3_bucket.logs", ("arn",))
    converted = convert({"a": reference, "b": [1, MISSING]}, written("object({ a = string, b = list(string) })"))
    assert isinstance(converted, dict)
    assert converted["a"] is reference
    assert converted["b"][0] == "1"
    assert isinstance(converted["b"][1], Typed)


def test_text_with_holes_is_a_string() -> None:
    text = Text(("a-", MISSING))
    assert convert(text, STRING) is text
    assert isinstance(convert(text, NUMBER), Typed)
    with pytest.raises(EvalError):
        convert(text, written("list(string)"))


def test_each_of_several_values_is_converted() -> None:
    converted = convert(Choice((1, "2"), MISSING.reasons), STRING)
    assert isinstance(converted, Choice)
    assert converted.alternatives == ("1", "2")


def test_unknown_of_another_kind_is_refused() -> None:
    names = convert(MISSING, written("list(string)"))
    for text in ("string", "map(string)", "object({ a = string })"):
        with pytest.raises(EvalError):
            convert(names, written(text))


def test_list_from_a_set_with_unknown_elements_is_unknown() -> None:
    assert isinstance(convert(HclSet(["a", MISSING]), written("list(string)")), Typed)


# --- common types


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["string", "number"], "string"),
        (["number", "bool"], ""),
        (["list(number)", "list(string)"], "list(string)"),
        (["list(number)", "tuple([string])"], "list(string)"),
        (["map(number)", "object({ a = string })"], "map(string)"),
        (["tuple([number])", "tuple([string])"], "tuple([string])"),
        (["tuple([number])", "tuple([])"], "list(number)"),
        (["object({ a = number })", "object({ b = number })"], "map(number)"),
        (["object({ a = number })", "object({ b = list(string) })"], ""),
        (["tuple([])", "object({})"], ""),
        (["set(string)", "list(string)"], "list(string)"),
        (["set(string)", "tuple([string])"], "set(string)"),
    ],
)
def test_finds_common_type(types: list[str], expected: str) -> None:
    for order in (types, types[::-1]):
        assert unify([written(text) for text in order]) == (written(expected) if expected else None)


def test_common_type_with_the_unknown_is_certain_only_for_strings() -> None:
    assert unify([type_of("a"), type_of(MISSING)]) == STRING
    assert unify([type_of(1), type_of(MISSING)]) == ANY
    assert unify([type_of(1), type_of(None)]) == NUMBER


# --- against terraform


class Cases:
    """Random type constraints, and values that mostly fit them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def type(self, depth: int = 3, *, loose: bool = True) -> str:
        """`loose`: parts may be of any type; not so inside the elements of a collection."""
        roll = self.chance.random()
        if depth <= 0 or roll < 0.35:
            return self.chance.choice(("string", "string", "number", "bool", "any" if loose else "string"))
        if roll < 0.65:
            element = "any" if loose and self.chance.random() < 0.3 else self.type(depth - 1, loose=False)
            return f"{self.chance.choice(('list', 'set', 'map'))}({element})"
        if roll < 0.75:
            elements = [self.type(depth - 1, loose=loose) for _ in range(self.chance.randint(0, 3))]
            return f"tuple([{', '.join(elements)}])"
        attributes = []
        for name in self.chance.sample(("a", "b", "c", "d_e"), self.chance.randint(0, 3)):
            inner = self.type(depth - 1, loose=loose)
            if self.chance.random() < 0.5:
                default = f", {self.value(inner)}" if self.chance.random() < 0.6 else ""
                inner = f"optional({inner}{default})"
            attributes.append(f"{name} = {inner}")
        return f"object({{ {', '.join(attributes)} }})"

    def value(self, kind: str) -> str:
        """Something of that type, or nearly; null for a type that is none."""
        if self.chance.random() < 0.07:
            kind = self.type(2)
        try:
            return self._of(written(kind))
        except EvalError:
            return "null"

    def _of(self, kind: Type) -> str:
        if self.chance.random() < 0.05 and kind is not ANY:
            return self.chance.choice(("null", '"x"', "1", "[]", "{}", '["a", 1]', "{ a = 1 }"))
        if isinstance(kind, Collection):
            items = [self._of(kind.element) for _ in range(self.chance.randint(0, 3))]
            if kind.kind == "map":
                keys = self.chance.sample(("a", "b", "c", "d"), len(items))
                return "{" + ", ".join(f"{key} = {item}" for key, item in zip(keys, items, strict=True)) + "}"
            return f"[{', '.join(items)}]"
        if isinstance(kind, TupleType):
            return f"[{', '.join(map(self._of, kind.elements))}]"
        if isinstance(kind, ObjectType):
            names = [name for name in kind.attributes if name not in kind.optional or self.chance.random() < 0.5]
            names += ["extra"] * (self.chance.random() < 0.2)
            pairs = [f'"{name}" = {self._of(kind.attributes.get(name, STRING))}' for name in names]
            return "{" + ", ".join(pairs) + "}"
        if kind is STRING:
            return self.chance.choice(('"a"', '"b"', '""', '"é"', "1", "1.50", "true", '"10"', '"2"'))
        if kind is NUMBER:
            return self.chance.choice(("0", "1", "2.5", '"3"', '"1e3"', "10", '" 1"', '"0x1"'))
        if kind is BOOL:
            return self.chance.choice(("true", "false", '"true"', '"false"', '"1"', "1"))
        return self.chance.choice(('"a"', "1", "true", "[1]", "[]", '["a"]', "{}", "{ a = 1 }", '{ a = "x", b = 1 }'))


class Declared:
    """Terraform's view of variables with a type and a default."""

    def __init__(self, directory: Path, cases: list[tuple[str, str]]) -> None:
        self._file = directory / "main.tf"
        self.refused = self._refused(directory, cases)
        self._write([case for number, case in enumerate(cases) if number not in self.refused])
        console = Console(directory)
        names = [f"var.v{i}" for i in range(len(cases) - len(self.refused))]
        self.answers = console.ask(names)
        console.close()

    def _write(self, cases: list[tuple[str, str]]) -> None:
        lines = [
            f'variable "v{number}" {{\n  type    = {kind}\n  default = {value}\n}}\n'
            for number, (kind, value) in enumerate(cases)
        ]
        self._file.write_text("".join(lines))

    def _refused(self, directory: Path, cases: list[tuple[str, str]]) -> set[int]:
        """The cases that are errors. Terraform names them all, but may find more when these are gone."""
        refused: set[int] = set()
        while True:
            left = [number for number in range(len(cases)) if number not in refused]
            self._write([cases[number] for number in left])
            assert TERRAFORM is not None
            run = subprocess.run(
                [TERRAFORM, "validate", "-json"], cwd=directory, capture_output=True, text=True, check=False
            )
            found = {left[fault["range"]["start"]["line"] // 4] for fault in json.loads(run.stdout)["diagnostics"]}
            if not found:
                return refused
            refused |= found


@pytest.mark.terraform
@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path")
def test_random_conversions_agree_with_terraform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong: list[str] = []
    converted = refused = 0
    for seed in range(6):  # in parts, because `terraform validate` takes ten times as long for three times as many
        found = compared(tmp_path, seed, count=250)
        wrong += found[0]
        converted += found[1]
        refused += found[2]
    with capsys.disabled():
        sys.stdout.write(f"\n{converted + refused} conversions: {converted} converted, {refused} refused\n")
    assert not wrong, "\n".join(wrong[:20])


def compared(directory: Path, seed: int, count: int) -> tuple[list[str], int, int]:
    """What differs, and how many values terraform converts and refuses."""
    made = Cases(random.Random(seed))
    kinds = [made.type() for _ in range(count)]
    cases = [(kind, made.value(kind)) for kind in kinds]
    declared = Declared(directory, cases)
    answers = iter(declared.answers)
    wrong: list[str] = []
    for number, (kind, text) in enumerate(cases):
        theirs = None if number in declared.refused else next(answers)
        try:
            ours = convert(value_of(text), written(kind))
        except EvalError as error:
            if theirs is not None:
                wrong.append(f"{kind} <- {text}\n    refused here: {error}\n    terraform: {theirs.text}")
            continue
        if theirs is None:
            wrong.append(f"{kind} <- {text}\n    here: {ours!r}\n    refused by terraform")
        elif not agrees(ours, theirs.value()) or not wholly_known(ours):
            wrong.append(f"{kind} <- {text}\n    here: {ours!r}\n    terraform: {theirs.text}")
    return wrong, len(cases) - len(declared.refused), len(declared.refused)
