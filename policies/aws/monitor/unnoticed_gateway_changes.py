"""MONITOR-012."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import NIST_ALARMS, controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-012",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.12", "4.12", "5.12"),
        nist=NIST_ALARMS,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2", "CC7.2", "CC7.3", "CC7.4"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_gateway_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a gateway is attached, made or removed."""
    return noticed(account, "gateway-change", settings, "some changes of network gateways would reach nobody")
