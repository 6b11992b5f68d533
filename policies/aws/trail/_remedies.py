"""What closes the gaps that the policies on trails find."""

from __future__ import annotations

from guardrails.api import (
    AddBlock,
    AddCondition,
    AddResource,
    AddStatement,
    LeftToYou,
    Nested,
    NewStatement,
    SetArgument,
    UseResource,
    policy_document,
)

from .. import _keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Remedies

_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
_INSIGHTS = tuple(Nested("insight_selector", {"insight_type": f'"{name}"'}) for name in _TYPES)
_CALLS, _ERRORS = _INSIGHTS

_GROUP, _ROLE = "cloud_watch_logs_group_arn", "cloud_watch_logs_role_arn"
_TO_GROUP = SetArgument(_GROUP, '"${{group}.arn}:*"', replaces=True)
_BY_ROLE = SetArgument(_ROLE, "{role}.arn", replaces=True)
_WRITING = ('"logs:CreateLogStream"', '"logs:PutLogEvents"')
_TRUSTED = NewStatement("Assume", ('"sts:AssumeRole"',), (), principal=("Service", ('"cloudtrail.amazonaws.com"',)))


_NEW_GROUP = (
    _keys.key("Log groups with audit logs", _keys.FOR_LOGS, _GROUP),
    AddResource(
        "aws_cloudwatch_log_group",
        {"name_prefix": '"cloudtrail-"', "kms_key_id": "{key}.arn", "retention_in_days": "400"},
        (Nested("lifecycle", {"prevent_destroy": "true"}),),
        known_as="group",
        for_argument=_GROUP,
    ),
)


def _new_role(group: str) -> tuple[AddResource, AddResource]:
    """A role that may write to the log group that is called so, and to nothing else."""
    writing = NewStatement("Write", _WRITING, (f'"${{{group}}}:log-stream:*"',))
    role = AddResource(
        "aws_iam_role",
        {"name_prefix": '"cloudtrail-to-logs-"', "assume_role_policy": policy_document(_TRUSTED)},
        known_as="role",
        for_argument=_ROLE,
    )
    allowed = AddResource(
        "aws_iam_role_policy",
        {"name_prefix": '"write-"', "role": "{role}.id", "policy": policy_document(writing)},
        for_argument=_ROLE,
    )
    return role, allowed


_PUBLISH = NewStatement(
    "AnnounceLogFiles",
    ('"sns:Publish"',),
    ("{topic}.arn",),
    principal=("Service", ('"cloudtrail.amazonaws.com"',)),
    conditions=(AddCondition("StringEquals", "aws:SourceAccount", ("{account}",)),),
)
_ALERT = NewStatement(
    "Alert",
    ('"sns:Publish"',),
    ("{topic}.arn",),
    principal=("Service", ('"cloudwatch.amazonaws.com"',)),
    conditions=(AddCondition("StringEquals", "aws:SourceAccount", ("{account}",)),),
)
"""The policy that a topic has by itself lets alarms of the account in; a policy that is written takes its place."""
_POLICIES_OF_TOPICS = ("aws_sns_topic_policy", "aws_sns_topic", "aws_iam_policy_document")
_ANNOUNCED = SetArgument("sns_topic_name", "{topic}.arn", replaces=True)
_LETTING_IN = AddResource(
    "aws_sns_topic_policy",
    {"arn": "{topic}.arn", "policy": policy_document(_PUBLISH, _ALERT)},
    for_argument="sns_topic_name",
    only_for="{topic}",
)
_NEW_TOPIC = (
    _keys.key("Topics for log files", _keys.FOR_DELIVERIES, "sns_topic_name"),
    AddResource(
        "aws_sns_topic",
        {"name_prefix": '"log-files-"', "kms_master_key_id": "{key}.arn"},
        known_as="topic",
        for_argument="sns_topic_name",
    ),
)


REMEDIES: Remedies = {
    "TRAIL-001": lambda _: (
        (SetArgument("enable_logging", "true", (), ("aws_cloudtrail",)),),
        (LeftToYou("a new trail needs a bucket for its log files, and which one only you know"),),
    ),
    "TRAIL-002": lambda _: ((SetArgument("enable_logging", "true"),),),
    "TRAIL-003": lambda _: (
        (SetArgument("is_multi_region_trail", "true"),),
        # Only with its global events may a trail be one of all Regions.
        (SetArgument("is_multi_region_trail", "true"), SetArgument("include_global_service_events", "true")),
    ),
    "TRAIL-004": lambda _: ((SetArgument("include_global_service_events", "true"),),),
    "TRAIL-005": lambda _: ((SetArgument("enable_log_file_validation", "true"),),),
    "TRAIL-006": lambda _: ((LeftToYou("what keeps CloudTrail from its bucket is in the account, not in the code"),),),
    "TRAIL-007": lambda _: (
        (UseResource("aws_cloudwatch_log_group", "group"), _TO_GROUP),
        (UseResource("aws_cloudwatch_log_group", "group"), UseResource("aws_iam_role", "role"), _TO_GROUP, _BY_ROLE),
        (UseResource("aws_cloudwatch_log_group", "group"), *_new_role("{group}.arn"), _TO_GROUP, _BY_ROLE),
        (*_NEW_GROUP, UseResource("aws_iam_role", "role"), _TO_GROUP, _BY_ROLE),
        (*_NEW_GROUP, *_new_role("{group}.arn"), _TO_GROUP, _BY_ROLE),
    ),
    "TRAIL-008": lambda _: (
        (LeftToYou("what keeps CloudTrail from the log group is in the account, not in the code"),),
    ),
    "TRAIL-009": lambda _: (
        (UseResource("aws_cloudwatch_log_group", "group"), *_new_role("{group}.arn"), _BY_ROLE),
        (LeftToYou("the log group is not written beside the trail, so no role for it can be"),),
    ),
    "TRAIL-010": lambda _: ((AddBlock(_ERRORS),), (AddBlock(_CALLS),), (AddBlock(_CALLS), AddBlock(_ERRORS))),
    "TRAIL-011": lambda _: (
        (UseResource("aws_sns_topic", "topic"), AddStatement(_PUBLISH, _POLICIES_OF_TOPICS), _ANNOUNCED),
        (UseResource("aws_sns_topic", "topic"), _LETTING_IN, _ANNOUNCED),
        (*_NEW_TOPIC, _LETTING_IN, _ANNOUNCED),
    ),
    "TRAIL-012": lambda _: ((LeftToYou("which of the trails is to record them, only you know"),),),
    "TRAIL-014": lambda _: ((LeftToYou("who owns the trail and how its logs are classed, only you know"),),),
    "TRAIL-013": lambda _: (
        (SetArgument("prevent_destroy", "true", ("lifecycle",)),),
        (SetArgument("prevent_destroy", "true", ("lifecycle",), ("aws_s3_bucket",)),),
        (SetArgument("prevent_destroy", "true", ("lifecycle",), ("aws_cloudwatch_log_group",)),),
    ),
}
