"""`guardrails scan --with SNAPSHOT`: what code only refers to is looked up in the accounts it goes to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main
from guardrails.sources.aws import snapshot_file
from guardrails.sources.aws.examples import accounts_in
from guardrails.sources.aws.snapshot import Snapshot
from guardrails.sources.aws.snapshot_json import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Scan = Callable[..., tuple[int, dict[str, Any], str]]

CODE = """
resource "aws_cloudtrail" "audit" {
  name                       = "audit"
  s3_bucket_name             = "logs"
  cloud_watch_logs_group_arn = "arn:aws:logs:eu-central-1:111122223333:log-group:audit:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/logs"
}
"""
ROLE = "arn:aws:iam::111122223333:role/logs"


def described(*, trusted: str = "cloudtrail.amazonaws.com", account: str = "111122223333") -> dict[str, Any]:
    """An account with the role that CloudTrail is to write to the log group with."""
    trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
    write = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:eu-central-1:111122223333:log-group:audit:log-stream:*",
    }
    role = {
        "Arn": ROLE,
        "RoleName": "logs",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [{"PolicyName": "write", "PolicyDocument": {"Version": "2012-10-17", "Statement": [write]}}],
    }
    group = {
        "group": {"logGroupName": "audit", "logGroupArn": "arn:aws:logs:eu-central-1:111122223333:log-group:audit"}
    }
    return {"account": account, "iam.role": {"logs": {"role": role}}, "logs.group": {"audit": group}}


def saved(file: Path, *accounts: dict[str, Any]) -> str:
    found = accounts_in(json.dumps(list(accounts)), "accounts.json")
    with file.open("wb") as stream:
        bodies = [text_of(account.snapshot) for account in found]
        snapshot_file.write(stream, "json", Snapshot((), taken="2027-01-31T12:00:00Z", program="0.1.0"), bodies)
    return str(file)


@pytest.fixture
def scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scan:
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "main.tf").write_text(CODE, encoding="utf-8")

    def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
        code = main(["scan", str(folder), "--select", "TRAIL-009", "--format", "json", *arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else {}, err

    return run


def outcomes(report: dict[str, Any]) -> set[str]:
    return {finding["outcome"] for finding in report["findings"]}


def test_without_it_nobody_knows(scan: Scan) -> None:
    _, report, _ = scan()

    assert outcomes(report) == {"unknown"}


def test_a_snapshot_settles_it_and_says_so(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "account.json", described())
    code, report, _ = scan("--with", file)

    assert code == 0
    assert outcomes(report) == {"pass"}
    assert {because["file"] for finding in report["findings"] for because in finding["because"]} == {file}
    assert report["notices"] == [
        f"what the code only refers to was looked up in {file}, as it was on 2027-01-31T12:00:00Z"
    ]


def test_each_verdict_that_hangs_on_the_snapshot_says_so_with_its_date(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "account.json", described())
    _, report, _ = scan("--with", file, "--select", "TRAIL-009,TRAIL-005")

    said = f"looked up in {file}, as it was on 2027-01-31T12:00:00Z"
    told = {
        finding["policy"]: [one["file"] for one in finding["because"] if one["detail"] == said]
        for finding in report["findings"]
    }
    assert told == {"TRAIL-005": [], "TRAIL-009": [file]}, "log validation is said in the code alone"


def test_a_failure_stands_where_the_code_can_be_changed(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "account.json", described(trusted="ec2.amazonaws.com"))
    code, report, _ = scan("--with", file)

    assert code == 1
    (found,) = (finding for finding in report["findings"] if finding["outcome"] == "fail")
    assert (Path(found["file"]).name, found["line"]) == ("main.tf", 6)


def test_of_several_accounts_the_one_in_the_arn_is_meant(scan: Scan, tmp_path: Path) -> None:
    file = saved(tmp_path / "accounts.json", described(), {"account": "444455556666"})
    _, report, _ = scan("--with", file)
    assert outcomes(report) == {"pass"}
    assert any("holds several accounts: set `[account] id`" in notice for notice in report["notices"])

    config = tmp_path / "guardrails.toml"
    config.write_text('[account]\nid = "777788889999"\n', encoding="utf-8")
    _, report, _ = scan("--with", file, "--config", str(config))
    assert any("does not hold 777788889999" in notice for notice in report["notices"])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("nothing.json",), "`nothing.json` is no file with a snapshot, and none of cfn-lint"),
        (("a.json", "b.json"), "one snapshot at a time"),
        (("broken.json",), "--with: `broken.json`"),
    ],
)
def test_what_is_no_snapshot(scan: Scan, tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    os.chdir(tmp_path)
    for name in ("a.json", "b.json"):
        saved(tmp_path / name, described())
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    code, _, error = scan(*(part for name in names for part in ("--with", name)))

    assert code == 2
    assert said in error
