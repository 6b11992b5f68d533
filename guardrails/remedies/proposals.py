"""From the steps that a policy's author names to texts of files: the steps carried out wherever they may be meant."""

from __future__ import annotations

from guardrails.kernel.record import Record, changed
from guardrails.remedies.blocks import Whole, written
from guardrails.remedies.code import Place, Spot, expression, is_repeated, mention, reference
from guardrails.remedies.edits import (
    ComputedError,
    RefusedError,
    argument_of,
    block_around,
    with_argument,
    with_block,
    with_elements,
    with_text_behind,
    without_blocks,
)
from guardrails.remedies.statements import with_condition, with_statement
from guardrails.remedies.steps import (
    AddBlock,
    AddCondition,
    AddResource,
    AddStatement,
    AddToList,
    LeftToYou,
    NarrowFilter,
    Nested,
    NoticeCalls,
    RemoveBlocks,
    SetArgument,
    UseResource,
)
from guardrails.sources.terraform.hcl.nodes import GetAttribute, Name, ObjectExpression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from guardrails.findings import Finding
    from guardrails.kernel.origin import Origin
    from guardrails.remedies.code import Code, Texts
    from guardrails.remedies.steps import BlockStep, NewStatement, Step
    from guardrails.sources.terraform.hcl.nodes import Block

_DATA = {
    "{account}": ("aws_caller_identity", "account_id"),
    "{partition}": ("aws_partition", "partition"),
    # `id` is the Region's name with every version of the provider.
    "{region}": ("aws_region", "id"),
}
"""What values may ask for: the data source, and its attribute."""


class Draft(Record):
    """Files with some steps done."""

    texts: Texts
    names: Mapping[str, tuple[str, str]] = {}
    """What was added under a name: the folder of its module, and how other blocks there refer to it."""
    behind: Mapping[Spot, Spot] = {}
    """By the block that resources were added beside: the last of them."""
    used: tuple[tuple[Spot, bool], ...] = ()
    """What was there and has a new use, and whether verdicts on it may be open then."""


