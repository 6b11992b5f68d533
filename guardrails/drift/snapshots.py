"""What became of accounts between two times at which they were read: the same resource is known by its address.

Everything is told by the model, as for code: what changed attribute by attribute, what is gone, what is new, and which
verdicts turned. Here nothing is filled in by AWS: what one snapshot says and the other does not is a change.
"""

from __future__ import annotations

from guardrails.drift.called import called_of
from guardrails.drift.comparing import Comparer, Told, Twins
from guardrails.drift.fields import COMPARED, MEANINGS
from guardrails.drift.filled import without_service_grants, without_service_tags
from guardrails.drift.records import Comparison, Difference, Drift, Kind, Open
from guardrails.drift.unmanaged import serves, watching
from guardrails.findings import Finding, Outcome
from guardrails.kernel.many import Many
from guardrails.kernel.origin import NOWHERE, How, Origin, WholeFile
from guardrails.kernel.record import Record, changed
from guardrails.kernel.value import Value
from guardrails.lower.aws import LOWERINGS
from guardrails.model import (
    AuditTrail,
    Bucket,
    CompositeAlarm,
    ConfigRecorder,
    EncryptionKey,
    EventRule,
    Group,
    LogGroup,
    LogSubscription,
    ManagedPolicy,
    MetricAlarm,
    MetricFilter,
    PermissionSet,
    Role,
    Subscription,
    Topic,
    User,
)
from guardrails.sources.aws.deployment import UNASKED, LiveAccount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from guardrails.kernel.value import Reference
    from guardrails.kernel.why import Reason
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource
    from guardrails.sources.aws.snapshot import Collected

_SAID_BY_ACCOUNTS: dict[type[Resource], tuple[str, ...]] = {
    AuditTrail: ("delivery_error", "digest_error", "log_group_error", "notification_error"),
    ConfigRecorder: ("last_status",),
    Subscription: ("confirmed",),
}
"""What only accounts say of a resource, and code does not. The times of deliveries are no change."""
_OF_MANY_USES: frozenset[type[Resource]] = frozenset(
    (
        *(Bucket, CompositeAlarm, EncryptionKey, EventRule, LogGroup, LogSubscription, MetricAlarm, MetricFilter),
        *(Subscription, Topic),
    )
)
"""Kinds of which accounts are full for other purposes: those count that serve the audit trail."""
_IDENTITIES: frozenset[type[Resource]] = frozenset((Role, User, Group, PermissionSet, ManagedPolicy))
"""Kinds of which accounts are full: those count of which a verdict turned."""
_WORSE = (Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN, Outcome.WAIVED, Outcome.PASS)
"""Of several verdicts of a policy on one resource the first of these is told."""


class Seen(WholeFile):
    """Where something was seen: the snapshot, and in it one resource, or the account as a whole."""

    __slots__ = ("account", "address")

    def __init__(self, path: str, account: str, address: str) -> None:
        super().__init__(path)
        self.account = account
        self.address = address


def places_in(file: str) -> Callable[[str, Collected | None], Origin]:
    """What says where the resources of a snapshot were seen, as `Fleet` asks for it: by its facts it is known which
    resources decided a verdict."""
    places: dict[tuple[str, str], Origin] = {}

    def place_of(account: str, one: Collected | None) -> Origin:
        key = (account, one.address if one is not None else "")
        found = places.get(key)
        if found is None:
            found = places[key] = Origin(Seen(file, *key), how=How.API)
        return found

    return place_of


class Subject(Record):
    """What a verdict is about."""

    account: str
    policy: str
    resource: str


def by_subject(findings: Iterable[Finding]) -> dict[Subject, Finding]:
    """One finding for each policy and resource: the worst."""
    found: dict[Subject, Finding] = {}
    for one in findings:
        subject = Subject(one.target, one.policy, one.resource)
        known = found.get(subject)
        if known is None or _WORSE.index(one.outcome) < _WORSE.index(known.outcome):
            found[subject] = one
    return found


