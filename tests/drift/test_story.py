"""The story of docs/drift-story.md happens, and the page shows what is printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
INFRA = "examples/drift/infra"
AUDITORS = "arn:aws:iam::444455556666:root"


@pytest.fixture(scope="module")
def parts() -> list[str]:
    """What the commands of the story print, each from its prompt on."""
    done = subprocess.run(
        [sys.executable, "examples/drift/story.py"],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n$ ")[1:]


def place(name: str, text: str) -> str:
    """Where the line with this text stands, as reports tell it."""
    lines = (PROJECT / INFRA / name).read_text(encoding="utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if text in line)
    return f"{INFRA}/{name}:{number}"


def test_code_passes_and_what_is_deployed_is_as_declared(parts: list[str]) -> None:
    scanned, compared, _ = parts

    assert scanned.startswith(f"guardrails scan {INFRA}\n0 failed · 0 unknown")
    assert "\n0 verdicts turned · 0 changed · 0 missing · 0 not declared · 14 as declared\n" in compared
    assert "[exit code 0]" in compared


def test_the_schedule_fails_with_two_changes_and_who_made_them(parts: list[str]) -> None:
    found = parts[2]

    assert "[exit code 1]" in found
    assert " verdicts turned · 2 changed · 0 missing · 0 not declared · 12 as declared\n" in found
    trail, _, bucket = found.partition("\n✗ aws_s3_bucket.logs")
    assert place("main.tf", "enable_logging") in trail
    assert "enable_logging: declared true, there is false" in trail
    assert "TRAIL-002 trail-switched-off" in trail
    words = " ".join(trail.split())
    who = "arn:aws:sts::123456789012:assumed-role/Administrator/j.okafor from 203.0.113.24"
    assert f"done: StopLogging by {who}, 2027-01-12T03:04:12Z" in words
    assert "PutBucketPolicy" not in words

    bucket = " ".join(bucket.split())
    assert f"there is Allow s3:GetObject on arn:aws:s3:::fernhill-audit-logs/* to {AUDITORS}" in bucket
    assert "ACCESS-003 audit-bucket-read-by-foreign-accounts" in bucket
    assert f"done: PutBucketPolicy by {who}, 2027-01-12T02:59:07Z" in bucket


def test_the_page_shows_what_is_printed(parts: list[str]) -> None:
    printed = "\n".join(f"$ {part}" for part in parts).splitlines()
    page = (PROJECT / "docs" / "drift-story.md").read_text(encoding="utf-8")
    shown = [block.partition("```")[0].strip("\n").splitlines() for block in page.split("```console\n$ guardrails")[1:]]
    assert len(shown) == len(parts)
    at = 0
    for block in shown:
        left_out = False
        for line in (f"$ guardrails{block[0]}", *block[1:]):
            if line.strip() == "…":
                left_out = True
                continue
            # In this order, and nothing in between that the page does not say it leaves out.
            found = printed.index(line, at)
            assert left_out or line.startswith("$ ") or found == at, line
            at, left_out = found + 1, False
