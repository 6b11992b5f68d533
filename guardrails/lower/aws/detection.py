"""GuardDuty, AWS Config and Security Hub."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import true
from guardrails.kernel.typed import TypeVar
from guardrails.kernel.value import Value
from guardrails.lower.aws.names import same
from guardrails.lower.reader import Cannot, Reader, Satellite
from guardrails.lower.world import identity, protected
from guardrails.model import Bucket, Role
from guardrails.model.detection import (
    ConfigRecorder,
    DeliveryChannel,
    Detector,
    DetectorFeature,
    DetectorOrganization,
    SecurityHub,
    SecurityHubOrganization,
    SecurityStandard,
)
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.kernel.block import Block
    from guardrails.kernel.truth import Truth

R = TypeVar("R", bound=Resource)

_NAMED_ONLY: dict[str, Any] = {"identity": {}, "short_name": same}


def beside(r: Reader, model: type[R], noun: str) -> Many[R]:
    """The resources of a kind in the same account and Region: these services have one of each there, and name nothing.

    A module that was not read may hold one only if it is told of this one, or of nothing that is known.
    """

    def here(other: R) -> Truth:
        from guardrails.semantics.metrics import same_place

        return same_place(other.location, r.raw.location)

    found = r.world.watching(model, r.raw, (), here)
    return Many(lambda: Many(*found.loaded()), owner=r.origin, noun=noun)


# --- GuardDuty --------------------------------------------------------------------------------------------------------


def detector(r: Reader) -> Detector:
    return Detector(
        **identity(r, Value.unset(r.origin), protected(r)),
        enabled=r.text(tf=Cannot(""), cfn=Cannot(""), live="Status").map(lambda status: status == "ENABLED")
        if r.dialect == "live"
        else r.flag(tf="enable", cfn="Enable", live="", default=True),
        features=_features(r),
        publishing_frequency=r.text(
            tf="finding_publishing_frequency", cfn="FindingPublishingFrequency", live="FindingPublishingFrequency"
        ),
        organization=r.world.attached_as(
            DetectorOrganization,
            {"tf": {"aws_guardduty_organization_configuration": "detector_id"}, "live": {_ORGANIZATION: "DetectorId"}},
            r.raw,
        ),
        account=r.world.account,
    )


_ORGANIZATION = "guardduty.organization_configuration"
_S3 = {
    "tf": ("datasources.s3_logs", "enable"),
    "cfn": ("DataSources.S3Logs", "Enable"),
    "live": ("DataSources.S3Logs", "Status"),
}


def _features(r: Reader) -> Many[DetectorFeature]:
    """What is said of single features, the older data sources among them."""
    older, switch = _S3[r.dialect]

    def of_s3(block: Block) -> Many[DetectorFeature]:
        inner = Reader(block, r.dialect, r.raw, r.world)
        return Many.of(
            DetectorFeature(
                origin=block.origin,
                name=Value.of("S3_DATA_EVENTS", block.origin),
                enabled=inner.text(tf=switch, cfn=switch, live=switch).map(lambda said: said in ("true", "ENABLED")),
            )
        )

    found = r.blocks(tf=older, cfn=older, live=older).through(of_s3)
    if r.dialect == "tf":
        features = r.world.attached("aws_guardduty_detector_feature", "detector_id", r.raw).through(
            lambda raw: Many.of(_feature(Reader(raw.block, raw.dialect, raw, r.world)))
        )
    else:
        features = r.each(_feature, tf="", cfn="Features", live="Features")
    joined = features.and_also(found)
    return Many(lambda: Many(*joined.loaded()), owner=r.origin, noun="feature")


def _feature(r: Reader) -> DetectorFeature:
    return DetectorFeature(
        origin=r.origin,
        name=r.text(tf="name", cfn="Name", live="Name"),
        enabled=r.text(tf="status", cfn="Status", live="Status").map(lambda status: status == "ENABLED"),
    )


def detector_organization(r: Reader) -> DetectorOrganization:
    return DetectorOrganization(
        **identity(r, Value.unset(r.origin), protected(r)),
        members=later(lambda: _members(r)),
    )


def _members(r: Reader) -> Value[str]:
    said = r.text(
        tf="auto_enable_organization_members",
        cfn=Cannot("templates cannot configure the organization"),
        live="AutoEnableOrganizationMembers",
    )
    if said.present is not False:
        return said
    older = r.flag(tf="auto_enable", cfn=Cannot("not a property"), live="AutoEnable", default=False)
    return older.map(lambda new: "NEW" if new else "NONE")


# --- AWS Config -------------------------------------------------------------------------------------------------------


def config_recorder(r: Reader) -> ConfigRecorder:
    group = {"tf": "recording_group", "cfn": "RecordingGroup", "live": "recordingGroup"}[r.dialect]
    return ConfigRecorder(
        **identity(r, r.text(tf="name", cfn="Name", live="name", default="default"), protected(r)),
        recording=later(lambda: _recording(r)),
        last_status=r.text(
            tf=Cannot("code does not say how deliveries go"),
            cfn=Cannot("a template does not say how deliveries go"),
            live="status.lastStatus",
        ),
        all_supported=later(lambda: _all_supported(r, group)),
        global_types=r.flag(
            tf="recording_group.include_global_resource_types",
            cfn="RecordingGroup.IncludeGlobalResourceTypes",
            live="recordingGroup.includeGlobalResourceTypes",
            default=False,
        ),
        types=r.texts(
            tf="recording_group.resource_types",
            cfn="RecordingGroup.ResourceTypes",
            live="recordingGroup.resourceTypes",
        ),
        excluded_types=r.texts(
            tf="recording_group.exclusion_by_resource_types.resource_types",
            cfn="RecordingGroup.ExclusionByResourceTypes.ResourceTypes",
            live="recordingGroup.exclusionByResourceTypes.resourceTypes",
        ),
        strategy=r.text(
            tf="recording_group.recording_strategy.use_only",
            cfn="RecordingGroup.RecordingStrategy.UseOnly",
            live="recordingGroup.recordingStrategy.useOnly",
        ),
        role=r.link(Role, tf="role_arn", cfn="RoleARN", live="roleARN", noun="role"),
        channels=beside(r, DeliveryChannel, "delivery channel"),
        account=r.world.account,
    )


def _recording(r: Reader) -> Value[bool]:
    """In Terraform a resource of its own switches the recorder on; CloudFormation does it when it has a channel."""
    if r.dialect == "cfn":
        return Value.of(True, r.origin)
    return r.flag(
        tf=Satellite("aws_config_configuration_recorder_status", "name", "is_enabled"),
        cfn="",
        live="status.recording",
        default=False,
    )


def _all_supported(r: Reader, group: str) -> Value[bool]:
    """Everything where nothing is said of the group; templates and the API say no where the group does not say yes."""
    said = r.flag(
        tf="recording_group.all_supported",
        cfn="RecordingGroup.AllSupported",
        live="recordingGroup.allSupported",
    )
    if r.dialect == "tf" or not r.block.blocks(group).members():
        return said.or_default(True)
    return said.or_default(False)


def delivery_channel(r: Reader) -> DeliveryChannel:
    return DeliveryChannel(
        **identity(r, r.text(tf="name", cfn="Name", live="name"), protected(r)),
        bucket=r.link(Bucket, tf="s3_bucket_name", cfn="S3BucketName", live="s3BucketName", noun="bucket"),
    )


# --- Security Hub -----------------------------------------------------------------------------------------------------


def security_hub(r: Reader) -> SecurityHub:
    return SecurityHub(
        **identity(r, Value.unset(r.origin), protected(r)),
        # An account lists the standards themselves, those that came by default among them.
        default_standards=Value.of(False, r.origin)
        if r.dialect == "live"
        else r.flag(tf="enable_default_standards", cfn="EnableDefaultStandards", live="", default=True),
        standards=beside(r, SecurityStandard, "standard"),
        account=r.world.account,
    )


def security_standard(r: Reader) -> SecurityStandard:
    return SecurityStandard(
        **identity(r, Value.unset(r.origin), protected(r)),
        standard=r.text(tf="standards_arn", cfn="StandardsArn", live="StandardsArn"),
        switched_on=_switched_on(r),
    )


def _switched_on(r: Reader) -> Truth:
    if r.dialect != "live":
        return true()
    return r.text(tf="", cfn="", live="StandardsStatus", default="READY").where(lambda status: status != "DELETING")


def security_hub_organization(r: Reader) -> SecurityHubOrganization:
    return SecurityHubOrganization(
        **identity(r, Value.unset(r.origin), protected(r)),
        auto_enable=r.flag(tf="auto_enable", cfn="AutoEnable", live="AutoEnable"),
        configured_centrally=r.text(
            tf="organization_configuration.configuration_type",
            cfn="ConfigurationType",
            live="OrganizationConfiguration.ConfigurationType",
            default="LOCAL",
        ).map(lambda kind: kind == "CENTRAL"),
    )
