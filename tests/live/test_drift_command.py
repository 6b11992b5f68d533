"""`guardrails drift CODE --live` over HTTP: code is deployed in a simulated account, which is then changed by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deployed_account import HOME, Cloud, declared
from live_fixtures import Simulated

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto_server import MotoServer

CODE = """
resource "aws_cloudtrail" "audit" {
  name                          = "audit"
  s3_bucket_name                = aws_s3_bucket.logs.id
  include_global_service_events = true
  is_multi_region_trail         = true
  enable_log_file_validation    = true
}

resource "aws_s3_bucket" "logs" {
  bucket = "audit-logs-of-mine"
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""
Drift = Any


@pytest.fixture
def cloud(aws: MotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    Path("main.tf").write_text(CODE)
    assert isinstance(aws, Simulated)
    aws.empty()
    found = Cloud(aws)
    found.deploy(declared(tmp_path))
    yield found
    found.close()
    aws.empty()


@pytest.fixture
def drift(cloud: Cloud, aws: MotoServer, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:  # noqa: ARG001 - it is there
    def run(*arguments: str) -> tuple[int, str, str]:
        chosen = ("--select", "TRAIL-*,BUCKET-004", "--regions", HOME, "--endpoint-url", aws.endpoint)
        code = main(["drift", ".", "--live", *chosen, *arguments])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def test_what_was_deployed_has_no_drift(drift: Drift) -> None:
    code, out, err = drift()

    assert (code, err) == (0, ""), out + err
    assert "0 verdicts turned · 0 changed · 0 missing · 0 not declared · 2 as declared" in out


def test_what_somebody_does_by_hand_is_found(cloud: Cloud, drift: Drift) -> None:
    cloud.client("cloudtrail").stop_logging(Name="audit")
    cloud.client("s3").put_bucket_versioning(
        Bucket="audit-logs-of-mine", VersioningConfiguration={"Status": "Suspended"}
    )

    code, out, _ = drift("--save", "then.json", "-o", "json=out.json", "-o", "text=-")

    assert code == 1
    told = json.loads(Path("out.json").read_text())
    turned = {one["policy"]: (one["declared"], one["line"]) for one in told["drifts"] if one["kind"] == "verdict"}
    assert turned == {"TRAIL-002": ("aws_cloudtrail.audit", 2), "BUCKET-004": ("aws_s3_bucket.logs", 17)}
    differing = {
        (one["declared"], change["attribute"], change["declared"], change["live"])
        for one in told["drifts"]
        for change in one["differences"]
    }
    assert differing == {
        ("aws_cloudtrail.audit", "enable_logging", "true", "false"),
        ("aws_s3_bucket.logs", "status", "true", "false"),
    }

    again = main(["drift", ".", "--from", "then.json", "--select", "TRAIL-*,BUCKET-004"])
    assert again == 1, "and what was saved says the same"
    assert "1 changed" not in out


def test_all_attributes_are_read_and_compared(cloud: Cloud, drift: Drift) -> None:
    cloud.client("s3").put_bucket_ownership_controls(
        Bucket="audit-logs-of-mine", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )

    assert drift()[0] == 0, "none of these policies looks at it"
    code, out, _ = drift("--all-attributes")
    assert code == 1
    assert "ownership" in out
