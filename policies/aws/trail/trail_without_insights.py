"""TRAIL-010."""

from __future__ import annotations

from guardrails.api import (
    AuditTrail,
    Check,
    Severity,
    Truth,
    analyses,
    management_events,
    other_trails,
    policy,
    require,
    same_account,
    some_selected,
)

from ...frameworks import controls


@policy(
    "TRAIL-010",
    on=AuditTrail,
    severity=Severity.LOW,
    since="0.1",
    controls=controls(mlps=["8.1.5.4f"]),
)
def trail_without_insights(trail: AuditTrail) -> Check:
    """A trail for management events on which CloudTrail Insights does not watch both call rate and error rate."""

    def has_insights(one: AuditTrail) -> Truth:
        return analyses(one, "ApiCallRateInsight") & analyses(one, "ApiErrorRateInsight")

    elsewhere = other_trails(trail).some(
        lambda other: (same_account(other, trail) | other.organization.is_true()) & has_insights(other)
    )
    return require(
        has_insights(trail) | elsewhere,
        "CloudTrail Insights does not watch both call rate and error rate",
        when=some_selected(management_events(), trail),
    )
