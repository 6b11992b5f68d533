"""Finding the resources of a kind: the steps of a listing, made one after another."""

from __future__ import annotations

from guardrails.sources.aws.calling import CallError
from guardrails.sources.aws.filling import at, filled
from guardrails.sources.aws.kind import arn_fields
from guardrails.sources.aws.snapshot import Unlisted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from guardrails.sources.aws.asking import Asking
    from guardrails.sources.aws.kind import Kind, Listing, Step
    from guardrails.sources.aws.snapshot import Refusal


class Found:
    """One resource that is being read."""

    __slots__ = ("account", "address", "answers", "asked", "gone", "kind", "matters", "pointed", "refused", "region")

    def __init__(self, kind: Kind, address: str, account: str, region: str, answers: dict[str, object]) -> None:
        self.kind = kind
        self.address = address
        self.account = account
        """Whose it is; a trail of an organization is seen in accounts that do not own it."""
        self.region = region
        self.answers = answers
        self.refused: dict[str, Refusal] = {}
        self.matters = not kind.sparing
        self.asked: set[str] = set()
        """Parts that were asked for, or that need not be."""
        self.pointed = False
        """What it points at was looked at."""
        self.gone = False

    def context(self, place: Mapping[str, object]) -> dict[str, object]:
        return {**self.answers, **place, "region": self.region, "address": self.address}


class Listed:
    """What one listing brought in one place."""

    __slots__ = ("contexts", "unlisted")

    def __init__(self) -> None:
        self.contexts: list[tuple[dict[str, object], dict[str, object]]] = []
        """Each with the item itself and all that is known where it stands."""
        self.unlisted: list[Unlisted] = []


def listed(kind: Kind, listing: Listing, asking: Asking, region: str, start: Mapping[str, object]) -> Listed:
    """Every item of the listing. What is refused at a later step costs that step's items only."""
    made = Listed()
    waiting: list[tuple[dict[str, object], dict[str, object]]] = [({}, dict(start))]
    for number, step in enumerate(listing.steps):
        further: list[tuple[dict[str, object], dict[str, object]]] = []
        for item, context in waiting:
            if step.only is not None and not step.only(context):
                if step.adds:
                    further.append((item, context))
                continue
            try:
                answer = asking.answer(region, step.call, step.parameters, context)
            except CallError as error:
                if step.adds and number:
                    further.append((item, context))
                elif not step.adds:
                    about = filled(step.about, context) if number else str(start.get("address") or "")
                    made.unlisted.append(Unlisted((kind.type,), region, error.refusal, about))
                continue
            further += _items(kind, step, answer, item, context)
        waiting = further
    made.contexts = waiting
    return made


def _items(
    kind: Kind, step: Step, answer: object, before: dict[str, object], context: dict[str, object]
) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    found = step.pick(answer) if step.pick is not None and isinstance(answer, dict) else at(answer, step.items)
    for one in found if isinstance(found, list) else [] if found is None else [found]:
        members = one if isinstance(one, dict) else {"item": one}
        here = {**context, **members}
        names = {name: filled(text, here) for name, text in step.names.items()}
        item = {**before, **names} if step.adds else {**before, **members} if kind.merged else members
        yield item, {**here, **names}


def resource(kind: Kind, item: dict[str, object], context: Mapping[str, object]) -> Found | None:
    """The resource that an item is; None where it is none of this kind."""
    address = filled(kind.address, context)
    if not address:
        return None
    item = {name: said for name, said in item.items() if name not in kind.leaves_out}
    own: dict[str, object] = {name: filled(text, context) for name, text in kind.own.items()}
    if kind.listed is None:
        answers = own
    elif kind.listed:
        answers = {**own, kind.listed: item}
    else:
        answers = {**item, **own}
    owner = arn_fields(address)[3]  # none of a bucket, and no number of what AWS itself provides
    account = owner if owner.isdecimal() else str(context["account"])
    return Found(kind, address, account, filled(kind.region, context), answers)
