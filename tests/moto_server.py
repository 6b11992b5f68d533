"""moto's server, a process of its own that answers over HTTP as AWS does; a plugin of pytest with its fixtures.

`aws` is the server, emptied for each test. The keys of `MotoServer.environment` are those of the account 123456789012;
other accounts are entered as in AWS, by assuming a role in them, which moto allows whoever asks.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from guardrails.sources.aws import session

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"
"""Whose keys those of the environment are: moto's own choice for keys that it does not know."""


class MotoServer:
    """A server that runs."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.environment = {
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        """What a program needs to be let in, and to look nowhere else."""

    def reset(self) -> None:
        """Removes everything from all accounts."""
        from urllib.request import Request, urlopen

        with urlopen(Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=60) as answer:
            answer.read()


def started(environment: dict[str, str] | None = None) -> tuple[subprocess.Popen[bytes], MotoServer]:
    """A new server, once it answers."""
    import socket
    from urllib.error import URLError
    from urllib.request import urlopen

    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        while process.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=60) as answer:
                    answer.read()
                return process, MotoServer(port)
            except (URLError, ConnectionError):
                time.sleep(0.05)
        # Somebody else took the port in between.
    raise RuntimeError("moto's server does not start: `python -m moto.server` says why")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[MotoServer]:
    """One server for all tests of a process. Its content stays from test to test; `aws` is emptied."""
    process, server = started()
    yield server
    process.terminate()
    process.wait(60)


@pytest.fixture(autouse=True)
def clients_of_one_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Most tests have an endpoint of their own: a process that kept the clients of all would run out of files."""
    yield
    if "moto_server" in request.fixturenames:
        session.forget()
        gc.collect()


@pytest.fixture
def aws(
    moto_server: MotoServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> MotoServer:
    """An empty AWS, whose keys are in the environment. What a run leaves behind it leaves in a folder of the test."""
    moto_server.reset()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in moto_server.environment.items():
        monkeypatch.setenv(name, value)
    return moto_server
