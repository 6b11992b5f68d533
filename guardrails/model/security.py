"""Keys and topics that the audit trail depends on."""

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
    from guardrails.model.logs import LogGroup
    from guardrails.model.monitoring import Subscription
    from guardrails.model.storage import Bucket
    from guardrails.model.trail import AuditTrail, EventDataStore


class KeyGrant(Noun):
    """A grant: the door to a key that no policy shows."""

    origin: Origin
    principal: Value[str]
    """Who may use the key: the ARN of a user, a role, an account."""
    retiring: Value[str]
    """Who else may end the grant."""
    operations: Many[Value[str]]
    """What it allows, as the API names it: `Decrypt`, `GenerateDataKey`, `CreateGrant`, …"""


class EncryptionKey(Resource):
    """A KMS key. It has no name but its id."""

    alias: Value[str]
    """One of its aliases, with `alias/` in front; for a key that is only referred to, the way it is referred to."""
    customer_managed: Value[bool]
    """False for a key that AWS manages (`alias/aws/...`)."""
    enabled: Value[bool]
    rotation: Value[bool]
    """Whether its material is rotated automatically; for a replica, whether its primary key's is."""
    rotatable: Value[bool]
    """Whether KMS can rotate it: symmetric encryption keys with material made by KMS only."""
    deletion_window_days: Value[int]
    policy: Many[AccessPolicy]
    """None means the default policy: the account itself, so that its identity policies decide."""
    lockout_check: Value[bool]
    """Whether KMS refuses a policy that would lock out whoever writes it."""
    grants: Many[KeyGrant]
    trails: Many[AuditTrail]
    """The trails whose log files it encrypts."""
    stores: Many[EventDataStore]
    """The event data stores that it encrypts."""
    log_groups: Many[LogGroup]
    """The log groups that it encrypts."""
    topics: Many[Topic]
    """The topics whose messages it encrypts."""
    buckets: Many[Bucket]
    """The buckets whose objects it encrypts by default."""
    declared_audit: Truth
    """Whether the configuration says that it protects audit logs."""
    accepts_trails: Truth
    """Whether its policy lets CloudTrail encrypt; FALSE where no statement is seen that might."""
    account: Account

    @cached_property
    def audit(self) -> Truth:
        """Whether it protects audit logs: a trail uses it, its policy lets CloudTrail encrypt, or the configuration
        says so."""
        return self.declared_audit | self.accepts_trails | ~self.trails.is_empty()

    @cached_property
    def guards(self) -> Truth:
        """Whether anything of the audit trail depends on it: its log files, an event data store, a bucket or log group
        with audit logs, a topic."""
        return (
            self.audit
            | ~self.stores.is_empty()
            | self.log_groups.some(lambda group: group.audit)
            | self.topics.some(lambda topic: topic.audit)
            | self.buckets.some(lambda bucket: bucket.audit)
        )


class Publisher(Noun):
    """Something of this deployment that sends messages to a topic, by the service that sends for it."""

    origin: Origin
    address: str
    name: Value[str]
    """What the alarm, the rule or the trail is called."""
    service: str
    """The service principal: `cloudwatch.amazonaws.com`, `events.amazonaws.com` or `cloudtrail.amazonaws.com`."""
    audit: Truth
    """Whether it speaks of the audit trail: a trail, an alarm on what a filter finds in audit logs, a rule for events
    that CloudTrail records. Without evidence FALSE."""


class Topic(Resource):
    """An SNS topic."""

    policy: Many[AccessPolicy]
    """None means the default policy: only the owner's account may publish."""
    key: Many[EncryptionKey]
    publishers: Many[Publisher]
    """Alarms, event rules and trails that were seen to send to it."""
    subscriptions: Many[Subscription]
    """Who receives its messages; in code never complete, for subscriptions are commonly made by hand."""
    made_subscriptions: Many[Subscription]
    """Those of them that the deployment makes, or may make: what is made by hand is not missed."""
    declared_audit: Truth
    """Whether the configuration says that alerts about the audit trail are sent to it."""
    account: Account

    @cached_property
    def audit(self) -> Truth:
        """Whether it serves the audit trail: something that watches the trail sends to it, the trail itself does, or
        the configuration says so."""
        return self.declared_audit | self.publishers.some(lambda publisher: publisher.audit)


class Guarded(Resource):
    """A bucket, a topic or a key, for policies about what its own access policy says, whichever it is."""

    kind: str
    """`bucket`, `topic` or `key`."""
    policy: Many[AccessPolicy]
    audit: Truth
    """Whether the audit trail depends on it."""
