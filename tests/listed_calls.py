"""A plugin of pytest: whatever test runs, this program makes no call that is not in its table.

moto's server writes down every request that it gets. Those that carry the name of this program, in a test's own process
or in another that the test started, are held against the table after each test that uses the server.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from base64 import b64decode
from email.message import Message
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from faulty_proxy import operation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = tempfile.TemporaryDirectory(prefix="guardrails-requests-")
RECORD = Path(_FOLDER.name) / "requests"
OURS = re.compile(r"\bguardrails\b")
"""How the header `User-Agent` of this program's requests is told from that of whoever sets an account up."""
_read = 0


def pytest_configure() -> None:
    """Every server that is started from here on writes its requests into one file."""
    os.environ["MOTO_ENABLE_RECORDING"] = "true"
    os.environ["MOTO_RECORDER_FILEPATH"] = str(RECORD)


@pytest.fixture(autouse=True)
def only_listed_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that uses the server."""
    yield
    if "moto_server" in request.fixturenames:
        strangers = operations_made() - listed()
        assert not strangers, f"calls that are in no table: {', '.join(sorted(strangers))}"


def operations_made() -> set[str]:
    """Those of this program since this was asked last, as `cloudtrail.DescribeTrails`."""
    global _read
    if not RECORD.exists():
        return set()
    with RECORD.open("rb") as record:
        record.seek(_read)
        lines = record.read()
    whole = lines[: lines.rfind(b"\n") + 1]
    _read += len(whole)
    return {_operation(entry) for entry in map(json.loads, whole.splitlines()) if _is_ours(entry)}


def _is_ours(entry: dict[str, Any]) -> bool:
    return bool(OURS.search(entry["headers"].get("User-Agent", "")))


_TOLD_BY = ("Content-Type", "X-Amz-Account-Id", "X-Amz-Target")


def _operation(entry: dict[str, Any]) -> str:
    headers: dict[str, str] = entry["headers"]
    signed = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", headers.get("Authorization", ""))
    url = urlsplit(entry["url"])
    told = tuple((name, value) for name, value in headers.items() if name in _TOLD_BY)
    body = b64decode(entry["body"]) if entry["body_encoded"] else entry["body"].encode()
    return _meant(signed[1] if signed else "", entry["method"], f"{url.path}?{url.query}".rstrip("?"), told, body)


@cache
def _meant(signing_name: str, method: str, path: str, told: tuple[tuple[str, str], ...], body: bytes) -> str:
    headers = Message()
    for name, value in told:
        headers[name] = value
    asked: Any = SimpleNamespace(headers=headers, command=method, path=path)
    return operation_of(signing_name, asked, body)


@cache
def listed() -> frozenset[str]:
    """Every call that there is, as `cloudtrail.DescribeTrails`."""
    from guardrails.sources.aws import permissions, session
    from guardrails.sources.aws.kinds import KINDS
    from guardrails.sources.aws.kinds_organizations import LIST_ACCOUNTS

    everything = {type_: frozenset(kind.parts) for type_, kind in KINDS.items()}
    return frozenset(call.name for call in (*permissions.calls(everything), *session.CALLS, LIST_ACCOUNTS))
