"""One call by hand in what was deployed, recorded as CloudTrail does, is what is blamed.

The simulation keeps no records: they are made of what the client sent and was answered.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from blaming import record
from changed_by_hand import (
    BUCKET,
    GROUP,
    RULE,
    TRAIL,
    bucket_policy,
    key_policy,
    metric_filter,
    of,
    role_policies,
    selected,
    topic,
    unsubscribe,
)
from demo import moto_server as simulated
from deployed_account import Cloud, declared
from moto_server import MotoServer

from guardrails.drift.blame import blamed, unrecorded
from guardrails.drift.drift import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blaming import Record
    from changed_by_hand import Call

    from guardrails.lower.world import World

ACCOUNT = "123456789012"
INFRA = Path(__file__).resolve().parents[2] / "examples" / "drift" / "infra"
EVENTS = {
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
}
"""Calls of S3 that records know by another name."""
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}


class Recorded:
    """Clients of which every call that changes something is recorded."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.records: list[Record] = []
        self._listening: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None:
        for client, event, listener in self._listening:
            client.meta.events.unregister(event, listener)

    def client(self, service: str) -> Any:  # noqa: ANN401 - as botocore has it
        client = self._cloud.client(service)
        given: dict[str, Any] = {}

        def sent(params: dict[str, Any], **_: object) -> None:
            given.clear()
            given.update(params)

        def answered(parsed: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
            if not model.name.startswith(("Get", "List", "Describe")):
                self.records.append(_recorded(model, given, parsed, client.meta.region_name))

        for event, listener in (("provide-client-params.*", sent), ("after-call.*", answered)):
            client.meta.events.register(event, listener)
            self._listening.append((client, event, listener))
        return client


def _recorded(model: Any, given: dict[str, Any], answer: dict[str, Any], region: str) -> Record:  # noqa: ANN401
    source = model.service_model.signing_name
    parameters = _small(given)
    response = _small({name: value for name, value in answer.items() if name != "ResponseMetadata"})
    resources = None
    if source == "s3":
        parameters["bucketName"] = parameters.pop("bucket")
    if source == "kms":
        resources = [{"ARN": f"arn:aws:kms:{region}:{ACCOUNT}:key/{parameters['keyId']}", "accountId": ACCOUNT}]
    place = {"awsRegion": "us-east-1" if source == "iam" else region, "recipientAccountId": ACCOUNT}
    return record(source, EVENTS.get(model.name, model.name), parameters, response, resources=resources, **place)


def _small(content: Any) -> Any:  # noqa: ANN401 - any JSON
    """With names that begin with a small letter."""
    if isinstance(content, dict):
        return {name[:1].lower() + name[1:]: _small(below) for name, below in content.items()}
    return list(map(_small, content)) if isinstance(content, list) else json.loads(json.dumps(content, default=str))


@pytest.fixture(scope="module")
def moto_server() -> Iterator[MotoServer]:
    """In the place of the plain one: with what moto lacks."""
    with simulated() as url:
        yield MotoServer(int(url.rpartition(":")[2]))


@pytest.fixture(scope="module")
def clouds() -> Iterator[list[Cloud]]:
    """The one for all tests, once it was asked for."""
    made: list[Cloud] = []
    yield made
    for one in made:
        one.close()


@pytest.fixture
def cloud(aws: MotoServer, clouds: list[Cloud]) -> Cloud:
    if not clouds:
        clouds.append(Cloud(aws))
    return clouds[0]


@pytest.fixture(scope="module")
def infra() -> World:
    return declared(INFRA)


CALLS: dict[str, Call] = {
    "StopLogging": of("cloudtrail", "stop_logging", Name=TRAIL),
    "PutEventSelectors": selected(ReadWriteType="WriteOnly"),
    "DeleteTrail": of("cloudtrail", "delete_trail", Name=TRAIL),
    "PutBucketPolicy": bucket_policy(lambda statements: statements.append(EVERYBODY)),
    "DeleteBucketPublicAccessBlock": of("s3", "delete_public_access_block", Bucket=BUCKET),
    "DeleteLogGroup": of("logs", "delete_log_group", logGroupName=GROUP),
    "PutMetricFilter": metric_filter("trail-changes", filterPattern="{ $.eventName = DeleteTrail }"),
    "SetTopicAttributes": topic("Policy", [{**EVERYBODY, "Action": "sns:Publish", "Resource": "*"}]),
    "Unsubscribe": unsubscribe,
    "DisableRule": of("events", "disable_rule", Name=RULE),
    "PutKeyPolicy": key_policy(lambda statements: statements[2].update(Principal={"AWS": "*"})),
    "PutRolePolicy": role_policies({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
}


@pytest.mark.parametrize("event", CALLS)
def test_whatever_was_done_by_one_call_is_blamed_on_it(event: str, cloud: Cloud, infra: World) -> None:
    cloud.deploy(infra)
    with Recorded(cloud) as by_hand:
        CALLS[event](by_hand.client)

    found = blamed(compare([infra], [cloud.read()]).drifts, by_hand.records)

    assert found
    for one in found:
        assert event in {blame.event for blame in one.by}, one
        assert unrecorded(one) == ()
