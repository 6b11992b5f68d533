"""What event data stores are for, and which trails and stores record beside one."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    EventDataStore,
    Reason,
    Truth,
    Why,
    data_events,
    decide,
    management_events,
    network_events,
    same_account,
    same_region,
    some_selected,
    unknown,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.api import Many

_ELSEWHERE = Reason(
    Why.ELSEWHERE,
    "no trail is created here, and one of another deployment may record the same",
    "scan it together with the deployment that creates the trail, or name the store in `audit_event_data_stores`",
)


def takes_management(store: EventDataStore) -> Truth:
    return some_selected(management_events(), store)


def takes_activity(store: EventDataStore) -> Truth:
    """Whether it is a store of API activity, and not of configuration items, evidence or Insights."""
    return takes_management(store) | some_selected(data_events(), store) | some_selected(network_events(), store)


def is_audit_store(store: EventDataStore, named: tuple[str, ...], stands_in: Callable[[AuditTrail], Truth]) -> Truth:
    """Whether the account's record of management events is this store: it is `named`, or no logging trail of the
    deployment `stands_in` for it."""
    declared = store.name.where(lambda name: name in named) if named else decide(False)
    trails = store.account.trails
    alone = ~trails.some(lambda trail: trail.logging.is_true() & stands_in(trail))
    here = ~trails.is_empty() | store.account.expects_trail
    return declared | (takes_management(store) & alone & (here | unknown(_ELSEWHERE)))


def recorders_beside(store: EventDataStore) -> Many[AuditTrail | EventDataStore]:
    """The store, and the trails and other stores that record wherever it does."""

    def reaches(other: AuditTrail | EventDataStore) -> Truth:
        account = same_account(other, store) | other.organization.is_true()
        regions = other.multi_region.is_true() | (store.multi_region.is_false() & same_region(other, store))
        return decide(other is store) | (account & regions)

    return store.account.stores.and_also(store.account.trails).where(reaches)
