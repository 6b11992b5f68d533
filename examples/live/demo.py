"""Scans an account that somebody forgot: starts moto's server, builds the account in it, runs `guardrails live`.

    python examples/live/demo.py            the account `misconfigured` of accounts.py
    python examples/live/demo.py good       another one of them
    python examples/live/demo.py organization -- --org --org-role OrganizationAccountAccessRole

What stands after `--` is handed on to `guardrails live`. Nothing here reaches AWS: the server runs on this machine, on
a free port of 127.0.0.1, and is stopped at the end, however it comes. Ends with the exit code of guardrails.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PATIENCE = 60
"""Seconds that the server may take to start."""
BUILDERS: dict[str, Callable[[accounts.Server], object]] = {
    "misconfigured": accounts.misconfigured,
    "good": accounts.good,
    "organization": accounts.organization,
}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    # Whoever tries this has profiles of real accounts.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""What is left of this process's environment for those that it starts."""


@contextlib.contextmanager
def moto_server() -> Iterator[str]:
    """The URL of moto's server, as a process of its own that ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = str(Path(__file__).with_name("simulated.py"))
    command = [sys.executable, script, "-H", "127.0.0.1", "-p", str(port), "--while-stdin-is-open"]
    # A session of its own: Ctrl-C is for this process, which then stops the server. Should it be killed, its end of the
    # pipe closes, and the server ends all the same.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url)
        yield url
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("moto's server did not start; is `moto[server]` installed? (pip install -e '.[demo]')")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"moto's server did not answer within {PATIENCE} s")


def main(arguments: Sequence[str]) -> int:
    mine, more = list(arguments), []
    if "--" in mine:
        at = mine.index("--")
        mine, more = mine[:at], mine[at + 1 :]
    name = mine[0] if mine else "misconfigured"
    if len(mine) > 1 or name not in BUILDERS:
        sys.stderr.write(f"usage: demo.py [{'|'.join(BUILDERS)}] [-- arguments of guardrails live]\n")
        return 2
    with moto_server() as url:
        # Ids of accounts, keys and the like are the same in every run.
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/seed?a=20", method="POST"), timeout=5).close()
        BUILDERS[name](accounts.Server(url))
        command = [str(Path(sys.executable).with_name("guardrails")), "live", "--endpoint-url", url, *more]
        return subprocess.run(command, env=ENVIRONMENT, check=False).returncode


if __name__ == "__main__":
    # A run that is told to end stops the server as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
