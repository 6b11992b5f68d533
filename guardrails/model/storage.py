"""Where logs are kept: buckets."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from guardrails.kernel.record import Noun
from guardrails.model.resource import Resource

if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.account import Account
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


class Bucket(Resource):
    """An S3 bucket with all that is attached to it."""

    policy: Many[AccessPolicy]
    lifecycle: Many[LifecycleRule]
    object_lock: Many[ObjectLock]
    versioned: Value[bool]
    access_log_bucket: Value[str]
    """Where server access logs go; not set for nowhere."""
    trails: Many[AuditTrail]
    """The trails that deliver to it."""
    other_sources: Many[Resource]
    """Other audit sources that deliver to it: AWS Config, VPC flow logs."""
    declared_audit: Truth
    """Whether the configuration says that it holds audit logs."""
    accepts_trails: Truth
    """Whether its policy lets CloudTrail write; FALSE where no statement is seen that might."""
    account: Account

    @cached_property
    def audit(self) -> Truth:
        """Whether it holds audit logs: something delivers them to it, its policy lets CloudTrail write, or the
        configuration says so."""
        return self.declared_audit | self.accepts_trails | ~self.trails.is_empty() | ~self.other_sources.is_empty()
