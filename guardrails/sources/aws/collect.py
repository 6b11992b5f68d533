"""Reading one account: the generic executor of the call table.

First everything is listed that the table lists, then details are asked where they matter: a trail matters, and so does
what it points at, and what that points at, until nothing new is found. What is refused is recorded as refused. What is
not asked for is not in the snapshot; no default is ever put in its place.
"""

from __future__ import annotations

import time
from fnmatch import fnmatchcase

from guardrails.sources.aws.asking import Asking
from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.filling import at, filled, texts_at
from guardrails.sources.aws.kind import arn_fields
from guardrails.sources.aws.kinds import KINDS
from guardrails.sources.aws.listing import Found, listed, resource
from guardrails.sources.aws.pointing import mentioned, pointed_at
from guardrails.sources.aws.scope import Scope, Wishes
from guardrails.sources.aws.snapshot import AccountSnapshot, Collected, Refusal, Unlisted
from guardrails.sources.aws.threads import all_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from guardrails.sources.aws.calling import Caller
    from guardrails.sources.aws.kind import Kind, Listing, Part
    from guardrails.sources.aws.listing import Listed


__all__ = ["Scope", "Wishes", "collect", "mentioned"]


def collect(
    scope: Scope, types: frozenset[str], caller: Caller, wishes: Wishes | None = None, *, workers: int = 8
) -> AccountSnapshot:
    """What can be read of an account about resources of these types. Raises nothing for what AWS refuses."""
    return _Collecting(scope, types, caller, wishes or Wishes(), workers).snapshot()


