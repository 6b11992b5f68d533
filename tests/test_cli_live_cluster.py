"""`guardrails live --executor dask://…`: the same work on a Dask cluster, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faulty_proxy import FaultyProxy
    from moto_server import MotoServer

ONLY = ("--select", "TRAIL-005", "--regions", "us-east-1")
ACCOUNTS = ("123456789012", "222222222222", "333333333333")

CLUSTER = """
import sys
from distributed import LocalCluster
cluster = LocalCluster(
    n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None, scheduler_port=int(sys.argv[1]),
)
print(cluster.scheduler_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def cluster(aws: MotoServer, tmp_path: Path) -> Iterator[str]:  # noqa: ARG001 - its keys are in the environment
    pytest.importorskip("distributed", reason="Dask is an extra")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "cluster.py").write_text(
        f"if __name__ == '__main__':\n    {CLUSTER.strip().replace(chr(10), chr(10) + '    ')}\n"
    )
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "cluster.py"), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://")
        yield address.replace("tcp://", "dask://")
        process.communicate()


def live(faults: FaultyProxy, *arguments: str, folder: Path) -> tuple[int, str, str]:
    run = subprocess.run(
        [sys.executable, "-m", "guardrails", "live", "--endpoint-url", faults.endpoint, *ONLY, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode, run.stdout, run.stderr


def test_the_same_work_on_a_cluster(cluster: str, faults: FaultyProxy, tmp_path: Path) -> None:
    (tmp_path / "accounts").write_text("\n".join(ACCOUNTS))

    here = live(faults, "--accounts", "accounts", "--format", "json", folder=tmp_path)
    faults.requests.clear()
    there = live(faults, "--accounts", "accounts", "--format", "json", "--executor", cluster, folder=tmp_path)

    assert there == here
    assert [one["target"] for one in json.loads(there[1])["targets"]] == list(ACCOUNTS)
    assert {one.account for one in faults.requests} == set(ACCOUNTS)
    assert list((tmp_path / "state").glob("guardrails/*")) == []


def test_ctrl_c_on_a_cluster(cluster: str, faults: FaultyProxy, tmp_path: Path) -> None:
    (tmp_path / "accounts").write_text("\n".join(ACCOUNTS))
    release = threading.Event()
    waiting = faults.hold("cloudtrail.DescribeTrails", release, account=ACCOUNTS[2])
    journal = tmp_path / "run.journal"
    words = [sys.executable, "-m", "guardrails", "live", "--endpoint-url", faults.endpoint, *ONLY]
    arguments = ["--accounts", "accounts", "--executor", cluster]
    with subprocess.Popen(
        [*words, *arguments, "--journal", str(journal)], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as run:
        assert waiting.wait(60)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    release.set()
    faults.heal()

    assert run.returncode == 130
    assert f"to go on, say the same and `--resume {journal}`" in said
    assert "Traceback" not in said

    code, out, _ = live(faults, *arguments, "--resume", str(journal), "--format", "json", folder=tmp_path)
    assert code == 0, "there is nothing in these accounts"
    assert [one["target"] for one in json.loads(out)["targets"]] == list(ACCOUNTS)


PRELUDE = """
import sys
from guardrails.sources.aws import dask_executor
from guardrails.sources.aws.fleet import FleetError
dask_executor._SECONDS = 1
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "no scheduler answers at tcp://127.0.0.1:1: "),
        ("sys.modules['distributed'] = None", "a Dask cluster needs a package: `pip install 'guardrails-audit[dask]'`"),
    ],
    ids=["nobody answers", "not installed"],
)
def test_where_there_is_no_cluster(before: str, said: str) -> None:
    if not before:
        pytest.importorskip("distributed", reason="Dask is an extra")
    code = f"""{PRELUDE}
{before}
try:
    with dask_executor.on_cluster("tcp://127.0.0.1:1"): print("entered")
except FleetError as error: print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.startswith(said)
    assert run.stdout.count("\n") == 1
