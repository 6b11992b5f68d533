"""Whether every event of a kind is recorded, beside the decision for each single one."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from api_shapes import left_open, trail
from hypothesis import given, settings
from hypothesis import strategies as st
from selector_strategies import advanced_selectors, basic_selectors, management_records, object_records, records

from guardrails.kernel.truth import Verdict
from guardrails.semantics import recording
from guardrails.semantics.cloudtrail_fields import BY_ROLE, cloudtrail
from guardrails.semantics.fields import ABSENT, Field, free, one_of, other_than
from guardrails.semantics.partial import PartialRecord
from guardrails.semantics.partial_recording import recorded

ALL_MANAGEMENT: dict[str, Any] = {
    "IsLogging": True,
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
    "HomeRegion": "us-east-1",
    "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
}
selector_sets = st.one_of(
    st.lists(basic_selectors, max_size=2).map(lambda found: {"EventSelectors": found}),
    st.lists(advanced_selectors, max_size=2).map(lambda found: {"AdvancedEventSelectors": found}),
)
trails = st.tuples(selector_sets, st.booleans(), st.booleans()).map(
    lambda parts: {
        **ALL_MANAGEMENT,
        **parts[0],
        **({} if "EventSelectors" in parts[0] else {"EventSelectors": None}),
        "IsMultiRegionTrail": parts[1],
        "IncludeGlobalServiceEvents": parts[2] or parts[1],
    }
)
events = st.one_of(management_records, object_records, records)
# None stands for an absent field.
Scalar = str | bool
OPENED: dict[str, tuple[Scalar | None, ...]] = {
    "eventName": ("GetObject", "PutObject", "Decrypt", "Zzz"),
    "eventSource": ("kms.amazonaws.com", "iam.amazonaws.com", "zzz.amazonaws.com"),
    "readOnly": (True, False),
    "awsRegion": ("us-east-1", "eu-west-1", "sa-east-1"),
    "eventCategory": ("Management", "Data"),
    "userIdentity.arn": ("arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/zzz"),
    "recipientAccountId": ("111122223333", "444455556666"),
    "sessionCredentialFromConsole": ("true", None),
}
WIDER: dict[str, Field] = {"eventName": free(), "userIdentity.arn": free().or_absent(), "eventSource": other_than("x*")}


@settings(deadline=None, max_examples=150)
@given(
    trails,
    events,
    st.lists(st.sampled_from(sorted(OPENED)), max_size=3, unique=True),
    st.integers(0, 9999),
    st.booleans(),
)
def test_what_is_said_of_all_holds_of_each(
    said: dict[str, Any], event: dict[str, Any], opened: list[str], seed: int, open_end: bool
) -> None:
    by = trail({**said, "HomeRegion": left_open()} if seed % 4 == 0 else said)
    partial = PartialRecord.from_json(event)
    for name in opened:
        listed = one_of(*(value for value in OPENED[name] if value is not None))
        listed = listed.or_absent() if None in OPENED[name] else listed
        partial = partial.having(tuple(name.split(".")), WIDER.get(name, listed) if open_end else listed)
    verdict = recorded(by, partial).verdict
    chance = Random(seed)
    for _ in range(10):
        single = partial
        for name in opened:
            value = chance.choice(OPENED[name])
            single = single.having(tuple(name.split(".")), ABSENT if value is None else one_of(value))
        whole = single.whole()
        assert whole is not None
        if verdict is not Verdict.UNKNOWN:
            assert recording.recorded(by, whole).verdict is verdict
    if not opened:
        assert verdict is recording.recorded(by, event).verdict


CHANGE: dict[str, object] = {
    **BY_ROLE,
    "eventCategory": "Management",
    "readOnly": False,
    "eventSource": "iam.amazonaws.com",
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
    "awsRegion": "us-east-1",
}


def change(**fields: object) -> PartialRecord:
    return cloudtrail({**CHANGE, **fields})


def verdict(said: dict[str, Any], record: PartialRecord) -> Verdict:
    return recorded(trail({**ALL_MANAGEMENT, **said}), record).verdict


def test_a_management_call_is_recorded_whoever_makes_it() -> None:
    objects = {
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
        "IncludeManagementEvents": True,
    }

    assert verdict({}, change()) is Verdict.TRUE
    assert verdict({"EventSelectors": [{"ReadWriteType": "WriteOnly", **objects}]}, change()) is Verdict.TRUE
    assert verdict({"EventSelectors": [{"ReadWriteType": "ReadOnly", **objects}]}, change()) is Verdict.FALSE
    assert verdict({"IsLogging": False}, change()) is Verdict.FALSE


def test_what_is_left_open_matters_only_if_the_trail_can_tell() -> None:
    anywhere = change(eventSource=free(), awsRegion=one_of("us-east-1", "eu-west-1"))
    kms_aside = {
        "EventSelectors": [
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "ExcludeManagementEventSources": ["kms.amazonaws.com"],
            }
        ]
    }

    assert verdict({}, anywhere) is Verdict.TRUE
    assert verdict({"IsMultiRegionTrail": False}, anywhere) is Verdict.UNKNOWN
    assert verdict(kms_aside, anywhere) is Verdict.UNKNOWN
    assert verdict(kms_aside, change(eventSource=other_than("kms.amazonaws.com"))) is Verdict.TRUE
    assert verdict(kms_aside, change(eventSource="kms.amazonaws.com")) is Verdict.FALSE


CALLS, ERRORS = "ApiCallRateInsight", "ApiErrorRateInsight"
INSIGHTS: list[tuple[dict[str, Any], Field, Verdict]] = [
    ({}, one_of(CALLS, ERRORS), Verdict.FALSE),
    ({"InsightSelectors": [{"InsightType": CALLS}]}, one_of(CALLS), Verdict.TRUE),
    ({"InsightSelectors": [{"InsightType": CALLS}]}, one_of(ERRORS), Verdict.FALSE),
    ({"InsightSelectors": [{"InsightType": CALLS}]}, one_of(CALLS, ERRORS), Verdict.UNKNOWN),
    ({"InsightSelectors": [{"InsightType": CALLS}]}, other_than(CALLS), Verdict.FALSE),
    ({"InsightSelectors": [{"InsightType": CALLS}, {"InsightType": ERRORS}]}, one_of(CALLS, ERRORS), Verdict.TRUE),
    ({"InsightSelectors": [{"InsightType": CALLS}, {"InsightType": ERRORS}]}, free(), Verdict.UNKNOWN),
    ({"InsightSelectors": [{"InsightType": left_open()}]}, one_of(CALLS), Verdict.UNKNOWN),
    (
        {"InsightSelectors": [{"InsightType": CALLS}], "EventSelectors": [{"ReadWriteType": "ReadOnly"}]},
        one_of(CALLS),
        Verdict.FALSE,
    ),
    ({"InsightSelectors": [{"InsightType": CALLS}]}, ABSENT, Verdict.FALSE),
]


@pytest.mark.parametrize(("said", "kind", "expected"), INSIGHTS)
def test_insights_events_of_a_kind(said: dict[str, Any], kind: Field, expected: Verdict) -> None:
    event = {
        "eventCategory": "Insight",
        "eventType": "AwsCloudTrailInsight",
        "awsRegion": "us-east-1",
        "insightDetails": {"state": "Start"},
    }
    partial = PartialRecord.from_json(event).having(("insightDetails", "insightType"), kind)
    found = recorded(trail({**ALL_MANAGEMENT, **said}), partial)

    assert found.verdict is expected
