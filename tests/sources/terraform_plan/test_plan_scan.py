"""Scanning plans as a user does: exit codes, notes, and that no report gives away what is sensitive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from plan_files import change, configured, plan, write

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-31337"
POLICY = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::313373133731:root", "arn:aws:iam::313373133731:role/hunter2"]},
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-31337", "aws:SourceIp": "31.33.7.0/24"}},
            },
            {"Effect": "Allow", "Principal": {"AWS": SECRET}, "Action": "s3:*", "Resource": SECRET},
        ]
    }
)
BUCKET = {"bucket": SECRET, "force_destroy": True, "tags": {"a": SECRET}}
TRAIL = {"name": SECRET, "s3_bucket_name": SECRET, "kms_key_id": SECRET, "is_multi_region_trail": False}
GROUP = {"name": SECRET, "retention_in_days": 31337}


def secretive(path: Path) -> Path:
    """A plan all of whose values are marked as sensitive."""
    return write(
        path,
        plan(
            change("aws_cloudtrail.main", TRAIL, sensitive=True),
            change("aws_s3_bucket.logs", BUCKET, sensitive=dict.fromkeys(BUCKET, True)),
            change("aws_s3_bucket_policy.logs", {"bucket": SECRET, "policy": POLICY}, sensitive=True),
            change("aws_cloudwatch_log_group.all", GROUP, sensitive=True),
            root={"resources": [configured("aws_cloudtrail.main"), configured("aws_s3_bucket.logs")]},
            variables={"secret": {"value": SECRET}},
        ),
    )


@pytest.mark.parametrize("form", ["text", "json", "sarif", "markdown", "junit"])
@pytest.mark.parametrize("with_code", [False, True])
def test_no_report_shows_what_is_sensitive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, with_code: bool
) -> None:
    path = secretive(tmp_path / "plan.json")
    options = ["--no-config", "--format", form, *(["--verbose"] if form == "text" else [])]
    if with_code:
        code = """
variable "secret" { sensitive = true }
resource "aws_cloudtrail" "main" {
  name           = var.secret
  s3_bucket_name = var.secret
  kms_key_id     = var.secret
}
resource "aws_s3_bucket" "logs" {
  bucket = var.secret
}
"""
        write(tmp_path / "infra" / "main.tf", code)
        options += ["--source", str(tmp_path / "infra")]

    main(["scan", str(path), *options])
    said = capsys.readouterr()

    assert "aws_cloudtrail.main" in said.out
    for secret in (SECRET, "hunter2", "31337", "31.33"):
        assert secret not in said.out + said.err


def test_a_plan_that_is_cut_off_ends_with_3_and_loses_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = secretive(tmp_path / "good.json")
    cut = tmp_path / "cut.json"
    cut.write_bytes(good.read_bytes()[:300])

    code = main(["scan", str(good), str(cut), "--no-config", "--format", "json", "--fail-on", "never"])
    report = json.loads(capsys.readouterr().out)

    assert code == 3
    assert [target["target"] for target in report["targets"]] == [str(good)]
    assert ["cut.json" in gap["detail"] for gap in report["gaps"]] == [True]


def test_code_that_does_not_belong_to_the_plan_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "infra" / "main.tf", 'resource "aws_sns_topic" "a" {}\n')
    path = secretive(tmp_path / "plan.json")
    options = ["--no-config", "--fail-on", "never", "--format", "json"]

    assert main(["scan", str(path), *options]) == 0
    capsys.readouterr()
    assert main(["scan", str(path), "--source", str(tmp_path / "infra"), *options]) == 3
    (gap,) = json.loads(capsys.readouterr().out)["gaps"]
    assert "was not made of the code" in gap["detail"]


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = secretive(tmp_path / "plan.json")

    assert main(["scan", str(path), "--source", str(tmp_path / "none")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_waiver_in_the_code_holds_for_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        tmp_path / "main.tf",
        "# guardrails: allow trail-of-one-region -- the other Regions are closed, until 2999-01-01\n"
        'resource "aws_cloudtrail" "main" {\n  name           = "main"\n  s3_bucket_name = "logs"\n}\n',
    )
    content = plan(
        change("aws_cloudtrail.main", {"name": "main", "s3_bucket_name": "logs"}),
        root={"resources": [configured("aws_cloudtrail.main", name={}, s3_bucket_name={})]},
    )
    path = write(tmp_path / "plan.json", content)

    main(["scan", str(path), "--no-config", "--select", "TRAIL-003", "--format", "json"])

    assert [one["outcome"] for one in json.loads(capsys.readouterr().out)["findings"]] == ["waived"]


def test_a_plan_is_not_looked_for_in_a_folder_of_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "main.tf", 'resource "aws_sns_topic" "a" {}\n')
    secretive(tmp_path / "plan.json")

    main(["scan", str(tmp_path), "--no-config", "--format", "json"])

    assert [target["source"] for target in json.loads(capsys.readouterr().out)["targets"]] == ["terraform"]


def test_the_configuration_is_that_of_the_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "repository" / "guardrails.toml", 'ignore = ["TRAIL-003"]\n')
    write(tmp_path / "repository" / "infra" / "main.tf", 'resource "aws_cloudtrail" "main" {}\n')
    write(tmp_path / "repository" / ".git" / "HEAD", "")
    path = write(
        tmp_path / "plans" / "plan.json",
        plan(change("aws_cloudtrail.main", {"name": "a"}), root={"resources": [configured("aws_cloudtrail.main")]}),
    )

    main(["scan", str(path), "--source", str(tmp_path / "repository" / "infra"), "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]

    assert "aws_cloudtrail.main" in {finding["resource"] for finding in findings}
    assert "TRAIL-003" not in {finding["policy"] for finding in findings}
