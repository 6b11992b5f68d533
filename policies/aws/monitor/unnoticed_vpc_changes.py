"""MONITOR-014."""

from __future__ import annotations

from guardrails.api import Account, Check, Severity, policy

from ...frameworks import NIST_ALARMS, controls
from ._scenarios import Options, noticed


@policy(
    "MONITOR-014",
    on=Account,
    severity=Severity.LOW,
    since="0.1",
    when="watches_calls",
    controls=controls(
        cis=("4.14", "4.14", "5.14"),
        nist=NIST_ALARMS,
        iso=["A.8.15", "A.8.16", "A.8.20", "A.8.21", "A.8.22"],
        soc2=["CC5.2", "CC7.2", "CC7.3", "CC7.4"],
        mlps=["8.1.5.4f"],
    ),
)
def unnoticed_vpc_changes(account: Account, settings: Options) -> Check:
    """An account in which nobody is told when a VPC or a peering changes."""
    return noticed(account, "vpc-change", settings, "some changes of VPCs would reach nobody")
