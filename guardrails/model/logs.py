"""Where events can be watched: CloudWatch Logs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from guardrails.model.resource import Resource

if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.account import Account
    from guardrails.model.security import EncryptionKey
    from guardrails.model.trail import AuditTrail


class LogGroup(Resource):
    """A CloudWatch Logs log group."""

    retention_days: Value[int]
    """Days that events are kept; not set, or 0 in Terraform, for never expiring."""
    key: Many[EncryptionKey]
    deletion_protected: Value[bool]
    """Whether the service refuses to delete it, or the deployment tool leaves it when told to delete."""
    trails: Many[AuditTrail]
    """The trails that deliver to it."""
    declared_audit: Truth
    """Whether the configuration says that it holds audit logs."""
    account: Account

    @cached_property
    def audit(self) -> Truth:
        """Whether it holds audit logs: a trail delivers to it, or the configuration says so."""
        return self.declared_audit | ~self.trails.is_empty()
