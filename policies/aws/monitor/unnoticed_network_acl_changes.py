"""MONITOR-011."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import NIST_ALARMS, controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-011",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.11", "4.11", "5.11"),
        nist=NIST_ALARMS,
        iso=["A.8.15", "A.8.16"],
        soc2=["CC5.2", "CC7.2", "CC7.3", "CC7.4"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_network_acl_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a network ACL changes."""
    return noticed(account, "network-acl-change", settings, "some changes of network ACLs would reach nobody")
