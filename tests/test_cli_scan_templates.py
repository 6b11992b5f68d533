"""Templates from the command line: both worlds in one run, values for parameters, environments, exit codes."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRAIL = """\
    Parameters:
      Validate: {Type: String, AllowedValues: ["true", "false"]}
    Conditions:
      Checked: !Equals [!Ref Validate, "true"]
    Resources:
      Trail:
        Type: AWS::CloudTrail::Trail
        Properties:
          IsLogging: true
          S3BucketName: elsewhere
          EnableLogFileValidation: !If [Checked, true, false]
    """
CODE = 'resource "aws_cloudtrail" "this" {\n  name = "main"\n  s3_bucket_name = "elsewhere"\n}\n'

Judged = Any


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trail.yaml").write_text(textwrap.dedent(TRAIL))
    return tmp_path


@pytest.fixture
def judged(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, str], str]]:
    """Exit code, the outcome by target, and what is said on stderr."""

    def run(*arguments: str) -> tuple[int, dict[str, str], str]:
        code = main(["scan", *arguments, "--format", "json", "--select", "TRAIL-005"])
        out, err = capsys.readouterr()
        told = json.loads(out) if out else {"findings": []}
        return code, {found["target"]: found["outcome"] for found in told["findings"]}, err

    return run


def test_an_open_parameter_leaves_the_verdict_open(judged: Judged) -> None:
    assert judged("trail.yaml") == (0, {"trail.yaml": "unknown"}, "")


@pytest.mark.parametrize(("value", "expected"), [("true", (0, "pass")), ("false", (1, "fail"))])
@pytest.mark.parametrize("form", ["Validate={}", "ParameterKey=Validate,ParameterValue={}"])
def test_a_value_settles_it(judged: Judged, form: str, value: str, expected: tuple[int, str]) -> None:
    code, outcomes, _ = judged("trail.yaml", "--parameters", form.format(value))

    assert (code, outcomes) == (expected[0], {"trail.yaml": expected[1]})


@pytest.mark.parametrize(
    "text",
    [
        '[{"ParameterKey": "Validate", "ParameterValue": "true"}]',
        '["Validate=true"]',
        '{"Parameters": {"Validate": "true"}}',
        "Validate: 'true'",
    ],
)
@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_file_of_values_settles_it(here: Path, judged: Judged, form: str, text: str) -> None:
    (here / "values").write_text(text)

    assert judged("trail.yaml", "--parameters", form.format("values"))[1] == {"trail.yaml": "pass"}


def test_wrong_values_are_wrong_usage(here: Path, judged: Judged) -> None:
    code, _, err = judged("trail.yaml", "--parameters", "Validat=true")
    assert (code, "did you mean `Validate`?" in err) == (2, True)
    code, _, err = judged("trail.yaml", "--parameters", "nowhere.json")
    assert (code, "there is no file `nowhere.json`" in err) == (2, True)
    (here / "values").write_text("[1]")
    code, _, err = judged("trail.yaml", "--parameters", "values")
    assert (code, err.startswith("guardrails: error: values:1: ")) == (2, True)


def test_environments_are_judged_one_by_one(here: Path, judged: Judged) -> None:
    (here / "prod.json").write_text('{"Validate": "true"}')
    (here / "guardrails.toml").write_text(
        textwrap.dedent(
            """\
            [[cloudformation.environment]]
            name = "prod"
            parameter_files = ["prod.json"]

            [[cloudformation.environment]]
            name = "dev"
            templates = ["trail.yaml"]
            parameters = { Validate = false }
            """
        )
    )

    assert judged(".")[:2] == (1, {"trail.yaml (prod)": "pass", "trail.yaml (dev)": "fail"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[cloudformation]\nparameter_files = ["nowhere"]\n', "there is no file `nowhere`"),
        ("[cloudformation.parameters]\nA = { b = 1 }\n", "must be text, a number, true or false, or a list of these"),
        ('[[cloudformation.environment]]\nname = "a"\n[[cloudformation.environment]]\nname = "a"\n', "already"),
        ("[[cloudformation.environment]]\nparameters = {}\n", "`cloudformation.environment.name` is missing"),
        ("[cloudformation]\nparameter = {}\n", "unknown key `parameter`"),
    ],
)
def test_a_wrong_configuration_is_told(here: Path, judged: Judged, text: str, message: str) -> None:
    (here / "guardrails.toml").write_text(text)
    code, _, err = judged(".")

    assert (code, message in err) == (2, True), err


def test_both_worlds_are_judged_in_one_run(here: Path, judged: Judged) -> None:
    (here / "code").mkdir()
    (here / "code" / "main.tf").write_text(CODE)

    assert judged(".", "--parameters", "Validate=true")[:2] == (1, {"code": "fail", "trail.yaml": "pass"})
    assert judged("--changed", "code/main.tf")[:2] == (1, {"code": "fail"})
    assert judged("--changed", "trail.yaml")[:2] == (0, {"trail.yaml": "unknown"})


def test_a_broken_template_is_an_incomplete_scan(here: Path, judged: Judged) -> None:
    (here / "broken.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: {A: [}\n")

    assert judged(".")[0] == 3


def test_a_name_that_is_declared_nowhere_makes_a_scan_incomplete(here: Path, judged: Judged) -> None:
    (here / "trail.yaml").write_text(
        textwrap.dedent(TRAIL).replace("S3BucketName: elsewhere", "S3BucketName: !Ref Logs")
    )

    code, outcomes, _ = judged("trail.yaml", "--parameters", "Validate=true")
    assert (code, outcomes) == (0, {"trail.yaml": "pass"}), "nobody asked for it"
    assert main(["scan", "trail.yaml", "--quiet"]) == 3


def test_what_a_template_says_is_waived_where_it_says_so(here: Path, judged: Judged) -> None:
    waiver = "# guardrails: allow TRAIL-005 -- measured elsewhere, until 2999-12-31"
    (here / "trail.yaml").write_text(textwrap.dedent(TRAIL).replace("  Trail:\n", f"  {waiver}\n  Trail:\n"))

    assert judged("trail.yaml", "--parameters", "Validate=false")[1] == {"trail.yaml": "waived"}
    assert judged("trail.yaml", "--parameters", "Validate=false", "--no-waivers")[1] == {"trail.yaml": "fail"}


def test_calls_are_traced_through_templates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--event", "StopLogging", "trail.yaml", "--parameters", "Validate=true"]) in (0, 1)
    assert "Trail" in capsys.readouterr().out
