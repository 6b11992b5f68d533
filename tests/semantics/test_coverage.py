"""Whole classes of events: every one, any, and the selector that decides."""

from __future__ import annotations

from typing import Any

import pytest
from api_shapes import OPEN, deployment, event_selector, left_open, store, trail

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict, unknown
from guardrails.kernel.value import Reference, Value
from guardrails.semantics.coverage import (
    Events,
    data_events,
    every_recorded,
    every_source_recorded,
    function_invocations,
    has_key,
    management_events,
    network_events,
    object_events,
    recorded_twice,
    some_recorded,
    some_selected,
    table_events,
)
from guardrails.semantics.selector_fields import EXCLUDABLE_SOURCES
from guardrails.semantics.texts import FRESH, NAME, Hole, text

Said = dict[str, Any]
TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

BASIC, ADVANCED = "EventSelectors", "AdvancedEventSelectors"


def management(**more: list[str]) -> Said:
    return {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, *_fields(more)]}


def data(kind: str = "AWS::S3::Object", *fields: Said) -> Said:
    category = {"Field": "eventCategory", "Equals": ["Data"]}
    return {"FieldSelectors": [category, {"Field": "resources.type", "Equals": [kind]}, *fields]}


def _fields(named: dict[str, list[str]]) -> list[Said]:
    return [{"Field": name, "Equals": values} for name, values in named.items()]


@pytest.mark.parametrize(
    ("selectors", "verdict"),
    [
        ([management()], TRUE),
        ([management(readOnly=["true"])], FALSE),
        ([management(readOnly=["true"]), management(readOnly=["false"])], TRUE),
        ([management(eventName=["DescribeInstances"])], FALSE),
        ([data()], FALSE),
        ([data(), management()], TRUE),
        ([], TRUE),
    ],
    ids=["all", "reads", "reads and writes apart", "one call", "data", "data too", "default"],
)
def test_management_events_in_advanced_selectors(selectors: list[Said], verdict: Verdict) -> None:
    assert every_recorded(management_events(), trail({ADVANCED: selectors})).verdict is verdict


def test_a_selector_is_known_by_what_it_takes_and_not_by_its_name() -> None:
    named = {"Name": "Management events selector", **data()}

    assert every_recorded(management_events(), trail({ADVANCED: [named]})).verdict is FALSE


def test_what_is_set_aside_is_not_asked_for() -> None:
    without_kms = trail({BASIC: [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]})

    assert every_recorded(management_events(sources_aside=EXCLUDABLE_SOURCES), without_kms).verdict is TRUE
    assert every_recorded(management_events(), without_kms).verdict is FALSE
    assert some_recorded(management_events(), without_kms, of_each=("eventSource",)).verdict is FALSE


