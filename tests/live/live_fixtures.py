"""`guardrails live` as a user runs it, over HTTP, against the accounts of examples/live.

The server is moto's, with what it lacks (`examples/live/simulated.py`); the proxy of `faulty_proxy` stands before it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar, cast

import pytest
from accounts import Organization, Server, good, misconfigured, organization
from demo import moto_server as simulated
from live_runs import Report
from moto_server import MotoServer

from guardrails.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from faulty_proxy import FaultyProxy
    from live_runs import Live

T = TypeVar("T")


class Simulated(MotoServer):
    """The server, and what was built in it. Scans change nothing, so that many tests may share an account."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._built: tuple[str, object] | None = None

    def having(self, builder: Callable[[Server], T]) -> T:
        """What the builder returned, when it had built its account, the only one that there is."""
        if self._built is None or self._built[0] != builder.__name__:
            super().reset()
            self._built = builder.__name__, builder(Server(self.endpoint))
        return cast("T", self._built[1])

    def reset(self) -> None:
        """Nothing: see above."""

    def empty(self) -> None:
        """Removes everything, for whoever builds an account of another kind."""
        super().reset()
        self._built = None


@pytest.fixture(scope="session")
def moto_server() -> Iterator[MotoServer]:
    """In the place of the plain one."""
    with simulated() as url:
        yield Simulated(int(url.rpartition(":")[2]))


REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")
"""Those that are enabled in the accounts, of which moto would have twenty: fewer calls, the same questions."""


@pytest.fixture
def faults(faults: FaultyProxy) -> FaultyProxy:
    """The proxy, behind which there are few Regions."""
    enable(faults, REGIONS)
    return faults


def enable(faults: FaultyProxy, regions: Sequence[str], disabled: Sequence[str] = ()) -> None:
    """Which Regions the accounts have from now on."""
    status = {**dict.fromkeys(regions, "opt-in-not-required"), **dict.fromkeys(disabled, "not-opted-in")}
    items = "".join(
        f"<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
        f"<optInStatus>{said}</optInStatus></item>"
        for name, said in status.items()
    )
    answer = f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    faults.garble("ec2.DescribeRegions", answer.encode())


@pytest.fixture
def live(
    faults: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Live:
    """Runs `guardrails live` through the proxy."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Report:
        where = () if "--from" in arguments else ("--endpoint-url", faults.endpoint)
        code = main(["live", *where, *arguments, "-o", "json=report.json"])
        errors = capsys.readouterr().err
        document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        return Report(code, document, errors)

    return run


@pytest.fixture
def process(faults: FaultyProxy, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `guardrails live` through the proxy as a process of its own."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "guardrails", "live", "--endpoint-url", faults.endpoint, *arguments],
            cwd=tmp_path,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def misconfigured_account(aws: Simulated, faults: FaultyProxy) -> FaultyProxy:
    """Larkspur Books. The proxy through which it is reached."""
    aws.having(misconfigured)
    return faults


@pytest.fixture
def good_account(aws: Simulated, faults: FaultyProxy) -> FaultyProxy:
    """Quillon Instruments. The proxy through which it is reached."""
    aws.having(good)
    return faults


@pytest.fixture
def halden(aws: Simulated) -> Organization:
    """Halden Freight."""
    return aws.having(organization)
