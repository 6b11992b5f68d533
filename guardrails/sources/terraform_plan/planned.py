"""A plan as the outcome that evaluation of its code asks for: it fills what the code leaves open, and no more.

What is known only after apply keeps the form that the code gives it: a reference or a text with references links and is
compared as in code alone, so that code and plan are judged alike.
"""

from __future__ import annotations

from guardrails.kernel.record import changed
from guardrails.kernel.truth import Verdict
from guardrails.kernel.why import MadeOf, Why
from guardrails.sources.terraform.documents import read_json
from guardrails.sources.terraform.expansion import EXISTS, Expansion, Slot
from guardrails.sources.terraform.hcl import nodes
from guardrails.sources.terraform.values import (
    Choice,
    HclSet,
    JsonText,
    Made,
    Ref,
    Text,
    Unknown,
    wholly_known,
)
from guardrails.sources.terraform_plan.configuration import VALUES_OF_PROVIDERS
from guardrails.sources.terraform_plan.instances import suffix_of, type_in
from guardrails.sources.terraform_plan.provider_facts import TELLING
from guardrails.sources.terraform_plan.shapes import listed, mapping, marked, part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from guardrails.kernel.why import Reason
    from guardrails.sources.terraform.bodies import Nested
    from guardrails.sources.terraform_plan.deployment import Known
    from guardrails.sources.terraform_plan.instances import Instance


class PlannedOutcome:
    """What a plan says about the instances of its root."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._keys: dict[tuple[str, str], dict[int | str | None, None]] = {}
        for instance in known.contents.resources:
            self._keys.setdefault((instance.module, instance.block), {})[instance.key] = None
            above = ""
            for name, key in instance.steps:
                self._keys.setdefault((above, f"module.{name}"), {})[key] = None
                above = f"{above}module.{name}{suffix_of(key)}."

    def expansion(self, module: str, block: str, repeated: str, found: Expansion) -> Expansion:
        if found.certain and all(slot.certain for slot in found.slots):
            return found
        keys = self._keys.get((module, block))
        if keys is None:
            # Nothing is planned in a module that makes nothing; of a resource that means that there is none.
            absent = self._known.contents.complete and not block.startswith("module.")
            return Expansion(repeated, ()) if absent else found
        if None in keys:
            return found
        slots = {slot.key: slot for slot in found.slots if not slot.symbolic}
        open_slot = next((slot for slot in found.slots if slot.symbolic), None)
        return Expansion(repeated, tuple(_slot(key, slots.get(key), open_slot) for key in sorted(keys, key=_order)))

    def looked_up(self, address: str, name: str) -> object:
        instance = self._known.at(address)
        if instance is None or instance.kind in TELLING or marked(part(instance.unknown, name)):
            return None
        return in_order(instance.values.get(name))

    def part(self, address: str) -> PlannedPart | None:
        instance = self._known.at(address)
        if instance is None:
            return None
        return PlannedPart(self._known, instance, instance.values, instance.unknown, instance.sensitive)


def _slot(key: int | str | None, found: Slot | None, otherwise: Slot | None) -> Slot:
    if found is not None:
        return changed(found, exists=EXISTS)
    value = otherwise.each_value if otherwise is not None else key
    if otherwise is not None and otherwise.each_key is otherwise.each_value:
        value = key  # of a set, or a count
    return Slot(key, key, value)


def _order(key: int | str | None) -> tuple[bool, int | str]:
    return (False, key) if isinstance(key, int) else (True, str(key))


class PlannedPart:
    """What was planned for a resource instance or a block nested in one."""

    __slots__ = ("_instance", "_known", "_sensitive", "_top", "_unknown", "_values")

    def __init__(
        self,
        known: Known,
        instance: Instance,
        values: dict[str, Any],
        unknown: object,
        sensitive: object,
        *,
        top: bool = True,
    ) -> None:
        self._known = known
        self._instance = instance
        self._values = values
        self._unknown = unknown
        self._sensitive = sensitive
        self._top = top

    def withheld(self, name: str) -> bool:
        return marked(part(self._sensitive, name))

    def settled(self, name: str, value: object) -> object:
        mask = part(self._unknown, name)
        if name not in self._values and mask is False:
            return value
        planned = self._values.get(name)
        if wholly_known(value):
            return _preferred(value, planned) if mask is False else value
        settled = fill(value, planned, mask)
        if mask is True and self._top and type(settled) is Unknown:
            return self._led(name, settled)
        return settled

    def _led(self, name: str, value: Unknown) -> Unknown:
        """A value that the code does not show is made of whatever the plan's references lead to."""
        block = self._known.configuration.block(self._instance)
        expression = mapping(mapping(block).get("expressions")).get(name)
        leads = [lead for lead in self._known.leads(expression, self._instance) if not lead.lost]
        if len(leads) != 1 or len(value.reasons) != 1:
            return value
        why = value.reasons[0]
        return Made((MadeOf(Why.AFTER_APPLY, why.detail, why.settle, why.origin, leads[0].address),))

    def inner(
        self, name: str, found: list[Nested], gaps: tuple[Reason, ...]
    ) -> tuple[list[tuple[Nested, PlannedPart | None]], tuple[Reason, ...]]:
        mask, values = part(self._unknown, name), self._values.get(name)
        items = values if isinstance(values, list) else [values] if isinstance(values, dict) else None
        as_written: list[tuple[Nested, PlannedPart | None]] = [(one, None) for one in found]
        if items is None or mask is True or not all(isinstance(item, dict) for item in items):
            return as_written, gaps
        if any(part(mask, at) is True for at in range(len(items))):
            return as_written, gaps
        chosen = _paired(found, items)
        if chosen is None:
            return as_written, gaps
        single = isinstance(values, dict)
        sensitive = part(self._sensitive, name)
        settled: list[tuple[Nested, PlannedPart | None]] = []
        for at, (one, item) in enumerate(zip(chosen, items, strict=True)):
            unknown = mask if single else part(mask, at)
            hidden = sensitive if single else part(sensitive, at)
            inner = PlannedPart(self._known, self._instance, item, unknown, hidden, top=False)
            settled.append((changed(one, exists=EXISTS), inner))
        return settled, ()


