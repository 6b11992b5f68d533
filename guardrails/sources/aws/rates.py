"""How many requests in a second an account is asked, so that nobody else's are refused because of a scan.

AWS counts requests by account, Region and, mostly, operation; so do the buckets here, by service. What is published
was read in the quota pages of the services' guides:

- cloudtrail: 10 a second for get, describe and list operations, and it cannot be raised (CloudTrail user guide,
  "Quotas in AWS CloudTrail"). People and programs of the account share them, so not all are taken.
  LookupEvents has a quota of its own, 2 a second.
- logs: 5 a second for DescribeMetricFilters, DescribeSubscriptionFilters and others, 10 for DescribeLogGroups
  (CloudWatch Logs user guide, "CloudWatch Logs quotas").
- cloudwatch: 9 a second for DescribeAlarms (CloudWatch user guide, "CloudWatch service quotas").
- sns: 30 a second for each listing and GetTopicAttributes (AWS General Reference, "Amazon SNS endpoints and quotas").
- events: 50 a second for each operation of rules and targets (EventBridge user guide, "Amazon EventBridge quotas").
- kms: 100 a second for ListGrants, the lowest of those that are asked (KMS developer guide, "Request quotas").
- sso-admin: 20 a second for all operations together (IAM Identity Center user guide, "Quotas").
- sts: 600 a second for all operations together (IAM user guide, "IAM and AWS STS quotas").

The others publish none for what is asked here, or other ones for accounts of other ages; `_UNPUBLISHED` is a rate that
they all stand. A service that says that it is too much is asked more slowly, and faster again once it does not.
"""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from guardrails.sources.aws.calling import Call

RATES: Mapping[str, float] = {
    "cloudtrail": 8,
    "cloudtrail.LookupEvents": 2,
    "logs": 5,
    "cloudwatch": 8,
    "sns": 20,
    "events": 20,
    "kms": 50,
    "s3": 50,
    "iam": 10,
    "sso-admin": 10,
    "sts": 50,
}
"""Service, or operation that has a quota of its own → requests in a second, for one account in one Region."""
_UNPUBLISHED = 5.0
_SLOWEST = 0.5
"""Requests in a second, below which no service is asked however often it refuses."""


class Bucket:
    """Tokens for requests: as many as fit in a second lie ready, and each comes back after its share of one.

    Who takes one too many waits for it, in the order of coming.
    """

    def __init__(self, rate: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._full = self._rate = rate
        self._tokens = rate
        self._clock, self._sleep = clock, sleep
        self._last = clock()
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        return self._rate

    def take(self) -> None:
        with self._lock:
            now = self._clock()
            self._tokens = min(self._full, self._tokens + (now - self._last) * self._rate) - 1
            self._last = now
            wait = -self._tokens / self._rate
        if wait > 0:
            self._sleep(wait)

    def too_much(self) -> None:
        """AWS refused: from now on slower by a third, and what lies ready is gone."""
        with self._lock:
            self._rate = max(self._rate * 0.7, _SLOWEST)
            self._tokens = min(self._tokens, 0)

    def fine(self) -> None:
        """AWS answered: a twentieth of the way back to the full rate."""
        with self._lock:
            self._rate = min(self._full, self._rate + self._full / 20)


class Rates:
    """The buckets of one account, shared by all threads that ask it."""

    def __init__(
        self,
        rates: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`rates` are others than those of `RATES`."""
        self._rates = {**RATES, **(rates or {})}
        self._clock, self._sleep = clock, sleep
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def bucket(self, call: Call, region: str) -> Bucket:
        counted = call.name if call.name in self._rates else call.service
        with self._lock:
            found = self._buckets.get((counted, region))
            if found is None:
                rate = self._rates.get(counted, _UNPUBLISHED)
                found = self._buckets[counted, region] = Bucket(rate, self._clock, self._sleep)
            return found
