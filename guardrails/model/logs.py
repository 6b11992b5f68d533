"""Where events can be watched: CloudWatch Logs, and who else is let in."""

from __future__ import annotations

from functools import cached_property

from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.account import Account
    from guardrails.model.monitoring import LogSubscription, MetricFilter
    from guardrails.model.security import EncryptionKey
    from guardrails.model.trail import AuditTrail


class LogGroup(Resource):
    """A CloudWatch Logs log group."""

    retention_days: Value[int]
    """Days that events are kept; not set, or 0 in Terraform, for never expiring."""
    key: Many[EncryptionKey]
    deletion_protected: Value[bool]
    """Whether the service refuses to delete it, or the deployment tool leaves it when told to delete."""
    log_class: Value[str]
    """`STANDARD` by default; `INFREQUENT_ACCESS` and `DELIVERY` take no metric filters and no subscription filters."""
    metric_filters: Many[MetricFilter]
    subscription_filters: Many[LogSubscription]
    """What it is handed on to, by filters of its own and of the whole account."""
    trails: Many[AuditTrail]
    """The trails that deliver to it; others may whose log group is not known."""
    declared_audit: Truth
    """Whether the configuration says that it holds audit logs."""
    account: Account

    @cached_property
    def audit(self) -> Truth:
        """Whether it holds audit logs: a trail delivers to it, or the configuration says so."""
        return self.declared_audit | ~self.trails.seen().is_empty()


class LogAccessPolicy(Resource):
    """A policy about log groups or log destinations that stands by itself: who may send to them, or read them."""

    kind: str
    """`resource policy` for the log groups of an account or for a single one, `destination policy` for one log
    destination."""
    policy: Many[AccessPolicy]
    written: Truth
    """FALSE for a log group of a template that could have a policy of its own, and has none."""
    account: Account


class MonitoringShare(Resource):
    """One half of cross-account observability: what lets other accounts see telemetry of this one, or send theirs."""

    kind: str
    """`sink` where telemetry of other accounts arrives, `link` to a sink, or `sharing role` that other accounts assume
    to look at this one's CloudWatch."""
    policy: Many[AccessPolicy]
    """Who may link to a sink, or assume the role; none for a link."""
    sink: Value[str]
    """The ARN of the sink that a link leads to; not set for others."""
    shares: Truth
    """FALSE for a role of any other name than the one that CloudWatch assumes."""
    account: Account
