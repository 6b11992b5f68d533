"""ORG-002."""

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
    Value,
    decide,
    false,
    policy,
    require,
    true,
)

from ...frameworks import controls


class Options(Settings):
    log_archive_accounts: tuple[str, ...] = ()
    """Ids of the accounts that are meant to hold logs; while it is empty, any but the trail's own will do."""
    single_account: bool = False
    """Whether there is one account only, so that logs cannot be kept in another."""


@policy(
    "ORG-002",
    on=AuditTrail,
    severity=Severity.HIGH,
    since="0.1",
    controls=controls(mlps=["8.1.5.4d", "8.1.4.3c", "8.1.5.2a"]),
)
def logs_kept_in_trail_account(trail: AuditTrail, settings: Options) -> Iterator[Check]:
    """A trail whose bucket is in the account that it records, within reach of whoever takes that account over."""
    named = decide(bool(settings.log_archive_accounts))
    asked = decide(not settings.single_account)
    here = trail.bucket.owner

    def holds_logs(account: Value[str]) -> Truth:
        return named & account.where(lambda number: number in settings.log_archive_accounts)

    def together(bucket: Bucket) -> Truth:
        one_provider = bucket.owned and bucket.location.credentials == trail.location.credentials
        # An account lists all buckets that it has.
        listed = ~trail.observed | trail.account.buckets.some(lambda own: decide(own is bucket))
        known_alike = trail.location.account.agrees(bucket.location.account) & listed
        in_code = true(Fact("the trail and its bucket are made together, in one account", here)) & decide(one_provider)
        return (~trail.observed & in_code) | known_alike.because(Fact("the trail delivers to this bucket", here))

    def fitting(bucket: Bucket) -> Truth:
        return false(Fact("the trail delivers to this bucket", here)) | holds_logs(bucket.location.account)

    apart = ~trail.bucket.some(together)
    yield require(
        apart | holds_logs(trail.location.account),
        "logs are kept in the account whose actions they record",
        when=asked,
    )
    yield require(
        trail.bucket.every(fitting),
        "logs are not kept in an account that is meant to hold them",
        when=asked & named & apart.known & apart,
    )
