"""CloudWatch Logs, and who else is let in: resource and destination policies, cross-account observability."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import later
from guardrails.kernel.truth import decide, true
from guardrails.kernel.value import Value
from guardrails.lower.aws.documents import access_policy
from guardrails.lower.aws.names import destination_name, log_group_name, sink_name
from guardrails.lower.reader import FirstOf, Satellite, declared
from guardrails.lower.world import Lowering, identity, protected
from guardrails.model import AuditTrail, EncryptionKey, LogAccessPolicy, LogGroup, MetricFilter, MonitoringShare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.lower.reader import Reader
    from guardrails.model import AccessPolicy, LogSubscription


SHARING_ROLE = "CloudWatch-CrossAccountSharingRole"
"""CloudWatch of other accounts looks into this one as the role of this name, and no other."""


FILTERS = {
    "tf": {"aws_cloudwatch_log_metric_filter": "log_group_name"},
    "cfn": {"AWS::Logs::MetricFilter": "LogGroupName"},
    "live": {"logs.filter": "logGroupName"},
}
"""By dialect and type, the attribute of a metric filter that names its log group."""


def log_group(r: Reader) -> LogGroup:
    name = r.text(tf="name", cfn="LogGroupName", live="group.logGroupName")
    return LogGroup(
        **identity(
            r,
            name,
            protected(r),
        ),
        retention_days=later(
            lambda: r.number(tf="retention_in_days", cfn="RetentionInDays", live="group.retentionInDays")
        ),
        key=r.link(EncryptionKey, tf="kms_key_id", cfn="KmsKeyId", live="group.kmsKeyId", noun="KMS key"),
        deletion_protected=later(
            lambda: r.flag(
                tf=FirstOf(("deletion_protection_enabled", "skip_destroy")),
                cfn="DeletionProtectionEnabled",
                live="group.deletionProtectionEnabled",
                default=False,
            )
        ),
        log_class=later(
            lambda: r.text(tf="log_group_class", cfn="LogGroupClass", live="group.logGroupClass", default="STANDARD")
        ),
        metric_filters=r.world.attached_as(MetricFilter, FILTERS, r.raw),
        subscription_filters=Many(lambda: _subscription_filters(r), owner=r.origin, noun="subscription filter"),
        trails=r.world.pointing_at(AuditTrail, r.raw, lambda trail: trail.log_group),
        declared_audit=declared(r.world.context.audit_log_groups, name, "log group"),
        account=r.world.account,
    )


def _subscription_filters(r: Reader) -> Many[LogSubscription]:
    from guardrails.lower.aws.receivers import subscription_filters_of

    return subscription_filters_of(r)


def log_access_policy(r: Reader) -> LogAccessPolicy:
    of_group = r.raw.type == "AWS::Logs::LogGroup"
    of_destination = not of_group and r.raw.type not in (
        "aws_cloudwatch_log_resource_policy",
        "AWS::Logs::ResourcePolicy",
        "logs.policy",
    )
    return LogAccessPolicy(
        **identity(
            r,
            r.text(
                tf=FirstOf(("policy_name", "destination_name", "delivery_destination_name")),
                cfn="LogGroupName" if of_group else FirstOf(("PolicyName", "DestinationName", "Name")),
                live=FirstOf(("policyName", "destinationName", "name")),
            ),
            protected(r),
        ),
        kind="destination policy" if of_destination else "resource policy",
        policy=_log_documents(r),
        written=r.value(tf="", cfn="ResourcePolicyDocument", live="").is_set() if of_group else true(),
        account=r.world.account,
    )


_IN_TEMPLATES = {
    "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::Logs::Destination": "DestinationPolicy",
    "AWS::Logs::DeliveryDestination": "DeliveryDestinationPolicy.DeliveryDestinationPolicy",
    "AWS::Logs::LogGroup": "ResourcePolicyDocument",
}


def _log_documents(r: Reader) -> Many[AccessPolicy]:
    """The document, under whichever of its names."""
    found: Many[AccessPolicy] = Many.of(owner=r.origin)
    names = {
        "tf": ("policy_document", "access_policy", "delivery_destination_policy"),
        "cfn": (_IN_TEMPLATES.get(r.raw.type, ""),),
        "live": ("policyDocument", "accessPolicy", "deliveryDestinationPolicy"),
    }
    for path in names[r.dialect]:
        found = found.and_also(r.policies(access_policy, tf=path, cfn=path, live=path))
    return found


def monitoring_share(r: Reader) -> MonitoringShare:
    if r.raw.type in ("aws_oam_sink", "AWS::Oam::Sink", "oam.sink"):
        return _sink(r)
    if r.raw.type in ("aws_oam_link", "AWS::Oam::Link", "oam.link"):
        return _link(r)
    return _role(r)


def _sink(r: Reader) -> MonitoringShare:
    return MonitoringShare(
        **identity(r, r.text(tf="name", cfn="Name", live="Name"), protected(r)),
        kind="sink",
        policy=r.policies(
            access_policy,
            tf=Satellite("aws_oam_sink_policy", "sink_identifier", "policy"),
            cfn="Policy",
            live="policy",
            noun="sink policy",
        ),
        sink=Value.unset(r.origin),
        shares=true(),
        account=r.world.account,
    )


def _link(r: Reader) -> MonitoringShare:
    return MonitoringShare(
        **identity(r, r.text(tf="label_template", cfn="LabelTemplate", live="LabelTemplate"), protected(r)),
        kind="link",
        policy=Many.of(owner=r.origin, noun="sink policy"),
        sink=r.text(tf="sink_identifier", cfn="SinkIdentifier", live="SinkArn"),
        shares=true(),
        account=r.world.account,
    )


def _role(r: Reader) -> MonitoringShare:
    """A role may be the one through which other accounts look at this one's CloudWatch: its name tells."""
    name = r.text(tf="name", cfn="RoleName", live="role.RoleName")
    return MonitoringShare(
        **identity(r, name, protected(r)),
        kind="sharing role",
        policy=r.policies(
            access_policy,
            tf="assume_role_policy",
            cfn="AssumeRolePolicyDocument",
            live="role.AssumeRolePolicyDocument",
            noun="trust policy",
        ),
        sink=Value.unset(r.origin),
        shares=decide(name.or_none() == SHARING_ROLE),
        account=r.world.account,
    )


