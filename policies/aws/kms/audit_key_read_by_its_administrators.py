"""KMS-006."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from guardrails.api import (
    Audience,
    Check,
    EncryptionKey,
    Fact,
    Grant,
    KeyGrant,
    Settings,
    Severity,
    Truth,
    any_of,
    decide,
    policy,
    require,
)

from ...frameworks import controls
from ._key_policy import ADMINISTERING, grants_of

_READING = ("Decrypt", "ReEncryptFrom", "CreateGrant")
"""The operations of a grant that open what is encrypted, or let its holder hand that on."""


class Options(Settings):
    audit_roles: tuple[str, ...] = ()
    """Glob patterns for the names or ARNs of the identities that are meant to read the logs."""


def _is_delegation(grant: Grant) -> Truth:
    """Whether an account decides further on, or a service is let in: nobody in particular."""
    named = [limit for limit in grant.limits if not limit.key]
    accounts = any_of(limit.holds for limit in named if limit.audience is Audience.ACCOUNTS)
    others = any_of(~limit.holds for limit in named if limit.audience is Audience.IDENTITIES)
    return accounts | others | grant.is_service()


def _decrypts(grant: KeyGrant) -> Truth:
    return grant.operations.some(lambda operation: operation.where(lambda name: name in _READING))


def _is_named(grant: KeyGrant, patterns: tuple[str, ...]) -> Truth:
    def fits(arn: str) -> bool:
        return any(fnmatchcase(arn, pattern) or fnmatchcase(arn.rpartition("/")[2], pattern) for pattern in patterns)

    return grant.principal.where(fits)


def _is_for_service(grant: KeyGrant) -> Truth:
    """Whether a service holds it, for what it keeps encrypted itself; no person can use it."""
    return grant.principal.where(lambda name: not name.startswith("arn:") and name.endswith(".amazonaws.com"))


@policy(
    "KMS-006",
    on=EncryptionKey,
    severity=Severity.LOW,
    since="0.1",
    when="guards",
    controls={
        **controls(iso=["A.8.1"], mlps=["8.1.4.2d", "8.1.5.2a"]),
        "CIS AWS 7.0.0": ["2.21"],
    },
)
def audit_key_read_by_its_administrators(key: EncryptionKey, settings: Options) -> Iterator[Check]:
    """A key of the audit trail that whoever administers it can also decrypt the logs with."""
    reading = grants_of(key, ("kms:Decrypt", "kms:ReEncryptFrom"))
    administering = grants_of(key, ADMINISTERING)

    def administers_too(grant: Grant) -> Truth:
        also = administering.some(lambda other: grant.has_principal_of(other) & ~_is_delegation(other))
        return also.because(*grant.notes[:1], Fact("it may also change the key's policy, disable or delete it"))

    yield require(
        reading.every(lambda grant: _is_delegation(grant) | ~administers_too(grant)),
        "whoever administers the key can decrypt the logs",
    )
    yield require(
        reading.every(lambda grant: _is_delegation(grant) | grant.is_named(settings.audit_roles)),
        "others than the audit roles can decrypt the logs",
        when=decide(bool(settings.audit_roles)),
    )
    yield require(
        key.grants.every(
            lambda grant: _is_named(grant, settings.audit_roles) | ~_decrypts(grant) | _is_for_service(grant)
        ),
        "a grant lets others than the audit roles decrypt the logs",
        when=decide(bool(settings.audit_roles)) & key.grants.some(_decrypts),
    )
