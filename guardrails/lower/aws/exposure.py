"""Who may reach a bucket apart from its policy: public access blocks, access control lists, object ownership."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.value import Value
from guardrails.lower.aws.names import same
from guardrails.lower.reader import Cannot, FirstOf, Reader, Satellite
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import AccountPublicAccessBlock, AclGrant, BucketAcl, PublicAccessBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_ONE_ELSEWHERE = Cannot("not written so")
_CANNED = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
}
"""How templates spell canned access control lists, and how the API does."""

_SETTINGS = {
    "block_public_acls": "BlockPublicAcls",
    "ignore_public_acls": "IgnorePublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


def beside(r: Reader, type: str, lower: Callable[[Reader], T], noun: str) -> Many[T]:
    """The resources of a type that are attached to this bucket, each lowered."""

    def found() -> Many[T]:
        attached = r.world.attached(type, "bucket", r.raw)
        members, gaps = attached.loaded()
        lowered = tuple((lower(Reader(raw.block, raw.dialect, raw, r.world)), exists) for raw, exists in members)
        return Many(lowered, gaps, owner=attached.owner)

    return Many(found, owner=r.origin, noun=noun)


def public_access_blocks(r: Reader) -> Many[PublicAccessBlock]:
    if r.dialect == "tf":
        return beside(r, "aws_s3_bucket_public_access_block", public_access_block, "public access block")
    found = r.each(
        public_access_block,
        tf=_ONE_ELSEWHERE,
        cfn="PublicAccessBlockConfiguration",
        live="public_access_block",
        noun="public access block",
    )
    if r.dialect != "live" or r.outside is not None:
        return found

    def answered() -> Many[PublicAccessBlock]:
        members, gaps = found.loaded()
        return found if members or gaps else Many.of(_nothing_blocked(r), owner=r.origin)

    return Many(answered, owner=r.origin, noun="public access block")


def _nothing_blocked(r: Reader) -> PublicAccessBlock:
    """What it means that an account has no such configuration for a bucket: however old that is, all four are off."""
    off: dict[str, Value[bool]] = {name: Value.of(False, r.origin.named(api)) for name, api in _SETTINGS.items()}
    return PublicAccessBlock(origin=r.origin, **off)


def public_access_block(r: Reader) -> PublicAccessBlock:
    """The same four names, in the spelling of each dialect; what is not set is false."""

    settings = {name: r.flag(tf=name, cfn=api, live=api, default=False) for name, api in _SETTINGS.items()}
    return PublicAccessBlock(origin=r.origin, **settings)


def account_public_access_block(r: Reader) -> AccountPublicAccessBlock:
    return AccountPublicAccessBlock(
        **identity(
            r,
            r.text(tf="account_id", cfn=Cannot("templates cannot set it"), live="account_id"),
            protected(r),
        ),
        settings=public_access_block(r),
    )


def acls(r: Reader) -> Many[BucketAcl]:
    """A resource of its own, or an argument and blocks of the bucket."""
    if r.dialect == "live":
        return r.each(bucket_acl, tf="", cfn="", live="acl", noun="access control list")

    def found() -> Many[BucketAcl]:
        inline = bucket_acl(r)
        written = inline.canned.is_set() | ~inline.grants.is_empty()
        within: Many[BucketAcl] = Many(((inline, written),)) if written.verdict is not Verdict.FALSE else Many(())
        if r.dialect == "cfn":
            return within
        return beside(r, "aws_s3_bucket_acl", bucket_acl, "access control list").and_also(within)

    return Many(found, owner=r.origin, noun="access control list")


def bucket_acl(r: Reader) -> BucketAcl:
    """Templates know canned lists only, the API tells grants only; the names that are never there are not set."""
    canned = Value.unset(r.origin) if r.dialect == "live" else r.text(tf="acl", cfn="AccessControl", live="")
    by_itself = r.raw.type == "aws_s3_bucket_acl"
    path = "access_control_policy.grant" if by_itself else "grant"
    return BucketAcl(
        origin=r.origin,
        owner=r.text(tf="access_control_policy.owner.id", cfn="", live="Owner.ID")
        if by_itself or r.dialect == "live"
        else Value.unset(r.origin),
        canned=canned.map(lambda name: _CANNED.get(name, name)),
        grants=Many.of(owner=r.origin, noun="grant")
        if r.dialect == "cfn"
        else r.each(acl_grant, tf=path, cfn=_ONE_ELSEWHERE, live="Grants", noun="grant"),
    )


def acl_grant(r: Reader) -> AclGrant:
    who = ("uri", "id", "email_address")
    return AclGrant(
        origin=r.origin,
        kind=r.text(tf=FirstOf(("grantee.type", "type")), cfn="Grantee.Type", live="Grantee.Type"),
        grantee=r.text(
            tf=FirstOf((*(f"grantee.{name}" for name in who), *who)),
            cfn="",
            live=FirstOf(("Grantee.URI", "Grantee.ID", "Grantee.EmailAddress")),
        ),
        permissions=_permissions(r),
    )


def _permissions(r: Reader) -> Many[Value[str]]:
    """One permission in a resource of its own and in the API; a list of them in a block of the bucket."""
    one = r.text(tf="permission", cfn="", live="Permission")
    if r.dialect == "tf" and one.settled and one.or_none() is None:
        return r.texts(tf="permissions", cfn=_ONE_ELSEWHERE, live=_ONE_ELSEWHERE)
    return Many.of(one, owner=one.origin, noun="permission")


def ownership(r: Reader) -> Value[str]:
    return r.text(
        tf=Satellite("aws_s3_bucket_ownership_controls", "bucket", "rule.object_ownership"),
        cfn="OwnershipControls.Rules.ObjectOwnership",
        live="ownership.Rules.ObjectOwnership",
    )


ACCOUNT_BLOCK = Lowering(
    model=AccountPublicAccessBlock,
    noun="public access block of the account",
    types={"tf": ("aws_s3_account_public_access_block",), "live": ("s3control.public_access_block",)},
    lower=account_public_access_block,
    identity={},
    short_name=same,
)
