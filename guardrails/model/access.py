"""Access policies as documents: what a JSON policy says, before anyone asks what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Principal:
    """One principal: `kind` is `AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` for everyone."""

    kind: str
    identifier: Value[str]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Condition:
    """One condition key of a statement: the operator, the key as spelled, the values (alternatives)."""

    operator: str
    key: str
    values: Many[Value[str]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Statement:
    """One statement of a policy. An element that is not written is empty."""

    origin: Origin
    sid: Value[str]
    effect: Value[str]
    principals: Many[Principal]
    not_principals: Many[Principal]
    actions: Many[Value[str]]
    not_actions: Many[Value[str]]
    resources: Many[Value[str]]
    not_resources: Many[Value[str]]
    conditions: Many[Condition]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AccessPolicy:
    """One policy document."""

    origin: Origin
    statements: Many[Statement]
