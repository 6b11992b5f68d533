"""KMS-003."""

from __future__ import annotations

from guardrails.api import Check, EncryptionKey, Severity, policy, require

from ...frameworks import NIST_KEYS, controls


@policy(
    "KMS-003",
    on=EncryptionKey,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("3.8", "3.6", "4.6"),
        fsbp=["KMS.4"],
        nist=NIST_KEYS,
        pci=["3.7.4", "3.7.5"],
        iso=["A.8.5", "A.8.11", "A.8.24"],
        soc2=["PI1.5"],
        mlps=["8.1.4.8b"],
    ),
)
def audit_key_without_rotation(key: EncryptionKey) -> Check:
    """A key that a trail encrypts its logs with, and whose material KMS could rotate and does not."""
    return require(key.rotation.is_true(), "the key's material is never rotated", when=key.rotatable.is_true())
