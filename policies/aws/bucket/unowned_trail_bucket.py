"""BUCKET-014."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    AuditTrail,
    Bucket,
    Check,
    Fact,
    Settings,
    Severity,
    Truth,
    Why,
    decide,
    policy,
    require,
    same_account,
    true,
    unknown,
)

from ...frameworks import controls


class Options(Settings):
    log_archive_accounts: tuple[str, ...] = ()
    """Ids of the accounts that are meant to hold logs; while it is empty, any of one's own will do."""


def _is_ours(bucket: Bucket, delivers: Fact) -> Truth:
    """Whether the bucket was seen in one's own code or accounts. That it was not proves nothing: it may be where
    nobody looked."""
    account = bucket.location.account
    return true(delivers) if bucket.owned or account.settled else unknown(*account.reasons, facts=(delivers,))


@policy(
    "BUCKET-014",
    on=AuditTrail,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(mlps=["8.1.4.3c"]),
)
def unowned_trail_bucket(trail: AuditTrail, settings: Options) -> Iterator[Check]:
    """A trail that delivers to a bucket which does not exist, or which others than oneself have."""
    delivers = Fact("the trail delivers to this bucket", trail.bucket.owner)
    ours = trail.bucket.every(lambda bucket: _is_ours(bucket, delivers))
    seen = ours.known & ours
    said = trail.delivery_error.equals("NoSuchBucket")
    # AWS says so when it is asked for the bucket, or said so when CloudTrail delivered last.
    missing = trail.observed & trail.bucket.is_empty()
    gone = (missing.known & missing) | (said.known & said & ~seen)
    # Code says nothing of deliveries, and that is no reason; that nobody may ask an account is one.
    refused = [reason for reason in said.reasons if reason.why is not Why.CANNOT_SAY]

    def fits(bucket: Bucket) -> Truth:
        named = bucket.location.account.where(lambda account: account in settings.log_archive_accounts)
        return (same_account(trail, bucket) | named).because(delivers)

    yield require(
        ~gone,
        "the bucket does not exist, and whoever makes one of its name gets the logs",
        when=gone,
        severity=Severity.CRITICAL,
    )
    known = ours | unknown(*refused) if refused else ours
    yield require(known, "the bucket is not known to be one's own", when=~gone)
    yield require(
        lambda: trail.bucket.every(fits),
        "the bucket is in an account that is not meant to hold the logs",
        when=decide(bool(settings.log_archive_accounts)) & seen,
    )
