"""What AWS fills in where nothing is declared, and says when it is asked: no difference.

Each rule takes the two sides of one attribute and says whether what is there is what comes of saying what was declared;
where it says no, they are compared as they are.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Value
from guardrails.model import (
    AclGrant,
    AuditTrail,
    Bucket,
    Detector,
    EncryptionKey,
    LogGroup,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.kernel.truth import Truth
    from guardrails.model.resource import Resource

_GROUPS = "http://acs.amazonaws.com/groups/"


def _members(many: Many[Any]) -> list[Any] | None:
    """What is there; None where that is not known in full."""
    members, gaps = many.loaded()
    if gaps or any(exists.verdict is Verdict.UNKNOWN for _, exists in members):
        return None
    return [one for one, exists in members if exists.verdict is Verdict.TRUE]


def _said(value: Value[Any]) -> object:
    """The content of a known value; for an unknown one something that equals nothing."""
    return value.or_none() if value.settled else _NOT_KNOWN


_NOT_KNOWN = object()


# Buckets

_SETTINGS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")


def unsaid_public_access_block(declared: Many[Any], live: Many[Any], _: Resource) -> bool:
    """All four for a bucket made since April 2023, none for an older one: either comes of saying nothing."""
    if _members(declared) != []:
        return False
    there = _members(live)
    if there is None or len(there) > 1:
        return False
    said = {_said(getattr(one, name)) for one in there for name in _SETTINGS}
    return len(said) < 2 and said <= {True, False}


def unsaid_encryption(declared: Many[Any], live: Many[Any], _: Resource) -> bool:
    """S3 encrypts with its own keys where nothing is said, since January 2023."""
    if _members(declared) != []:
        return False
    there = _members(live)
    return there is not None and len(there) == 1 and _said(there[0].algorithm) == "AES256"


def unsaid_ownership(declared: Value[str], live: Value[str], _: Resource) -> bool:
    """Lists are off for a bucket made since April 2023; an older one says nothing."""
    return _said(declared) is None and _said(live) in (None, "BucketOwnerEnforced")


def acl_of_canned(declared: Many[Any], live: Many[Any]) -> tuple[Many[Any], Many[Any]] | None:
    """A list that is said by its name, or not at all, as the grants that it stands for; and the list that is there
    without what it gives to the owner. None where the declared list says its grants one by one."""
    mine, theirs = _members(declared), _members(live)
    if mine is None or theirs is None:
        return None
    granted: list[AclGrant] = []
    for one in mine:
        name = _said(one.canned)
        if one.grants.members() or one.grants.gaps or not isinstance(name, str) or name not in _canned():
            return None
        granted += (_grant(grantee, permission, one.canned) for grantee, permission in _canned()[name])
    there = [grant for one in theirs for grant in _not_of_the_owner(one)]
    if any(one.grants.gaps for one in theirs):
        return None
    return (
        Many.of(*granted, owner=declared.owner, noun="grant"),
        Many.of(*there, owner=live.owner, noun="grant"),
    )


def _canned() -> dict[str, tuple[tuple[str, str], ...]]:
    from guardrails.semantics.access.acl import CANNED

    return {name: given for name, given in CANNED.items() if all(who.startswith(_GROUPS) for who, _ in given)}


def _grant(grantee: str, permission: str, canned: Value[str]) -> AclGrant:
    return AclGrant(
        origin=canned.origin,
        kind=Value.of("Group", canned.origin),
        grantee=Value.of(grantee, canned.origin),
        permissions=Many.of(Value.of(permission, canned.origin), owner=canned.origin, noun="permission"),
    )


def _not_of_the_owner(acl: Any) -> list[AclGrant]:  # noqa: ANN401 - a BucketAcl
    owner = acl.owner.or_none()
    grants = [grant for grant, _ in acl.grants.members()]
    return [
        grant
        for grant in grants
        if owner is None
        or _said(grant.grantee) != owner
        or [_said(one) for one, _ in grant.permissions.members()] != ["FULL_CONTROL"]
    ]


# Keys, trails, detectors


def default_key_policy(declared: Many[Any], live: Many[Any], key: Resource) -> bool:
    """Who says nothing gets the policy that leaves all to the policies of identities in the key's own account."""
    if _members(declared) != []:
        return False
    there = _members(live)
    if there is None or len(there) != 1:
        return False
    statements = _members(there[0].statements)
    if statements is None or len(statements) != 1:
        return False
    (one,) = statements
    account = key.location.account.or_none()
    principals = _texts(one.principals.through(lambda who: Many.of(who.identifier)))
    return (
        _said(one.effect) == "Allow"
        and _texts(one.actions) == ["kms:*"]
        and _texts(one.resources) == ["*"]
        and not one.conditions.members()
        and not one.conditions.gaps
        and principals is not None
        and len(principals) == 1
        and (principals[0] == account or principals[0].endswith(f":iam::{account}:root"))
    )


