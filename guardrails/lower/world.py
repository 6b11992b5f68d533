"""The world that policies judge: lowered on demand, linked by reference first, by name or ARN second.

Who closes the world: the deployment that creates a resource is expected to hold what attaches to it, so absence there
is absence; a module that could not be read, an unknown target or an uncertain existence opens it again.
"""

from __future__ import annotations

from types import MappingProxyType

from guardrails.kernel.block import Location, RawResource
from guardrails.kernel.many import Many
from guardrails.kernel.record import Record, later
from guardrails.kernel.truth import Fact, Truth, Verdict, decide, false, true, unknown
from guardrails.kernel.typed import Generic, TypeVar, cast
from guardrails.kernel.value import Input, Reference, Value
from guardrails.kernel.why import MadeOf, Reason, Why
from guardrails.lower.reader import Cannot, OutsideBlock, Reader
from guardrails.model import DelegatedAdministrator, Organization, OrganizationPolicy
from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from guardrails.kernel.block import Deployment, HidingPlace, Joined
    from guardrails.kernel.origin import Origin
    from guardrails.lower.elsewhere import Elsewhere
    from guardrails.model.account import Account
    from guardrails.model.context import Context

R = TypeVar("R", bound=Resource)

_TRUE = true()
_REQUIRED = frozenset(("arn", "bucket", "group", "key_id", "log_group_name", "policy_arn", "policy_id", "role", "user"))
"""The attributes by which attachments name their owner that no provider accepts unset."""
MOST_OPEN = 8
"""Worlds of joined deployments that are kept open: the accounts of a management, of logs, of security, and a few."""
_DEPTH = 8
"""How many indirections a link follows: an alias of a key, a data source that looks up a bucket by another's name."""


class Lowering(Record, Generic[R]):
    """How documents of some types become one kind of resource."""

    model: type[R]
    noun: str
    types: dict[str, tuple[str, ...]]
    """The source types by dialect."""
    lower: Callable[[Reader], R]
    identity: dict[str, tuple[str, ...]]
    """By dialect, the attributes whose literal names the resource."""
    short_name: Callable[[str], str]
    """Reduces a name or an ARN to the form in which two mentions can be compared; empty if it is neither."""
    stands_for: Mapping[str, str] = MappingProxyType({})
    """Other types that a reference may go through, and the attribute that leads on: an alias of a key."""


def types_of(lowerings: Iterable[Lowering[Any]]) -> dict[str, tuple[str, ...]]:
    """The source types of several lowerings together, by dialect."""
    return {
        dialect: tuple(name for lowering in lowerings for name in lowering.types[dialect])
        for dialect in ("tf", "cfn", "live")
    }


class _Target(Record):
    """What a value that points at a resource leads to."""

    raw: RawResource | None = None
    literal: str = ""
    reasons: tuple[Reason, ...] = ()


