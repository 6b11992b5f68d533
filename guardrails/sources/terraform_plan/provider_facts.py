"""What the AWS provider does that no plan says: copies of what is written elsewhere, zeros that mean nothing."""

from __future__ import annotations

COPIES: dict[str, dict[str, tuple[str, str]]] = {
    "aws_s3_bucket": {
        "acceleration_status": ("aws_s3_bucket_accelerate_configuration", "bucket"),
        "acl": ("aws_s3_bucket_acl", "bucket"),
        "cors_rule": ("aws_s3_bucket_cors_configuration", "bucket"),
        "grant": ("aws_s3_bucket_acl", "bucket"),
        "lifecycle_rule": ("aws_s3_bucket_lifecycle_configuration", "bucket"),
        "logging": ("aws_s3_bucket_logging", "bucket"),
        "object_lock_configuration": ("aws_s3_bucket_object_lock_configuration", "bucket"),
        "policy": ("aws_s3_bucket_policy", "bucket"),
        "replication_configuration": ("aws_s3_bucket_replication_configuration", "bucket"),
        "server_side_encryption_configuration": ("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
        "versioning": ("aws_s3_bucket_versioning", "bucket"),
        "website": ("aws_s3_bucket_website_configuration", "bucket"),
    },
    "aws_iam_role": {
        "inline_policy": ("aws_iam_role_policy", "role"),
        "managed_policy_arns": ("aws_iam_role_policy_attachment", "role"),
    },
    "aws_sns_topic": {"policy": ("aws_sns_topic_policy", "arn")},
    "aws_sqs_queue": {"policy": ("aws_sqs_queue_policy", "queue_url")},
    "aws_kms_key": {"policy": ("aws_kms_key_policy", "key_id")},
}
"""Attributes and blocks that are read back from the account: the resource in which they are written these days, and
its attribute that names the first. What is copied is as old as the state, so it counts only where there is no such
resource."""

LISTED = frozenset(("aws_iam_role",))
"""Types whose copies list everything that there is: in a state they also name what was attached by hand."""

NEVER_ZERO: dict[str, frozenset[str]] = {
    "expiration": frozenset(("days",)),
    "noncurrent_version_expiration": frozenset(("days", "noncurrent_days", "newer_noncurrent_versions")),
    "noncurrent_version_transition": frozenset(("newer_noncurrent_versions",)),
    "default_retention": frozenset(("days", "years")),
    "filter": frozenset(("object_size_greater_than", "object_size_less_than")),
    "and": frozenset(("object_size_greater_than", "object_size_less_than")),
    "abort_incomplete_multipart_upload": frozenset(("days_after_initiation",)),
}
"""By nested block, numbers for which the service takes no zero: in a state a zero means that they are not set."""

TELLING: dict[str, tuple[str, ...]] = {
    "data.aws_kms_alias": ("target_key_arn", "target_key_id", "arn"),
    "data.aws_kms_key": ("arn",),
}
"""Data sources that say more of what they look up than what they give does: that a key is the one of a service. By
type, the attributes that lead to what is looked up."""

OWN_NAMES = ("id", "bucket", "arn", "url", "key_id", "name")
"""Attributes by which others name a resource."""
