"""Access control lists of buckets: what they give, in the terms of policies.

A list is read as a policy whose statements stand on the bucket, so that a denial in the bucket's policy overrides it as
it does in S3.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Truth, Verdict, decide, unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.model.access import AccessPolicy, Principal, Statement
from guardrails.semantics.access.audience import who_may
from guardrails.semantics.access.public import ignores_public_lists, restricted, restricts_public_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.origin import Origin
    from guardrails.model.storage import AclGrant, Bucket, BucketAcl
    from guardrails.semantics.access.grant import Grant
    from guardrails.semantics.access.targets import Target

_GROUPS = "http://acs.amazonaws.com/groups/"
ALL_USERS = _GROUPS + "global/AllUsers"
AUTHENTICATED_USERS = _GROUPS + "global/AuthenticatedUsers"
LOG_DELIVERY = _GROUPS + "s3/LogDelivery"
_PUBLIC = (ALL_USERS, AUTHENTICATED_USERS)

CANNED: dict[str, tuple[tuple[str, str], ...]] = {
    "private": (),
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "authenticated-read": ((AUTHENTICATED_USERS, "READ"),),
    "log-delivery-write": ((LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")),
    "aws-exec-read": (("ec2.amazonaws.com", "READ"),),
    "bucket-owner-read": (),  # these two mean objects; S3 ignores them on a bucket
    "bucket-owner-full-control": (),
}
"""What a canned list gives to others than the owner."""

_LIST = ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
_ON_BUCKET: dict[str, tuple[str, ...]] = {
    "READ": _LIST,
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_ON_OBJECT: dict[str, tuple[str, ...]] = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}


def who_may_reach(bucket: Bucket, actions: tuple[str, ...], target: Target) -> Many[Grant]:
    """Who may do any of `actions` to some of `target`, the bucket or its objects, by its policy or its lists, with what
    its public access block and its ownership setting leave of them."""

    def found() -> Many[Grant]:
        account = bucket.location.account
        by_policy = who_may(bucket.policy, actions, target, account=account)
        by_policy = restricted(by_policy, bucket.policy, restricts_public_policy(bucket))
        lists = list_policies(bucket.acl, ownership=bucket.ownership, ignored=ignores_public_lists(bucket))
        both = lists.and_also(_denying(bucket.policy))
        return by_policy.and_also(who_may(both, actions, target, account=account))

    return Many(found, owner=bucket.policy.owner, noun="grant")


def list_policies(
    lists: Many[BucketAcl], *, ownership: Value[str], ignored: Truth, on_object: bool = False
) -> Many[AccessPolicy]:
    """Access control lists as policies. `ownership` is the ownership setting, `ignored` whether public grants have no
    effect; `on_object` says that they stand on objects rather than on a bucket.

    Where nothing is said of the ownership a list has its effect: S3 would have refused it otherwise.
    """
    enforced = ownership.equals("BucketOwnerEnforced")

    def read() -> Many[AccessPolicy]:
        members, gaps = lists.loaded()
        found = tuple((_policy(one, ignored, on_object), exists & ~enforced) for one, exists in members)
        return Many(found, gaps if enforced.verdict is not Verdict.TRUE else (), owner=lists.owner)

    return Many(read, owner=lists.owner, noun="access control list")


def _policy(one: BucketAcl, ignored: Truth, on_object: bool) -> AccessPolicy:
    statements: list[tuple[Statement, Truth]] = [*_of_canned(one, ignored, on_object)]
    missing: list[Reason] = list(one.grants.gaps)
    if not one.canned.settled and not one.canned.alternatives:
        missing += one.canned.reasons
    for grant, exists in one.grants.members():
        public = grant.grantee.where(lambda uri: uri in _PUBLIC)
        actions = _actions(grant.permissions, on_object)
        statements.append((_statement(grant.origin, _grantee(grant), actions), exists & ~(ignored & public)))
    return AccessPolicy(
        origin=one.origin,
        version=Value.of("2012-10-17", one.origin),
        statements=Many(tuple(statements), tuple(dict.fromkeys(missing)), owner=one.origin, noun="grant"),
    )


def _of_canned(one: BucketAcl, ignored: Truth, on_object: bool) -> Iterator[tuple[Statement, Truth]]:
    value = one.canned
    for alternative in value.alternatives or (value,):
        name = alternative.or_none()
        if name is None:
            continue
        known = CANNED.get(name)
        there = value.equals(name) if not value.alternatives else unknown(*value.reasons, facts=(value.fact(),))
        if known is None:
            reason = Reason(Why.UNSUPPORTED, f'the canned list "{name}" is not known', origin=value.origin)
            nobody: Value[str] = Value.unknown((reason,), value.origin)
            yield _statement(value.origin, Principal(kind="Group", identifier=nobody), Many((), (reason,))), there
            continue
        for uri, permission in known:
            kind = "Group" if uri.startswith(_GROUPS) else "Service"
            grantee = Principal(kind=kind, identifier=Value.of(uri, value.origin))
            taken = ignored & decide(uri in _PUBLIC)
            actions = _actions(Many.of(Value.of(permission, value.origin)), on_object)
            yield _statement(value.origin, grantee, actions), there & ~taken


def _grantee(grant: AclGrant) -> Principal:
    """A grantee as a principal: a group by its URI, an account by its canonical id or by mail."""
    value = grant.grantee
    if (value.or_none() or "").startswith(_GROUPS) or grant.kind.or_none() == "Group":
        return Principal(kind="Group", identifier=value)
    if not value.settled and value.reference is None and grant.kind.or_none() is None:
        return Principal(kind="Group", identifier=value)
    return Principal(kind="CanonicalUser", identifier=value)


def _actions(permissions: Many[Value[str]], on_object: bool) -> Many[Value[str]]:
    meaning = _ON_OBJECT if on_object else _ON_BUCKET

    def of(value: Value[str]) -> Many[Value[str]]:
        name = value.or_none()
        if name is None:
            return Many((), value.reasons)
        if name.upper() == "FULL_CONTROL":
            names = tuple(action for actions in meaning.values() for action in actions)
        else:
            names = meaning.get(name.upper(), ())
        return Many.of(*(Value.of(action, value.origin) for action in names))

    return permissions.through(of, noun="permission")


def _statement(origin: Origin, grantee: Principal, actions: Many[Value[str]]) -> Statement:
    nothing: Many[Value[str]] = Many(())
    return Statement(
        origin=origin,
        sid=Value.unset(origin),
        effect=Value.of("Allow", origin),
        principals=Many.of(grantee, owner=grantee.identifier.origin, noun="grantee"),
        not_principals=Many(()),
        actions=actions,
        not_actions=nothing,
        resources=nothing,
        not_resources=nothing,
        conditions=Many(()),
    )


def _denying(policies: Many[AccessPolicy]) -> Many[AccessPolicy]:
    """The policies with their denials alone: what they allow is asked for apart."""

    def denials(policy: AccessPolicy) -> AccessPolicy:
        kept = policy.statements.where(lambda statement: ~statement.effect.equals("Allow"))
        return AccessPolicy(origin=policy.origin, version=policy.version, statements=kept)

    def read() -> Many[AccessPolicy]:
        # A policy that was not read is a gap of the question to the policy, and does not make one to the lists.
        return Many(tuple((denials(policy), exists) for policy, exists in policies.members()), owner=policies.owner)

    return Many(read, owner=policies.owner, noun="policy")
