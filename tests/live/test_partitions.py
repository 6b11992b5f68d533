"""China and GovCloud are read by the names and places of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from accounts import ACCOUNT, Server

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from faulty_proxy import FaultyProxy
    from live_fixtures import Simulated

BY_REGION = {"cn-north-1": ("aws-cn", "cn-northwest-1"), "us-gov-west-1": ("aws-us-gov", "us-gov-west-1")}
"""A Region → its partition, and where the services without Regions are asked there."""


@pytest.mark.parametrize("region", BY_REGION)
def test_a_partition_of_its_own(
    region: str,
    aws: Simulated,
    faults: FaultyProxy,
    process: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partition, everywhere = BY_REGION[region]
    aws.empty()
    server = Server(aws.endpoint, region)
    server.client("s3").create_bucket(Bucket="ledger", CreateBucketConfiguration={"LocationConstraint": region})
    server.client("cloudtrail").create_trail(Name="ledger", S3BucketName="ledger")
    server.client("cloudtrail").start_logging(Name="ledger")
    faults.heal()  # the answer about Regions is that of moto
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)

    running = process("-o", "json=report.json")
    _, errors = running.communicate()
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    failed = {(each["policy"], each["resource"]) for each in report["findings"] if each["outcome"] == "fail"}

    assert (running.returncode, errors) == (1, "")
    assert ("TRAIL-005", f"arn:{partition}:cloudtrail:{region}:{ACCOUNT}:trail/ledger") in failed
    assert ("BUCKET-002", f"arn:{partition}:s3:::ledger") in failed
    assert {one.region for one in faults.requests if one.operation.startswith("iam.")} == {everywhere}
    assert {one.region[:3] for one in faults.requests} == {region[:3]}
