"""Whether one record is recorded: what decides beside the selectors, and what nobody says."""

from __future__ import annotations

from typing import Any

import pytest
from api_shapes import ACCOUNT, left_open, store, trail

from guardrails.kernel.truth import Verdict
from guardrails.semantics import conditions, recording
from guardrails.semantics.recording import recorded

Said = dict[str, Any]
TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

CREATE_USER: Said = {
    "eventCategory": "Management",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "readOnly": False,
    "awsRegion": "us-east-1",
    "recipientAccountId": ACCOUNT,
}
PUT_OBJECT: Said = {
    "eventCategory": "Data",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "readOnly": False,
    "awsRegion": "us-east-1",
    "resources": [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::logs-2/x"}],
}


def without(record: Said, *fields: str) -> Said:
    return {field: said for field, said in record.items() if field not in fields}


def test_the_account_of_the_record() -> None:
    elsewhere = {**CREATE_USER, "recipientAccountId": "444455556666"}

    assert recorded(trail({}), elsewhere).verdict is FALSE
    assert recorded(trail({"IsOrganizationTrail": True}), elsewhere).verdict is TRUE
    assert recorded(trail({"IsOrganizationTrail": left_open()}), elsewhere).verdict is UNKNOWN
    assert recorded(trail({"AccountId": left_open()}), elsewhere).verdict is UNKNOWN


def test_a_region_that_is_not_known() -> None:
    assert recorded(trail({"HomeRegion": left_open()}), CREATE_USER).verdict is UNKNOWN
    assert recorded(trail({"HomeRegion": left_open(), "IsMultiRegionTrail": True}), CREATE_USER).verdict is TRUE
    assert recorded(trail({}), without(CREATE_USER, "awsRegion")).verdict is UNKNOWN


def test_which_endpoint_of_sts_was_called_decides_without_global_events() -> None:
    call = {**CREATE_USER, "eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity", "readOnly": True}
    local = trail({"IncludeGlobalServiceEvents": False})

    def through(host: str) -> Said:
        return {**call, "tlsDetails": {"clientProvidedHostHeader": host}}

    assert recorded(local, call).verdict is UNKNOWN
    assert recorded(local, through("sts.amazonaws.com")).verdict is FALSE
    assert recorded(local, through("sts.us-east-1.amazonaws.com")).verdict is TRUE
    assert recorded(trail({}), call).verdict is TRUE


def test_a_record_that_does_not_say_whether_it_reads() -> None:
    silent = without(CREATE_USER, "readOnly")

    assert recorded(trail({}), silent).verdict is TRUE
    assert recorded(trail({"EventSelectors": [{}]}), silent).verdict is TRUE
    assert recorded(trail({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}), silent).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (without(CREATE_USER, "eventCategory"), TRUE),
        ({**without(CREATE_USER, "eventCategory"), "managementEvent": True}, TRUE),
        ({**without(CREATE_USER, "eventCategory"), "managementEvent": False}, FALSE),
        ({**without(CREATE_USER, "eventCategory"), "eventType": "AwsVpceEvents"}, FALSE),
        ({**without(CREATE_USER, "eventCategory"), "eventType": "AwsCloudTrailInsight"}, FALSE),
    ],
)
def test_records_of_older_versions_say_their_category_otherwise(record: Said, verdict: Verdict) -> None:
    assert recorded(trail({}), record).verdict is verdict


def test_a_store_that_stopped_records_nothing() -> None:
    assert recorded(store({}), CREATE_USER).verdict is TRUE
    assert recorded(store({"Status": "STOPPED_INGESTION"}), CREATE_USER).verdict is FALSE
    assert recorded(store({"MultiRegionEnabled": False, "HomeRegion": "eu-west-1"}), CREATE_USER).verdict is FALSE


def insight(kind: str) -> Said:
    return {"eventCategory": "Insight", "awsRegion": "us-east-1", "insightDetails": {"insightType": kind}}


def test_insights_need_the_events_that_they_analyse() -> None:
    both = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]
    reads = {"InsightSelectors": both, "EventSelectors": [{"ReadWriteType": "ReadOnly"}]}

    assert recorded(trail({"InsightSelectors": both}), insight("ApiCallRateInsight")).verdict is TRUE
    assert recorded(trail(reads), insight("ApiCallRateInsight")).verdict is FALSE
    assert recorded(trail(reads), insight("ApiErrorRateInsight")).verdict is TRUE


def test_insights_of_data_events_are_others() -> None:
    of_data = [{"InsightType": "ApiCallRateInsight", "EventCategories": ["Data"]}]

    assert recorded(trail({"InsightSelectors": of_data}), insight("ApiCallRateInsight")).verdict is UNKNOWN
    assert recorded(trail({"InsightSelectors": of_data}), insight("ApiErrorRateInsight")).verdict is FALSE


def test_selectors_that_aws_refuses_are_never_said_to_take_an_event() -> None:
    unfit = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventName", "Equals": ["CreateUser"]}]
    headless = [{"Field": "readOnly", "Equals": ["false"]}]

    for fields in (unfit, headless):
        said = trail({"AdvancedEventSelectors": [{"FieldSelectors": fields}]})
        assert recorded(said, CREATE_USER).verdict is UNKNOWN
        assert recorded(said, {**CREATE_USER, "eventName": "ListUsers", "readOnly": True}).verdict is FALSE


# --- what nobody says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [True, False])
def test_one_line_settles_whether_neighbours_of_a_bucket_are_taken(
    answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::logs"]}]
    said = trail({"EventSelectors": [{"DataResources": values}]})
    own = {**PUT_OBJECT, "resources": [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::logs/x"}]}

    assert recorded(said, own).verdict is TRUE
    assert recorded(said, PUT_OBJECT).verdict is UNKNOWN
    monkeypatch.setattr(conditions, "BUCKET_WITHOUT_SLASH_TAKES_NEIGHBOURS", answer)
    assert recorded(said, PUT_OBJECT).verdict is (TRUE if answer else FALSE)


@pytest.mark.parametrize("answer", [True, False])
def test_one_line_settles_whether_a_negative_operator_takes_an_absent_field(
    answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::111122223333:user/ann"]},
    ]
    said = trail({"AdvancedEventSelectors": [{"FieldSelectors": fields}]})

    assert recorded(said, PUT_OBJECT).verdict is UNKNOWN
    monkeypatch.setattr(conditions, "NEGATIVE_OPERATOR_TAKES_ABSENT_FIELD", answer)
    assert recorded(said, PUT_OBJECT).verdict is (TRUE if answer else FALSE)


@pytest.mark.parametrize("answer", [True, False])
def test_one_line_settles_whether_sign_ins_are_global(answer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in = {**CREATE_USER, "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}
    local = trail({"IncludeGlobalServiceEvents": False})

    assert recorded(local, sign_in).verdict is UNKNOWN
    monkeypatch.setattr(recording, "SIGN_IN_IS_GLOBAL", answer)
    assert recorded(local, sign_in).verdict is (FALSE if answer else TRUE)


def test_one_line_settles_what_the_same_field_twice_means(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::logs"]},
        {"Field": "resources.ARN", "EndsWith": ["/y"]},
    ]
    said = trail({"AdvancedEventSelectors": [{"FieldSelectors": fields}]})

    assert recorded(said, PUT_OBJECT).verdict is UNKNOWN
    monkeypatch.setattr(conditions, "REPEATED_FIELD_MUST_HOLD_EACH_TIME", True)
    assert recorded(said, PUT_OBJECT).verdict is FALSE
