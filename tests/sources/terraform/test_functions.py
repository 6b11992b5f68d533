"""Every built-in function against the recorded answers of terraform 1.11.4, and where both may differ."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from console import TERRAFORM, Answer, Console
from evaluation import Names, agrees, gaps, names_of, outcome

from guardrails.sources.terraform import functions
from guardrails.sources.terraform.values import EvalError, HclSet, Unknown

RECORDED = json.loads((Path(__file__).parent / "vectors" / "functions.json").read_text())

MORE_THAN_TERRAFORM = {
    'coalescelist(null,["a"])': "a bare null has no type here; one of type list is accepted",
    'element(["a","b","c"],-1)': "terraform 1.11 crashes; later versions count from the end",
    'element(["a","b","c"],-4)': "terraform 1.11 crashes; later versions count from the end",
    "tolist([{a=1},null])": "a bare null has no type here",
}
"""What terraform refuses and we evaluate."""

LESS_THAN_TERRAFORM = {
    "coalesce(1,var.ua)": "the variable may turn out to be a string, and 1 with it",
    'issensitive("a")': "sensitivity is not tracked",
    'ephemeralasnull("a")': "ephemerality is not tracked",
    'length(base64gzip("a")) > 0': "depends on the compressor",
    'fileset("files","**/deep/**")': "a pattern with two `**`",
    'formatdate("YYYY","0000-01-02T23:12:01Z")': "Python has no year 0",
    'timestamp() != ""': "differs at every run",
    "length(uuid())": "differs at every run",
    'bcrypt("a",4) != ""': "differs at every run",
    'cidrhost("::ffff:10.0.0.0/120",1)': "terraform's answer is no address",
    'cidrsubnet("10.1.2.0/24",-1,0)': "negative bits",
    'cidrsubnet("10.1.2.0/24",1,-1)': "terraform's answer is outside the range",
    'cidrsubnet("::ffff:0:0/96",8,1)': "terraform's answer is outside the range",
    'textencodebase64("a","US-ASCII")': "an encoding that is not known here",
    'textencodebase64("あ","Shift_JIS")': "an encoding that is not known here",
    'textencodebase64("あ","EUC-JP")': "an encoding that is not known here",
    'textencodebase64("中","GBK")': "an encoding that is not known here",
    'textdecodebase64("/v8AYQ==","UTF-16")': "an encoding that is not known here",
    'regex("\\\\p{Greek}+","abγδ")': "scripts are not known here",
    "pow(2,-1074)": "terraform prints more digits than such a small float has",
}
"""What terraform knows and we do not."""

NOT_COMPUTED = ("nosuch(", "core::nosuch(", "rsadecrypt(", "plantimestamp(", 'regex("\\\\p{Nope}', "textencodebase64(")
"""Calls that are unknown here, whether or not terraform would refuse them."""


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory) -> Names:
    directory = tmp_path_factory.mktemp("root").resolve()
    for name, text in RECORDED["files"].items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, encoded in RECORDED["bytes"].items():
        (directory / name).write_bytes(base64.b64decode(encoded))
    for name, target in RECORDED["links"].items():
        (directory / name).symlink_to(target)
    names = names_of(directory)
    names.names["path"] = {"cwd": str(directory), "module": ".", "root": "."}
    return names


def _by_function() -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for vector in RECORDED["vectors"]:
        name = vector["expr"].lstrip("[").partition("(")[0].removeprefix("for s in ")
        grouped.setdefault(name, []).append(vector)
    return grouped


def _plain(value: object) -> object:
    """As JSON shows it."""
    if isinstance(value, HclSet):
        return [_plain(item) for item in value.items]
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _complaint(scope: Names, vector: dict[str, Any]) -> str:
    """How our result contradicts the recorded one; empty if it does not."""
    expression = vector["expr"]
    ours = outcome(scope, expression)
    if isinstance(ours, Unknown) and expression.startswith("yamldecode(") and not importlib.util.find_spec("yaml"):
        return ""
    if "error" in vector:
        if isinstance(ours, EvalError) or expression in MORE_THAN_TERRAFORM:
            return ""
        if isinstance(ours, Unknown) and expression.startswith(NOT_COMPUTED):
            return ""
        return f"{expression}: terraform refuses it, we say {ours!r}"
    theirs = vector["json"] if "json" in vector else Answer(vector["answer"], "").value()
    if isinstance(ours, EvalError):
        return "" if isinstance(theirs, Unknown) else f"{expression}: {ours.message}"
    shown = _plain(ours) if "json" in vector and not isinstance(ours, Unknown) else ours
    if not agrees(shown, theirs):
        return f"{expression}: terraform says {theirs!r}, we say {ours!r}"
    if gaps(shown, theirs) and expression not in LESS_THAN_TERRAFORM:
        return f"{expression}: terraform knows {theirs!r}, we only {ours!r}"
    return ""


@pytest.mark.parametrize("name", _by_function())
def test_agrees_with_terraform(scope: Names, name: str) -> None:
    complaints = [complaint for vector in _by_function()[name] if (complaint := _complaint(scope, vector))]
    assert complaints == []


def test_every_function_has_recorded_answers() -> None:
    called = {name for vector in RECORDED["vectors"] for name in re.findall(r"([a-z0-9]+)\(", vector["expr"])}
    assert functions.NAMES - called == set()


def test_listed_differences_are_real(scope: Names) -> None:
    """A difference that is gone must leave its list."""
    recorded = {vector["expr"]: vector for vector in RECORDED["vectors"]}
    for expression in MORE_THAN_TERRAFORM:
        assert "error" in recorded[expression]
        assert not isinstance(outcome(scope, expression), EvalError)
    for expression in LESS_THAN_TERRAFORM:
        vector = recorded[expression]
        theirs = vector["json"] if "json" in vector else Answer(vector["answer"], "").value()
        assert gaps(outcome(scope, expression), theirs), expression


@pytest.mark.terraform
@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path")
def test_recorded_answers_are_terraforms(scope: Names) -> None:
    console = Console(scope.base_directory)
    answers = console.ask([vector["expr"] for vector in RECORDED["vectors"]])
    console.close()
    for vector, answer in zip(RECORDED["vectors"], answers, strict=True):
        assert bool(answer.error) == ("error" in vector), vector["expr"]
        if "answer" in vector:
            assert answer.text == vector["answer"]


def test_rooms_hold_what_the_register_says() -> None:
    for topic, names in functions.TOPICS.items():
        room = importlib.import_module(f"{functions.__name__}.{topic}").room
        assert set(names.split()) == set(room.functions)
