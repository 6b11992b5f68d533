"""What an account is depends on its trails, and a trail knows its account: whichever is asked for first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path

OF_ORGANIZATION = """\
resource "aws_cloudtrail" "organization" {
  name                  = "organization"
  s3_bucket_name        = "example-audit-logs"
  is_organization_trail = true
}
"""


@pytest.mark.parametrize("selected", ["ORG-001", "EVENTS-001,ORG-001", "*"])
def test_an_organization_trail_shows_the_management_account(
    selected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.tf").write_text(OF_ORGANIZATION, encoding="utf-8")
    main(["scan", str(tmp_path), "--select", selected, "--format", "json"])
    told = json.loads(capsys.readouterr().out)["findings"]
    assert [one["outcome"] for one in told if one["policy"] == "ORG-001"] == ["fail"]
