"""The account as a deployment shows it, and the organization."""

from __future__ import annotations

from guardrails.kernel.block import Location
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How
from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import later, seen_as
from guardrails.kernel.truth import Truth, Verdict, decide, false, true
from guardrails.kernel.value import Value, not_said
from guardrails.kernel.why import Reason, Why
from guardrails.lower.aws.documents import access_policy
from guardrails.lower.aws.names import same
from guardrails.lower.reader import Cannot, Reader
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import (
    Account,
    AccountPublicAccessBlock,
    AuditTrail,
    Bucket,
    CallLookup,
    CompositeAlarm,
    ConfigRecorder,
    DelegatedAdministrator,
    Detector,
    DetectorOrganization,
    EncryptionKey,
    EventBus,
    EventDataStore,
    EventRule,
    LogGroup,
    LogSubscription,
    MetricAlarm,
    MetricFilter,
    Organization,
    OrganizationPolicy,
    PolicyAttachment,
    SecurityHub,
    SecurityHubOrganization,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import World

_ACCOUNT = compile_later(r"\.aws_organizations_account\.|data\.aws_caller_identity\.")


def account_of(world: World) -> Account:
    deployment = world.deployment
    origin = world.head
    stated = deployment.stated()
    return Account(
        address=deployment.target,
        type=deployment.source,
        exists=true(),
        owned=True,
        origin=origin,
        location=Location(
            "",
            stated.account_id if stated else _stated(world.context.account_id, "account", "id", origin),
            _stated(world.context.region, "region", "region", origin),
        ),
        name=Value.of(deployment.target, origin),
        protected=Value.of(False, origin),
        trails=_trails(world) if world.reaches_beyond(AuditTrail) else world.of_account(AuditTrail),
        stores=world.of_account(EventDataStore),
        buckets=world.all(Bucket),
        # An account may have one that no code speaks of; whoever asks the account is told.
        public_access_blocks=world.all(AccountPublicAccessBlock)
        if deployment.dialect == "live"
        else world.all(AccountPublicAccessBlock).seen(),
        log_groups=world.all(LogGroup),
        topics=world.all(Topic),
        keys=world.all(EncryptionKey),
        metric_filters=world.all(MetricFilter),
        alarms=world.all(MetricAlarm),
        composite_alarms=world.all(CompositeAlarm),
        event_rules=world.all(EventRule),
        event_buses=world.all(EventBus),
        log_subscriptions=world.all(LogSubscription),
        lookups=world.all(CallLookup),
        detectors=world.all(Detector),
        detector_organizations=world.all(DetectorOrganization),
        config_recorders=world.all(ConfigRecorder),
        security_hubs=world.all(SecurityHub),
        security_hub_organizations=world.all(SecurityHubOrganization),
        organizations=world.all(Organization),
        delegated_administrators=world.all(DelegatedAdministrator),
        organization_policies=world.all(OrganizationPolicy),
        organization_id=stated.organization_id
        if stated
        else _stated(world.context.organization_id, "organization", "organization_id", origin),
        expects_trail=stated.expects_trail if stated else true() if world.context.expects_trail else false(),
        # Asked of the trails, whose lowering asks for the account.
        manages_organization=stated.manages_organization if stated else later(lambda: _manages_organization(world)),
        read_at=stated.read_at if stated else not_said("", "code says nothing of what happened since", origin),
    )


def _trails(world: World) -> Many[AuditTrail]:
    """The trails, those of joined accounts among them as they will be with what is declared here: with the filters on
    their log groups."""
    from guardrails.lower.aws.logs import FILTERS

    def group(seen: LogGroup) -> LogGroup:
        own = world.as_declared(LogGroup, seen)
        if own is not None:
            return own
        filters = world.hung_on(MetricFilter, FILTERS, seen)

        def theirs(one: MetricFilter) -> Truth:
            name = one.name.or_none()
            return decide(name is None or all(mine.name.or_none() != name for mine, _ in filters.members()))

        both = filters.and_also(seen.metric_filters.where(theirs))
        return seen_as(seen, metric_filters=both)

    def trail(seen: AuditTrail) -> AuditTrail:
        if not seen.owned or seen.origin.how is not How.API:
            return seen
        groups = seen.log_group
        return seen_as(seen, log_group=groups.through(lambda one: Many.of(group(one)), groups.noun))

    found = world.of_account(AuditTrail)
    return found.through(lambda one: Many.of(trail(one)), found.noun)


def _stated(text: str, what: str, key: str, origin: Origin) -> Value[str]:
    """What `[account]` in the configuration says."""
    if text:
        return Value.of(text, origin)
    reason = Reason(Why.INPUT, f"the {what} is not stated", f"set `[account] {key}` in the configuration")
    return Value.unknown((reason,), origin, present=None if key == "organization_id" else True)


def _single_account(target: Value[str]) -> Truth:
    """Accounts have twelve digits; roots begin with `r-`, organizational units with `ou-`."""
    if target.reference is not None and target.reference.path in (("Ref",), ("AccountId",), ("ManagementAccountId",)):
        to_account = target.reference.type == "AWS::Organizations::Account" or target.reference.path != ("Ref",)
        return decide(to_account or target.reference.address == "AWS::AccountId", target.fact())
    if target.reference is not None:
        return decide(bool(_ACCOUNT.search("." + target.reference.address)), target.fact())
    return target.where(lambda text: len(text) == 12 and text.isdigit())


def _manages_organization(world: World) -> Truth:
    """Evidence that this is the code of an organization's management account."""
    if any(world.has(model) for model in (Organization, OrganizationPolicy, DelegatedAdministrator)):
        return true()
    if not world.has(AuditTrail):
        return false()
    found = world.all(AuditTrail).some(lambda trail: trail.organization.is_true())
    return found if found.verdict is Verdict.TRUE else false()


def organization(r: Reader) -> Organization:
    return Organization(
        **identity(
            r,
            Value.unset(r.origin),
            protected(r),
        ),
        all_features=r.text(tf="feature_set", cfn="FeatureSet", live="organization.FeatureSet", default="ALL").map(
            lambda features: features == "ALL"
        ),
        trusted_services=r.texts(
            tf="aws_service_access_principals",
            cfn=Cannot("templates cannot enable trusted access"),
            live="trusted_services.ServicePrincipal",
        ),
    )


def organization_policy(r: Reader) -> OrganizationPolicy:
    def attachments() -> Many[PolicyAttachment]:
        if r.dialect == "cfn":
            targets = r.texts(tf="", cfn="TargetIds", live="")
            return targets.through(lambda target: Many.of(_policy_attachment(r, target)))
        if r.dialect == "live":
            return r.blocks(tf="", cfn="", live="targets").through(
                lambda target: Many.of(policy_attachment(Reader(target, r.dialect, r.raw, r.world)))
            )
        attached = r.world.attached("aws_organizations_policy_attachment", "policy_id", r.raw)
        members, gaps = attached.loaded()
        return Many(
            tuple((policy_attachment(Reader(raw.block, raw.dialect, raw, r.world)), exists) for raw, exists in members),
            gaps,
        )

    return OrganizationPolicy(
        **identity(
            r,
            r.text(tf="name", cfn="Name", live="policy.Name"),
            protected(r),
        ),
        kind=r.text(tf="type", cfn="Type", live="policy.Type", default="SERVICE_CONTROL_POLICY"),
        document=r.policies(access_policy, tf="content", cfn="Content", live="content", noun="policy content"),
        attachments=Many(attachments, owner=r.origin, noun="attachment"),
    )


def policy_attachment(r: Reader) -> PolicyAttachment:
    return _policy_attachment(r, r.text(tf="target_id", cfn=Cannot("written in the policy"), live="TargetId"))


def _policy_attachment(r: Reader, target: Value[str]) -> PolicyAttachment:
    return PolicyAttachment(
        **identity(
            r,
            Value.unset(r.origin),
            protected(r),
        ),
        target=target,
        single_account=_single_account(target),
    )


def delegated_administrator(r: Reader) -> DelegatedAdministrator:
    if r.raw.type == "aws_cloudtrail_organization_delegated_admin_account":
        service: Value[str] = Value.of("cloudtrail.amazonaws.com", r.origin)
    else:
        service = r.text(
            tf="service_principal", cfn=Cannot("templates cannot delegate"), live="administrator.ServicePrincipal"
        )
    return DelegatedAdministrator(
        **identity(
            r,
            Value.unset(r.origin),
            protected(r),
        ),
        account_id=r.text(tf="account_id", cfn=Cannot("templates cannot delegate"), live="administrator.Id"),
        service=service,
    )


ORGANIZATION = Lowering(
    model=Organization,
    noun="organization",
    types={
        "tf": ("aws_organizations_organization",),
        "cfn": ("AWS::Organizations::Organization",),
        "live": ("organizations.organization",),
    },
    lower=organization,
    identity={},
    short_name=same,
)
ORGANIZATION_POLICY = Lowering(
    model=OrganizationPolicy,
    noun="organization policy",
    types={
        "tf": ("aws_organizations_policy",),
        "cfn": ("AWS::Organizations::Policy",),
        "live": ("organizations.policy",),
    },
    lower=organization_policy,
    identity={"tf": ("id",)},
    short_name=same,
)
DELEGATED_ADMINISTRATOR = Lowering(
    model=DelegatedAdministrator,
    noun="delegated administrator",
    types={
        "tf": ("aws_cloudtrail_organization_delegated_admin_account", "aws_organizations_delegated_administrator"),
        "live": ("organizations.delegated_administrator",),
    },
    lower=delegated_administrator,
    identity={},
    short_name=same,
)
