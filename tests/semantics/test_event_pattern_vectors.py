"""Event patterns and rule states against recorded answers of AWS's own matcher and documented rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Value
from guardrails.semantics.event_patterns import EventPattern, PatternFault, envelope, parse
from guardrails.semantics.event_rules import receives
from guardrails.semantics.partial import PartialRecord

VECTORS = json.loads((Path(__file__).parent / "event-patterns.vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["patterns"], ids=lambda vector: vector["id"])
def test_patterns(vector: dict[str, Any]) -> None:
    pattern = parse(json.dumps(vector["pattern"]))

    if vector["expected"] == "invalid":
        assert isinstance(pattern, PatternFault)
        return
    assert isinstance(pattern, EventPattern)
    assert pattern.matches_event(vector["event"]) is vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["patterns"], ids=lambda vector: vector["id"])
def test_the_same_patterns_over_records(vector: dict[str, Any]) -> None:
    """The event of a record is made of the record; where both are the same, so must be the answers."""
    pattern = parse(json.dumps(vector["pattern"]))
    if isinstance(pattern, PatternFault):
        return
    record = {**vector["event"]["detail"], "recipientAccountId": "111122223333", "eventTime": vector["event"]["time"]}
    wrong_kind = vector["event"]["detail-type"] != envelope(record).get("detail-type")
    if wrong_kind:
        record["eventType"] = "AwsConsoleSignIn"
    assert pattern.matches(record) is vector["expected"]
    said = pattern.ask(PartialRecord.from_json(record)).verdict
    assert said is (Verdict.TRUE if vector["expected"] else Verdict.FALSE)


@pytest.mark.parametrize("vector", VECTORS["states"], ids=lambda vector: vector["id"])
def test_states(vector: dict[str, Any]) -> None:
    event = vector["event"]
    kinds = {"AWS API Call via CloudTrail": "AwsApiCall", "AWS Network Activity Event via CloudTrail": "AwsVpceEvent"}
    record = {"eventName": "DescribeThings" if event.get("readOnly") else "CreateThing", **event}
    record["eventType"] = kinds[record.pop("detail-type")]
    verdicts = {True: Verdict.TRUE, False: Verdict.FALSE, "unknown": Verdict.UNKNOWN}

    said = receives(Value.of(vector["ruleState"]), PartialRecord.from_json(record))

    assert said.verdict is verdicts[vector["delivered"]]
