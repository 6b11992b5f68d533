"""The recorded decisions of the service: which event a trail records, and which selectors it accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from api_shapes import store, trail

from guardrails.kernel.truth import Verdict
from guardrails.semantics.recording import recorded
from guardrails.semantics.selector_faults import faults

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "event-selectors.vectors.json").read_text(encoding="utf-8"))
SAMPLES: dict[str, Any] = json.loads((HERE / "sample-records.vectors.json").read_text(encoding="utf-8"))
RECORDED = VECTORS["recorded"]
VALIDITY = VECTORS["validity"]


@pytest.mark.parametrize("vector", RECORDED, ids=lambda vector: vector["id"])
def test_an_event_is_recorded_as_the_service_records_it(vector: dict[str, Any]) -> None:
    expected = Verdict.TRUE if vector["expected"] else Verdict.FALSE
    if vector["confidence"] == "low":
        expected = Verdict.UNKNOWN

    assert recorded(trail(vector["trail"]), vector["event"]).verdict is expected, vector["note"]


@pytest.mark.parametrize("vector", VALIDITY, ids=lambda vector: vector["id"])
def test_selectors_are_refused_that_the_service_refuses(vector: dict[str, Any]) -> None:
    basic = vector["target"] == "trail (basic)"
    said = {"EventSelectors" if basic else "AdvancedEventSelectors": vector["selectors"]}
    recorder = store(said) if vector["target"] == "event data store" else trail(said)
    refused = [fault for fault in faults(recorder) if fault.refused]

    assert all(fault.present.verdict is Verdict.TRUE for fault in refused)
    assert bool(refused) is not vector["valid"], vector["note"]


def test_every_vector_is_tried() -> None:
    assert len(RECORDED) == 81
    assert len(VALIDITY) == 16
    assert len(SAMPLES["records"]) == 109


@pytest.mark.parametrize("sample", SAMPLES["records"], ids=lambda sample: sample["id"])
def test_a_sample_record_is_recorded_by_the_trails_that_should(sample: dict[str, Any]) -> None:
    found = {name: recorded(trail(said), sample["event"]).verdict for name, said in SAMPLES["trails"].items()}

    assert [name for name, verdict in found.items() if verdict is Verdict.TRUE] == sample["recorded"]
    assert Verdict.UNKNOWN not in found.values()