class World:
    """One deployment, lowered on demand."""

    def __init__(
        self,
        deployment: Deployment,
        context: Context,
        lowerings: Iterable[Lowering[Any]],
        others: Worlds | None = None,
    ) -> None:
        self.deployment = deployment
        self._others = others
        """Where the worlds of joined deployments are opened."""
        self._fleet = deployment.joined or (others.joined if others is not None else None)
        self.context = context
        self._lowerings: dict[type[Resource], Lowering[Any]] = {lowering.model: lowering for lowering in lowerings}
        self._all: dict[type[Resource], Many[Any]] = {}
        self._lowered: dict[tuple[type[Resource], str], Resource] = {}
        self._by_address: dict[str, RawResource] = {}
        self._indexed: set[str] = set()
        self._by_name: dict[type[Resource], dict[object, list[RawResource]]] = {}
        self._attachments: dict[tuple[str, str, type[Resource]], _Attachments] = {}
        self._pointing: dict[tuple[type[Resource], str], _Pointers[Any]] = {}
        self._account: Account | None = None
        self._declared = deployment.types()
        self._asserted: Mapping[str, tuple[RawResource, ...]] = {}
        """What is said to exist elsewhere, by type."""
        self._declared_too: dict[str, bool] = {}
        """By the address of what is said to exist elsewhere, whether it is created here."""
        if others is not None and others.elsewhere is not None:
            self._asserted = others.elsewhere.resources(deployment.dialect, context)
            self._declared |= self._asserted.keys()
        self._created: dict[type[Resource], tuple[Any, ...]] = {}

    def close(self) -> None:
        """Let go of all that was lowered. Resources and what they are linked by refer to each other all over; without
        this, only the collector of garbage would find them."""
        for resource in (*self._lowered.values(), *([self._account] if self._account is not None else [])):
            resource.forget()
        for memory in (self._all, self._created, self._lowered, self._by_address, self._by_name, self._attachments):
            memory.clear()
        self._pointing.clear()
        self._account = None

    # --- resources --------------------------------------------------------------------------------------------------

    @property
    def account(self) -> Account:
        """The deployment itself, as the scope of what must be true at least once."""
        if self._account is None:
            from guardrails.lower.aws.account import account_of

            self._account = account_of(self)
        return self._account

    @property
    def head(self) -> Origin:
        """Where to point for what the organization lacks: at the organization, or at what is made of it here."""
        for model in (Organization, OrganizationPolicy, DelegatedAdministrator):
            for raw in self.raws(self._types(self._lowering(model))):
                return raw.block.origin
        return self.deployment.origin

    def all(self, model: type[R]) -> Many[R]:
        """Every resource of a kind that the deployment creates; gaps where more may hide."""
        found = self._all.get(model)
        if found is None:
            owner = (
                self.head if issubclass(model, (OrganizationPolicy, DelegatedAdministrator)) else self.deployment.origin
            )
            found = self._all[model] = Many(lambda: self._collect(model), owner=owner, noun=self._lowering(model).noun)
        return found

    def of_account(self, model: type[R]) -> Many[R]:
        """Every resource of a kind, for questions to the account as a whole. What is said to exist elsewhere answers
        them where they are asked: where a trail is expected, or the deployment makes some itself. Else every root of a
        repository would be told what is wrong with it."""
        lowering = self._lowering(model)
        asserted = [raw for name in self._types(lowering) for raw in self._asserted.get(name, ())]
        if not asserted or self.context.expects_trail:
            return self.all(model)

        def found() -> Many[R]:
            members, gaps = self.all(model).loaded()
            if any(one.owned for one, _ in members):
                return Many(members, gaps)
            others = {id(self._member(lowering, raw)) for raw in asserted}
            return Many(tuple(pair for pair in members if id(pair[0]) not in others), gaps)

        return Many(found, owner=self.deployment.origin, noun=lowering.noun)

    def reaches_beyond(self, model: type[Resource]) -> bool:
        """Whether some of a kind are said to exist elsewhere, in accounts that were read."""
        return self._fleet is not None and any(name in self._asserted for name in self._types(self._lowering(model)))

    def hung_on(self, model: type[R], targets: Mapping[str, Mapping[str, str]], other: Resource) -> Many[R]:
        """What this deployment attaches, by its name, to a resource that a joined one has."""
        from guardrails.lower.elsewhere import AssertedBlock

        name = other.name.or_none() or other.address
        here = self._is_here(other)
        if here is not True:
            settle = "set `[account] id` in the configuration"
            reason = Reason(Why.INPUT, "it is not stated to which account the code goes", settle, other.origin)
            return Many((), () if here is False else (reason,))
        block = AssertedBlock(name, {}, (), other.origin, rest=True)
        type_, dialect = self._types(self._lowering(type(other)))[0], self.deployment.dialect
        raw = RawResource(dialect, type_, name, block, other.exists, other.location, managed=False)
        return self.attached_as(model, targets, raw)

    def as_declared(self, model: type[R], other: R) -> R | None:
        """What this deployment declares itself of what a joined one shows to be there already."""
        raw = self.named(model, other.name.or_none() or "") if self._is_here(other) else None
        return self.lowered(model, raw) if raw is not None else None

    def _is_here(self, other: Resource) -> bool | None:
        """Whether a resource is in the account that this deployment goes to; None where that is not stated."""
        unsaid: Value[str] = Value.unset()
        there = self._there(Location("", unsaid, unsaid))
        return there.deployment.target == other.location.account.or_none() if there is not None else None

    def has(self, model: type[Resource]) -> bool:
        """Whether the deployment declares any resource of a kind: a question about work, not about truth."""
        lowering = self._lowerings.get(model)
        if lowering is None:
            return False
        return not self._declared.isdisjoint(self._types(lowering))

    def kinds(self) -> frozenset[type[Resource]]:
        """The kinds of resource that the deployment declares any of."""
        return frozenset(model for model in self._lowerings if self.has(model))

    def created(self, model: type[R]) -> tuple[R, ...]:
        """The resources of a kind that the deployment creates, as far as they were read."""
        found = self._created.get(model)
        if found is None:
            lowering = self._lowering(model)
            raws = self.raws(self._types(lowering)) if self.has(model) else ()
            found = self._created[model] = tuple(self._lower(lowering, raw) for raw in raws if raw.managed)
        return found

    def raws(self, types: Iterable[str]) -> list[RawResource]:
        """All instances of these types."""
        found = [raw for name in types if name in self._declared for raw in self.deployment.resources(name)]
        if self._asserted:
            found += (raw for name in types for raw in self._asserted.get(name, ()) if not self._declares(raw))
        return found

    def _declares(self, asserted: RawResource) -> bool:
        """Whether the deployment creates what is said to exist elsewhere: then the code counts."""
        found = self._declared_too.get(asserted.address)
        if found is None:
            found = self._declared_too[asserted.address] = self._has_namesake(asserted)
        return found

    def _has_namesake(self, asserted: RawResource) -> bool:
        from guardrails.lower.elsewhere import AssertedBlock

        block = asserted.block
        if not isinstance(block, AssertedBlock) or not block.named_by:
            return False
        short_name = self._owner_lowering(asserted).short_name
        place = asserted.location.region.or_none() or "", asserted.location.account.or_none() or ""
        for raw in self.deployment.resources(asserted.type):
            name = raw.block.attribute(block.named_by).or_none()
            same = raw.managed and isinstance(name, str) and short_name(name) == short_name(block.literal)
            if same and _may_be_at(raw.location, *place):
                return True
        return False

    def noun(self, model: type[Resource]) -> str:
        """What a kind of resource is called."""
        return self._lowering(model).noun

    def hidden(self, model: type[Resource]) -> tuple[Reason, ...]:
        """Why resources of a kind may exist that were not read."""
        return self.unread(self._types(self._lowering(model)))

    def unread(self, types: Sequence[str]) -> tuple[Reason, ...]:
        """Why resources of these types may exist that were not read."""
        return tuple(place.reason for place in self._places(types) if place.may_add)

    def _places(self, types: Sequence[str]) -> list[HidingPlace]:
        """What could not be read and may hold resources of these types."""
        return [place for place in self.deployment.hiding_places() if place.may_hold(types)]

    def _collect(self, model: type[R]) -> Many[R]:
        lowering = self._lowering(model)
        members = tuple((self._member(lowering, raw), raw.exists) for raw in self.raws(self._types(lowering)))
        return Many(members, self.hidden(model))

    def _member(self, lowering: Lowering[R], raw: RawResource) -> R:
        """A resource as it is known best: one that is only seen from here, as the deployment that has it knows it."""
        for name in () if raw.managed else self._names(lowering, raw):
            found = self._joined(lowering, name)
            if found is not None:
                return found
        return self._lower(lowering, raw)

    def _joined(self, lowering: Lowering[R], literal: str, near: Location | None = None) -> R | None:
        """The resource of a joined deployment that a name or an ARN means."""
        found = self._held(lowering.model, literal, near)
        return found[0].lowered(lowering.model, found[1]) if found is not None else None

    def _held(self, model: type[Resource], literal: str, near: Location | None) -> tuple[World, RawResource] | None:
        """The world of a joined deployment that has the resource which a name or an ARN means, and that resource."""
        if self._fleet is None or self._others is None or not literal:
            return None
        account = near.account.or_none() if near is not None else None
        holder = self._fleet.holder(literal, account or self.context.account_id)
        if holder is None or holder.target == self.deployment.target:
            return None
        world = self._others.of(holder)
        raw = world.named(model, literal)
        return (world, raw) if raw is not None else None

    def named(self, model: type[Resource], literal: str) -> RawResource | None:
        """The resource of this deployment that a name or an ARN means; None where it has none."""
        lowering = self._lowering(model)
        raw = self._named(lowering, ("text", lowering.short_name(literal)), Value.of(literal), None)
        return raw if raw is not None and raw.managed else None

    def lowered(self, model: type[R], raw: RawResource) -> R:
        """A resource of this deployment."""
        return self._lower(self._lowering(model), raw)

    def _twin(self, owner: RawResource) -> tuple[World, RawResource] | None:
        """A resource that this deployment creates, as a joined one shows that it is there already."""
        if self._fleet is None or not owner.managed or self.deployment.joined is not None:
            return None
        lowering = self._owner_lowering(owner)
        for name in self._names(lowering, owner):
            found = self._held(lowering.model, name, owner.location)
            if found is not None:
                return found
        return None

    def _there(self, place: Location) -> World | None:
        """The account that this deployment goes to, where that was read."""
        if self._fleet is None or self._others is None or self.deployment.joined is not None:
            return None
        account = place.account.or_none() or self.context.account_id
        holder = self._fleet.holder(f"aws://{account}/", account)
        return self._others.of(holder) if holder is not None else None

    def _made_elsewhere(self, model: type[R], there: Iterable[tuple[R, Truth]]) -> list[tuple[R, Truth]]:
        """Of what is there, what this deployment does not declare itself: somebody else made it."""
        lowering = self._lowering(model)
        raws = self.raws(self._types(lowering))
        own = {lowering.short_name(name) for raw in raws for name in self._names(lowering, raw)}
        found: list[tuple[R, Truth]] = []
        for resource, exists in there:
            name = resource.name.or_none()
            if name is None or lowering.short_name(name) not in own:
                found.append((resource, exists))
        return found

    def _lower(self, lowering: Lowering[R], raw: RawResource) -> R:
        key = (lowering.model, raw.address)
        found = self._lowered.get(key)
        if found is None:
            found = self._lowered[key] = lowering.lower(Reader(raw.block, raw.dialect, raw, self))
        return cast("R", found)

    def _lowering(self, model: type[R]) -> Lowering[R]:
        return self._lowerings[model]

    def _types(self, lowering: Lowering[Any]) -> tuple[str, ...]:
        return lowering.types.get(self.deployment.dialect, ())

    # --- links ------------------------------------------------------------------------------------------------------

    def linked(
        self,
        model: type[R],
        value: Value[str],
        noun: str,
        *,
        required: bool = False,
        near: Location | None = None,
    ) -> Many[R]:
        """What `value` points at: nothing where it is not set, a resource of this deployment where it leads to one,
        else a resource outside, of which nothing is known but its name. `required`: it is not accepted unset. `near` is
        where it is pointed from: of several resources by one name the one in that account and Region is meant."""
        if value.alternatives:
            members: list[tuple[R, Truth]] = []
            perhaps = unknown(*value.reasons, facts=(value.fact(),))
            each_leads = True
            for alternative in value.alternatives:
                found, _ = self.linked(model, alternative, noun, required=required, near=near).loaded()
                each_leads = each_leads and any(exists.verdict is Verdict.TRUE for _, exists in found)
                members += [(item, exists & perhaps) for item, exists in found]
            return Many(tuple(members), owner=value.origin, noun=noun, one_of=each_leads)
        if value.settled and value.or_none() is None:
            return Many((), owner=value.origin, noun=noun)
        lowering = self._lowering(model)
        target = self._target(lowering, value, _DEPTH, near)
        if target.raw is not None:
            exists = _TRUE if value.input is None or required else value.is_set()
            return Many(((self._member(lowering, target.raw), exists),), owner=value.origin, noun=noun)
        exists = value.is_set()
        joined = self._joined(lowering, target.literal, near)
        if joined is not None:
            return Many(((joined, exists),), owner=value.origin, noun=noun)
        if target.literal and self.deployment.is_gone(self._types(lowering), target.literal):
            exists = false(Fact(f"the {noun} `{target.literal}` does not exist", value.origin))
        return Many(((self._outside(lowering, target, value, noun), exists),), owner=value.origin, noun=noun)

    def _outside(self, lowering: Lowering[R], target: _Target, value: Value[str], noun: str) -> R:
        refused = tuple(reason for reason in self.hidden(lowering.model) if reason.why is Why.DENIED)
        if place_of(target.literal)[1] not in ("", self._own_account()):
            refused = ()  # it would not have been listed here
        detail = f"the {noun} is not part of this deployment"
        settle = "scan it together with the deployment that creates it, or state in the configuration what it is"
        if self.deployment.dialect == "live":
            detail = f"the {noun} is not among what was read"
            settle = "read the account that it is in as well"
        reasons = target.reasons or refused or (Reason(Why.ELSEWHERE, detail, settle, value.origin),)
        block = OutsideBlock(target.literal, reasons, value.origin)
        region, account = place_of(target.literal)
        nowhere = Location(
            "",
            Value.of(account, value.origin) if account else Value.unknown(reasons),
            Value.of(region, value.origin) if region else Value.unknown(reasons),
        )
        raw = RawResource(
            self.deployment.dialect,
            self._types(lowering)[0] if self._types(lowering) else "",
            target.literal,
            block,
            _TRUE,
            nowhere,
            managed=False,
        )
        return lowering.lower(Reader(block, raw.dialect, raw, self))

    def _own_account(self) -> str | None:
        stated = self.deployment.stated()
        return stated.account_id.or_none() if stated is not None else None

    def _target(self, lowering: Lowering[Any], value: Value[str], depth: int, near: Location | None) -> _Target:
        literal: object = value.or_none()  # not converted where a resource is asked for its own
        if isinstance(literal, str):
            raw = self._named(lowering, ("text", lowering.short_name(literal)), value, near)
            return _Target(raw, literal)
        if literal is not None:
            return _Target(
                reasons=(Reason(Why.INVALID, f"`{value.origin.attribute}` is not a text", "", value.origin),)
            )
        for key in _symbolic_keys(value):
            raw = self._named(lowering, key, value, near)
            if raw is not None:
                return _Target(raw)
        own = _in_own_account(value.parts)
        if own:
            return _Target(self._named(lowering, ("text", lowering.short_name(own)), value, near), own)
        reference = value.reference or _only_reference(value.parts) or self._in_arn(lowering, value.parts)
        if reference is not None and depth:
            followed = self._follow(lowering, reference, depth, near)
            if followed is not None:
                return followed
        if len(value.reasons) == 1 and isinstance(value.reasons[0], MadeOf) and depth:
            followed = self._follow(lowering, Reference(value.reasons[0].address), depth, near)
            if followed is not None:
                return followed
        return _Target(reasons=value.reasons)

    def _in_arn(self, lowering: Lowering[Any], parts: tuple[str | Reference | Input | None, ...]) -> Reference | None:
        """The resource whose ARN a template puts together of its name: `!Sub "arn:aws:s3:::${Logs}"`."""
        if not parts or not isinstance(parts[0], str) or not parts[0].startswith("arn:"):
            return None
        types = self._types(lowering)
        for before, part, behind in zip(parts, parts[1:], (*parts[2:], ""), strict=False):
            if isinstance(part, Reference) and part.type in types and part.path == ("Ref",):
                opened = isinstance(before, str) and before.endswith((":", "/"))
                closed = isinstance(behind, str) and behind[:1] in ("", ":", "/")
                return part if opened and closed else None
        return None

    def _follow(
        self, lowering: Lowering[Any], reference: Reference, depth: int, near: Location | None
    ) -> _Target | None:
        """Where a reference leads: to a resource of the kind, through one that stands for it, or through a data source
        that looks one up."""
        dialect = self.deployment.dialect
        types = self._types(lowering)
        self._index((*types, *lowering.stands_for, *(f"data.{name}" for name in types)))
        raw = self._by_address.get(reference.address)
        if raw is None:
            return None
        if raw.type in types:
            return _Target(raw)
        led = lowering.stands_for.get(raw.type)
        names = (led,) if led is not None else lowering.identity.get(dialect, ())
        for name in names:
            onward = cast("Value[str]", raw.block.attribute(name))
            if onward.settled and onward.or_none() is None:
                continue
            target = self._target(lowering, onward, depth - 1, near)
            if target.raw is None and led is None and not target.literal:
                break
            return target
        return _Target(
            reasons=(
                Reason(
                    Why.ELSEWHERE,
                    f"`{reference.address}` looks up something that is not part of this deployment",
                    "scan it together with the deployment that creates it",
                    raw.block.origin,
                ),
            )
        )

    def _index(self, types: Iterable[str]) -> None:
        for name in types:
            if name not in self._indexed:
                self._indexed.add(name)
                for raw in self.raws((name,)):
                    self._by_address[raw.address] = raw

    def _named(
        self, lowering: Lowering[Any], key: tuple[str, object], value: Value[str], near: Location | None
    ) -> RawResource | None:
        index = self._by_name.get(lowering.model)
        if index is None:
            index = self._by_name[lowering.model] = {}
            for raw in self.raws(self._types(lowering)):
                for attribute in lowering.identity.get(raw.dialect, ()):
                    name = cast("Value[str]", raw.block.attribute(attribute))
                    said: object = name.or_none()
                    for text in said if isinstance(said, list) else (said,):  # a key may have many aliases
                        if isinstance(text, str) and text:
                            index.setdefault(("text", lowering.short_name(text)), []).append(raw)
                    for symbolic in _symbolic_keys(name):
                        index.setdefault(symbolic, []).append(raw)
        found = index.get(key, ()) if key[1] else ()
        literal = value.or_none()
        if found and isinstance(literal, str):
            found = [raw for raw in found if _may_be_at(raw.location, *place_of(literal))]
        return _nearest(found, value, near) if len(found) > 1 else found[0] if found else None

    # --- attachments ------------------------------------------------------------------------------------------------

    def users(self, model: type[R], owner: RawResource, relation: Callable[[R], Many[Resource]]) -> Many[R]:
        """The resources of a kind that were seen to point at `owner`. `relation` is the only one from that kind to the
        kind of `owner` that is asked about.

        What a resource is used for needs evidence: a module that could not be read is none, or else everything might
        serve the audit trail wherever a module was not read.
        """

        def uses(one: R) -> Truth:
            return relation(one).some(lambda other: decide(other.address == owner.address))

        def found() -> Many[R]:
            return Many(Many(self._pointers(model, owner, relation).at(owner.address)).where(uses).members())

        return Many(found, owner=owner.block.origin, noun=self._lowering(model).noun)

    def pointing_at(self, model: type[R], owner: RawResource, relation: Callable[[R], Many[Resource]]) -> Many[R]:
        """The resources of a kind of which `owner` is among those they are related to. Others that point at what an
        input names, which is not known, are gaps: it may be this one. So are all if it is not known what `owner` is.
        For evidence, ask those that were `seen`."""

        def uses(one: R) -> Truth:
            return relation(one).some(lambda other: _same_resource(other, owner))

        def may_use(one: R) -> Truth:
            short_name = self._owner_lowering(owner).short_name
            return relation(one).some(lambda other: _same_by_name(other, owner, short_name))

        def found() -> Many[R]:
            if not self.has(model):
                return Many(())
            pointers = self._pointers(model, owner, relation)
            if owner.dialect == "live" and owner.address and isinstance(owner.block, OutsideBlock):
                # Some point at it by its name, others by its ARN, and it was not listed.
                return Many(Many(pointers.users).where(may_use).members())
            if owner.managed:
                gaps = pointers.perhaps
            elif owner.address:
                short_name = self._owner_lowering(owner).short_name
                reasons = (_perhaps_called(other, short_name(owner.address)) for other in pointers.open)
                gaps = tuple(dict.fromkeys(reason for one in reasons for reason in one))
            else:
                gaps = tuple(dict.fromkeys(owner.block.attribute("").reasons)) if pointers.found else ()
            return Many(Many(pointers.at(owner.address)).where(uses).members(), gaps)

        return Many(found, owner=owner.block.origin, noun=self._lowering(model).noun)

    def _pointers(self, model: type[R], owner: RawResource, relation: Callable[[R], Many[Resource]]) -> _Pointers[R]:
        """What the resources of a kind point at by a relation, gone through once for all owners of one kind."""
        key = (model, owner.type)
        found = self._pointing.get(key)
        if found is None:
            found = self._pointing[key] = _Pointers(self.all(model).members(), relation)
        return found

    def attached(self, type: str, target: str, owner: RawResource, *, perhaps: bool = False) -> Many[RawResource]:
        """The resources of `type` whose attribute `target` is `owner`.

        Gaps: targets that are not known, and unread modules that are handed `owner` or something unknown. With
        `perhaps`, what has a target that is not known is no gap but a member that may not be one.
        """
        is_read = not isinstance(owner.block, OutsideBlock)
        if is_read and type not in self._declared and not self.deployment.hiding_places():
            return Many((), owner=owner.block.origin, noun=f"`{type}`")
        lowering = self._owner_lowering(owner)
        key = (type, target, lowering.model)
        attachments = self._attachments.get(key)
        if attachments is None:
            attachments = self._attachments[key] = self._attach(type, target, lowering)
        members = (
            attachments.by_address.get(owner.address, ())
            if is_read
            else self._outside_members(attachments, lowering, owner)
        )
        meant = self._perhaps_meant(attachments, lowering, owner) if is_read and attachments.by_literal else ()
        gaps: list[Reason] = []
        if perhaps:
            doubtful = (*attachments.unresolved, *meant)
            members = (*members, *((raw, raw.exists & _open_for(reason)) for raw, reason in doubtful))
        else:
            gaps += (reason for _, reason in attachments.unresolved)
        if is_read:
            gaps += self._concerned(owner, type)
            gaps += () if perhaps else (reason for _, reason in meant)
        else:
            gaps += owner.block.attribute(target).reasons
        return Many(tuple(members), tuple(dict.fromkeys(gaps)), owner=owner.block.origin, noun=f"`{type}`")

    def attached_as(
        self,
        model: type[R],
        targets: Mapping[str, Mapping[str, str]],
        owner: RawResource,
        *,
        perhaps: bool = False,
    ) -> Many[R]:
        """The resources of a kind that are attached to `owner`: by dialect and type, the attribute that names it.

        Gaps and `perhaps` as in `attached`.
        """
        lowering = self._lowering(model)

        def found() -> Many[R]:
            members: list[tuple[R, Truth]] = []
            gaps: list[Reason] = []
            for name, target in targets.get(owner.dialect, {}).items():
                raws, missing = self.attached(name, target, owner, perhaps=perhaps).loaded()
                members += [(self._lower(lowering, raw), exists) for raw, exists in raws]
                gaps += missing
            twin = self._twin(owner)
            if twin is not None:
                there, missing = twin[0].attached_as(model, targets, twin[1], perhaps=perhaps).loaded()
                members += self._made_elsewhere(model, there)
                gaps += missing
            return Many(tuple(members), tuple(dict.fromkeys(gaps)))

        return Many(found, owner=owner.block.origin, noun=lowering.noun)

    def watching(self, model: type[R], owner: RawResource, names: Iterable[str], test: Callable[[R], Truth]) -> Many[R]:
        """The resources of a kind of which `test` holds, where they point at `owner` by nothing but a name: an alarm at
        the metric of a filter.

        Gaps: unread modules that are handed `owner`, one of the names, or something unknown.
        """

        def found() -> Many[R]:
            passing = self.all(model).where(test).members() if self.has(model) else ()
            if isinstance(owner.block, OutsideBlock):
                return Many(passing, owner.block.attribute("").reasons)
            if (there := self._there(owner.location)) is not None:
                passing = (*passing, *self._made_elsewhere(model, there.all(model).where(test).members()))
            places = self._places(self._types(self._lowering(model)))
            known = [name for name in names if name]
            return Many(passing, tuple(place.reason for place in places if place.may_concern(owner.address, known)))

        return Many(found, owner=owner.block.origin, noun=self._lowering(model).noun)

    def _attach(self, type: str, target: str, lowering: Lowering[Any]) -> _Attachments:
        found = _Attachments()
        for raw in self.raws((type,)):
            *above, last = target.split(".")
            value = cast("Value[str]", raw.block.attribute(last))
            if above:
                from guardrails.lower.reader import leaf

                value = cast("Value[str]", leaf(Many.of(raw.block), target, raw.block.origin))
            certain = raw.exists if not value.alternatives else raw.exists & unknown(*value.reasons)
            if value.input is not None and value.present is None and target not in _REQUIRED:
                certain = certain & value.is_set()
            choices = value.alternatives or (value,)
            names_one = value.reference is not None or value.parts or value.alternatives
            if not above and (isinstance(value.or_none(), list) or not (value.settled or names_one)):
                # Several owners, or a list of them of which not all is known.
                owners = raw.block.elements(last)
                choices = tuple(cast("Value[str]", owner) for owner, _ in owners.members()) or choices
            for choice in choices:
                if choice.settled and not choice.or_none():
                    continue
                led = self._target(lowering, choice, _DEPTH, raw.location)
                if led.raw is not None:
                    found.by_address.setdefault(led.raw.address, []).append((raw, certain))
                elif led.literal:
                    found.by_literal.setdefault(lowering.short_name(led.literal), []).append((raw, certain))
                elif choice.reference is None or _is_input(choice):
                    reason = Reason(
                        Why.INPUT,
                        f"`{raw.address}` may belong to it: its `{last}` is not known",
                        choice.reasons[0].settle if choice.reasons else "",
                        choice.origin,
                    )
                    found.unresolved.append((raw, reason))
        return found

    def _perhaps_meant(
        self, attachments: _Attachments, lowering: Lowering[Any], owner: RawResource
    ) -> Iterator[tuple[RawResource, Reason]]:
        """Why attachments that name something by its literal may mean `owner`: its own name hangs on an input."""
        for attribute in lowering.identity.get(owner.dialect, ()):
            name = cast("Value[str]", owner.block.attribute(attribute))
            for literal, named in attachments.by_literal.items():
                if _may_be_called(name, literal):
                    for raw, _ in named:
                        reason = Reason(
                            Why.INPUT,
                            f"`{raw.address}` may belong to it: the name of `{owner.address}` is not known",
                            name.reasons[0].settle,
                            name.origin,
                        )
                        yield raw, reason

    def _outside_members(
        self, attachments: _Attachments, lowering: Lowering[Any], owner: RawResource
    ) -> list[tuple[RawResource, Truth]]:
        named = attachments.by_literal.get(lowering.short_name(owner.address), []) if owner.address else []
        return [*named, *attachments.by_address.get(owner.address, ())] if self._asserted else named

    def _concerned(self, owner: RawResource, type: str) -> tuple[Reason, ...]:
        """Why something of a type that concerns `owner` may exist that was not read."""
        places = self._places((type,))
        names = self._names(self._owner_lowering(owner), owner) if places else []
        return tuple(place.reason for place in places if place.may_concern(owner.address, names))

    def _owner_lowering(self, owner: RawResource) -> Lowering[Any]:
        for lowering in self._lowerings.values():
            if owner.type in self._types(lowering):
                return lowering
        raise LookupError(owner.type)

    def _names(self, lowering: Lowering[Any], owner: RawResource) -> list[str]:
        names = []
        for attribute in lowering.identity.get(owner.dialect, ()):
            literal = owner.block.attribute(attribute).or_none()
            if isinstance(literal, str) and literal:
                names.append(literal)
        return names


