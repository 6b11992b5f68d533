"""Policies as objects, made from plain data without a source: small enough to make thousands of."""

from __future__ import annotations

from typing import Any

from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model import AccessPolicy, Condition, Principal, Statement

OPEN = (Reason(Why.INPUT, "variable `x` has no value"),)
"""Why anything in these tests is not known."""


class Open:
    """Stands in plain data for what is not known."""

    def __repr__(self) -> str:
        return "OPEN"


UNKNOWN = Open()


def _value(said: object) -> Value[str]:
    return Value.unknown(OPEN) if isinstance(said, Open) else Value.of(str(said))


def _several(said: object) -> Many[Value[str]]:
    """One or a list; a list that is not known is a gap."""
    if said is None:
        return Many(())
    return Many.of(*(_value(one) for one in (said if isinstance(said, list) else [said])))


def _principals(said: str | dict[str, Any] | Open | None) -> Many[Principal]:
    if said is None:
        return Many(())
    if isinstance(said, Open):
        return Many((), OPEN)
    if isinstance(said, str):
        return Many.of(Principal(kind="*", identifier=Value.of(said)))
    found = [
        Principal(kind=kind, identifier=_value(one))
        for kind, identifiers in said.items()
        for one in (identifiers if isinstance(identifiers, list) else [identifiers])
    ]
    return Many.of(*found)


def _conditions(said: dict[str, dict[str, Any]] | Open | None) -> Many[Condition]:
    if said is None:
        return Many(())
    if isinstance(said, Open):
        return Many((), OPEN)
    found = [
        Condition(operator=operator, key=key, values=_several(values))
        for operator, keys in said.items()
        for key, values in keys.items()
    ]
    return Many.of(*found)


def statement(said: dict[str, Any]) -> Statement:
    return Statement(
        origin=NOWHERE,
        sid=Value.unset(),
        effect=_value(said["Effect"]),
        principals=_principals(said.get("Principal")),
        not_principals=_principals(said.get("NotPrincipal")),
        actions=_several(said.get("Action")),
        not_actions=_several(said.get("NotAction")),
        resources=_several(said.get("Resource")),
        not_resources=_several(said.get("NotResource")),
        conditions=_conditions(said.get("Condition")),
    )


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> AccessPolicy:
    return AccessPolicy(
        origin=NOWHERE, version=Value.of(version), statements=Many.of(*(statement(said) for said in statements))
    )
