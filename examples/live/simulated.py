"""AWS on this machine: moto's server, and what moto 5.2.5 lacks of what a scan asks for.

    python examples/live/simulated.py -p 5000

takes the arguments of `moto_server`, and `--while-stdin-is-open`, with which it ends when whoever started it does.
Beyond moto, which would answer the calls of the first group with an error of the
server, and the others otherwise than AWS does:

- There are no event data stores, no account policies of CloudWatch Logs, no mute rules of alarms, no cross-account
  observability, no standards of Security Hub and no recorded events, and one may ask. No account administers GuardDuty
  for others.
- A trail without event selectors says that it records all management events.
- The status of a trail that is logging says when it delivered to its log group, and its digests.
- A trail says whether it has event selectors and Insights selectors of its own.
- The members of an organization see the organization's trail among theirs, and may ask about it.
- A member may administer CloudTrail on behalf of the management account.
- Log groups may be protected from deletion.
- A metric filter of a name that there is takes its place.
- The default retention of a bucket is told in days or in years, not in both.
- A subscription by mail or by HTTPS is pending until `ConfirmSubscription`, which here takes any token.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail, cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.organizations.models import (
    FakeDelegatedAdministrator,
    organizations_backends,
)
from moto.s3.models import S3Backend
from moto.server import main
from moto.sns.responses import SNSResponse

EVERYTHING = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
"""What a trail records that nobody said anything else of."""
_CONFIRMED_BY_PEOPLE = ("email", "email-json", "http", "https")

_own_trails: Callable[[Any, bool], Iterable[Any]] = CloudTrailBackend.describe_trails
_own_trail: Callable[[Any, str], Any] = CloudTrailBackend.get_trail
_description: Callable[[Any, bool], dict[str, Any]] = Trail.description
_own_status: Callable[[Any], str] = CloudTrailResponse.get_trail_status
_own_selectors: Callable[[Any], tuple[list[Any], list[Any]]] = Trail.get_event_selectors
_group: Callable[[Any], dict[str, Any]] = LogGroup.to_describe_dict
_add_filter: Callable[..., None] = MetricFilters.add_filter
_object_lock: Callable[..., tuple[Any, ...]] = S3Backend.get_object_lock_configuration


def _with_organization_trails(backend: Any, include_shadow_trails: bool) -> list[Any]:  # noqa: ANN401 - of moto
    trails = list(_own_trails(backend, include_shadow_trails))
    management, _ = organizations_backends.master_accounts.get(backend.account_id, ("", ""))
    if include_shadow_trails and management not in ("", backend.account_id):
        for one in cloudtrail_backends[management].values():
            trails += (
                trail
                for trail in one.trails.values()
                if trail.is_org_trail and (trail.is_multi_region or trail.region_name == backend.region_name)
            )
    return trails


def _trail(backend: Any, name_or_arn: str) -> Any:  # noqa: ANN401 - of moto
    for trail in _with_organization_trails(backend, include_shadow_trails=True):
        if trail.arn == name_or_arn and trail.account_id != backend.account_id:
            return trail
    return _own_trail(backend, name_or_arn)


def _status(response: Any) -> str:  # noqa: ANN401 - of moto
    name = response._get_param("Name")  # noqa: SLF001 - as moto's own do
    said = json.loads(_own_status(response))
    shown = response.cloudtrail_backend.describe_trails(include_shadow_trails=True)
    (trail,) = [one for one in shown if name in (one.arn, one.trail_name)]
    if said["IsLogging"]:
        if trail.cw_log_group_arn:
            said["LatestCloudWatchLogsDeliveryTime"] = said["LatestDeliveryTime"]
        if trail.log_validation:
            said["LatestDigestDeliveryTime"] = said["LatestDeliveryTime"]
    return json.dumps(said)


def _trail_described(trail: Any, include_region: bool = False) -> dict[str, Any]:  # noqa: ANN401 - of moto
    custom = _own_selectors(trail) != ([], [])
    said = _description(trail, include_region)
    return {**said, "HasCustomEventSelectors": custom, "HasInsightSelectors": bool(trail.insight_selectors)}


def _selectors(trail: Any) -> tuple[list[Any], list[Any]]:  # noqa: ANN401 - of moto
    basic, advanced = _own_selectors(trail)
    return (basic, advanced) if basic or advanced else (EVERYTHING, [])


def _described(group: Any) -> dict[str, Any]:  # noqa: ANN401 - of moto
    protected = getattr(group, "deletion_protected", False)
    return {**_group(group), "deletionProtectionEnabled": protected, "logGroupClass": "STANDARD"}


def _protect(response: Any) -> str:  # noqa: ANN401 - of moto
    said = json.loads(response.body)
    name = said["logGroupIdentifier"].removesuffix(":*").rpartition(":")[2]
    response.logs_backend.groups[name].deletion_protected = said["deletionProtectionEnabled"]
    return ""


def _put_filter(filters: Any, filter_name: str, filter_pattern: str, log_group_name: str, *more: Any) -> None:  # noqa: ANN401 - of moto
    filters.metric_filters = [
        one
        for one in filters.metric_filters
        if (one["logGroupName"], one["filterName"]) != (log_group_name, filter_name)
    ]
    _add_filter(filters, filter_name, filter_pattern, log_group_name, *more)


def _retention(backend: Any, bucket: str) -> tuple[Any, ...]:  # noqa: ANN401 - of moto
    enabled, mode, days, years = _object_lock(backend, bucket)
    return enabled, mode, days or None, years or None


def _subscriptions(response: Any, found: list[Any]) -> ActionResult:  # noqa: ANN401 - of moto
    listed = []
    for one in found:
        pending = one.protocol in _CONFIRMED_BY_PEOPLE and one.topic.arn not in _confirmed(response)
        listed.append(
            {
                "SubscriptionArn": "PendingConfirmation" if pending else one.arn,
                "Owner": one.account_id,
                "Protocol": one.protocol,
                "Endpoint": one.endpoint,
                "TopicArn": one.topic.arn,
            }
        )
    return ActionResult({"Subscriptions": listed})


def _confirmed(response: Any) -> set[str]:  # noqa: ANN401 - of moto
    """The topics whose subscriptions were confirmed; forgotten with the rest when the server is reset."""
    if not hasattr(response.backend, "confirmed"):
        response.backend.confirmed = set()
    found: set[str] = response.backend.confirmed
    return found


def _all_subscriptions(response: Any) -> ActionResult:  # noqa: ANN401 - of moto
    return _subscriptions(response, list(response.backend.subscriptions.values()))


def _subscriptions_by_topic(response: Any) -> ActionResult:  # noqa: ANN401 - of moto
    found, _ = response.backend.list_subscriptions_by_topic(response._get_param("TopicArn"))  # noqa: SLF001 - as moto's
    return _subscriptions(response, found)


def _confirm(response: Any) -> ActionResult:  # noqa: ANN401 - of moto
    topic = response._get_param("TopicArn")  # noqa: SLF001 - as moto's own do
    _confirmed(response).add(topic)
    found, _ = response.backend.list_subscriptions_by_topic(topic)
    return ActionResult({"SubscriptionArn": found[-1].arn if found else ""})


NOT_THERE = {
    ("oam", "POST", "/ListSinks"): (200, {"Items": []}),
    ("oam", "POST", "/ListLinks"): (200, {"Items": []}),
    ("securityhub", "POST", "/standards/get"): (200, {"StandardsSubscriptions": []}),
    ("guardduty", "GET", "/admin"): (400, {"__type": "BadRequestException", "message": "not an administrator"}),
}
"""What is answered before moto is asked: service, method, the end of the path → status and body."""
_dispatch: Callable[..., Any] = DomainDispatcherApplication.__call__


def _answered(application: Any, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:  # noqa: ANN401 - WSGI
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    for (service, method, end), (status, body) in NOT_THERE.items():
        if service in scope and environ["REQUEST_METHOD"] == method and environ["PATH_INFO"].endswith(end):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response(f"{status} Simulated", [("Content-Type", "application/json")])
            return [json.dumps(body).encode()]
    return _dispatch(application, environ, start_response)


MENDED: dict[type, dict[str, Callable[..., Any]]] = {
    CloudTrailResponse: {
        "list_event_data_stores": lambda _: json.dumps({"EventDataStores": []}),
        "get_trail_status": _status,
        "lookup_events": lambda _: json.dumps({"Events": []}),
    },
    LogsResponse: {
        "describe_account_policies": lambda _: json.dumps({"accountPolicies": []}),
        "put_log_group_deletion_protection": _protect,
    },
    CloudWatchResponse: {"list_alarm_mute_rules": lambda _: ActionResult({"AlarmMuteRuleSummaries": []})},
    Trail: {"get_event_selectors": _selectors, "description": _trail_described},
    CloudTrailBackend: {"describe_trails": _with_organization_trails, "get_trail": _trail},
    DomainDispatcherApplication: {"__call__": _answered},
    LogGroup: {"to_describe_dict": _described},
    MetricFilters: {"add_filter": _put_filter},
    S3Backend: {"get_object_lock_configuration": _retention},
    SNSResponse: {
        "list_subscriptions": _all_subscriptions,
        "list_subscriptions_by_topic": _subscriptions_by_topic,
        "confirm_subscription": _confirm,
    },
}
"""By class of moto, the methods that take the place of its own, or that it does not have."""


def mend() -> None:
    """Adds all of the above to moto, in this process."""
    for owner, methods in MENDED.items():
        for name, method in methods.items():
            setattr(owner, name, method)
    FakeDelegatedAdministrator.SUPPORTED_SERVICES.append("cloudtrail.amazonaws.com")


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if "--while-stdin-is-open" in arguments:
        arguments.remove("--while-stdin-is-open")
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    mend()
    main(arguments)