class _Collecting:
    """The reading of one account."""

    def __init__(self, scope: Scope, types: frozenset[str], caller: Caller, wishes: Wishes, workers: int) -> None:
        self._scope = scope
        self._types = types
        self._kinds = tuple(kind for kind in KINDS.values() if kind.type in types)
        self._asking = Asking(caller)
        self._wishes = wishes
        self._workers = workers
        self._found: dict[tuple[str, str], Found] = {}
        self._unlisted: dict[tuple[str, Refusal, str], list[str]] = {}
        self._missing: set[str] = set()
        self._listed_of: set[tuple[str, str]] = set()
        self._probed: dict[str, Kind] = {}
        self._alone: dict[str, Kind] = {}
        """What nothing lists and something points at, until it was looked for."""
        self._place: dict[str, object] = {"account": scope.account, "partition": scope.partition}

    def snapshot(self) -> AccountSnapshot:
        began = _now()
        if self._wishes.wanted:
            self._list_wanted()
        else:
            self._list_all()
        self._close()
        self._probe()
        scope = self._scope
        return AccountSnapshot(
            scope.account,
            name=scope.name,
            partition=scope.partition,
            regions=scope.regions,
            left_out=scope.left_out,
            unasked=scope.unasked,
            types=self._types,
            resources=tuple(self._resources()),
            unlisted=tuple(
                Unlisted(tuple(types), region, refusal, about)
                for (region, refusal, about), types in self._unlisted.items()
            ),
            missing=tuple(sorted(self._missing)),
            organization_id=scope.organization_id,
            management_account=scope.management_account,
            organization_unknown=scope.organization_unknown,
            began=began,
            ended=_now(),
        )

    # --- listing ------------------------------------------------------------------------------------------------------

    def _list_all(self) -> None:
        wanted = [
            (kind, listing)
            for kind in self._kinds
            for listing in kind.listings
            if not listing.of and (not listing.wished or self._wishes.names.get(kind.type))
        ]
        first = [(kind, listing) for kind, listing in wanted if listing.after not in self._types]
        self._list([(kind, listing, region) for kind, listing in first for region in self._regions(kind)])
        # What can be only where something else is, once that is known.
        later = [(kind, listing) for kind, listing in wanted if listing.after in self._types]
        self._list(
            [
                (kind, listing, region)
                for kind, listing in later
                for region in self._regions(kind)
                if self._may_be_there(listing.after, region)
            ]
        )

    def _regions(self, kind: Kind) -> tuple[str, ...]:
        return self._scope.regions if kind.regional else ("",)

    def _may_be_there(self, type: str, region: str) -> bool:
        refused = any(place == region and type in types for (place, _, _), types in self._unlisted.items())
        return refused or any(one.region == region for one in self._found.values() if one.kind.type == type)

    def _list(self, listings: list[tuple[Kind, Listing, str]]) -> None:
        def task(kind: Kind, listing: Listing, region: str) -> Callable[[], Listed]:
            return lambda: listed(kind, listing, self._asking, region, {**self._place, "region": region})

        answers = all_of([task(*one) for one in listings], self._workers)
        for (kind, _, _), answer in zip(listings, answers, strict=True):
            self._take(kind, answer)

    def _take(self, kind: Kind, answer: Listed) -> None:
        for item, context in answer.contexts:
            found = resource(kind, item, context)
            if found is not None:
                self._found.setdefault((kind.type, found.address), found)
        for one in answer.unlisted:
            types = self._unlisted.setdefault((one.region, one.refusal, one.about), [])
            types += (kind for kind in one.types if kind not in types)

    def _list_wanted(self) -> None:
        """What others point at; of the listings only those without which it could not be found."""
        listings: list[tuple[Kind, Listing, str]] = []
        unlisted: list[tuple[str, Kind]] = []
        for kind in self._kinds:
            addresses = self._wanted(kind)
            if kind.seed is not None:
                for address in addresses:
                    self._found[kind.type, address] = self._seeded(kind, address)
            elif addresses:
                regions = sorted({arn_fields(address)[2] for address in addresses})
                listings += ((kind, listing, region) for listing in kind.listings for region in regions)
                if kind.alone is not None:
                    unlisted += ((address, kind) for address in addresses)
        self._list(listings)
        self._alone.update(
            (address, kind) for address, kind in unlisted if self._was_refused(kind.type, "") and not kind.regional
        )

    def _wanted(self, kind: Kind) -> list[str]:
        """The wanted addresses of a kind that may be this account's."""
        if kind.to_address is None:
            return []
        found = [
            address
            for address in sorted(self._wishes.wanted)
            if address.startswith("arn:") and kind.to_address(address, self._place) == address
        ]
        return [address for address in found if arn_fields(address)[3] in ("", self._scope.account)]

    def _seeded(self, kind: Kind, address: str) -> Found:
        assert kind.seed is not None
        _, _, region, account, _ = arn_fields(address)
        return Found(kind, address, account or self._scope.account, region, dict(kind.seed(address)))

    # --- details ------------------------------------------------------------------------------------------------------

    def _close(self) -> None:
        """Ask about what matters, and about what that points at, until nothing new is found."""
        while True:
            self._weigh()
            if due := [(one, parts) for one in self._found.values() if (parts := self._due(one))]:
                self._ask(due)
            elif belongings := self._belongings():
                self._list_belongings(belongings)
            elif not self._follow() and not self._look_for_those_alone():
                return

    def _weigh(self) -> None:
        for one in self._found.values():
            if not one.matters:
                one.matters = self._is_wished(one) or (
                    one.kind.evidence is not None
                    and not self._wishes.wanted
                    and one.kind.evidence(one.context(self._place))
                )

    def _is_wished(self, one: Found) -> bool:
        if one.address in self._wishes.wanted:
            return True
        patterns = self._wishes.names.get(one.kind.type, ()) if not self._wishes.wanted else ()
        names = texts_at(one.answers, one.kind.name) if patterns else []
        return any(fnmatchcase(arn_fields(name)[4] or name, pattern) for name in names for pattern in patterns)

    def _due(self, one: Found) -> list[Part]:
        """The parts of a resource that are to be asked for now."""
        asked = self._wishes.parts.get(one.kind.type)
        return [
            part
            for part in one.kind.details
            if part.name not in one.asked
            and not one.gone
            and (asked is None or part.always or not part.name or part.name in asked)
            and (one.matters or (part.always and self._is_in_scope(one)))
            and (one.account == self._scope.account or (part.foreign and one.account not in self._wishes.accounts))
        ]

    def _is_in_scope(self, one: Found) -> bool:
        """Whether it is of a Region that is read at all; and of what nobody points at nothing is read twice."""
        return not self._wishes.wanted and (not one.region or one.region in self._scope.regions)

    def _ask(self, due: list[tuple[Found, list[Part]]]) -> None:
        def task(one: Found, parts: list[Part]) -> Callable[[], None]:
            return lambda: self._ask_one(one, parts)

        all_of([task(*each) for each in due], self._workers)
        for key, one in list(self._found.items()):
            if one.gone:
                self._lose(one)
            elif one.kind.settled:
                self._settle(key, one)

    def _lose(self, one: Found) -> None:
        self._found.pop((one.kind.type, one.address), None)
        self._missing.add(one.address)

    def _ask_one(self, one: Found, parts: list[Part]) -> None:
        for part in parts:
            one.asked.add(part.name)
            context = one.context(self._place)
            if part.only is not None and not part.only(context):
                if part.name:
                    one.answers[part.name] = None
                continue
            try:
                answer = self._asking.answer(one.region, part.call, part.parameters, context)
            except CallError as error:
                if error.refusal.code in one.kind.gone and one.account == self._scope.account:
                    one.gone = True
                    return
                one.refused[part.name] = error.refusal
                continue
            said = None if answer is None else part.pick(answer, context) if part.pick else at(answer, part.path)
            if part.name:
                one.answers[part.name] = said
            elif isinstance(said, dict):
                one.answers.update((name, each) for name, each in said.items() if name not in one.kind.leaves_out)

    def _settle(self, key: tuple[str, str], one: Found) -> None:
        """A key that was asked for by its alias is known by its ARN from now on."""
        address = filled(one.kind.settled, one.context(self._place))
        if not address or address == one.address:
            return
        del self._found[key]
        one.address = one.answers["arn"] = address
        known = self._found.setdefault((one.kind.type, address), one)
        if known is not one and not known.asked:
            self._found[one.kind.type, address] = one

    # --- what belongs to a resource, and what it points at ------------------------------------------------------------

    def _belongings(self) -> list[tuple[Kind, Listing, Found]]:
        """The listings that are made for one resource each, for those that matter now."""
        found = []
        for kind in self._kinds:
            for listing in kind.listings:
                for one in self._found.values() if listing.of else ():
                    key = (kind.type, one.address)  # no kind has two such listings
                    if one.kind.type == listing.of and one.matters and key not in self._listed_of:
                        self._listed_of.add(key)
                        found.append((kind, listing, one))
        return found

    def _list_belongings(self, belongings: list[tuple[Kind, Listing, Found]]) -> None:
        def task(kind: Kind, listing: Listing, one: Found) -> Callable[[], Listed]:
            return lambda: listed(kind, listing, self._asking, one.region, one.context(self._place))

        answers = all_of([task(*each) for each in belongings], self._workers)
        for (kind, _, one), answer in zip(belongings, answers, strict=True):
            if any(unlisted.refusal.code in one.kind.gone for unlisted in answer.unlisted):
                self._lose(one)
            else:
                self._take(kind, answer)

    def _follow(self) -> bool:
        """Mark what resources that matter point at; whether anything new was found."""
        new = False
        for one in [one for one in self._found.values() if one.matters and not one.pointed]:
            one.pointed = True
            for address, kind in pointed_at(one.kind, one.answers, one.context(self._place), self._types):
                new = self._mark(kind, address) or new
                if kind.probe is not None and one.account == self._scope.account:
                    self._probed[address] = kind
        return new

    def _mark(self, kind: Kind, address: str) -> bool:
        known = self._found.get((kind.type, address))
        if known is not None:
            new, known.matters = not known.matters, True
            return new
        _, _, region, account, _ = arn_fields(address)
        if kind.alone is not None and self._was_refused(kind.type, region if kind.regional else ""):
            self._alone[address] = kind
        if account != self._scope.account or address in self._missing or region in self._scope.left_out:
            return False
        if kind.seed is not None:
            self._found[kind.type, address] = seeded = self._seeded(kind, address)
            seeded.matters = True
            return True
        if region in self._scope.regions and not self._wishes.wanted and not self._was_refused(kind.type, region):
            self._missing.add(address)
        return False

    def _look_for_those_alone(self) -> bool:
        """Find what could not be listed by its address; whether anything was found."""

        def task(kind: Kind, address: str) -> Callable[[], Listed]:
            assert kind.alone is not None
            alone, start = kind.alone, {**self._place, "region": "", "address": address}
            return lambda: listed(kind, alone, self._asking, "", start)

        wanted, self._alone = [(kind, address) for address, kind in self._alone.items()], {}
        for (kind, address), answer in zip(wanted, all_of([task(*one) for one in wanted], self._workers), strict=True):
            self._take(kind, answer)
            if found := self._found.get((kind.type, address)):
                found.matters = True
        return any((kind.type, address) in self._found for kind, address in wanted)

    def _was_refused(self, type: str, region: str) -> bool:
        return any(place == region and type in types for (place, _, _), types in self._unlisted.items())

    def _probe(self) -> None:
        """Ask whether what is pointed at and not the account's own is there at all."""

        def task(kind: Kind, address: str) -> Callable[[], bool]:
            def is_gone() -> bool:
                assert kind.probe is not None
                try:
                    context = {**self._place, "address": address}
                    self._asking.answer("", kind.probe.call, kind.probe.parameters, context)
                except CallError as error:
                    return error.refusal.code in kind.gone
                return False

            return is_gone

        away = [(kind, address) for address, kind in self._probed.items() if (kind.type, address) not in self._found]
        away = [(kind, address) for kind, address in away if address not in self._missing]
        gone = all_of([task(*one) for one in away], self._workers)
        self._missing.update(address for (_, address), is_gone in zip(away, gone, strict=True) if is_gone)

    # --- the snapshot -------------------------------------------------------------------------------------------------

    def _resources(self) -> Iterator[Collected]:
        order = {kind.type: number for number, kind in enumerate(self._kinds)}
        for one in sorted(self._found.values(), key=lambda one: (order[one.kind.type], one.region, one.address)):
            if self._wishes.wanted and not one.matters:
                continue
            answers = one.answers
            if not one.matters and one.kind.evidence is not None:  # what was read to find out is nobody's business
                answers = {name: said for name, said in answers.items() if name not in _always(one.kind)}
            owner = "" if one.account == self._scope.account else one.account
            yield Collected(one.kind.type, one.address, one.region, owner, answers, one.refused)


def _always(kind: Kind) -> set[str]:
    return {part.name for part in kind.details if part.always}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
