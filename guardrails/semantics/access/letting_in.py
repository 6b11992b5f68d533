"""Whom the principal element of a statement lets in, before any condition."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.origin import How
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.truth import Fact, Truth, false, true, unknown
from guardrails.kernel.value import Reference, Value
from guardrails.semantics.access.caller_keys import Audience
from guardrails.semantics.access.narrowing import Limit
from guardrails.semantics.access.written import account_in, is_vendors, pieces_of
from guardrails.semantics.referring import is_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.origin import Origin
    from guardrails.model.access import Principal, Statement

_DEAD = compile_later(r"A(?:IDA|ROA|GPA|NPA)[A-Z0-9]{12,}")
_GROUPS = {"AllUsers": Audience.ANYONE, "AuthenticatedUsers": Audience.ANY_ACCOUNT, "LogDelivery": Audience.SERVICES}
"""Groups of access control lists; principals of a kind that policies do not have."""
_ACCOUNT = compile_later(r"\d{12}")
_IDENTITY = compile_later(r":[a-z-]+/")
"""In an ARN of a role, user or session, and in none of an account."""


def let_in(
    statement: Statement, *, excepted: bool = False
) -> Iterator[tuple[Principal | None, tuple[Limit, ...], Fact, Truth]]:
    """Each principal with the limits that it means, what to say of it, and whether it is there. `excepted` asks for
    those of NotPrincipal; of a statement that allows, they are whom it does not let in: everyone else comes in."""
    principals = statement.not_principals if excepted else statement.principals
    if not excepted and (statement.not_principals.members() or statement.not_principals.gaps):
        others = ~statement.not_principals.is_empty() & ~statement.not_principals.some(everyone)
        yield None, (), Fact("everyone is let in but those in `NotPrincipal`", _place(statement)), others
    for principal, exists in principals.members():
        limits, fact, alive = _meaning(principal)
        yield principal, limits, fact, exists & alive
    if principals.gaps:
        fact = Fact("a principal may exist that was not read", principals.owner)
        hidden = unknown(*principals.gaps, facts=(fact,))
        yield None, (Limit(Audience.IDENTITIES, "", Many((), principals.gaps), hidden),), fact, hidden


def everyone(principal: Principal | None) -> Truth:
    """Whether a principal is everybody; one that was not read may be."""
    if principal is None:
        return true()
    value = principal.identifier
    if principal.kind in ("Service", "Group") or value.reference is not None or value.parts:
        return false(value.fact())
    return value.equals("*")


def _meaning(principal: Principal) -> tuple[tuple[Limit, ...], Fact, Truth]:
    """The limits that a principal means, what to say of it, and whether anybody is meant at all."""
    value = principal.identifier
    content = value.or_none()
    place = value.origin
    if content is not None and content.startswith("A") and _DEAD.fullmatch(content):
        fact = Fact("the principal is the id of an identity that was deleted", place)
        return (), fact, false(fact)
    if value.settled and content is None:
        fact = Fact("the principal is not set", place)
        return (), fact, false(fact)
    fact = _fact(principal)
    if value.alternatives:
        return _either(principal, fact)
    if content == "*" and principal.kind != "Service":
        return (), fact, true()
    audience, certain = _audience(principal)
    if audience is Audience.ANYONE:
        return (), fact, true()
    values: Many[Value[str]] = Many.of(value, owner=place, noun="principal")
    return (Limit(audience, "", values, certain.because(fact)),), fact, true()


def _either(principal: Principal, fact: Fact) -> tuple[tuple[Limit, ...], Fact, Truth]:
    """One of several: each limit holds perhaps, unless all are alike."""
    doubt = unknown(*principal.identifier.reasons, facts=(fact,))
    values: Many[Value[str]] = Many(
        tuple((one, doubt) for one in principal.identifier.alternatives), owner=principal.identifier.origin
    )
    kinds = {_audience(_with(principal, one))[0] for one in principal.identifier.alternatives}
    audience = kinds.pop()
    holds = doubt if kinds or audience is Audience.ANYONE else true(fact)
    return (Limit(audience if holds is not doubt else Audience.IDENTITIES, "", values, holds),), fact, true()


def _with(principal: Principal, value: Value[str]) -> Principal:
    from guardrails.kernel.record import changed

    return changed(principal, identifier=value)


def _audience(principal: Principal) -> tuple[Audience, Truth]:
    """What kind of audience a principal is, and whether that is certain."""
    value = principal.identifier
    if principal.kind == "Service":
        return Audience.SERVICES, true()
    content = value.or_none()
    if content == "*":
        return Audience.ANYONE, true()
    if value.reference is None and not value.parts and content is None:
        return Audience.IDENTITIES, unknown(*value.reasons)
    if principal.kind == "Group":
        if content is None:
            return Audience.IDENTITIES, unknown(*value.reasons)
        return _GROUPS.get(content.rsplit("/", 1)[-1], Audience.SERVICES), true()
    if principal.kind == "Federated":
        return Audience.FEDERATED, true()
    if is_vendors(value):
        return Audience.SERVICES, true()
    if principal.kind == "CanonicalUser":
        return Audience.ACCOUNTS, true()
    pieces = pieces_of(value)
    last = pieces[-1]
    account = account_in(value).or_none() or ""
    if content is not None and ("*" in account or "?" in account):
        return Audience.ANY_ACCOUNT, true()  # AWS refuses it; whoever writes it means all of them
    if isinstance(last, str) and (last.endswith(":root") or _ACCOUNT.fullmatch(last)):
        return Audience.ACCOUNTS, true()
    if isinstance(last, Reference) and len(pieces) == 1 and is_account(last):
        return Audience.ACCOUNTS, true()
    if last is None and not _IDENTITY.search("".join(piece for piece in pieces if isinstance(piece, str))):
        return Audience.IDENTITIES, unknown(*value.reasons)  # it may end in `:root`
    return Audience.IDENTITIES, true()


def _fact(principal: Principal) -> Fact:
    value = principal.identifier
    content = value.or_none()
    if (content == "*" and principal.kind != "Service") or (principal.kind == "Group" and _is_all_users(content)):
        return Fact("everyone is let in", value.origin)
    if content is not None and value.origin.how is How.SENSITIVE:
        return Fact("a principal that is not to be shown is let in", value.origin)
    if content is not None and len(content) <= 200:
        return Fact(f"`{content}` is let in", value.origin)
    if value.reference is not None:
        path = "".join(f".{step}" for step in value.reference.path)
        return Fact(f"`{value.reference.address}{path}` is let in", value.origin)
    return Fact(
        "a principal that is known in part is let in" if value.parts else "the principal is not known", value.origin
    )


def _is_all_users(uri: str | None) -> bool:
    return (uri or "").endswith("/AllUsers")


def _place(statement: Statement) -> Origin:
    for principal, _ in statement.not_principals.members():
        return principal.identifier.origin
    return statement.origin
