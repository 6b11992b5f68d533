"""Which attributes count: those that some policy reads.

What the built-in policies read was worked out beforehand (docs/generate.py) and stands in a table beside them. A policy
that is in no table reads everything.
"""

from __future__ import annotations

import sys

from guardrails.drift.fields import COMPARED
from guardrails.model import (
    Bucket,
    CompositeAlarm,
    ConfigRecorder,
    DeliveryChannel,
    EncryptionKey,
    Guarded,
    MetricAlarm,
    MonitoringShare,
    MuteRule,
    Role,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from guardrails.model.resource import Resource
    from guardrails.sources.aws.needs import Declared

_MODULE = "_needs"
"""The module of a package of policies that holds the table: READS, by id `KIND/ATTRIBUTE,ATTRIBUTE KIND/ATTRIBUTE`."""
_SEEN_AS: dict[tuple[type[Resource], str], tuple[tuple[type[Resource], str], ...]] = {
    (Guarded, "policy"): ((Bucket, "policy"), (Topic, "policy"), (EncryptionKey, "policy")),
    (CompositeAlarm, "mutes"): ((MuteRule, "alarm_names"),),
    (ConfigRecorder, "channels"): ((ConfigRecorder, "channels"), (DeliveryChannel, "bucket")),
    (MetricAlarm, "mutes"): ((MuteRule, "alarm_names"),),
    (MonitoringShare, "policy"): ((MonitoringShare, "policy"), (Role, "trust")),
}
"""Attributes of views, or worked out of others: what they are views of, or made of."""


def fields_read(policies: Iterable[Declared]) -> dict[type[Resource], frozenset[str]]:
    """The compared attributes that count for these policies, by kind."""
    kinds = {kind.__name__: kind for kind in COMPARED}
    found: dict[type[Resource], set[str]] = {}
    for policy in policies:
        row = _table(policy.module.partition(".")[0]).get(policy.id)
        if row is None:
            return {kind: frozenset(fields) for kind, fields in COMPARED.items()}
        for one in row.split():
            name, _, fields = one.partition("/")
            if name in kinds:
                found.setdefault(kinds[name], set()).update(fields.split(","))
    return {kind: frozenset(fields) for kind, fields in found.items()}


def written(attributes: Iterable[tuple[type[Resource], str]]) -> str:
    """One row of the table, of what a policy reads."""
    found: dict[str, set[str]] = {}
    for attribute in attributes:
        for kind, field in _SEEN_AS.get(attribute, (attribute,)):
            if field in COMPARED.get(kind, ()):
                found.setdefault(kind.__name__, set()).add(field)
    return " ".join(f"{kind}/{','.join(sorted(fields))}" for kind, fields in sorted(found.items()))


def _table(package: str) -> Mapping[str, str]:
    try:
        __import__(f"{package}.{_MODULE}")
    except ImportError:
        return {}
    table: Mapping[str, str] = getattr(sys.modules[f"{package}.{_MODULE}"], "READS", {})
    return table
