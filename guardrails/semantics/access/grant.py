"""What a statement gives away, and to whom."""

from __future__ import annotations

from guardrails.kernel.record import Noun
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, decide, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.addresses import is_part_of, overlap
from guardrails.semantics.access.caller_keys import Audience
from guardrails.semantics.access.patterns import Spelling, matches
from guardrails.semantics.access.written import (
    can_match,
    is_own,
    matches_all_of,
    pieces_of,
    same_account,
    same_identifier,
    same_organization,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from guardrails.kernel.value import Value
    from guardrails.model.access import Principal, Statement
    from guardrails.semantics.access.narrowing import Limit

_PUBLIC = (Audience.ANYONE, Audience.ANY_ACCOUNT)
_TIGHT = tuple(Audience)
_RESIDENTS = (Audience.ACCOUNTS, Audience.OWN_ACCOUNT, Audience.IDENTITIES)
"""Audiences of which the account can be told."""


class Grant(Noun):
    """Some actions, given by one statement (or one entry of an access control list) to one audience.

    Everybody within all of `limits` is let in; without a limit that is everyone. Each question is three-valued, and its
    facts point at the principal or the condition that decided it.
    """

    statement: Statement | None
    """The statement; None for an entry of an access control list."""
    principal: Principal | None
    """The principal as written; None for everyone but those in NotPrincipal, and where it is not known."""
    actions: tuple[str, ...]
    """Those of the actions asked for that it gives, perhaps or surely."""
    limits: tuple[Limit, ...]
    notes: tuple[Fact, ...]
    """The principal, and the conditions that limit nobody."""
    own: Value[str]
    """The account of the resource."""

    @property
    def audience(self) -> Audience:
        """The tightest audience that is certain. For messages, never for judging."""
        certain = [limit.audience for limit in self.limits if limit.holds.verdict is Verdict.TRUE]
        return max(certain, key=_TIGHT.index, default=Audience.ANYONE)

    def is_limited_to(self, *audiences: Audience) -> Truth:
        """Whether nobody outside of one of the audiences is let in."""
        found = any_of(limit.holds for limit in self.limits if limit.audience in audiences or _is_unread(limit))
        return found if found.verdict is Verdict.TRUE else _led(found, self.notes)

    def is_public(self) -> Truth:
        """Whether it lets in anyone, or every AWS account in the world."""
        return ~self.is_limited_to(*(audience for audience in Audience if audience not in _PUBLIC))

    def is_anonymous(self) -> Truth:
        """Whether unsigned requests are let in, from everywhere or from a network."""
        return ~self.is_limited_to(*(audience for audience in Audience if audience not in _UNSIGNED))

    def is_service(self) -> Truth:
        """Whether it is for AWS services alone."""
        return self.is_limited_to(Audience.SERVICES)

    def is_cross_account(self) -> Truth:
        """Whether persons or programs outside of the own account are let in: a public grant lets them in as well, one
        for a service or for users of an identity provider does not."""
        inside = any_of(limit.holds & self._is_inside(limit) for limit in self.limits)
        return ~_led(inside, self.notes)

    def is_own_account_root(self) -> Truth:
        """Whether it hands the decision to the own account's identity policies: its principal is the account."""
        if self.principal is None or self.principal.kind not in ("AWS", "CanonicalUser"):
            return false(*self.notes)
        return any_of(
            limit.holds & self._is_inside(limit)
            for limit in self.limits
            if not limit.key and limit.audience in (Audience.ACCOUNTS, Audience.OWN_ACCOUNT)
        ).because(*self.notes)

    def is_tied_to_source(self) -> Truth:
        """Whether a service is let in only on behalf of a stated resource, account or organization, so that nobody
        else can send it."""
        return any_of(
            limit.holds
            for limit in self.limits
            if (limit.audience is Audience.SERVICES and limit.key.lower().startswith("aws:source")) or _is_unread(limit)
        )

    def is_for_service(self, test: Callable[[Value[str]], Truth]) -> Truth:
        """Whether it is for a service by its name, and the name passes; one that lets everybody in was not written for
        any."""
        if self.principal is None:
            return any_of(limit.holds for limit in self.limits if _is_unread(limit))
        return test(self.principal.identifier) if self.principal.kind == "Service" else false(*self.notes[:1])

    def has_principal_of(self, other: Grant) -> Truth:
        """Whether both name the same principal."""
        mine, theirs = self.principal, other.principal
        if mine is None or theirs is None:
            return any_of(limit.holds for limit in (*self.limits, *other.limits) if _is_unread(limit))
        if mine.kind != theirs.kind:
            return false(*self.notes[:1])
        return same_identifier(mine.identifier, theirs.identifier)

    def stays_within(self, accounts: Iterable[str] = (), organizations: Iterable[str] = ()) -> Truth:
        """Whether nobody outside of the own account, `accounts` and `organizations` (`o-…`) is let in."""
        trusted, inside = tuple(accounts), tuple(organizations)

        def is_trusted(limit: Limit) -> Truth:
            if limit.audience is Audience.ORGANIZATION:
                return limit.values.every(lambda value: _begins_with_one_of(value, inside))
            if limit.audience not in _RESIDENTS:
                return self._is_inside(limit)
            return limit.values.every(
                lambda value: (
                    is_own(value, self.own) | any_of(same_account(value, _known(one), self.own) for one in trusted)
                )
            )

        found = any_of(limit.holds & is_trusted(limit) for limit in self.limits)
        return _led(found, self.notes)

    def is_named(self, patterns: Iterable[str]) -> Truth:
        """Whether everybody let in is an identity that one of the patterns names, by ARN or by its last part."""
        wanted = tuple(patterns)

        def fits(text: str) -> bool:
            return any(matches(one, text) or matches(one, text.rsplit("/", 1)[-1]) for one in wanted)

        found = any_of(
            limit.holds & limit.values.every(lambda value: value.where(fits))
            for limit in self.limits
            if limit.audience is Audience.IDENTITIES
        )
        return _led(found, self.notes)

    def _is_inside(self, limit: Limit) -> Truth:
        if limit.audience in (Audience.SERVICES, Audience.FEDERATED, Audience.OWN_ACCOUNT):
            return true()
        if limit.audience not in _RESIDENTS:
            return false()
        return limit.values.every(lambda value: is_own(value, self.own))


_UNSIGNED = (Audience.ANYONE, Audience.NETWORK)


def _is_unread(limit: Limit) -> bool:
    """Whether it stands for a principal or a condition that was not read, and so may be any limit."""
    members, gaps = limit.values.loaded()
    return not limit.key and not members and bool(gaps)


def _led(answer: Truth, notes: tuple[Fact, ...]) -> Truth:
    """A denial of a limit, led by the principal: that is what a person looks for."""
    return answer.because(*notes) if answer.verdict is Verdict.FALSE else answer


def _known(account: str) -> Value[str]:
    from guardrails.kernel.value import Value

    return Value.of(account)


def _begins_with_one_of(value: Value[str], organizations: tuple[str, ...]) -> Truth:
    """Whether an organization's id, or a path in it, is of one of these."""
    first = pieces_of(value)[0]
    if isinstance(first, str) and ("/" in first or value.settled):
        return decide(first.split("/", 1)[0] in organizations, value.fact())
    return unknown(*value.reasons, facts=(value.fact(),)) if value.reasons else false(value.fact())


# --- limits together -------------------------------------------------------------------------------------------------


def agree(limits: tuple[Limit, ...], own: Value[str]) -> Truth:
    """Whether somebody can be within all the limits."""
    answer = true()
    for at, one in enumerate(limits):
        for other in limits[:at]:
            answer = answer & (~one.holds | ~other.holds | _meet(one, other, own))
    return answer


def _meet(one: Limit, other: Limit, own: Value[str]) -> Truth:
    first, second = sorted((one, other), key=lambda limit: _TIGHT.index(limit.audience))
    wide, tight = first.audience, second.audience
    if wide in (Audience.ANYONE, Audience.ANY_ACCOUNT, Audience.SECRET):
        return true()
    if tight is Audience.SERVICES:
        return _service_meets(first, second, own)
    if wide is tight is Audience.NETWORK:
        return _networks_meet(first, second)
    if wide is Audience.NETWORK or tight is Audience.FEDERATED:
        return true()
    if wide is Audience.FEDERATED:
        return unknown(_USERS)
    if wide is Audience.ORGANIZATION:
        return _in_organization(first, second, own)
    if tight is Audience.OWN_ACCOUNT or wide is Audience.OWN_ACCOUNT:
        resident = first if tight is Audience.OWN_ACCOUNT else second
        if resident.audience is Audience.OWN_ACCOUNT:
            return true()
        return resident.values.some(lambda value: is_own(value, own))
    if wide is tight is Audience.IDENTITIES and _is_arn(first) and _is_arn(second):
        return _some_pair(first, second, lambda mine, theirs: can_match(mine, theirs, Spelling.ARN, own.or_none()))
    if wide is Audience.IDENTITIES:
        return unknown(_USERS)
    return _some_pair(first, second, lambda mine, theirs: same_account(mine, theirs, own))


_ADDRESS = "aws:sourceip"
_ENDPOINTS = ("aws:sourcevpc", "aws:sourcevpce")


def _networks_meet(one: Limit, other: Limit) -> Truth:
    mine, theirs = one.key.lower(), other.key.lower()
    if mine == theirs == _ADDRESS:
        return _some_pair(one, other, overlap)
    if mine == theirs:
        return _some_pair(one, other, lambda first, second: can_match(first, second, Spelling.LIKE))
    if _ADDRESS in (mine, theirs) and (mine in _ENDPOINTS or theirs in _ENDPOINTS):
        return false(*one.holds.facts)  # a request through an endpoint does not have the address
    return true()


def _service_meets(one: Limit, service: Limit, own: Value[str]) -> Truth:
    """Whether a service that acts for something can be within a limit."""
    if one.audience is Audience.SERVICES:
        if one.key.lower() == service.key.lower():
            return _some_pair(one, service, lambda mine, theirs: can_match(mine, theirs, Spelling.ARN, own.or_none()))
        return true()
    if service.key.lower() == "aws:principalisawsservice" and not one.key:
        return false(*service.holds.facts)
    if one.audience is Audience.IDENTITIES or not one.key:
        return unknown(_SERVICES, facts=one.holds.facts)
    return false(*one.holds.facts)


def _in_organization(organization: Limit, other: Limit, own: Value[str]) -> Truth:
    if other.audience is Audience.ORGANIZATION:
        if other.key.lower() != organization.key.lower():
            return _some_pair(organization, other, same_organization)
        return _some_pair(organization, other, lambda mine, theirs: can_match(mine, theirs, Spelling.LIKE))
    if other.audience is Audience.OWN_ACCOUNT:
        return true()
    foreign = unknown(_MEMBERS, facts=organization.holds.facts)
    return other.values.some(lambda value: is_own(value, own) | foreign)


def is_among(limits: tuple[Limit, ...], named: Limit, own: Value[str]) -> Truth:
    """Whether everybody within the limits is one of those that `named` states."""
    return any_of(
        named.holds & (limit.holds & _is_among(limit, named, own) | _takes_all(named, limit)) for limit in limits
    )


def _takes_all(named: Limit, limit: Limit) -> Truth:
    """Whether `named` states every value that the same key may have within the limit."""
    if not limit.key or limit.key.lower() != named.key.lower() or named.audience is Audience.NETWORK:
        return false()
    stated = limit.stated & limit.values.every(
        lambda value: named.values.some(lambda one: matches_all_of(one, named.spelling, value, limit.spelling))
    )
    if named.spelling is Spelling.PLAIN:
        return stated
    return stated | (limit.holds & named.values.some(lambda value: value.equals("*")))


def _is_among(limit: Limit, named: Limit, own: Value[str]) -> Truth:
    if named.audience is Audience.SERVICES and not limit.key and limit.audience is Audience.SERVICES:
        key = named.key.lower()
        if key == "aws:principalisawsservice":
            return true()
        if key not in ("", "aws:principalservicename"):
            return unknown(_SERVICES)
        return limit.values.every(lambda value: named.values.some(lambda one: _same_name(one, value)))
    if named.audience is Audience.ACCOUNTS and limit.audience in _RESIDENTS:
        return limit.values.every(lambda value: named.values.some(lambda one: same_account(one, value, own)))
    if named.audience is not limit.audience:
        return false()
    if named.audience is Audience.NETWORK:
        if named.key.lower() != limit.key.lower():
            return false()
        if named.key.lower() == _ADDRESS:
            return limit.values.every(lambda value: named.values.some(lambda one: is_part_of(value, one)))
    if named.audience is Audience.ORGANIZATION and named.key.lower() != limit.key.lower():
        return _is_in_one_of(limit, named)
    return limit.values.every(
        lambda value: named.values.some(
            lambda one: matches_all_of(one, named.spelling, value, limit.spelling, own.or_none())
        )
    )


def _is_in_one_of(limit: Limit, named: Limit) -> Truth:
    """Whether all of the organizations of a limit, or parts of them, are among those that are named by the other key.
    A part of an organization is among organizations, never the other way round."""
    within = limit.values.every(lambda value: named.values.some(lambda one: same_organization(one, value)))
    if named.key.lower() == "aws:principalorgid":
        return within
    return within & unknown(_PARTS, facts=named.holds.facts)


def _same_name(one: Value[str], other: Value[str]) -> Truth:
    """Whether two names of services are the same: their case does not matter."""
    theirs = (other.or_none() or "").lower()
    if other.settled:
        return one.where(lambda mine: mine.lower() == theirs)
    return unknown(*other.reasons, facts=(other.fact(),))


def _some_pair(one: Limit, other: Limit, test: _Pairwise) -> Truth:
    return one.values.some(lambda mine: other.values.some(lambda theirs: test(mine, theirs)))


def _is_arn(limit: Limit) -> bool:
    return limit.key.lower() in ("", "aws:principalarn")


if TYPE_CHECKING:
    from typing import TypeAlias

    _Pairwise: TypeAlias = Callable[[Value[str], Value[str]], Truth]

_PARTS = Reason(Why.ELSEWHERE, "in which part of the organization the account is is not known")
_USERS = Reason(Why.UNSUPPORTED, "whether two ways to name an identity name the same one is not known")
_SERVICES = Reason(Why.UNSUPPORTED, "AWS does not say how a service is named where it acts for itself")
_MEMBERS = Reason(
    Why.ELSEWHERE,
    "whether the account is in the organization is not known",
)
