"""KMS-004."""

from __future__ import annotations

from guardrails.api import Check, EncryptionKey, Severity, policy, require

from ...frameworks import controls
from ._key_policy import EVERYTHING, grants_of


@policy(
    "KMS-004",
    on=EncryptionKey,
    severity=Severity.CRITICAL,
    since="0.1",
    when="guards",
    controls={**controls(fsbp=["KMS.5"], iso=["A.8.1"], mlps=["8.1.4.2a"]), "CIS AWS 7.0.0": ["2.21"]},
)
def audit_key_open_to_everyone(key: EncryptionKey) -> Check:
    """A key that the audit trail depends on, and that every AWS account in the world may use or administer."""
    return require(
        ~grants_of(key, EVERYTHING).some(lambda grant: grant.is_public()),
        "anybody with an AWS account may use or administer the key",
    )
