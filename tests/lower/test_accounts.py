"""What is seen in the answers of an account that no single one of them says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recorded_answers import RecordedAnswers

from guardrails.kernel.truth import Verdict
from guardrails.lower.world import World, open_world
from guardrails.model import Context, Detector, ManagedPolicy, Organization, Topic

if TYPE_CHECKING:
    from pathlib import Path

_ARN = "arn:aws:{}:eu-central-1:111122223333:{}"
TOPIC = _ARN.format("sns", "alerts")
GROUP = _ARN.format("logs", "log-group:trail")


def account(folder: Path, answers: dict[str, dict[str, Any]]) -> World:
    (folder / "live.json").write_text(json.dumps(answers), encoding="utf-8")
    return open_world(RecordedAnswers(folder / "live.json"), Context())


def test_what_tells_of_the_trail_is_known_by_what_it_watches(tmp_path: Path) -> None:
    """Alarms on filters of its log group, rules for events that it records, and the trail itself; others are not."""
    alarm = {"Namespace": "Audit", "AlarmActions": [TOPIC]}
    rule = {"EventBusName": "default", "State": "ENABLED"}
    target = {"EventBusName": "default", "Arn": TOPIC}
    found = account(
        tmp_path,
        {
            "cloudtrail.trail": {
                "main": {
                    "arn": _ARN.format("cloudtrail", "trail/main"),
                    "trail": {
                        "Name": "main",
                        "S3BucketName": "logs",
                        "SnsTopicARN": TOPIC,
                        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
                    },
                }
            },
            "logs.group": {"trail": {"arn": GROUP, "group": {"logGroupName": "trail"}}},
            "logs.filter": {
                "root": {
                    "filterName": "root",
                    "logGroupName": "trail",
                    "metricTransformations": [{"metricName": "root", "metricNamespace": "Audit"}],
                }
            },
            "cloudwatch.alarm": {
                "root": {**alarm, "AlarmName": "root", "MetricName": "root"},
                "load": {**alarm, "AlarmName": "load", "MetricName": "load"},
            },
            "events.rule": {
                "iam": {**rule, "Name": "iam", "EventPattern": '{"detail-type":["AWS API Call via CloudTrail"]}'},
                "night": {**rule, "Name": "night", "ScheduleExpression": "rate(1 day)"},
            },
            "events.target": {"iam": {**target, "Rule": "iam"}, "night": {**target, "Rule": "night"}},
            "sns.topic": {"alerts": {"arn": TOPIC, "topic": {"TopicArn": TOPIC}}},
        },
    )
    ((topic, _),) = found.all(Topic).members()

    assert topic.name.or_none() == "alerts"
    assert {one.name.or_none(): one.audit.verdict for one, _ in topic.publishers.members()} == {
        "root": Verdict.TRUE,
        "load": Verdict.FALSE,
        "iam": Verdict.TRUE,
        "night": Verdict.FALSE,
        "main": Verdict.TRUE,
    }


def test_an_account_counts_who_holds_a_policy(tmp_path: Path) -> None:
    counts = {"held": (1, 0), "bounding": (0, 1), "idle": (0, 0)}
    found = account(
        tmp_path,
        {
            "iam.policy": {
                name: {
                    "arn": f"arn:aws:iam::111122223333:policy/{name}",
                    "policy": {"PolicyName": name, "AttachmentCount": held, "PermissionsBoundaryUsageCount": bounds},
                }
                for name, (held, bounds) in counts.items()
            }
        },
    )
    held = {policy.name.or_none(): policy.held.verdict for policy, _ in found.all(ManagedPolicy).members()}

    assert held == {"held": Verdict.TRUE, "bounding": Verdict.TRUE, "idle": Verdict.FALSE}


def test_trusted_services_are_named_one_by_one(tmp_path: Path) -> None:
    services = [{"ServicePrincipal": "cloudtrail.amazonaws.com", "DateEnabled": "2026-01-01T00:00:00+00:00"}]
    found = account(tmp_path, {"organizations.organization": {"main": {"trusted_services": services}}})
    ((organization, _),) = found.all(Organization).members()

    assert [one.or_none() for one, _ in organization.trusted_services.members()] == ["cloudtrail.amazonaws.com"]


def test_a_detector_lists_every_feature_and_the_older_data_source_as_well(tmp_path: Path) -> None:
    features = {"CLOUD_TRAIL": "ENABLED", "S3_DATA_EVENTS": "ENABLED", "RUNTIME_MONITORING": "DISABLED"}
    found = account(
        tmp_path,
        {
            "guardduty.detector": {
                "findings": {
                    "DetectorId": "12abc34d567e8fa901bc2d34e56789f0",
                    "Status": "ENABLED",
                    "DataSources": {"CloudTrail": {"Status": "ENABLED"}, "S3Logs": {"Status": "ENABLED"}},
                    "Features": [{"Name": name, "Status": status} for name, status in features.items()],
                }
            }
        },
    )
    ((detector, _),) = found.all(Detector).members()
    listed = [(one.name.or_none(), one.enabled.or_none()) for one, _ in detector.features.members()]

    assert detector.enabled.or_none() is True
    assert dict(listed) == {name: status == "ENABLED" for name, status in features.items()}
    assert listed.count(("S3_DATA_EVENTS", True)) == 2


def test_a_key_is_found_by_its_alias(tmp_path: Path) -> None:
    arn = _ARN.format("kms", "key/11111111-2222-3333-4444-555555555555")
    topic = {"TopicArn": TOPIC, "KmsMasterKeyId": "alias/audit"}
    found = account(
        tmp_path,
        {
            "kms.key": {"audit": {"arn": arn, "alias": "alias/audit", "key": {"Arn": arn}}},
            "sns.topic": {"alerts": {"arn": TOPIC, "topic": topic}},
        },
    )
    ((alerts, _),) = found.all(Topic).members()

    assert [key.address for key, _ in alerts.key.members()] == ["kms.key.audit"]


def test_whose_key_it_is_shows_in_an_alias_of_aws_and_in_no_id(tmp_path: Path) -> None:
    own, elsewhere = "alias/aws/sns", "arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"
    topics = {
        name: {"arn": _ARN.format("sns", name), "topic": {"TopicArn": _ARN.format("sns", name), "KmsMasterKeyId": key}}
        for name, key in {"own": own, "elsewhere": elsewhere}.items()
    }
    found = account(tmp_path, {"sns.topic": topics})
    keys = {topic.name.or_none(): topic.key.members()[0][0] for topic, _ in found.all(Topic).members()}

    assert keys["own"].customer_managed.is_true().verdict is Verdict.FALSE
    assert keys["elsewhere"].customer_managed.is_true().verdict is Verdict.UNKNOWN
