"""Accounts that were read, as deployments. Everything here comes from snapshots; nothing is asked of AWS."""

from __future__ import annotations

from functools import partial

from guardrails.kernel.block import Deployment, HidingPlace, Joined, Location, RawResource, Stated
from guardrails.kernel.origin import How, Origin
from guardrails.kernel.truth import Truth, decide, true, unknown
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.aws.kinds import kinds
from guardrails.sources.aws.snapshot import DENIED, EXPIRED, THROTTLED
from guardrails.sources.terraform.evaluated import DataBlock
from guardrails.sources.terraform.values import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from guardrails.sources.aws.snapshot import AccountSnapshot, Collected, Refusal, Unlisted

UNASKED = Reason(
    Why.ELSEWHERE,
    "it was not asked for when the account was read",
    "read the account again for the policies that are selected now",
)

_ENTERING = "sts:AssumeRole"
_MOST_REGIONS = 4
"""Regions that are named where the same was refused in several."""


class LiveAccount(Deployment):
    """One account. It is loaded when the first thing is asked of it, and again after it was released."""

    dialect = "live"
    source = "aws"

    def __init__(
        self,
        id: str,
        load: Callable[[], AccountSnapshot],
        joined: Joined | None = None,
        place_of: Callable[[Collected | None], Origin] | None = None,
    ) -> None:
        """`place_of` says where a resource stands, or the account as a whole; nowhere, for answers of an API."""
        self.target = id
        self._load = load
        self._joined = joined
        self._place_of = place_of
        self._snapshot: AccountSnapshot | None = None
        self._raws: dict[str, tuple[RawResource, ...]] = {}
        self._by_type: dict[str, list[Collected]] | None = None
        self._places: tuple[HidingPlace, ...] | None = None
        self._reasons: _Reasons | None = None

    @property
    def snapshot(self) -> AccountSnapshot:
        if self._snapshot is None:
            self._snapshot = self._load()
        return self._snapshot

    @property
    def title(self) -> str:
        return self.snapshot.name

    def release(self) -> None:
        self._snapshot = self._by_type = self._places = self._reasons = None
        self._raws.clear()

    # --- what there is ----------------------------------------------------------------------------------------------

    def types(self) -> frozenset[str]:
        return frozenset(self._collected())

    def resources(self, type: str) -> tuple[RawResource, ...]:
        found = self._raws.get(type)
        if found is None:
            found = self._raws[type] = tuple(map(self._raw, self._collected().get(type, ())))
        return found

    def _collected(self) -> dict[str, list[Collected]]:
        if self._by_type is None:
            self._by_type = {}
            for one in self.snapshot.resources:
                self._by_type.setdefault(one.type, []).append(one)
        return self._by_type

    def _raw(self, one: Collected) -> RawResource:
        origin = self._origin_of(one)
        owner = one.account or account_in(one.address)
        foreign = bool(owner) and owner != self.target
        region = Value.of(one.region, origin) if one.region else Value[str].unset(origin)
        account = owner if foreign else self.target
        location = Location(account, Value.of(account, origin), region)
        block = DataBlock(_answered(one, self._reason_of), origin, None)
        return RawResource(self.dialect, one.type, one.address, block, true(), location, managed=not foreign)

    # --- what is missing --------------------------------------------------------------------------------------------

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        if self._places is None:
            self._places = tuple(self._hiding())
        return self._places

    def _hiding(self) -> list[HidingPlace]:
        snapshot = self.snapshot
        if snapshot.failed is not None:
            return [_Missing(self._reason_of(snapshot.failed), lambda _: True)]
        places: list[HidingPlace] = [_Unlisted(one, self._reason_of(one.refusal)) for one in snapshot.unlisted]
        if snapshot.unasked:
            more = len(snapshot.unasked) - 3
            named = ", ".join(snapshot.unasked[:3]) + (f" and {more} more" if more > 0 else "")
            detail = f"{named} {'was' if len(snapshot.unasked) == 1 else 'were'} not asked for"
            reason = Reason(Why.ELSEWHERE, detail, "leave out `--regions`")
            places.append(_Missing(reason, lambda name: name in kinds() and kinds()[name].regional))
        types = snapshot.types
        places.append(_Missing(UNASKED, lambda name: name not in types))
        return places

    def unread(self, type: str, region: str) -> Reason | None:
        """Why a resource of a type may be in a Region (empty for a service without) that was not read; None where it
        would have been."""
        snapshot = self.snapshot
        if snapshot.failed is not None:
            return self._reason_of(snapshot.failed)
        if type not in snapshot.types:
            return UNASKED
        for one in snapshot.unlisted:
            if type in one.types and (not region or one.region in ("", region)):
                return self._reason_of(one.refusal)
        if region in snapshot.unasked:
            return Reason(Why.ELSEWHERE, f"{region} was not asked for", "leave out `--regions`")
        if region in snapshot.left_out:
            return Reason(Why.ELSEWHERE, f"{region} was left out: {snapshot.left_out[region]}")
        return None

    def gaps(self) -> tuple[Reason, ...]:
        return tuple(dict.fromkeys(map(self._reason_of, _refusals(self.snapshot))))

    def _reason_of(self, refusal: Refusal) -> Reason:
        if self._reasons is None:
            self._reasons = _Reasons(self.snapshot)
        return self._reasons.of(refusal)

    def is_gone(self, types: tuple[str, ...], literal: str) -> bool:
        missing = self.snapshot.missing
        return bool(missing) and any(self._address(name, literal) in missing for name in types)

    def _address(self, type: str, literal: str) -> str:
        """The address that a text in a resource of the account means: a trail names its bucket by its name."""
        to_address = kinds()[type].to_address if type in kinds() else None
        if to_address is None:
            return literal
        return to_address(literal, {"account": self.target, "partition": self.snapshot.partition, "region": ""})

    # --- the account itself -----------------------------------------------------------------------------------------

    def stated(self) -> Stated:
        snapshot, origin = self.snapshot, self.origin
        refusal = snapshot.organization_unknown or snapshot.failed
        manages: Truth
        if refusal is not None:
            reason = self._reason_of(refusal)
            organization: Value[str] = Value.unknown((reason,), origin)
            manages = unknown(reason)
        else:
            organization = (
                Value.of(snapshot.organization_id, origin) if snapshot.organization_id else Value.unset(origin)
            )
            manages = decide(bool(snapshot.management_account) and snapshot.management_account == snapshot.id)
        read_at = Value.of(snapshot.ended, origin) if snapshot.ended else Value[str].unset(origin)
        return Stated(Value.of(self.target, origin), organization, manages, true(), read_at)

    @property
    def joined(self) -> Joined | None:
        return self._joined

    def _origin_of(self, one: Collected | None) -> Origin:
        return self._place_of(one) if self._place_of is not None else Origin(how=How.API)

    @property
    def origin(self) -> Origin:
        return self._origin_of(None)

    @property
    def files(self) -> tuple[str, ...]:
        return ()

    @property
    def size(self) -> int:
        return len(self.snapshot.resources)


