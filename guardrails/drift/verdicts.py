"""Policies that pass for what is declared and fail for what is there, and which changes explain it."""

from __future__ import annotations

from guardrails.drift.matching import followed
from guardrails.drift.records import Drift, Kind, Open
from guardrails.findings import Outcome
from guardrails.model import (
    AuditTrail,
    Bucket,
    CompositeAlarm,
    EventRule,
    LogGroup,
    MetricAlarm,
    MetricFilter,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.drift.matching import Matching
    from guardrails.drift.records import Difference
    from guardrails.findings import Finding
    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource


_TOGETHER: dict[type[Resource], tuple[str, ...]] = {
    AuditTrail: ("bucket", "log_group", "key", "topic", "role"),
    Bucket: ("trails", "encryption.key"),
    CompositeAlarm: ("actions.topic",),
    EventRule: ("targets.topic",),
    LogGroup: ("trails", "metric_filters", "subscription_filters", "key"),
    MetricAlarm: ("actions.topic", "composites"),
    MetricFilter: ("alarms", "log_group"),
    Topic: ("made_subscriptions", "key"),
}
"""What the verdict on one resource may hang on of others."""
_STEPS = 3
"""From a filter to its alarm, to the topic, to who receives its messages."""


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


def turned(
    matching: Matching, verdicts: Verdicts, live: Iterable[Finding], changes: Sequence[Drift]
) -> Iterator[Drift]:
    """The verdicts that are no longer what the code promises."""
    explaining = _Explaining(matching, changes)
    failing = [one for one in live if one.outcome is Outcome.FAIL]
    counted: dict[tuple[str, str], int] = {}
    for one in failing:
        counted[one.policy, one.resource] = counted.get((one.policy, one.resource), 0) + 1
    for after in failing:
        before = verdicts.before(after)
        if not _promised(after, before, counted[after.policy, after.resource]):
            continue
        first = next(one for one in before if one.outcome is Outcome.PASS)
        explained = explaining.why(first, after)
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


def _promised(after: Finding, before: Sequence[Finding], failing: int) -> bool:
    """Whether the code passes where the account fails. A policy may say several things of one resource: what fails
    already in code, and what is not known there, does not turn."""
    outcomes = [one.outcome for one in before]
    if Outcome.PASS not in outcomes or Outcome.UNKNOWN in outcomes:
        return False
    failed = [one.message for one in before if one.outcome is not Outcome.PASS]
    return len(failed) < failing and after.message not in failed


def decided_there(verdicts: Verdicts, live: Iterable[Finding]) -> Iterator[tuple[str, Open]]:
    """Verdicts that the code leaves open and the account decides: no drift, for nothing was promised."""
    for after in live:
        before = verdicts.before(after) if after.outcome is Outcome.FAIL else []
        unknown = next((one for one in before if one.outcome is Outcome.UNKNOWN), None)
        if unknown is not None:
            why = unknown.because[0].detail if unknown.because else unknown.message
            yield unknown.resource, Open(after.policy, "", why, f"fails: {after.message}", unknown.origin)


class _Explaining:
    """Finds the changes that took the ground from a verdict."""

    def __init__(self, matching: Matching, changes: Sequence[Drift]) -> None:
        self._declared: dict[tuple[str, str], Resource] = {
            (world.deployment.target, resource.address): resource for world, resource in matching.declared
        }
        self._changes = changes
        self._by_address = {(change.target, change.declared): change for change in changes}

    def why(self, before: Finding, after: Finding) -> list[tuple[Origin, str]]:
        """Where these changes stand, and in words what they are.

        What decided it in the code is known by its lines and by the names of resources: a change of one of them comes
        first. Else it is whatever changed of the resource itself, else of what that hangs together with.
        """
        named = [self._named(before.target, one.detail) for one in before.because]
        found: list[tuple[Origin, str]] = []
        for change in self._changes:
            if change.target == before.target:
                for one, names in zip(before.because, named, strict=True):
                    found += _decided_by(change, one.origin, names, after)
        if not found:
            own = [change for change in self._changes if change.live and change.live == after.resource]
            found = [said for change in own for said in _told(change, after)]
        if not found:
            starts = [before.resource, *(name for names in named for name in names)]
            found = [
                said
                for address in self._around(before.target, starts)
                if (near := self._by_address.get((before.target, address))) is not None
                for said in _told(near, after)
            ]
        return found

    def _named(self, target: str, detail: str) -> list[str]:
        """The declared resources that a sentence names."""
        return [text for text in detail.split("`")[1::2] if (target, text) in self._declared]

    def _around(self, target: str, starts: Sequence[str]) -> list[str]:
        """The addresses of what resources hang together with, the nearest first."""
        met = dict.fromkeys(starts)
        edge = list(met)
        for _ in range(_STEPS):
            ahead = [self._declared.get((target, address)) for address in edge]
            near = [one.address for resource in ahead if resource is not None for one in _beside(resource)]
            edge = [address for address in dict.fromkeys(near) if address not in met]
            met.update(dict.fromkeys(edge))
        return list(met)


def _beside(resource: Resource) -> Iterator[Resource]:
    for link in _TOGETHER.get(type(resource), ()):
        for one, _ in followed(resource, link).members():
            yield one


def _decided_by(change: Drift, origin: Origin, names: Sequence[str], after: Finding) -> Iterator[tuple[Origin, str]]:
    """What of a change is about what decided a verdict, which stands at `origin` and speaks of resources by `names`."""
    if names and change.declared not in names:
        return  # of several that are written in one place another one is meant
    if change.kind is Kind.MISSING and (names or _within(origin, change.origin)):
        yield from _told(change, after)
        return
    at = [one for one in change.differences if _of(one, origin)]
    told = at or (change.differences if names else ())
    for one in told:
        yield one.origin, _words(change, one, after)


def _told(change: Drift, after: Finding) -> Iterator[tuple[Origin, str]]:
    if change.kind is Kind.MISSING:
        yield change.origin, f"{change.declared} is not there"
    for one in change.differences:
        yield one.origin, _words(change, one, after)


def _words(change: Drift, one: Difference, after: Finding) -> str:
    itself = bool(change.live) and change.live == after.resource
    return one.attribute if itself else f"{one.attribute} of {change.declared}"


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