class Proposals:
    """What might close one finding.

    `lacks` tells whether the judged resource surely has nothing that an attribute of the model speaks of, `unnoticed`
    gives a file by which somebody would be told of calls, or None where nothing is to be done.
    """

    def __init__(
        self,
        code: Code,
        finding: Finding,
        texts: Texts,
        lacks: Callable[[str], bool],
        unnoticed: Callable[[NoticeCalls, Texts, list[str]], Iterator[tuple[str, str] | None]],
    ) -> None:
        self._code = code
        self._finding = finding
        self._judged = texts
        """What the finding was found in: its places are places of these texts."""
        self._lacks = lacks
        self._unnoticed = unnoticed

    def of(self, steps: Sequence[Step], reasons: list[str]) -> Iterator[Draft]:
        """Files with all the steps done, for each choice of blocks that they may be about; `reasons` takes why there
        are no more."""
        waiting: list[Iterator[Draft]] = [iter((Draft(self._judged),))]
        while waiting:
            draft = next(waiting[-1], None)
            if draft is None:
                waiting.pop()
            elif len(waiting) > len(steps):
                yield draft
            else:
                waiting.append(self._after(steps[len(waiting) - 1], draft, reasons))

    def _after(self, step: Step, draft: Draft, reasons: list[str]) -> Iterator[Draft]:
        if isinstance(step, NoticeCalls):
            for edit in self._unnoticed(step, draft.texts, reasons):
                yield changed(draft, texts={**draft.texts, **dict((edit,) if edit else ())})
            return
        if isinstance(step, UseResource):
            yield from self._using(step, draft, reasons)
            return
        if isinstance(step, LeftToYou):
            reasons.append(step.why)
            return
        for place in self._places(step, reasons):
            try:
                made = self._made(step, place, draft)
            except RefusedError as error:
                reasons.append(str(error))
            else:
                yield made

    # --- where

    def _places(self, step: BlockStep, reasons: list[str]) -> list[Place]:
        """The blocks that a step may be about."""
        subject = self._found(self._finding.subject, reasons)
        module = self._module(reasons)
        pointed = [self._found(origin, reasons) for origin in self._origins()]
        if isinstance(step, AddCondition):
            return list(dict.fromkeys(place for place in pointed if place is not None))[:1]
        if isinstance(step, NarrowFilter):
            return [subject] if subject is not None else []
        wanted = step.beside if isinstance(step, AddResource) else step.on
        if not wanted:
            if subject is None:
                return []
            # The place tells which of several nested blocks is meant.
            return [next((one for one in pointed if one is not None and one.spot == subject.spot), subject)]
        found = [place for place in pointed if place is not None and place.spot.kind in wanted]
        if module is not None:
            says = mention(subject.spot.address) if subject is not None else None
            others = list(self._others(module, wanted))
            found += [Place(spot, module.via) for spot, text in others if says is not None and says.search(text)]
            if _is_wide(step):
                found += [Place(spot, module.via) for spot, _ in others]
        first: dict[Spot, Place] = {}
        for one in found:
            first.setdefault(one.spot, one)
        return list(first.values())

    def _module(self, reasons: list[str]) -> Place | None:
        """A place in the module that the finding is about: of an account, the first that it points at."""
        for origin in (self._finding.subject, self._finding.origin, *(one.origin for one in self._finding.because)):
            place = self._found(origin, reasons)
            if place is not None:
                return place
        return None

    def _others(self, beside: Place, wanted: Sequence[str]) -> Iterator[tuple[Spot, str]]:
        return ((spot, text) for spot, text in self._code.module(beside.spot.path, self._judged) if spot.kind in wanted)

    def _origins(self) -> Iterator[Origin]:
        yield self._finding.origin
        yield from (one.origin for one in self._finding.because)
        yield self._finding.subject

    def _found(self, origin: Origin, reasons: list[str]) -> Place | None:
        try:
            return self._code.place(origin, self._judged)
        except RefusedError as error:
            reasons.append(str(error))
            return None

    # --- what

    def _made(self, step: BlockStep, place: Place, draft: Draft) -> Draft:
        path = place.spot.path
        text = self._code.text(path, draft.texts)
        block = self._code.block(place.spot, draft.texts)
        if isinstance(step, SetArgument):
            return self._set(step, place, draft)
        if isinstance(step, AddResource):
            return self._added(step, place, draft)
        if isinstance(step, AddBlock):
            draft, spec = self._nested(step.block, place, draft)
            text, block = self._code.text(path, draft.texts), self._code.block(place.spot, draft.texts)
            made = with_block(path, text, block.start, step.within, spec, place.nested)
        elif isinstance(step, AddToList):
            draft, values = self._values(step.values, place, draft)
            text, block = self._code.text(path, draft.texts), self._code.block(place.spot, draft.texts)
            made = with_elements(path, text, block.start, step.name, values)
        elif isinstance(step, AddStatement):
            draft, statement = self._statement(step.statement, place, draft)
            text, block = self._code.text(path, draft.texts), self._code.block(place.spot, draft.texts)
            made = with_statement(path, text, block, step.argument, statement)
        elif isinstance(step, NarrowFilter):
            from guardrails.remedies.alarms import Written, narrowed  # it knows all of monitoring

            made = narrowed(Written(path, text, block), step.condition)
        elif isinstance(step, AddCondition):
            offset = place.offset - self._code.block(place.spot, self._judged).start
            draft, values = self._values(step.values, place, draft)
            text, block = self._code.text(path, draft.texts), self._code.block(place.spot, draft.texts)
            made = with_condition(path, text, block, place.nested, offset, changed(step, values=values))
        else:
            made = without_blocks(path, text, block.start, step.types)
        return changed(draft, texts={**draft.texts, path: made})

    def _set(self, step: SetArgument, place: Place, draft: Draft) -> Draft:
        """An argument set where its value comes from: in the block, or in a call of the module that it is in."""
        place, within, name = self._decided(step.within, step.name, place, draft.texts, replaces=step.replaces)
        draft, (value,) = self._values((step.value,), place, draft)
        path = place.spot.path
        block = self._code.block(place.spot, draft.texts)
        text = self._code.text(path, draft.texts)
        made = with_argument(path, text, block.start, within, name, value, place.nested, replaces=step.replaces)
        return changed(draft, texts={**draft.texts, path: made})

    def _decided(
        self, within: Sequence[str], name: str, place: Place, texts: Texts, *, replaces: bool
    ) -> tuple[Place, Sequence[str], str]:
        """The block in which an argument gets its value: this one, or the call of the module that is told it."""
        while True:
            path = place.spot.path
            try:
                argument_of(path, self._code.block(place.spot, texts), within, name, place.nested, replaces=replaces)
            except ComputedError as error:
                handed_in = error.argument.value
                if not (
                    isinstance(handed_in, GetAttribute)
                    and isinstance(handed_in.target, Name)
                    and handed_in.target.name == "var"
                    and place.via
                ):
                    raise
                call = place.via[-1]
                caller = self._code.real(call.source.path)
                block = block_around(caller, self._code.text(caller, self._judged), call.offset)
                if block is None or block.type != "module":
                    raise
                place = Place(Spot(caller, block.type, block.labels), place.via[:-1])
                within, name = (), handed_in.name
            else:
                return place, within, name

    def _added(self, step: AddResource, place: Place, draft: Draft) -> Draft:
        for origin in () if step.for_argument or step.only_for else self._origins():
            there = self._code.place(origin, self._judged)
            if there is not None and there.spot.kind == step.type and there.spot != place.spot:
                raise RefusedError(f"{there.spot.path} has such a resource already: `{there.spot.address}`")
        if step.unless and not self._lacks(step.unless):
            raise RefusedError(
                f"`{self._finding.resource}` may have an `{step.type}` already, which cannot be changed here"
            )
        if step.for_argument:
            place, _, _ = self._decided((), step.for_argument, place, self._judged, replaces=True)
        label = step.label or place.spot.labels[-1]
        taken: set[str] = set()
        says = mention(place.spot.address)
        ours = {address.partition("[")[0] for _, address in draft.names.values()}
        for spot, said in self._code.module(place.spot.path, draft.texts):
            if spot.kind == step.type:
                taken.add(spot.labels[-1])
                if not (step.for_argument or step.only_for) and says.search(said) and spot.address not in ours:
                    raise RefusedError(f"`{spot.address}` is there already and differs")
        if step.only_for:
            says = mention(draft.names[step.only_for][1].partition("[")[0])
            for spot, said in self._code.module(place.spot.path, draft.texts):
                if spot.kind == step.type and says.search(said):
                    raise RefusedError(f"`{spot.address}` is there already and differs")
        label = next(one for number in range(1, 1000) if (one := numbered(label, number)) not in taken)
        draft, values = self._values(tuple(step.arguments.values()), place, draft)
        blocks: list[Nested] = []
        for inner in step.blocks:
            draft, spec = self._nested(inner, place, draft)
            blocks.append(spec)
        beside = self._code.block(place.spot, draft.texts)
        text = self._code.text(place.spot.path, draft.texts)
        new = Spot(place.spot.path, "resource", (step.type, label))
        arguments = {
            **_provider(text, beside),
            **_repetition(text, beside, place.spot, alike=bool(step.for_argument)),
            **dict(zip(step.arguments, values, strict=True)),
        }
        return self._behind(place.spot, new, arguments, tuple(blocks), draft, step.known_as)

    def _behind(
        self,
        beside: Spot,
        new: Spot,
        arguments: Mapping[str, str],
        blocks: tuple[Nested, ...],
        draft: Draft,
        known_as: str = "",
    ) -> Draft:
        """A top-level block behind another and what was added there before."""
        path = beside.path
        at = self._code.block(draft.behind.get(beside, beside), draft.texts)
        text = self._code.text(path, draft.texts)
        made = with_text_behind(path, text, at.start, written(Whole(new.type, new.labels, arguments, blocks)))
        texts = {**draft.texts, path: made}
        names = dict(draft.names)
        if known_as:
            names[f"{{{known_as}}}"] = (new.folder, reference(new, self._code.block(new, texts)))
        return Draft(texts, names, {**draft.behind, beside: new}, draft.used)

    def _using(self, step: UseResource, draft: Draft, reasons: list[str]) -> Iterator[Draft]:
        module = self._module(reasons)
        if module is None:
            return
        for spot, _ in self._others(module, (step.type,)):
            if spot.type == "resource" and not is_repeated(self._code.block(spot, draft.texts)):
                names = {**draft.names, f"{{{step.known_as}}}": (spot.folder, spot.address)}
                yield changed(draft, names=names, used=(*draft.used, (spot, step.may_stay_open)))

    # --- values

    def _nested(self, block: Nested, place: Place, draft: Draft) -> tuple[Draft, Nested]:
        draft, values = self._values(tuple(block.arguments.values()), place, draft)
        inner: list[Nested] = []
        for one in block.blocks:
            draft, made = self._nested(one, place, draft)
            inner.append(made)
        return draft, Nested(block.type, dict(zip(block.arguments, values, strict=True)), tuple(inner))

    def _statement(self, statement: NewStatement, place: Place, draft: Draft) -> tuple[Draft, NewStatement]:
        kind, who = statement.principal
        draft, who = self._values(who, place, draft)
        draft, resources = self._values(statement.resources, place, draft)
        conditions: list[AddCondition] = []
        for one in statement.conditions:
            draft, values = self._values(one.values, place, draft)
            conditions.append(changed(one, values=values))
        made = changed(statement, principal=(kind, who), resources=resources, conditions=tuple(conditions))
        return draft, made

    def _values(self, values: tuple[str, ...], place: Place, draft: Draft) -> tuple[Draft, tuple[str, ...]]:
        """Values as they are written in the module of a place. What they ask for is added where it is not there."""
        said = " ".join(values)
        known = {"{label}": place.spot.labels[-1] if place.spot.labels else "main"}
        if "{subject}" in said:
            known["{subject}"] = self._subject(place, draft.texts)
        for name, (folder, address) in draft.names.items():
            if name in said:
                if folder != place.spot.folder:
                    raise RefusedError("what would be added cannot be referred to from where the change has to be made")
                known[name] = address
        for name, (source, attribute) in _DATA.items():
            if name in said:
                draft, address = self._data(source, place, draft)
                known[name] = f"{address}.{attribute}"
        made = values
        for name, value in known.items():
            made = tuple(one.replace(name, value) for one in made)
        return draft, made

    def _subject(self, place: Place, texts: Texts) -> str:
        """The judged resource, as a change is made here calls it."""
        judged = self._code.place(self._finding.subject, self._judged) or place
        said = reference(judged.spot, self._code.block(judged.spot, texts))
        if judged.spot != place.spot and ("[" in said or judged.spot.folder != place.spot.folder):
            raise RefusedError("the resource cannot be referred to from where the change has to be made")
        return said

    def _data(self, type: str, place: Place, draft: Draft) -> tuple[Draft, str]:
        """A data source about where a block is deployed, added where the module has none."""
        wanted = _provider(self._code.text(place.spot.path, draft.texts), self._code.block(place.spot, draft.texts))
        taken: set[str] = set()
        for spot, _ in self._code.module(place.spot.path, draft.texts):
            if spot.type == "data" and spot.kind == type:
                block = self._code.block(spot, draft.texts)
                taken.add(spot.labels[-1])
                is_alike = _provider(self._code.text(spot.path, draft.texts), block) == wanted
                if not is_repeated(block) and (is_alike or type == "aws_partition"):
                    return draft, spot.address
        label = next(one for number in range(1, 1000) if (one := numbered("current", number)) not in taken)
        new = Spot(place.spot.path, "data", (type, label))
        return self._behind(place.spot, new, wanted, (), draft), new.address


def _is_wide(step: BlockStep) -> bool:
    return not isinstance(step, AddCondition | NarrowFilter | RemoveBlocks) and step.anywhere


def numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


def _provider(text: str, block: Block) -> dict[str, str]:
    """The provider that a block is made with, and the Region that it names itself."""
    if block.type == "module":
        handed = block.body.arguments.get("providers")
        pairs = handed.value.pairs if handed is not None and isinstance(handed.value, ObjectExpression) else ()
        named = {text[key.start : key.stop]: text[value.start : value.stop] for key, value in pairs}
        return {"provider": named["aws"]} if named.get("aws", "aws") != "aws" else {}
    return {name: said for name in ("provider", "region") if (said := expression(text, block, name))}


def _repetition(text: str, block: Block, spot: Spot, *, alike: bool) -> dict[str, str]:
    """What makes a resource once for each instance of a block: by the same expression, or from these instances."""
    for name in ("count", "for_each"):
        said = expression(text, block, name)
        if said:
            return {name: said if alike else f"length({spot.address})" if name == "count" else spot.address}
    return {}
