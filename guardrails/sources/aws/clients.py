"""botocore's clients: one for each service and Region, shared by all accounts that a process reads.

Making one takes some milliseconds and some hundred kilobytes; for a thousand accounts of their own that would be most
of the time of a run. So a client holds no keys: it asks the thread that uses it whose keys to sign with.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from botocore.config import Config  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.credentials import Credentials  # type: ignore[import-untyped]  # as above
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]  # as above

from guardrails.kernel.record import Record
from guardrails.sources.aws.answers import check, plain
from guardrails.sources.aws.paging import tokens_of
from guardrails.sources.aws.refusals import GarbledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from guardrails.sources.aws.calling import Call
    from guardrails.sources.aws.paging import Tokens

    class Keys(Protocol):
        """Credentials of botocore, of any kind: those that can renew themselves do it when they are asked."""

        def get_frozen_credentials(self) -> Any: ...  # noqa: ANN401 - a named tuple of botocore


_OF_AWS = ("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws")


class Timeouts:
    """Seconds that a connection, and an answer, are waited for."""

    connect: float = 5
    read: float = 60


class _Now(threading.local):
    """What the thread is doing."""

    keys: Keys | None = None
    count: Callable[[str], None] | None = None
    call: str = ""


class _KeysOfTheThread(Credentials):  # type: ignore[misc]  # of a class without types
    """Stands where botocore wants credentials, and gives those that the thread acts with."""

    def __init__(self, now: _Now) -> None:
        super().__init__("of the thread", "of the thread", method="guardrails")
        self._now = now

    def get_frozen_credentials(self) -> Any:  # noqa: ANN401 - a named tuple of botocore
        assert self._now.keys is not None
        return self._now.keys.get_frozen_credentials()


class _Provider:
    """Where a session of botocore asks for credentials."""

    def __init__(self, keys: _KeysOfTheThread) -> None:
        self._keys = keys

    def load_credentials(self) -> _KeysOfTheThread:
        return self._keys


class Clients:
    """Clients of a session of botocore, which knows the profile and all other settings. Safe for several threads."""

    def __init__(
        self,
        session: Any,  # noqa: ANN401 - botocore says nothing of its types
        endpoint_url: str = "",
        timeouts: Timeouts | None = None,
        program: str = "",
    ) -> None:
        """`session` is one whose credentials were asked for already, or never are."""
        self._session = session
        self._endpoint_url = endpoint_url or None
        timeouts = timeouts or Timeouts()
        self._config = Config(
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            retries={"mode": "standard", "total_max_attempts": 1},  # `caller` repeats
            max_pool_connections=64,
            user_agent_extra=program or "guardrails",
            # A bucket in front of the host name needs DNS for it, which servers that stand for AWS do not have.
            **({"s3": {"addressing_style": "path"}} if endpoint_url else {}),
        )
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Any] = {}
        self._tokens: dict[str, Tokens | None] = {}
        self._looks: dict[str, _Look] = {}
        self._now = _Now()
        session.register_component("credential_provider", _Provider(_KeysOfTheThread(self._now)))
        session.register("before-send", self._sent)
        session.register("response-received", self._received)

    def ask(
        self,
        call: Call,
        region: str,
        parameters: Mapping[str, object],
        keys: Keys,
        count: Callable[[str], None],
    ) -> dict[str, Any]:
        """One answer, of JSON's values; `count` is told of each request that is sent. Raises what botocore raises, and
        GarbledError."""
        client = self._client(call.service, region)
        now = self._now
        before = now.keys, now.count, now.call
        # Renewing keys asks for others in the middle of a call: what was before is put back.
        now.keys, now.count, now.call = keys, count, call.name
        if call.name not in self._looks:
            self._looks[call.name] = _look_of(client.meta.service_model, call.operation)
        try:
            # Its methods differ from this in spelling only.
            answer = client._make_api_call(call.operation, dict(parameters))  # noqa: SLF001
        except (ValueError, TypeError, AttributeError, LookupError, ResponseParserError) as error:
            # What its parsers raise for a body that they cannot read.
            raise GarbledError(f"the answer cannot be read: {type(error).__name__}: {str(error)[:120]}") from error
        finally:
            now.keys, now.count, now.call = before
        kept = plain(answer)
        assert isinstance(kept, dict)
        return kept

    def tokens(self, call: Call) -> Tokens | None:
        """How the operation names its pages."""
        with self._lock:
            if call.name not in self._tokens:
                self._tokens[call.name] = self._find_tokens(call)
            return self._tokens[call.name]

    def place_of_global_services(self, partition: str) -> str:
        """The Region that services without Regions are asked in."""
        for known in self._session.get_component("data_loader").load_data("partitions")["partitions"]:
            if known["id"] == partition:
                return str(known["outputs"]["implicitGlobalRegion"])
        raise ValueError(f"botocore knows no partition {partition!r}: perhaps a newer one does")

    def partition_of(self, region: str) -> str:
        """Empty for what is no name of a Region in any partition."""
        from botocore.exceptions import UnknownRegionError  # type: ignore[import-untyped]  # as above

        try:
            return str(self._session.get_partition_for_region(region))
        except UnknownRegionError:
            return ""

    def knows(self, region: str) -> bool:
        """Whether botocore knows the Region; it may be a new one, or misspelt."""
        return region in self._session.get_available_regions("ec2", self.partition_of(region) or "aws")

    def has_none_there(self, service: str, region: str, error: Exception) -> bool:
        """Whether a host could not be found because the service is not in the Region. botocore's table says where
        services are; what it does not know says nothing."""
        from botocore.exceptions import EndpointConnectionError

        if not isinstance(error, EndpointConnectionError) or self._endpoint_url:
            return False
        if not _is_unknown_host(error):
            return False
        partition = self._session.get_partition_for_region(region)
        offered = self._session.get_available_regions(service, partition)
        known = self._session.get_available_regions("ec2", partition)
        return bool(offered) and region in known and region not in offered

    def close(self) -> None:
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()

    def _client(self, service: str, region: str) -> Any:  # noqa: ANN401 - botocore makes their classes
        with self._lock:  # sessions of botocore are not safe for several threads, clients are
            found = self._made.get((service, region))
            if found is None:
                found = self._session.create_client(
                    service, region_name=region, endpoint_url=self._endpoint_url, config=self._config
                )
                if service == "s3control" and self._endpoint_url and not _is_of_aws(self._endpoint_url):
                    found.meta.events.register("before-sign.s3-control", _without_account)
                self._made[service, region] = found
            return found

    def _find_tokens(self, call: Call) -> Tokens | None:
        model = self._session.get_service_model(call.service).operation_model(call.operation)
        into = frozenset(model.input_shape.members) if model.input_shape else frozenset[str]()
        out = frozenset(model.output_shape.members) if model.output_shape else frozenset[str]()
        try:
            known = self._session.get_paginator_model(call.service).get_paginator(call.operation)
        except ValueError:
            known = None
        return tokens_of(known, into, out)

    def _sent(self, **_: object) -> None:
        now = self._now
        if now.count is not None:
            now.count(now.call)

    def _received(self, response_dict: Mapping[str, object] | None = None, **_: object) -> None:
        if response_dict is None or not self._now.call:
            return
        look = self._looks.get(self._now.call)
        if look is not None:
            check(response_dict, look.protocol, look.members, has_payload=look.has_payload)


class _Look(Record):
    """What answers to an operation look like."""

    protocol: str
    members: frozenset[str]
    has_payload: bool


def _look_of(model: Any, operation: str) -> _Look:  # noqa: ANN401 - a service model of botocore
    output = model.operation_model(operation).output_shape
    if output is None:
        return _Look(model.resolved_protocol, frozenset(), has_payload=False)
    names = frozenset(shape.serialization.get("name", name) for name, shape in output.members.items())
    return _Look(model.resolved_protocol, names, has_payload="payload" in output.serialization)


def _is_unknown_host(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < 10:
        if type(error).__name__ in ("NameResolutionError", "gaierror"):
            return True
        inner = getattr(error, "kwargs", {}).get("error") or getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
        seen += 1
    return False


def _is_of_aws(url: str) -> bool:
    from urllib.parse import urlsplit

    return (urlsplit(url).hostname or "").endswith(_OF_AWS)


def _without_account(request: Any, **_: object) -> None:  # noqa: ANN401 - a request of botocore
    """S3 Control wants the account in front of the host name, which a server that stands for AWS has no DNS for."""
    account = request.headers.get("x-amz-account-id")
    if isinstance(account, bytes):
        account = account.decode()
    if account:
        request.url = request.url.replace(f"//{account}.", "//", 1)
