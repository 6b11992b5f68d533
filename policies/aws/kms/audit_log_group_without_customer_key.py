"""KMS-007."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Check,
    EncryptionKey,
    Fact,
    Grant,
    LogGroup,
    Severity,
    Truth,
    all_of,
    decide,
    names_service,
    policy,
    require,
)

from ...frameworks import NIST_ENCRYPTION, PCI_ENCRYPTION, controls
from ._key_policy import grants_of

_USES = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")


def _is_for_logs(grant: Grant, group: LogGroup) -> Truth:
    """Whether a grant is for CloudWatch Logs of the Region."""
    return grant.is_for_service(lambda name: names_service(name, "logs", group))


@policy(
    "KMS-007",
    on=LogGroup,
    severity=Severity.LOW,
    since="0.1",
    when="audit",
    controls=controls(
        nist=[clause for clause in NIST_ENCRYPTION if clause not in ("CM-6a", "CM-9b")],
        pci=PCI_ENCRYPTION,
        iso=["A.8.11", "A.8.15", "A.8.16", "A.8.24"],
        soc2=["CC7.3", "PI1.4"],
        mlps=["8.1.4.8b"],
    ),
)
def audit_log_group_without_customer_key(group: LogGroup) -> Iterator[Check]:
    """A log group with audit logs without a customer-managed key, or with one that CloudWatch Logs may not use."""

    def admits_logs(key: EncryptionKey) -> Truth:
        asked = Fact("CloudWatch Logs must be let in by the key's policy", group.key.owner)
        usable = all_of(grants_of(key, (use,)).some(lambda grant: _is_for_logs(grant, group)) for use in _USES)
        return (~decide(key.owned) | usable).because(asked)

    yield require(
        group.key.some(lambda key: key.customer_managed.is_true()),
        "the log group is not encrypted with a customer-managed key",
    )
    yield require(
        lambda: group.key.every(admits_logs),
        "CloudWatch Logs may not use the key, so the log group takes no events",
        when=group.key.some(lambda key: decide(key.owned)),
        severity=Severity.MEDIUM,
    )
