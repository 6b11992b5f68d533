"""Access policy documents, the same in every dialect: JSON with the IAM policy grammar."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict, any_of, false
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model.access import AccessPolicy, Condition, Principal, Statement
from guardrails.semantics.access.service_grants import serves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.block import Block
    from guardrails.kernel.truth import Truth
    from guardrails.lower.reader import Reader

T = TypeVar("T")

MOST_STATEMENTS = 200
"""Statements of one policy document that are read. AWS takes 20 kB for a bucket and 32 kB for a key."""

MOST_VALUES = 2_000
"""Actions, resources, principals and values of conditions that are read in one document, together."""

MOST_WILDCARDS = 30
"""Asterisks in one text of a document. What two patterns have in common takes time that grows with their product."""

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class _Allowance:
    """How much of one document is read: each statement is compared with each, and so are their values."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def granted(self, found: Many[T]) -> Many[T]:
        """What was found, or nothing and why where it is too much together with what was read before."""

        def counted() -> Many[T]:
            members, gaps = found.loaded()
            self._left -= len(members)
            if self._left >= 0 and not any(map(_is_wild, members)):
                return found
            if self._left >= 0:
                detail = f"a text has more than the {MOST_WILDCARDS} asterisks that are compared"
                return Many((), (*gaps, Reason(Why.LIMIT, detail, "", found.owner)), owner=found.owner)
            detail = f"a policy document has more than the {MOST_VALUES} values that are read"
            return Many((), (*gaps, Reason(Why.LIMIT, detail, "", found.owner)), owner=found.owner)

        return Many(counted, noun=found.noun)


def _is_wild(member: tuple[object, Truth]) -> bool:
    said = member[0].or_none() if isinstance(member[0], Value) else None
    return isinstance(said, str) and said.count("*") > MOST_WILDCARDS


def access_policy(r: Reader) -> AccessPolicy:
    allowance = _Allowance()
    found = r.each(
        lambda part: statement(part, allowance), tf="Statement", cfn="Statement", live="Statement", noun="statement"
    )

    def statements() -> Many[Statement]:
        members, gaps = found.loaded()
        if len(members) <= MOST_STATEMENTS:
            return found
        detail = f"a policy document has more than the {MOST_STATEMENTS} statements that are read"
        gaps += (Reason(Why.LIMIT, detail, "", members[MOST_STATEMENTS][0].origin),)
        return Many(members[:MOST_STATEMENTS], gaps, owner=found.owner)

    return AccessPolicy(
        origin=r.origin,
        version=r.text(tf="Version", cfn="Version", live="Version"),
        statements=Many(statements, owner=r.origin, noun="statement"),
    )


def statement(r: Reader, allowance: _Allowance) -> Statement:
    def texts(name: str) -> Many[Value[str]]:
        return allowance.granted(r.texts(tf=name, cfn=name, live=name))

    return Statement(
        origin=r.origin,
        sid=r.text(tf="Sid", cfn="Sid", live="Sid"),
        effect=r.text(tf="Effect", cfn="Effect", live="Effect"),
        principals=allowance.granted(_principals(r, "Principal")),
        not_principals=allowance.granted(_principals(r, "NotPrincipal")),
        actions=texts("Action"),
        not_actions=texts("NotAction"),
        resources=texts("Resource"),
        not_resources=texts("NotResource"),
        conditions=allowance.granted(
            Many(lambda: _conditions(r, allowance), owner=r.origin.named(""), noun="condition")
        ),
    )


def _principals(r: Reader, name: str) -> Many[Principal]:
    """`"*"`, or a mapping from kind to one or more identifiers."""

    def read() -> Many[Principal]:
        whole = r.block.attribute(name)
        everyone = whole.or_none()
        if isinstance(everyone, str):
            return Many.of(Principal(kind="*", identifier=Value.of(everyone, whole.origin)))
        found: list[tuple[Principal, Truth]] = []
        blocks, gaps = r.block.blocks(name).loaded()
        missing: list[Reason] = list(gaps)
        for block, exists in blocks:
            for kind in _KINDS:
                members, more = block.elements(kind).loaded()
                missing += more
                found += [(Principal(kind=kind, identifier=_text(value)), exists & also) for value, also in members]
        if not found and not missing and not whole.settled:
            missing += whole.reasons
        return Many(tuple(found), tuple(dict.fromkeys(missing)))

    return Many(read, owner=r.origin, noun="principal")


def _conditions(r: Reader, allowance: _Allowance) -> Many[Condition]:
    """`{operator: {key: value or values}}`."""
    found: list[tuple[Condition, Truth]] = []
    operators, gaps = r.block.blocks("Condition").loaded()
    missing: list[Reason] = list(gaps)
    for block, exists in operators:
        for operator in block.names():
            keys, more = block.blocks(operator).loaded()
            missing += more
            for holder, also in keys:
                found += [
                    (
                        Condition(operator=operator, key=key, values=allowance.granted(_text_values(holder, key))),
                        exists & also,
                    )
                    for key in holder.names()
                ]
    return Many(tuple(found), tuple(dict.fromkeys(missing)))


def _text_values(holder: Block, key: str) -> Many[Value[str]]:
    members, gaps = holder.elements(key).loaded()
    return Many(tuple((_text(value), exists) for value, exists in members), gaps, owner=holder.origin, noun=key)


def _text(value: Value[object]) -> Value[str]:
    if not value.settled:
        return value.as_unknown()
    content = value.or_none()
    if isinstance(content, bool):
        return Value.of("true" if content else "false", value.origin)
    return Value.of(str(content), value.origin) if content is not None else Value(None, value.origin)


def evidence(policy: Many[AccessPolicy], action: str) -> Truth:
    """Whether a statement that was read lets CloudTrail do `action`, surely or perhaps.

    A policy that could not be read is no evidence: else everything with one would be taken to serve the audit trail.
    """
    members, _ = policy.loaded()
    found = any_of(exists & serves(document, "cloudtrail.amazonaws.com", action) for document, exists in members)
    return found if found.verdict is Verdict.TRUE else false()
