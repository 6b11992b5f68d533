"""The values of a plan or state as the blocks that lowerings read."""

from __future__ import annotations

from guardrails.kernel.block import Block
from guardrails.kernel.many import Many
from guardrails.kernel.origin import How, Origin
from guardrails.kernel.value import Value
from guardrails.kernel.why import MadeOf, Reason, Why
from guardrails.sources.terraform.evaluated import BodyBlock
from guardrails.sources.terraform.evaluated import document as document_in
from guardrails.sources.terraform.expansion import EXISTS
from guardrails.sources.terraform.kernel_values import value_of
from guardrails.sources.terraform.values import Made, Unknown
from guardrails.sources.terraform_plan import provider_facts
from guardrails.sources.terraform_plan.shapes import listed, mapping, marked, part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from guardrails.kernel.truth import Truth
    from guardrails.sources.terraform_plan.configuration import Lead
    from guardrails.sources.terraform_plan.deployment import Known
    from guardrails.sources.terraform_plan.instances import Instance

_EMPTY: tuple[object, ...] = ("", [], {})


class PlanBlock(Block):
    """A resource instance, or a block nested in one."""

    __slots__ = ("_code", "_expressions", "_known", "_origin", "_resource", "_sensitive", "_unknown", "_values", "kind")

    def __init__(
        self,
        known: Known,
        resource: Instance,
        values: dict[str, Any],
        unknown: object,
        sensitive: object,
        expressions: dict[str, Any] | None,
        origin: Origin,
        kind: str = "",
        code: BodyBlock | None = None,
    ) -> None:
        self._known = known
        self._resource = resource
        self._values = values
        self._unknown = unknown
        self._sensitive = sensitive
        self._expressions = expressions
        """What is written in the block, by name; None where the configuration does not show it."""
        self._origin = origin
        self.kind = kind
        """What a nested block is called; empty for a resource."""
        self._code = code
        """The same block in the code, where that is at hand."""

    def standing_at(self, code: BodyBlock) -> PlanBlock:
        """The same values, seen at the places that the code has for them."""
        return PlanBlock(
            self._known,
            self._resource,
            self._values,
            self._unknown,
            self._sensitive,
            self._expressions,
            code.origin,
            self.kind,
            code,
        )

    @property
    def origin(self) -> Origin:
        return self._origin

    def names(self) -> tuple[str, ...]:
        known = {name for name, value in self._values.items() if value is not None}
        return tuple(sorted(known | mapping(self._unknown).keys()))

    def attribute(self, name: str) -> Value[object]:
        value = self._evaluated(name)
        return Value.unset(self._origin.named(name)) if value is None else value_of(value, self._place(name))

    def elements(self, name: str) -> Many[Value[object]]:
        value, place = self._evaluated(name), self._place(name)
        noun = f"`{name}`"
        if value is None:
            return Many((), owner=self._origin.named(name), noun=noun)
        if isinstance(value, list):
            return Many(tuple((value_of(item, place), EXISTS) for item in value), owner=place, noun=noun)
        if isinstance(value, Unknown):
            return Many((), value.reasons, owner=place, noun=noun)
        return Many(((value_of(value, place), EXISTS),), owner=place, noun=noun)

    def document(self, name: str) -> Many[Block]:
        value = self._evaluated(name)
        if isinstance(value, Unknown):
            leads = self._known.leads(mapping(self._expressions).get(name), self._resource)
            value = self._known.rendered(value, leads)
        noun = f"`{name}` document"
        if value is None:
            return Many((), owner=self._origin.named(name), noun=noun)
        return document_in(value, self._place(name), None, noun)

    def blocks(self, name: str) -> Many[Block]:
        place = self._place(name)
        noun = f"`{name}` block"
        if not self.kind and name == "lifecycle" and self._code is not None:
            return self._code.blocks(name)
        if not self.kind and name == "lifecycle":
            what = "state" if self._known.is_state else "plan"
            gap = Reason(Why.CANNOT_SAY, f"a {what} does not hold `lifecycle`", self._known.advice, self._origin)
            return Many((), (gap,), owner=self._origin, noun=noun)
        value, mask = self._values.get(name), part(self._unknown, name)
        if self._is_copied(name, block=True):
            value, mask = None, False
        if mask is True and not isinstance(value, list):
            return Many((), self._why_open(name, place), owner=self._origin, noun=noun)
        items = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        inner = self._inner_expressions(name, items)
        coded = self._inner_code(name, len(items))
        members: list[tuple[Block, Truth]] = []
        gaps: list[Reason] = []
        for at, item in enumerate(items):
            many = isinstance(value, list)
            unknown = part(mask, at) if many else mask
            if unknown is True:
                gaps += self._why_open(name, place)
            elif isinstance(item, dict):
                sensitive = part(self._sensitive, name)
                sensitive = part(sensitive, at) if many else sensitive
                code = coded[at]
                origin = _withheld(code.origin if code is not None else self._origin, sensitive is True)
                block = PlanBlock(self._known, self._resource, item, unknown, sensitive, inner[at], origin, name, code)
                members.append((block, EXISTS))
        return Many(tuple(members), tuple(dict.fromkeys(gaps)), owner=self._origin, noun=noun)

    # --- one attribute

    def _evaluated(self, name: str) -> object:
        value, mask = self._values.get(name), part(self._unknown, name)
        if self._is_copied(name):
            return None
        if marked(mask):
            if mask is True and self._is_left(name):
                return None  # the provider makes it up; nobody wrote it
            return self._open(name, value, mask)
        if value in _EMPTY or self._means_nothing(name, value):
            return None
        return self._known.looked_up(value) or value if isinstance(value, str) else value

    def _means_nothing(self, name: str, value: object) -> bool:
        """Whether a zero stands for an argument that is not set: the two are one for many providers."""
        if isinstance(value, bool) or value != 0:
            return False
        return self._is_left(name) or name in provider_facts.NEVER_ZERO.get(self.kind, ())

    def _is_left(self, name: str) -> bool:
        """Whether it is seen that an argument is not written."""
        return self._expressions is not None and name not in self._expressions

    def _is_copied(self, name: str, *, block: bool = False) -> bool:
        """Whether the provider copies here what is written in a resource of its own."""
        if self.kind:
            return False
        return self._known.copies(self._resource, name, unknown=part(self._unknown, name) is True, block=block)

    def _open(self, name: str, value: object, mask: object) -> object:
        """A value of which not all is known; what it refers to is told apart where each part has its own reference."""
        leads = self._known.leads(mapping(self._expressions).get(name), self._resource)
        lost = next((lead.lost for lead in leads if lead.lost), "")
        if lost or len(leads) != _holes(mask):
            leads = []
        waiting = iter(leads)
        return filled(value, mask, lambda: self._hole(name, lost, next(waiting, None)))

    def _hole(self, name: str, lost: str, lead: Lead | None) -> Unknown:
        what = f"`{self._resource.address}.{f'{self.kind}.' if self.kind else ''}{name}`"
        place = self._place(name)
        if lead is not None:
            made_of = ".".join([lead.address, *map(str, lead.path)])
            detail = f"{what} is made of `{made_of}`, which is known only after apply"
            return Made((MadeOf(Why.AFTER_APPLY, detail, self._known.advice, place, lead.address),))
        if lost:
            self._known.lost.setdefault(what)
            detail = f"{what} follows from `{lost}`, which a plan does not hold"
            return Unknown((Reason(Why.CANNOT_SAY, detail, self._known.advice, place),))
        settle = "" if self._is_left(name) else self._known.advice
        return Unknown((Reason(Why.AFTER_APPLY, f"{what} is known only after apply", settle, place),))

    # --- nested blocks

    def _why_open(self, name: str, place: Origin) -> tuple[Reason, ...]:
        detail = f"the `{name}` blocks of `{self._resource.address}` are known only after apply"
        return (Reason(Why.AFTER_APPLY, detail, self._known.advice, place),)

    def _inner_expressions(self, name: str, items: list[Any]) -> list[dict[str, Any] | None]:
        """What is written in each nested block, where it is certain which is which."""
        unknown: list[dict[str, Any] | None] = [None] * len(items)
        written = (self._expressions or {}).get(name)
        blocks = [written] if isinstance(written, dict) else listed(written)
        if len(blocks) != len(items):
            return unknown  # dynamic blocks among them
        pairs = list(zip(map(mapping, blocks), items, strict=True))
        return [block for block, _ in pairs] if all(_agrees(block, item) for block, item in pairs) else unknown

    def _inner_code(self, name: str, count: int) -> list[BodyBlock | None]:
        """The same nested blocks in the code, if there are as many."""
        if self._code is not None and count:
            found = [block for block, _ in self._code.blocks(name).members() if isinstance(block, BodyBlock)]
            if len(found) == count:
                return list(found)
        return [None] * count

    # --- places

    def _place(self, name: str) -> Origin:
        origin = self._code.place(name) if self._code is not None else self._origin.named(name)
        return _withheld(origin, part(self._sensitive, name))


