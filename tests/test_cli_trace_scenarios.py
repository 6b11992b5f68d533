"""`guardrails trace --scenario` with scenarios of a configuration: those that are found, those that are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alerting import GROUP, PROVIDER, ROLE, TOPIC, TRAIL, alarm_of, filter_of, quoted

from guardrails.cli import main

if TYPE_CHECKING:
    from pathlib import Path

CODE = (
    TRAIL + filter_of("iam", quoted("{ $.eventName = CreateUser }")) + alarm_of("iam") + PROVIDER + GROUP + TOPIC + ROLE
)
SIEM = """
resource "aws_kinesis_stream" "siem" {
  name = "siem"
}

resource "aws_cloudwatch_log_subscription_filter" "siem" {
  name            = "siem"
  log_group_name  = aws_cloudwatch_log_group.trail.name
  filter_pattern  = ""
  destination_arn = aws_kinesis_stream.siem.arn
}
"""
SCENARIOS = """
[[scenario]]
name = "people"
match = { eventSource = "iam.amazonaws.com", eventName = "CreateUser", awsRegion = "us-east-1" }

[[scenario]]
name = "drills"
records = "drills.json"
"""
RECORD = {
    "eventVersion": "1.11",
    "eventName": "ExportPayroll",
    "eventSource": "payroll.amazonaws.com",
    "awsRegion": "eu-central-1",
    "eventCategory": "Management",
    "managementEvent": True,
    "readOnly": False,
    "eventType": "AwsApiCall",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of code with scenarios of its own; the working directory is another one."""
    code, elsewhere = tmp_path / "code", tmp_path / "elsewhere"
    for folder in (code, elsewhere):
        folder.mkdir()
    (code / "main.tf").write_text(CODE)
    (code / "guardrails.toml").write_text(SCENARIOS)
    (code / "drills.json").write_text(json.dumps({"Records": [RECORD]}))
    monkeypatch.chdir(elsewhere)
    return code


def traced(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, str]]:
    code = main(["trace", "--format", "json", *arguments])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, {one["call"]: one["outcome"] for one in document["traces"]}


def test_a_scenario_of_the_configuration_beside_the_code(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert traced(capsys, "--scenario", "people", str(here)) == (0, {"CreateUser": "noticed"})
    assert traced(capsys, "--scenario", "drills", str(here)) == (1, {"ExportPayroll": "unseen"})


def test_several_scenarios_shipped_ones_and_own_ones(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = traced(capsys, "--scenario", "people", "--scenario", "trail-change", str(here))

    assert found["CreateUser"] == "noticed"
    assert found["StopLogging"] == "unseen"


def test_a_scenario_of_a_configuration_that_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = here.parent / "other.toml"
    named.write_text('[[scenario]]\nname = "exports"\nrecords = "code/drills.json"\n')

    assert traced(capsys, "--scenario", "exports", "--config", str(named), str(here)) == (
        1,
        {"ExportPayroll": "unseen"},
    )


def test_the_name_of_a_shipped_scenario_may_be_used_for_more_calls(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "guardrails.toml").write_text(SCENARIOS.replace('"drills"\n', '"trail-change"\n'))
    _, found = traced(capsys, "--scenario", "trail-change", str(here))

    assert {"ExportPayroll", "StopLogging"} <= found.keys()


def test_calls_of_own_scenarios_are_known_by_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert traced(capsys, "--event", "ExportPayroll", str(here))[1] == {"ExportPayroll": "unseen"}


def test_shipped_scenarios_are_what_the_settings_of_their_policies_say(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = '[policy.MONITOR-007]\nmore_events = ["kms:EnableKey"]\nevents_aside = ["DisableKey"]\n'
    (here / "guardrails.toml").write_text(told)
    _, found = traced(capsys, "--scenario", "key-removal", str(here))
    _, other = traced(capsys, "--scenario", "trail-change", str(here))

    assert "EnableKey" in found
    assert "DisableKey" not in found
    assert "EnableKey" not in other


def test_a_region_that_is_allowed_is_not_unusual(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = CODE.replace("{ $.eventName = CreateUser }", "{ $.awsRegion != eu-central-1 }")
    (here / "main.tf").write_text(code)
    (here / "guardrails.toml").write_text('[settings]\nallowed_regions = ["eu-central-1"]\n')

    assert set(traced(capsys, "--scenario", "unusual-region", str(here))[1].values()) == {"noticed"}
    (here / "guardrails.toml").write_text('[settings]\nallowed_regions = ["eu-west-1"]\n')
    assert set(traced(capsys, "--scenario", "unusual-region", str(here))[1].values()) == {"unseen"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scenario", "drilss"), "did you mean `drills`?"),
        (("--scenario", "drills", "--no-config"), "there is no scenario `drills`"),
    ],
)
def test_a_scenario_that_there_is_not(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main(["trace", *arguments, str(here)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", [["trace", "--scenario", "people"], ["scan"]])
def test_a_scenario_that_is_none_is_a_fault_of_the_configuration(
    here: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (here / "guardrails.toml").write_text(SCENARIOS.replace('"CreateUser"', '["Create*", "DeleteUser"]'))

    assert main([*command, str(here)]) == 2
    assert "guardrails.toml:4: `scenario.match`: a text with asterisks cannot be one of several" in (
        capsys.readouterr().err
    )


def test_a_destination_that_somebody_watches_is_the_end_of_a_chain(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "main.tf").write_text(TRAIL + PROVIDER + GROUP + ROLE + SIEM)
    without = main(["trace", "--event", "StopLogging", str(here)])
    capsys.readouterr()
    (here / "guardrails.toml").write_text('[roles]\nwatched_destinations = ["siem"]\n')
    code = main(["trace", "--event", "StopLogging", str(here)])
    told = " ".join(capsys.readouterr().out.split())

    assert (without, code) == (3, 0)
    assert "`kinesis`, where somebody watches" in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_offers_the_shipped_scenarios(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "iam-policy-change" in capsys.readouterr().out
