"""What access policies grant and deny, as far as the policies about trails and organizations ask.

Three-valued: an element that is not known makes the answer unknown only where it could change it. Conditions on a grant
are taken to be met by the caller that is asked about (a service that writes on behalf of a trail meets a condition on
that trail); a denial with a condition counts only where the condition merely exempts some principals.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from guardrails.kernel.truth import Fact, Truth, all_of, decide, false, true, unknown
from guardrails.kernel.value import Reference
from guardrails.kernel.why import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model import AccessPolicy, Condition, LogGroup, Principal, Statement

    Covers = Callable[[Value[str]], Truth]

_EXEMPTING_KEYS = (
    "aws:principalarn",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:userid",
    "aws:principalorgid",
)
_OWN = re.compile(r"(?:^|\.)data\.aws_(caller_identity|region|partition)\.")
_OWN_MARKS = {"caller_identity": "\1", "region": "\2", "partition": "\3"}
"""What stands in a text for the account, Region and partition that it is deployed to."""
_OWN_SAMPLES = {1: "111122223333", 2: "eu-west-1", 3: "aws"}
_OWN_ANY = {1: "*", 2: "*", 3: "*"}


def grants(
    policies: Many[AccessPolicy],
    *,
    actions: tuple[str, ...],
    principal_kind: str = "",
    principal: str = "",
    resource: str | Covers | None = None,
) -> Truth:
    """Whether the policies together allow every one of `actions`, to `principal` where one is given (a resource policy)
    and on `resource` where one is given: a full ARN, or a function that says whether a resource element covers it."""
    covers = _covering(resource)

    def allowed(action: str) -> Truth:
        return policies.some(lambda policy: _allows(policy, principal_kind, principal, action, covers))

    return all_of(map(allowed, actions))


def serves(policy: AccessPolicy, service: str, action: str) -> Truth:
    """Whether a resource policy lets a service in by its name: it was written for that service. One that lets everybody
    in was not."""

    def named(principal: Principal) -> Truth:
        if principal.kind != "Service":
            return false()
        return principal.identifier.where(lambda text: text.lower() == service)

    return policy.statements.some(
        lambda statement: statement.principals.some(named) & _acts(statement, action) & statement.effect.equals("Allow")
    )


def denies(policies: Many[AccessPolicy], *, actions: tuple[str, ...], resource: str | Covers) -> Truth:
    """Whether the policies together deny every one of `actions` on `resource` to everyone but stated exemptions."""
    covers = _covering(resource)

    def denied(action: str) -> Truth:
        return policies.some(lambda policy: _denies(policy, action, covers))

    return all_of(map(denied, actions))


def streams_of(group: LogGroup, *, of_members: bool = False) -> Covers:
    """Whether a resource element covers the log streams that CloudTrail writes in `group`, by reference or by name.

    They are called `ACCOUNT_CloudTrail_REGION` with a suffix. An organization trail writes others for its members, with
    the organization's id in front: ask for those with `of_members`.
    """

    def covers(element: Value[str]) -> Truth:
        parts = element.parts or ((element.reference,) if element.reference is not None else ())
        if parts and isinstance(parts[0], Reference):
            head, tail = parts[0], _joined(parts[1:])
            if head.address == group.address and tail is None:
                return unknown(*element.reasons, facts=(element.fact(),))
            if head.address == group.address and tail is not None:
                # Terraform's `.arn` names the group alone; its streams need `:*` or `:log-stream:...` behind it.
                return decide(tail.startswith(":*"), element.fact()) | _covers_streams(
                    tail.removeprefix(":log-stream:") if tail.startswith(":log-stream:") else "", element, of_members
                )
            if ".aws_cloudwatch_log_group." in f".{head.address}":
                return false(element.fact())
        name = group.name.or_none()
        pattern = _pattern(element)
        if pattern is None or name is None:
            return element.equals("*") if element.settled else unknown(*element.reasons, facts=(element.fact(),))
        if pattern == "*":
            return true(element.fact())
        fields = pattern.split(":", 5)
        if len(fields) < 6:
            return decide(
                _matches(pattern, "arn:aws:logs:us-east-1:111122223333:log-group:x:log-stream:y"), element.fact()
            )
        # A pattern for the group alone, `log-group:NAME`, covers none of its streams; one that ends in `:*` covers all.
        named, _, streams = fields[5].partition(":log-stream:")
        if streams and not _matches(named, f"log-group:{name}"):
            return false(element.fact())
        if not streams and not _matches(named, f"log-group:{name}:log-stream:any"):
            return false(element.fact())
        reached = _covers_streams(streams, element, of_members) if streams else true(element.fact())
        return (
            reached
            & _same_place(element, fields[3], group.location.region.or_none())
            & _same_place(element, fields[4], group.location.account.or_none())
        )

    return covers


def _covers_streams(pattern: str, element: Value[str], of_members: bool) -> Truth:
    """Whether a pattern for stream names covers those that CloudTrail makes, whatever account and region they name."""
    account = re.sub(r"\d{12}", "111122223333", pattern)
    region = re.sub(r"[a-z]{2}(?:-[a-z]+)+-\d", "eu-west-1", account)
    named = re.sub(r"^o-[a-z0-9]+", "o-a", region).translate(_OWN_SAMPLES)
    stream = "111122223333_CloudTrail_eu-west-1_2"
    return decide(_matches(named, f"o-a_{stream}" if of_members else stream), element.fact())


def _same_place(element: Value[str], written: str, actual: str | None) -> Truth:
    """Whether the region or account field of an ARN pattern admits the actual one."""
    if written in ("*", "", *_OWN_MARKS.values()):
        return true(element.fact())
    if actual is None:
        return unknown(
            Reason(
                Why.INPUT, "the region or account is not known, so the ARN cannot be compared", origin=element.origin
            )
        )
    return decide(_matches(written, actual), element.fact())


def _pattern(element: Value[str]) -> str | None:
    """The element as a wildcard pattern; references to the caller's own account, region or partition become marks."""
    literal = element.or_none()
    if literal is not None:
        return literal
    if not element.parts:
        return None
    return _joined(element.parts)


