"""Recorded decisions of CloudWatch Logs: which event a filter pattern matches, and which patterns are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.semantics.filter_patterns import FilterPattern, PatternFault, parse
from guardrails.semantics.partial import PartialRecord

HERE = Path(__file__).parent
VECTORS: list[dict[str, Any]] = json.loads((HERE / "filter-patterns.vectors.json").read_text(encoding="utf-8"))[
    "vectors"
]
CIS: dict[str, Any] = json.loads((HERE / "cis-filters.vectors.json").read_text(encoding="utf-8"))
SAMPLES: dict[str, dict[str, Any]] = json.loads((HERE / "cloudtrail-records.json").read_text(encoding="utf-8"))

BOTH_READINGS_AGREE = "json-wild-mid-literal-self"
"""An open point that does not matter to this one: whichever way the asterisk is read, the event matches."""


def pattern(text: str) -> FilterPattern:
    found = parse(text)
    assert isinstance(found, FilterPattern), found
    return found


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_an_event_matches_as_the_service_matches_it(vector: dict[str, Any]) -> None:
    event = vector["event"]
    if vector["expected"] == "invalid":
        assert isinstance(parse(vector["pattern"]), PatternFault)
        return
    open_point = vector["confidence"] == "low" and vector["id"] != BOTH_READINGS_AGREE
    expected = None if open_point else vector["expected"]
    found = pattern(vector["pattern"])

    assert found.matches_message(event if isinstance(event, str) else json.dumps(event)) is expected, vector["note"]


@pytest.mark.parametrize(
    "vector", [one for one in VECTORS if isinstance(one["event"], dict)], ids=lambda one: one["id"]
)
def test_a_complete_record_is_answered_alike_as_a_partial_one(vector: dict[str, Any]) -> None:
    found = parse(vector["pattern"])
    if isinstance(found, PatternFault):
        return
    expected = {True: Verdict.TRUE, False: Verdict.FALSE, None: Verdict.UNKNOWN}[found.matches(vector["event"])]

    assert found.answers(PartialRecord.from_json(vector["event"])).verdict is expected


def test_every_vector_is_tried() -> None:
    assert len(VECTORS) == 153
    assert len(SAMPLES) == len(CIS["matched"]) == 109
    assert len(CIS["filters"]) == 17


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_record_is_matched_by_the_filters_that_should(sample: str) -> None:
    found = {name: pattern(text).matches(SAMPLES[sample]) for name, text in CIS["filters"].items()}
    partial = PartialRecord.from_json(SAMPLES[sample])
    proved = {name: pattern(text).answers(partial).verdict for name, text in CIS["filters"].items()}

    assert sorted(name for name, matched in found.items() if matched) == sorted(CIS["matched"][sample])
    assert None not in found.values()
    assert {name: verdict is Verdict.TRUE for name, verdict in proved.items()} == found
    assert Verdict.UNKNOWN not in proved.values()
