"""Services that look at an account by themselves: GuardDuty, AWS Config, Security Hub."""

from __future__ import annotations

from guardrails.kernel.record import Noun
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.account import Account
    from guardrails.model.identity import Role
    from guardrails.model.storage import Bucket


class DetectorFeature(Noun):
    """One kind of protection of a detector."""

    origin: Origin
    name: Value[str]
    """`S3_DATA_EVENTS`, `EKS_AUDIT_LOGS`, `RUNTIME_MONITORING`, …"""
    enabled: Value[bool]


class DetectorOrganization(Resource):
    """How GuardDuty treats the members of an organization, as its administrator says in one Region."""

    members: Value[str]
    """Whom it is switched on for: `ALL`, `NEW` or `NONE`."""


class Detector(Resource):
    """GuardDuty in one account and Region."""

    enabled: Value[bool]
    features: Many[DetectorFeature]
    """Those that are said anything of; they have defaults of their own."""
    publishing_frequency: Value[str]
    """`FIFTEEN_MINUTES`, `ONE_HOUR` or `SIX_HOURS`; not set for the service's default, the last."""
    organization: Many[DetectorOrganization]
    account: Account


class DeliveryChannel(Resource):
    """Where AWS Config delivers to."""

    bucket: Many[Bucket]


class ConfigRecorder(Resource):
    """The recorder of AWS Config in one account and Region."""

    recording: Value[bool]
    """Whether it is switched on: creating it does not do that in Terraform and in the API."""
    last_status: Value[str]
    """How the last delivery went, as a live account says it (`SUCCESS`, `FAILURE`, in whichever case)."""
    all_supported: Value[bool]
    """Whether it records every type of resource that AWS Config supports (but those of global services)."""
    global_types: Value[bool]
    """Whether it records the types of global services (IAM) too."""
    types: Many[Value[str]]
    """The types that it is limited to."""
    excluded_types: Many[Value[str]]
    strategy: Value[str]
    """`ALL_SUPPORTED_RESOURCE_TYPES`, `INCLUSION_BY_RESOURCE_TYPES`, `EXCLUSION_BY_RESOURCE_TYPES`, or not set."""
    role: Many[Role]
    channels: Many[DeliveryChannel]
    """Those of its account and Region; it records nothing without one."""
    account: Account


class SecurityStandard(Resource):
    """A standard that Security Hub checks: CIS, FSBP, …"""

    standard: Value[str]
    """Its ARN."""
    switched_on: Truth
    """FALSE for one that is being switched off again."""


class SecurityHub(Resource):
    """Security Hub in one account and Region."""

    default_standards: Value[bool]
    """Whether it is created with the standards that AWS chooses."""
    standards: Many[SecurityStandard]
    """Those of its account and Region that are subscribed to one by one."""
    account: Account


class SecurityHubOrganization(Resource):
    """How Security Hub treats the members of an organization."""

    auto_enable: Value[bool]
    """Whether new members get it."""
    configured_centrally: Value[bool]
    """Whether central configuration policies decide instead."""
