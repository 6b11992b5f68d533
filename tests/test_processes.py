"""Work that copies of the process share has the same results, and leaves nothing behind whatever happens to it."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guardrails import plugins, processes, run
from guardrails.cli.output import view_for
from guardrails.config import Config
from guardrails.errors import PluginError
from guardrails.kernel.origin import Origin, SourceFile
from guardrails.selection import choose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.run import Progress, Scan

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be copied here")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    before = open_files()
    yield
    with suppress(ChildProcessError):  # other tests may have left a server running, which has not ended
        assert os.waitpid(-1, os.WNOHANG) == (0, 0)
    assert open_files() == before


# The sharing itself


def test_results_come_in_the_order_of_the_work() -> None:
    assert processes.shared_out(50, lambda number: (number, number * number), 3) == [(n, n * n) for n in range(50)]


def test_more_processes_than_work() -> None:
    assert processes.shared_out(2, str, 8) == ["0", "1"]


def test_work_is_done_by_others() -> None:
    assert os.getpid() not in (processes.shared_out(4, lambda _: os.getpid(), 2) or [os.getpid()])


def test_more_work_than_a_pipe_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_IN_A_PIPE", 7)

    assert processes.shared_out(100, str, 3) == [str(number) for number in range(100)]


def test_results_that_are_longer_than_a_pipe() -> None:
    found = processes.shared_out(6, lambda number: "x" * 300_000 + str(number), 3)

    assert found is not None
    assert [text[-1] for text in found] == list("012345")


def test_places_in_one_file_stay_in_one_file() -> None:
    """Each process reads for itself; of the same file there is one behind that, of files that differ there are two."""

    def work(number: int) -> tuple[Origin, Origin]:
        shared = SourceFile("modules/logs/main.tf", "locals {}\n")
        own = SourceFile("main.tf", f"# {number}\n")
        return Origin(shared, 0, 6), Origin(own, 0, 3, attribute="name")

    found = processes.shared_out(9, work, 3)

    assert found is not None
    assert len({id(shared.source) for shared, _ in found}) == 1
    assert len({id(own.source) for _, own in found}) == 9
    assert [own.text for _, own in found] == [f"# {number}" for number in range(9)]


def test_an_error_keeps_what_it_says() -> None:
    found = processes.shared_out(2, lambda number: PluginError(f"plugin {number}", "cannot be loaded"), 2)

    assert found is not None
    assert [(error.plugin, str(error)) for error in found] == [
        ("plugin 0", "plugin 0: cannot be loaded"),
        ("plugin 1", "plugin 1: cannot be loaded"),
    ]


def raises(number: int) -> str:
    if number == 3:
        raise RuntimeError("not this one")
    return ""


def dies(number: int) -> str:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return ""


def ends(number: int) -> str:
    if number == 3:
        os._exit(0)
    return ""


@pytest.mark.parametrize("work", [raises, dies, ends, lambda _: threading.Lock()])
def test_work_that_fails_anywhere_counts_as_not_done(work: object) -> None:
    assert processes.shared_out(6, work, 2) is None  # type: ignore[arg-type] # any of several kinds


def test_no_process_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError("too many processes")

    monkeypatch.setattr(os, "fork", refused)

    assert processes.shared_out(6, str, 2) is None


def test_it_is_told_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_A_WHILE", 0.01)
    begun: list[int] = []

    def slow(number: int) -> int:
        time.sleep(0.05)
        return number

    processes.shared_out(8, slow, 2, begun.append)

    assert begun == sorted(begun)
    assert set(begun) <= set(range(9))
    assert len(set(begun)) > 2


def test_one_processor_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)

    assert processes.available() == 1


# Runs


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Roots that share a module; waivers in it and in roots; one that is broken; an unknown, and something secret."""
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "modules" / "trail"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(
        'variable "name" {}\n'
        'variable "days" { default = 30 }\n'
        'resource "aws_s3_bucket" "logs" {\n  bucket        = var.name\n  force_destroy = true\n}\n'
        "# guardrails: allow TRAIL-001, TRAIL-005 -- the old one, until 2027-05-31\n"
        'resource "aws_cloudtrail" "main" {\n  name = var.name\n  s3_bucket_name = aws_s3_bucket.logs.id\n}\n'
        'resource "aws_cloudwatch_log_group" "logs" {\n  name = var.name\n  retention_in_days = var.days\n}\n'
    )
    for number in range(7):
        root = tmp_path / f"root-{number}"
        root.mkdir()
        (root / "main.tf").write_text(
            f'variable "unset" {{}}\nvariable "code" {{\n  sensitive = true\n  default   = "hush-{number}"\n}}\n'
            f'module "a" {{\n  source = "../modules/trail"\n  name   = "logs-{number}"\n}}\n'
            f'module "b" {{\n  source = "../modules/trail"\n  name   = var.code\n  days   = var.unset\n}}\n'
            + ("# guardrails: allow TRAIL-001 -- not yet, until 2027-05-31\n" if number % 2 else "")
            + 'resource "aws_cloudtrail" "own" {\n  name           = "own"\n  s3_bucket_name = var.unset\n}\n'
            + ('resource "aws_s3_bucket" "broken" {\n  bucket = \n}\n' if number == 4 else "")
        )
    return tmp_path


def scanned(*, alone: bool, progress: Progress | None = None) -> tuple[Scan, str]:
    loaded = plugins.load(by_index=True)
    request = run.Request(paths=(".",), config=Config(), alone=alone, today="2026-01-01")
    result = run.run(request, loaded, choose(loaded.policies, request.config), progress or run.Progress())
    view = view_for(None, files=result.files, secrets=frozenset(result.secrets))
    return result, "".join(loaded.formats[name].render(result, view) for name in ("json", "text", "sarif"))


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("count", [2, 3])
def test_a_shared_run_says_what_a_run_says(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[object] = []
    share = processes.shared_out

    def watched(*arguments: object) -> object:
        shared.append(share(*arguments))  # type: ignore[arg-type] # as they come
        return shared[-1]

    monkeypatch.setattr(processes, "shared_out", watched)
    monkeypatch.setattr(processes, "available", lambda: count)
    monkeypatch.setattr(run, "_LONG_TO_READ", 0)

    result, text = scanned(alone=True)
    expected, expected_text = scanned(alone=False)

    assert len(shared) == 1
    assert shared[0] is not None
    assert text == expected_text
    assert result.files == expected.files
    assert "waived" in {finding.outcome.value for finding in result.findings}
    assert "unknown" in {finding.outcome.value for finding in result.findings}
    assert result.secrets


@pytest.mark.usefixtures("tree")
def test_a_run_whose_copies_fail_is_done_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "available", lambda: 2)
    monkeypatch.setattr(processes, "_packed", lambda _: 1 / 0)
    monkeypatch.setattr(run, "_LONG_TO_READ", 0)

    assert scanned(alone=True)[1] == scanned(alone=False)[1]


@pytest.mark.usefixtures("tree")
def test_a_short_run_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "available", lambda: pytest.fail("nobody was to ask"))
    monkeypatch.setattr(run, "_LONG_TO_READ", 60)

    assert scanned(alone=True)[0].findings
