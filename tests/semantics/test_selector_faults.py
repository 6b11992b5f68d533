"""What is wrong with selectors, and where."""

from __future__ import annotations

from typing import Any

import pytest
from api_shapes import OPEN, left_open, place, store, trail

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Reference, Value
from guardrails.semantics.selector_faults import faults, selectors_mean_what_they_say

Said = dict[str, Any]
INVOICES = Reference("aws_s3_bucket.invoices", ("arn",))


def objects(**operators: list[Any]) -> Said:
    """An advanced selector of S3 objects with a condition on their ARN."""
    return {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", **operators},
        ]
    }


def basic(*values: Value[str] | str, kind: str = "AWS::S3::Object") -> Said:
    return {"EventSelectors": [{"DataResources": [{"Type": kind, "Values": list(values)}]}]}


def advanced(*selectors: Said) -> Said:
    return {"AdvancedEventSelectors": list(selectors)}


def found(said: Said) -> list[str]:
    return [fault.detail for fault in faults(trail(said))]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"EventSelectors": [{}]},
        basic("arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::invoices/", "arn:aws:s3:::invoices/2026"),
        basic("arn:aws:lambda", "arn:aws:lambda:eu-west-1:111122223333:function:f", kind="AWS::Lambda::Function"),
        basic("arn:aws:s3:::team-"),
        basic(Value.unknown(OPEN, parts=(INVOICES, "/"))),
        advanced(objects(StartsWith=["arn:aws:s3:::invoices/"], NotEquals=["arn:aws:s3:::invoices/readme"])),
        advanced(objects(EndsWith=[".csv"])),
        advanced(objects(StartsWith=["arn:"])),
    ],
    ids=str,
)
def test_nothing_is_wrong_with(said: Said) -> None:
    assert found(said) == []
    assert selectors_mean_what_they_say(trail(said)).verdict is Verdict.TRUE


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (advanced(objects(Equals=["arn:aws:s3:::invoices/"])), "no event has it"),
        (advanced(objects(Equals=["arn:aws:s3:::invoices"])), "no event has it"),
        (advanced(objects(Equals=[Value.unknown(OPEN, reference=INVOICES)])), "no event has it"),
        (advanced(objects(NotEquals=["arn:aws:s3:::invoices/"])), "nothing is left out"),
        (advanced(objects(StartsWith=["arn:aws:s3:::invoices"])), "no slash at its end"),
        (advanced(objects(NotStartsWith=[Value.unknown(OPEN, reference=INVOICES)])), "no slash at its end"),
        (advanced(objects(StartsWith=["invoices/"])), "no beginning of an object's ARN"),
        (advanced(objects(StartsWith=["arn:aws:s3:::invoices/*"])), "an ordinary character"),
        (basic("arn:aws:s3:::invoices"), "no slash at its end"),
        (basic(Value.unknown(OPEN, reference=INVOICES)), "no slash at its end"),
        (basic("arn:aws:s3:::*"), "an ordinary character"),
        (basic("invoices/"), "no beginning of an object's ARN"),
        (basic("arn:aws:lambda:eu-west-1", kind="AWS::Lambda::Function"), "it takes nothing"),
        (basic("arn:aws:sns", kind="AWS::SNS::Topic"), "do not know this resource type"),
        ({"EventSelectors": [{"ReadWriteType": "all"}]}, "no such read-write type"),
        ({"EventSelectors": [{}], **advanced(objects(EndsWith=["x"]))}, "exclude each other"),
        (advanced({"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Managment"]}]}), "no such event category"),
        (advanced({"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management", "Data"]}]}), "one category"),
        (advanced(objects()), "compared with nothing"),
        (advanced(*[objects(Equals=[f"arn:aws:s3:::b/{n}" for n in range(100)])] * 5), "at most 500 values"),
        (advanced(objects(Equals=["arn:aws:s3:::b/" + "x" * 2048])), "1 to 2048 characters"),
    ],
)
def test_something_is_wrong_with(said: Said, part: str) -> None:
    assert any(part in detail for detail in found(said)), found(said)
    assert selectors_mean_what_they_say(trail(said)).verdict is Verdict.FALSE


def test_the_same_field_twice_is_told_because_its_meaning_is_not() -> None:
    twice = objects(StartsWith=["arn:aws:s3:::a/"])
    twice["FieldSelectors"].append({"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::b/"]})
    (fault,) = faults(trail(advanced(twice)))

    assert "compared twice" in fault.detail
    assert not fault.refused


@pytest.mark.parametrize(
    "said",
    [
        basic(left_open()),
        basic(Value.unknown(OPEN, parts=("arn:aws:s3:::", None))),
        {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": Many((), OPEN)}]}]},
        {"EventSelectors": Many((), OPEN)},
        advanced(objects(Equals=[left_open()])),
        {"AdvancedEventSelectors": Many((), OPEN)},
    ],
    ids=str,
)
def test_what_is_not_known_may_be_wrong(said: Said) -> None:
    assert selectors_mean_what_they_say(trail(said)).verdict is Verdict.UNKNOWN


def test_what_aws_would_refuse_is_not_suspected_of_what_is_not_known() -> None:
    assert found({"EventSelectors": [{"ReadWriteType": left_open()}]}) == []


def test_the_place_of_a_fault_is_that_of_the_value() -> None:
    where = place('["arn:aws:s3:::invoices"]')
    said = advanced(objects(Equals=[Value.of("arn:aws:s3:::invoices", where)]))
    truth = selectors_mean_what_they_say(trail(said))

    assert truth.facts[0].origin is where
    assert truth.facts[0].detail.startswith('"arn:aws:s3:::invoices" is not the ARN of an object')


def test_a_store_may_compare_more_than_a_trail() -> None:
    named = {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]},
            {"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:sts::111122223333:assumed-role/ci"]},
        ]
    }

    assert faults(store(advanced(named))) == ()
    assert len(faults(trail(advanced(named)))) == 3


def test_a_store_has_at_most_five_selectors() -> None:
    six = advanced(*[{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}] * 6)

    assert [fault.detail for fault in faults(store(six))] == ["an event data store has at most 5 event selectors"]