LOG_GROUP = Lowering(
    model=LogGroup,
    noun="log group",
    types={"tf": ("aws_cloudwatch_log_group",), "cfn": ("AWS::Logs::LogGroup",), "live": ("logs.group",)},
    lower=log_group,
    identity={"tf": ("name",), "cfn": ("LogGroupName",), "live": ("arn",)},
    short_name=log_group_name,
)
LOG_ACCESS_POLICY = Lowering(
    model=LogAccessPolicy,
    noun="log policy",
    types={
        "tf": (
            "aws_cloudwatch_log_resource_policy",
            "aws_cloudwatch_log_destination_policy",
            "aws_cloudwatch_log_delivery_destination_policy",
        ),
        "cfn": (*_IN_TEMPLATES,),
        "live": ("logs.policy", "logs.destination", "logs.delivery_destination"),
    },
    lower=log_access_policy,
    identity={},
    short_name=destination_name,
)
MONITORING_SHARE = Lowering(
    model=MonitoringShare,
    noun="cross-account observability",
    types={
        "tf": ("aws_oam_sink", "aws_oam_link", "aws_iam_role"),
        "cfn": ("AWS::Oam::Sink", "AWS::Oam::Link", "AWS::IAM::Role"),
        "live": ("oam.sink", "oam.link", "iam.role"),
    },
    lower=monitoring_share,
    identity={"tf": ("name", "sink_id")},
    short_name=sink_name,
)
