"""KMS-001."""

from __future__ import annotations

from guardrails.api import AuditTrail, Check, Severity, policy, require

from ...frameworks import NIST_ENCRYPTION, PCI_ENCRYPTION, controls


@policy(
    "KMS-001",
    on=AuditTrail,
    severity=Severity.MEDIUM,
    since="0.1",
    controls=controls(
        cis=("3.7", "3.5", "4.5"),
        fsbp=["CloudTrail.2"],
        nist=NIST_ENCRYPTION,
        pci=PCI_ENCRYPTION,
        iso=["A.8.11", "A.8.15", "A.8.16", "A.8.24"],
        mlps=["8.1.4.8b"],
    ),
)
def trail_without_customer_key(trail: AuditTrail) -> Check:
    """A recording trail whose logs are not encrypted with a customer-managed key."""
    return require(
        trail.key.some(lambda key: key.customer_managed.is_true()),
        "logs are not encrypted with a customer-managed key",
        when=trail.logging.is_true(),
    )
