"""Access policies as documents: what a JSON policy says, before anyone asks what it means."""

from __future__ import annotations

from guardrails.kernel.record import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value


class Principal(Noun):
    """One principal: `kind` is `AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` for everyone."""

    kind: str
    identifier: Value[str]


class Condition(Noun):
    """One condition key of a statement: the operator, the key as spelled, the values (alternatives)."""

    operator: str
    key: str
    values: Many[Value[str]]


class Statement(Noun):
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


class AccessPolicy(Noun):
    """One policy document."""

    origin: Origin
    version: Value[str]
    """`2012-10-17`, or older, which is what no version means: then `${aws:username}` is plain text."""
    statements: Many[Statement]
