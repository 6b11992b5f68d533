"""The event history, as a recorded caller answers it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from guardrails.sources.aws.calling import Call, CallError
from guardrails.sources.aws.event_history import LookedUp, looked_up, region_of_global_services
from guardrails.sources.aws.snapshot import DENIED, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


def event(name: str, moment: str, source: str = "iam.amazonaws.com") -> dict[str, Any]:
    return {"eventName": name, "eventTime": moment, "eventSource": source, "eventID": f"{name}-{moment}"}


class Asked:
    """Answers in pages of two, and what was asked."""

    def __init__(self, *events: object, refusing: int = 0) -> None:
        self._events = events
        self._refusing = refusing
        self.asked: list[tuple[str, dict[str, object]]] = []

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any]:
        self.asked.append((region, dict(parameters)))
        assert call.name == "cloudtrail.LookupEvents"
        if self._refusing and len(self.asked) >= self._refusing:
            raise CallError(Refusal(call.name, call.action, DENIED, "AccessDenied", "no", region))
        start = int(str(parameters.get("NextToken", 0)))
        page = [
            {"CloudTrailEvent": one if isinstance(one, str) else json.dumps(one)}
            for one in self._events[start : start + 2]
        ]
        more = start + 2 < len(self._events)
        return {"Events": page, **({"NextToken": str(start + 2)} if more else {})}


def test_pages_are_read_to_the_end() -> None:
    events = [event("CreatePolicy", f"2026-03-0{day}T00:00:00Z") for day in (5, 4, 3, 2, 1)]
    caller = Asked(*events)

    assert looked_up(caller, "us-east-1", "CreatePolicy").records == tuple(events)
    assert [asked.get("NextToken") for _, asked in caller.asked] == [None, "2", "4"]
    assert {region for region, _ in caller.asked} == {"us-east-1"}
    assert caller.asked[0][1]["LookupAttributes"] == [{"AttributeKey": "EventName", "AttributeValue": "CreatePolicy"}]


def test_there_is_a_most_of_them() -> None:
    events = [event("CreatePolicy", f"2026-03-0{day}T00:00:00Z") for day in (5, 4, 3, 2, 1)]
    caller = Asked(*events)

    assert looked_up(caller, "us-east-1", "CreatePolicy", most_pages=2) == LookedUp(
        tuple(events[:4]), more_before="2026-03-02T00:00:00Z"
    )
    assert len(caller.asked) == 2


def test_calls_of_the_same_name_of_another_service_are_left_out() -> None:
    mine = event("CreatePolicy", "2026-03-05T00:00:00Z", "organizations.amazonaws.com")
    caller = Asked(event("CreatePolicy", "2026-03-06T00:00:00Z"), mine)

    assert looked_up(caller, "us-east-1", "CreatePolicy", {"organizations.amazonaws.com"}).records == (mine,)


def test_a_refusal_keeps_what_was_read() -> None:
    events = [event("CreatePolicy", f"2026-03-0{day}T00:00:00Z") for day in (5, 4, 3)]

    found = looked_up(Asked(*events, refusing=2), "us-east-1", "CreatePolicy")

    assert found == LookedUp(tuple(events[:2]), refused="`cloudtrail:LookupEvents`: AccessDenied")


def test_what_is_no_record_is_passed_over() -> None:
    mine = event("CreatePolicy", "2026-03-05T00:00:00Z")

    assert looked_up(Asked("{", mine, "[]"), "us-east-1", "CreatePolicy").records == (mine,)


def test_where_calls_without_a_region_are_recorded() -> None:
    assert region_of_global_services(["eu-west-1", ""]) == "us-east-1"
    assert region_of_global_services(["cn-northwest-1"]) == "cn-north-1"
    assert region_of_global_services(["us-gov-east-1"]) == "us-gov-west-1"
