"""Conditions in three values, and what follows where one of them holds."""

from __future__ import annotations

import pytest
from stacks import resource, stack, value

from guardrails.kernel.truth import Verdict
from guardrails.sources.cloudformation.conditions import holds
from guardrails.sources.terraform.values import Choice, EvalError, Text, Unknown

TEXT = """\
Parameters:
  Open: {Type: String}
  Named: {Type: String, Default: acme}
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Filled: {Type: String, MinLength: 1}
  List: {Type: CommaDelimitedList, Default: "a,b"}
Conditions:
  Yes: !Equals [!Ref Named, acme]
  No: !Not [{Condition: Yes}]
  Short: !Not [!Condition Yes]
  Unsure: !Equals [!Ref Open, prod]
  Itself: !Equals [!Ref Open, !Ref Open]
  IsProd: !Equals [!Ref Stage, prod]
  Qa: !Equals [!Ref Stage, qa]
  HasOpen: !Not [!Equals [!Ref Open, ""]]
  HasFilled: !Not [!Equals [!Ref Filled, ""]]
  Shape: !Equals [!Sub "prod-${Open}", "dev-1"]
  Lists: !Equals [!Ref List, [a, b]]
  Numbers: !Equals [1, "1"]
  Region: !Equals [!Ref "AWS::Region", eu-west-1]
  AndFalse: !And [!Condition Unsure, !Condition No]
  AndOpen: !And [!Condition Unsure, !Condition Yes]
  OrTrue: !Or [!Condition Unsure, !Condition Yes]
  OrOpen: !Or [!Condition Unsure, !Condition No]
  Round: !Not [!Condition About]
  About: !Not [!Condition Round]
  Wrong: !Sub "x"
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Yes", True),
        ("No", False),
        ("Short", False),
        ("Unsure", None),
        ("Itself", True),
        ("IsProd", None),
        ("Qa", False),
        ("HasOpen", None),
        ("HasFilled", True),
        ("Shape", False),
        ("Lists", True),
        ("Numbers", True),
        ("Region", None),
        ("AndFalse", False),
        ("AndOpen", None),
        ("OrTrue", True),
        ("OrOpen", None),
    ],
)
def test_holds(name: str, expected: bool | None) -> None:
    answer = holds(name, stack(TEXT).base)

    assert (None if isinstance(answer, Unknown) else answer) is expected


def test_a_circle_is_told_and_not_followed() -> None:
    made = stack(TEXT)
    answer = holds("Round", made.base)

    assert isinstance(answer, Unknown)
    assert "depends on itself" in answer.reasons[0].detail
    assert made.run.problems


def test_what_is_no_condition_is_told() -> None:
    answer = holds("Wrong", stack(TEXT).base)

    assert isinstance(answer, Unknown)
    assert answer.reasons[0].detail.startswith("`Fn::Sub` is no condition")
    with pytest.raises(EvalError, match=r"there is no condition `Yse` \(did you mean `Yes`\?\)"):
        holds("Yse", stack(TEXT).base)


@pytest.mark.parametrize(
    ("given", "expected"), [({"Stage": "prod"}, True), ({"Stage": "dev"}, False), ({"Open": "x"}, None)]
)
def test_a_value_settles_a_condition(given: dict[str, object], expected: bool | None) -> None:
    answer = holds("IsProd", stack(TEXT, given).base)

    assert (None if isinstance(answer, Unknown) else answer) is expected


# --- what follows


def test_both_branches_are_known_each_by_itself() -> None:
    found = value("!If [IsProd, !Ref Stage, other]", TEXT)

    assert isinstance(found, Choice)
    assert found.alternatives == ("prod", "other")


def test_a_branch_knows_why_it_is_taken() -> None:
    found = value("!If [HasOpen, !Ref Open, !Ref AWS::NoValue]", TEXT)

    assert isinstance(found, Choice)
    named, absent = found.alternatives
    assert isinstance(named, Text), "not empty, since the condition holds"
    assert absent is None


def test_a_condition_within_a_branch_is_settled() -> None:
    assert value("!If [IsProd, !If [IsProd, a, b], !If [IsProd, b, a]]", TEXT) == "a"
    found = value("!If [AndOpen, !If [Unsure, 1, 2], 3]", TEXT)
    assert isinstance(found, Choice)
    assert found.alternatives == (1, 3), "all that `And` asks for holds where it holds"


RESOURCES = (
    TEXT
    + """\
Resources:
  R:
    Type: AWS::S3::Bucket
    Condition: %s
    Properties:
      BucketName: !If [IsProd, logs, other]
      Stage: !Ref Stage
"""
)


@pytest.mark.parametrize(
    ("condition", "verdict"), [("Yes", Verdict.TRUE), ("Unsure", Verdict.UNKNOWN), ("Nowhere", Verdict.UNKNOWN)]
)
def test_a_resource_exists_as_its_condition_says(condition: str, verdict: Verdict) -> None:
    assert resource(RESOURCES % condition).exists.verdict is verdict


def test_a_resource_whose_condition_does_not_hold_is_not_there() -> None:
    with pytest.raises(LookupError):
        resource(RESOURCES % "No")


def test_within_a_resource_its_condition_holds() -> None:
    block = resource(RESOURCES % "IsProd").block

    assert block.attribute("BucketName").or_none() == "logs"
    assert block.attribute("Stage").or_none() == "prod"
