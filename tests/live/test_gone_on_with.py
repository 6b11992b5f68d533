"""A run over an organization that was cut off in the middle ends in the same verdicts when it is gone on with."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from accounts import ROLE

if TYPE_CHECKING:
    import subprocess

    from accounts import Organization
    from faulty_proxy import FaultyProxy
    from live_runs import Live

Start = Callable[..., "subprocess.Popen[str]"]
WHOLE = ("--org", "--org-role", ROLE)
BEGUN = 3
"""Accounts that have been asked something when the run is cut off, one after the other."""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
def test_what_was_read_is_not_asked_again(
    how: signal.Signals, process: Start, live: Live, halden: Organization, faults: FaultyProxy
) -> None:
    uninterrupted = live(*WHOLE)
    faults.requests.clear()

    running = process(*WHOLE, "--workers", "1", "--journal", "run.journal")
    while len(_read(faults)) < BEGUN and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(how)
    _, said = running.communicate()
    before = _read(faults)
    faults.requests.clear()
    resumed = live(*WHOLE, "--resume", "run.journal")
    after = _read(faults)

    assert running.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert ("run.journal`" in said) is (how is signal.SIGINT)
    assert before | after == set(halden.accounts)
    # The one that was being read may have been finished, or is read again.
    assert len(before & after) <= 1
    assert resumed.verdicts == uninterrupted.verdicts
    assert resumed.code == uninterrupted.code


def _read(faults: FaultyProxy) -> set[str]:
    """The accounts whose Regions were asked."""
    return {one.account for one in list(faults.requests) if one.operation == "logs.DescribeLogGroups"}