@pytest.mark.parametrize(
    ("selectors", "verdict"),
    [
        ([{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}], FALSE),
        ([{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, {"ReadWriteType": "WriteOnly"}], FALSE),
        ([{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, {}], TRUE),
        ([{"ReadWriteType": "WriteOnly"}], TRUE),
        ([{"ReadWriteType": "ReadOnly", "ExcludeManagementEventSources": ["rdsdata.amazonaws.com"]}], FALSE),
        ([{"IncludeManagementEvents": False}], TRUE),
        ([], TRUE),
    ],
)
def test_whether_some_source_is_left_out(selectors: list[Said], verdict: Verdict) -> None:
    found = every_source_recorded(trail({BASIC: selectors}))

    assert found.verdict is verdict
    if verdict is FALSE:
        assert "leaves out" in found.facts[0].detail


def test_an_ending_that_is_left_out_is_left_out_of_every_event() -> None:
    objects = trail({ADVANCED: [data("AWS::S3::Object", {"Field": "eventName", "NotEndsWith": ["Object"]})]})

    assert every_recorded(object_events(read=True), objects).verdict is FALSE
    assert some_recorded(object_events(read=True), objects).verdict is TRUE


def test_opposite_conditions_are_everything_together() -> None:
    users = ["arn:aws:iam::111122223333:user/ann"]
    only = data("AWS::S3::Object", {"Field": "userIdentity.arn", "Equals": users})
    but = data("AWS::S3::Object", {"Field": "userIdentity.arn", "NotEquals": users})
    events = Events(
        noun="calls with a caller",
        category="Data",
        fixed=object_events(read=True).fixed,
        free={"userIdentity.arn": type(management_events().domains()["eventSource"])()},
    )

    assert every_recorded(events, trail({ADVANCED: [only, but]})).verdict is TRUE
    assert every_recorded(object_events(read=True), trail({ADVANCED: [only, but]})).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (Value.of("arn:aws:s3"), TRUE),
        (Value.of("arn:aws:s3:::"), TRUE),
        (Value.of("arn:aws-cn:s3:::"), FALSE),
        (Value.of("arn:aws:s3:::logs/"), FALSE),
        (Value.of("arn:aws:s3:::*"), FALSE),
        (Value.unknown(OPEN, reference=Reference("aws_s3_bucket.b", ("arn",))), FALSE),
        (Value.unknown(OPEN, parts=(Reference("aws_s3_bucket.b", ("arn",)), "/")), FALSE),
        (Value.unknown(OPEN, parts=("arn:aws:s3:::", None, "/")), FALSE),
        (Value.unknown(OPEN, parts=("arn:aws:s3:::", None)), UNKNOWN),
        (Value.unknown(OPEN, parts=("arn:", Reference("data.aws_partition.p", ("partition",)), ":s3")), TRUE),
        (left_open(), UNKNOWN),
        (Value.one_of((Value.of("arn:aws:s3"), Value.of("arn:aws:s3:::")), OPEN), TRUE),
        (Value.one_of((Value.of("arn:aws:s3"), Value.of("arn:aws:s3:::b/")), OPEN), UNKNOWN),
        (Value.one_of((Value.of("arn:aws:s3:::a/"), Value.of("arn:aws:s3:::b/")), OPEN), FALSE),
    ],
    ids=lambda given: given.name if isinstance(given, Verdict) else "",
)
def test_whether_a_value_means_every_bucket(value: Value[str], verdict: Verdict) -> None:
    said = {BASIC: [{"DataResources": [{"Type": "AWS::S3::Object", "Values": [value]}]}]}

    assert every_recorded(object_events(read=False), trail(said)).verdict is verdict


def test_every_bucket_of_the_partition_at_hand() -> None:
    regions = (("cn-north-1", "arn:aws-cn:s3"), ("us-gov-west-1", "arn:aws-us-gov:s3"), (left_open(), "arn:aws-cn:s3"))
    for region, prefix in regions:
        selectors = [{"DataResources": [{"Type": "AWS::S3::Object", "Values": [prefix]}]}]
        said = trail({BASIC: selectors, "HomeRegion": region})

        assert every_recorded(object_events(read=True), said).verdict is TRUE


def test_a_bucket_is_covered_whatever_it_will_be_called() -> None:
    value: Value[str] = Value.unknown(OPEN, parts=(Reference("aws_s3_bucket.b", ("arn",)), "/"))
    said = trail({BASIC: [{"DataResources": [{"Type": "AWS::S3::Object", "Values": [value]}]}]})
    place = text("arn:aws:s3:::", Hole(("bucket", "aws_s3_bucket.b"), NAME, unique=True), "/")
    this = Events(
        noun="x",
        category="Data",
        fixed={name: said for name, said in object_events(read=True).fixed.items() if name != "resources.ARN"},
        free={"resources.ARN": type(management_events().domains()["eventSource"])(within=place)},
    )

    assert every_recorded(this, said).verdict is TRUE
    assert every_recorded(object_events(read=True, bucket="another"), said).verdict is UNKNOWN


def test_functions_are_compared_as_a_whole() -> None:
    def invocations_with(values: list[str]) -> Verdict:
        said: Said = {BASIC: [{"DataResources": [{"Type": "AWS::Lambda::Function", "Values": values}]}]}
        return every_recorded(function_invocations(), trail(said)).verdict

    assert invocations_with(["arn:aws:lambda"]) is TRUE
    assert invocations_with(["arn:aws:lambda:eu-west-1:111122223333:function:"]) is FALSE
    assert invocations_with([]) is FALSE


def test_a_table_by_name_in_one_region() -> None:
    values = ["arn:aws:dynamodb:eu-west-1:111122223333:table/accounts"]
    said = trail({BASIC: [{"DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": values}]}]})

    assert every_recorded(table_events("accounts"), said, of_one=("resources.ARN",)).verdict is TRUE
    assert every_recorded(table_events("accounts"), said).verdict is FALSE
    assert every_recorded(table_events("counts"), said, of_one=("resources.ARN",)).verdict is FALSE


def test_network_activity_may_be_narrowed_to_what_was_denied() -> None:
    denied = {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["NetworkActivity"]},
            {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]},
            {"Field": "errorCode", "Equals": ["VpceAccessDenied"]},
        ]
    }

    assert some_recorded(network_events("kms.amazonaws.com"), trail({ADVANCED: [denied]})).verdict is TRUE
    assert some_recorded(network_events("s3.amazonaws.com"), trail({ADVANCED: [denied]})).verdict is FALSE


