"""The answers of AWS as values of JSON, and whether they are answers of AWS at all."""

from __future__ import annotations

from guardrails.sources.aws.refusals import GarbledError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def plain(value: object) -> object:
    """The same of JSON's types only: points in time as texts of ISO 8601 in UTC, bytes in base64."""
    from datetime import UTC, datetime

    if isinstance(value, dict):
        return {str(name): plain(member) for name, member in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        from base64 import b64encode

        return b64encode(value).decode()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise GarbledError(f"a value of the type {type(value).__name__} cannot be kept")


def check(response: Mapping[str, object], protocol: str, members: frozenset[str], *, has_payload: bool) -> None:
    """Whether a body is what the protocol says. botocore reads members out of whatever it gets, and takes the sign-in
    page of a network, or an answer that was cut off, for one that has none: an account without trails.

    `members` are the names that the operation's answers may have at the top. Raises GarbledError.
    """
    status, body = response.get("status_code"), response.get("body")
    if status != 200 or not isinstance(body, bytes):
        return
    announced = _announced(response)
    if announced is not None and len(body) < announced:
        raise GarbledError(f"the answer is cut off: {len(body)} of {announced} bytes came")
    body = body.strip()
    if body[:14].lower().startswith((b"<html", b"<!doctype html")):
        raise GarbledError("a page of HTML came instead of an answer of AWS: something on the way answered for it")
    if has_payload:
        return
    if protocol in ("json", "rest-json"):
        _check_json(body, members)
    elif protocol in ("query", "ec2", "rest-xml") and not (body.startswith(b"<") and body.endswith(b">")):
        raise GarbledError("the answer is not XML")


def _announced(response: Mapping[str, object]) -> int | None:
    """How long the body was said to be; botocore does not compare it."""
    headers: Any = response.get("headers") or {}
    said = str(headers.get("content-length", ""))
    return int(said) if said.isdecimal() else None


def _check_json(body: bytes, members: frozenset[str]) -> None:
    import json

    if not (body.startswith(b"{") and body.endswith(b"}")):
        raise GarbledError("the answer is not a JSON object")
    try:
        said = json.loads(body)
    except ValueError as error:
        raise GarbledError("the answer is not a JSON object") from error
    if said and members and members.isdisjoint(said):
        raise GarbledError("the answer has none of the members that such answers have")
