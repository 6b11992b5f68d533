"""Whom the policy of a bucket lets do what, for the policies about access to logs."""

from __future__ import annotations

from guardrails.api import actions_of, bucket_itself, objects_of, who_may

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from guardrails.api import Bucket, Grant, Many

    Use = Literal["read", "list", "tamper", "delete", "weaken", "silence", "permissions"]

READING: tuple[Use, ...] = ("read", "list")
CHANGING: tuple[Use, ...] = ("delete", "weaken", "silence", "permissions")
EVERYTHING: tuple[Use, ...] = (*READING, "tamper", *CHANGING)


def grants_of(bucket: Bucket, uses: tuple[Use, ...]) -> Many[Grant]:
    """Whom the bucket's policy lets do anything of these classes, with its objects or with the bucket itself."""
    with_objects = tuple(dict.fromkeys(action for use in uses for action in actions_of(use, "s3", "object")))
    with_bucket = tuple(dict.fromkeys(action for use in uses for action in actions_of(use, "s3", "bucket")))
    account = bucket.location.account
    return who_may(bucket.policy, with_objects, objects_of(bucket), account=account).and_also(
        who_may(bucket.policy, with_bucket, bucket_itself(bucket), account=account)
    )