class Fleet(Joined):
    """Accounts that were read in one run: what one of them refers to is found in another."""

    __slots__ = ("_buckets", "_by_id", "_seen")

    def __init__(
        self,
        ids: Sequence[str],
        load: Callable[[str], AccountSnapshot],
        buckets: Mapping[str, str],
        place_of: Callable[[str, Collected | None], Origin] | None = None,
        seen: tuple[str, Origin] | None = None,
    ) -> None:
        """`buckets`: the name of a bucket → the account that has it. Neither its name nor its ARN tells. `place_of`
        says where what is in an account stands, if it stands anywhere."""
        self._buckets = buckets
        self._seen = seen
        self._by_id = {one: LiveAccount(one, partial(load, one), self, _placed(place_of, one)) for one in ids}

    @property
    def accounts(self) -> tuple[LiveAccount, ...]:
        return tuple(self._by_id.values())

    @property
    def seen(self) -> tuple[str, Origin] | None:
        return self._seen

    def holder(self, literal: str, near: str = "") -> Deployment | None:
        account = account_in(literal)
        if not account:
            account = self._buckets.get(bucket_in(literal) if literal.startswith("arn:") else literal, near)
        if not account and len(self._by_id) == 1:
            return self.accounts[0]
        return self._by_id.get(account)


def _placed(
    place_of: Callable[[str, Collected | None], Origin] | None, id: str
) -> Callable[[Collected | None], Origin] | None:
    return None if place_of is None else partial(place_of, id)


def account_in(literal: str) -> str:
    """The account that an ARN or an address names; empty where it names none."""
    if literal.startswith("aws://"):
        return literal.split("/", 3)[2]
    fields = literal.split(":", 5)
    return fields[4] if len(fields) == 6 and fields[0] == "arn" else ""


def bucket_in(arn: str) -> str:
    """The bucket of an ARN of S3, or of an object in it; empty for anything else."""
    fields = arn.split(":", 5)
    return fields[5].partition("/")[0] if len(fields) == 6 and fields[2] == "s3" else ""


class _Missing(HidingPlace):
    """Something that may hold resources of some types."""

    __slots__ = ("_holds", "_reason")

    def __init__(self, reason: Reason, holds: Callable[[str], bool]) -> None:
        self._reason = reason
        self._holds = holds

    @property
    def reason(self) -> Reason:
        return self._reason

    def may_hold(self, types: Sequence[str]) -> bool:
        return any(map(self._holds, types))

    def may_concern(self, address: str, names: Sequence[str]) -> bool:  # noqa: ARG002 - the base's signature
        return True


