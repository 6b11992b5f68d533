"""From code and an account that somebody changed to who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from blaming import ACCOUNT, record
from recorded_accounts import AGREEMENT, account, answers, code

from guardrails.drift.blame import blamed, events_of, unrecorded
from guardrails.drift.drift import compare
from guardrails.drift.records import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from blaming import Record
    from recorded_accounts import Answers

    from guardrails.drift.records import Drift

HERE = "eu-central-1"
TOPIC = f"arn:aws:sns:{HERE}:{ACCOUNT}:alerts"


def _set(kind: str, label: str, *path: str, to: object) -> Callable[[Answers], None]:
    def change(found: Answers) -> None:
        place: Any = found[kind][label]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _gone(kind: str, label: str) -> Callable[[Answers], None]:
    def change(found: Answers) -> None:
        del found[kind][label]

    return change


CHANGES = [
    (
        "logs",
        _gone("logs.filter", "root"),
        record("logs", "DeleteMetricFilter", {"logGroupName": "trail", "filterName": "root"}, awsRegion=HERE),
    ),
    (
        "buckets",
        _set("s3.bucket", "full", "versioning", to={"Status": "Suspended"}),
        record("s3", "PutBucketVersioning", {"bucketName": "full", "VersioningConfiguration": {"Status": "Suspended"}}),
    ),
    (
        "buckets",
        _set("s3.bucket", "full", "public_access_block", "BlockPublicPolicy", to=False),
        record("s3", "PutBucketPublicAccessBlock", {"bucketName": "full"}),
    ),
    (
        "logs",
        _set("logs.group", "trail", "group", "retentionInDays", to=1),
        record("logs", "PutRetentionPolicy", {"logGroupName": "trail", "retentionInDays": 1}, awsRegion=HERE),
    ),
    (
        "alarms_and_events",
        _gone("cloudwatch.alarm", "band"),
        record("monitoring", "DeleteAlarms", {"alarmNames": ["x", "band"]}, awsRegion=HERE),
    ),
    (
        "alarms_and_events",
        _set("cloudwatch.composite_alarm", "any", "ActionsEnabled", to=False),
        record("monitoring", "DisableAlarmActions", {"alarmNames": ["any"]}, awsRegion=HERE),
    ),
    (
        "alarms_and_events",
        _set("events.rule", "nightly", "State", to="DISABLED"),
        record("events", "DisableRule", {"name": "nightly"}, awsRegion=HERE),
    ),
    (
        "alarms_and_events",
        _gone("events.rule", "iam"),
        record("events", "DeleteRule", {"name": "iam", "eventBusName": "audit"}, awsRegion=HERE),
    ),
    (
        "identities",
        _gone("iam.group", "auditors"),
        record("iam", "DeleteGroup", {"groupName": "auditors"}),
    ),
    (
        "detection",
        _set("config.recorder", "some", "status", "recording", to=False),
        record("config", "StopConfigurationRecorder", {"configurationRecorderName": "some"}, awsRegion=HERE),
    ),
]


@pytest.mark.parametrize(("folder", "change", "made"), CHANGES, ids=lambda one: one if isinstance(one, str) else "")
def test_what_was_changed_by_hand_is_blamed_on_the_call(
    folder: str, change: Callable[[Answers], None], made: Record
) -> None:
    found = answers(AGREEMENT / folder)
    change(found)

    drifts = compare(code(AGREEMENT / folder, "main.tf"), [account(found)]).drifts
    told = [one for one in blamed(drifts, [made]) if one.kind is not Kind.VERDICT]

    assert told
    assert any(one.by for one in told), drifts
    for one in told:
        if one.by:
            assert [blame.id for blame in one.by] == [made["eventID"]]
            assert unrecorded(one) == ()
            assert (made["eventSource"], made["eventName"]) in events_of(one)
    elsewhere = {**made, "awsRegion": "us-west-2", "recipientAccountId": "444455556666", "resources": []}
    if made["eventSource"] != "s3.amazonaws.com":
        assert all(not one.by for one in blamed(drifts, [elsewhere]))


def test_every_drift_says_what_calls_name_it_by() -> None:
    for folder in sorted({folder for folder, _, _ in CHANGES}):
        for one in (*_of_nothing_there(folder), *_of_nothing_declared(folder)):
            assert one.called is not None
            assert events_of(one) or one.called.model in _ALWAYS_THERE, one
            assert one.called.names or one.called.within or one.called.model in _WITHOUT_NAMES, one


_ALWAYS_THERE = ("DetectorOrganization", "SecurityHubOrganization")
"""Settings that nothing makes or ends."""
_WITHOUT_NAMES = (*_ALWAYS_THERE, "Detector", "Organization", "SecurityHub")
"""Kinds of which there is one in a place."""


def _of_nothing_there(folder: str) -> tuple[Drift, ...]:
    return compare(code(AGREEMENT / folder, "main.tf"), [account({"sns.topic": {"other": _TOPIC}})]).drifts


def _of_nothing_declared(folder: str) -> tuple[Drift, ...]:
    return compare([], [account(answers(AGREEMENT / folder))]).drifts


_TOPIC = {"topic": {"TopicArn": TOPIC}, "attributes": {"TopicArn": TOPIC}, "name": "alerts"}
