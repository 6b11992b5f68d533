"""Random calls of the built-in functions, evaluated here and by the real terraform."""

from __future__ import annotations

import json
import os
import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from console import TERRAFORM, Answer, Console
from evaluation import Names, agrees, names_of, outcome

from guardrails.sources.terraform.functions import NAMES, find
from guardrails.sources.terraform.values import EvalError, wholly_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.terraform,
    pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path"),
]

MAIN = """
variable "string" { type = string }
variable "number" { type = number }
variable "bool" { type = bool }
variable "list" { type = list(string) }
variable "set" { type = set(string) }
variable "map" { type = map(string) }
variable "object" { type = object({ a = string, b = number }) }
"""

NOT_ASKED = {
    "abspath": "names the directory of the test",
    "base64gzip": "depends on the compressor",
    "bcrypt": "differs at every run",
    "can": "not a function of values",
    "ephemeralasnull": "ephemerality is not tracked",
    "issensitive": "sensitivity is not tracked",
    "list": "not a function any more",
    "map": "not a function any more",
    "plantimestamp": "not in the console",
    "rsadecrypt": "not computed",
    "sensitive": "the console hides the answer",
    "templatestring": "takes a reference, not a value",
    "textdecodebase64": "an encoding that is not known here may be none",
    "textencodebase64": "an encoding that is not known here may be none",
    "timestamp": "differs at every run",
    "try": "not a function of values",
    "uuid": "differs at every run",
    "yamldecode": "needs PyYAML",
}

STRINGS = [
    '""',
    '"a"',
    '"b"',
    '"ab"',
    '"a,b"',
    '"12"',
    '"true"',
    '"1.5"',
    '"é"',
    '"a\\tb"',
    '"/a/"',
    '"x-1"',
    '"aaa"',
    '"%s"',
    '"%d-%s"',
    '"10.0.0.0/8"',
    '"[1]"',
    '"0"',
    '"-3"',
    '"files/a.txt"',
    '"nope"',
    '"2020-01-02T03:04:05Z"',
    '"1h"',
    '"YYYY-MM"',
    '"{\\"a\\":[1]}"',
    '"YQ=="',
    '"dns"',
    '"(b+)"',
    '"a*"',
]
NUMBERS = ["0", "1", "2", "3", "10", "1.5", "0.1", "16", "100"]
UNKNOWN = ["var.string", "var.number", "var.bool", '"p${var.string}"', '"${var.string}s"']


