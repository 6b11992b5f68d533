"""Whose events a trail or event data store is responsible for: accounts and Regions."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Truth, decide, true, unknown
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.coverage import some_selected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.model.resource import Resource
    from guardrails.model.storage import Bucket
    from guardrails.model.trail import AuditTrail
    from guardrails.semantics.coverage import Events
    from guardrails.semantics.selectors import Recorder

R = TypeVar("R")

MOST_COMPARED = 100
"""Trails and event data stores of one deployment that are compared with each other. AWS allows 5 trails a Region and 10
stores; each is asked about all others, so the work grows with the square."""


def _compared(found: Many[R], owner: Origin, noun: str) -> Many[R]:
    """As many as can be compared with each other, or none where there are more: who needs them must not know."""

    def counted() -> Many[R]:
        members, gaps = found.loaded()
        if len(members) <= MOST_COMPARED:
            return Many(members, gaps, owner=owner)
        detail = (
            f"there are more than the {MOST_COMPARED} trails or event data stores that are compared with each other"
        )
        return Many((), (Reason(Why.LIMIT, detail, "", owner),), owner=owner)

    return Many(counted, owner=owner, noun=noun)


def same_account(one: Resource, other: Resource) -> Truth:
    """Whether two resources live in one account."""
    if one.location.credentials == other.location.credentials:
        return true()
    return _same(one.location.account, other.location.account, "account")


def same_region(one: Resource, other: Resource) -> Truth:
    """Whether two resources live in one Region."""
    return _same(one.location.region, other.location.region, "Region")


def reaches(other: Recorder, trail: AuditTrail) -> Truth:
    """Whether `other` records wherever `trail` does: for its account, in its Regions."""
    if other is trail:
        return true()
    account = same_account(other, trail) | other.organization.is_true()
    return account & (other.multi_region.is_true() | (trail.multi_region.is_false() & same_region(other, trail)))


def recorders_for(bucket: Bucket) -> Many[Recorder]:
    """The trails and event data stores of the deployment that record what happens to a bucket, as far as accounts and
    Regions go."""
    found: Many[Recorder] = bucket.account.trails.and_also(bucket.account.stores)
    return _compared(found, bucket.origin, "trail or event data store").where(
        lambda one: (
            (same_account(one, bucket) | one.organization.is_true())
            & (one.multi_region.is_true() | same_region(one, bucket))
        )
    )


def meets(other: AuditTrail, trail: AuditTrail) -> Truth:
    """Whether there is an account and a Region in which both record."""
    accounts = same_account(other, trail) | other.organization.is_true() | trail.organization.is_true()
    regions = other.multi_region.is_true() | trail.multi_region.is_true() | same_region(other, trail)
    return accounts & regions


def other_trails(trail: AuditTrail) -> Many[AuditTrail]:
    """The other trails of the deployment."""
    others = _compared(trail.account.trails, trail.origin, "other trail").where(
        lambda other: decide(other is not trail)
    )
    return Many(lambda: Many(*others.loaded()), owner=trail.origin, noun="other trail")


def trails_with(trail: AuditTrail) -> Many[Recorder]:
    """`trail`, and the other trails of the deployment that record wherever it does."""
    first: Many[Recorder] = Many.of(trail, owner=trail.origin, noun="trail")
    return first.and_also(other_trails(trail).where(lambda other: reaches(other, trail)))


def recorders_with(trail: AuditTrail) -> Many[Recorder]:
    """`trail`, and the other trails and event data stores of the deployment that record wherever it does."""
    return trails_with(trail).and_also(
        _compared(trail.account.stores, trail.origin, "event data store").where(lambda store: reaches(store, trail))
    )


def answers_for(trail: AuditTrail, events: Events) -> Truth:
    """Whether the lack of some events is a matter of this trail: it selects some of them, or no other one does.

    A trail for data events has nothing to answer for where management events are missing, as long as another trail is
    there for those.
    """
    return some_selected(events, trail) | ~other_trails(trail).some(
        lambda other: other.logging.is_true() & same_account(other, trail) & some_selected(events, other)
    )


def _same(one: Value[str], other: Value[str], noun: str) -> Truth:
    mine, theirs = one.or_none(), other.or_none()
    if mine is not None and theirs is not None:
        return decide(mine == theirs)
    if one is other or (one.reference is not None and one.reference == other.reference):
        return true()
    if one.parts and None not in one.parts and one.parts == other.parts:
        return true()
    reasons = one.reasons or other.reasons
    if reasons and one.reasons == other.reasons and one.origin == other.origin:
        return true()  # one expression, not known for the same cause
    return unknown(*(reasons or (Reason(Why.INPUT, f"the {noun} is not stated"),)))
