"""Trails and event data stores as the API describes them, as model objects: known in every detail.

The shapes are those of `DescribeTrails` with `IsLogging` of `GetTrailStatus`, and of `GetEventSelectors` and
`GetInsightSelectors`. A detail that is a `Value` or `Many` already is taken as it is: that is how the tests leave it
open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from guardrails.kernel.block import Location
from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE, How, Origin, SourceFile
from guardrails.kernel.truth import false, true
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model import (
    Account,
    AdvancedEventSelector,
    AuditTrail,
    Bucket,
    DataResource,
    EventDataStore,
    EventSelector,
    FieldSelector,
    InsightSelector,
)

Said = Mapping[str, Any]
T = TypeVar("T")

ACCOUNT = "111122223333"
OPEN = (Reason(Why.INPUT, 'variable "open" has no value', "pass --var open=..."),)


def left_open() -> Value[Any]:
    return Value.unknown(OPEN)


def place(text: str) -> Origin:
    """An origin that can be recognised in a fact."""
    return Origin(SourceFile(f"{text}.tf", text), 0, len(text), How.WRITTEN)


def value(said: object, default: object = None) -> Value[Any]:
    if isinstance(said, Value):
        return said
    return Value.of(default if said is None else said)


def values(said: object) -> Many[Value[Any]]:
    if isinstance(said, Many):
        return said
    assert said is None or isinstance(said, Sequence)
    return Many.of(*(value(one) for one in said or ()))


def several(said: object, build: Callable[[Said], T]) -> Many[T]:
    if isinstance(said, Many):
        return said
    assert said is None or isinstance(said, Sequence)
    return Many.of(*(build(one) for one in said or ()))


def event_selector(said: Said) -> EventSelector:
    return EventSelector(
        origin=NOWHERE,
        read_write=value(said.get("ReadWriteType"), "All"),
        management=value(said.get("IncludeManagementEvents"), True),
        excluded_sources=values(said.get("ExcludeManagementEventSources")),
        data=several(said.get("DataResources"), data_resource),
    )


def data_resource(said: Said) -> DataResource:
    return DataResource(origin=NOWHERE, type=value(said.get("Type")), values=values(said.get("Values")))


def advanced_event_selector(said: Said) -> AdvancedEventSelector:
    return AdvancedEventSelector(
        origin=NOWHERE, name=value(said.get("Name")), fields=several(said.get("FieldSelectors"), field_selector)
    )


def field_selector(said: Said) -> FieldSelector:
    return FieldSelector(
        origin=NOWHERE,
        field=value(said.get("Field")),
        equals=values(said.get("Equals")),
        not_equals=values(said.get("NotEquals")),
        starts_with=values(said.get("StartsWith")),
        not_starts_with=values(said.get("NotStartsWith")),
        ends_with=values(said.get("EndsWith")),
        not_ends_with=values(said.get("NotEndsWith")),
    )


def insight_selector(said: Said) -> InsightSelector:
    return InsightSelector(
        origin=NOWHERE, type=value(said.get("InsightType")), categories=values(said.get("EventCategories"))
    )


def common(said: Said, type: str) -> dict[str, Any]:
    return {
        "address": said.get("Name", "t"),
        "type": type,
        "exists": true(),
        "owned": True,
        "origin": NOWHERE,
        "location": Location("", value(said.get("AccountId"), ACCOUNT), value(said.get("HomeRegion"), "us-east-1")),
        "name": value(said.get("Name"), "t"),
        "protected": Value.of(False),
    }


def trail(said: Said, account: Account | None = None) -> AuditTrail:
    """One trail. Its account holds it alone unless one is given."""
    nothing: Many[Any] = Many.of()
    unset: Value[Any] = Value.unset()
    return AuditTrail(
        **common(said, "aws_cloudtrail"),
        logging=value(said.get("IsLogging"), True),
        multi_region=value(said.get("IsMultiRegionTrail"), False),
        global_events=value(said.get("IncludeGlobalServiceEvents"), True),
        log_validation=Value.of(False),
        organization=value(said.get("IsOrganizationTrail"), False),
        prefix=unset,
        key=nothing,
        bucket=nothing,
        log_group=nothing,
        log_group_arn=unset,
        log_group_wildcard=unset,
        role=nothing,
        role_arn=unset,
        topic=nothing,
        topic_name=unset,
        selectors=several(said.get("EventSelectors"), event_selector),
        advanced_selectors=several(said.get("AdvancedEventSelectors"), advanced_event_selector),
        insights=several(said.get("InsightSelectors"), insight_selector),
        tags=Value.of({}),
        tag_names=nothing,
        started_at=unset,
        delivered_at=unset,
        delivery_error=unset,
        digest_delivered_at=unset,
        digest_error=unset,
        log_group_delivered_at=unset,
        log_group_error=unset,
        notification_error=unset,
        account=account or deployment(),
    )


def store(said: Said) -> EventDataStore:
    return EventDataStore(
        **common(said, "aws_cloudtrail_event_data_store"),
        ingesting=value(said.get("Status"), "ENABLED").map(lambda status: status == "ENABLED"),
        multi_region=value(said.get("MultiRegionEnabled"), True),
        organization=value(said.get("OrganizationEnabled"), False),
        termination_protected=Value.of(True),
        retention_days=Value.of(366),
        key=Many.of(),
        advanced_selectors=several(said.get("AdvancedEventSelectors"), advanced_event_selector),
        account=deployment(),
    )


def deployment(
    trails: Callable[[Account], Many[AuditTrail]] = lambda _: Many.of(),
    stores: Many[EventDataStore] | None = None,
    buckets: Many[Bucket] | None = None,
) -> Account:
    """What is deployed as one, with the trails that are made for it."""
    said: dict[str, Any] = {
        "address": ".",
        "type": "terraform",
        "exists": true(),
        "owned": True,
        "origin": NOWHERE,
        "location": Location("", Value.unset(), Value.unset()),
        "name": Value.of("."),
        "protected": Value.of(False),
        "trails": Many(lambda: trails(account)),
        "stores": Many.of() if stores is None else stores,
        "buckets": Many.of() if buckets is None else buckets,
        "organization_id": Value.unset(),
        "expects_trail": false(),
        "manages_organization": false(),
    }
    # What else an account may hold, there is none of.
    account = Account(**{**dict.fromkeys(Account._fields, Many.of()), **said})
    return account
