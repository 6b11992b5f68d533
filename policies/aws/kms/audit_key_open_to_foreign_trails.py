"""KMS-005."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Check,
    Condition,
    EncryptionKey,
    Fact,
    Grant,
    Severity,
    Truth,
    decide,
    names_an_account,
    policy,
    require,
    true,
)

from ...frameworks import NIST_ENCRYPTION, PCI_ENCRYPTION, controls
from ._key_policy import USING, grants_of, is_for

_CONTEXT = "kms:encryptioncontext:aws:cloudtrail:arn"


def _is_for_cloudtrail(grant: Grant) -> Truth:
    return is_for(grant, "cloudtrail.amazonaws.com")


def _is_bound(grant: Grant) -> Truth:
    """Whether CloudTrail may use the key only for stated trails or accounts."""
    if grant.statement is None:
        return true()
    named = grant.statement.conditions.where(lambda condition: decide(condition.key.lower() == _CONTEXT))
    return named.some(_names_trails) | grant.is_tied_to_source()


def _names_trails(condition: Condition) -> Truth:
    operator = condition.operator.lower()
    compares = operator in ("stringequals", "stringlike", "arnequals", "arnlike")
    return decide(compares, Fact(f"`{condition.operator}` is no such binding", condition.values.owner)) & (
        condition.values.every(lambda arn: names_an_account(arn, wildcards=operator != "stringequals"))
    )


@policy(
    "KMS-005",
    on=EncryptionKey,
    severity=Severity.HIGH,
    since="0.1",
    when="audit",
    controls=controls(
        cis=("3.7", "3.5", "4.5"),
        nist=NIST_ENCRYPTION,
        pci=PCI_ENCRYPTION,
        iso=["A.8.11", "A.8.15", "A.8.16", "A.8.24"],
        mlps=["8.1.4.3d", "8.1.4.8b"],
    ),
)
def audit_key_open_to_foreign_trails(key: EncryptionKey) -> Iterator[Check]:
    """A trail's key that CloudTrail may not use, or may use for anybody's trail."""
    making, using = grants_of(key, ("kms:GenerateDataKey",)), grants_of(key, USING)
    yield require(
        making.some(_is_for_cloudtrail),
        "the key's policy does not let CloudTrail encrypt, so nothing is delivered",
        when=~key.trails.is_empty(),
    )
    yield require(
        using.every(lambda grant: _is_bound(grant) | ~_is_for_cloudtrail(grant)),
        "CloudTrail may use the key for trails of every account: the statement is not bound to one",
        when=using.some(_is_for_cloudtrail),
        severity=Severity.MEDIUM,
    )
