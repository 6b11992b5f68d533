"""What attributes of a resource are in an account, which code knows only after it is deployed."""

from __future__ import annotations

from guardrails.drift.names import short
from guardrails.model import EncryptionKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Reference
    from guardrails.model.resource import Resource

_ID_IS_ARN = frozenset(
    (
        *("AWS::CloudTrail::EventDataStore", "AWS::IAM::ManagedPolicy", "AWS::SNS::Topic"),
        *("aws_cloudtrail_event_data_store", "aws_iam_policy", "aws_sns_topic"),
    )
)
"""Types whose `id`, or what `Ref` gives, is the ARN."""
_ID_IS_NAME = frozenset(
    (
        *("AWS::CloudTrail::Trail", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::IAM::Group"),
        *("AWS::IAM::Role", "AWS::IAM::User", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "aws_cloudwatch_log_group"),
        *("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm", "aws_iam_group", "aws_iam_role"),
        *("aws_iam_user", "aws_s3_bucket"),
    )
)
_NAME_STEPS = frozenset(("name", "bucket", "alarm_name", "TopicName"))


def called(reference: Reference, live: Resource) -> str | None:
    """What an attribute of a resource is, which the code knows only after it is deployed."""
    step = str(reference.path[-1]) if reference.path else ""
    itself = step in ("id", "Ref")
    if step.lower().endswith("arn") or (itself and reference.type in _ID_IS_ARN):
        arn = live.address if live.address.startswith("arn:") else None
        # `Fn::GetAtt` gives the ARN of a log group with the wildcard that stands for its streams.
        return f"{arn}:*" if arn is not None and reference.type == "AWS::Logs::LogGroup" else arn
    if isinstance(live, EncryptionKey) and (itself or step in ("key_id", "KeyId")):
        return live.address.rpartition("key/")[2] if ":key/" in live.address else None
    if step in _NAME_STEPS or (itself and type_of(reference) in _ID_IS_NAME):
        name = live.name.or_none()
        return name if name is None or not name.startswith("arn:") else short(name)
    return None


def type_of(reference: Reference) -> str:
    """The type of what is referred to: an address of Terraform tells it."""
    return reference.type or next((part for part in reference.address.split(".") if part.startswith("aws_")), "")
