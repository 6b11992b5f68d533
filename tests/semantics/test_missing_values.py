"""What must be set and is not leaves verdicts open, with a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "resource",
    ['values = ["arn:aws:s3"]', 'type = null\n values = ["arn:aws:s3:::b/"]', 'type = "AWS::S3::Object"', ""],
)
def test_a_data_resource_without_what_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], resource: str
) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = aws_s3_bucket.b.id\n'
        f"  event_selector {{\n    data_resource {{\n      {resource}\n    }}\n  }}\n}}\n"
        'resource "aws_s3_bucket" "b" {}\n'
    )
    main(["scan", str(tmp_path), "--format", "json", "--no-config"])
    report = json.loads(capsys.readouterr().out)

    assert report["findings"]
    assert [found for found in report["findings"] if found["outcome"] == "error"] == []
