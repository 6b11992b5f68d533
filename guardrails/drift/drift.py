"""Compares what is declared with what is there: which verdicts turned, what changed, is missing, or nobody declared."""

from __future__ import annotations

from guardrails.drift.comparing import Comparer
from guardrails.drift.fields import COMPARED
from guardrails.drift.matching import Matching
from guardrails.drift.records import Comparison, Drift, Kind, Open
from guardrails.findings import Outcome
from guardrails.kernel.origin import NOWHERE
from guardrails.kernel.truth import Verdict
from guardrails.model import (
    AuditTrail,
    Bucket,
    CompositeAlarm,
    EncryptionKey,
    EventDataStore,
    EventRule,
    LogGroup,
    LogSubscription,
    MetricAlarm,
    MetricFilter,
    Subscription,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from guardrails.findings import Finding
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource


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
    matching = Matching(code, accounts)
    comparer = Comparer(matching)
    nouns = {model: world_noun(code or accounts, model) for model in COMPARED}
    drifts: list[Drift] = []
    opens: list[tuple[str, Open]] = []
    matched = alike = 0
    changed_at: dict[str, Drift] = {}
    for world, declared in matching.declared:
        live = matching.live(declared)
        if live is None:
            drifts += _missing(world, declared, matching, accounts, nouns, opens)
            continue
        matched += 1
        only = None if read is None else read.get(type(declared), frozenset())
        told = comparer.resource(declared, live, only)
        opens += ((declared.address, one) for one in told.opens)
        if told.differences:
            drift = Drift(
                kind=Kind.CHANGED,
                noun=nouns[type(declared)],
                type=declared.type,
                declared=declared.address,
                live=live.address,
                target=world.deployment.target,
                account=live.location.account.or_none() or "",
                origin=told.differences[0].origin,
                differences=tuple(told.differences),
            )
            drifts.append(drift)
            changed_at[live.address] = drift
        elif not told.opens:
            alike += 1
    drifts += _unmanaged(matching, accounts, nouns)
    drifts += _turned(matching, code, accounts, declared_findings, live_findings, changed_at)
    order = {kind: place for place, kind in enumerate(Kind)}
    drifts.sort(key=lambda one: (order[one.kind], one.account, one.declared or one.live))
    return Comparison(tuple(drifts), tuple(opens), matched, alike)


def world_noun(worlds: Sequence[World], model: type[Resource]) -> str:
    """What a kind of resource is called."""
    return worlds[0].noun(model) if worlds else model.__name__


# What is not there


def _missing(
    world: World,
    declared: Resource,
    matching: Matching,
    accounts: Sequence[World],
    nouns: Mapping[type[Resource], str],
    opens: list[tuple[str, Open]],
) -> Iterator[Drift]:
    noun = nouns[type(declared)]
    doubt = matching.doubtful(declared)
    if doubt:
        refused = not matching.ambiguous.get(id(declared)) and doubt == matching.hidden(declared)
        opens.append((declared.address, Open(noun, "", doubt, "", declared.origin, refused)))
    else:
        yield Drift(
            kind=Kind.MISSING,
            noun=noun,
            type=declared.type,
            declared=declared.address,
            live="",
            target=world.deployment.target,
            account=declared.location.account.or_none() or _only(accounts),
            origin=declared.origin,
        )


def _only(accounts: Sequence[World]) -> str:
    return accounts[0].deployment.target if len(accounts) == 1 else ""


# What nobody declared


def _serves(resource: Resource) -> bool:
    """Whether it is a part of the audit trail."""
    if isinstance(resource, AuditTrail | EventDataStore):
        return True
    if isinstance(resource, Bucket | LogGroup | Topic | EncryptionKey):
        return resource.audit.verdict is Verdict.TRUE
    if isinstance(resource, MetricFilter | LogSubscription):
        return any(group.audit.verdict is Verdict.TRUE for group, _ in resource.log_group.members())
    if isinstance(resource, Subscription):
        return any(topic.audit.verdict is Verdict.TRUE for topic, _ in resource.topic.members())
    if isinstance(resource, EventRule):
        return "CloudTrail" in (resource.pattern.or_none() or "") and not resource.managed_by.or_none()
    if isinstance(resource, MetricAlarm | CompositeAlarm):
        return False  # told by what it watches
    return False


_MADE_BY_SERVICES = (
    "aws-controltower-",
    "AWSControlTower",
    "aws-cloudtrail-logs-",
    "StackSet-AWSControlTower",
    "DO-NOT-DELETE-",
    "AutoScaling",
)
"""What names begin with that services give to what they make themselves: Control Tower, EventBridge's managed rules."""


def _unmanaged(matching: Matching, accounts: Sequence[World], nouns: Mapping[type[Resource], str]) -> Iterator[Drift]:
    watched = {
        alarm.address
        for world in accounts
        for one in world.created(MetricFilter)
        if _serves(one)
        for alarm, exists in one.alarms.members()
        if exists.verdict is Verdict.TRUE
    }
    for world in accounts:
        for model in COMPARED:
            for live in world.created(model):
                if matching.declaration(live) is not None or not (_serves(live) or live.address in watched):
                    continue
                name = str(live.name.or_none() or live.address).split("/")[-1]
                by_service = name.startswith(_MADE_BY_SERVICES)
                yield Drift(
                    kind=Kind.UNMANAGED,
                    noun=nouns[model],
                    type=live.type,
                    declared="",
                    live=live.address,
                    target="",
                    account=world.deployment.target,
                    origin=NOWHERE,
                    ignored="a service made it" if by_service else "",
                )


# Verdicts that turned


def _turned(
    matching: Matching,
    code: Sequence[World],
    accounts: Sequence[World],
    declared_findings: Iterable[Finding],
    live_findings: Iterable[Finding],
    changed_at: Mapping[str, Drift],
) -> Iterator[Drift]:
    targets = {world.deployment.target for world in code}
    numbers = {world.deployment.target for world in accounts}
    twins = {
        declared.address: live.address
        for _, declared in matching.declared
        if (live := matching.live(declared)) is not None
    }
    before: dict[tuple[str, str], list[Finding]] = {}
    for finding in declared_findings:
        about = "" if finding.resource in targets else twins.get(finding.resource)
        if about is not None:
            before.setdefault((finding.policy, about), []).append(finding)
    for finding in live_findings:
        if finding.outcome is not Outcome.FAIL:
            continue
        about = "" if finding.resource in numbers else finding.resource
        said = before.get((finding.policy, about), [])
        if not said or any(one.outcome is not Outcome.PASS for one in said):
            continue
        first = said[0]
        change = changed_at.get(finding.resource)
        yield Drift(
            kind=Kind.VERDICT,
            noun=finding.policy,
            type=first.type,
            declared=first.resource,
            live=finding.resource,
            target=first.target,
            account=finding.target,
            origin=change.origin if change is not None else first.origin,
            before=first,
            after=finding,
            because=tuple(one.attribute for one in change.differences) if change is not None else (),
        )
