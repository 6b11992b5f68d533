"""ACCESS-005."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Check,
    Identity,
    Settings,
    Severity,
    decide,
    is_administrator,
    may,
    policy,
    removing_logs,
    require,
    stopping_trails,
)

from ...frameworks import controls
from ._identities import is_named


class Options(Settings):
    trail_administrators: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that may stop and change trails."""
    break_glass_roles: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that may delete logs and change how they are protected."""


@policy(
    "ACCESS-005",
    on=Identity,
    severity=Severity.HIGH,
    since="0.1",
    when="judged",
    controls=controls(soc2=["CC3.3"], mlps=["8.1.4.3d", "8.1.4.2d"]),
)
def identity_that_stops_trails(identity: Identity, settings: Options) -> Iterator[Check]:
    """A role, user, group or permission set that may stop or change trails, or remove what they recorded."""
    accepted = is_named(identity, (*settings.trail_administrators, *settings.break_glass_roles))
    loose = decide(identity.kind == "policy")
    stops = may(identity, stopping_trails())
    logs_here = removing_logs(identity)
    administrator = is_administrator(identity)
    surely = administrator.known & administrator
    yield require(~stops | accepted, "it may stop trails or change what they record", when=~surely & ~loose)
    yield require(
        lambda: ~may(identity, logs_here) | is_named(identity, settings.break_glass_roles),
        "it may delete logs or take away what protects them",
        when=decide(bool(logs_here)) & stops.known & ~surely & ~loose,
    )
    yield require(
        ~stops | accepted,
        "it is an administrator: it may stop trails, and read, delete and mute what they record",
        when=surely & ~loose,
        severity=Severity.MEDIUM,
    )
    yield require(
        ~stops | accepted,
        "whoever gets this policy may stop trails or change what they record",
        when=loose,
        severity=Severity.MEDIUM,
    )
