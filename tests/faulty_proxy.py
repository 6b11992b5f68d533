"""A proxy between a program and moto's server that writes down every request, and answers some of them wrongly.

`faults` is one before the server of `aws`. It tells from a request alone, with the models of botocore, which operation
is meant, so it needs nothing of the program that sends it.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from moto_server import MotoServer

_SERVICES = {"s3": ("s3", "s3control"), "monitoring": ("cloudwatch",), "sso": ("sso-admin",)}
"""By the name that requests are signed for, the services as botocore names them, where the names differ."""
_ACCOUNT = "123456789012"


class Where(TypedDict, total=False):
    """Which requests a fault is for; without a word all of them."""

    region: str
    account: str
    after: int
    """It lets so many pass."""
    times: int
    """After so many it is over."""


class Asked(NamedTuple):
    """A request that came in."""

    operation: str
    """`cloudtrail.GetTrailStatus`, as botocore names service and operation."""
    region: str
    """The one it is signed for."""
    account: str
    """Whose keys it is signed with."""
    status: int
    """What was answered; 0 where nothing was."""


class _Request(NamedTuple):
    operation: str
    region: str
    account: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Fault:
    def __init__(self, operation: str, answer: Callable[[_Request], _Answer | None], **where: Unpack[Where]) -> None:
        self.operation, self.answer = operation, answer
        self.region, self.account = where.get("region"), where.get("account")
        self.after, self.times = where.get("after", 0), where.get("times")

    def strikes(self, request: _Request) -> bool:
        """Whether it is this request's turn; counts those that it lets pass and those that it strikes."""
        service = request.operation.partition(".")[0]
        if self.operation not in ("*", f"{service}.*", request.operation):
            return False
        if self.region not in (None, request.region) or self.account not in (None, request.account):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            if not self.times:
                return False
            self.times -= 1
        return True


