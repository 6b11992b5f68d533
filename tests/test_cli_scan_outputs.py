"""Where the reports of a scan go: several at once, whole or not at all, and what ends badly ends cleanly."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from guardrails.cli import main
from guardrails.cli.destinations import write_file
from guardrails.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable

TRAIL = """\
resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "acme-logs"
  enable_log_file_validation = false
}
"""
ONLY = ("--select", "TRAIL-005")

Scan = Any


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one trail whose log files are not validated."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(TRAIL)
    return tmp_path


@pytest.fixture
def scan(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["scan", *ONLY, *arguments])
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


def command(*arguments: str, **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401 - what Popen takes
    words = [sys.executable, "-m", "guardrails", "scan", *ONLY, *arguments]
    return subprocess.Popen(words, text=True, stderr=subprocess.PIPE, **options)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Several reports


def test_three_reports_of_one_run(here: Path, scan: Scan) -> None:
    code, out, err = scan("-o", "sarif=report.sarif", "-o", "json=-", "-o", "text=report.txt")

    assert (code, err) == (1, "")
    told = json.loads(out)
    sarif = json.loads((here / "report.sarif").read_text())
    assert told["summary"]["fail"] == 1
    assert sarif["runs"][0]["results"][0]["partialFingerprints"] == {
        "guardrails/v1": told["findings"][0]["fingerprint"]
    }
    assert "1 failed" in (here / "report.txt").read_text()
    assert names(here) == ["main.tf", "report.sarif", "report.txt"]


def test_a_file_without_a_format_has_that_of_the_option(here: Path, scan: Scan) -> None:
    assert scan("-o", "report.txt")[:2] == (1, "")
    assert "1 failed" in (here / "report.txt").read_text()

    assert scan("--format", "json", "--output", "report.json", "--output=sarif=x.sarif")[:2] == (1, "")
    assert json.loads((here / "report.json").read_text())["version"] == 1
    assert json.loads((here / "x.sarif").read_text())["version"] == "2.1.0"

    assert json.loads(scan("--format", "json", "-o", "-", "-o", "text=t")[1])["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "json=-", "-o", "sarif=-"), "`json=-` and `sarif=-` both go to the standard output"),
        (("-o", "json=-", "-o", "text=/dev/stdout"), "both go to the standard output"),
        (("-o", "json=a", "-o", "sarif=./a"), "`json=a` and `sarif=./a` both go to `./a`"),
        (("-o", "json=main.tf", "-o", "sarif=link"), "`json=main.tf` and `sarif=link` both go to `link`"),
        (("-o", "sraif=a"), "`sraif` is none of"),
        (("-o", "sraif=a"), "did you mean `sarif`?; to write a file of that name, say `./sraif=a`"),
        (("-o", "json="), "`json=` names no file"),
        (("--format", "json", "-o", "sarif=a"), "`json` has no effect, because each --output names its own"),
        (("-o", "."), "`.` is a folder"),
        (("-o", "json=no/where"), "there is no folder `no`"),
    ],
)
def test_what_cannot_be_right_is_said_before_anything_is_scanned(
    here: Path, scan: Scan, arguments: tuple[str, ...], said: str
) -> None:
    (here / "link").symlink_to("main.tf")

    code, out, err = scan(*arguments)

    assert (code, out) == (2, "")
    assert said in err
    assert names(here) == ["link", "main.tf"]


def test_a_file_whose_name_looks_like_a_format(here: Path, scan: Scan) -> None:
    assert scan("-o", "./sarif=x")[0] == 1
    assert "1 failed" in (here / "sarif=x").read_text()
    assert scan("-o", "a.b=c")[0] == 1
    assert names(here) == ["a.b=c", "main.tf", "sarif=x"]


# Files


def test_permissions_and_owner_are_those_of_the_file_before(here: Path, scan: Scan) -> None:
    old = os.umask(0o027)
    try:
        scan("-o", "new.txt")
    finally:
        os.umask(old)
    assert stat.S_IMODE((here / "new.txt").stat().st_mode) == 0o640

    (here / "new.txt").chmod(0o604)
    scan("-o", "new.txt")
    assert stat.S_IMODE((here / "new.txt").stat().st_mode) == 0o604


def test_a_link_that_leads_nowhere_yet_is_filled(here: Path, scan: Scan) -> None:
    (here / "folder").mkdir()
    (here / "report").symlink_to("folder/report.txt")

    assert scan("-o", "report")[0] == 1
    assert (here / "report").is_symlink()
    assert "1 failed" in (here / "folder" / "report.txt").read_text()


def test_a_named_pipe_is_written_to(here: Path) -> None:
    os.mkfifo(here / "pipe")
    with command("-o", "json=pipe", "-o", "text=-", cwd=here, stdout=subprocess.PIPE) as run:
        told = json.loads((here / "pipe").read_text())
        out, err = run.communicate()

    assert (run.returncode, err) == (1, "")
    assert told["summary"]["fail"] == 1
    assert "1 failed" in out
    assert stat.S_ISFIFO((here / "pipe").stat().st_mode)


def test_the_shell_s_own_files_are_not_replaced(here: Path) -> None:
    """`-o text=/dev/fd/3 3>>log` adds to what the shell holds open."""
    (here / "log").write_text("before\n")
    line = '"$0" -m guardrails scan --select TRAIL-005 -o text=/dev/stdout >>log; echo after >>log'
    subprocess.run(["sh", "-c", line, sys.executable], cwd=here, check=True)

    told = (here / "log").read_text()
    assert told.startswith("before\n")
    assert "1 failed" in told
    assert told.endswith("after\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_one_that_cannot_be_written_loses_no_other(here: Path, scan: Scan) -> None:
    code, out, err = scan("-o", "json=/dev/full", "-o", "sarif=report.sarif", "-o", "text=-")

    assert code == 3
    assert err == "guardrails: error: `/dev/full` cannot be written: No space left on device\n"
    assert "1 failed" in out
    assert json.loads((here / "report.sarif").read_text())["version"] == "2.1.0"


def test_a_disk_that_is_full_leaves_the_old_report(here: Path) -> None:
    (here / "report.json").write_text("old")
    few = 200

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (few, few))

    with command("-o", "json=report.json", cwd=here, stdout=subprocess.PIPE, preexec_fn=little_room) as run:
        out, err = run.communicate()

    assert (run.returncode, out) == (3, "")
    assert err == "guardrails: error: `report.json` cannot be written: File too large\n"
    assert (here / "report.json").read_text() == "old"
    assert names(here) == ["main.tf", "report.json"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root can make files")
def test_a_folder_that_takes_no_files_is_one_message(here: Path, scan: Scan) -> None:
    code, out, err = scan("-o", "json=/proc/report.json")

    assert out == ""
    assert code in (2, 3), "2 where the system tells beforehand"
    assert err.startswith(("guardrails: error: `/proc/report.json` cannot", "guardrails: error: --output: `/proc/rep"))
    assert err.count("\n") == 1
    assert names(here) == ["main.tf"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_said_beforehand(here: Path, scan: Scan) -> None:
    (here / "closed").mkdir(mode=0o555)

    code, _, err = scan("-o", "json=closed/report.json")

    assert code == 2
    assert "its folder is read-only" in err


def test_an_interruption_leaves_no_part_of_a_report(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "report.txt").write_text("old")

    def interrupted(handle: int, data: bytes) -> int:  # noqa: ARG001 - the signature of os.write
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file("report.txt", "new")
    monkeypatch.undo()

    assert (here / "report.txt").read_text() == "old"
    assert names(here) == ["main.tf", "report.txt"]


def test_a_report_is_written_beside_what_an_earlier_run_left(here: Path) -> None:
    left = here / f".report.txt.{os.getpid()}.0.part"
    left.symlink_to("main.tf")

    write_file("report.txt", "new")

    assert (here / "report.txt").read_text() == "new"
    assert (here / "main.tf").read_text() == TRAIL
    with pytest.raises(ReportError, match="cannot be written"):
        write_file("no/where.txt", "new")


# Ending early


def test_ctrl_c_while_a_report_waits_for_its_reader(here: Path) -> None:
    os.mkfifo(here / "pipe")
    with command("-o", "json=report.json", "-o", "text=pipe", cwd=here, stdout=subprocess.PIPE) as run:
        for _ in range(500):
            if (here / "report.json").exists():
                break
            time.sleep(0.02)
        time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=10)

    assert (run.returncode, out, err) == (130, "", "guardrails: interrupted\n")
    assert names(here) == ["main.tf", "pipe", "report.json"]
    assert json.loads((here / "report.json").read_text())["summary"]["fail"] == 1


@pytest.mark.parametrize("milliseconds", [30, 60, 90, 120])
def test_ctrl_c_at_any_time_is_one_line(here: Path, milliseconds: int) -> None:
    with command("-o", "json=report.json", cwd=here, stdout=subprocess.PIPE) as run:
        time.sleep(milliseconds / 1000)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=10)

    assert not re.search(r'guardrails/cli/\w+\.py", line \d+, in \w', err), "what comes before is the interpreter's"
    if "Traceback" not in err:
        # On a slow machine the interpreter may not have got as far as to have a handler of its own.
        ended = ((1, ""), (130, "guardrails: interrupted\n"), (-signal.SIGINT, ""))
        assert (run.returncode, err) in ended
    assert set(names(here)) <= {"main.tf", "report.json"}


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_reader_that_reads_one_line_changes_nothing(here: Path, form: str) -> None:
    (here / "more.tf").write_text("".join(TRAIL.replace("main", f"main{number}") for number in range(300)))
    line = f'{{ "$0" -m guardrails scan -v --select TRAIL-005 --format {form}; echo $? >code; }} | head -n 1'
    done = subprocess.run(["sh", "-c", line, sys.executable], cwd=here, capture_output=True, text=True, check=True)

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert (here / "code").read_text() == "1\n"


def test_sarif_of_a_repository_is_about_files_that_are_in_it(
    here: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scanned from a folder in it, with a module that was downloaded, and a finding that is waived."""
    (here / ".git").mkdir()
    root = here / "infra" / "prod"
    downloaded = root / ".terraform" / "modules" / "trail"
    downloaded.mkdir(parents=True)
    (downloaded / "main.tf").write_text(TRAIL)
    listed = [{"Key": "", "Dir": "."}, {"Key": "trail", "Dir": ".terraform/modules/trail"}]
    (downloaded.parent / "modules.json").write_text(json.dumps({"Modules": listed}))
    (root / "main.tf").write_text('\nmodule "trail" {\n  source = "acme/trail/aws"\n}\n')
    waiver = "# guardrails: allow TRAIL-005 -- the digest files go elsewhere, until 2027-01-31\n"
    (root / "own.tf").write_text(waiver + TRAIL)
    monkeypatch.chdir(here / "infra")

    code, out, _ = scan("prod", "--format", "sarif", "--today", "2027-01-01")

    assert code == 1
    called, waived = json.loads(out)["runs"][0]["results"]
    place = called["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "infra/prod/main.tf", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == 2
    inside = called["relatedLocations"][0]
    assert inside["physicalLocation"]["artifactLocation"]["uri"] == "infra/prod/.terraform/modules/trail/main.tf"
    assert inside["physicalLocation"]["region"]["startLine"] == 4
    assert "suppressions" not in called
    assert waived["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "infra/prod/own.tf"
    (suppression,) = waived["suppressions"]
    assert suppression["justification"] == "the digest files go elsewhere"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 1
