"""However a run ends, it says so in a line, with the exit code that the documentation gives, and leaves nothing half
written. The real program, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TRAIL = 'resource "aws_cloudtrail" "main" {\n  name           = "main"\n  s3_bucket_name = "acme-logs"\n}\n'
PROGRAM = f"{sys.executable} -m guardrails"
FULL = Path("/dev/full")
needs_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(TRAIL)
    return tmp_path


def shell(line: str, folder: Path, **variables: str) -> tuple[int, str, str]:
    """What becomes of a line of shell; `@` is the program."""
    done = subprocess.run(
        ["bash", "-c", line.replace("@", PROGRAM)],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "internal error" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@needs_a_full_disk
@pytest.mark.parametrize("form", ["text", "json", "sarif", "markdown", "junit"])
def test_a_full_disk_behind_stdout(here: Path, form: str) -> None:
    code, _, err = shell(f"@ scan . --format {form} > /dev/full", here)

    assert (code, err.count("\n")) == (3, 1)
    assert "No space left on device" in err


@needs_a_full_disk
@pytest.mark.parametrize("command", ["--version", "policies list", "policies show TRAIL-005"])
def test_a_full_disk_behind_other_commands(here: Path, command: str) -> None:
    code, _, err = shell(f"@ {command} > /dev/full", here)

    assert (code, err.count("\n")) == (3, 1)


def test_a_file_size_limit_leaves_no_part_of_a_report(here: Path) -> None:
    code, _, err = shell("trap '' XFSZ; ulimit -f 1; exec @ scan . -o json=report.json", here)

    assert (code, err.count("\n")) == (3, 1)
    assert sorted(path.name for path in here.iterdir()) == ["main.tf"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("@ scan . >&-", 1),
        ("@ scan . 2>&-", 1),
        ("@ scan . <&-", 1),
        ("@ scan . >&- 2>&- <&-", 1),
        ("@ scan nowhere 2>&-", 2),
        ("@ policies list >&-", 0),
        ("@ --version >&-", 0),
    ],
)
def test_closed_streams(here: Path, line: str, expected: int) -> None:
    assert shell(line, here)[0] == expected


@pytest.mark.parametrize("command", ["scan .", "scan . --format json", "policies list", "--help"])
def test_a_reader_that_leaves_early(here: Path, command: str) -> None:
    code, out, err = shell(f"@ {command} | head -n 1; exit ${{PIPESTATUS[0]}}", here)

    assert (code, out.count("\n"), err) == (1 if command.startswith("scan") else 0, 1, "")


@pytest.mark.parametrize("command", ["scan .", "policies list", "scan . -o json=report.json"])
def test_a_working_directory_that_is_gone(here: Path, command: str) -> None:
    code, out, err = shell(f"mkdir gone && cd gone && rmdir ../gone && exec @ {command}", here)

    assert (code, out) == (2, "")
    assert err == "guardrails: error: the working directory does not exist any more: change to another one\n"


def test_no_environment_at_all(here: Path) -> None:
    code, out, err = shell(f"exec env -i {PROGRAM} scan .", here)

    assert (code, err) == (1, "")
    assert "TRAIL-005" in out


@pytest.mark.parametrize("variables", [{"PYTHONOPTIMIZE": "2"}, {"PYTHONWARNINGS": "error"}, {"PYTHONDEVMODE": "1"}])
@pytest.mark.parametrize("command", ["scan .", "policies list"])
def test_other_ways_to_run_the_interpreter(here: Path, command: str, variables: dict[str, str]) -> None:
    assert shell(f"@ {command}", here, **variables) == shell(f"@ {command}", here)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "markdown", "junit"])
def test_a_locale_that_knows_ascii_only(here: Path, form: str) -> None:
    (here / "größer.tf").write_text(TRAIL.replace('"main" {', '"größer" {'), encoding="utf-8")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    code, out, err = shell(f"@ scan . -o {form}=- -o text=report.txt", here, **ascii_only)

    assert (code, err) == (1, "")
    assert out.isascii()
    assert "gr" in (here / "report.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", ["0", "1", "-5", "99999999999", "wide"])
def test_terminals_of_any_width(here: Path, columns: str) -> None:
    code, out, _ = shell("@ scan .", here, COLUMNS=columns)

    assert code == 1
    assert "TRAIL-005" in out


@pytest.mark.parametrize("milliseconds", [10, 20, 40, 60, 80, 100, 150, 200])
def test_ctrl_c_at_any_time(here: Path, milliseconds: int) -> None:
    code = "import guardrails.cli as c; print('!', flush=True); raise SystemExit(c.main())"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "scan"],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.read(1) == "!"
    time.sleep(milliseconds / 1000)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)

    assert (running.returncode, err) in [(130, "guardrails: interrupted\n"), (1, "")]


def test_a_file_that_grows_while_it_is_read_is_read_or_said_to_be_too_large(here: Path) -> None:
    grown = here / "grows.tf"
    grown.write_text("# begun\n")
    with grown.open("a") as file:
        running = subprocess.Popen([sys.executable, "-m", "guardrails", "scan", str(here)], stdout=subprocess.PIPE)
        while running.poll() is None:
            file.write("# more\n" * 2000)
            file.flush()
        running.communicate()

    assert running.returncode in (1, 3)
