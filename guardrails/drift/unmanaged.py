"""What is there, serves the audit trail, and nobody declared."""

from __future__ import annotations

from guardrails.drift.called import called_of
from guardrails.drift.fields import COMPARED
from guardrails.drift.names import short
from guardrails.drift.records import Drift, Kind
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.truth import Verdict
from guardrails.model import (
    AuditTrail,
    Bucket,
    CompositeAlarm,
    EncryptionKey,
    EventDataStore,
    EventRule,
    LogGroup,
    LogSubscription,
    MetricAlarm,
    MetricFilter,
    Subscription,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from guardrails.drift.matching import Matching
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource

_OF_CONTROL_TOWER = ("aws-controltower-", "aws-controltower/", "AWSControlTower", "StackSet-AWSControlTower")
_BY_NAME = (
    ("AWS Control Tower", _OF_CONTROL_TOWER),
    ("Security Lake", ("aws-security-data-lake-",)),
    ("an AWS service", ("DO-NOT-DELETE-", "AWSServiceRoleFor")),
)
"""What names begin with that services give to what they make themselves."""
_KINDS = (
    AuditTrail,
    EventDataStore,
    Bucket,
    LogGroup,
    EncryptionKey,
    Topic,
    MetricFilter,
    MetricAlarm,
    CompositeAlarm,
    EventRule,
    Subscription,
    LogSubscription,
)
"""Kinds that the audit trail is made of."""


def unmanaged(matching: Matching, accounts: Sequence[World], nouns: Mapping[type[Resource], str]) -> Iterator[Drift]:
    """What nobody declared. What the code points at without making it is known to it, and belongs to another."""
    known = matching.pointed_at()
    for world in accounts:
        alarms = watching(world)
        for model in COMPARED:
            if model not in _KINDS:
                continue
            for live in world.created(model):
                if matching.declaration(live) is not None or not (serves(live) or live.address in alarms):
                    continue
                if matching.perhaps_declared(live):
                    continue  # told with what may be it
                names = (short(live.address), short(str(live.name.or_none() or "")))
                if any((model, name) in known for name in names):
                    continue
                yield Drift(
                    kind=Kind.UNMANAGED,
                    noun=nouns[model],
                    type=live.type,
                    declared="",
                    live=live.address,
                    target="",
                    account=world.deployment.target,
                    origin=NOWHERE,
                    called=called_of(None, live, matching),
                    ignored=made_by(live),
                )


def watching(world: World) -> frozenset[str]:
    """The addresses of alarms that watch what filters find in audit logs."""
    found: set[str] = set()
    for one in world.created(MetricFilter):
        if serves(one):
            found |= {alarm.address for alarm, exists in one.alarms.members() if exists.verdict is Verdict.TRUE}
    return frozenset(found)


def serves(resource: Resource) -> bool:
    """Whether it is a part of the audit trail, as far as that is certain."""
    if isinstance(resource, AuditTrail | EventDataStore):
        return True
    if isinstance(resource, Bucket | LogGroup | Topic):
        return resource.audit.verdict is Verdict.TRUE
    if isinstance(resource, EncryptionKey):
        return resource.guards.verdict is Verdict.TRUE and resource.customer_managed.or_none() is not False
    if isinstance(resource, LogSubscription) and resource.account_wide.verdict is Verdict.TRUE:
        return True  # of all log groups, so of those with audit logs as well
    if isinstance(resource, MetricFilter | LogSubscription):
        return any(group.audit.verdict is Verdict.TRUE for group, _ in resource.log_group.members())
    if isinstance(resource, Subscription):
        return any(topic.audit.verdict is Verdict.TRUE for topic, _ in resource.topic.members())
    if isinstance(resource, EventRule):
        return "CloudTrail" in (resource.pattern.or_none() or "")
    return False  # alarms are told by what they watch


def made_by(resource: Resource) -> str:
    """Why a resource is nothing that anybody would declare: the service that made it, and how that is seen."""
    if isinstance(resource, EventRule):
        service = resource.managed_by.or_none()
        if service:
            return f"{service} made it and keeps it"
    for name in {short(resource.address), short(str(resource.name.or_none() or ""))}:
        for service, heads in _BY_NAME:
            if name.startswith(heads):
                return f"its name is one that {service} gives"
    return ""
