"""How many requests reading takes, worked out from the call table before any is made.

Pages and repetitions come on top: a listing of more than a page takes one request for each, and a request that AWS
refuses because there are too many is made again.
"""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.sources.aws.kinds import kinds
from guardrails.sources.aws.kinds_organizations import DESCRIBE_ORGANIZATION
from guardrails.sources.aws.regions import DESCRIBE_REGIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from guardrails.sources.aws.calling import Call
    from guardrails.sources.aws.kind import Kind, Listing


class Cost(Record):
    """The calls by how often they are made. None is counted twice: what several types need is asked once."""

    account: tuple[Call, ...]
    """Once for each account."""
    region: tuple[Call, ...]
    """In each of its Regions."""
    where_used: tuple[Call, ...]
    """In Regions, or accounts for a service that has none, in which there is something that they are about."""
    each: Mapping[str, tuple[Call, ...]]
    """By type, for one resource of it: of log buckets, topics and keys only those that matter."""

    def least(self, *, accounts: int = 1, regions: int = 1) -> int:
        """The requests for accounts in which there is nothing to ask about."""
        return accounts * (len(self.account) + regions * len(self.region))

    def most(self, found: Mapping[str, int], *, accounts: int = 1, regions: int = 1) -> int:
        """The requests, pages and repetitions left out, where there are so many resources of each type."""
        details = sum(number * len(self.each.get(type_, ())) for type_, number in found.items())
        return self.least(accounts=accounts, regions=regions) + accounts * regions * len(self.where_used) + details


def cost(needed: Mapping[str, frozenset[str]]) -> Cost:
    """What reading these parts of these types takes."""
    account: dict[str, Call] = {call.name: call for call in (DESCRIBE_REGIONS, DESCRIBE_ORGANIZATION)}
    region: dict[str, Call] = {}
    where_used: dict[str, Call] = {}
    each: dict[str, tuple[Call, ...]] = {}
    for type_, parts in needed.items():
        kind = kinds()[type_]
        details: dict[str, Call] = {}
        for listing in kind.listings:
            first, *further = listing.steps
            place = details if listing.of else _place(kind, listing, account, region, where_used)
            place[_key(first.call, first.parameters)] = first.call
            details.update((step.call.name, step.call) for step in further)
        for part in kind.details:
            if part.always or not part.name or part.name in parts:
                place = details if _is_about_one(part.parameters) else where_used
                place[_key(part.call, part.parameters) if place is where_used else part.call.name] = part.call
        if details:
            each[type_] = tuple(details.values())
    once = {**account, **region}
    return Cost(
        tuple(account.values()),
        tuple(region.values()),
        tuple(call for key, call in where_used.items() if key not in once),
        each,
    )


def _place(
    kind: Kind, listing: Listing, account: dict[str, Call], region: dict[str, Call], where_used: dict[str, Call]
) -> dict[str, Call]:
    if listing.after or listing.wished or listing.steps[0].only is not None:
        return where_used
    return region if kind.regional else account


def _key(call: Call, parameters: Mapping[str, object]) -> str:
    """What is asked for in the same words is asked for once."""
    return f"{call.name} {sorted(parameters.items())}" if parameters else call.name


def _is_about_one(parameters: Mapping[str, object]) -> bool:
    """Whether a call names a resource."""
    return any(callable(value) or "{" in str(value) for value in parameters.values())
