"""EVENTS-006."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Severity,
    answers_for,
    data_events,
    every_recorded,
    function_invocations,
    policy,
    recorders_with,
    require,
)

from ...frameworks import controls


@policy(
    "EVENTS-006",
    on=AuditTrail,
    severity=Severity.LOW,
    since="0.1",
    controls=controls(iso=["A.8.15"], soc2=["A1.2"], mlps=["8.1.4.3a"]),
)
def unrecorded_function_invocations(trail: AuditTrail) -> Check:
    """A trail that leaves invocations of Lambda functions unrecorded, where nothing else records them."""
    return require(
        every_recorded(function_invocations(), recorders_with(trail)),
        "invocations of Lambda functions are not recorded for every function",
        when=answers_for(trail, data_events("AWS::Lambda::Function")),
    )
