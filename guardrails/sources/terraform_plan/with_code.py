"""A plan or state together with the code that it was made of: judged as one, with the places that the code has."""

from __future__ import annotations

from guardrails.kernel.block import Deployment
from guardrails.kernel.record import changed
from guardrails.kernel.value import Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.deployment import OpaqueCall
from guardrails.sources.terraform.evaluated import BodyBlock
from guardrails.sources.terraform_plan.blocks import PlanBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.kernel.block import HidingPlace, RawResource, WrittenWaiver
    from guardrails.kernel.origin import Origin
    from guardrails.sources.terraform.deployment import TerraformDeployment
    from guardrails.sources.terraform_plan.deployment import PlanDeployment
    from guardrails.sources.terraform_plan.instances import Instance

_SHOWN = 3
_CALLER = "data.aws_caller_identity"


class CodeDeployment(Deployment):
    """What a plan makes of its code, or what a state holds of it.

    A resource that only the file has is judged by the file alone. One that only the code has is not part of it.
    """

    dialect = "tf"

    def __init__(self, planned: PlanDeployment, code: TerraformDeployment, differences: tuple[Reason, ...]) -> None:
        self.source = planned.source
        self.target = code.target
        self._planned = planned
        self._code = code
        self._differences = differences
        planned.known.advise = self._advise
        self._found: dict[str, tuple[RawResource, ...]] = {}
        self._accounts: dict[str, str] | None = None
        self._unplanned: list[str] = []
        self._uncoded: list[str] = []

    def _advise(self) -> str:
        """How to get at the code that is not here: of a module that is not downloaded, or lies elsewhere."""
        opaque = [place for place in self._code.hiding_places() if isinstance(place, OpaqueCall)]
        return next((place.reason.settle for place in opaque if place.reason.settle), "")

    def types(self) -> frozenset[str]:
        return self._planned.types() | self._code.types()

    def resources(self, type: str) -> tuple[RawResource, ...]:
        found = self._found.get(type)
        if found is None:
            found = self._found[type] = tuple(self._planned.limited(self._resources(type)))
        return found

    def _resources(self, type: str) -> Iterable[RawResource]:
        known, contents = self._planned.known, self._planned.contents
        written = {raw.address: raw for raw in self._code.resources(type)} if type in self._code.types() else {}
        for address, raw in written.items():
            instance = known.at(address)
            if instance is not None and instance.kind == type:
                yield self._located(raw) if contents.is_plan else self._placed(instance, raw)
            elif type.startswith("data.") or not contents.complete:
                yield self._located(raw)
            elif raw.exists.reasons == () and contents.is_plan:
                self._unplanned.append(address)
        for instance in known.of_type(type):
            if instance.address not in written:
                if not type.startswith("data."):
                    self._uncoded.append(instance.address)
                yield self._planned.raw(instance)

    def _placed(self, instance: Instance, raw: RawResource) -> RawResource:
        """An existing resource, with the places that its block in the code has."""
        held = self._planned.raw(instance)
        assert isinstance(held.block, PlanBlock)
        assert isinstance(raw.block, BodyBlock)
        location, mine = self._located(raw).location, held.location
        account = mine.account if mine.account.settled else location.account
        region = mine.region if mine.region.settled else location.region
        location = changed(location, account=account, region=region)
        return changed(held, block=held.block.standing_at(raw.block), location=location)

    def _located(self, raw: RawResource) -> RawResource:
        """A resource of the code, in the account that a data source found behind its provider."""
        location = raw.location
        if location.account.settled:
            return raw
        if self._accounts is None:
            self._accounts = self._found_accounts()
        account = self._accounts.get(location.credentials)
        if account is None:
            return raw
        return changed(raw, location=changed(location, account=Value.of(account, location.account.origin)))

    def _found_accounts(self) -> dict[str, str]:
        """The accounts that were looked up, by how they are reached."""
        found: dict[str, str] = {}
        for raw in self._code.resources(_CALLER) if _CALLER in self._code.types() else ():
            instance = self._planned.known.at(raw.address)
            account = instance.values.get("account_id") if instance is not None else None
            if isinstance(account, str) and account:
                found[raw.location.credentials] = account
        return found

    def hiding_places(self) -> tuple[HidingPlace, ...]:
        return self._planned.hiding_places()

    def gaps(self) -> tuple[Reason, ...]:
        # What a module makes that is not here stands in the plan.
        opaque = [place for place in self._code.hiding_places() if isinstance(place, OpaqueCall)]
        shown = {place.reason for place in opaque}
        gaps = [*self._planned.gaps(), *self._differences, *(gap for gap in self._code.gaps() if gap not in shown)]
        below = tuple(f"{place.address}{sign}" for place in opaque for sign in ".[")
        uncoded = [address for address in self._uncoded if not address.startswith(below)]
        if uncoded or self._unplanned:
            gaps.append(difference(self._planned, self.target, uncoded, self._unplanned))
        return tuple(dict.fromkeys(gaps))

    @property
    def origin(self) -> Origin:
        return self._code.origin

    @property
    def files(self) -> tuple[str, ...]:
        return (*self._planned.files, *self._code.files)

    @property
    def size(self) -> int:
        return sum(len(resources) for resources in self._found.values())

    def secrets(self) -> frozenset[str]:
        return self._code.secrets() | self._planned.secrets()

    def waivers(self) -> tuple[WrittenWaiver, ...]:
        return self._code.waivers()

    def release(self) -> None:
        self._found = {}
        self._code.release()
        self._planned.release()


def difference(planned: PlanDeployment, code: str, uncoded: Iterable[str], unplanned: Iterable[str]) -> Reason:
    """What says that a file and the code differ. A state may lag behind its code."""
    file = planned.files[0]
    said = [
        f"{lead} {_listed(names)}"
        for lead, names in ((f"`{file}` alone has", list(uncoded)), ("the code alone has", list(unplanned)))
        if names
    ]
    detail = f"`{file}` was not made of the code in `{code}` as it is now: {'; '.join(said)}"
    why = Why.INVALID if planned.contents.is_plan else Why.ELSEWHERE
    return Reason(why, detail, "make it anew, or name the code that it was made of", planned.origin)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