def _joined(parts: tuple[str | Reference | None, ...]) -> str | None:
    """The parts as one text, what refers to the own account, Region or partition as its mark; None where any other is
    not known."""
    pieces: list[str] = []
    for part in parts:
        own = _OWN.search(part.address + ".") if isinstance(part, Reference) else None
        if isinstance(part, str):
            pieces.append(part)
        elif own is not None:
            pieces.append(_OWN_MARKS[own[1]])
        else:
            return None
    return "".join(pieces)


def _covering(resource: str | Covers | None) -> Covers | None:
    if not isinstance(resource, str):
        return resource

    def covers(element: Value[str]) -> Truth:
        pattern = _pattern(element)
        if pattern is None:
            head = element.parts[0] if element.parts else None
            if isinstance(head, str) and not _matches(head + "*", resource):
                return false(element.fact())
            return unknown(*element.reasons, facts=(element.fact(),))
        return decide(_matches(pattern.translate(_OWN_ANY), resource), element.fact())

    return covers


def _allows(policy: AccessPolicy, kind: str, principal: str, action: str, covers: Covers | None) -> Truth:
    def applies(statement: Statement) -> Truth:
        return (
            _reaches(statement, covers)
            & _concerns(statement, kind, principal)
            & _acts(statement, action)
            & statement.effect.equals("Allow")
        )

    def forbids(statement: Statement) -> Truth:
        return (
            statement.effect.equals("Deny")
            & statement.conditions.is_empty()
            & _concerns(statement, kind, principal)
            & _acts(statement, action)
            & _reaches(statement, covers)
        )

    return policy.statements.some(applies) & ~policy.statements.some(forbids)


def _denies(policy: AccessPolicy, action: str, covers: Covers | None) -> Truth:
    def applies(statement: Statement) -> Truth:
        return (
            statement.effect.equals("Deny")
            & _acts(statement, action)
            & _reaches(statement, covers)
            & statement.conditions.every(exempts)
        )

    return policy.statements.some(applies)


def exempts(condition: Condition) -> Truth:
    """Whether a condition on a denial only lets named principals out."""
    operator = condition.operator.lower().removesuffix("ifexists")
    key = condition.key.lower()
    negative = "not" in operator
    exempting = (negative and (key in _EXEMPTING_KEYS or key.startswith("aws:principaltag/"))) or (
        operator == "bool" and key in ("aws:principalisawsservice", "aws:viaawsservice")
    )
    return decide(exempting, Fact(f"the denial depends on `{condition.key}`", condition.values.owner))


def _concerns(statement: Statement, kind: str, principal: str) -> Truth:
    if not kind:
        return true()

    def is_it(candidate: Principal) -> Truth:
        if candidate.kind == "*" or candidate.kind == "AWS":
            everyone = candidate.identifier.equals("*")
            return everyone if candidate.kind != kind else everyone | candidate.identifier.equals(principal)
        if candidate.kind != kind:
            return false()
        return candidate.identifier.where(lambda text: text.lower() == principal.lower())

    named = statement.principals.some(is_it)
    excluded = ~statement.not_principals.is_empty()
    return named | (excluded & ~statement.not_principals.some(is_it))


def _acts(statement: Statement, action: str) -> Truth:
    def covers(element: Value[str]) -> Truth:
        return element.where(lambda text: _matches(text.lower(), action.lower()))

    others = ~statement.not_actions.is_empty()
    return statement.actions.some(covers) | (others & ~statement.not_actions.some(covers))


def _reaches(statement: Statement, covers: Covers | None) -> Truth:
    if covers is None:
        return true()
    # A trust policy has no resource element: it speaks of the role it stands on.
    neither = statement.resources.is_empty() & statement.not_resources.is_empty()
    others = ~statement.not_resources.is_empty()
    return neither | statement.resources.some(covers) | (others & ~statement.not_resources.some(covers))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = {"*": ".*", "?": "."}
    collapsed = re.sub(r"\*{2,}", "*", pattern)
    return re.compile("".join(pieces.get(letter) or re.escape(letter) for letter in collapsed), re.DOTALL)


def _matches(pattern: str, text: str) -> bool:
    """IAM wildcards: `*` for any text, `?` for one character."""
    return _compiled(pattern).fullmatch(text) is not None
