"""ACCESS-006."""

from __future__ import annotations

from guardrails.api import (
    Check,
    Identity,
    Settings,
    Severity,
    decide,
    false,
    is_administrator,
    may,
    muting_alerts,
    policy,
    require,
)

from ...frameworks import controls
from ._identities import is_named


class Options(Settings):
    monitoring_administrators: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that may change alarms, filters, rules and topics."""
    break_glass_roles: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that may delete logs and change how they are protected."""


@policy(
    "ACCESS-006",
    on=Identity,
    severity=Severity.MEDIUM,
    since="0.1",
    when="judged",
    controls=controls(soc2=["CC3.3"], mlps=["8.1.4.3d"]),
)
def identity_that_mutes_alerts(identity: Identity, settings: Options) -> Check:
    """A role, user, group or permission set that may take alarms, filters, rules or topics away from the trail."""
    accepted = is_named(identity, (*settings.monitoring_administrators, *settings.break_glass_roles))
    here = muting_alerts(identity)
    administrator = is_administrator(identity) if here else false()
    return require(
        lambda: ~may(identity, here) | accepted,
        "it may silence the alerts that watch over the trail",
        when=decide(bool(here)) & ~(administrator.known & administrator),
    )
