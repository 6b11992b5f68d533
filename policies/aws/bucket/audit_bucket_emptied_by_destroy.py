"""BUCKET-011."""

from __future__ import annotations

from guardrails.api import Bucket, Check, Severity, policy, require

from ...frameworks import controls


@policy("BUCKET-011", on=Bucket, severity=Severity.HIGH, since="0.1", controls=controls(mlps=["8.1.4.3c"]))
def audit_bucket_emptied_by_destroy(bucket: Bucket) -> Check:
    """A bucket of audit logs, or of the access logs about them, that a destroy of the code empties first."""
    return require(
        lambda: bucket.force_destroy.is_false(),
        "whoever removes the bucket from the code deletes all logs with it",
        # An account has no code that a destroy could begin with.
        when=~bucket.observed & (bucket.audit | bucket.access_log_sources.seen().some(lambda source: source.audit)),
    )
