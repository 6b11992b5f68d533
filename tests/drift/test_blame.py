"""Which calls can have made a drift, out of whole records."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from blaming import ACCOUNT, SAMPLES, drift, record, sample, trail
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.drift.blame import blamed, unrecorded
from guardrails.drift.records import Blame, Drift, Kind
from guardrails.kernel.record import changed

if TYPE_CHECKING:
    from blaming import Record

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/5f6a7b8c-1111-4222-8333-944455566677"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:security-alerts"
BUCKET = ["arn:aws:s3:::corp-audit-logs", "corp-audit-logs"]
STORE = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/0f1e2d3c-4b5a-4687-9876-0a1b2c3d4e5f"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-cloudtrail-logs"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/notify-root-login"
ALARM = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:cloudtrail-changes"
NOOR = f"arn:aws:sts::{ACCOUNT}:assumed-role/PlatformAdmin/noor@example.com"


def events(found: Drift) -> list[str]:
    return [blame.event for blame in found.by]


def told(one: Drift, *records: Record) -> Drift:
    (found,) = blamed([one], records)
    return found


def test_a_blame_says_the_call_the_principal_the_time_and_the_address() -> None:
    found = told(trail("logging", "false", "true"), SAMPLES["cloudtrail-StopLogging"])

    assert found.by == (
        Blame(
            event="StopLogging",
            time=SAMPLES["cloudtrail-StopLogging"]["eventTime"],
            principal=NOOR,
            source="198.51.100.23",
            id=SAMPLES["cloudtrail-StopLogging"]["eventID"],
            fields=("logging",),
        ),
    )
    assert unrecorded(found) == ()


STILL_THERE = [
    one for name, one in SAMPLES.items() if name not in ("cloudtrail-DeleteTrail", "config-DeleteConfigurationRecorder")
]
"""Without the deletions after which the same must have been made again."""
AMONG_ALL = [
    (trail("logging", "false", "true"), ["StopLogging"]),
    (trail("logging", "true", "false"), ["StartLogging"]),
    (trail("selectors.read_write", "ReadOnly", "All"), ["PutEventSelectors"]),
    (trail("multi_region", "false", "true"), ["UpdateTrail"]),
    (trail("multi_region", "true", "false"), []),
    (trail("key", "none", "a key"), []),
    (trail("log_validation", "false", "true"), ["UpdateTrail"]),
    (drift("AuditTrail", ["main"], kind=Kind.MISSING), ["DeleteTrail"]),
    (drift("AuditTrail", ["second"], kind=Kind.MISSING), []),
    (drift("EventDataStore", [STORE, "store"], kind=Kind.MISSING), ["DeleteEventDataStore"]),
    (drift("Bucket", BUCKET, ("policy.statements", "Allow", "not there")), ["DeleteBucketPolicy", "PutBucketPolicy"]),
    (drift("Bucket", BUCKET, ("versioned", "false", "true")), ["PutBucketVersioning"]),
    (drift("Bucket", BUCKET, ("public_access_block", "x", "y")), ["PutBucketPublicAccessBlock"]),
    (drift("Bucket", BUCKET, ("lifecycle.expiration_days", "1", "400")), ["PutBucketLifecycle"]),
    (drift("Bucket", BUCKET, ("replication", "x", "not there")), ["PutBucketReplication"]),
    (drift("Bucket", BUCKET, ("acl.grants", "x", "y")), ["PutBucketAcl"]),
    (drift("Bucket", ["corp-audit-logs"], kind=Kind.MISSING), ["DeleteBucket"]),
    (drift("EncryptionKey", [KEY], ("policy.statements", "x", "y")), ["PutKeyPolicy"]),
    (drift("EncryptionKey", [KEY], ("enabled", "false", "true")), ["DisableKey", "ScheduleKeyDeletion"]),
    (drift("EncryptionKey", [KEY], ("rotation", "false", "true")), []),
    (drift("LogGroup", [GROUP, "aws-cloudtrail-logs"], ("retention_days", "1", "400")), ["PutRetentionPolicy"]),
    (drift("LogGroup", ["aws-cloudtrail-logs"], kind=Kind.MISSING), ["DeleteLogGroup"]),
    (
        drift("MetricFilter", ["cloudtrail-changes"], within=("aws-cloudtrail-logs",), kind=Kind.MISSING),
        ["DeleteLogGroup", "DeleteMetricFilter"],
    ),
    (drift("MetricFilter", ["cloudtrail-changes"], within=("other-logs",), kind=Kind.MISSING), []),
    (drift("MetricAlarm", ["cloudtrail-changes"], kind=Kind.MISSING), ["DeleteAlarms"]),
    (drift("MetricAlarm", ["root-usage"], kind=Kind.MISSING), ["DeleteAlarms"]),
    (drift("CompositeAlarm", ["root-usage"], kind=Kind.MISSING), ["DeleteAlarms"]),
    (
        drift("MetricAlarm", [ALARM, "cloudtrail-changes"], ("actions_enabled", "false", "true")),
        ["DisableAlarmActions"],
    ),
    (drift("Topic", ["security-alerts"], kind=Kind.MISSING), ["DeleteTopic"]),
    (drift("Subscription", [], within=(TOPIC, "security-alerts"), kind=Kind.MISSING), ["DeleteTopic", "Unsubscribe"]),
    (
        drift("EventRule", [RULE, "notify-root-login"], ("state", "DISABLED", "ENABLED"), within=("default",)),
        ["DisableRule"],
    ),
    (drift("EventRule", ["notify-root-login"], ("state", "DISABLED", "ENABLED"), within=("audit",)), []),
    (drift("ConfigRecorder", ["default"], ("recording", "false", "true")), ["StopConfigurationRecorder"]),
    (drift("ConfigRecorder", ["default"], kind=Kind.MISSING), ["DeleteConfigurationRecorder"]),
    (drift("DeliveryChannel", ["default"], kind=Kind.MISSING), ["DeleteDeliveryChannel"]),
    (
        drift("Role", ["ReportBuilder"], ("policies.statements", "x", "y"), region=""),
        ["PutRolePolicy", "AttachRolePolicy"],
    ),
    (drift("Role", ["LogArchiveAdmin"], ("trust.statements", "x", "y"), region=""), ["UpdateAssumeRolePolicy"]),
    (drift("Role", ["backdoor"], kind=Kind.UNMANAGED, region=""), ["CreateRole"]),
    (drift("User", ["svc-export"], ("groups", "Admins", "not there"), region=""), ["AddUserToGroup"]),
    (
        drift("ManagedPolicy", [f"arn:aws:iam::{ACCOUNT}:policy/Deploy", "Deploy"], ("policies", "x", "y"), region=""),
        ["SetDefaultPolicyVersion", "CreatePolicyVersion"],
    ),
    (
        drift("OrganizationPolicy", ["p-a1b2c3d4"], ("attachments", "x", "y"), region="", account="777788889999"),
        ["DetachPolicy", "AttachPolicy"],
    ),
]
"""What is different, and the calls to blame among all samples."""


@pytest.mark.parametrize(
    ("one", "expected"), AMONG_ALL, ids=lambda one: getattr(getattr(one, "called", None), "model", "")
)
def test_of_all_sample_records_those_are_blamed_that_can_have_done_it(one: Drift, expected: list[str]) -> None:
    found = told(one, *(STILL_THERE if one.kind is Kind.CHANGED else SAMPLES.values()))

    assert sorted(events(found)) == sorted(expected)
    times = [blame.time for blame in found.by]
    assert times == sorted(times, reverse=True), "the newest first"
    assert bool(unrecorded(found)) == (not expected)


def test_all_drifts_at_once_have_the_same_to_tell_as_each_alone() -> None:
    drifts = [one for one, _ in AMONG_ALL]
    records = list(SAMPLES.values())
    random.Random(7).shuffle(records)

    together = blamed(drifts, iter([*records, *records]))

    assert [one.by for one in together] == [told(one, *SAMPLES.values()).by for one in drifts]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.sampled_from(["AccessDenied", "ThrottlingException", "NoSuchBucket"]))
def test_what_was_refused_is_never_blamed(name: str, code: str) -> None:
    refused = sample(name, errorCode=code, errorMessage="no", responseElements=None)

    assert all(not one.by for one in blamed([one for one, _ in AMONG_ALL], [refused]))


def test_several_candidates_are_all_told() -> None:
    stops = [
        sample("cloudtrail-StopLogging", eventTime=f"2026-03-0{day}T10:00:00Z", eventID=f"id-{day}")
        for day in (2, 4, 3)
    ]
    found = told(trail("logging", "false", "true"), *stops)

    assert [blame.id for blame in found.by] == ["id-4", "id-3", "id-2"]


def test_each_difference_has_its_own_calls() -> None:
    one = drift(
        "Bucket", BUCKET, ("policy.statements", "x", "y"), ("versioned", "false", "true"), ("lifecycle", "x", "y")
    )

    found = told(one, SAMPLES["s3-PutBucketPolicy"], SAMPLES["s3-PutBucketVersioning"])

    assert {(blame.event, blame.fields) for blame in found.by} == {
        ("PutBucketPolicy", ("policy.statements",)),
        ("PutBucketVersioning", ("versioned",)),
    }
    assert unrecorded(found) == ("lifecycle",)


def test_nobody_is_blamed_for_what_is_not_recorded() -> None:
    assert unrecorded(told(trail("logging", "false", "true"))) == ("logging",)
    assert unrecorded(told(drift("AuditTrail", ["main"], kind=Kind.MISSING))) == ("that it was deleted",)
    assert unrecorded(told(drift("AuditTrail", ["main"], kind=Kind.UNMANAGED))) == ("that it was made",)


@pytest.mark.parametrize(
    "changes",
    [
        {"requestParameters": {"name": "other"}},
        {"requestParameters": {"name": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/main"}},
        {"requestParameters": {"name": "arn:aws:cloudtrail:us-east-1:444455556666:trail/main"}},
        {"requestParameters": {"name": "main"}, "awsRegion": "eu-west-1"},
        {"requestParameters": {"name": "main"}, "recipientAccountId": "444455556666"},
        {"requestParameters": "omitted"},
        {"requestParameters": {}},
        {"eventSource": "elsewhere.amazonaws.com"},
    ],
)
def test_a_call_about_something_else_is_not_blamed(changes: dict[str, object]) -> None:
    found = told(trail("logging", "false", "true"), sample("cloudtrail-StopLogging", **changes))

    assert found.by == ()


def test_a_short_name_counts_in_the_same_place() -> None:
    found = told(
        trail("logging", "false", "true"), sample("cloudtrail-StopLogging", requestParameters={"name": "main"})
    )

    assert events(found) == ["StopLogging"]


def test_a_partial_update_is_blamed_for_what_it_was_given() -> None:
    one = trail("key", "none", "a key")
    update = record("cloudtrail", "UpdateTrail", {"name": "main", "kmsKeyId": ""})
    other = record("cloudtrail", "UpdateTrail", {"name": "main", "s3KeyPrefix": "x"})

    assert [blame.id for blame in told(one, update, other).by] == [update["eventID"]]


def test_parameters_that_are_left_out_as_too_long_rule_nothing_out() -> None:
    one = drift("Bucket", BUCKET, ("policy.statements", "x", "y"))
    found = told(one, sample("s3-PutBucketPolicy", requestParameters={"omitted": True}))

    assert events(found) == ["PutBucketPolicy"], "its `resources` name the bucket"


def test_attributes_of_topics_are_told_apart_by_what_was_set() -> None:
    topic = drift("Topic", [TOPIC, "security-alerts"], ("policy.statements", "x", "y"))
    policy, key = (
        record("sns", "SetTopicAttributes", {"topicArn": TOPIC, "attributeName": name, "attributeValue": "x"})
        for name in ("Policy", "KmsMasterKeyId")
    )

    assert [blame.id for blame in told(topic, policy, key).by] == [policy["eventID"]]


def test_a_bucket_is_found_by_name_from_whichever_account_it_was_called() -> None:
    one = drift("Bucket", ["corp-audit-logs"], ("policy.statements", "x", "y"))
    called = sample("s3-PutBucketPolicy", recipientAccountId="444455556666", resources=None)

    assert events(told(one, called)) == ["PutBucketPolicy"]


def test_a_bus_is_the_default_one_unless_another_is_named() -> None:
    rule = {"name": "notify-root-login"}
    disabled = record("events", "DisableRule", rule)
    elsewhere = record("events", "DisableRule", {**rule, "eventBusName": "audit"})

    for bus, expected in (("default", disabled), ("audit", elsewhere)):
        one = drift("EventRule", ["notify-root-login"], ("state", "DISABLED", "ENABLED"), within=(bus,))
        assert [blame.id for blame in told(one, disabled, elsewhere).by] == [expected["eventID"]]


def test_an_account_wide_subscription_is_none_of_the_other_account_policies() -> None:
    one = drift("LogSubscription", ["everything"], kind=Kind.MISSING)
    of_data = {"policyName": "everything", "policyType": "DATA_PROTECTION_POLICY"}
    of_subscriptions = {"policyName": "everything", "policyType": "SUBSCRIPTION_FILTER_POLICY"}

    assert told(one, record("logs", "DeleteAccountPolicy", of_data)).by == ()
    assert events(told(one, record("logs", "DeleteAccountPolicy", of_subscriptions))) == ["DeleteAccountPolicy"]


class TestSubscriptions:
    def test_one_that_nobody_declared_is_known_by_its_arn(self) -> None:
        arn = f"{TOPIC}:9a8b7c6d-0000-4111-8222-333344445555"
        one = drift("Subscription", [arn], within=(TOPIC, "security-alerts"), kind=Kind.UNMANAGED)
        asked = {"topicArn": TOPIC, "protocol": "https", "endpoint": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        made = record("sns", "Subscribe", asked, {"subscriptionArn": arn})
        other = record("sns", "Subscribe", {**asked, "protocol": "sqs"}, {"subscriptionArn": f"{TOPIC}:1"})

        assert [blame.id for blame in told(one, made, other).by] == [made["eventID"]]

    def test_one_that_waits_to_be_confirmed_by_its_topic(self) -> None:
        one = drift("Subscription", [], within=(TOPIC, "security-alerts"), kind=Kind.UNMANAGED)
        asked = {"topicArn": TOPIC, "protocol": "email", "endpoint": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        made = record("sns", "Subscribe", asked, {"subscriptionArn": "pending confirmation"})
        elsewhere = record("sns", "Subscribe", {**asked, "topicArn": f"{TOPIC}-2"}, made["responseElements"])

        assert [blame.id for blame in told(one, made, elsewhere).by] == [made["eventID"]]

    def test_one_that_is_gone_may_be_any_of_its_topic(self) -> None:
        one = drift("Subscription", [], within=(TOPIC, "security-alerts"), kind=Kind.MISSING)
        other = record("sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}-2:1"})

        assert events(told(one, SAMPLES["sns-Unsubscribe"], other)) == ["Unsubscribe"]


class TestMadeAnew:
    """What was deleted and made again under its name."""

    GONE = sample("cloudtrail-DeleteTrail", eventTime="2026-03-01T10:00:00Z")
    MADE = record(
        "cloudtrail",
        "CreateTrail",
        {"name": "main", "s3BucketName": "elsewhere"},
        {"trailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"},
        eventTime="2026-03-02T10:00:00Z",
    )

    def test_differs_because_of_who_made_it(self) -> None:
        before = sample("cloudtrail-PutEventSelectors", eventTime="2026-02-01T10:00:00Z")
        found = told(trail("selectors.read_write", "All", "WriteOnly"), self.MADE, before, self.GONE)

        assert [(blame.event, blame.fields) for blame in found.by] == [("CreateTrail", ("selectors.read_write",))]

    def test_making_it_is_no_reason_to_differ_where_it_was_not_deleted(self) -> None:
        assert told(trail("logging", "false", "true"), self.MADE).by == ()

    def test_a_deletion_before_it_was_made_again_does_not_count(self) -> None:
        missing = drift("AuditTrail", ["main"], kind=Kind.MISSING)

        assert told(missing, self.GONE, self.MADE).by == ()
        later = changed_time(self.GONE, "2026-03-03T10:00:00Z")
        assert [blame.time for blame in told(missing, self.GONE, self.MADE, later).by] == ["2026-03-03T10:00:00Z"]

    def test_who_made_one_that_was_deleted_did_not_make_this_one(self) -> None:
        unmanaged = drift("AuditTrail", ["main"], kind=Kind.UNMANAGED)
        first = {**self.MADE, "eventTime": "2026-02-01T10:00:00Z", "eventID": "first"}

        assert [blame.time for blame in told(unmanaged, first, self.GONE, self.MADE).by] == ["2026-03-02T10:00:00Z"]

    def test_a_key_is_never_made_anew(self) -> None:
        one = drift("EncryptionKey", [KEY], ("policy.statements", "x", "y"))
        deletion = changed_time(SAMPLES["kms-ScheduleKeyDeletion"], "2026-03-05T10:00:00Z")

        assert events(told(one, SAMPLES["kms-PutKeyPolicy"], deletion)) == ["PutKeyPolicy"]


def changed_time(one: Record, moment: str) -> Record:
    return {**one, "eventTime": moment, "eventID": f"{one['eventID']}-{moment}"}


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, f"arn:aws:iam::{ACCOUNT}:root"),
        ({"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}, "cloudformation.amazonaws.com"),
        (
            {"type": "AssumedRole", "arn": NOOR, "invokedBy": "cloudformation.amazonaws.com"},
            f"{NOOR} through cloudformation.amazonaws.com",
        ),
        ({"type": "AssumedRole", "arn": NOOR, "sessionContext": {"sourceIdentity": "noor"}}, f"{NOOR} (noor)"),
        ({"type": "IdentityCenterUser", "userName": "noor"}, "noor"),
        ({"type": "AWSAccount", "accountId": "444455556666"}, "account 444455556666"),
        ({"accountId": ACCOUNT, "invokedBy": "AWS Internal"}, "AWS Internal"),
        ({"type": "IAMUser", "arn": "arn\x1b[31m"}, "arn?[31m"),
        ({}, "nobody that the record names"),
        ("noor", "nobody that the record names"),
    ],
)
def test_principals(identity: object, expected: str) -> None:
    found = told(trail("logging", "false", "true"), sample("cloudtrail-StopLogging", userIdentity=identity))

    assert [blame.principal for blame in found.by] == [expected]


def test_a_link_to_what_was_deleted_is_blamed_on_who_deleted_it() -> None:
    group = drift("LogGroup", ["aws-cloudtrail-logs"], kind=Kind.MISSING)
    own = drift("AuditTrail", ["main"], ("log_group", "not there", "aws-cloudtrail-logs"))
    role = drift("AuditTrail", ["main"], ("role", "not there", "aws-cloudtrail-logs"))

    found = blamed([own, role, group], STILL_THERE)

    assert [(blame.event, blame.fields) for blame in found[0].by] == [("DeleteLogGroup", ("log_group",))]
    assert found[1].by == ()
    assert events(found[2]) == ["DeleteLogGroup"]


def test_a_verdict_has_the_calls_behind_the_changes_that_explain_it() -> None:
    bucket = drift("Bucket", BUCKET, ("policy", "x", "y"), ("versioned", "false", "true"))
    group = drift("LogGroup", ["aws-cloudtrail-logs"], kind=Kind.MISSING)
    verdict = changed(bucket, kind=Kind.VERDICT, noun="TRAIL-001", live="arn:elsewhere", called=None, differences=())
    of_bucket = changed(verdict, because=("policy of some.Bucket",))
    of_group = changed(verdict, because=("some.LogGroup is not there",))
    itself = changed(verdict, live=bucket.live, because=("versioned",))

    found = blamed([of_bucket, of_group, itself, verdict, bucket, group], SAMPLES.values())

    assert [sorted(events(one)) for one in found[:4]] == [
        ["DeleteBucketPolicy", "PutBucketPolicy"],
        ["DeleteLogGroup"],
        ["PutBucketVersioning"],
        [],
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["eventName", "eventSource", "eventTime", "eventID", "userIdentity", "requestParameters"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.sampled_from(["main", "StopLogging", "name", "\x00"]),
            lambda below: st.lists(below, max_size=2) | st.dictionaries(st.sampled_from(["name", "arn"]), below),
            max_leaves=4,
        ),
    )
)
def test_whatever_a_record_holds_is_put_up_with(broken: Record) -> None:
    (found,) = blamed([trail("logging", "false", "true")], [{**SAMPLES["cloudtrail-StopLogging"], **broken}])

    assert all(isinstance(text, str) for blame in found.by for text in (blame.event, blame.time, blame.principal))
