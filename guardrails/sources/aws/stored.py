"""Accounts that were read, kept while they are judged: in memory where they are few, else in a journal."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.kernel.typed import Protocol
from guardrails.sources.aws.snapshot_json import account_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from guardrails.sources.aws.snapshot import AccountSnapshot, Refusal

_BUCKET = "s3.bucket"


class Totals(Record):
    """Counts over all accounts."""

    accounts: int
    failed: int
    refused: int
    resources: int
    calls: Mapping[str, int]


class Regions(Record):
    """Where accounts were not read."""

    left_out: Mapping[str, Mapping[str, int]]
    """Why → Region → in how many accounts."""
    unasked: Mapping[str, int]
    """Region → in how many accounts it is enabled and was not asked for."""


class Store(Protocol):
    """Accounts that were read, each handed out when it is asked for."""

    def ids(self) -> tuple[str, ...]: ...

    def read(self, id: str) -> AccountSnapshot: ...

    def text(self, id: str) -> bytes:
        """The account as JSON in one line."""

    def buckets(self) -> dict[str, str]:
        """The name of a bucket → the account that has it."""

    def totals(self) -> Totals: ...

    def regions(self) -> Regions: ...


def buckets_of(account: AccountSnapshot) -> set[str]:
    """The names of an account's buckets, which do not say whose they are."""
    own = (one.address for one in account.resources if one.type == _BUCKET and not one.account)
    return {arn.rpartition(":")[2].partition("/")[0] for arn in own}


def refusals_of(account: AccountSnapshot) -> Iterator[Refusal]:
    """All that was refused of an account."""
    if account.failed is not None:
        yield account.failed
    if account.organization_unknown is not None:
        yield account.organization_unknown
    for unlisted in account.unlisted:
        yield unlisted.refusal
    for one in account.resources:
        yield from one.refused.values()


def refused_in(account: AccountSnapshot) -> int:
    """How often the account refused, of which each call in each Region counts once."""
    return len({(refusal.operation, refusal.region, refusal.code) for refusal in refusals_of(account)})


class RegionCounts:
    def __init__(self) -> None:
        self._left_out: dict[str, dict[str, int]] = {}
        self._unasked: dict[str, int] = {}

    def add(self, left_out: Mapping[str, str], unasked: Iterable[str]) -> None:
        for region, why in left_out.items():
            regions = self._left_out.setdefault(why, {})
            regions[region] = regions.get(region, 0) + 1
        for region in unasked:
            self._unasked[region] = self._unasked.get(region, 0) + 1

    def told(self) -> Regions:
        return Regions(self._left_out, self._unasked)


class Kept:
    """A store in memory, of compressed accounts."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._buckets: dict[str, str] = {}
        self._regions = RegionCounts()
        self._failed = self._refused = self._resources = 0
        self._calls: dict[str, int] = {}

    def add(self, account: AccountSnapshot) -> None:
        self._bodies[account.id] = zlib.compress(text_of(account), 1)
        for name in buckets_of(account):
            self._buckets[name] = account.id
        self._regions.add(account.left_out, account.unasked)
        self._failed += account.failed is not None
        self._refused += refused_in(account)
        self._resources += len(account.resources)
        for name, count in account.calls.items():
            self._calls[name] = self._calls.get(name, 0) + count

    def ids(self) -> tuple[str, ...]:
        return tuple(sorted(self._bodies))

    def read(self, id: str) -> AccountSnapshot:
        return account_of(self.text(id))

    def text(self, id: str) -> bytes:
        return zlib.decompress(self._bodies[id])

    def buckets(self) -> dict[str, str]:
        return self._buckets

    def totals(self) -> Totals:
        return Totals(len(self._bodies), self._failed, self._refused, self._resources, self._calls)

    def regions(self) -> Regions:
        return self._regions.told()
