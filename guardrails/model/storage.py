"""Where logs are kept: buckets."""

from __future__ import annotations

from functools import cached_property

from guardrails.kernel.record import Noun
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.account import Account
    from guardrails.model.monitoring import BucketNotification
    from guardrails.model.security import EncryptionKey
    from guardrails.model.trail import AuditTrail


class Transition(Noun):
    """A lifecycle transition to another storage class, `days` after creation or on `date`."""

    origin: Origin
    days: Value[int]
    date: Value[str]
    storage_class: Value[str]


class LifecycleRule(Noun):
    """One lifecycle rule of a bucket."""

    origin: Origin
    enabled: Value[bool]
    prefix: Value[str]
    """Key prefix that it applies to; not set for every object."""
    narrowed: Truth
    """Whether tags or object sizes narrow it further."""
    expiration_days: Value[int]
    expiration_date: Value[str]
    noncurrent_days: Value[int]
    transitions: Many[Transition]


class ObjectLock(Noun):
    """The default retention of a bucket's Object Lock configuration: days or years, never both."""

    origin: Origin
    mode: Value[str]
    days: Value[int]
    years: Value[int]


class PublicAccessBlock(Noun):
    """The four settings that keep a bucket from the public, of the bucket itself or of its account.

    The two that `block` refuse what is newly asked for; only the other two take effect on what is there.
    """

    origin: Origin
    block_public_acls: Value[bool]
    ignore_public_acls: Value[bool]
    block_public_policy: Value[bool]
    restrict_public_buckets: Value[bool]


class AccountPublicAccessBlock(Resource):
    """The settings that an account has for all of its buckets; they hold beside those of a bucket."""

    settings: PublicAccessBlock


class AclGrant(Noun):
    """One grant of an access control list."""

    origin: Origin
    kind: Value[str]
    """`CanonicalUser`, `Group` or `AmazonCustomerByEmail`; not set where the list does not say."""
    grantee: Value[str]
    """The URI of a group, the canonical id or the mail address of an account."""
    permissions: Many[Value[str]]
    """`READ`, `WRITE`, `READ_ACP`, `WRITE_ACP`, `FULL_CONTROL`."""


class BucketAcl(Noun):
    """The access control list of a bucket: a canned one, or grants."""

    origin: Origin
    owner: Value[str]
    """The canonical id of the account that owns the bucket; not set where the list does not say."""
    canned: Value[str]
    """As the API spells it: `private`, `public-read`, `log-delivery-write`."""
    grants: Many[AclGrant]


class BucketEncryption(Noun):
    """What objects are encrypted with that say nothing about it themselves."""

    origin: Origin
    algorithm: Value[str]
    """`AES256`, `aws:kms` or `aws:kms:dsse`."""
    key: Many[EncryptionKey]
    """None with `aws:kms` means the key that AWS manages."""


class ReplicationRule(Noun):
    """One rule that copies new objects of a bucket to another one."""

    origin: Origin
    enabled: Value[bool]
    prefix: Value[str]
    """Key prefix that it applies to; not set for every object."""
    narrowed: Truth
    """Whether tags narrow it further."""
    destination: Many[Bucket]
    destination_account: Value[str]
    """The account that the destination is said to be in; not set for an unsaid one."""
    delete_markers: Value[bool]
    """Whether a deletion in the source is repeated in the destination."""


class Bucket(Resource):
    """An S3 bucket with all that is attached to it."""

    policy: Many[AccessPolicy]
    public_access_block: Many[PublicAccessBlock]
    """The bucket's own; None where nothing is said, which since April 2023 means all four for a new bucket."""
    acl: Many[BucketAcl]
    """None means `private`."""
    ownership: Value[str]
    """`BucketOwnerEnforced`, which switches access control lists off, `BucketOwnerPreferred` or `ObjectWriter`; not set
    where nothing is said, which since April 2023 means the first for a new bucket."""
    lifecycle: Many[LifecycleRule]
    object_lock: Many[ObjectLock]
    object_lock_enabled: Value[bool]
    versioned: Value[bool]
    mfa_delete: Value[bool]
    """Whether only the root user with a second factor may delete versions."""
    encryption: Many[BucketEncryption]
    replication: Many[ReplicationRule]
    force_destroy: Value[bool]
    """Whether removing it from the code deletes all objects first."""
    access_log_bucket: Value[str]
    """Where server access logs go; not set for nowhere."""
    access_log_target: Many[Bucket]
    """The same as a bucket."""
    access_log_prefix: Value[str]
    access_log_sources: Many[Bucket]
    """The buckets whose server access logs it receives."""
    notifications: Many[BucketNotification]
    """What it tells of new objects, and whom."""
    trails: Many[AuditTrail]
    """The trails that deliver to it; others may whose bucket is not known."""
    other_sources: Many[Resource]
    """Other audit sources that deliver to it: AWS Config, VPC flow logs."""
    declared_audit: Truth
    """Whether the configuration says that it holds audit logs."""
    accepts_trails: Truth
    """Whether its policy lets CloudTrail write; FALSE where no statement is seen that might."""
    account: Account

    @cached_property
    def receives_trails(self) -> Truth:
        """Whether trails deliver to it, as far as is seen: one that was read, or one that its policy lets in."""
        return self.accepts_trails | ~self.trails.seen().is_empty()

    @cached_property
    def audit(self) -> Truth:
        """Whether it holds audit logs: something delivers them to it, its policy lets CloudTrail write, or the
        configuration says so."""
        return self.declared_audit | self.receives_trails | ~self.other_sources.is_empty()
