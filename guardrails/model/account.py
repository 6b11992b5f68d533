"""The account as a deployment shows it, and the organization above it."""

from __future__ import annotations

from functools import cached_property

from guardrails.kernel.truth import Truth, decide
from guardrails.kernel.typed import TypeVar
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.detection import (
        ConfigRecorder,
        Detector,
        DetectorOrganization,
        SecurityHub,
        SecurityHubOrganization,
    )
    from guardrails.model.logs import LogGroup
    from guardrails.model.monitoring import (
        CallLookup,
        CompositeAlarm,
        EventBus,
        EventRule,
        LogSubscription,
        MetricAlarm,
        MetricFilter,
    )
    from guardrails.model.security import EncryptionKey, Topic
    from guardrails.model.storage import AccountPublicAccessBlock, Bucket
    from guardrails.model.trail import AuditTrail, EventDataStore

T = TypeVar("T")


class PolicyAttachment(Resource):
    """The attachment of an organization policy to a root, an organizational unit or an account."""

    target: Value[str]
    single_account: Truth
    """Whether the target is one account; FALSE for a root or an organizational unit."""


class OrganizationPolicy(Resource):
    """A policy of the organization; `kind` is `SERVICE_CONTROL_POLICY` by default."""

    kind: Value[str]
    document: Many[AccessPolicy]
    attachments: Many[PolicyAttachment]


class DelegatedAdministrator(Resource):
    """A member account that administers a service for the organization."""

    account_id: Value[str]
    service: Value[str]


class Organization(Resource):
    """The organization, as its management account creates it."""

    all_features: Value[bool]
    trusted_services: Many[Value[str]]
    """Service principals with trusted access."""


class Account(Resource):
    """All that is deployed as one: the scope of everything that must be true at least once."""

    trails: Many[AuditTrail]
    stores: Many[EventDataStore]
    buckets: Many[Bucket]
    public_access_blocks: Many[AccountPublicAccessBlock]
    """Those that were read, of all accounts that the deployment reaches: a bucket is under the one of its own account.
    An account may always have one that no code here speaks of, so that what was not read makes no difference there; of
    a live account it does."""
    log_groups: Many[LogGroup]
    topics: Many[Topic]
    keys: Many[EncryptionKey]
    metric_filters: Many[MetricFilter]
    alarms: Many[MetricAlarm]
    composite_alarms: Many[CompositeAlarm]
    event_rules: Many[EventRule]
    event_buses: Many[EventBus]
    """Those that are created beside the default one."""
    log_subscriptions: Many[LogSubscription]
    lookups: Many[CallLookup]
    """What was called lately, by name and Region; of an account that was read for it."""
    detectors: Many[Detector]
    detector_organizations: Many[DetectorOrganization]
    config_recorders: Many[ConfigRecorder]
    security_hubs: Many[SecurityHub]
    security_hub_organizations: Many[SecurityHubOrganization]
    organizations: Many[Organization]
    delegated_administrators: Many[DelegatedAdministrator]
    organization_policies: Many[OrganizationPolicy]
    organization_id: Value[str]
    """The organization that it belongs to, as the configuration says."""
    expects_trail: Truth
    """Whether the account's trail must be here: the configuration says so, or it is a live account."""
    manages_organization: Truth
    """Whether this is the code of an organization's management account: it creates the organization, its policies or
    an organization trail."""

    read_at: Value[str]
    """When what is known of it was so, as 2027-01-31T12:00:00Z. Code has no such time."""

    @cached_property
    def watches_calls(self) -> Truth:
        """Whether this is where calls are watched: a trail that is logging delivers to CloudWatch Logs, or an event
        rule asks for what CloudTrail records. Without evidence FALSE."""
        logging = self.evident(self.trails).where(lambda trail: trail.logging.is_true())
        to_logs = logging.some(lambda trail: trail.log_group_arn.is_set())
        rules = self.evident(self.event_rules)
        asking = rules.some(lambda rule: decide("CloudTrail" in (rule.pattern.or_none() or "")))
        return to_logs | (asking & ~logging.is_empty())

    @cached_property
    def observed(self) -> Truth:
        """Whether it is an account that was read, and no code."""
        return decide(self.read_at.settled)

    def evident(self, found: Many[T]) -> Many[T]:
        """What was found, as evidence of what is done here. Of code that was not read nothing is expected; but what an
        account refused to show may be anything."""
        return found if self.read_at.settled else found.seen()
