"""An account that is changed by one call between two times at which it is read: that is told, and nothing else."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from changed_by_hand import (
    BUCKET,
    GROUP,
    TOPIC,
    TRAIL,
    TRAIL_ARN,
    bucket_policy,
    metric_filter,
    of,
)
from demo import moto_server as simulated
from deployed_account import Cloud, declared
from moto_server import MotoServer
from taken_snapshots import run

from guardrails.drift.records import Kind
from guardrails.drift.snapshots import compare_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from changed_by_hand import Call

INFRA = Path(__file__).resolve().parents[2] / "examples" / "drift" / "infra"
IS_GROUP = f"arn:aws:logs:eu-central-1:123456789012:log-group:{GROUP}"
IS_BUCKET = f"arn:aws:s3:::{BUCKET}"
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{IS_BUCKET}/*"}


@pytest.fixture(scope="module")
def moto_server() -> Iterator[MotoServer]:
    """In the place of the plain one: with what moto lacks."""
    with simulated() as url:
        yield MotoServer(int(url.rpartition(":")[2]))


@pytest.fixture(scope="module")
def clouds() -> Iterator[list[Cloud]]:
    """The one for all tests, once it was asked for: the credentials are those of the first of them."""
    made: list[Cloud] = []
    yield made
    for one in made:
        one.close()


@pytest.fixture
def cloud(aws: MotoServer, clouds: list[Cloud]) -> Cloud:
    if not clouds:
        clouds.append(Cloud(aws))
    clouds[0].deploy(declared(INFRA))
    return clouds[0]


def test_an_account_that_nobody_touched_has_not_changed(cloud: Cloud) -> None:
    found = compare_snapshots([cloud.read()], [cloud.read()])

    assert found.drifts == ()
    assert found.opens == ()
    assert found.alike == found.matched > 10


CALLS: dict[str, tuple[Call, Kind, str, dict[str, tuple[str, str]]]] = {
    "StopLogging": (
        of("cloudtrail", "stop_logging", Name=TRAIL),
        Kind.CHANGED,
        TRAIL_ARN,
        {"IsLogging": ("true", "false")},
    ),
    "PutRetentionPolicy": (
        of("logs", "put_retention_policy", logGroupName=GROUP, retentionInDays=7),
        Kind.CHANGED,
        IS_GROUP,
        {"retentionInDays": ("400", "7")},
    ),
    "PutBucketPolicy": (
        bucket_policy(lambda statements: statements.append(PUBLIC)),
        Kind.CHANGED,
        IS_BUCKET,
        {"policy.statements": ("not there", f"Allow s3:GetObject on {IS_BUCKET}/* to *")},
    ),
    "PutMetricFilter": (metric_filter("trail-changes", filterPattern="nothing"), Kind.CHANGED, "trail-changes", {}),
    "DeleteMetricFilter": (
        of("logs", "delete_metric_filter", logGroupName=GROUP, filterName="fernhill-trail-changes"),
        Kind.MISSING,
        "trail-changes",
        {},
    ),
    "CreateTrail": (
        of("cloudtrail", "create_trail", Name="second", S3BucketName=BUCKET),
        Kind.UNMANAGED,
        "trail/second",
        {},
    ),
    "DeleteTrail": (of("cloudtrail", "delete_trail", Name=TRAIL), Kind.MISSING, TRAIL_ARN, {}),
    "DeleteTopic": (of("sns", "delete_topic", TopicArn=TOPIC), Kind.MISSING, TOPIC, {}),
}
"""By call, what is told of which resource; no attributes where all that was there differs."""


@pytest.mark.parametrize("name", CALLS)
def test_one_call_is_told_as_what_it_changed(name: str, cloud: Cloud) -> None:
    call, kind, about, differing = CALLS[name]
    before = cloud.read()
    call(cloud.client)

    found = compare_snapshots([before], [cloud.read()])

    told = [one for one in found.drifts if about in (one.live or one.declared)]
    assert [one.kind for one in told] == [kind]
    if differing:
        assert {one.attribute: (one.declared, one.live) for one in told[0].differences} == differing
    # What is gone takes along what belonged to it, and what pointed at it.
    assert len(found.drifts) == 1 or kind is Kind.MISSING


def test_the_story_is_told_from_the_command_line(
    cloud: Cloud, aws: MotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    Path("kept").mkdir()
    account = ("--endpoint-url", aws.endpoint, "--regions", "eu-central-1", "--select", "TRAIL-002")
    run("live", *account, "--save", "kept/before.json.zst")
    time.sleep(1.1)  # points in time are told by the second
    cloud.client("cloudtrail").stop_logging(Name=TRAIL)
    capfd.readouterr()

    code = run("drift", "--against", "kept/before.json.zst", "--live", *account, "--save", "kept/after.json.zst")

    out, err = capfd.readouterr()
    assert (code, err) == (1, "")
    assert "IsLogging: before: true, now: false" in out
    assert run("history", "kept", "--select", "TRAIL-002", "--format", "json") == 1
    (turn,) = json.loads(capfd.readouterr().out)["turns"]
    assert (turn["resource"], turn["changes"]) == (TRAIL_ARN, ["IsLogging: true → false"])
