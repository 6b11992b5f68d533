"""Evaluated values of the Terraform language as the values that policies see."""

from __future__ import annotations

from guardrails.kernel.value import Input as KernelInput
from guardrails.kernel.value import Reference, Value
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.expansion import placed
from guardrails.sources.terraform.typesystem import STRING, Primitive
from guardrails.sources.terraform.values import (
    Choice,
    HclSet,
    Input,
    JsonText,
    Made,
    Ref,
    Text,
    Unknown,
    reasons_in,
    wholly_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.kernel.origin import Origin

MOST_PARTS = 100_000
_PLAIN = frozenset((str, bool, int))
_TOO_BIG = Reason(Why.LIMIT, f"the value has more than {MOST_PARTS} parts")


def value_of(value: object, origin: Origin) -> Value[object]:
    """An evaluated value seen at a place."""
    if type(value) in _PLAIN:
        return Value(value, origin)
    if value is None:
        return Value.unset(origin)
    if isinstance(value, Unknown):
        return _unknown_of(value, origin)
    if isinstance(value, (list, dict, HclSet)):
        if not wholly_known(value):
            return Value.unknown(placed(first(reasons_in(value)), origin), origin, present=True)
        budget = [MOST_PARTS]
        content = _plain(value, budget)
        if budget[0] < 0:
            return Value.unknown(placed((_TOO_BIG,), origin), origin, present=True)
        return Value(content, origin)
    return Value(value, origin)


def _unknown_of(value: Unknown, origin: Origin) -> Value[object]:
    reasons = placed(value.reasons, origin)
    if isinstance(value, Ref):
        return Value.unknown(reasons, origin, present=True, reference=Reference(value.address, value.path, value.type))
    if isinstance(value, Text):
        parts = tuple(map(_part, value.parts))
        if len(parts) == 1 and isinstance(parts[0], KernelInput):
            return Value.unknown(reasons, origin, present=True, input=parts[0])
        return Value.unknown(reasons, origin, present=True, parts=parts)
    if isinstance(value, (JsonText, Made)):
        return Value.unknown(reasons, origin, present=True)
    if isinstance(value, Choice):
        return Value.one_of(tuple(value_of(one, origin) for one in value.alternatives), reasons, origin)
    if isinstance(value, Input) and isinstance(value.type, Primitive):
        return Value.unknown(reasons, origin, input=KernelInput(value.name, value.path))
    return Value.unknown(reasons, origin)


def _part(part: str | Unknown) -> str | Reference | KernelInput | None:
    if isinstance(part, str):
        return part
    if isinstance(part, Input):
        return KernelInput(part.name, part.path) if part.type is STRING else None
    return Reference(part.address, part.path, part.type) if isinstance(part, Ref) else None


def first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The first few different reasons."""
    found: dict[Reason, None] = {}
    for reason in reasons:
        found.setdefault(reason)
        if len(found) == 3:
            break
    return tuple(found)


def _plain(value: object, budget: list[int]) -> object:
    """Sets as lists; stops counting down when too much has been seen."""
    budget[0] -= 1
    if budget[0] < 0:
        return None
    if isinstance(value, dict):
        return {key: _plain(item, budget) for key, item in value.items()}
    if isinstance(value, HclSet):
        return [_plain(item, budget) for item in value.items]
    if isinstance(value, list):
        return [_plain(item, budget) for item in value]
    return value
