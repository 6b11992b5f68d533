"""Templates among other files: which are judged, which are none, and what is said of those that cannot be read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRAIL = """\
Resources:
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {IsLogging: true, S3BucketName: acme-logs}
"""
TERRAFORM = 'resource "aws_cloudtrail" "t" {\n  name           = "t"\n  s3_bucket_name = "acme-logs"\n}\n'
OTHERS = {
    "package.json": '{"name": "app", "description": "Resources"}',
    "deploy/pod.yaml": "kind: Pod\nResources: {}\n---\nkind: Service\n",
    "openapi.yml": "openapi: 3.0.0\ncomponents: {schemas: {Resources: {type: object}}}\n",
    ".github/workflows/ci.yaml": "on: push\n",
    "values.yaml": "{{ if .Values.Resources }}\n",
    "parameters.json": '[{"ParameterKey": "A", "ParameterValue": "1"}]',
}

Report = dict[str, Any]
Scan = Any


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)

    def run(files: dict[str, str | bytes], *arguments: str) -> tuple[int, Report]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        code = main(["scan", *arguments, "--select", "TRAIL-005", "--format", "json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def judged(report: Report) -> list[tuple[str, str, str]]:
    return sorted((found["file"], found["resource"], found["outcome"]) for found in report["findings"])


def gaps(report: Report) -> list[tuple[str, str, int]]:
    every = [*report["gaps"], *(gap for target in report["targets"] for gap in target["gaps"])]
    return sorted((gap["why"], gap["file"], gap["line"]) for gap in every)


def test_both_worlds_and_everything_else(scan: Scan) -> None:
    code, report = scan({"main.tf": TERRAFORM, "stacks/trail.yaml": TRAIL, **OTHERS})

    assert code == 1
    assert judged(report) == [("main.tf", "aws_cloudtrail.t", "fail"), ("stacks/trail.yaml", "Trail", "fail")]
    assert gaps(report) == []


def test_other_files_alone_are_nothing_to_judge(scan: Scan) -> None:
    code, report = scan(dict(OTHERS))

    assert code == 3
    assert [gap["why"] for gap in report["gaps"]] == ["NOTHING"]


def test_a_named_file_may_be_called_anything(scan: Scan) -> None:
    code, report = scan({"trail.txt": TRAIL}, "trail.txt")

    assert code == 1
    assert judged(report) == [("trail.txt", "Trail", "fail")]


@pytest.mark.parametrize(
    ("name", "text", "gap"),
    [
        ("broken.yaml", TRAIL + "  Bucket: [\n", ("INVALID", "broken.yaml", 6)),
        ("broken.json", '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}},\n', ("INVALID", "broken.json", 2)),
        ("several.yaml", f"{TRAIL}---\n{TRAIL}", ("INVALID", "several.yaml", 5)),
        ("latin.yaml", b"# caf\xe9\n" + TRAIL.encode(), ("INVALID", "latin.yaml", 1)),
        ("deep.yaml", TRAIL + "  Deep: " + "[" * 200 + "]" * 200, ("LIMIT", "deep.yaml", 5)),
        ("large.yaml", TRAIL + "#" * (10 * 1024 * 1024), ("LIMIT", "large.yaml", 1)),
        (
            "bomb.yaml",
            TRAIL + "A0: &a0 [x, x]\n" + "".join(f"A{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
            ("LIMIT", "bomb.yaml", 22),
        ),
    ],
)
def test_a_template_that_cannot_be_read_is_said_and_the_others_are_judged(
    scan: Scan, name: str, text: str | bytes, gap: tuple[str, str, int]
) -> None:
    code, report = scan({"trail.yaml": TRAIL, name: text})

    assert code == 3
    assert judged(report) == [("trail.yaml", "Trail", "fail")]
    assert gaps(report) == [gap]


def test_a_key_that_is_written_twice_is_said(scan: Scan) -> None:
    code, report = scan({"trail.yaml": TRAIL.replace("{IsLogging", "{S3BucketName: other, IsLogging")})

    assert code == 3
    assert judged(report) == [("trail.yaml", "Trail", "fail")]
    assert gaps(report) == [("INVALID", "trail.yaml", 4)]


def test_encodings(scan: Scan) -> None:
    code, report = scan({"wide.yaml": TRAIL.encode("utf-16"), "marked.yaml": TRAIL.encode("utf-8-sig")})

    assert code == 1
    assert judged(report) == [("marked.yaml", "Trail", "fail"), ("wide.yaml", "Trail", "fail")]
    assert {found["line"] for found in report["findings"]} == {2}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_file_or_lies_outside(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "outside.yaml").write_text(TRAIL)
    (tmp_path / "infra" / "link.yaml").symlink_to("../outside.yaml")
    os.mkfifo(tmp_path / "infra" / "pipe.yaml")
    (tmp_path / "infra" / "nowhere.yaml").symlink_to("missing.yaml")
    code, report = scan({"infra/trail.yaml": TRAIL}, "infra")

    assert code == 1
    assert judged(report) == [("infra/trail.yaml", "Trail", "fail")]
    assert [(why, file) for why, file, _ in gaps(report)] == [("ELSEWHERE", "infra/link.yaml")]


def test_what_another_program_puts_in_is_left_open(scan: Scan) -> None:
    text = TRAIL + "  Logs:\n    Type: !Rain::Module logs.yaml\n"
    code, report = scan({"trail.yaml": text, "modules.yaml": "Resources: {Logs: {Type: !Rain::Module logs.yaml}}\n"})

    assert code == 1
    assert judged(report) == [("trail.yaml", "Trail", "fail")]
    assert gaps(report) == [("UNSUPPORTED", "modules.yaml", 1), ("UNSUPPORTED", "trail.yaml", 6)]