def test_the_arn_of_a_bucket_is_no_object() -> None:
    for arn in ("arn:aws:s3:::logs", "arn:aws:s3:::logs/"):
        said = trail({ADVANCED: [data("AWS::S3::Object", {"Field": "resources.ARN", "Equals": [arn]})]})
        assert some_recorded(data_events(), said).verdict is FALSE

    one = trail({ADVANCED: [data("AWS::S3::Object", {"Field": "resources.ARN", "Equals": ["arn:aws:s3:::logs/x"]})]})
    assert some_recorded(data_events(), one).verdict is TRUE


@pytest.mark.parametrize(
    ("arn", "known"),
    [
        (text("arn:aws:s3:::b"), False),
        (text("arn:aws:s3:::b/"), False),
        (text("arn:aws:s3:::b/k"), True),
        (text("arn:aws:s3:::", Hole("b", NAME), "/"), False),
        (text("arn:aws:s3:::", Hole("b", NAME), "/k"), True),
        (text("arn:aws:s3:::", Hole("b")), None),
        (text(f"arn:aws:s3:::b{FRESH}"), True),
        (text("arn:aws:s3:::b/", Hole("k")), None),
        (text("arn:aws:s3:::b/", Hole("k", NAME)), True),
        (text("arn:aws:s3:::b/", Hole("k"), "/"), True),
        (text("arn:aws:s3:::", Hole("b"), "/"), None),
        (text("arn:aws:s3:::", Hole("b"), "-logs/"), None),
        (text("arn:aws:s3:::", Hole("b", NAME), "-logs/"), False),
        (text("arn:aws:s3:::", Hole("b"), "/", Hole("k")), None),
    ],
    ids=str,
)
def test_whether_something_stands_behind_the_slash(arn: tuple[str | Hole, ...], known: bool | None) -> None:
    assert has_key(arn) is known


def test_a_key_that_may_be_empty_leaves_open_whether_there_is_such_an_object() -> None:
    perhaps: Value[str] = Value.unknown(OPEN, parts=("arn:aws:s3:::logs/", None), present=True)
    fields = [{"Field": "resources.ARN", "Equals": ["arn:aws:s3:::logs/", perhaps]}]
    events = object_events(read=False, bucket="logs")

    found = some_recorded(events, trail({ADVANCED: [data("AWS::S3::Object", *fields)]}))
    assert found.verdict is UNKNOWN
    assert found.reasons == OPEN


def test_only_what_is_logging_records() -> None:
    said: Said = {BASIC: [{}]}

    assert every_recorded(management_events(), trail({**said, "IsLogging": False})).verdict is FALSE
    assert every_recorded(management_events(), trail({**said, "IsLogging": left_open()})).verdict is UNKNOWN
    assert some_selected(management_events(), trail({**said, "IsLogging": False})).verdict is TRUE


def test_trails_complete_each_other() -> None:
    reads = trail({BASIC: [{"ReadWriteType": "ReadOnly"}]})
    writes = trail({BASIC: [{"ReadWriteType": "WriteOnly"}]})

    assert every_recorded(management_events(), Many.of(reads, writes)).verdict is TRUE
    assert every_recorded(management_events(), Many.of(reads)).verdict is FALSE
    perhaps = Many(((reads, unknown(*OPEN)), (writes, unknown(*OPEN))))
    assert every_recorded(management_events(), perhaps).verdict is UNKNOWN
    assert every_recorded(management_events(), Many.of(reads).and_also(Many((), OPEN))).verdict is UNKNOWN


def test_what_two_trails_both_record() -> None:
    everything, reads, writes = (trail({BASIC: [{"ReadWriteType": kind}]}) for kind in ("All", "ReadOnly", "WriteOnly"))
    stopped = trail({"IsLogging": False})

    assert recorded_twice(management_events(), everything, writes).verdict is TRUE
    assert recorded_twice(management_events(), reads, writes).verdict is FALSE
    assert recorded_twice(management_events(), everything, stopped).verdict is FALSE
    assert recorded_twice(management_events(), everything, trail({})).verdict is TRUE


def test_an_event_data_store_records_management_events_by_default() -> None:
    assert every_recorded(management_events(), store({})).verdict is TRUE
    assert some_recorded(data_events(), store({})).verdict is FALSE
    assert every_recorded(management_events(), store({"Status": "STOPPED_INGESTION"})).verdict is FALSE
    assert some_recorded(data_events("AWS::S3::Object"), store({ADVANCED: [data()]})).verdict is TRUE


