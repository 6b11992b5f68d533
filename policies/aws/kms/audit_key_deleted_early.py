"""KMS-009."""

from __future__ import annotations

from guardrails.api import Check, EncryptionKey, Settings, Severity, policy, require

from ...frameworks import PCI_KEYS, controls


class Options(Settings):
    required_deletion_window_days: int = 30
    """Days for which a key that is scheduled for deletion can still be saved; KMS allows 7 to 30."""


@policy(
    "KMS-009",
    on=EncryptionKey,
    severity=Severity.INFO,
    since="0.1",
    when="audit",
    controls=controls(
        pci=PCI_KEYS,
        iso=["A.8.11", "A.8.24"],
        mlps=["8.1.4.3c"],
    ),
)
def audit_key_deleted_early(key: EncryptionKey, settings: Options) -> Check:
    """A key that a trail encrypts its logs with, and that is gone sooner after its deletion than it could be."""
    days = settings.required_deletion_window_days
    return require(
        key.deletion_window_days.where(lambda window: window >= days),
        f"once deleted, the key can be saved for less than {days} days",
        when=~key.observed,  # In an account a key has none until it is deleted.
    )
