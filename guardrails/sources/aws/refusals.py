"""Why a call was not answered, out of what AWS or botocore said."""

from __future__ import annotations

from guardrails.sources.aws.snapshot import DENIED, EXPIRED, FAILED, THROTTLED, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.calling import Call

_LONGEST = 500
THROTTLES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Codes that say that there are too many requests: those of botocore's standard mode of retrying."""
_DENIALS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "NotAuthorized",
        "NotAuthorizedException",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
"""Codes that say that something has to allow the call. SNS says AuthorizationError, EC2 UnauthorizedOperation; the rest
is in AWS's lists of common errors."""
EXPIRIES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException", "InternalFailure", "InternalError"})
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504, 509})


class GarbledError(Exception):
    """An answer that is not one of AWS's, or not a whole one."""


def refusal_of(call: Call, region: str, error: Exception) -> Refusal:
    """What an exception means that botocore raised."""
    code, message, status = told(error)
    if code in THROTTLES or status == 429:
        kind = THROTTLED
    elif code in EXPIRIES or ran_out(error):
        kind = EXPIRED
    elif code in _DENIALS:
        kind = DENIED
    else:
        kind = FAILED
    return Refusal(call.name, call.action, kind, code, message, region)


def told(error: Exception) -> tuple[str, str, int]:
    """Code, message in one line, and HTTP status; of what AWS did not answer the exception's name, its text and 0."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and isinstance(response.get("Error"), dict):
        code = str(response["Error"].get("Code") or type(error).__name__)
        message = str(response["Error"].get("Message") or "")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "403":
            # An answer without a body, or with one that does not say: S3 to a HEAD request.
            code = "AccessDenied"
        return code, _line(message), status if isinstance(status, int) else 0
    name = type(error).__name__
    hint = ": is there a network, and such a service in the Region?" if name == "EndpointConnectionError" else ""
    return name, _line(str(error)).rstrip(".") + hint if hint else _line(str(error)), 0


def is_transient(error: Exception) -> bool:
    """Whether the same call may well be answered if it is made again: a fault of the service or of the way there."""
    from botocore.exceptions import (  # type: ignore[import-untyped]  # it says nothing of its types
        ConnectionError as NoConnectionError,
    )
    from botocore.exceptions import HTTPClientError

    code, _, status = told(error)
    return (
        isinstance(error, (NoConnectionError, HTTPClientError, GarbledError))
        or code in _TRANSIENT
        or status in _TRANSIENT_STATUS
    )


def ran_out(error: Exception) -> bool:
    """Whether it says that the credentials could not be renewed."""
    from botocore.exceptions import (
        CredentialRetrievalError,
        MetadataRetrievalError,
        NoCredentialsError,
        RefreshWithMFAUnsupportedError,
        SSOError,
        TokenRetrievalError,
    )

    kinds = (
        CredentialRetrievalError,
        MetadataRetrievalError,
        NoCredentialsError,
        RefreshWithMFAUnsupportedError,
        SSOError,
        TokenRetrievalError,
    )
    return isinstance(error, kinds) or "LoginError" in {kind.__name__ for kind in type(error).__mro__}


def _line(text: str) -> str:
    """In one line. EC2 puts its reasons into the message encoded, which is of no use to a reader."""
    text = " ".join(text.split())
    text = text.partition(" Encoded authorization failure message:")[0]
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
