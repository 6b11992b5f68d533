"""Which resource of an account a declared one is: by its name or ARN, by what it belongs to, or by what leads to it."""

from __future__ import annotations

import re

from guardrails.drift.comparing import Twins
from guardrails.drift.fields import COMPARED
from guardrails.drift.index import Index
from guardrails.drift.names import known_by, short
from guardrails.drift.references import called, type_of
from guardrails.drift.words import why
from guardrails.kernel.many import Many
from guardrails.kernel.truth import Verdict
from guardrails.kernel.value import Input, Reference, Value
from guardrails.model import (
    AccountPublicAccessBlock,
    AuditTrail,
    Bucket,
    ConfigRecorder,
    DelegatedAdministrator,
    Detector,
    DetectorOrganization,
    EventDataStore,
    Group,
    LogAccessPolicy,
    LogGroup,
    LogSubscription,
    ManagedPolicy,
    MetricAlarm,
    MetricFilter,
    MonitoringShare,
    Organization,
    OrganizationPolicy,
    PermissionSet,
    Role,
    SecurityHub,
    SecurityHubOrganization,
    Subscription,
    Topic,
    User,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from guardrails.lower.world import World
    from guardrails.model.resource import Resource

_ONE_A_PLACE: frozenset[type[Resource]] = frozenset(
    (
        AccountPublicAccessBlock,
        ConfigRecorder,
        Detector,
        DetectorOrganization,
        Organization,
        SecurityHub,
        SecurityHubOrganization,
    )
)
"""Kinds of which an account, or a Region of it, has one at most."""
_OF_ALL_REGIONS: frozenset[type[Resource]] = frozenset(
    (
        AccountPublicAccessBlock,
        Bucket,
        DelegatedAdministrator,
        Group,
        ManagedPolicy,
        Organization,
        OrganizationPolicy,
        PermissionSet,
        Role,
        User,
    )
)
"""Kinds whose names do not depend on the Region."""
_LEADING: dict[type[Resource], tuple[str, ...]] = {
    AuditTrail: ("bucket", "log_group", "key", "topic", "role"),
    Bucket: ("encryption.key", "access_log_target", "replication.destination", "notifications.destination.topic"),
    ConfigRecorder: ("role",),
    EventDataStore: ("key",),
    LogGroup: ("key",),
    LogSubscription: ("destination.topic",),
    MetricAlarm: ("actions.topic",),
    MetricFilter: ("log_group",),
    Subscription: ("topic",),
    Topic: ("key",),
}
"""Links that lead from one that was found to one that was not, because its name is made when it is deployed."""
_NAME_ATTRIBUTES = (
    *("name", "function_name", "bucket", "destination_name", "Name", "FunctionName", "QueueName", "DestinationName"),
    *("DeliveryStreamName", "StateMachineName", "LogGroupName", "TopicName", "RoleName"),
)
"""Where resources of other types than those that are compared say what they are called."""
_ACCOUNT_STEPS = frozenset(("account_id", "id", "Ref"))
_MADE_BY_STACKS = r"(?:.+-)?{}-[0-9a-z]{{8,14}}"
"""CloudFormation makes names of the stack's, the logical id and something random."""
_MADE_BY_TERRAFORM = "[0-9a-f]{26}"
"""What Terraform's provider appends to a `name_prefix`, or to `terraform-` where there is none: time and a counter."""
_TOLD = 5
"""Of several that may be meant so many are told."""


class Matching(Twins):
    """The resources of the code, each with what it is in the accounts."""

    def __init__(self, code: Sequence[World], accounts: Sequence[World]) -> None:
        self._code = code
        self._accounts = accounts
        self._numbers = frozenset(world.deployment.target for world in accounts)
        self._live: dict[int, Resource] = {}
        """id() of a declared resource → the one that it is."""
        self._declared: dict[str, Resource] = {}
        """Address of a resource of an account → the declared one that it is."""
        self._world_of: dict[int, World] = {}
        self._by_address: dict[str, list[Resource]] = {}
        self._indexes: dict[type[Resource], Index] = {}
        self._unfound: dict[type[Resource], list[Resource]] | None = None
        self._names_by_type: dict[tuple[int, str], dict[str, str]] = {}
        self._prefixes: dict[tuple[int, str], dict[str, str]] = {}
        self.within: World | None = None
        """The root whose references are followed: several may use one address."""
        self.declared: list[tuple[World, Resource]] = []
        self.ambiguous: dict[int, tuple[Resource, ...]] = {}
        """id() of a declared resource → the several that it may be."""
        for world in code:
            for model in COMPARED:
                for resource in world.created(model):
                    if resource.exists.verdict is not Verdict.FALSE and _by_itself(resource):
                        self.declared.append((world, resource))
                        self._world_of[id(resource)] = world
                        self._by_address.setdefault(resource.address, []).append(resource)
        self._match()

    # --- answers ----------------------------------------------------------------------------------------------------

    def live(self, declared: Resource) -> Resource | None:
        found = self._live.get(id(declared))
        if found is None and id(declared) not in self._world_of:
            # A resource that another root refers to, or a view of a declared one.
            same = [one for one in self._by_address.get(declared.address, ()) if type(one) is type(declared)]
            found = self._live.get(id(same[0])) if len(same) == 1 else None
        return found

    def declaration(self, live: Resource) -> Resource | None:
        """The declared resource that one of an account is."""
        return self._declared.get(live.address)

    def pointed_at(self) -> frozenset[tuple[type[Resource], str]]:
        """Kinds and names of what the code points at and another makes."""
        found: set[tuple[type[Resource], str]] = set()
        for _, declared in self.declared:
            for link in _LEADING.get(type(declared), ()):
                for one, _ in followed(declared, link).members():
                    if not one.owned:
                        found |= {(type(one), short(text)) for text in (one.address, _text(one.name)) if text}
        return frozenset(found)

    def called(self, reference: Reference) -> str | None:
        surroundings = self._of_surroundings(reference)
        if surroundings is not None:
            return surroundings
        found = {live.address: live for live in self._referred(reference)}
        return called(reference, next(iter(found.values()))) if len(found) == 1 else None

    def named(self, reference: Reference) -> str:
        type_ = type_of(reference)
        for world in () if not type_ else self._code if self.within is None else (self.within,):
            name = self._names_of(world, type_).get(reference.address)
            if name:
                return name
        return ""

    def hidden(self, declared: Resource) -> str:
        """Why it may be there although it was not read; empty if it would have been."""
        account = declared.location.account.or_none()
        if account is not None and self._numbers and account not in self._numbers and _is_number(self._numbers):
            return f"account {account} was not read"
        here = [world for world in self._accounts if account is None or world.deployment.target == account]
        reasons = [reason for world in here or self._accounts for reason in world.hidden(type(declared))]
        return reasons[0].detail if reasons else ""

    def doubtful(self, declared: Resource) -> str:
        several = self.ambiguous.get(id(declared))
        if several:
            names = sorted(one.address for one in several)
            more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
            return f"it may be any of {', '.join(names[:_TOLD])}{more}"
        hidden = self.hidden(declared)
        if hidden:
            return hidden
        perhaps = [one for one in self._index(type(declared)).unnamed if self._unclaimed(declared, one)]
        if perhaps:
            reasons = [reason for value in known_by(perhaps[0]) for reason in value.reasons]
            return f"it may be {perhaps[0].address}: {why(reasons)}"
        if self.nameless(declared):
            return "the code does not tell its name, and nothing that was found leads to it"
        if declared.exists.verdict is Verdict.UNKNOWN:
            return why(declared.exists.reasons)
        return ""

    def perhaps_declared(self, live: Resource) -> bool:
        """Whether it may be one of the declared resources that were not found by name."""
        if self._unfound is None:
            self._unfound = {}
            for _, declared in self.declared:
                if id(declared) not in self._live:
                    self._unfound.setdefault(type(declared), []).append(declared)
        unnamed = not all(value.settled for value in known_by(live))
        return any(
            (unnamed or self.nameless(declared)) and _in_place(declared, live) and self._together(declared, live)
            for declared in self._unfound.get(type(live), ())
        )

    def _unclaimed(self, declared: Resource, live: Resource) -> bool:
        return live.address not in self._declared and _in_place(declared, live) and self._together(declared, live)

    def nameless(self, declared: Resource) -> bool:
        """Whether a resource that was not found may be there under a name that the code does not tell."""
        if type(declared) in _ONE_A_PLACE:
            return False
        return not any(value.settled and value.or_none() for value in known_by(declared))

    # --- references -------------------------------------------------------------------------------------------------

    def _referred(self, reference: Reference) -> Iterator[Resource]:
        for declared in self._by_address.get(reference.address, ()):
            live = self._live.get(id(declared))
            if live is not None and self.within in (None, self._world_of[id(declared)]):
                yield live

    def _names_of(self, world: World, type_: str) -> dict[str, str]:
        """Names by address of the resources of a type, whether or not it is one that is judged."""
        key = (id(world), type_)
        found = self._names_by_type.get(key)
        if found is None:
            found = self._names_by_type[key] = {}
            for raw in world.raws((type_,)):
                said = (raw.block.attribute(name).or_none() for name in _NAME_ATTRIBUTES)
                found[raw.address] = next((text for text in said if isinstance(text, str) and text), "")
        return found

    def _of_surroundings(self, reference: Reference) -> str | None:
        """The account and the partition, where they can be no others."""
        address, step = reference.address, str(reference.path[-1]) if reference.path else ""
        is_account = address.startswith("data.aws_caller_identity.") and step in _ACCOUNT_STEPS
        if is_account or address == "AWS::AccountId":
            return next(iter(self._numbers)) if len(self._numbers) == 1 and _is_number(self._numbers) else None
        is_partition = address.startswith("data.aws_partition.") and step in ("partition", "id")
        if is_partition or address == "AWS::Partition":
            partitions = {address.split(":")[1] for address in self._declared if address.startswith("arn:")}
            return partitions.pop() if len(partitions) == 1 else None
        return None

    # --- finding ----------------------------------------------------------------------------------------------------

    def _match(self) -> None:
        waiting = [resource for _, resource in self.declared]
        for find in (self._by_name, self._by_pattern):
            waiting = [resource for resource in waiting if not self._found(resource, find(resource))]
        before = len(waiting) + 1
        while waiting and len(waiting) < before:
            before = len(waiting)
            led = self._led()
            waiting = [resource for resource in waiting if not self._found(resource, led.get(id(resource), ()))]
            # What belongs to something is found once that is.
            for find in (self._by_name, self._by_pattern):
                waiting = [resource for resource in waiting if not self._found(resource, find(resource))]
        # A name that looks made for it counts where nothing better leads there.
        waiting = [resource for resource in waiting if not self._found(resource, self._by_made_name(resource))]
        led = self._led()
        for resource in waiting:
            self._found(resource, led.get(id(resource), ()))

    def _found(self, declared: Resource, candidates: Iterable[Resource]) -> bool:
        left = list({one.address: one for one in candidates if one.address not in self._declared}.values())
        left = [one for one in left if _in_place(declared, one)]
        if len(left) > 1:
            left = _nearest(declared, left)
        if len(left) == 1:
            self._live[id(declared)] = left[0]
            self._declared[left[0].address] = declared
            self.ambiguous.pop(id(declared), None)
            return True
        if left:
            self.ambiguous[id(declared)] = tuple(left)
        return False

    def _index(self, model: type[Resource]) -> Index:
        found = self._indexes.get(model)
        if found is None:
            found = self._indexes[model] = Index(
                one for world in self._accounts for one in world.created(model) if _by_itself(one)
            )
        return found

    def _by_name(self, declared: Resource) -> Iterator[Resource]:
        index = self._index(type(declared))
        wanted = {short(name) for value in known_by(declared) if (name := _text(value))}
        named = [one for name in wanted for one in index.named(name) if self._together(declared, one)]
        if named or type(declared) not in _ONE_A_PLACE:
            yield from named
        else:
            yield from index.all

    def _by_pattern(self, declared: Resource) -> Iterator[Resource]:
        self.within = self._world_of[id(declared)]
        for value in known_by(declared):
            if value.settled or not any(isinstance(part, str) and part for part in value.parts):
                continue
            known = [self._part(part) for part in value.parts]
            head = known[0] or ""
            holes = [".*" if isinstance(part, Input) else ".+" for part in value.parts]
            steps = [re.escape(text) if text else hole for text, hole in zip(known, holes, strict=True)]
            pattern = re.compile("".join(steps), re.DOTALL)
            for one in self._index(type(declared)).fitting(head, pattern):
                if self._together(declared, one):
                    yield one

    def _part(self, part: object) -> str:
        if isinstance(part, str):
            return part
        return (self.called(part) or "") if isinstance(part, Reference) else ""

    def _by_made_name(self, declared: Resource) -> Iterator[Resource]:
        """Those whose names look as if they were made up for it."""
        world = self._world_of[id(declared)]
        if not self.nameless(declared) or any(value.parts for value in known_by(declared)):
            return
        if world.deployment.dialect == "cfn":
            logical = declared.address.rpartition(".")[2]
            head, pattern = "", re.compile(_MADE_BY_STACKS.format(re.escape(logical)), re.IGNORECASE)
        else:
            head = self._prefix(world, declared)
            pattern = re.compile(re.escape(head) + _MADE_BY_TERRAFORM)
        for one in self._index(type(declared)).fitting(head, pattern):
            if self._together(declared, one):
                yield one

    def _prefix(self, world: World, declared: Resource) -> str:
        """What Terraform begins a name with that it makes up."""
        key = (id(world), declared.type)
        found = self._prefixes.get(key)
        if found is None:
            found = self._prefixes[key] = {}
            for raw in world.raws((declared.type,)):
                said = [raw.block.attribute(name).or_none() for name in ("name_prefix", "bucket_prefix")]
                found[raw.address] = next((text for text in said if isinstance(text, str) and text), "terraform-")
        return found.get(declared.address, "terraform-")

    def _together(self, declared: Resource, live: Resource) -> bool:
        """Whether both belong to the same: a filter to its log group, a subscription to its topic."""
        if isinstance(declared, MetricFilter | LogSubscription) and isinstance(live, MetricFilter | LogSubscription):
            return self._same_owner(declared.log_group, live.log_group)
        if isinstance(declared, Subscription) and isinstance(live, Subscription):
            return _may_agree(declared.protocol, live.protocol) and self._same_owner(declared.topic, live.topic)
        if isinstance(declared, LogAccessPolicy) and isinstance(live, LogAccessPolicy):
            return declared.kind == live.kind
        if isinstance(declared, MonitoringShare) and isinstance(live, MonitoringShare):
            return declared.kind == live.kind
        if isinstance(declared, DelegatedAdministrator) and isinstance(live, DelegatedAdministrator):
            return _may_agree(declared.service, live.service)
        return True

    def _same_owner(self, declared: Many[Any], live: Many[Any]) -> bool:
        mine, theirs = _single(declared), _single(live)
        if mine is None or theirs is None:
            return mine is theirs
        twin = self.live(mine)
        return twin.address == theirs.address if twin is not None else _same_name(mine, theirs)

    def _led(self) -> dict[int, tuple[Resource, ...]]:
        """What the links of those that were found lead to."""
        led: dict[int, tuple[Resource, ...]] = {}
        for _, declared in self.declared:
            live = self._live.get(id(declared))
            if live is None:
                continue
            for link in _LEADING.get(type(declared), ()):
                mine, theirs = _single(followed(declared, link)), _single(followed(live, link))
                if mine is None or theirs is None or not (mine.owned and theirs.owned):
                    continue
                if id(mine) in self._world_of and id(mine) not in self._live and not _text(mine.name):
                    led[id(mine)] = (theirs,)
        return led


# Names


def _same_name(declared: Resource, live: Resource) -> bool:
    known = {short(text) for text in (declared.address, _text(declared.name)) if text}
    return not known.isdisjoint(short(text) for text in (live.address, _text(live.name)) if text)


def _text(value: Value[Any]) -> str:
    content = value.or_none()
    return content if isinstance(content, str) else ""


# Where they are


def _in_place(declared: Resource, live: Resource) -> bool:
    """Whether it may be there, by account and Region. A bucket is found by its name in whichever account has it."""
    if isinstance(declared, Bucket):
        return True
    parts = ("account",) if type(declared) in _OF_ALL_REGIONS else ("account", "region")
    return all(_may_agree(getattr(declared.location, part), getattr(live.location, part)) for part in parts)


def _may_agree(one: Value[str], other: Value[str]) -> bool:
    mine, theirs = one.or_none(), other.or_none()
    return not mine or not theirs or mine == theirs


def _nearest(declared: Resource, candidates: list[Resource]) -> list[Resource]:
    """Those in the declared account and Region, as far as these are known."""
    for part in ("account", "region"):
        known = getattr(declared.location, part).or_none()
        if known is not None:
            near = [one for one in candidates if getattr(one.location, part).or_none() in (None, known)]
            candidates = near or candidates
    return candidates


def _is_number(numbers: Iterable[str]) -> bool:
    return all(len(number) == 12 and number.isdigit() for number in numbers)


# Links


def followed(resource: Resource, path: str) -> Many[Any]:
    """What a link leads to, by way of the parts in between."""
    found: Many[Any] = Many.of(resource)
    for step in path.split("."):
        found = found.through(_step(step))
    return found


def _step(name: str) -> Callable[[object], Many[Any]]:
    def followed(one: object) -> Many[Any]:
        found = getattr(one, name)
        return found if isinstance(found, Many) else Many.of(found)

    return followed


def _single(many: Many[Any]) -> Any:  # noqa: ANN401 - a resource of any kind, or None
    members = {id(one): one for one, exists in many.members() if exists.verdict is not Verdict.FALSE}
    return next(iter(members.values())) if len(members) == 1 else None


def _by_itself(resource: Resource) -> bool:
    """Whether it is something of its own. A log group of a template could have a policy of its own: it counts where it
    has. A role through which others look at this account's telemetry is compared as the role that it is."""
    if isinstance(resource, LogAccessPolicy):
        return resource.written.verdict is not Verdict.FALSE
    return not isinstance(resource, MonitoringShare) or resource.kind != "sharing role"
