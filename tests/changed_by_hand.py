"""Calls that somebody makes by hand in the account that examples/drift/infra was deployed to.

Each function here gives a call to be made: a function of the function that gives the client of a service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Clients = Callable[[str], Any]
Call = Callable[[Clients], object]

TRAIL, BUCKET, GROUP, ROLE = "fernhill-audit", "fernhill-audit-logs", "/fernhill/audit", "fernhill-audit-delivery"
RULE, ALARM = "fernhill-trail-switched-off", "fernhill-root-use"
HERE = "arn:aws:{}:eu-central-1:123456789012:{}"
TOPIC = HERE.format("sns", "fernhill-audit-alerts")
TRAIL_ARN = HERE.format("cloudtrail", f"trail/{TRAIL}")
OBJECTS = f"arn:aws:s3:::{BUCKET}/"
STRANGER = "arn:aws:iam::444455556666:role/analytics"


def trail(**changes: object) -> Call:
    return lambda client: client("cloudtrail").update_trail(Name=TRAIL, **changes)


def selected(**changes: object) -> Call:
    selector = {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": [OBJECTS]}],
        **changes,
    }
    return lambda client: client("cloudtrail").put_event_selectors(TrailName=TRAIL, EventSelectors=[selector])


def metric_filter(name: str, **changes: object) -> Call:
    pattern = '{ $.eventSource = "cloudtrail.amazonaws.com" && $.readOnly IS FALSE }'
    metric = {"metricName": name, "metricNamespace": "Fernhill/Audit", "metricValue": "1", "defaultValue": 0}
    given: Document = {"filterName": f"fernhill-{name}", "filterPattern": pattern, "metricTransformations": [metric]}
    return lambda client: client("logs").put_metric_filter(logGroupName=GROUP, **{**given, **changes})


def alarm(**changes: object) -> Call:
    given: Document = {
        "AlarmName": ALARM,
        "Namespace": "Fernhill/Audit",
        "MetricName": "root-use",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
    }
    return lambda client: client("cloudwatch").put_metric_alarm(**{**given, **changes})


def bucket_policy(change: Callable[[list[Document]], object]) -> Call:
    def put(client: Clients) -> None:
        document = json.loads(client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
        change(document["Statement"])
        client("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))

    return put


def key(call: str, **more: object) -> Call:
    def made(client: Clients) -> None:
        aliases = client("kms").list_aliases()["Aliases"]
        (number,) = (one["TargetKeyId"] for one in aliases if one["AliasName"] == "alias/fernhill-audit")
        getattr(client("kms"), call)(KeyId=number, **more)

    return made


def key_policy(change: Callable[[list[Document]], object]) -> Call:
    def put(client: Clients) -> None:
        (number,) = (one["KeyId"] for one in client("kms").list_keys()["Keys"])
        document = json.loads(client("kms").get_key_policy(KeyId=number, PolicyName="default")["Policy"])
        change(document["Statement"])
        client("kms").put_key_policy(KeyId=number, PolicyName="default", Policy=json.dumps(document))

    return put


def topic(name: str, value: object) -> Call:
    text = value if isinstance(value, str) else json.dumps({"Version": "2012-10-17", "Statement": value})
    return lambda client: client("sns").set_topic_attributes(TopicArn=TOPIC, AttributeName=name, AttributeValue=text)


def role_policies(*statements: Document) -> Call:
    """Each statement as a policy of its own, in the place of the one that was declared."""

    def put(client: Clients) -> None:
        client("iam").delete_role_policy(RoleName=ROLE, PolicyName="policy-0")
        for number, one in enumerate(statements):
            document = json.dumps({"Version": "2012-10-17", "Statement": one})
            client("iam").put_role_policy(RoleName=ROLE, PolicyName=f"part-{number}", PolicyDocument=document)

    return put


def of(service: str, call: str, **parameters: object) -> Call:
    return lambda client: getattr(client(service), call)(**parameters)


def unsubscribe(client: Clients) -> None:
    client("sns").confirm_subscription(TopicArn=TOPIC, Token="the one in the mail")
    (one,) = client("sns").list_subscriptions()["Subscriptions"]
    client("sns").unsubscribe(SubscriptionArn=one["SubscriptionArn"])
