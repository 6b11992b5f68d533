"""What errors mean, and which answers are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore import exceptions  # type: ignore[import-untyped]  # it says nothing of its types
from botocore.retries.standard import ThrottledRetryableChecker  # type: ignore[import-untyped]  # as above

from guardrails.sources.aws.answers import check, plain
from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.refusals import THROTTLES, GarbledError, is_transient, refusal_of
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED, THROTTLED

CALL = Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails")


def error(code: str, message: str = "no", status: int = 400) -> Exception:
    said: Exception = exceptions.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "DescribeTrails"
    )
    return said


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (error("AccessDenied", status=403), DENIED),
        (error("AccessDeniedException"), DENIED),
        (error("UnauthorizedOperation", status=403), DENIED),
        (error("AuthorizationError", status=403), DENIED),
        (error("403", status=403), DENIED),
        (error("Throttling"), THROTTLED),
        (error("SlowDown", status=503), THROTTLED),
        (error("SomethingNew", status=429), THROTTLED),
        (error("ExpiredToken", status=403), EXPIRED),
        (error("ExpiredTokenException"), EXPIRED),
        (error("InvalidClientTokenId", status=403), FAILED),
        (error("SignatureDoesNotMatch", status=403), FAILED),
        (error("TrailNotFoundException"), FAILED),
        (error("InternalFailure", status=500), FAILED),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), FAILED),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), FAILED),
        (exceptions.NoCredentialsError(), EXPIRED),
        (exceptions.UnauthorizedSSOTokenError(), EXPIRED),
        (exceptions.CredentialRetrievalError(provider="custom-process", error_msg="gone"), EXPIRED),
        (GarbledError("HTML"), FAILED),
    ],
    ids=str,
)
def test_what_errors_mean(said: Exception, kind: str) -> None:
    assert refusal_of(CALL, "eu-west-1", said).kind == kind


def test_what_is_told() -> None:
    told = refusal_of(
        CALL, "eu-west-1", error("AccessDenied", "User: x\n  may not.  Encoded authorization failure message: abc")
    )

    assert (told.operation, told.action, told.code, told.region) == (
        "cloudtrail.DescribeTrails",
        "cloudtrail:DescribeTrails",
        "AccessDenied",
        "eu-west-1",
    )
    assert told.message == "User: x may not."
    assert len(refusal_of(CALL, "", error("AccessDenied", "x" * 10_000)).message) < 600


def test_the_codes_of_throttling_are_those_of_botocore() -> None:
    assert set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES) == THROTTLES  # noqa: SLF001 - it has no other name


@pytest.mark.parametrize(
    ("said", "again"),
    [
        (error("InternalFailure", status=500), True),
        (error("ServiceUnavailable", status=503), True),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), True),
        (exceptions.ConnectionClosedError(endpoint_url="https://x"), True),
        (GarbledError("cut off"), True),
        (error("TrailNotFoundException"), False),
        (error("ValidationException"), False),
        (ValueError("a mistake of ours"), False),
    ],
    ids=str,
)
def test_what_is_asked_again(said: Exception, again: bool) -> None:
    assert is_transient(said) is again


def test_values_of_json() -> None:
    moment = datetime(2027, 1, 31, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    answer: dict[str, Any] = {
        "ResponseMetadata": {"RequestId": "x"},
        "Since": moment,
        "Naive": datetime(2027, 1, 31, 12, 0, 0, 5000, tzinfo=UTC).replace(tzinfo=None),
        "Blob": b"\x00\xff",
        "List": [{"None": None, "Number": 1.5, "Whole": 2, "Flag": True}],
    }

    assert plain(answer) == {
        "Since": "2027-01-31T12:00:00Z",
        "Naive": "2027-01-31T12:00:00.005000Z",
        "Blob": "AP8=",
        "List": [{"None": None, "Number": 1.5, "Whole": 2, "Flag": True}],
    }
    with pytest.raises(GarbledError):
        plain({"a": object()})


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        ("json", b""),
        ("json", b"[]"),
        ("json", b'{"trailList": [{"Name": "a"}'),
        ("json", b'{"trailList": [{"Name": "a"}, {"Name": {"b": 1}'),
        ("json", b'{"message": "blocked by the proxy of the company"}'),
        ("json", b"<html>sign in</html>"),
        ("query", b"<!DOCTYPE html><html>sign in</html>"),
        ("rest-xml", b" <HTML>sign in</HTML>"),
        ("rest-xml", b'{"error": "no"}'),
        ("rest-xml", b""),
        ("query", b"<ListTopicsResponse><ListTopics"),
    ],
)
def test_what_is_no_answer(protocol: str, body: bytes) -> None:
    with pytest.raises(GarbledError):
        check({"status_code": 200, "body": body}, protocol, frozenset({"trailList"}), has_payload=False)


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        ("json", b"{}"),
        ("json", b'{"trailList": []}\n'),
        ("json", b'{"trailList": [], "of a newer version": 1}'),
        ("rest-xml", b'<?xml version="1.0"?>\n<VersioningConfiguration/>'),
    ],
)
def test_what_is_an_answer(protocol: str, body: bytes) -> None:
    check({"status_code": 200, "body": body}, protocol, frozenset({"trailList"}), has_payload=False)


def test_a_body_that_is_the_answer_may_look_like_anything() -> None:
    check({"status_code": 200, "body": b'{"Statement": []}'}, "rest-xml", frozenset({"Policy"}), has_payload=True)
    with pytest.raises(GarbledError):
        check({"status_code": 200, "body": b"<html>"}, "rest-xml", frozenset({"Policy"}), has_payload=True)
