"""MONITOR-025."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import Check, EventRule, Severity, asks_for_calls, event_is_sent, policy, require, waits_for

from ...frameworks import controls


@policy(
    "MONITOR-025",
    on=EventRule,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(cis=("4.5", "4.5", "5.5"), iso=["A.8.15", "A.8.16"], soc2=["CC5.2"], mlps=["8.1.5.4f"]),
)
def event_rule_without_effect(rule: EventRule) -> Iterator[Check]:
    """An event rule for recorded API calls that none of them sets off, or that tells nobody."""
    for_calls = asks_for_calls(rule) & ~rule.managed_by.is_set()
    yield require(lambda: waits_for(rule), "no call ever sets it off", when=for_calls)
    yield require(lambda: event_is_sent(rule), "what it sends reaches nobody", when=for_calls)
