"""A thousand accounts of seventeen Regions: memory that does not grow with their number, and every call counted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

READ = "TRAIL-005,BUCKET-001,ACCESS-004"
JUDGED = "TRAIL-005,BUCKET-001"


def run(accounts: int) -> dict[str, Any]:
    script = Path(__file__).with_name("many_accounts.py")
    words = [sys.executable, str(script), str(accounts), READ, JUDGED]
    found: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return found


@pytest.mark.timeout(1800)  # It takes half a minute of a processor, of which there may be little.
def test_a_thousand_accounts_of_seventeen_regions() -> None:
    few, many = run(50), run(1000)

    assert many["targets"] == many["accounts"] == 1000
    assert many["incomplete"] == []
    assert many["outcomes"] == {"pass": 1, "fail": 1}, "one trail and one bucket for all of them"
    assert many["kilobytes"] < 2_000_000
    assert many["kilobytes"] < 2 * few["kilobytes"], "it does not grow with the accounts"

    calls = many["by_call"]
    assert many["calls"] == sum(calls.values())
    assert calls["cloudtrail.DescribeTrails"] == 17 * 1000
    assert (
        calls["s3.ListBuckets"] == calls["ec2.DescribeRegions"] == calls["organizations.DescribeOrganization"] == 1000
    )
    assert calls["s3.GetBucketPolicy"] == 50 * 1000 + 1
    assert calls["s3.GetBucketAcl"] == 1, "details of the one bucket that holds logs"
    first = {name: count - few["by_call"][name] for name, count in calls.items()}
    assert {name: count for name, count in first.items() if count % 950} == {}, "each account costs the same"
