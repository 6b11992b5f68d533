"""CloudTrail records as event selectors see them: a flat mapping from field to text.

A field that is missing from a record is either absent, which selectors can tell, or not said, which they cannot: a
record without `readOnly` is still a read or a write.
"""

from __future__ import annotations

from collections.abc import Mapping

from guardrails.kernel.why import Reason, Why
from guardrails.semantics.selector_fields import DATA, INSIGHT, MANAGEMENT, NETWORK
from guardrails.semantics.texts import Hole, Text, in_our_partition, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CloudTrailRecord = Mapping[str, object]
"""A CloudTrail record, as its JSON says it."""

View = Mapping[str, Text | None]
"""What one selector looks at: the text of each field, None for an absent one. A field that is not there is absent."""

SESSION = "sessionCredentialFromConsole"


def views(record: CloudTrailRecord, partition: str = "") -> tuple[View, ...]:
    """What selectors can see of a record: one view a resource, because `resources.type` and `resources.ARN` speak of
    the same one, and a single view where there are none."""
    identity = record.get("userIdentity")
    seen: dict[str, Text | None] = {
        "eventCategory": category(record),
        "readOnly": _read_only(record),
        "eventSource": _text(record.get("eventSource")),
        "eventName": _text(record.get("eventName")),
        "eventType": _text(record.get("eventType")),
        "errorCode": _text(record.get("errorCode")),
        "vpcEndpointId": _text(record.get("vpcEndpointId")),
        "userIdentity.arn": _arn(identity.get("arn") if isinstance(identity, Mapping) else None, partition),
        SESSION: text("true" if record.get(SESSION) in (True, "true") else "false"),
    }
    return tuple(
        {
            **seen,
            "resources.type": _text(resource.get("type")),
            # S3 names what was listed by its prefix; the user guide does not say how selectors see that.
            "resources.ARN": _arn(resource.get("ARN", resource.get("ARNPrefix")), partition),
        }
        for resource in _resources(record)
    ) or (seen,)


def category(record: CloudTrailRecord) -> Text:
    """Management, Data, NetworkActivity or Insight; records older than event version 1.07 say it otherwise."""
    said = record.get("eventCategory")
    if isinstance(said, str):
        return text(said)
    kind = record.get("eventType")
    if kind == "AwsCloudTrailInsight":
        return text(INSIGHT)
    if kind in ("AwsVpceEvent", "AwsVpceEvents"):  # the user guide spells it both ways
        return text(NETWORK)
    if record.get("managementEvent") is False:
        return text(DATA)
    return text(MANAGEMENT)


def _read_only(record: CloudTrailRecord) -> Text | None:
    said = record.get("readOnly")
    if isinstance(said, bool):
        return text("true" if said else "false")
    if isinstance(said, str) and said in ("true", "false"):
        return text(said)
    if category(record) == text(NETWORK):
        return None
    return text(
        Hole(
            ("readOnly", id(record)),
            reasons=(Reason(Why.CANNOT_SAY, "the record does not say whether it reads or writes"),),
        )
    )


def _resources(record: CloudTrailRecord) -> Iterable[Mapping[str, object]]:
    listed = record.get("resources")
    if isinstance(listed, list):
        yield from (resource for resource in listed if isinstance(resource, Mapping))


def _text(said: object) -> Text | None:
    return text(said) if isinstance(said, str) else None


def _arn(said: object, partition: str) -> Text | None:
    return text(in_our_partition(said, partition)) if isinstance(said, str) else None