def _withheld(origin: Origin, sensitive: object) -> Origin:
    """A place, marked where what stands there is not to be shown."""
    if not marked(sensitive) or origin.how is How.SENSITIVE:
        return origin
    return Origin(origin.source, origin.start, origin.stop, How.SENSITIVE, origin.via, origin.attribute)


def _agrees(expressions: dict[str, Any], values: object) -> bool:
    """Whether a block may be the one that is written so: sets have an order of their own."""
    for name, expression in expressions.items():
        given = mapping(values).get(name)
        if isinstance(expression, dict) and "constant_value" in expression and given is not None:
            constant = expression["constant_value"]
            if isinstance(constant, (str, int, bool)) and _text(constant) != _text(given):
                return False
    return True


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holes(mask: object) -> int:
    if isinstance(mask, dict):
        return sum(map(_holes, mask.values()))
    if isinstance(mask, list):
        return sum(map(_holes, mask))
    return int(mask is True)


def filled(value: object, mask: object, hole: Callable[[], object]) -> object:
    """A value with its holes filled."""
    if mask is True:
        return hole()
    if isinstance(mask, dict):
        inside = mapping(value)
        return {key: filled(inside.get(key), part(mask, key), hole) for key in sorted({*inside, *mask})}
    if isinstance(mask, list):
        items = listed(value)
        return [
            filled(items[at] if at < len(items) else None, part(mask, at), hole)
            for at in range(max(len(items), len(mask)))
        ]
    return value
