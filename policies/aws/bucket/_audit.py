"""Which buckets are asked, without working out for all others what makes the difference only for those."""

from __future__ import annotations

from guardrails.api import Many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.api import Bucket, Truth


def audit_bucket_where(bucket: Bucket, test: Callable[[Bucket], Truth]) -> Truth:
    """Whether it is a bucket of audit logs that passes a test; the test is not asked of any other bucket."""
    return Many.of(bucket).where(lambda one: one.audit).some(test)


def holds_more_than_access_logs(bucket: Bucket) -> Truth:
    """FALSE for one that is named an audit bucket and only receives what servers log about other buckets: to log access
    to that one as well would never end."""
    return bucket.receives_trails | ~bucket.other_sources.is_empty() | bucket.access_log_sources.is_empty()
