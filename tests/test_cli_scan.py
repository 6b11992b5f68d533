"""`guardrails scan`: from files on a disk to a report and an exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main
from guardrails.cli.output import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

TRAIL = """\
resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "acme-logs"
  enable_log_file_validation = false
}
"""
BROKEN = 'resource "aws_sns_topic" "x" {\n  name = = 3\n}\n'

POLICY = """
from guardrails.api import AuditTrail, Check, Severity, policy, require

@policy("ACME-1", on=AuditTrail, severity=Severity.LOW, since="1.0")
def foreign_trail(trail: AuditTrail) -> Check:
    '''A trail that is not ours.'''
    {body}
"""
ONLY = ("--select", "TRAIL-005")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one trail whose log files are not validated."""
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR", "GUARDRAILS_DEBUG", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "main.tf").write_text(TRAIL)
    return tmp_path


Scan = Any


@pytest.fixture
def scan(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["scan", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def report(scan: Scan) -> Callable[..., dict[str, Any]]:
    def run(*arguments: str) -> dict[str, Any]:
        _, out, err = scan(*arguments, "--format", "json")
        assert err == ""
        told: dict[str, Any] = json.loads(out)
        return told

    return run


def command(*arguments: str, **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401 - what Popen takes
    return subprocess.Popen([sys.executable, "-m", "guardrails", *arguments], text=True, **options)


def write_policy(folder: Path, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "foreign_trail.py").write_text(POLICY.format(body=body))


# Exit codes


@pytest.mark.usefixtures("here")
def test_a_failure_is_shown_at_its_line_and_ends_with_1(scan: Scan) -> None:
    code, out, err = scan(*ONLY)

    assert code == 1
    assert err == ""
    assert "✗ aws_cloudtrail.main\n" in out
    assert "  main.tf:4\n" in out
    assert "  ▌ 4 │   enable_log_file_validation = false\n" in out
    assert "    HIGH      TRAIL-005 trail-without-log-validation\n" in out
    assert "1 failed (1 high)" in out
    assert "Read 1 file and 1 resource in 1 root module." in out


def test_what_passes_ends_with_0(here: Path, scan: Scan) -> None:
    (here / "main.tf").write_text(TRAIL.replace("false", "true"))

    code, out, _ = scan(*ONLY)

    assert code == 0
    assert out.startswith("0 failed · 0 unknown · 1 passed · 0 errors · 0 waived\n")


@pytest.mark.parametrize(
    ("level", "code"), [("info", 1), ("low", 1), ("medium", 1), ("high", 1), ("critical", 0), ("never", 0)]
)
def test_fail_on_is_a_severity(here: Path, scan: Scan, level: str, code: int) -> None:
    assert scan(*ONLY, "--fail-on", level)[0] == code
    (here / "guardrails.toml").write_text(f"fail_on = '{level}'\n")
    assert scan(*ONLY)[0] == code


def test_by_default_policies_that_only_inform_stop_nobody(here: Path, scan: Scan) -> None:
    (here / "guardrails.toml").write_text("[policy.TRAIL-005]\nseverity = 'info'\n")

    code, out, _ = scan(*ONLY)

    assert code == 0
    assert "1 failed (1 info)" in out


def test_an_unknown_is_no_failure_unless_asked_for(here: Path, scan: Scan) -> None:
    (here / "main.tf").write_text(TRAIL.replace("false", "var.validate") + 'variable "validate" {}\n')

    code, out, _ = scan(*ONLY)

    assert code == 0
    assert "variable `validate` has no value" in out
    assert "--var validate=" in out
    assert "0 failed · 1 unknown" in out
    assert scan(*ONLY, "--unknown", "fail")[0] == 1
    assert scan(*ONLY, "--unknown", "fail", "--fail-on", "critical")[0] == 0
    (here / "guardrails.toml").write_text("unknown = 'fail'\n")
    assert scan(*ONLY)[0] == 1
    assert scan(*ONLY, "--unknown", "report")[0] == 0


def test_a_broken_file_is_incomplete_and_the_rest_is_judged(here: Path, scan: Scan) -> None:
    (here / "broken.tf").write_text(BROKEN)

    code, out, _ = scan(*ONLY)

    assert code == 3
    assert "HIGH      TRAIL-005" in out
    assert "Not read" in out
    assert "(broken.tf:2)" in out
    assert "▌ 2 │   name = = 3" in out
    assert "Incomplete: 1 thing could not be read or judged." in out


def test_incomplete_comes_before_failed(here: Path, scan: Scan) -> None:
    assert scan(*ONLY)[0] == 1
    (here / "broken.tf").write_text(BROKEN)
    assert scan(*ONLY)[0] == 3
    assert scan(*ONLY, "--fail-on", "never")[0] == 3


def test_wrong_configuration_comes_before_both(here: Path, scan: Scan) -> None:
    (here / "broken.tf").write_text(BROKEN)
    (here / "guardrails.toml").write_text("[policy.TRAIL-005]\nseverity = 'hgh'\nfoo = 1\n")

    code, out, err = scan(*ONLY)

    assert code == 2
    assert out == ""
    assert "error: guardrails.toml:2: `policy.TRAIL-005.severity`: `hgh` is none of" in err
    assert "did you mean `high`?" in err


@pytest.mark.parametrize("event", ["ec2", "ec2:", ":RunInstances", ""])
def test_a_call_that_is_none_is_told_once_with_its_line(here: Path, scan: Scan, event: str) -> None:
    (here / "guardrails.toml").write_text(f'[settings]\nallowed_regions = []\nmore_events = ["s3:A", "{event}"]\n')
    code, out, err = scan()

    assert (code, out) == (2, "")
    assert err.count("error:") == 1
    assert f"error: guardrails.toml:3: `more_events` is refused: `{event}` is no call" in err


def test_a_module_that_is_not_downloaded_is_not_incomplete(here: Path, scan: Scan) -> None:
    (here / "modules.tf").write_text('module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n')

    code, out, _ = scan(*ONLY, "--fail-on", "never")

    assert code == 0
    assert "terraform init" in out
    assert "Left open: 1 defined elsewhere." in out


def test_a_folder_without_anything_to_scan_is_incomplete(here: Path, scan: Scan) -> None:
    (here / "empty").mkdir()
    (here / "README.md").write_text("")

    code, out, _ = scan("empty")
    assert code == 3
    said = "no Terraform (*.tf, *.tf.json, *.tofu) or plan or state or CloudFormation template"
    assert f"✗ there is {said} in `empty`" in " ".join(out.split())

    code, out, _ = scan("README.md")
    assert code == 3
    assert f"✗ `README.md` is {said} file" in " ".join(out.split())

    code, out, _ = scan(".", "empty", *ONLY)
    assert code == 3
    assert "1 failed" in out


# Policies that misbehave


def test_a_policy_that_raises_is_an_error_and_the_others_judge_on(here: Path, scan: Scan, report: Scan) -> None:
    write_policy(here / "rules", "raise KeyError('oh')")
    arguments = ("--policies", "rules", "--select", "ACME-1,TRAIL-005")

    code, out, _ = scan(*arguments)

    assert code == 3
    assert "    ERROR     ACME-1 foreign-trail\n" in out
    assert "the policy raised KeyError: 'oh'" in out
    assert "1 failed (1 high) · 0 unknown · 0 passed · 1 error · 0 waived" in out
    outcomes = {found["policy"]: found["outcome"] for found in report(*arguments)["findings"]}
    assert outcomes == {"ACME-1": "error", "TRAIL-005": "fail"}


def test_a_policy_that_returns_nonsense_is_an_error(here: Path, scan: Scan) -> None:
    write_policy(here / "rules", "return None")

    code, out, _ = scan("--policies", "rules", "--select", "ACME-1")

    assert code == 3
    assert "ERROR     ACME-1" in out


def test_a_policy_that_cannot_be_imported_is_named_and_the_others_judge_on(here: Path, scan: Scan) -> None:
    write_policy(here / "rules", "return require(trail.multi_region.is_true(), 'is not ours')")
    (here / "rules" / "broken.py").write_text("import no_such_module\n")

    code, out, _ = scan("--policies", "rules", "--select", "ACME-1")

    assert code == 3
    assert "LOW       ACME-1" in out
    assert "✗ rules: `broken` cannot be imported: rules/broken.py:1: ModuleNotFoundError" in out.replace("\n   ", "")


def test_of_two_policies_with_one_id_both_places_are_named(here: Path, report: Scan) -> None:
    write_policy(here / "rules", "return require(trail.multi_region.is_true(), 'is not ours')")
    source = here / "rules" / "foreign_trail.py"
    (here / "rules" / "second.py").write_text(source.read_text().replace("foreign_trail", "second_trail"))

    (gap,) = report("--policies", "rules", "--select", "ACME-1")["gaps"]

    assert gap["why"] == "PLUGIN"
    assert "rules/foreign_trail.py:4 is used, rules/second.py:4 is not" in gap["detail"]


# The scanned tree is not trusted


def test_a_repository_that_ships_its_own_policies_gets_a_notice_and_no_execution(here: Path, scan: Scan) -> None:
    (here / "rules").mkdir()
    (here / "rules" / "evil.py").write_text(f"open({str(here / 'executed')!r}, 'w').close()\n")
    (here / "guardrails.toml").write_text('policies = ["rules"]\n\n[policy.EVIL-1]\nseverity = "low"\n')

    code, out, err = scan(*ONLY)

    assert code == 1
    assert err == ""
    assert not (here / "executed").exists()
    said = " ".join(out.split())
    assert "guardrails.toml:1: its policies written in Python are not loaded" in said
    assert "pass `--config guardrails.toml` or `--policies DIR`" in said
    assert "there is no policy `EVIL-1`" in said


def test_a_configuration_named_on_the_command_line_may_load_policies(here: Path, scan: Scan) -> None:
    write_policy(here / "rules", "return require(trail.multi_region.is_true(), 'is not ours')")
    (here / "guardrails.toml").write_text('policies = ["rules"]\nselect = ["ACME-1"]\n')

    code, out, _ = scan("--config", "guardrails.toml")

    assert code == 1
    assert "LOW       ACME-1" in out


def test_beside_an_explicit_configuration_the_found_one_does_not_count(here: Path, scan: Scan) -> None:
    (here / "guardrails.toml").write_text("fail_on = 'never'\n")
    (here / "mine.toml").write_text("")

    assert scan(*ONLY)[0] == 0
    assert scan(*ONLY, "--config", "mine.toml")[0] == 1
    assert scan(*ONLY, "--no-config")[0] == 1
    assert "Configuration: mine.toml" in scan(*ONLY, "--config", "mine.toml")[1]


# Values and context


def test_values_from_the_command_line_the_configuration_and_the_environment(
    here: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "main.tf").write_text(TRAIL.replace("false", "var.validate") + 'variable "validate" {\n  type = bool\n}\n')
    (here / "on.tfvars").write_text("validate = true\n")
    monkeypatch.setenv("TF_VAR_validate", "true")

    assert "1 unknown" in scan(*ONLY)[1]
    assert "1 passed" in scan(*ONLY, "--var", "validate=true")[1]
    assert "1 passed" in scan(*ONLY, "--var-file", "on.tfvars")[1]
    assert "1 failed" in scan(*ONLY, "--var-file", "on.tfvars", "--var", "validate=false")[1]
    assert "1 passed" in scan(*ONLY, "--var", "validate=false", "--var-file", "on.tfvars")[1]
    assert "1 passed" in scan(*ONLY, "--tf-var-env")[1]
    (here / "guardrails.toml").write_text("[terraform.variables]\nvalidate = false\n")
    assert "1 failed" in scan(*ONLY)[1]
    assert "1 passed" in scan(*ONLY, "--var", "validate=true")[1]
    (here / "mine.toml").write_text("[terraform]\nenvironment = true\n")
    assert "1 passed" in scan(*ONLY, "--config", "mine.toml")[1]


def test_a_configuration_that_was_found_opens_no_environment_variables(
    here: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a proposed change could print the secrets of the job that judges it."""
    (here / "main.tf").write_text(TRAIL.replace("false", "var.validate") + 'variable "validate" {\n  type = bool\n}\n')
    (here / "guardrails.toml").write_text("[terraform]\nenvironment = true\n")
    monkeypatch.setenv("TF_VAR_validate", "true")

    out = scan(*ONLY)[1]

    assert "1 unknown" in out
    assert "guardrails.toml:2: TF_VAR_* variables are not read" in " ".join(out.split())
    assert "1 passed" in scan(*ONLY, "--tf-var-env")[1]


@pytest.mark.usefixtures("here")
def test_a_variable_that_nobody_declares_is_a_wrong_argument(scan: Scan) -> None:
    code, _, err = scan("--var", "regoin=x")

    assert code == 2
    assert "regoin" in err


def test_the_workspace(here: Path, scan: Scan) -> None:
    (here / "main.tf").write_text(TRAIL.replace("false", 'terraform.workspace == "prod"'))

    assert "1 passed" in scan(*ONLY, "--workspace", "prod")[1]
    assert "1 failed" in scan(*ONLY, "--workspace", "test")[1]


def test_a_trail_is_expected_where_the_configuration_says_so(here: Path, scan: Scan) -> None:
    (here / "main.tf").write_text('resource "aws_sqs_queue" "q" {}\n')
    assert "0 failed" in scan("--select", "TRAIL-001")[1]

    (here / "guardrails.toml").write_text('[[deployment]]\nname = "base"\nroots = ["."]\nexpects_trail = true\n')
    assert "1 failed" in scan("--select", "TRAIL-001")[1]
    (here / "deeper").mkdir()
    assert "1 failed" in scan("deeper/..", "--select", "TRAIL-001")[1]


def test_words_of_the_configuration_without_effect_are_told(here: Path, scan: Scan) -> None:
    (here / "guardrails.toml").write_text(
        '[[deployment]]\nname = "gone"\nroots = ["gone"]\n'
        '[[deployment]]\nname = "pair"\nroots = [".", "../other"]\nexpects_trail = true\n'
        '[[elsewhere]]\nkind = "trail"\nreason = "theirs"\ndate = 2026-01-31\n'
    )

    said = " ".join(scan(*ONLY)[1].split())

    assert "guardrails.toml:1: `gone` names gone, where no deployment was found" in said
    assert "`pair`" not in said, "what is judged of it is judged as a part of it"
    assert "guardrails.toml:8: the trail is asserted, and decides no verdict" in said


# What is listed


@pytest.mark.usefixtures("here")
def test_json_is_the_same_result(report: Scan) -> None:
    told = report(*ONLY)

    (found,) = told["findings"]
    assert (found["policy"], found["outcome"], found["resource"]) == ("TRAIL-005", "fail", "aws_cloudtrail.main")
    assert (found["file"], found["line"], found["end_line"]) == ("main.tf", 4, 4)
    assert found["target"] == told["targets"][0]["target"]
    assert told["summary"] == {"pass": 0, "fail": 1, "unknown": 0, "error": 0, "waived": 0}
    assert told["targets"][0]["files"] == 1


def test_two_runs_say_the_same_in_any_order_of_hashes(here: Path) -> None:
    (here / "more").mkdir()
    (here / "more" / "main.tf").write_text(TRAIL)
    told = set()
    for seed in ("0", "1", "2", "3", "4"):
        with command(
            "scan", "--format", "json", env={**os.environ, "PYTHONHASHSEED": seed}, cwd=here, stdout=subprocess.PIPE
        ) as run:
            told.add(run.communicate()[0])

    assert len(told) == 1


@pytest.mark.usefixtures("here")
def test_severity_leaves_out_what_is_less_severe_and_says_so(scan: Scan) -> None:
    code, out, _ = scan(*ONLY, "--severity", "critical")

    assert code == 0
    assert "0 failed" in out
    assert "note: 1 fail or unknown below `critical` left out" in out
    assert "1 failed" in scan(*ONLY, "--severity", "high")[1]


@pytest.mark.usefixtures("here")
def test_outcome_narrows_the_list_only(scan: Scan) -> None:
    code, out, _ = scan(*ONLY, "--outcome", "unknown,pass")

    assert code == 1
    assert "TRAIL-005 trail" not in out
    assert "1 failed (1 high)" in out


def test_a_configured_severity_is_shown(here: Path, scan: Scan) -> None:
    (here / "guardrails.toml").write_text("[policy.TRAIL-005]\nseverity = 'low'\n")

    assert "    LOW       TRAIL-005" in scan(*ONLY)[1]


@pytest.mark.usefixtures("here")
def test_quiet_and_verbose(scan: Scan) -> None:
    quiet = scan(*ONLY, "-q")[1].splitlines()

    assert len(quiet) == 2
    assert re.fullmatch(r"main\.tf:4: HIGH TRAIL-005 .* \(aws_cloudtrail\.main\)", quiet[0])
    assert quiet[1] == "1 failed (1 high) · 0 unknown · 0 passed · 0 errors · 0 waived"
    assert "✓ TRAIL-002 aws_cloudtrail.main" in scan("-v", "--select", "TRAIL-002")[1]


@pytest.mark.usefixtures("here")
def test_the_time_is_told_on_stderr_when_asked_for(scan: Scan) -> None:
    code, out, err = scan(*ONLY, "--stats", "--format", "json")

    assert code == 1
    assert json.loads(out)["version"] == 1
    assert re.fullmatch(r"guardrails: took \d+ ms: start \d+ ms, scan \d+ ms, report \d+ ms\n", err)


# Where it goes


def test_the_report_goes_to_a_file(here: Path, scan: Scan) -> None:
    code, out, _ = scan(*ONLY, "--format", "json", "--output", "report.json")

    assert (code, out) == (1, "")
    assert json.loads((here / "report.json").read_text())["summary"]["fail"] == 1
    assert sorted(path.name for path in here.iterdir()) == ["main.tf", "report.json"]


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(here: Path, scan: Scan) -> None:
    file = here / "report.txt"
    file.write_text("old\n" * 1000)
    file.chmod(0o640)
    before = file.stat().st_ino

    scan(*ONLY, "--output", "report.txt")

    assert "1 failed" in file.read_text()
    assert "old" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_ino != before


def test_a_link_to_a_report_stays_a_link(here: Path, scan: Scan) -> None:
    (here / "real.txt").write_text("")
    (here / "report.txt").symlink_to("real.txt")

    scan(*ONLY, "--output", "report.txt")

    assert (here / "report.txt").is_symlink()
    assert "1 failed" in (here / "real.txt").read_text()


@pytest.mark.usefixtures("here")
def test_a_device_is_written_to_and_not_replaced(scan: Scan) -> None:
    assert scan(*ONLY, "--output", os.devnull)[0] == 1
    assert not Path(os.devnull).is_file()


def test_a_report_in_a_file_has_no_colours_unless_asked_for(
    here: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    scan(*ONLY, "--output", "plain.txt")
    scan(*ONLY, "--output", "coloured.txt", "--color", "always")

    assert "\x1b" not in (here / "plain.txt").read_text()
    assert "\x1b[31m" in (here / "coloured.txt").read_text()


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "0"}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"NO_COLOR": "", "FORCE_COLOR": "1"}, (), True),
    ],
)
@pytest.mark.usefixtures("here")
def test_colours_in_a_pipe(
    scan: Scan,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: tuple[str, ...],
    coloured: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert ("\x1b[" in scan(*ONLY, *arguments)[1]) is coloured


def on_a_terminal(arguments: list[str], cwd: Path, **environment: str) -> str:
    """What a command prints on a terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    run = command(*arguments, cwd=cwd, stdout=theirs, stderr=theirs, env={**os.environ, **environment})
    os.close(theirs)
    told = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        told += part
    run.wait()
    os.close(ours)
    return told.decode()


def test_colours_on_a_terminal(here: Path) -> None:
    arguments = ["scan", *ONLY]

    assert "\x1b[1;31m1 failed\x1b[0m" in on_a_terminal(arguments, here, TERM="xterm")
    assert "\x1b" not in on_a_terminal(arguments, here, TERM="dumb")
    assert "\x1b" not in on_a_terminal(arguments, here, TERM="xterm", NO_COLOR="1")


def test_a_narrow_terminal(here: Path) -> None:
    told = on_a_terminal(["scan", *ONLY], here, TERM="dumb", COLUMNS="40")
    wide = [line for line in told.splitlines() if len(line) > 40]

    assert all("│" in line or " · " in line or "TRAIL-005" in line for line in wide), wide


def test_an_output_that_knows_only_ascii_gets_ascii(here: Path) -> None:
    (here / "main.tf").write_text(TRAIL.replace("false", "false # größer 監査"))
    with command(
        "scan", *ONLY, cwd=here, stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    ) as run:
        out = run.communicate()[0]

    assert run.returncode == 1
    assert out.isascii()
    assert "> 4 |   enable_log_file_validation = false # gr\\xf6\\xdfer" in out


def test_a_reader_that_goes_away_changes_nothing(here: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with command("scan", *ONLY, cwd=here, stdout=theirs, stderr=subprocess.PIPE) as run:
        os.close(theirs)
        err = run.communicate()[1]

    assert (run.returncode, err) == (1, "")


def test_ctrl_c_ends_with_130_and_a_short_message(here: Path) -> None:
    write_policy(here / "rules", "import time; print('judging', flush=True); time.sleep(60)")
    with command(
        "scan", "--policies", "rules", "--select", "ACME-1", cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "judging\n"
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=10)

    assert run.returncode == 130
    assert err == "guardrails: interrupted\n"


def test_progress_is_told_only_after_a_second_and_only_on_a_terminal() -> None:
    class Screen:
        def __init__(self, *, terminal: bool) -> None:
            self.terminal, self.told = terminal, ""

        def isatty(self) -> bool:
            return self.terminal

        def write(self, text: str) -> None:
            self.told += text

        def flush(self) -> None: ...

    for terminal, waited, told in ((True, 0.0, ""), (True, 2.0, "\r\x1b[Kjudging 3 of 9\r\x1b[K"), (False, 2.0, "")):
        screen = Screen(terminal=terminal)
        patience = Patience(screen)  # type: ignore[arg-type] # a screen is all that it writes to
        patience._from -= waited  # noqa: SLF001 - a second that the test need not wait
        patience.judging(3, 9)
        patience.finished()
        assert screen.told == told


@pytest.mark.usefixtures("here")
def test_nothing_is_left_switched_off(scan: Scan) -> None:
    import gc

    scan(*ONLY)
    assert gc.isenabled()


def test_a_module_that_two_roots_share_is_read_once(here: Path, scan: Scan) -> None:
    (here / "main.tf").rename(here / "trail.tf")
    for root in ("prod", "test"):
        (here / root).mkdir()
        (here / root / "main.tf").write_text('module "trail" {\n  source = "../shared"\n}\n')
    (here / "shared").mkdir()
    (here / "trail.tf").rename(here / "shared" / "main.tf")

    out = scan(*ONLY)[1]

    assert "Read 3 files and 2 resources in 2 root modules." in out
    assert "✗ module.trail.aws_cloudtrail.main and 1 more instance  in prod and 1 other" in out
    assert "  called from prod/main.tf:1 (module.trail) and 1 more place" in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_message(here: Path) -> None:
    with (
        Path("/dev/full").open("w") as full,
        command("scan", *ONLY, cwd=here, stdout=full, stderr=subprocess.PIPE) as run,
    ):
        err = run.communicate()[1]

    assert run.returncode == 3
    assert err == "guardrails: error: the report cannot be written: No space left on device\n"


@pytest.mark.parametrize(("closed", "code"), [(">&-", 1), ("2>&-", 1), (">&- 2>&-", 1)])
def test_closed_outputs_change_nothing(here: Path, closed: str, code: int) -> None:
    line = f'"$0" -m guardrails scan --select TRAIL-005 --color auto {closed}'

    assert subprocess.run(["sh", "-c", line, sys.executable], cwd=here, check=False).returncode == code
