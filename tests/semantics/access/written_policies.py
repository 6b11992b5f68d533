"""Policies for tests, from documents written as Python: a Value stands where something is not known."""

from __future__ import annotations

from typing import Any

from guardrails.kernel.many import Many
from guardrails.kernel.origin import Origin, SourceFile
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.model.access import AccessPolicy, Condition, Principal, Statement

INPUT = Reason(Why.INPUT, 'variable "x" has no value')
FILE = SourceFile("policy.json", "{}")


def somewhere(attribute: str) -> Origin:
    return Origin(FILE, 0, 1, attribute=attribute)


def variable() -> Value[str]:
    """A variable without a value."""
    return Value.unknown((INPUT,))


def attribute(address: str, *path: str) -> Value[str]:
    """What a provider computes: `attribute("aws_cloudtrail.main", "arn")`."""
    return Value.unknown((INPUT,), present=True, reference=Reference(address, path))


def joined(*parts: str | tuple[str, str] | None) -> Value[str]:
    """A text with holes; a pair is an attribute, None a variable."""
    pieces = tuple(Reference(part[0], (part[1],)) if isinstance(part, tuple) else part for part in parts)
    return Value.unknown((INPUT,), present=True, parts=pieces)


def known(text: str) -> Many[Value[str]]:
    return Many.of(Value.of(text))


def unread() -> Many[Any]:
    """A collection of which nothing was read."""
    return Many((), (INPUT,))


def policies(*documents: dict[str, Any]) -> Many[AccessPolicy]:
    return Many.of(*map(policy, documents), owner=somewhere("policy"), noun="policy")


def allowing(**elements: object) -> dict[str, Any]:
    """A statement that allows, with the usual elements where none are given."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def denying(**elements: object) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", **elements}


def stated(*statements: dict[str, Any]) -> Many[AccessPolicy]:
    """One policy of these statements."""
    return policies({"Version": "2012-10-17", "Statement": list(statements)})


def policy(document: dict[str, Any]) -> AccessPolicy:
    statements = document["Statement"]
    return AccessPolicy(
        origin=somewhere("policy"),
        version=_value(document.get("Version"), "Version"),
        statements=statements
        if isinstance(statements, Many)
        else Many.of(*map(statement, statements if isinstance(statements, list) else [statements])),
    )


def statement(written: dict[str, Any]) -> Statement:
    return Statement(
        origin=somewhere("statement"),
        sid=_value(written.get("Sid"), "Sid"),
        effect=_value(written["Effect"], "Effect"),
        principals=_principals(written.get("Principal"), "Principal"),
        not_principals=_principals(written.get("NotPrincipal"), "NotPrincipal"),
        actions=_values(written.get("Action"), "Action"),
        not_actions=_values(written.get("NotAction"), "NotAction"),
        resources=_values(written.get("Resource"), "Resource"),
        not_resources=_values(written.get("NotResource"), "NotResource"),
        conditions=_conditions(written.get("Condition")),
    )


def _conditions(written: object) -> Many[Condition]:
    if isinstance(written, Many):
        return written
    found = [
        Condition(operator=operator, key=key, values=_values(values, key))
        for operator, keys in _mapping(written).items()
        for key, values in keys.items()
    ]
    return Many.of(*found, owner=somewhere("Condition"), noun="condition")


def _mapping(written: object) -> dict[str, Any]:
    return written if isinstance(written, dict) else {}


def _principals(written: object, name: str) -> Many[Principal]:
    if isinstance(written, Many):
        return written
    if isinstance(written, str):
        return Many.of(Principal(kind="*", identifier=_value(written, name)), owner=somewhere(name))
    found = [
        Principal(kind=kind, identifier=_value(one, kind))
        for kind, identifiers in _mapping(written).items()
        for one in (identifiers if isinstance(identifiers, list) else [identifiers])
    ]
    return Many.of(*found, owner=somewhere(name), noun="principal")


def _values(written: object, name: str) -> Many[Value[str]]:
    if isinstance(written, Many):
        return written
    if written is None:
        return Many((), owner=somewhere(name), noun=name)
    listed = written if isinstance(written, list) else [written]
    return Many.of(*(_value(one, name) for one in listed), owner=somewhere(name), noun=name)


def _value(written: object, name: str) -> Value[str]:
    if isinstance(written, Value):
        return written.at(somewhere(name))
    return Value(None if written is None else str(written), somewhere(name))
