"""What the calls that change a resource name it by."""

from __future__ import annotations

from guardrails.drift.records import Called
from guardrails.kernel.truth import Verdict
from guardrails.model import (
    DelegatedAdministrator,
    Detector,
    EncryptionKey,
    EventDataStore,
    EventRule,
    Group,
    LogSubscription,
    ManagedPolicy,
    MetricFilter,
    OrganizationPolicy,
    Role,
    SecurityStandard,
    Subscription,
    User,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from guardrails.drift.comparing import Twins
    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.resource import Resource

_BY_LAST = (Detector, EncryptionKey, EventDataStore, Group, ManagedPolicy, OrganizationPolicy, Role, User)
"""Kinds of which calls name what stands behind the last slash of the ARN: an id, or a name without its path."""


def called_of(declared: Resource | None, live: Resource | None, matching: Twins) -> Called:
    """What names a resource that is in the code, in an account, or in both."""
    there = [one for one in (live, declared) if one is not None]
    names = dict.fromkeys(name for one in there for name in _names(one))
    within = dict.fromkeys(name for one in there for name in _within(one, matching))
    regions = [one.location.region.or_none() for one in there]
    region = _region_of(live) or next((region for region in regions if region), "")
    return Called(type(there[0]).__name__, tuple(names), tuple(within), region)


def _region_of(live: Resource | None) -> str:
    return live.address.split(":")[3] if live is not None and live.address.startswith("arn:") else ""


def _names(resource: Resource) -> Iterator[str]:
    arn = resource.address if resource.address.startswith("arn:") else ""
    if arn:
        yield arn
    yield from _texts(resource.name)
    if isinstance(resource, EncryptionKey):
        yield from _texts(resource.alias)
    if isinstance(resource, SecurityStandard):
        yield from _texts(resource.standard)
    if isinstance(resource, DelegatedAdministrator):
        yield from _texts(resource.account_id)
    if arn and isinstance(resource, _BY_LAST):
        yield arn.rpartition("/")[2]


def _within(resource: Resource, matching: Twins) -> Iterator[str]:
    if isinstance(resource, MetricFilter | LogSubscription):
        yield from _of_owner(resource.log_group, matching)
    elif isinstance(resource, Subscription):
        yield from _of_owner(resource.topic, matching)
    elif isinstance(resource, DelegatedAdministrator):
        yield from _texts(resource.service)
    elif isinstance(resource, EventRule):
        for bus in _texts(resource.bus):
            yield bus
            if bus.startswith("arn:"):
                yield bus.rpartition("/")[2]


def _of_owner(link: Many[Any], matching: Twins) -> Iterator[str]:
    owners = [one for one, exists in link.members() if exists.verdict is not Verdict.FALSE]
    if len(owners) == 1:
        yield from _names(owners[0])
        live = matching.live(owners[0])
        if live is not None:
            yield from _names(live)


def _texts(value: Value[Any]) -> Iterator[str]:
    """A text, or the several that an account has: the aliases of a key."""
    content = value.or_none()
    texts = content if isinstance(content, list) else [content]
    yield from (text for text in texts if isinstance(text, str) and text)
