"""MONITOR-022."""

from __future__ import annotations

from guardrails.api import Check, MetricAlarm, Severity, Truth, acts, audit_filters, policy, require

from ...frameworks import PCI_ALERTING, controls


@policy(
    "MONITOR-022",
    on=MetricAlarm,
    severity=Severity.HIGH,
    since="0.1",
    when="beside_filters",
    controls=controls(
        fsbp=["CloudWatch.15", "CloudWatch.17"],
        pci=PCI_ALERTING,
        mlps=["8.1.5.4f"],
    ),
)
def alarm_without_action(alarm: MetricAlarm) -> Check:
    """An alarm on audit logs that does nothing when it goes off, and that no acting composite alarm speaks of."""

    def acting() -> Truth:
        composed = alarm.composites.members() or alarm.composites.gaps
        return acts(alarm) | alarm.composites.some(acts) if composed else acts(alarm)

    return require(acting, "it does nothing when it goes off", when=~audit_filters(alarm).is_empty())