def compare_snapshots(
    before: Sequence[World],
    after: Sequence[World],
    before_findings: Iterable[Finding] = (),
    after_findings: Iterable[Finding] = (),
    read: Mapping[type[Resource], frozenset[str]] | None = None,
) -> Comparison:
    """What the accounts are that they were not before; accounts that only one side has are named in a notice.

    MISSING is what is gone, UNMANAGED what is new. The findings are those of the same policies on both. `read`: the
    fields that count, by kind; None for all fields of all resources, whether or not they serve the audit trail.
    """
    earlier, later = by_subject(before_findings), by_subject(after_findings)
    accounts = {world.deployment.target for world in before} & {world.deployment.target for world in after}
    both = [[one for one in worlds if one.deployment.target in accounts] for worlds in (before, after)]
    worlds = _Pair(*both)
    compared = _Compared(worlds, _turned_about(earlier, later), read)
    compared.run()
    drifts = [*compared.drifts]
    opens = [*compared.opens]
    for subject, finding in later.items():
        if subject.account not in accounts:
            continue
        was = earlier.get(subject)
        if was is None:
            continue
        if finding.outcome is Outcome.FAIL and was.outcome is Outcome.PASS:
            drifts.append(_verdict(was, finding, compared.drifts))
        elif Outcome.UNKNOWN in (was.outcome, finding.outcome) and was.outcome is not finding.outcome:
            opens += _left_open(was, finding)
    order = {kind: place for place, kind in enumerate(Kind)}
    drifts.sort(key=lambda one: (order[one.kind], one.account, one.declared or one.live, one.noun))
    return Comparison(
        tuple(_with_failures(drifts, later, earlier)),
        tuple(opens),
        compared.matched,
        compared.alike,
        notices=(*_only_in_one(before, after), *compared.notices()),
    )


def changes_of(before: Sequence[World], after: Sequence[World], wanted: Mapping[str, frozenset[str]]) -> list[Drift]:
    """What became of some resources, by account and address."""
    compared = _Compared(_Pair(before, after), wanted, None, only_turned=True)
    compared.run(_kinds_of((*before, *after), wanted))
    return compared.drifts


def _kinds_of(worlds: Iterable[World], wanted: Mapping[str, frozenset[str]]) -> list[type[Resource]]:
    """The kinds of these resources: what nobody asks for is not lowered."""
    types = {
        one.type
        for world in worlds
        if isinstance(world.deployment, LiveAccount)
        for one in world.deployment.snapshot.resources
        if one.address in wanted.get(world.deployment.target, ())
    }
    lowered = {one.model for one in LOWERINGS if not types.isdisjoint(one.types.get(LiveAccount.dialect, ()))}
    return [model for model in COMPARED if model in lowered]


def _only_in_one(before: Sequence[World], after: Sequence[World]) -> Iterator[str]:
    first = {world.deployment.target for world in before}
    second = {world.deployment.target for world in after}
    for only, said in ((first - second, "the earlier snapshot"), (second - first, "the later snapshot")):
        if only:
            yield f"only {said} holds {_some(sorted(only))}, so nothing is compared there"