def _texts(values: Many[Value[str]]) -> list[str] | None:
    there = _members(values)
    if there is None:
        return None
    said = [_said(one) for one in there]
    return [text for text in said if isinstance(text, str)] if all(isinstance(text, str) for text in said) else None


def default_selectors(declared: Many[Any], live: Many[Any], _: Resource) -> bool:
    """A trail of which nothing is said records all management events, and says so."""
    if _members(declared) != []:
        return False
    there = _members(live)
    if there is None or len(there) != 1:
        return False
    (one,) = there
    return (
        _said(one.read_write) == "All"
        and _said(one.management) is True
        and _members(one.excluded_sources) == []
        and _members(one.data) == []
    )


def only_what_is_said(declared: Many[Any], live: Many[Any]) -> Many[Any]:
    """Of the features of a detector those that the code speaks of: each has a default of its own."""
    said = {name for one, _ in declared.members() if isinstance(name := _said(one.name), str)}
    members, gaps = live.loaded()
    kept = tuple((one, exists) for one, exists in members if _said(one.name) in said)
    return Many(kept, gaps, owner=live.owner, noun=live.noun)


def without_service_tags(live: Many[Any]) -> Many[Any]:
    """Tags that AWS puts on by itself begin with `aws:`, which nobody else may use."""
    return _without(live, lambda name: str(_said(name)).startswith("aws:"))


def without_service_grants(live: Many[Any]) -> Many[Any]:
    """Services give themselves grants to keys that they are told to use."""
    return _without(live, lambda grant: str(_said(grant.principal)).endswith(".amazonaws.com"))


def _without(live: Many[Any], test: Callable[[Any], bool]) -> Many[Any]:
    members, gaps = live.loaded()
    kept: tuple[tuple[Any, Truth], ...] = tuple((one, exists) for one, exists in members if not test(one))
    return Many(kept, gaps, owner=live.owner, noun=live.noun)


def kept_for_ever(declared: Value[Any], live: Value[Any], _: Resource) -> bool:
    """Terraform's 0 days are what an account calls no retention."""
    return _said(declared) in (None, 0) and _said(live) in (None, 0)


FILLED_IN: dict[tuple[type[Resource], str], Callable[[Any, Any, Resource], bool]] = {
    (Bucket, "public_access_block"): unsaid_public_access_block,
    (Bucket, "encryption"): unsaid_encryption,
    (Bucket, "ownership"): unsaid_ownership,
    (EncryptionKey, "policy"): default_key_policy,
    (AuditTrail, "selectors"): default_selectors,
    (LogGroup, "retention_days"): kept_for_ever,
}
"""Rules by kind and attribute."""


def sides(model: type[Resource], field: str, declared: Any, live: Any) -> tuple[Any, Any]:  # noqa: ANN401 - any attribute
    """Two attributes in the form in which they are compared."""
    if (model, field) == (Bucket, "acl"):
        return acl_of_canned(declared, live) or (declared, live)
    if (model, field) == (Detector, "features"):
        return declared, only_what_is_said(declared, live)
    if (model, field) == (AuditTrail, "tag_names"):
        return declared, without_service_tags(live)
    if (model, field) == (EncryptionKey, "grants"):
        return declared, without_service_grants(live)
    return declared, live
