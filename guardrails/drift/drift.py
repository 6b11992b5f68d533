"""Compares what is declared with what is there: which verdicts turned, what changed, is missing, or nobody declared."""

from __future__ import annotations

from guardrails.drift.called import called_of
from guardrails.drift.comparing import Comparer
from guardrails.drift.fields import COMPARED
from guardrails.drift.matching import Matching
from guardrails.drift.records import Comparison, Drift, Kind, Open
from guardrails.drift.unmanaged import unmanaged
from guardrails.drift.verdicts import Verdicts, decided_there, turned
from guardrails.model import DeliveryChannel, ManagedPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from guardrails.drift.records import Difference
    from guardrails.findings import Finding
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource

_WITHIN_OTHERS: tuple[type[Resource], ...] = (ManagedPolicy, DeliveryChannel)
"""Kinds that are also seen as parts of others: what changed of them is told once."""


def compare(
    code: Sequence[World],
    accounts: Sequence[World],
    declared_findings: Iterable[Finding] = (),
    live_findings: Iterable[Finding] = (),
    read: Mapping[type[Resource], frozenset[str]] | None = None,
) -> Comparison:
    """What the accounts are that the code does not say, and the other way round.

    The findings are those of the same policies on both. `read`: the fields that count, by kind; None for all.
    """
    live_findings = tuple(live_findings)
    matching = Matching(code, accounts)
    nouns = {model: (code or accounts)[0].noun(model) for model in COMPARED} if code or accounts else {}
    pairs = _Pairs(matching, read)
    changes = [*pairs.changed(nouns), *_missing(matching, nouns, pairs.opens, accounts)]
    verdicts = Verdicts(matching, code, accounts, declared_findings)
    drifts = [*turned(matching, verdicts, live_findings, changes), *changes, *unmanaged(matching, accounts, nouns)]
    order = {kind: place for place, kind in enumerate(Kind)}
    drifts.sort(key=lambda one: (order[one.kind], one.account, one.declared or one.live, one.noun))
    opens = (*pairs.opens, *decided_there(verdicts, live_findings))
    return Comparison(tuple(drifts), opens, pairs.matched, pairs.alike)


class _Pairs:
    """Declared resources and what they are, compared."""

    def __init__(self, matching: Matching, read: Mapping[type[Resource], frozenset[str]] | None) -> None:
        comparer = Comparer(matching)
        self._matching = matching
        self.matched = self.alike = 0
        self.opens: list[tuple[str, Open]] = []
        self._found: list[tuple[World, Resource, Resource, tuple[Difference, ...]]] = []
        differing: list[tuple[World, Resource, Resource, list[Difference]]] = []
        for world, declared in matching.declared:
            live = matching.live(declared)
            if live is None:
                continue
            self.matched += 1
            matching.within = world
            only = None if read is None else read.get(type(declared), frozenset())
            told = comparer.resource(declared, live, only)
            self.opens += ((declared.address, one) for one in told.opens)
            if told.differences:
                differing.append((world, declared, live, told.differences))
            elif not told.opens:
                self.alike += 1
        matching.within = None
        told_there = {
            (one.declared, one.live)
            for _, declared, _, differences in differing
            if isinstance(declared, _WITHIN_OTHERS)
            for one in differences
        }
        for world, declared, live, differences in differing:
            own = [
                one
                for one in differences
                if isinstance(declared, _WITHIN_OTHERS) or (one.declared, one.live) not in told_there
            ]
            if own:
                self._found.append((world, declared, live, tuple(own)))
            else:
                self.alike += 1

    def changed(self, nouns: Mapping[type[Resource], str]) -> Iterator[Drift]:
        for world, declared, live, differences in self._found:
            yield Drift(
                kind=Kind.CHANGED,
                noun=nouns[type(declared)],
                type=declared.type,
                declared=declared.address,
                live=live.address,
                target=world.deployment.target,
                account=live.location.account.or_none() or "",
                origin=differences[0].origin,
                differences=differences,
                called=called_of(declared, live, self._matching),
            )


def _missing(
    matching: Matching,
    nouns: Mapping[type[Resource], str],
    opens: list[tuple[str, Open]],
    accounts: Sequence[World],
) -> Iterator[Drift]:
    """What is declared and was not found: as drift where it is surely not there, else among `opens`."""
    only = accounts[0].deployment.target if len(accounts) == 1 else ""
    for world, declared in matching.declared:
        if matching.live(declared) is not None:
            continue
        noun = nouns[type(declared)]
        doubt = matching.doubtful(declared)
        if doubt:
            refused = not matching.ambiguous.get(id(declared)) and doubt == matching.hidden(declared)
            opens.append((declared.address, Open(noun, "", doubt, "", declared.origin, refused)))
            continue
        yield Drift(
            kind=Kind.MISSING,
            noun=noun,
            type=declared.type,
            declared=declared.address,
            live="",
            target=world.deployment.target,
            account=declared.location.account.or_none() or only,
            origin=declared.origin,
            called=called_of(declared, None, matching),
        )
