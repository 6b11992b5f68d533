"""MONITOR-023."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, Publisher, Severity, Topic, Truth, decide, policy, require, someone_is_told

from ...frameworks import PCI_ALERTING, controls


def _alerts(sender: Publisher) -> Truth:
    """An announcement of each log file is for programs; nobody need read those."""
    return decide(sender.service != "cloudtrail.amazonaws.com")


@policy(
    "MONITOR-023",
    on=Topic,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(
        pci=PCI_ALERTING,
        mlps=["8.1.5.4f"],
    ),
)
def alert_topic_without_receiver(topic: Topic) -> Iterator[Check]:
    """A topic for alerts that nobody is known to read, or that is read over an open connection."""
    alerted = topic.declared_audit | topic.publishers.some(lambda sender: sender.audit & _alerts(sender))
    yield require(someone_is_told(topic), "nobody is known to receive its messages", when=alerted)
    yield require(
        ~topic.made_subscriptions.some(lambda subscription: subscription.protocol.equals("http")),
        "its messages travel unencrypted to a subscriber",
        when=alerted,
        severity=Severity.MEDIUM,
    )
