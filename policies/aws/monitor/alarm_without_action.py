"""MONITOR-022."""

from __future__ import annotations

from guardrails.api import Check, MetricAlarm, Severity, Truth, acts, audit_filters, policy, require

from ...frameworks import controls


@policy(
    "MONITOR-022",
    on=MetricAlarm,
    severity=Severity.HIGH,
    since="0.1",
    when="beside_filters",
    controls=controls(
        fsbp=["CloudWatch.15", "CloudWatch.17"],
        pci=[
            "10.2.1.1",
            "10.4.1.1",
            "10.4.1",
            "10.4.2",
            "10.4.3",
            "10.6.3",
            "10.7.1",
            "10.7.2",
            "11.5.2",
            "11.6.1",
            "12.10.5",
            "A3.3.1",
            "A3.5.1",
        ],
        mlps=["8.1.5.4f"],
    ),
)
def alarm_without_action(alarm: MetricAlarm) -> Check:
    """An alarm on audit logs that does nothing when it goes off, and that no acting composite alarm speaks of."""

    def acting() -> Truth:
        composed = alarm.composites.members() or alarm.composites.gaps
        return acts(alarm) | alarm.composites.some(acts) if composed else acts(alarm)

    return require(acting, "it does nothing when it goes off", when=~audit_filters(alarm).is_empty())
