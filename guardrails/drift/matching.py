"""Which resource of an account a declared one is: by its name or ARN, by what it belongs to, or by what leads to it."""

from __future__ import annotations

import re

from guardrails.drift.comparing import Twins
from guardrails.drift.fields import COMPARED
from guardrails.kernel.truth import Verdict
from guardrails.model import (
    AccountPublicAccessBlock,
    AuditTrail,
    Bucket,
    ConfigRecorder,
    Detector,
    DetectorOrganization,
    EncryptionKey,
    LogGroup,
    LogSubscription,
    MetricFilter,
    Organization,
    SecurityHub,
    SecurityHubOrganization,
    Subscription,
    Topic,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Reference, Value
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
_LEADING: dict[type[Resource], tuple[str, ...]] = {
    AuditTrail: ("bucket", "log_group", "key", "topic", "role"),
    LogGroup: ("key",),
    Topic: ("key",),
    MetricFilter: ("log_group",),
}
"""Links that lead from one that was found to one that was not, because its name is made when it is deployed."""
_ID_IS_ARN = frozenset(("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy", "aws_iam_policy", "aws_sns_topic"))
"""Types whose `id`, or what `Ref` gives, is the ARN."""
_ID_IS_NAME = frozenset(
    (
        "AWS::CloudTrail::Trail",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "aws_cloudwatch_log_group",
        "aws_iam_role",
        "aws_s3_bucket",
    )
)


class Matching(Twins):
    """The resources of the code, each with what it is in the accounts."""

    def __init__(self, code: Sequence[World], accounts: Sequence[World]) -> None:
        self._code = code
        self._accounts = accounts
        self._live: dict[int, Resource] = {}
        """id() of a declared resource → the one that it is."""
        self._declared: dict[str, Resource] = {}
        """Address of a resource of an account → the declared one that it is."""
        self._by_address: dict[str, Resource] = {}
        self._of: dict[type[Resource], tuple[Resource, ...]] = {}
        self.declared: list[tuple[World, Resource]] = []
        self.ambiguous: dict[int, tuple[Resource, ...]] = {}
        """id() of a declared resource → the several that it may be."""
        for world in code:
            for model in COMPARED:
                for resource in world.created(model):
                    if resource.exists.verdict is not Verdict.FALSE:
                        self.declared.append((world, resource))
                        self._by_address.setdefault(resource.address, resource)
        self._match()

    # --- answers ----------------------------------------------------------------------------------------------------

    def live(self, declared: Resource) -> Resource | None:
        found = self._live.get(id(declared))
        if found is None:
            # A resource that is only a view of a declared one, or that another root refers to.
            same = self._by_address.get(declared.address)
            found = self._live.get(id(same)) if same is not None and type(same) is type(declared) else None
        return found

    def declaration(self, live: Resource) -> Resource | None:
        """The declared resource that one of an account is."""
        return self._declared.get(live.address)

    def called(self, reference: Reference) -> str | None:
        declared = self._by_address.get(reference.address)
        live = self._live.get(id(declared)) if declared is not None else None
        if live is None:
            return None
        step = str(reference.path[-1]) if reference.path else ""
        is_arn = step.lower().endswith("arn") or (step in ("id", "Ref") and reference.type in _ID_IS_ARN)
        if is_arn:
            return live.address if live.address.startswith("arn:") else None
        if step in ("name", "bucket") or (step in ("id", "Ref") and reference.type in _ID_IS_NAME):
            name = live.name.or_none()
            return name if name is None or not name.startswith("arn:") else None
        return None

    def nameless(self, declared: Resource) -> bool:
        """Whether a resource that was not found may be there under a name that the code does not tell."""
        if type(declared) in _ONE_A_PLACE:
            return False
        return not any(value.settled and value.or_none() for value in self._names(declared))

    # --- finding ----------------------------------------------------------------------------------------------------

    def _match(self) -> None:
        waiting = [resource for _, resource in self.declared]
        for find in (self._by_name, self._by_pattern):
            waiting = [resource for resource in waiting if not self._found(resource, find(resource))]
        before = len(waiting) + 1
        while waiting and len(waiting) < before:
            before = len(waiting)
            led = dict(self._led())
            waiting = [resource for resource in waiting if not self._found(resource, led.get(id(resource), ()))]
            # What belongs to something is found once that is.
            for find in (self._by_name, self._by_pattern):
                waiting = [resource for resource in waiting if not self._found(resource, find(resource))]

    def _found(self, declared: Resource, candidates: Iterable[Resource]) -> bool:
        left = [one for one in candidates if one.address not in self._declared]
        if len(left) > 1:
            left = self._nearest(declared, left)
        if len(left) == 1:
            self._live[id(declared)] = left[0]
            self._declared[left[0].address] = declared
            self.ambiguous.pop(id(declared), None)
            return True
        if left:
            self.ambiguous[id(declared)] = tuple(left)
        return False

    def _candidates(self, model: type[Resource]) -> tuple[Resource, ...]:
        found = self._of.get(model)
        if found is None:
            found = self._of[model] = tuple(one for world in self._accounts for one in world.created(model))
        return found

    def _nearest(self, declared: Resource, candidates: list[Resource]) -> list[Resource]:
        """Those in the declared account and Region, as far as these are known."""
        for part in ("account", "region"):
            known = getattr(declared.location, part).or_none()
            if known is not None:
                near = [one for one in candidates if getattr(one.location, part).or_none() in (None, known)]
                candidates = near or candidates
        return candidates

    def _names(self, resource: Resource) -> tuple[Value[str], ...]:
        """What it is known by."""
        if isinstance(resource, EncryptionKey):
            return resource.alias, resource.name
        if isinstance(resource, Subscription):
            return (resource.endpoint,)
        return (resource.name,)

    def _by_name(self, declared: Resource) -> Iterator[Resource]:
        wanted = {_plain(name) for value in self._names(declared) if (name := _text(value))}
        for one in self._candidates(type(declared)):
            if not self._together(declared, one):
                continue
            if type(declared) in _ONE_A_PLACE or not wanted.isdisjoint(self._called(one)):
                yield one

    def _called(self, live: Resource) -> set[str]:
        texts = {_plain(name) for value in self._names(live) if (name := _text(value))}
        return texts | {_plain(live.address)} | {_plain(alias) for alias in _aliases(live)}

    def _by_pattern(self, declared: Resource) -> Iterator[Resource]:
        for value in self._names(declared):
            if value.settled or not any(isinstance(part, str) and part for part in value.parts):
                continue
            pattern = re.compile("".join(re.escape(part) if isinstance(part, str) else ".+" for part in value.parts))
            for one in self._candidates(type(declared)):
                if self._together(declared, one) and any(pattern.fullmatch(name) for name in self._called(one)):
                    yield one

    def _together(self, declared: Resource, live: Resource) -> bool:
        """Whether both belong to the same: a filter to its log group, a subscription to its topic."""
        if isinstance(declared, MetricFilter | LogSubscription) and isinstance(live, MetricFilter | LogSubscription):
            return self._same_owner(declared.log_group, live.log_group)
        if isinstance(declared, Subscription) and isinstance(live, Subscription):
            return declared.protocol.same_as(live.protocol) and self._same_owner(declared.topic, live.topic)
        return True

    def _same_owner(self, declared: Many[Any], live: Many[Any]) -> bool:
        mine, theirs = _single(declared), _single(live)
        if mine is None or theirs is None:
            return mine is theirs
        twin = self.live(mine)
        return twin.address == theirs.address if twin is not None else _plain(mine.address) == _plain(theirs.address)

    def _led(self) -> Iterator[tuple[int, tuple[Resource, ...]]]:
        """What the links of those that were found lead to."""
        for model, links in _LEADING.items():
            for _, declared in self.declared:
                live = self._live.get(id(declared))
                if live is None or type(declared) is not model:
                    continue
                for link in links:
                    mine, theirs = _single(getattr(declared, link)), _single(getattr(live, link))
                    if mine is not None and theirs is not None and mine.owned and theirs.owned:
                        own = self._by_address.get(mine.address)
                        if own is not None and not _text(own.name):
                            yield id(own), (theirs,)
        yield from self._keys_of_buckets()

    def _keys_of_buckets(self) -> Iterator[tuple[int, tuple[Resource, ...]]]:
        for _, declared in self.declared:
            live = self._live.get(id(declared))
            if isinstance(declared, Bucket) and isinstance(live, Bucket):
                mine = _single(declared.encryption.through(lambda one: one.key))
                theirs = _single(live.encryption.through(lambda one: one.key))
                own = self._by_address.get(mine.address) if mine is not None else None
                if own is not None and theirs is not None and theirs.owned:
                    yield id(own), (theirs,)


def _single(many: Many[Any]) -> Any:  # noqa: ANN401 - a resource of any kind, or None
    members = [one for one, exists in many.members() if exists.verdict is not Verdict.FALSE]
    return members[0] if len(members) == 1 else None


def _text(value: Value[Any]) -> str:
    content = value.or_none()
    return content if isinstance(content, str) else ""


def _aliases(live: Resource) -> tuple[str, ...]:
    content: object = live.alias.or_none() if isinstance(live, EncryptionKey) else None
    return tuple(content) if isinstance(content, list) else (content,) if isinstance(content, str) else ()


def _plain(name: str) -> str:
    """The name in an ARN; the text itself where it is none."""
    if not name.startswith("arn:"):
        return name
    resource = name.split(":", 5)[-1].removesuffix(":*")
    for head in (
        *("alarm:", "alias/", "detector/", "eventdatastore/", "group/", "key/", "log-group:", "policy/", "role/"),
        *("rule/", "trail/", "user/"),
    ):
        if resource.startswith(head):
            return resource if head == "alias/" else resource.removeprefix(head)
    return resource
