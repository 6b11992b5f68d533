"""A KMS key of one's own, as a step of remedies: whoever administers the account decides who else may use it."""

from __future__ import annotations

from guardrails.api import (
    AddCondition,
    AddResource,
    AddStatement,
    NewStatement,
    SetArgument,
    UseResource,
    policy_document,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Alternatives

_KEYS = ("aws_kms_key", "aws_kms_key_policy", "aws_iam_policy_document")
_CLOUDTRAIL = ("Service", ('"cloudtrail.amazonaws.com"',))
_OF_ACCOUNT = (AddCondition("StringEquals", "aws:SourceAccount", ("{account}",)),)

_ADMINISTRATION = NewStatement(
    "Administration", ('"kms:*"',), principal=("AWS", ('"arn:${{partition}}:iam::${{account}}:root"',))
)
FOR_TRAILS = (
    NewStatement(
        "EncryptTrails",
        ('"kms:GenerateDataKey*"',),
        principal=_CLOUDTRAIL,
        conditions=(
            AddCondition(
                "StringLike",
                "kms:EncryptionContext:aws:cloudtrail:arn",
                ('"arn:${{partition}}:cloudtrail:*:${{account}}:trail/*"',),
            ),
        ),
    ),
    NewStatement("DescribeKey", ('"kms:DescribeKey"',), principal=_CLOUDTRAIL),
)
FOR_STORES = (
    NewStatement(
        "EncryptEvents", ('"kms:GenerateDataKey"', '"kms:Decrypt"'), principal=_CLOUDTRAIL, conditions=_OF_ACCOUNT
    ),
)
"""For event data stores, and for buckets: CloudTrail names its own context only with a key that the trail names."""
FOR_LOGS = (
    NewStatement(
        "EncryptLogs",
        ('"kms:Encrypt*"', '"kms:Decrypt*"', '"kms:ReEncrypt*"', '"kms:GenerateDataKey*"', '"kms:Describe*"'),
        principal=("Service", ('"logs.${{region}}.amazonaws.com"',)),
        conditions=(
            AddCondition(
                "ArnLike",
                "kms:EncryptionContext:aws:logs:arn",
                ('"arn:${{partition}}:logs:${{region}}:${{account}}:log-group:*"',),
            ),
        ),
    ),
)


FOR_ALERTS = (
    NewStatement(
        "Alert",
        ('"kms:GenerateDataKey*"', '"kms:Decrypt"'),
        principal=("Service", ('"cloudwatch.amazonaws.com"', '"events.amazonaws.com"')),
    ),
)
FOR_DELIVERIES = (
    NewStatement(
        "Announce", ('"kms:GenerateDataKey*"', '"kms:Decrypt"'), principal=_CLOUDTRAIL, conditions=_OF_ACCOUNT
    ),
)
"""For topics on which CloudTrail announces log files."""


def key(purpose: str, statements: tuple[NewStatement, ...], for_argument: str = "") -> AddResource:
    """A new key, which later steps call `{key}`."""
    return AddResource(
        "aws_kms_key",
        {
            "description": f'"{purpose}"',
            "deletion_window_in_days": "30",
            "enable_key_rotation": "true",
            "policy": policy_document(_ADMINISTRATION, *statements),
        },
        known_as="key",
        for_argument=for_argument,
    )


def encrypted_with(argument: str, purpose: str, statements: tuple[NewStatement, ...]) -> Alternatives:
    """A resource that is to name a key: one that is there and lets in who must use it, or a new one. A key that it
    names already gets the statement that it lacks."""
    named = SetArgument(argument, "{key}.arn", replaces=True)
    return (
        (AddStatement(statements[0], _KEYS),),
        (UseResource("aws_kms_key", "key"), named),
        (key(purpose, statements, argument), named),
    )
