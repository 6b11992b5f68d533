"""The recorded answers of terraform 1.11.4 to some five hundred expressions."""

from __future__ import annotations

import importlib.util
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from console import Answer
from evaluation import Names, agrees, names_of, outcome

from guardrails.sources.terraform.hcl.errors import SyntaxFault
from guardrails.sources.terraform.values import EvalError, HclSet, Unknown, wholly_known

RECORDED = json.loads((Path(__file__).parent / "vectors" / "expressions.json").read_text(), parse_float=Decimal)


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory) -> Names:
    directory = tmp_path_factory.mktemp("root")
    for name, text in RECORDED["files"].items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    names = names_of(directory)
    names.names["path"] = {"cwd": str(directory), "module": ".", "root": "."}
    names.names["terraform"] = {"workspace": "default"}
    return names


def _plain(value: object) -> object:
    """A value as JSON shows it: numbers as the double that terraform's JSON was read as."""
    if isinstance(value, HclSet):
        return [_plain(item) for item in value.items]
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _status(value: object) -> str:
    if isinstance(value, EvalError | SyntaxFault):
        return "error"
    if isinstance(value, Unknown):
        return "unknown"
    return "known" if wholly_known(value) else "partial"


CONSOLE_ONLY = "a function of the console, not of the language"
NOT_A_FUNCTION = "it may be one in another version, or of a provider"
UNKNOWN_ON_PURPOSE = {
    "timestamp()": "differs from run to run",
    "uuid()": "differs from run to run",
    "plantimestamp()": "differs from run to run; the console lacks it",
    'bcrypt("a") != ""': "differs from run to run",
    'base64gzip("a") != ""': "depends on the compressor",
    'pathexpand("~/x") != ""': "depends on who runs it",
    "issensitive(var.sens)": "sensitivity is not tracked",
    "issensitive(sensitive(1))": "sensitivity is not tracked",
    "ephemeralasnull(1)": "ephemerality is not tracked",
    'rsadecrypt("a","b")': "secrets are not decrypted",
    "type(var.oopt)": CONSOLE_ONLY,
    "type([])": CONSOLE_ONLY,
    "type({})": CONSOLE_ONLY,
    "type(null)": CONSOLE_ONLY,
    "type(tomap({a=1}))": CONSOLE_ONLY,
    "nosuchfn(1)": NOT_A_FUNCTION,
    'cidrcontains("10.0.0.0/8","10.1.1.1")': NOT_A_FUNCTION,
    "provider::terraform::encode_expr({a=1})": NOT_A_FUNCTION,
}
if importlib.util.find_spec("yaml") is None:
    UNKNOWN_ON_PURPOSE['yamldecode("a: 1")'] = "YAML is read with PyYAML"
REFUSED_ON_PURPOSE = {'format("%s", null)': "terraform leaves it unknown for ever"}


def _vectors(*rules: str) -> list[Any]:
    return [
        pytest.param(vector, id=vector["expr"])
        for vector in RECORDED["vectors"]
        if vector["match"] in rules and vector["expr"] not in {*UNKNOWN_ON_PURPOSE, *REFUSED_ON_PURPOSE}
    ]


def _evaluated(scope: Names, expression: str) -> object:
    try:
        return outcome(scope, expression)
    except SyntaxFault as fault:
        return fault


@pytest.mark.parametrize("vector", _vectors("exact"))
def test_gives_recorded_answer(scope: Names, vector: dict[str, Any]) -> None:
    ours = _evaluated(scope, vector["expr"])
    assert _status(ours) == vector["status"], ours
    if "json" in vector:
        expected = vector["json"]
        assert (type(_plain(ours)), _plain(ours)) == (type(_plain(expected)), _plain(expected))


@pytest.mark.parametrize("vector", _vectors("may_be_more_precise"))
def test_does_not_contradict_recorded_answer(scope: Names, vector: dict[str, Any]) -> None:
    ours = _evaluated(scope, vector["expr"])
    assert _status(ours) in ("unknown", "partial", "known"), ours
    assert agrees(ours, Answer(vector["console"], "").value())


@pytest.mark.parametrize("expression", UNKNOWN_ON_PURPOSE)
def test_is_unknown_on_purpose(scope: Names, expression: str) -> None:
    assert isinstance(outcome(scope, expression), Unknown)


@pytest.mark.parametrize("expression", REFUSED_ON_PURPOSE)
def test_is_refused_on_purpose(scope: Names, expression: str) -> None:
    assert isinstance(outcome(scope, expression), EvalError)


def test_every_recorded_answer_is_used() -> None:
    used = len(_vectors("exact", "may_be_more_precise")) + len(UNKNOWN_ON_PURPOSE) + len(REFUSED_ON_PURPOSE)
    assert used == len(RECORDED["vectors"]) == 548