class Caller:
    """Writes calls: arguments mostly of the types that a function takes. Never a bare null inside a structure, whose
    type terraform knows and we do not, nor a negative number, at which `element` of a tuple crashes terraform."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.names = sorted(NAMES - NOT_ASKED.keys())

    def call(self, depth: int = 0) -> str:
        name = self.dice.choice(self.names)
        function = find(name)
        assert function is not None
        kinds = list(function.parameters)
        if function.variadic:
            kinds += [function.variadic] * self.dice.choice([0, 1, 1, 2, 3])
        arguments = [self._argument(name, kind, depth) for kind in kinds]
        return f"{name}({', '.join(arguments)})"

    def _argument(self, name: str, kind: str, depth: int) -> str:
        chance = self.dice.random()
        if depth < 1 and chance < 0.15:
            return self.call(depth + 1)
        if chance < 0.25:
            return self.value()
        makers: dict[str, Callable[[], str]] = {
            "string": lambda: self.dice.choice(STRINGS),
            "number": lambda: self.dice.choice(NUMBERS),
            "bool": lambda: self.dice.choice(["true", "false"]),
            "map(list(string))": lambda: self._mapping(lambda: self._sequence(self._string)),
            "list(bool)": lambda: self._sequence(lambda: self.dice.choice(["true", "false", '"true"'])),
            "list(string)": lambda: self._sequence(self._string),
        }
        if kind.rstrip("?") in makers:
            return makers[kind.rstrip("?")]()
        if name in {"merge", "keys", "values", "lookup", "tomap"}:
            return self._mapping(self._alike())
        return self.value() if name.startswith(("to", "json", "yaml")) else self._sequence(self._alike())

    def _string(self) -> str:
        return self.dice.choice(STRINGS)

    def _scalar(self) -> str:
        return self.dice.choice([*STRINGS, *NUMBERS, "true", "false", *UNKNOWN])

    def _alike(self) -> Callable[[], str]:
        pool = self.dice.choice([STRINGS, NUMBERS, ["true", "false"], None])
        return (lambda: self.value(1)) if pool is None else (lambda: self.dice.choice(pool))

    def _sequence(self, element: Callable[[], str]) -> str:
        written = f"[{', '.join(element() for _ in range(self.dice.choice([0, 1, 2, 2, 3])))}]"
        return self.dice.choice([written, written, f"tolist({written})", f"toset({written})", "var.list"])

    def _mapping(self, element: Callable[[], str]) -> str:
        names = self.dice.sample(["a", "b", "c"], self.dice.choice([0, 1, 2, 2, 3]))
        written = f"{{ {', '.join(f'{name} = {element()}' for name in names)} }}"
        return self.dice.choice([written, written, f"tomap({written})", "var.map"])

    def value(self, depth: int = 0) -> str:
        chance = self.dice.random()
        if depth > 2 or chance < 0.5:
            return self._scalar()
        if chance < 0.55:
            return self.dice.choice(["var.list", "var.map", "var.object"] if depth else ["var.list", "var.set"])
        element = self._alike() if chance < 0.85 else lambda: self.value(depth + 1)
        return self._sequence(element) if chance < 0.78 or chance > 0.9 else self._mapping(element)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("root").resolve()
    (directory / "main.tf").write_text(MAIN)
    (directory / "files").mkdir()
    (directory / "files" / "a.txt").write_text("Hello ${name}!\n")
    return directory


@pytest.fixture(scope="module")
def console(directory: Path) -> Iterator[Console]:
    console = Console(directory)
    yield console
    console.close()


@pytest.fixture(scope="module")
def scope(directory: Path) -> Names:
    return names_of(directory)


def _complaint(scope: Names, expression: str, answer: Answer) -> str:
    ours = outcome(scope, expression)
    if answer.error:
        refused = isinstance(ours, EvalError) or not wholly_known(ours)
        return "" if refused else f"{expression}: terraform refuses it ({answer.error}), we say {ours!r}"
    if "EOT" in answer.text:
        return ""  # a text of several lines, which the console indents
    theirs = answer.value()
    if isinstance(ours, EvalError):
        # What is not known yet may hide an error from terraform that we see.
        hidden = "var." in expression
        return "" if hidden else f"{expression}: terraform says {answer.text}, we refuse it ({ours.message})"
    return "" if agrees(ours, theirs) else f"{expression}: terraform says {answer.text}, we say {ours!r}"


@pytest.mark.parametrize("seed", range(4))
def test_random_calls(console: Console, scope: Names, seed: int) -> None:
    caller = Caller(seed)
    expressions = [caller.call() for _ in range(1000)]
    answers = console.ask(expressions)
    complaints = map(_complaint, [scope] * len(expressions), expressions, answers)
    assert [complaint for complaint in complaints if complaint] == []


KINDS: dict[str, object] = {
    "any": "dynamic",
    "list": ["list", "dynamic"],
    "set": ["set", "dynamic"],
    "list(string)": ["list", "string"],
    "list(bool)": ["list", "bool"],
    "map(list(string))": ["map", ["list", "string"]],
}


def test_parameters_are_terraforms() -> None:
    assert TERRAFORM is not None
    environment = dict(os.environ, TF_CLI_CONFIG_FILE=os.devnull, CHECKPOINT_DISABLE="1")
    printed = subprocess.run(
        [TERRAFORM, "metadata", "functions", "-json"], capture_output=True, check=True, env=environment
    ).stdout
    signatures = json.loads(printed)["function_signatures"]
    assert {name for name in signatures if "::" not in name} == NAMES - {"list", "map"}
    for name in NAMES - {"list", "map", "try", "can"}:
        function = find(name)
        assert function is not None
        ours = [(KINDS.get(kind.rstrip("?"), kind.rstrip("?")), kind.endswith("?")) for kind in function.parameters]
        theirs = signatures[name].get("parameters", [])
        assert ours == [(one["type"], one.get("is_nullable", False)) for one in theirs], name
        variadic = signatures[name].get("variadic_parameter")
        assert function.variadic.rstrip("?") == ("" if variadic is None else _kind(variadic["type"])), name
        assert function.variadic.endswith("?") == (variadic or {}).get("is_nullable", False), name


def _kind(kind: object) -> object:
    return next((ours for ours, theirs in KINDS.items() if theirs == kind), kind)