# --- which block is which


def _paired(found: Sequence[Nested], items: Sequence[dict[str, Any]]) -> list[Nested] | None:
    """For each planned block the one in the code that it was made of; None where that is not certain enough."""
    certain = [one for one in found if one.exists.verdict is Verdict.TRUE]
    open_ones = [one for one in found if one.exists.verdict is not Verdict.TRUE]
    if len(certain) == len(found) == len(items) and all(map(_may_be, found, items)):
        return list(found)
    chosen: list[Nested] = []
    left = list(certain)
    for item in items:
        fitting = next((one for one in left if _may_be(one, item)), None)
        if fitting is not None:
            left.remove(fitting)
        else:
            fitting = next((one for one in open_ones if _may_be(one, item)), None)
        if fitting is None:
            return None
        chosen.append(fitting)
    return None if left else chosen


def _may_be(one: Nested, item: dict[str, Any]) -> bool:
    """Whether no literal in a block contradicts what was planned."""
    for name, argument in one.body.arguments.items():
        written, planned = argument.value, item.get(name)
        if isinstance(written, nodes.Literal) and planned is not None and not _same(written.value, planned):
            return False
    return True


# --- values


def in_order(value: object) -> object:
    """A JSON value as the evaluator holds it: objects in the order of their keys."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def _same(one: object, other: object) -> bool:
    """Equal whatever the provider's type: `90` and `"90"`, `true` and `"true"`."""
    if type(one) is type(other):
        return one == other
    return _text(one) == _text(other)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _preferred(value: object, planned: object) -> object:
    """What was planned where it differs from what is written: the plan is judged. JSON may be formatted anew."""
    if planned is None or not isinstance(value, (str, bool, int)) or not isinstance(planned, (str, bool, int)):
        return value
    if _same(value, planned):
        return value
    if isinstance(value, str) and isinstance(planned, str) and value.lstrip()[:1] in ("{", "["):
        one, other = read_json(value), read_json(planned)
        if not isinstance(one, Unknown) and one == other:
            return value
    return planned


def fill(value: object, planned: object, mask: object) -> object:
    """A value of which not all is known, with what was planned put in where that is more."""
    if not isinstance(value, Unknown):
        return value if wholly_known(value) else _filled_inside(value, planned, mask)
    if isinstance(value, Choice):
        return _chosen(value, planned, mask)
    if marked(mask):
        return value
    if isinstance(value, JsonText) and isinstance(planned, str):
        document = read_json(planned)
        if isinstance(document, Unknown):
            return value
        filled = fill_document(value.document, document)
        if wholly_known(filled):
            return planned
        return value if filled is value.document else JsonText(filled)
    if is_symbolic(value) and isinstance(planned, str):
        return value
    return in_order(planned)


def _filled_inside(value: object, planned: object, mask: object) -> object:
    if isinstance(value, dict) and isinstance(planned, dict):
        return {key: fill(item, planned.get(key), part(mask, key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(planned, list) and len(value) == len(planned):
        return [fill(item, planned[at], part(mask, at)) for at, item in enumerate(value)]
    if isinstance(value, HclSet) and not marked(mask) and not all(map(is_symbolic, _open_in(value))):
        return HclSet([in_order(item) for item in listed(planned)], value.element)
    return value


def _open_in(value: HclSet) -> list[object]:
    return [item for item in value.items if not wholly_known(item)]


def _chosen(value: Choice, planned: object, mask: object) -> object:
    """The alternatives that what was planned leaves."""
    if mask is True:
        left = [one for one in value.alternatives if not wholly_known(one)]
    elif marked(mask):
        return value
    else:
        left = [one for one in value.alternatives if wholly_known(one) and _same(one, planned)]
        left = left[:1] or [one for one in value.alternatives if not wholly_known(one)]
        if len(left) != 1:
            return in_order(planned)
    return fill(left[0], planned, mask) if len(left) == 1 else value


def is_symbolic(value: object) -> bool:
    """Whether all that is not known of a value are attributes of resources, to which it links by being unknown."""
    if isinstance(value, Ref):
        kind = type_in(value.address)
        # What only makes up values gives a part of a name, and links to nothing.
        if kind.startswith("data."):
            return kind in TELLING
        return kind.partition("_")[0] not in VALUES_OF_PROVIDERS
    if isinstance(value, Text):
        return all(isinstance(piece, str) or is_symbolic(piece) for piece in value.parts)
    return False


def fill_document(value: object, planned: object) -> object:
    """A document with holes, filled where the planned one has the same form; itself where it has not."""
    if isinstance(value, Unknown):
        return value if is_symbolic(value) else planned
    if wholly_known(value):
        return value
    if isinstance(value, dict) and isinstance(planned, dict) and value.keys() == planned.keys():
        return {key: fill_document(item, planned[key]) for key, item in value.items()}
    if isinstance(value, list) and isinstance(planned, list) and len(value) == len(planned):
        return [fill_document(item, planned[at]) for at, item in enumerate(value)]
    return value
