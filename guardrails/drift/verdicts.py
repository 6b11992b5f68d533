"""Policies that pass for what is declared and fail for what is there, and which changes explain it."""

from __future__ import annotations

from guardrails.drift.records import Drift, Kind, Open
from guardrails.findings import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.drift.matching import Matching
    from guardrails.drift.records import Difference
    from guardrails.findings import Finding
    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import World


class Verdicts:
    """The verdicts on what is declared, by what they are about in the accounts."""

    def __init__(
        self, matching: Matching, code: Sequence[World], accounts: Sequence[World], declared: Iterable[Finding]
    ) -> None:
        self._accounts = frozenset(world.deployment.target for world in accounts)
        targets = {world.deployment.target for world in code}
        twins = {
            (world.deployment.target, resource.address): live.address
            for world, resource in matching.declared
            if (live := matching.live(resource)) is not None
        }
        self._before: dict[tuple[str, str], list[Finding]] = {}
        for finding in declared:
            of_all = finding.resource in targets
            about = "" if of_all else twins.get((finding.target, finding.resource))
            if about is not None:
                self._before.setdefault((finding.policy, about), []).append(finding)

    def before(self, after: Finding) -> list[Finding]:
        """What the same policy says of what was declared."""
        about = "" if after.resource in self._accounts else after.resource
        return self._before.get((after.policy, about), [])


def turned(verdicts: Verdicts, live: Iterable[Finding], changes: Sequence[Drift]) -> Iterator[Drift]:
    """The verdicts that are no longer what the code promises."""
    for after in live:
        before = verdicts.before(after) if after.outcome is Outcome.FAIL else []
        if not before or any(one.outcome is not Outcome.PASS for one in before):
            continue
        first = before[0]
        explained = list(_explained(first, after, changes))
        origin = explained[0][0] if explained else first.origin
        yield Drift(
            kind=Kind.VERDICT,
            noun=after.policy,
            type=first.type,
            declared=first.resource,
            live=after.resource,
            target=first.target,
            account=after.target,
            origin=origin,
            before=first,
            after=after,
            because=tuple(dict.fromkeys(said for _, said in explained)),
        )


def decided_there(verdicts: Verdicts, live: Iterable[Finding]) -> Iterator[tuple[str, Open]]:
    """Verdicts that the code leaves open and the account decides: no drift, for nothing was promised."""
    for after in live:
        before = verdicts.before(after) if after.outcome is Outcome.FAIL else []
        unknown = next((one for one in before if one.outcome is Outcome.UNKNOWN), None)
        if unknown is not None:
            why = unknown.because[0].detail if unknown.because else unknown.message
            yield unknown.resource, Open(after.policy, "", why, f"fails: {after.message}", unknown.origin)


def _explained(before: Finding, after: Finding, changes: Sequence[Drift]) -> Iterator[tuple[Origin, str]]:
    """Where the changes stand that took the ground from a verdict, and in words what they are.

    What decided it in the code is known by its lines: a change of one of them comes first. Else it is whatever changed
    of the resource itself.
    """
    decisive = [one.origin for one in before.because]
    lines: list[tuple[Origin, str]] = []
    own: list[tuple[Origin, str]] = []
    for change in changes:
        itself = bool(change.live) and change.live == after.resource
        if change.kind is Kind.MISSING and any(_within(origin, change.origin) for origin in decisive):
            lines.append((change.origin, f"{change.declared} is not there"))
        for one in change.differences:
            said = one.attribute if itself else f"{one.attribute} of {change.declared}"
            if any(_of(one, origin) for origin in decisive):
                lines.append((one.origin, said))
            elif itself:
                own.append((one.origin, said))
    yield from lines or own


def _of(difference: Difference, origin: Origin) -> bool:
    return _within(origin, difference.origin) and origin.attribute in (
        "",
        difference.attribute,
        difference.origin.attribute,
    )


def _within(inner: Origin, outer: Origin) -> bool:
    return (
        inner.source is not None
        and inner.source is outer.source
        and inner.via == outer.via
        and outer.start <= inner.start <= max(outer.start, outer.stop)
    )
