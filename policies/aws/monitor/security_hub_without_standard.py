"""MONITOR-029."""

from __future__ import annotations

from guardrails.api import Check, SecurityHub, Severity, policy, require

from ...frameworks import controls


@policy(
    "MONITOR-029",
    on=SecurityHub,
    severity=Severity.LOW,
    since="0.1",
    enabled=False,
    controls=controls(
        cis=("", "4.16", "5.16"),
        nist=[
            "AU-6(1)",
            "AU-6(5)",
            "AU-12(3)",
            "AU-14a",
            "AU-14b",
            "CA-2d",
            "CA-7",
            "CA-7b",
            "PM-14a.1",
            "PM-14b",
            "PM-31",
        ],
        pci=["10.2.1.1", "10.4.1.1", "10.4.1", "10.4.2", "10.6.3", "10.7.1", "10.7.2", "A3.3.1", "A3.5.1"],
        iso=["A.5.1", "A.8.23"],
        soc2=["CC3.1", "CC6.8", "CC7.1", "CC7.2", "CC7.3", "CC7.4"],
        mlps=["8.1.5.4f"],
    ),
)
def security_hub_without_standard(hub: SecurityHub) -> Check:
    """A Security Hub that checks nothing, because no standard is switched on."""
    standards = hub.default_standards.is_true() | hub.standards.some(lambda one: one.switched_on)
    return require(standards, "it is switched on without any standard")
