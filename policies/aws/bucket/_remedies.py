"""What closes the gaps that the policies on buckets find."""

from __future__ import annotations

from guardrails.api import (
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

from .. import _access_logs, _keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.api import Alternatives, Remedies

_ITSELF = {"bucket": "{subject}.id"}
_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_LOCK = "aws_s3_bucket_object_lock_configuration"
_DEFAULT = ("rule", "default_retention")
_ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
_BY_DEFAULT = ("rule", "apply_server_side_encryption_by_default")
_VERSIONED = AddResource(
    "aws_s3_bucket_versioning",
    _ITSELF,
    (Nested("versioning_configuration", {"status": '"Enabled"'}),),
    unless="versioned",
)
_BUCKET_POLICIES = ("aws_iam_policy_document", "aws_s3_bucket_policy", "aws_s3_bucket")
_TLS_ONLY = NewStatement(
    "DenyRequestsWithoutTls",
    ('"s3:*"',),
    ("{subject}.arn", '"${{subject}.arn}/*"'),
    principal=("*", ('"*"',)),
    conditions=(AddCondition("Bool", "aws:SecureTransport", ('"false"',)),),
    effect="Deny",
)
_CLOUDTRAIL = ("Service", ('"cloudtrail.amazonaws.com"',))
_OF_ACCOUNT = AddCondition("StringEquals", "aws:SourceAccount", ("{account}",))
_CHECKED = NewStatement(
    "CheckForCloudTrail", ('"s3:GetBucketAcl"',), ("{subject}.arn",), principal=_CLOUDTRAIL, conditions=(_OF_ACCOUNT,)
)


def _delivered(below: str) -> NewStatement:
    return NewStatement(
        "WriteForCloudTrail",
        ('"s3:PutObject"',),
        (f'"${{{{subject}}.arn}}/{below}"',),
        principal=_CLOUDTRAIL,
        conditions=(
            _OF_ACCOUNT,
            AddCondition("StringEquals", "s3:x-amz-acl", ('"bucket-owner-full-control"',)),
        ),
    )


def _stated(*statements: NewStatement) -> Alternatives:
    """Statements of the bucket's policy: of the one that is there, or of a new one."""
    return (
        tuple(AddStatement(one, _BUCKET_POLICIES) for one in statements),
        (
            AddResource(
                "aws_s3_bucket_policy",
                {**_ITSELF, "policy": policy_document(*statements)},
                unless="policy",
            ),
        ),
    )


_PREFIXES = ("AWSLogs/${{account}}/*", "*/AWSLogs/${{account}}/*", "*")
"""Below what CloudTrail writes: a trail may have a prefix, and an organization's has one of its own."""


def _encryption(key: str) -> AddResource:
    default = Nested(
        "apply_server_side_encryption_by_default", {"sse_algorithm": '"aws:kms"', "kms_master_key_id": f"{key}.arn"}
    )
    return AddResource(
        _ENCRYPTION, _ITSELF, (Nested("rule", {"bucket_key_enabled": "true"}, (default,)),), unless="encryption"
    )


def _locked(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    """A lock by default. The bucket itself is not touched: `object_lock_enabled` would replace it."""
    days = str(settings.required_retention_days)
    mode = '"COMPLIANCE"' if settings.compliance_mode else '"GOVERNANCE"'
    lock = AddResource(
        _LOCK,
        _ITSELF,
        (Nested("rule", {}, (Nested("default_retention", {"mode": mode, "days": days}),)),),
        unless="object_lock",
    )
    return (
        (SetArgument("days", days, _DEFAULT, (_LOCK,)),),
        (SetArgument("mode", mode, _DEFAULT, (_LOCK,)),),
        (SetArgument("days", days, _DEFAULT, (_LOCK,)), SetArgument("mode", mode, _DEFAULT, (_LOCK,))),
        (lock,),
        (_VERSIONED, lock),
    )


def _encrypted(key: str) -> tuple[SetArgument, SetArgument]:
    return (
        SetArgument("sse_algorithm", '"aws:kms"', _BY_DEFAULT, (_ENCRYPTION,)),
        SetArgument("kms_master_key_id", f"{key}.arn", _BY_DEFAULT, (_ENCRYPTION,), replaces=True),
    )


_CLOSED: Alternatives = (
    tuple(SetArgument(name, "true", (), ("aws_s3_bucket_public_access_block",)) for name in _BLOCKS),
    (
        AddResource(
            "aws_s3_bucket_public_access_block",
            {**_ITSELF, **dict.fromkeys(_BLOCKS, "true")},
            unless="public_access_block",
        ),
    ),
)

REMEDIES: Remedies = {
    "BUCKET-001": lambda _: (
        (SetArgument("acl", '"private"', (), ("aws_s3_bucket_acl",)),),
        (SetArgument("acl", '"private"'),),
        *_CLOSED,
    ),
    "BUCKET-002": lambda _: _CLOSED,
    "BUCKET-003": lambda _: _access_logs.LOGGED,
    "BUCKET-004": lambda _: (
        (SetArgument("status", '"Enabled"', ("versioning_configuration",), ("aws_s3_bucket_versioning",)),),
        (_VERSIONED,),
        (SetArgument("enabled", "true", ("versioning",)),),
    ),
    "BUCKET-005": _locked,
    "BUCKET-006": lambda _: (
        (
            LeftToYou(
                "only the root user can switch on MFA delete, with the device at hand; code can say so afterwards"
            ),
        ),
    ),
    "BUCKET-007": lambda _: _stated(_TLS_ONLY),
    "BUCKET-008": lambda _: (
        (UseResource("aws_kms_key", "key"), *_encrypted("{key}")),
        (_keys.key("Audit logs in buckets", _keys.FOR_STORES), *_encrypted("{key}")),
        (UseResource("aws_kms_key", "key"), _encryption("{key}")),
        (_keys.key("Audit logs in buckets", _keys.FOR_STORES), _encryption("{key}")),
    ),
    "BUCKET-009": lambda _: (
        (AddStatement(_CHECKED, _BUCKET_POLICIES),),
        *((AddStatement(_delivered(below), _BUCKET_POLICIES),) for below in _PREFIXES),
        *(steps for below in _PREFIXES for steps in _stated(_CHECKED, _delivered(below))),
    ),
    "BUCKET-010": lambda _: ((_OF_ACCOUNT,),),
    "BUCKET-011": lambda _: ((SetArgument("force_destroy", "false"),),),
    "BUCKET-012": lambda _: ((LeftToYou("in which Region or account the copy is to be kept, only you know"),),),
    "BUCKET-013": lambda _: (
        (SetArgument("object_ownership", '"BucketOwnerEnforced"', ("rule",), ("aws_s3_bucket_ownership_controls",)),),
        (
            AddResource(
                "aws_s3_bucket_ownership_controls",
                _ITSELF,
                (Nested("rule", {"object_ownership": '"BucketOwnerEnforced"'}),),
                unless="ownership",
            ),
        ),
    ),
    "BUCKET-014": lambda _: ((LeftToYou("which bucket is meant, only you know"),),),
}
