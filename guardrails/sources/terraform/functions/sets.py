"""Functions that treat their arguments as sets."""

from __future__ import annotations

import itertools

from guardrails.sources.terraform.conversion import convert, make_set
from guardrails.sources.terraform.typesystem import ANY, Collection, TupleType, Type, unify
from guardrails.sources.terraform.values import EvalError, HclList, HclSet, Unknown, wholly_known

from .collections import LIST_OF_ANY, element_type, found_among, unknown_of
from .signature import LONGEST_LIST, Room, form, limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

room = Room()

_SET_OF_ANY = Collection("set", ANY)


@room.function("setunion", "set", "set...", sees="leaves", gives=_SET_OF_ANY)
def setunion(*sets: HclSet) -> object:
    kind, members = _one_type(sets)
    return make_set([item for items in members for item in items], kind)


@room.function("setintersection", "set", "set...", gives=_SET_OF_ANY)
def setintersection(*sets: HclSet) -> object:
    kind, (first, *others) = _one_type(sets)
    for other in others:
        first = [item for item, found in zip(first, found_among(first, other), strict=True) if found]
    return make_set(first, kind)


@room.function("setsubtract", "set", "set", gives=_SET_OF_ANY)
def setsubtract(*sets: HclSet) -> object:
    kind, (first, other) = _one_type(sets)
    return make_set([item for item, found in zip(first, found_among(first, other), strict=True) if not found], kind)


def _one_type(sets: Sequence[HclSet]) -> tuple[Type | None, list[list[object]]]:
    kinds = [element_type(value) for value in sets if value.items or element_type(value) is not ANY]
    common = unify(kinds)
    if common is None:
        raise EvalError("given sets must all have compatible element types")
    return None if common is ANY else common, [[convert(item, common) for item in value.items] for value in sets]


@room.function("setproduct", "any...", sees="all")
def setproduct(*sets: object) -> object:
    if len(sets) < 2:
        raise EvalError("at least two arguments are required")
    for value in sets:
        if form(value) not in {"list", "tuple", "set", "any"}:
            raise EvalError("a set or a list is required")
    if any(isinstance(value, Unknown) or (isinstance(value, HclSet) and not wholly_known(value)) for value in sets):
        return unknown_of([value for value in sets if not wholly_known(value)])
    factors: list[list[object]] = []
    total = len(sets)
    for value in sets:
        items = value.items if isinstance(value, HclSet) else convert(value, LIST_OF_ANY)
        assert isinstance(items, list)  # by its form
        factors.append(items)
        total *= len(items)
        if total > LONGEST_LIST:
            return limit(f"the product of the sets has more than {LONGEST_LIST} elements")
    rows: list[object] = [list(row) for row in itertools.product(*factors)]
    kind = TupleType(tuple(element_type(convert(value, LIST_OF_ANY)) for value in sets))
    return make_set(rows, kind) if any(isinstance(value, HclSet) for value in sets) else HclList(rows, kind)
