"""Keys, roles and topics that the audit trail depends on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from guardrails.model.resource import Resource

if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.trail import AuditTrail


class EncryptionKey(Resource):
    """A KMS key."""

    customer_managed: Value[bool]
    """False for a key that AWS manages (`alias/aws/...`)."""
    enabled: Value[bool]
    rotation: Value[bool]
    """Whether its material is rotated automatically."""
    rotatable: Value[bool]
    """Whether KMS can rotate it: symmetric encryption keys with material made by KMS only."""
    deletion_window_days: Value[int]
    policy: Many[AccessPolicy]
    trails: Many[AuditTrail]
    """The trails whose log files it encrypts."""
    declared_audit: Truth
    """Whether the configuration says that it protects audit logs."""
    accepts_trails: Truth
    """Whether its policy lets CloudTrail encrypt; FALSE where no statement is seen that might."""

    @cached_property
    def audit(self) -> Truth:
        """Whether it protects audit logs: a trail uses it, its policy lets CloudTrail encrypt, or the configuration
        says so."""
        return self.declared_audit | self.accepts_trails | ~self.trails.is_empty()


class ManagedPolicy(Resource):
    """A customer-managed IAM policy."""

    document: Many[AccessPolicy]


class Role(Resource):
    """An IAM role."""

    trust: Many[AccessPolicy]
    """Who may assume it."""
    policies: Many[AccessPolicy]
    """What it may do: inline, attached and managed policies."""


class Topic(Resource):
    """An SNS topic."""

    policy: Many[AccessPolicy]
    """None means the default policy: only the owner's account may publish."""
    key: Many[EncryptionKey]