def kinds(lowerings: Iterable[Lowering[Any]] = ()) -> frozenset[type[Resource]]:
    """The kinds of resource that are ever judged; `lowerings` are those of plugins."""
    from guardrails.lower.aws import LOWERINGS
    from guardrails.model.account import Account

    return frozenset((Account, *(lowering.model for lowering in (*LOWERINGS, *lowerings))))


def open_world(
    deployment: Deployment, context: Context, lowerings: Iterable[Lowering[Any]] = (), others: Worlds | None = None
) -> World:
    """The world of one deployment; `lowerings` are those of plugins, in addition to the built-in ones, and `others`
    opens what it is joined with."""
    from guardrails.lower.aws import LOWERINGS

    return World(deployment, context, (*LOWERINGS, *lowerings), others)


class Worlds:
    """The worlds of joined deployments that others refer to. Each is opened once; of many the last ones are kept."""

    def __init__(
        self,
        context_of: Callable[[Deployment], Context],
        lowerings: Sequence[Lowering[Any]],
        joined: Joined | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._context_of = context_of
        self._lowerings = lowerings
        self.joined = joined
        """What deployments are joined with that do not say so themselves."""
        self.elsewhere = elsewhere
        """What is said to exist outside of all code."""
        self._open: dict[str, World] = {}

    def of(self, deployment: Deployment) -> World:
        found = self._open.pop(deployment.target, None)
        if found is None:
            found = open_world(deployment, self._context_of(deployment), self._lowerings, self)
        self._open[deployment.target] = found
        if len(self._open) > MOST_OPEN:
            # Not closed: resources that were handed out still read from it.
            del self._open[next(iter(self._open))]
        return found


class _Attachments:
    """The resources of one type by what they are attached to."""

    __slots__ = ("by_address", "by_literal", "unresolved")

    def __init__(self) -> None:
        self.by_address: dict[str, list[tuple[RawResource, Truth]]] = {}
        self.by_literal: dict[str, list[tuple[RawResource, Truth]]] = {}
        self.unresolved: list[tuple[RawResource, Reason]] = []


class _Pointers(Generic[R]):
    """The resources of one kind by what they point at: else each would be compared with each."""

    __slots__ = ("_anywhere", "_by_address", "_open", "_perhaps", "found", "users")

    def __init__(self, users: tuple[tuple[R, Truth], ...], relation: Callable[[R], Many[Resource]]) -> None:
        self.users = users
        self._by_address: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        """Of which it is not known in full what they point at."""
        self._open: tuple[Resource, ...] | None = None
        self._perhaps: tuple[Reason, ...] | None = None
        self.found: list[Resource] = []
        """All that is pointed at."""
        for place, (user, _) in enumerate(users):
            others, gaps = relation(user).loaded()
            if gaps:
                self._anywhere.append(place)
            for other, _ in others:
                self.found.append(other)
                self._by_address.setdefault(other.address, []).append(place)

    def at(self, address: str) -> tuple[tuple[R, Truth], ...]:
        """Those that may point at what has this address, in their order."""
        places = sorted({*self._by_address.get(address, ()), *self._anywhere})
        return tuple(self.users[place] for place in places)

    @property
    def open(self) -> tuple[Resource, ...]:
        """What is pointed at and has a name that hangs on an input."""
        if self._open is None:
            self._open = tuple(other for other in self.found if _inputs_in(other.name))
        return self._open

    @property
    def perhaps(self) -> tuple[Reason, ...]:
        """Why what is pointed at may be any resource of the deployment: what is outside and named by an input."""
        if self._perhaps is None:
            outside = (other for other in self.found if not other.owned)
            self._perhaps = tuple(dict.fromkeys(reason for other in outside for reason in _inputs_in(other.name)))
        return self._perhaps


def identity(r: Reader, name: Value[str], protected: Value[bool]) -> dict[str, Any]:
    """The fields that every resource has."""
    return {
        "address": r.raw.address,
        "type": r.raw.type,
        "exists": r.raw.exists,
        "owned": r.raw.managed and r.outside is None,
        "origin": r.block.origin,
        "location": r.raw.location,
        "name": name,
        "protected": protected,
    }


def protected(r: Reader) -> Value[bool]:
    """Whether a destroy of the code refuses to remove the resource, or leaves it where it is."""
    if r.dialect == "cfn" and r.outside is None:
        return later(lambda: _retained(r))
    if r.dialect == "live" and r.outside is None:
        return Value.of(False, r.origin)
    return later(
        lambda: r.flag(
            tf="lifecycle.prevent_destroy",
            cfn=Cannot("nothing is known of how the stack that creates it treats it"),
            live="",
            default=False,
        )
    )


_KEPT = ("Retain", "RetainExceptOnCreate")


def _retained(r: Reader) -> Value[bool]:
    """A stack that is deleted, or no longer holds a resource, leaves it where its `DeletionPolicy` says so. What an
    update does that makes another in its place is a matter of its own: `UpdateReplacePolicy`."""
    return r.text(tf="", cfn="@DeletionPolicy", live="", default="Delete").map(lambda policy: policy in _KEPT)


def _nearest(found: Sequence[RawResource], value: Value[str], near: Location | None) -> RawResource | None:
    """Which of several resources by one name is meant: the one in the account and Region that an ARN names, or else
    that it is pointed at from; then the one that the same module call makes."""
    literal = value.or_none()
    region, account = place_of(literal) if isinstance(literal, str) else ("", "")

    def fits(raw: RawResource) -> tuple[int, int, bool]:
        place = raw.location
        in_account = _alike(place.account, near.account) if near is not None else 1
        if near is not None and place.credentials and place.credentials == near.credentials:
            in_account = 2
        in_region = _alike(place.region, near.region) if near is not None else 1
        if account:
            in_account = _alike(place.account, Value.of(account))
        if region:
            in_region = _alike(place.region, Value.of(region))
        return in_account, in_region, raw.block.origin.via == value.origin.via

    ranked = sorted({id(raw): raw for raw in found}.values(), key=fits, reverse=True)
    if len(ranked) > 1 and not value.settled and fits(ranked[0]) == fits(ranked[1]):
        return None  # it is not said which is meant
    return ranked[0]


def _may_be_at(location: Location, region: str, account: str) -> bool:
    """Whether a resource may be the one of an ARN that names this Region and account, empty where it names none."""
    for named, known in ((region, location.region.or_none()), (account, location.account.or_none())):
        if named and known and named != known:
            return False
    return True


def _open_for(reason: Reason) -> Truth:
    return unknown(reason, facts=(Fact("whose it is is not known", reason.origin),))


def _same_resource(other: Resource, owner: RawResource) -> Truth:
    """Whether what something points at is `owner`, as far as both are known."""
    if other.address != owner.address or owner.address:
        return decide(other.address == owner.address)
    why = owner.block.attribute("").reasons
    return unknown(*why) if why == other.name.reasons else decide(False)


def _same_by_name(other: Resource, owner: RawResource, short_name: Callable[[str], str]) -> Truth:
    """The same of two resources of which nothing is known but what they are called in an account."""
    if other.owned or short_name(other.address) != short_name(owner.address):
        return decide(False)
    for mine, theirs in (
        (owner.location.region, other.location.region),
        (owner.location.account, other.location.account),
    ):
        if mine.or_none() and theirs.or_none() and mine.or_none() != theirs.or_none():
            return decide(False)
    return decide(True) if other.address == owner.address else unknown(*owner.block.attribute("").reasons)


def _perhaps_called(other: Resource, literal: str) -> tuple[Reason, ...]:
    """Why what something points at may be the resource that a literal names, although it is not seen to be."""
    if other.owned and not _may_be_called(other.name, literal):
        return ()
    return _inputs_in(other.name)


def _inputs_in(name: Value[str]) -> tuple[Reason, ...]:
    return tuple(reason for reason in name.reasons if reason.why is Why.INPUT)


def _may_be_called(name: Value[str], literal: str) -> bool:
    """Whether a name that hangs on an input may be this one."""
    if name.input is None and not any(isinstance(part, Input) for part in name.parts):
        return False
    first, last = (name.parts[0], name.parts[-1]) if name.parts else (None, None)
    head, tail = (part if isinstance(part, str) else "" for part in (first, last))
    return literal.startswith(head) and literal.endswith(tail)


def _alike(one: Value[str], other: Value[str]) -> int:
    """How far two places are the same: 2 surely, 1 perhaps, 0 not."""
    mine, theirs = one.or_none(), other.or_none()
    if mine is not None and theirs is not None:
        return 2 if mine == theirs else 0
    same = one is other or (one.reasons == other.reasons and one.origin == other.origin and not one.settled)
    return 2 if same else 1


def place_of(text: str) -> tuple[str, str]:
    """Region and account that an ARN names; empty where it does not."""
    fields = text.split(":", 5)
    return (fields[3], fields[4]) if len(fields) == 6 and fields[0] == "arn" else ("", "")


def _symbolic_keys(value: Value[Any]) -> list[tuple[str, object]]:
    """Forms in which two unknown names can be seen to be the same."""
    keys: list[tuple[str, object]] = []
    if value.reference is not None:
        keys.append(("reference", value.reference))
    if value.input is not None:
        keys.append(("parts", (value.input,)))
    if value.parts and None not in value.parts:
        keys.append(("parts", value.parts))
    return keys


def _only_reference(parts: tuple[str | Reference | Input | None, ...]) -> Reference | None:
    """The reference that leads a text with holes, `"${aws_cloudwatch_log_group.x.arn}:*"`."""
    if parts and isinstance(parts[0], Reference) and all(isinstance(part, str) for part in parts[1:]):
        return parts[0]
    return None


_OF_STACK = frozenset(("AWS::AccountId", "AWS::Partition", "AWS::Region"))


def _in_own_account(parts: tuple[str | Reference | Input | None, ...]) -> str:
    """The resource part of an ARN that a template puts together for the account and Region of its stack, where that is
    text: `!Sub "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/sns"`. Else empty."""
    if not parts or not isinstance(parts[0], str) or not parts[0].startswith("arn:"):
        return ""
    fields = [""]
    for part in parts:
        if not isinstance(part, str):
            if not isinstance(part, Reference) or part.address not in _OF_STACK or len(fields) > 5:
                return ""
            continue
        first, *more = part.split(":", 6 - len(fields))
        fields[-1] += first
        fields += more
    return fields[5] if len(fields) == 6 and not any(fields[3:5]) else ""


def _is_input(value: Value[Any]) -> bool:
    return any(reason.why in (Why.INPUT, Why.ELSEWHERE, Why.INVALID, Why.LIMIT) for reason in value.reasons)
