"""What detects or records beside CloudTrail: AWS Config, GuardDuty, Security Hub, flow logs, DNS query logs, and what
shares CloudWatch with other accounts."""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Pointer, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.kind import Context

_TAGS = frozenset(("Tags",))

# --- AWS Config -------------------------------------------------------------------------------------------------------


def _status(answer: Mapping[str, object], recorder: Context) -> object:
    found = answer.get("ConfigurationRecordersStatus")
    for status in found if isinstance(found, list) else []:
        if isinstance(status, dict) and status.get("name") == recorder.get("name"):
            return status
    return None


RECORDER = Kind(
    "config.recorder",
    address="aws://{account}/{region}/config.recorder/{name}",
    listings=(
        Listing(
            (
                Step(
                    Call("config", "DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders"),
                    "ConfigurationRecorders",
                ),
            )
        ),
    ),
    details=(
        Part(
            "status",
            Call("config", "DescribeConfigurationRecorderStatus", "config:DescribeConfigurationRecorderStatus"),
            {},
            pick=_status,
        ),
    ),
)
DELIVERY_CHANNEL = Kind(
    "config.delivery_channel",
    address="aws://{account}/{region}/config.delivery_channel/{name}",
    listings=(
        Listing(
            (
                Step(
                    Call("config", "DescribeDeliveryChannels", "config:DescribeDeliveryChannels"),
                    "DeliveryChannels",
                ),
            )
        ),
    ),
    points=(Pointer("s3BucketName", "s3.bucket"),),
)

# --- GuardDuty --------------------------------------------------------------------------------------------------------

DETECTOR = Kind(
    "guardduty.detector",
    address="arn:{partition}:guardduty:{region}:{account}:detector/{item}",
    listings=(
        Listing(
            (Step(Call("guardduty", "ListDetectors", "guardduty:ListDetectors", items="DetectorIds"), "DetectorIds"),)
        ),
    ),
    listed=None,
    own={"DetectorId": "{item}"},
    leaves_out=_TAGS,
    details=(Part("", Call("guardduty", "GetDetector", "guardduty:GetDetector"), {"DetectorId": "{DetectorId}"}),),
)
DETECTOR_ORGANIZATION = Kind(
    "guardduty.organization_configuration",
    address="aws://{account}/{region}/guardduty.organization_configuration/{DetectorId}",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "guardduty",
                        "DescribeOrganizationConfiguration",
                        "guardduty:DescribeOrganizationConfiguration",
                        items="Features",
                        # Said to every account but the one that administers GuardDuty for the organization.
                        absent=("BadRequestException",),
                    ),
                    "",
                    {"DetectorId": "{DetectorId}"},
                ),
            ),
            of="guardduty.detector",
        ),
    ),
    own={"DetectorId": "{DetectorId}"},
)

# --- Security Hub -----------------------------------------------------------------------------------------------------

_NOT_SUBSCRIBED = ("InvalidAccessException",)
HUB = Kind(
    "securityhub.hub",
    address="{HubArn}",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "securityhub",
                        "DescribeHub",
                        "securityhub:DescribeHub",
                        absent=(*_NOT_SUBSCRIBED, "ResourceNotFoundException"),
                    )
                ),
            )
        ),
    ),
)
STANDARD = Kind(
    "securityhub.standard",
    address="{StandardsSubscriptionArn}",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "securityhub",
                        "GetEnabledStandards",
                        "securityhub:GetEnabledStandards",
                        items="StandardsSubscriptions",
                        absent=_NOT_SUBSCRIBED,
                    ),
                    "StandardsSubscriptions",
                ),
            ),
            after="securityhub.hub",
        ),
    ),
)
HUB_ORGANIZATION = Kind(
    "securityhub.organization_configuration",
    address="aws://{account}/{region}/securityhub.organization_configuration/default",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "securityhub",
                        "DescribeOrganizationConfiguration",
                        "securityhub:DescribeOrganizationConfiguration",
                        # Said as well to every account but the one that administers Security Hub for the organization.
                        absent=_NOT_SUBSCRIBED,
                    ),
                ),
            ),
            after="securityhub.hub",
        ),
    ),
)

# --- what else delivers logs to a bucket ------------------------------------------------------------------------------

FLOW_LOG = Kind(
    "ec2.flow_log",
    address="arn:{partition}:ec2:{region}:{account}:vpc-flow-log/{FlowLogId}",
    listings=(
        Listing(
            (
                Step(
                    Call("ec2", "DescribeFlowLogs", "ec2:DescribeFlowLogs", items="FlowLogs"),
                    "FlowLogs",
                    {"Filter": [{"Name": "log-destination-type", "Values": ["s3"]}]},
                ),
            )
        ),
    ),
    leaves_out=_TAGS,
    points=(Pointer("LogDestination", "s3.bucket"),),
)
QUERY_LOG_CONFIG = Kind(
    "route53resolver.query_log_config",
    address="{Arn}",
    listings=(
        Listing(
            (
                Step(
                    Call(
                        "route53resolver",
                        "ListResolverQueryLogConfigs",
                        "route53resolver:ListResolverQueryLogConfigs",
                        items="ResolverQueryLogConfigs",
                    ),
                    "ResolverQueryLogConfigs",
                ),
            )
        ),
    ),
    points=(Pointer("DestinationArn", "s3.bucket"),),
)

# --- CloudWatch across accounts ---------------------------------------------------------------------------------------

SINK = Kind(
    "oam.sink",
    address="{Arn}",
    listings=(Listing((Step(Call("oam", "ListSinks", "oam:ListSinks", items="Items"), "Items"),)),),
    details=(
        Part(
            "policy",
            Call("oam", "GetSinkPolicy", "oam:GetSinkPolicy", absent=("ResourceNotFoundException",)),
            {"SinkIdentifier": "{Arn}"},
            "Policy",
        ),
    ),
)
LINK = Kind(
    "oam.link",
    address="{Arn}",
    listings=(Listing((Step(Call("oam", "ListLinks", "oam:ListLinks", items="Items"), "Items"),)),),
)
KINDS = (
    RECORDER,
    DELIVERY_CHANNEL,
    DETECTOR,
    DETECTOR_ORGANIZATION,
    HUB,
    STANDARD,
    HUB_ORGANIZATION,
    FLOW_LOG,
    QUERY_LOG_CONFIG,
    SINK,
    LINK,
)
