"""Server access logging of a bucket to a new bucket, as steps of remedies."""

from __future__ import annotations

from guardrails.api import AddCondition, AddResource, NewStatement, policy_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Alternatives

_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_WRITTEN_BY_S3 = NewStatement(
    "WriteAccessLogs",
    ('"s3:PutObject"',),
    ('"${{target}.arn}/*"',),
    principal=("Service", ('"logging.s3.amazonaws.com"',)),
    conditions=(AddCondition("StringEquals", "aws:SourceAccount", ("{account}",)),),
)

LOGGED: Alternatives = (
    (
        AddResource("aws_s3_bucket", {"bucket_prefix": '"access-logs-"'}, known_as="target", label="access_logs"),
        AddResource(
            "aws_s3_bucket_public_access_block",
            {"bucket": "{target}.id", **dict.fromkeys(_BLOCKS, "true")},
            label="access_logs",
            only_for="{target}",
        ),
        AddResource(
            "aws_s3_bucket_policy",
            {"bucket": "{target}.id", "policy": policy_document(_WRITTEN_BY_S3)},
            label="access_logs",
            only_for="{target}",
        ),
        AddResource(
            "aws_s3_bucket_logging",
            {"bucket": "{subject}.id", "target_bucket": "{target}.id", "target_prefix": '"audit-logs/"'},
            unless="access_log_bucket",
        ),
    ),
)
