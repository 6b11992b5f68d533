"""The settings of a bucket and its account that keep it from the public."""

from __future__ import annotations

from guardrails.api import same_account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.api import AccountPublicAccessBlock, Bucket, Many, PublicAccessBlock, Truth, Value


def blocks_of_account(bucket: Bucket) -> Many[AccountPublicAccessBlock]:
    return bucket.account.public_access_blocks.where(lambda block: same_account(block, bucket))


def is_switched_on(bucket: Bucket, setting: Callable[[PublicAccessBlock], Value[bool]]) -> Truth:
    """Whether a setting is on for the bucket or for its account; FALSE where nothing is said."""
    own = bucket.public_access_block.some(lambda block: setting(block).is_true())
    return own | blocks_of_account(bucket).some(lambda block: setting(block.settings).is_true())


def is_shielded(bucket: Bucket) -> Truth:
    """Whether neither a policy nor an access control list can open it to the public, whatever they say."""
    lists_ignored = is_switched_on(bucket, lambda block: block.ignore_public_acls)
    no_lists = lists_ignored | bucket.ownership.equals("BucketOwnerEnforced")
    return is_switched_on(bucket, lambda block: block.restrict_public_buckets) & no_lists
