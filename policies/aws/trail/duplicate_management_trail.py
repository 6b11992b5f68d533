"""TRAIL-012."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Fact,
    Severity,
    management_events,
    meets,
    other_trails,
    policy,
    recorded_twice,
    require,
    some_recorded,
)


@policy(
    "TRAIL-012",
    on=AuditTrail,
    severity=Severity.INFO,
    since="0.1",
)
def duplicate_management_trail(trail: AuditTrail) -> Check:
    """A trail that records management events which another trail of the same account and Region records as well."""
    twice = other_trails(trail).some(
        lambda other: (meets(other, trail) & recorded_twice(management_events(), trail, other)).because(
            Fact(f"`{other.address}` is the other trail", trail.origin)
        )
    )
    return require(
        ~twice,
        "management events are recorded twice: the second copy is charged for",
        when=some_recorded(management_events(), trail) & ~other_trails(trail).seen().is_empty(),
    )
