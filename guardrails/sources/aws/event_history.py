"""The event history that every account and Region keeps: who called what in the last 90 days.

CloudTrail answers two requests in a second for each account and Region, 50 events each, the newest first, and picks
them by one attribute only: here the name of the event. Management events only; calls of S3 about objects are not there.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json

from guardrails.kernel.record import Record
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.kinds_lookups import LEADING, LOOKUP_EVENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from guardrails.sources.aws.calling import Caller

DAYS = 90
"""How far back there is anything."""
MOST_PAGES = 10
"""Requests for one event in one Region: 500 calls, which takes five seconds."""
_PAGE = 50


class LookedUp(Record):
    """The calls of one name in one Region."""

    records: tuple[dict[str, Any], ...]
    """As CloudTrail records them, the newest first."""
    more_before: str = ""
    """The time before which there are more that were not read."""
    refused: str = ""
    """Why it could not be asked, or not to the end."""


def looked_up(
    caller: Caller, region: str, event: str, sources: Collection[str] = (), most_pages: int = MOST_PAGES
) -> LookedUp:
    """The calls of a name; of these `sources` only, if any are given: services share names."""
    records: list[dict[str, Any]] = []
    asked: dict[str, object] = {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": event}],
        "MaxResults": _PAGE,
    }
    oldest = ""
    for _ in range(most_pages):
        try:
            answer = caller(region, LOOKUP_EVENTS, asked) or {}
        except CallError as error:
            refusal = error.refusal
            return LookedUp(tuple(records), refused=f"`{LOOKUP_EVENTS.action}`: {refusal.code or refusal.kind}")
        page = [record for listed in answer.get("Events") or () if (record := _record(listed)) is not None]
        oldest = next((str(one["eventTime"]) for one in reversed(page) if one.get("eventTime")), oldest)
        records += (one for one in page if not sources or one.get("eventSource") in sources)
        token = answer.get("NextToken")
        if not token:
            return LookedUp(tuple(records))
        asked["NextToken"] = token
    return LookedUp(tuple(records), more_before=oldest)


def region_of_global_services(regions: Iterable[str]) -> str:
    """Where calls of IAM, Organizations and the like are recorded, in the partition of these Regions."""
    for region in regions:
        if region.startswith("cn-"):
            return LEADING["aws-cn"]
        if region.startswith("us-gov-"):
            return LEADING["aws-us-gov"]
    return LEADING["aws"]


def _record(listed: object) -> dict[str, Any] | None:
    text = listed.get("CloudTrailEvent") if isinstance(listed, dict) else None
    try:
        record = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
