"""Which Regions of an account are read."""

from __future__ import annotations

import re

from guardrails.kernel.record import Record
from guardrails.sources.aws.calling import Call, CallError
from guardrails.sources.aws.snapshot import DENIED, FAILED, Refusal
from guardrails.sources.aws.threads import all_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from guardrails.sources.aws.calling import Caller
    from guardrails.sources.aws.kind import Step

DESCRIBE_REGIONS = Call("ec2", "DescribeRegions", "ec2:DescribeRegions")
_DESCRIBE_TRAILS = Call("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails")
_DESCRIBE_LOG_GROUPS = Call("logs", "DescribeLogGroups", "logs:DescribeLogGroups", items="logGroups")
CALLS = (DESCRIBE_REGIONS, _DESCRIBE_TRAILS, _DESCRIBE_LOG_GROUPS)
"""What is called to know the Regions. The last two are made where other listings are denied, if they are none of those
that are made anyway."""
NOT_ENABLED = "it is not enabled in the account"
SCP_DENIED = "a policy of the organization denies it"
_BY_SCP = re.compile(r"explicit deny in an? (?:service|resource) control policy")
_TELLING = ("cloudtrail", "logs", "cloudwatch", "events", "sns", "guardduty", "securityhub")
"""Services that are denied where a Region is. The policies that AWS proposes for that make exceptions for others, such
as config and kms, wherever they are called (Organizations user guide, "Deny access to AWS based on the requested AWS
Region"; the Region deny control of Control Tower)."""
_ENOUGH = 2
"""Services that have to be denied before a Region counts as denied: one may be denied for its own sake."""


class Regions(Record):
    """Those of one account."""

    asked: tuple[str, ...]
    """They are read."""
    left_out: Mapping[str, str]
    """Region → why it is not in use."""
    unasked: tuple[str, ...]
    """In use, and not named by the user."""


class Remembering:
    """A caller that gives each answer to what it asked first a second time, once: what `find` tries in a Region is
    what is listed there anyway."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._kept: dict[tuple[str, str, str], tuple[dict[str, Any] | None, CallError | None]] = {}

    def __call__(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        kept = self._kept.pop(_key(region, call, parameters), None)
        if kept is None:
            return self._caller(region, call, parameters)
        answer, error = kept
        if error is not None:
            raise error
        return answer

    def first(self, region: str, call: Call, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = None
        try:
            answer = self._caller(region, call, parameters)
        except CallError as error:
            self._kept[_key(region, call, parameters)] = None, error
            raise
        self._kept[_key(region, call, parameters)] = answer, None
        return answer


def _key(region: str, call: Call, parameters: Mapping[str, object]) -> tuple[str, str, str]:
    return region, call.name, repr(sorted(parameters.items()))


def find(
    caller: Remembering,
    region: str,
    is_of_partition: Callable[[str], bool],
    wanted: tuple[str, ...] = (),
    types: frozenset[str] = frozenset(),
    workers: int = 8,
) -> Regions:
    """The Regions to read.

    `region` is where it is asked which there are; `wanted` are those that the user named, none for all; `types` are
    those that will be read. Raises CallError where AWS does not say which are enabled, and where there is none of a
    name that the user gave.

    A Region counts as denied by the organization where several services say so of their first call, whatever this
    principal may do elsewhere: where people may do nothing at all nothing is to be watched.
    """
    answer = caller(region, DESCRIBE_REGIONS, {"AllRegions": True}) or {}
    enabled: list[str] = []
    left_out: dict[str, str] = {}
    for found in answer.get("Regions", ()):
        name = str(found.get("RegionName", ""))
        if not is_of_partition(name):
            continue
        if found.get("OptInStatus") == "not-opted-in":
            left_out[name] = NOT_ENABLED
        else:
            enabled.append(name)
    asked = sorted(set(wanted)) if wanted else sorted(enabled)
    if wanted:
        for name in asked:
            if name not in enabled and name not in left_out:
                said = f"the partition has no Region `{name}`"
                raise CallError(
                    Refusal(DESCRIBE_REGIONS.name, DESCRIBE_REGIONS.action, FAILED, "NoSuchRegion", said, region)
                )
        left_out = {name: why for name, why in left_out.items() if name in asked}
        asked = [name for name in asked if name in enabled]
    tried = _probes(types)
    denied = all_of([_is_denied(caller, name, tried) for name in asked], workers)
    if not all(denied):
        left_out.update((name, SCP_DENIED) for name, is_denied in zip(asked, denied, strict=True) if is_denied)
        asked = [name for name, is_denied in zip(asked, denied, strict=True) if not is_denied]
    # Where all of them are denied it is not the Region that is denied.
    return Regions(
        tuple(asked),
        dict(sorted(left_out.items())),
        tuple(sorted(set(enabled) - set(asked) - set(left_out))),
    )


def is_denied_by_organization(error: CallError) -> bool:
    return error.refusal.kind == DENIED and _BY_SCP.search(error.refusal.message) is not None


def _is_denied(
    caller: Remembering, region: str, probes: tuple[tuple[Call, Mapping[str, object]], ...]
) -> Callable[[], bool]:
    def task() -> bool:
        if not probes:
            return False
        for call, parameters in probes:
            try:
                caller.first(region, call, parameters)
            except CallError as error:
                if not is_denied_by_organization(error):
                    return False
            else:
                return False
        return True

    return task


def _probes(types: frozenset[str]) -> tuple[tuple[Call, Mapping[str, object]], ...]:
    """The first calls of several services: those that are made in each Region anyway, and others as far as they do not
    suffice. None where nothing is asked by Region."""
    from guardrails.sources.aws.kinds import KINDS

    own: dict[str, tuple[Call, Mapping[str, object]]] = {}
    for kind in KINDS.values():
        for listing in kind.listings:
            first = listing.steps[0]
            unconditional = not (listing.of or listing.after or listing.wished) and _is_plain(first)
            if kind.type in types and kind.regional and unconditional:
                own.setdefault(first.call.service, (first.call, first.parameters))
    if not own:
        return ()
    found = {service: own[service] for service in _TELLING if service in own}
    for call in CALLS[1:]:
        found.setdefault(call.service, (call, {}))
    return tuple(found.values())[:_ENOUGH]


def _is_plain(step: Step) -> bool:
    """Whether it is made everywhere, and the same everywhere."""
    return step.only is None and all(
        isinstance(one, (bool, int)) or (isinstance(one, str) and "{" not in one) for one in step.parameters.values()
    )