class _Unlisted(HidingPlace):
    """A listing that was refused."""

    __slots__ = ("_reason", "_unlisted")

    def __init__(self, unlisted: Unlisted, reason: Reason) -> None:
        self._unlisted = unlisted
        self._reason = reason

    @property
    def reason(self) -> Reason:
        return self._reason

    def may_hold(self, types: Sequence[str]) -> bool:
        return any(name in self._unlisted.types for name in types)

    def may_concern(self, address: str, names: Sequence[str]) -> bool:  # noqa: ARG002 - an address is enough
        return self._unlisted.about in ("", address)


class _Open(dict[str, object]):
    """Answers of which some are missing: what is not here is not known, instead of not set."""

    __slots__ = ("_otherwise", "_parts")

    def __init__(self, answers: Mapping[str, object], parts: Mapping[str, Unknown], otherwise: Unknown | None) -> None:
        super().__init__(answers)
        self._parts = parts
        self._otherwise = otherwise

    def get(self, key: str, default: object = None) -> object:
        if key in self:
            return self[key]
        return self._parts.get(key, default if self._otherwise is None else self._otherwise)


def _answered(one: Collected, reason_of: Callable[[Refusal], Reason]) -> dict[str, object]:
    """The answers of a resource; what was refused or not asked for is not known."""
    refused = {part: Unknown((reason_of(refusal),)) for part, refusal in one.refused.items()}
    kind = kinds().get(one.type)
    parts = dict.fromkeys(kind.parts if kind is not None else (), Unknown((UNASKED,)))
    parts.update(refused)
    otherwise = refused.get("")  # What is merged into the resource itself may be anything that is not there.
    parts.pop("", None)
    return _Open(one.answers, parts, otherwise)


class _Reasons:
    """Why calls of one account were not answered: one reason for all Regions in which the same call met the same."""

    def __init__(self, snapshot: AccountSnapshot) -> None:
        self._everywhere = len(snapshot.regions)
        self._regions: dict[tuple[str, ...], set[str]] = {}
        self._reasons: dict[tuple[str, ...], Reason] = {}
        for refusal in _refusals(snapshot):
            self._regions.setdefault(_same(refusal), set()).add(refusal.region)

    def of(self, refusal: Refusal) -> Reason:
        key = _same(refusal)
        found = self._reasons.get(key)
        if found is None:
            regions = sorted(self._regions.get(key, {refusal.region}) - {""})
            found = self._reasons[key] = reason_of(refusal, _in(regions, self._everywhere))
        return found


def _refusals(snapshot: AccountSnapshot) -> Iterator[Refusal]:
    whole = (snapshot.failed, snapshot.organization_unknown, *(one.refusal for one in snapshot.unlisted))
    yield from (refusal for refusal in whole if refusal is not None)
    for one in snapshot.resources:
        yield from one.refused.values()


def _same(refusal: Refusal) -> tuple[str, ...]:
    """What two refusals share that are one thing to do about."""
    if refusal.kind == DENIED:
        return refusal.kind, refusal.action, refusal.code
    if refusal.kind in (THROTTLED, EXPIRED):
        return refusal.kind, refusal.operation, refusal.code
    return refusal.kind, refusal.operation, refusal.code, refusal.message


def _in(regions: Sequence[str], everywhere: int) -> str:
    if len(regions) > _MOST_REGIONS:
        if len(regions) == everywhere:
            return f" in all {everywhere} Regions"
        named = ", ".join(regions[: _MOST_REGIONS - 1])
        return f" in {named} and {len(regions) - _MOST_REGIONS + 1} more"
    return f" in {', '.join(regions)}" if regions else ""


def reason_of(refusal: Refusal, where: str = "") -> Reason:
    """Why a call was not answered, and what to do about it. `where` is said instead of the refusal's own Region."""
    where = where or _in([refusal.region] if refusal.region else [], 0)
    code = f" ({refusal.code})" if refusal.code else ""
    if refusal.kind == DENIED:
        settle = f"allow `{refusal.action}`"
        if refusal.action == _ENTERING:
            settle += ", and let the trust policy of the role name who asks"
        return Reason(Why.DENIED, f"`{refusal.action}` was refused{where}{code}", settle)
    if refusal.kind == THROTTLED:
        said = f"`{refusal.operation}` was throttled{where} until all attempts were spent{code}"
        return Reason(Why.DENIED, said, "ask with fewer at a time, or later")
    if refusal.kind == EXPIRED:
        said = f"the credentials expired before `{refusal.operation}`{where}"
        return Reason(Why.DENIED, said, "resume with new ones")
    said = f"`{refusal.operation}` failed{where}: {refusal.code}: {refusal.message}"
    return Reason(Why.DENIED, said, "read the account again")
