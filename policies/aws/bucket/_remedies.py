"""What closes the gaps that the policies on buckets find."""

from __future__ import annotations

from guardrails.api import AddBlock, AddResource, Nested, SetArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.api import Alternatives, Remedies

_ITSELF = {"bucket": "{subject}.id"}
_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_LOCK = "aws_s3_bucket_object_lock_configuration"
_DEFAULT = ("rule", "default_retention")
_VERSIONED = AddResource(
    "aws_s3_bucket_versioning",
    _ITSELF,
    (Nested("versioning_configuration", {"status": '"Enabled"'}),),
    unless="versioned",
)
_TLS_ONLY = Nested(
    "statement",
    {
        "sid": '"DenyRequestsWithoutTls"',
        "effect": '"Deny"',
        "actions": '["s3:*"]',
        "resources": '[{subject}.arn, "${{subject}.arn}/*"]',
    },
    (
        Nested("principals", {"type": '"*"', "identifiers": '["*"]'}),
        Nested("condition", {"test": '"Bool"', "variable": '"aws:SecureTransport"', "values": '["false"]'}),
    ),
)

_TLS_ONLY_AS_JSON = """jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyRequestsWithoutTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [{subject}.arn, "${{subject}.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })"""


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


REMEDIES: Remedies = {
    "BUCKET-002": lambda _: (
        tuple(SetArgument(name, "true", (), ("aws_s3_bucket_public_access_block",)) for name in _BLOCKS),
        (
            AddResource(
                "aws_s3_bucket_public_access_block",
                {**_ITSELF, **dict.fromkeys(_BLOCKS, "true")},
                unless="public_access_block",
            ),
        ),
    ),
    "BUCKET-004": lambda _: (
        (SetArgument("status", '"Enabled"', ("versioning_configuration",), ("aws_s3_bucket_versioning",)),),
        (_VERSIONED,),
        (SetArgument("enabled", "true", ("versioning",)),),
    ),
    "BUCKET-005": _locked,
    "BUCKET-007": lambda _: (
        (AddBlock(_TLS_ONLY, ("aws_iam_policy_document",)),),
        (AddResource("aws_s3_bucket_policy", {**_ITSELF, "policy": _TLS_ONLY_AS_JSON}, unless="policy"),),
    ),
    "BUCKET-011": lambda _: ((SetArgument("force_destroy", "false"),),),
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
}