class FaultyProxy:
    """Its faults are for an operation: `cloudtrail.GetTrailStatus`, `cloudtrail.*` or `*`. All of them may be limited
    to a `region` and an `account`, to the first `times` requests, and to those `after` so many. The one that was named
    last is looked at first."""

    def __init__(self, endpoint: str) -> None:
        self._target = urlsplit(endpoint).netloc
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self._accounts: dict[str, str] = {}
        self._closing = threading.Event()
        self.requests: list[Asked] = []
        self.waiting = 0
        """Requests that were left without an answer (`hang`)."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                proxy._serve(self)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _any  # noqa: N815 - names of the base class

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing is said on the screen."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def operations(self) -> dict[str, int]:
        """How often each operation was asked for."""
        with self._lock:
            counted: dict[str, int] = {}
            for asked in self.requests:
                counted[asked.operation] = counted.get(asked.operation, 0) + 1
            return counted

    def deny(self, operation: str, message: str = "", **where: Unpack[Where]) -> None:
        """AccessDenied. A message may say `with an explicit deny in a service control policy`, as AWS does."""
        said = message or "User: arn:aws:sts::123456789012:assumed-role/scan/x is not authorized to perform this"
        self.fail(operation, "AccessDenied", said, status=403, **where)

    def throttle(self, operation: str, **where: Unpack[Where]) -> None:
        self.fail(operation, "ThrottlingException", "Rate exceeded", **where)

    def expire(self, operation: str = "*", **where: Unpack[Where]) -> None:
        """From here on (or `after` so many requests) the credentials are no longer good."""
        said = "The security token included in the request is expired"
        self.fail(operation, "ExpiredTokenException", said, status=403, **where)

    def fail(self, operation: str, code: str, message: str = "", *, status: int = 400, **where: Unpack[Where]) -> None:
        """An error of AWS, in the words of the service's protocol."""
        self._add(_Fault(operation, lambda request: _error(request, code, message, status), **where))

    def hang(self, operation: str, **where: Unpack[Where]) -> None:
        """No answer at all, while the connection stays open."""

        def answer(_: _Request) -> None:
            with self._lock:
                self.waiting += 1
            self._closing.wait()

        self._add(_Fault(operation, answer, **where))

    def hold(self, operation: str, until: threading.Event, **where: Unpack[Where]) -> threading.Event:
        """The answer waits for `until`. The event that is returned says that somebody waits for the answer."""
        waiting = threading.Event()

        def answer(request: _Request) -> _Answer:
            waiting.set()
            until.wait(120)
            return self._forward(request)

        self._add(_Fault(operation, answer, **where))
        return waiting

    def drop(self, operation: str, **where: Unpack[Where]) -> None:
        """The connection is closed without an answer."""
        self._add(_Fault(operation, lambda _: None, **where))

    def garble(
        self, operation: str, body: bytes = b"<html>It works!", status: int = 200, **where: Unpack[Where]
    ) -> None:
        """An answer that is none of AWS's."""
        self._add(_Fault(operation, lambda _: _Answer(status, {"Content-Type": "text/html"}, body), **where))

    def page(
        self, operation: str, items: str, asks: str, tells: str, more: str = "", size: int = 1, **where: Unpack[Where]
    ) -> None:
        """A JSON answer in pages of `size`: `asks` is the member of the request that names the page, `tells` the one
        of the answer that names the next, and `more` says that there is one."""

        def answer(request: _Request) -> _Answer:
            wanted = json.loads(request.body or b"{}")
            begin = int(wanted.pop(asks, "0"))
            whole = self._forward(request._replace(body=json.dumps(wanted).encode()))
            said = json.loads(whole.body)
            every = said.get(items, [])
            said[items] = every[begin : begin + size]
            said.pop(tells, None)
            if begin + size < len(every):
                said[tells] = str(begin + size)
            if more:
                said[more] = begin + size < len(every)
            return whole._replace(body=json.dumps(said).encode())

        self._add(_Fault(operation, answer, **where))

    def heal(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    def _add(self, fault: _Fault) -> None:
        with self._lock:
            self._faults.insert(0, fault)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        region, account, operation = self._meant(handler, body)
        request = _Request(operation, region, account, handler.command, handler.path, dict(handler.headers), body)
        with self._lock:
            fault = next((one for one in self._faults if one.strikes(request)), None)
        answer = fault.answer(request) if fault else self._forward(request)
        with self._lock:
            self.requests.append(Asked(operation, region, account, answer.status if answer else 0))
        if answer is None:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if operation == "sts.AssumeRole" and answer.status == 200:
            self._remember(body, answer.body)
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(answer.body)

    def _forward(self, request: _Request) -> _Answer:
        connection = HTTPConnection(self._target, timeout=120)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
            connection.request(request.method, request.path, request.body, headers)
            answer = connection.getresponse()
            left_out = ("content-length", "connection", "transfer-encoding", "date", "server")
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in left_out}
            return _Answer(answer.status, kept, answer.read())
        finally:
            connection.close()

    def _meant(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[str, str, str]:
        """Region, account and operation."""
        signed = re.search(r"Credential=([^/]+)/\d+/([^/]*)/([^/]+)/", handler.headers.get("Authorization", ""))
        key, region, signing_name = signed.groups() if signed else ("", "", "")
        with self._lock:
            account = self._accounts.get(key, _ACCOUNT)
        return region, account, operation_of(signing_name, handler, body)

    def _remember(self, asked: bytes, answered: bytes) -> None:
        """Whose the keys are that an assumed role gets."""
        role = parse_qs(asked.decode()).get("RoleArn", [""])[0]
        key = re.search(rb"<AccessKeyId>(\w+)</AccessKeyId>", answered)
        if key:
            with self._lock:
                self._accounts[key.group(1).decode()] = role.split(":")[4]


def _error(request: _Request, code: str, message: str, status: int) -> _Answer:
    """An error as the protocol of the request has it."""
    names = {name.lower(): value for name, value in request.headers.items()}
    service = request.operation.partition(".")[0]
    kind = names.get("content-type", "")
    if "cbor" in kind:
        raise ValueError("not in CBOR: the operations that are asked for speak another protocol")
    if service == "ec2":
        body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    elif service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    elif service == "s3control" or "x-www-form-urlencoded" in kind:
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    else:
        said = json.dumps({"__type": code, "message": message}).encode()
        return _Answer(status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, said)
    return _Answer(status, {"Content-Type": "text/xml"}, body.encode())


def operation_of(signing_name: str, handler: BaseHTTPRequestHandler, body: bytes) -> str:
    """`service.Operation` in botocore's names."""
    names = _SERVICES.get(signing_name, (signing_name,))
    headers = {name.lower(): value for name, value in handler.headers.items()}
    target = headers.get("x-amz-target")
    if target:
        return f"{names[0]}.{target.rpartition('.')[2]}"
    if "x-www-form-urlencoded" in headers.get("content-type", ""):
        return f"{names[0]}.{parse_qs(body.decode()).get('Action', ['?'])[0]}"
    rpc = re.search(r"/operation/(\w+)$", handler.path)
    if rpc:
        return f"{names[0]}.{rpc[1]}"
    if headers.get("x-amz-account-id"):
        names = ("s3control",)
    asked = urlsplit(handler.path)
    query = dict(parse_qsl(asked.query, keep_blank_values=True))
    for service in names:
        for name, method, path, wanted in _rest(service):
            fits = all(key in query and value in ("", query[key]) for key, value in wanted.items())
            if method == handler.command and path.fullmatch(asked.path) and fits:
                return f"{service}.{name}"
    return f"{names[0]}.?"


@cache
def _rest(service: str) -> list[tuple[str, str, re.Pattern[str], dict[str, str]]]:
    """Operations of a service that are told by method, path and query; those that say more of both first."""
    from botocore.loaders import Loader  # type: ignore[import-untyped]  # it says nothing of its types

    found = []
    for name, said in Loader().load_service_model(service, "service-2")["operations"].items():
        if said.get("deprecated"):
            continue
        path, _, query = said["http"]["requestUri"].partition("?")
        parts = re.split(r"(\{[^}]+\})", path.rstrip("/") or "/")
        shape = "".join(
            (".+" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts
        )
        wanted = dict(parse_qsl(query, keep_blank_values=True))
        found.append((name, said["http"]["method"], re.compile(shape + "/?"), wanted))
    return sorted(found, key=lambda one: (-len(one[3]), len(re.findall(r"\[|\.\+", one[2].pattern)), one[0]))


@pytest.fixture
def faults(aws: MotoServer) -> Iterator[FaultyProxy]:
    """A proxy before the empty server of `aws`, which is faultless until told otherwise."""
    proxy = FaultyProxy(aws.endpoint)
    yield proxy
    proxy.close()