# --- what is not known ------------------------------------------------------------------------------------------------


def test_an_unknown_read_write_type_matters_only_where_it_decides() -> None:
    said = trail({BASIC: [{"ReadWriteType": left_open()}, {"ReadWriteType": "WriteOnly"}]})

    assert every_recorded(management_events(read=False), said).verdict is TRUE
    assert every_recorded(management_events(read=True), said).verdict is UNKNOWN
    assert some_recorded(data_events(), said).verdict is FALSE


def test_selectors_over_something_unknown_leave_everything_open() -> None:
    said = trail({BASIC: Many((), OPEN)})

    assert every_recorded(management_events(), said).verdict is UNKNOWN
    assert some_recorded(data_events(), said).verdict is UNKNOWN


def test_a_selector_that_may_exist_and_says_the_default_changes_nothing() -> None:
    objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}
    perhaps = Many(((event_selector({"DataResources": [objects]}), unknown(*OPEN)),))

    assert every_recorded(management_events(), trail({BASIC: perhaps})).verdict is TRUE
    assert every_recorded(object_events(read=True), trail({BASIC: perhaps})).verdict is UNKNOWN
    assert every_recorded(function_invocations(), trail({BASIC: perhaps})).verdict is FALSE


def test_what_is_left_out_and_not_known_may_be_anything() -> None:
    said = trail({BASIC: [{"ExcludeManagementEventSources": Many((), OPEN)}]})

    assert every_recorded(management_events(), said).verdict is UNKNOWN
    assert some_recorded(data_events(), said).verdict is FALSE


def test_an_unknown_source_that_is_left_out_is_left_out() -> None:
    said = trail({BASIC: [{"ExcludeManagementEventSources": [left_open()]}]})

    assert some_recorded(management_events(), said, of_each=("eventSource",)).verdict is FALSE


def test_a_field_that_is_not_known_leaves_its_selector_open() -> None:
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": left_open(), "Equals": ["x"]}]

    assert every_recorded(management_events(), trail({ADVANCED: [{"FieldSelectors": fields}]})).verdict is UNKNOWN
    assert some_recorded(data_events(), trail({ADVANCED: [{"FieldSelectors": fields}]})).verdict is FALSE


def test_selectors_of_both_kinds_decide_nothing() -> None:
    found = every_recorded(management_events(), trail({BASIC: [{}], ADVANCED: [management()]}))

    assert found.verdict is UNKNOWN
    assert "exclude each other" in found.reasons[0].detail


def test_so_many_values_that_the_question_is_given_up() -> None:
    many = [f"call{number}" for number in range(90)]
    sources = [f"{number}.amazonaws.com" for number in range(90)]
    fields = ({"Field": "eventName", "Equals": many}, {"Field": "eventSource", "Equals": sources})
    found = every_recorded(data_events("AWS::SNS::Topic"), trail({ADVANCED: [data("AWS::SNS::Topic", *fields)]}))

    assert found.verdict is UNKNOWN
    assert "too many values" in found.reasons[0].detail


# --- what decides -----------------------------------------------------------------------------------------------------


def told(events: Events, said: Said) -> str:
    return every_recorded(events, trail(said)).facts[0].detail


def test_the_first_fact_names_what_decides() -> None:
    assert told(management_events(), {ADVANCED: [data()]}) == "no event selector takes management events"
    assert told(data_events(), {}) == "no event selector is set, so data events are not recorded"
    assert told(management_events(), {ADVANCED: [management(readOnly=["true"])]}) == (
        "the selector takes only read events"
    )
    assert told(management_events(), {"IsLogging": False}) == "the value is false"


def test_buckets_of_the_deployment_are_known_by_their_names() -> None:
    from test_scope import bucket

    named = bucket("aws_s3_bucket.b", "example-logs")
    value: Value[str] = Value.unknown(OPEN, parts=(Reference("aws_s3_bucket.b", ("arn",)), "/"))
    account = deployment(buckets=Many.of(named))
    said = trail({BASIC: [{"DataResources": [{"Type": "AWS::S3::Object", "Values": [value]}]}]}, account)

    assert every_recorded(object_events(read=True, bucket="example-logs"), said).verdict is TRUE
    assert every_recorded(object_events(read=True, bucket=named), said).verdict is TRUE
    assert every_recorded(object_events(read=True, bucket="example-logs-2"), said).verdict is FALSE
