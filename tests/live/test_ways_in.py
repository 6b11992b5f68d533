"""What is said when an account cannot be entered at all, and that a run ends when it is told to."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from guardrails.cli import main

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from faulty_proxy import FaultyProxy


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is written into the tree, and no configuration of AWS is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


def said(capsys: pytest.CaptureFixture[str], endpoint: str, *arguments: str) -> tuple[int, str]:
    """The exit code, and what stood on standard error; nothing may stand in a report of nothing."""
    code = main(["live", "--endpoint-url", endpoint, *arguments])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return code, " ".join(printed.err.split())


def test_no_credentials(
    faults: FaultyProxy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    code, text = said(capsys, faults.endpoint)

    assert code == 2
    assert "no AWS credentials were found" in text
    assert "--profile" in text
    assert faults.requests == []


def test_no_such_profile(faults: FaultyProxy, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, faults.endpoint, "--profile", "hazel")

    assert code == 2
    assert "hazel" in text
    assert "`aws configure list-profiles`" in text


def test_no_network(faults: FaultyProxy, capsys: pytest.CaptureFixture[str]) -> None:
    faults.close()
    code, text = said(capsys, faults.endpoint)

    assert code == 3
    assert "is there a network" in text


def test_credentials_that_are_no_good_any_more(faults: FaultyProxy, capsys: pytest.CaptureFixture[str]) -> None:
    faults.expire()
    code, text = said(capsys, faults.endpoint)

    assert code == 2
    assert "the credentials have expired" in text
    assert "sign in again" in text


@pytest.mark.parametrize("fault", ["drop", "garble", "throttle"])
def test_nobody_says_whose_the_credentials_are(
    faults: FaultyProxy, capsys: pytest.CaptureFixture[str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    getattr(faults, fault)("sts.GetCallerIdentity")
    code, text = said(capsys, faults.endpoint)

    assert code == 3
    assert "`sts.GetCallerIdentity`" in text
    assert faults.operations == {"sts.GetCallerIdentity": 2}


def test_a_role_that_may_not_be_assumed(faults: FaultyProxy, capsys: pytest.CaptureFixture[str]) -> None:
    faults.deny("sts.AssumeRole")
    code, text = said(capsys, faults.endpoint, "--role-arn", "arn:aws:iam::444455556666:role/scan")

    assert code == 3
    assert "allow `sts:AssumeRole`" in text


@pytest.mark.parametrize("operation", ["sts.GetCallerIdentity", "cloudtrail.DescribeTrails", "logs.DescribeLogGroups"])
def test_an_interruption_while_nobody_answers(
    misconfigured_account: FaultyProxy, process: Callable[..., subprocess.Popen[str]], operation: str
) -> None:
    misconfigured_account.hang(operation)
    started = process("--regions", "eu-west-1", "--select", "TRAIL-*,MONITOR-*")
    while not misconfigured_account.waiting:
        assert started.poll() is None, started.communicate()
        time.sleep(0.02)
    started.send_signal(signal.SIGINT)
    time.sleep(0.5)
    if started.poll() is None:
        started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)

    assert started.returncode == 130, (out, err)
    assert out == ""
    assert "interrupted" in err
    assert "Traceback" not in err
