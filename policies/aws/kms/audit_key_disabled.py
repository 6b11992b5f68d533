"""KMS-002."""

from __future__ import annotations

from guardrails.api import Check, EncryptionKey, Severity, policy, require

from ...frameworks import PCI_KEYS, controls


@policy(
    "KMS-002",
    on=EncryptionKey,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(
        fsbp=["KMS.3"],
        pci=PCI_KEYS,
        iso=["A.8.11", "A.8.24"],
        mlps=["8.1.4.3c", "8.1.4.8b"],
    ),
)
def audit_key_disabled(key: EncryptionKey) -> Check:
    """A key that a trail encrypts its logs with, and that is disabled."""
    return require(
        key.enabled.is_true(),
        "the key is disabled, so logs can be neither delivered nor read",
    )
