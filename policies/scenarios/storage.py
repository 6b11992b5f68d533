"""What keeps data and what destroys it: keys, buckets, deletions."""

from __future__ import annotations

from guardrails.api import ABSENT, Scenario, management_call, management_calls


def key_removal() -> Scenario:
    """A key that is taken away, and with it all that it encrypts."""
    return Scenario(
        "key-removal",
        "removals of keys",
        management_calls("kms.amazonaws.com", "DisableKey ScheduleKeyDeletion"),
        management_calls("kms.amazonaws.com", "DescribeKey Decrypt", reads=True),
    )


def bucket_policy_change() -> Scenario:
    """Who may reach a bucket, and what becomes of its contents: the nine calls of CIS."""
    return Scenario(
        "bucket-policy-change",
        "changes of bucket policies",
        management_calls(
            "s3.amazonaws.com",
            "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication "
            "DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
        ),
        management_calls("s3.amazonaws.com", "GetBucketAcl GetBucketPolicy ListBuckets", reads=True),
    )


def destructive_deletion() -> Scenario:
    """What is gone afterwards."""
    terminated = management_call("TerminateInstances", "ec2.amazonaws.com", {"userIdentity.invokedBy": ABSENT})
    return Scenario(
        "destructive-deletion",
        "destructive deletions",
        (
            *management_calls("cloudtrail.amazonaws.com", "DeleteTrail"),
            *management_calls("s3.amazonaws.com", "DeleteBucket"),
            terminated,
        ),
        (
            management_call(
                "TerminateInstances",
                "ec2.amazonaws.com",
                {"userIdentity.type": "AssumedRole", "userIdentity.invokedBy": "autoscaling.amazonaws.com"},
                title="instances that Auto Scaling ends",
            ),
            *management_calls("ec2.amazonaws.com", "DescribeInstances", reads=True),
        ),
    )