def _some(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


# Which resource is which


class _Pair(Twins):
    """The same accounts, twice."""

    def __init__(self, before: Sequence[World], after: Sequence[World]) -> None:
        self.before = {world.deployment.target: world for world in before}
        self.after = {world.deployment.target: world for world in after}
        self._earlier: dict[type[Resource], dict[str, Resource]] = {}
        self._later: dict[type[Resource], dict[str, Resource]] = {}
        """By kind, the resources of all accounts by address."""

    def known(self, world: World, model: type[Resource]) -> Iterator[Resource]:
        """The resources of an account, and those of accounts that were not read: a trail of the organization."""
        yield from world.created(model)
        for one, _ in world.all(model).loaded()[0] if world.has(model) else ():
            owner = one.location.account.or_none() or world.deployment.target
            if owner != world.deployment.target and owner not in self.after:
                yield one

    def live(self, declared: Resource) -> Resource | None:
        return self._among(self.after, self._later, type(declared)).get(declared.address)

    def declaration(self, live: Resource) -> Resource | None:
        return self._among(self.before, self._earlier, type(live)).get(live.address)

    def _among(
        self, worlds: Mapping[str, World], indexes: dict[type[Resource], dict[str, Resource]], model: type[Resource]
    ) -> dict[str, Resource]:
        """The resources of a kind by address; none of a kind that is a part of others."""
        found = indexes.get(model)
        if found is None:
            every = (one for world in worlds.values() for one in self.known(world, model)) if model in COMPARED else ()
            found = indexes[model] = {one.address: one for one in every}
        return found

    def doubtful(self, declared: Resource) -> str:
        return self.hidden(declared)

    def hidden(self, declared: Resource) -> str:
        return next((why.detail for world in self.after.values() if (why := unread(world, declared))), "")

    def called(self, reference: Reference) -> str | None:  # noqa: ARG002 - an account names nothing by reference
        return None

    def named(self, reference: Reference) -> str:  # noqa: ARG002 - as above
        return ""


def unread(world: World, resource: Resource) -> Reason | None:
    """Why a resource of an account may be there although it was not read; None if it is surely not there."""
    deployment = world.deployment
    if not isinstance(deployment, LiveAccount) or resource.location.account.or_none() not in (None, deployment.target):
        return None
    return deployment.unread(resource.type, resource.location.region.or_none() or "")


# What became of them


class _Changes(Comparer):
    """Compares what an account said with what it says."""

    def __init__(self, twins: Twins) -> None:
        super().__init__(twins)
        self.unasked: dict[tuple[type[Resource], str], int] = {}
        """Kind and field → of how many resources it was not read at one of the two times."""

    def resource(self, declared: Resource, live: Resource, only: frozenset[str] | None = None) -> Told:
        told = Told()
        model = type(declared)
        for field in (*COMPARED.get(model, ()), *_SAID_BY_ACCOUNTS.get(model, ())):
            if only is not None and field not in only:
                continue
            mine, theirs = getattr(declared, field), getattr(live, field)
            if _unasked(mine) or _unasked(theirs):
                self.unasked[model, field] = self.unasked.get((model, field), 0) + 1
                continue
            if (model, field) == (AuditTrail, "tag_names"):
                mine, theirs = without_service_tags(mine), without_service_tags(theirs)
            elif (model, field) == (EncryptionKey, "grants"):
                mine, theirs = without_service_grants(mine), without_service_grants(theirs)
            self._any(mine, theirs, field, declared.origin, told, MEANINGS.get((model, field)))
        told.differences[:] = [changed(one, origin=NOWHERE) for one in told.differences]
        told.opens[:] = [changed(one, origin=NOWHERE, refused=True) for one in told.opens]
        return told


def _unasked(thing: object) -> bool:
    """Whether something was not read because nobody asked for it."""
    if isinstance(thing, Value):
        return not thing.settled and bool(thing.reasons) and all(one is UNASKED for one in thing.reasons)
    if isinstance(thing, Many):
        members, gaps = thing.loaded()
        return not members and bool(gaps) and all(gap is UNASKED for gap in gaps)
    return False


class _Compared:
    """The comparison of two times, as it is made."""

    def __init__(
        self,
        worlds: _Pair,
        turned: Mapping[str, frozenset[str]],
        read: Mapping[type[Resource], frozenset[str]] | None,
        *,
        only_turned: bool = False,
    ) -> None:
        """`turned`: by account, the addresses that count whatever they are, or with `only_turned` no others."""
        self._worlds = worlds
        self._turned = turned
        self._read = read
        self._only_turned = only_turned
        self._changes = _Changes(worlds)
        self._unread: dict[str, set[str]] = {}
        self.drifts: list[Drift] = []
        self.opens: list[tuple[str, Open]] = []
        self.matched = self.alike = 0

    def run(self, models: Iterable[type[Resource]] = tuple(COMPARED)) -> None:
        for account, before in self._worlds.before.items():
            after = self._worlds.after.get(account)
            if after is None:
                continue
            watched = frozenset[str]() if self._only_turned else watching(before) | watching(after)
            for model in models:
                self._kind(account, model, before, after, watched)

    def _kind(self, account: str, model: type[Resource], before: World, after: World, watched: frozenset[str]) -> None:
        earlier = {one.address: one for one in self._worlds.known(before, model)}
        later = {one.address: one for one in self._worlds.known(after, model)}
        for address in sorted(earlier.keys() | later.keys()):
            was, now = earlier.get(address), later.get(address)
            if not any(self._counts(account, one, watched) for one in (was, now) if one is not None):
                continue
            if was is not None and now is not None:
                self._both(account, was, now, after.noun(model))
            elif was is not None:
                self._one(account, was, after, Kind.MISSING, after.noun(model))
            elif now is not None:
                self._one(account, now, before, Kind.UNMANAGED, after.noun(model))

    def _counts(self, account: str, one: Resource, watched: frozenset[str]) -> bool:
        if one.address in self._turned.get(account, ()):
            return True
        if self._read is None or self._only_turned:
            return not self._only_turned
        if type(one) in _IDENTITIES:
            return False
        return type(one) not in _OF_MANY_USES or serves(one) or one.address in watched

    def _both(self, account: str, was: Resource, now: Resource, noun: str) -> None:
        self.matched += 1
        only = None if self._read is None else self._read.get(type(was), frozenset())
        told = self._changes.resource(was, now, only)
        self.opens += ((was.address, one) for one in told.opens)
        if told.differences:
            self._add(Kind.CHANGED, account, now, noun, tuple(told.differences))
        elif not told.opens:
            self.alike += 1

    def _one(self, account: str, one: Resource, other: World, kind: Kind, noun: str) -> None:
        """One that only one of the two times has; `other` is the world that lacks it."""
        doubt = unread(other, one)
        if doubt is UNASKED:
            self._unread.setdefault(noun, set()).add(account)
        elif doubt is not None:
            said = "not told" if kind is Kind.MISSING else "there"
            self.opens.append((one.address, Open(noun, "", doubt.detail, said, NOWHERE, refused=True)))
        else:
            self._add(kind, account, one, noun)

    def _add(
        self, kind: Kind, account: str, one: Resource, noun: str, differences: tuple[Difference, ...] = ()
    ) -> None:
        self.drifts.append(
            Drift(
                kind=kind,
                noun=noun,
                type=one.type,
                declared="" if kind is Kind.UNMANAGED else one.address,
                live="" if kind is Kind.MISSING else one.address,
                target="",
                account=account,
                origin=NOWHERE,
                differences=differences,
                called=called_of(None, one, self._worlds),
            )
        )

    def notices(self) -> Iterator[str]:
        """What was not compared because nobody had asked for it."""
        fields: dict[str, list[str]] = {}
        worlds = next(iter(self._worlds.after.values()), None)
        for model, field in self._changes.unasked:
            fields.setdefault(worlds.noun(model) if worlds is not None else model.__name__, []).append(field)
        for noun, names in sorted(fields.items()):
            yield f"not compared, because one of the snapshots was not read for it: {', '.join(names)} of each {noun}"
        for noun, accounts in sorted(self._unread.items()):
            named = _some(sorted(accounts))
            yield f"not compared, because one of the snapshots was not read for it: each {noun} of {named}"


# Verdicts


def _turned_about(earlier: Mapping[Subject, Finding], later: Mapping[Subject, Finding]) -> dict[str, frozenset[str]]:
    """By account, the resources on which a verdict is another one, and those that decided it."""
    found: dict[str, set[str]] = {}
    for subject in earlier.keys() | later.keys():
        was, now = earlier.get(subject), later.get(subject)
        if was is not None and now is not None and was.outcome is now.outcome:
            continue
        found.setdefault(subject.account, set()).add(subject.resource)
        for account, address, _ in deciding(was, now):
            found.setdefault(account, set()).add(address)
    return {account: frozenset(addresses) for account, addresses in found.items()}


Deciding = tuple[str, str, str]
"""What decided a verdict: account and address of a resource, and the attribute; empty for the resource as a whole."""


def deciding(*findings: Finding | None) -> list[Deciding]:
    """By what verdicts were decided."""
    found: dict[Deciding, None] = {}
    for finding in findings:
        for fact in finding.because if finding is not None else ():
            source = fact.origin.source
            if isinstance(source, Seen) and source.address:
                found[source.account, source.address, fact.origin.attribute] = None
    return list(found)


def explaining(
    by: Collection[Deciding], changes: Iterable[Drift], *, certain: bool = False
) -> Iterator[tuple[Drift, tuple[Difference, ...]]]:
    """The changes of what decided a verdict, then or now, with what differs. Where an attribute that decided it
    changed, the others are left out; where none did they are told, unless only what is `certain` is wanted."""
    attributes: dict[tuple[str, str], set[str]] = {}
    for account, address, attribute in by:
        attributes.setdefault((account, address), set()).add(attribute)
    about = [(change, attributes.get((change.account, change.live or change.declared))) for change in changes]
    close: list[tuple[Drift, tuple[Difference, ...]]] = []
    loose: list[tuple[Drift, tuple[Difference, ...]]] = []
    for change, names in about:
        if names is None or change.kind is Kind.VERDICT:
            continue
        exact = tuple(one for one in change.differences if {one.attribute, one.field.partition(".")[0]} & names)
        if exact or change.kind is not Kind.CHANGED:
            close.append((change, exact))
        else:
            loose.append((change, change.differences))
    yield from close or (() if certain else loose)


def in_words(change: Drift, differences: Iterable[Difference], about: str) -> list[str]:
    """A change in words, for a verdict about the resource with this address."""
    name = change.live or change.declared
    if change.kind is Kind.MISSING:
        return [f"{change.noun} {name} is gone"]
    if change.kind is Kind.UNMANAGED:
        return [f"{change.noun} {name} is new"]
    of = f" of {name}" if name != about else ""
    return [f"{one.attribute}{of}: {one.declared} → {one.live}" for one in differences]


def _verdict(was: Finding, now: Finding, changes: Sequence[Drift]) -> Drift:
    because: dict[str, None] = {}
    by = [*deciding(was, now), (now.target, now.resource, "")]
    for change, differences in explaining(by, changes):
        if change.kind is Kind.CHANGED:
            name = change.live or change.declared
            of = f" of {name}" if name != now.resource else ""
            because.update((f"{one.attribute}{of}", None) for one in differences)
        else:
            because.update((said, None) for said in in_words(change, (), now.resource))
    return Drift(
        kind=Kind.VERDICT,
        noun=now.policy,
        type=now.type,
        declared=was.resource,
        live=now.resource,
        target="",
        account=now.target,
        origin=NOWHERE,
        before=was,
        after=now,
        because=tuple(because),
    )


def _left_open(was: Finding, now: Finding) -> Iterator[tuple[str, Open]]:
    """A verdict that is not known at one of the two times: nobody can say that it turned."""
    unknown = was if was.outcome is Outcome.UNKNOWN else now
    why = next((fact.detail for fact in unknown.because if fact.why), unknown.message)
    said = f"{was.outcome.value} before, {now.outcome.value} now"
    yield now.resource, Open(now.policy, "", why, said, NOWHERE, refused=True)


def _with_failures(
    drifts: Iterable[Drift], later: Mapping[Subject, Finding], earlier: Mapping[Subject, Finding]
) -> Iterator[Drift]:
    """What is new says which policies it fails from the beginning."""
    failing: dict[tuple[str, str], list[Finding]] = {}
    for subject, finding in later.items():
        if finding.outcome is Outcome.FAIL and subject not in earlier:
            failing.setdefault((subject.account, subject.resource), []).append(finding)
    for one in drifts:
        fails = failing.get((one.account, one.live), ()) if one.kind is Kind.UNMANAGED else ()
        if fails:
            said = tuple(f"fails {finding.policy}: {finding.message}" for finding in fails)
            yield changed(one, because=(*one.because, *said))
        else:
            yield one
