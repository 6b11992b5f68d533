"""JSON version 1: the contract that other programs rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from guardrails import __version__
from guardrails.findings import Outcome, Result
from guardrails.formats.json_report import render
from guardrails.formats.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = {"file": str, "line": int, "detail": str}
GAP = {"why": str, **PLACE}
COUNTS = {"pass": int, "fail": int, "unknown": int, "error": int, "waived": int}
WAIVER = {"reason": str, "until": str, "file": str, "line": int, "outcome": str}
SHAPE: Mapping[str, Any] = {
    "version": int,
    "tool": {"name": str, "version": str},
    "targets": [{"target": str, "source": str, "files": int, "resources": int, "gaps": [GAP]}],
    "findings": [
        {
            "policy": str,
            "name": str,
            "outcome": str,
            "severity": str,
            "resource": str,
            "type": str,
            "target": str,
            "file": str,
            "line": int,
            "end_line": int,
            "message": str,
            "because": [PLACE],
            "via": [PLACE],
            "fingerprint": str,
            "waivers": [WAIVER],
        }
    ],
    "summary": COUNTS,
    "gaps": [GAP],
    "notices": [str],
}


def document(result: Result, view: View) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(render(result, view))
    return told


def check(value: object, shape: object, path: str = "$") -> None:
    """Assert that a document has exactly this shape: every key, none more, each of its type."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), path
        assert list(value) == list(shape), path
        for key, below in shape.items():
            check(value[key], below, f"{path}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), path
        for number, item in enumerate(value):
            check(item, shape[0], f"{path}[{number}]")
    else:
        assert type(value) is shape, path


def test_the_shape_is_the_same_for_every_result(result: Result, nothing: Result) -> None:
    check(document(result, View()), SHAPE)
    check(document(nothing, View()), SHAPE)
    assert len(document(result, View())["findings"]) == len(result.findings)


SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:  # noqa: ANN401 - a JSON document
    """The schema with nothing allowed that it does not name: a key that is not documented is found out."""
    if isinstance(schema, dict):
        made = {key: closed(value) for key, value in schema.items()}
        return made | {"additionalProperties": False} if schema.get("type") == "object" else made
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


def test_the_schema_describes_every_key(result: Result, nothing: Result) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for each in (result, nothing):
        jsonschema.validate(document(each, View()), closed(SCHEMA), jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document(result, View()) | {"version": 2}, SCHEMA, jsonschema.Draft202012Validator)


def test_a_finding(result: Result) -> None:
    found = document(result, View())["findings"][1]

    assert found | {"fingerprint": ""} == {
        "policy": "TRAIL-005",
        "name": "trail-005-name",
        "outcome": "fail",
        "severity": "high",
        "resource": "module.audit.aws_cloudtrail.this",
        "type": "aws_cloudtrail",
        "target": "infra/prod",
        "file": "modules/audit/main.tf",
        "line": 5,
        "end_line": 5,
        "message": "log files are not validated",
        "because": [
            {"file": "modules/audit/main.tf", "line": 5, "detail": "`enable_log_file_validation` is false"},
            {"file": "modules/audit/main.tf", "line": 1, "detail": "the trail is logging"},
        ],
        "via": [{"file": "main.tf", "line": 1, "detail": "module.audit"}],
        "fingerprint": "",
        "waivers": [],
    }
    assert len(found["fingerprint"]) == 16


def test_a_waived_finding_says_why_and_until_when(result: Result) -> None:
    (waived,) = (f for f in document(result, View())["findings"] if f["outcome"] == "waived")

    assert waived["waivers"] == [
        {"reason": "the owner is in the wiki", "until": "2027-01-31", "file": "main.tf", "line": 1, "outcome": "fail"}
    ]


def test_what_would_settle_an_unknown_is_part_of_the_reason(result: Result) -> None:
    (unknown,) = (f for f in document(result, View())["findings"] if f["outcome"] == "unknown")

    assert unknown["because"][-1]["detail"] == 'variable "bucket" has no value: pass --var bucket=...'


def test_gaps_are_told_with_the_kind_of_reason_and_the_place(result: Result) -> None:
    told = document(result, View())

    assert told["targets"][0]["gaps"][0] == {
        "why": "ELSEWHERE",
        "file": "main.tf",
        "line": 6,
        "detail": "module.vpc is not downloaded: run `terraform init`",
    }
    assert told["gaps"] == [
        {"why": "PLUGIN", "file": "", "line": 0, "detail": "acme: cannot be loaded: acme.py:3: KeyError: 'x'"}
    ]


def test_narrowing_changes_the_list_and_not_the_counts(result: Result) -> None:
    told = document(result, View(outcomes=frozenset({Outcome.FAIL})))

    assert {found["outcome"] for found in told["findings"]} == {"fail"}
    assert told["summary"] == {"pass": 1, "fail": 2, "unknown": 1, "error": 1, "waived": 1}


def test_tool_and_version(nothing: Result) -> None:
    told = document(nothing, View())

    assert told["version"] == 1
    assert told["tool"] == {"name": "guardrails", "version": __version__}


def test_the_text_is_ascii_so_that_no_pipe_can_break_it(result: Result) -> None:
    result.notices.append("Grüße \udc80 \x1b[2J")
    text = render(result, View())

    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["notices"][-1] == "Grüße \udc80 \x1b[2J"
