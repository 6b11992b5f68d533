"""What resources point at: in their own account, which matters then, and in others."""

from __future__ import annotations

from guardrails.sources.aws.filling import texts_at
from guardrails.sources.aws.kind import arn_fields
from guardrails.sources.aws.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from guardrails.sources.aws.kind import Kind
    from guardrails.sources.aws.snapshot import AccountSnapshot, Collected


def mentioned(snapshot: AccountSnapshot) -> frozenset[str]:
    """The addresses of what resources of the account point at, and what is not the account's own. For a bucket that is
    all that is known: its address does not tell whose it is."""
    own = {one.address for one in snapshot.resources}
    found: set[str] = set()
    for one in snapshot.resources:
        kind = KINDS[one.type]
        if not _mattered(kind, one):
            continue
        context = {"account": snapshot.id, "partition": snapshot.partition, "region": one.region}
        for address, target in pointed_at(kind, one.answers, context, snapshot.types):
            if address not in own and (target.seed is None or arn_fields(address)[3] != snapshot.id):
                found.add(address)
    return frozenset(one for one in found.difference(snapshot.missing) if arn_fields(one)[3] != snapshot.id)


def _mattered(kind: Kind, one: Collected) -> bool:
    if not kind.sparing or not kind.details:
        return kind.evidence is None or kind.evidence(one.answers)
    asked = {part.name for part in kind.details if not part.always}
    return not asked.isdisjoint(one.answers) or not asked.isdisjoint(one.refused)


def pointed_at(
    kind: Kind, answers: Mapping[str, object], context: Mapping[str, object], types: frozenset[str]
) -> Iterator[tuple[str, Kind]]:
    """The addresses of what a resource points at, of those types that are read."""
    for pointer in kind.points:
        target = KINDS.get(pointer.type)
        if target is None or target.to_address is None or pointer.type not in types:
            continue
        for text in texts_at(answers, pointer.path):
            address = target.to_address(text, context)
            if address:
                yield address, target
