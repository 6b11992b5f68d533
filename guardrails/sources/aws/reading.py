"""One account as it was read, in the form in which it travels: from whoever read it, in whatever process, into the
journal."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from guardrails.kernel.record import Record
from guardrails.sources.aws.snapshot import EXPIRED, THROTTLED
from guardrails.sources.aws.snapshot_json import MalformedError, account_of, text_of
from guardrails.sources.aws.stored import buckets_of, refusals_of, refused_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from guardrails.sources.aws.snapshot import AccountSnapshot

PASSING = (EXPIRED, THROTTLED)
"""Kinds of refusal that another attempt may not meet."""


class Reading(Record):
    id: str
    body: bytes
    """The AccountSnapshot as compressed JSON."""
    finished: bool
    """Whether nothing is gained by asking again."""
    failure: str = ""
    """Why nothing could be read of it at all, in one line; empty where something was."""
    failure_kind: str = ""
    refused: int = 0
    """Refusals, of which each call in each Region counts once."""
    resources: int = 0
    calls: Mapping[str, int] = {}
    mentioned: tuple[str, ...] = ()
    """ARNs and buckets of other accounts that matter because this one points at them."""
    whole: tuple[str, ...] = ()
    """Addresses of resources about which everything was asked."""
    buckets: tuple[str, ...] = ()
    """The names of its buckets, which do not say whose they are."""
    left_out: Mapping[str, str] = {}
    """Region → why it is out of scope."""
    unasked: tuple[str, ...] = ()
    """Regions that were not asked for although they are enabled."""


def reading_of(account: AccountSnapshot, *, mentioned: frozenset[str] = frozenset()) -> Reading:
    failed = account.failed
    passing = failed is not None or any(refusal.kind in PASSING for refusal in refusals_of(account))
    return Reading(
        id=account.id,
        body=zlib.compress(text_of(account)),
        finished=not passing,
        failure=f"{failed.operation}: {failed.code}: {failed.message}" if failed is not None else "",
        failure_kind=failed.kind if failed is not None else "",
        refused=refused_in(account),
        resources=len(account.resources),
        calls=dict(account.calls),
        mentioned=tuple(sorted(mentioned)),
        whole=tuple(sorted(_whole(account))),
        buckets=tuple(sorted(buckets_of(account))),
        left_out=dict(account.left_out),
        unasked=account.unasked,
    )


def _whole(account: AccountSnapshot) -> Iterator[str]:
    """Of a resource that did not matter only what the listing said was noted."""
    from guardrails.sources.aws.kinds import KINDS

    for one in account.resources:
        if one.type in KINDS and not one.account:
            details = {part.name for part in KINDS[one.type].details if part.name and not part.always}
            if not details or not details.isdisjoint(one.answers) or not details.isdisjoint(one.refused):
                yield one.address


def body_to_text(body: bytes) -> bytes:
    """The account as JSON in one line. Raises MalformedError."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise MalformedError(str(error)) from None


def account_in_body(body: bytes) -> AccountSnapshot:
    """Raises MalformedError."""
    return account_of(body_to_text(body))
