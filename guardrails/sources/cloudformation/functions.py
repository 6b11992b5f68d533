"""The functions of templates that are met less often."""

from __future__ import annotations

from guardrails.kernel.why import Reason, Why
from guardrails.sources.cloudformation.evaluation import each_way, evaluate, symbol, text_of
from guardrails.sources.cloudformation.nodes import Mapping, Node, Scalar, Sequence
from guardrails.sources.terraform.equality import choose
from guardrails.sources.terraform.typesystem import STRING, Collection
from guardrails.sources.terraform.values import (
    Choice,
    EvalError,
    Input,
    JsonText,
    Ref,
    Text,
    Unknown,
    wholly_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as List

    from guardrails.sources.cloudformation.stack import Scope

MOST_SUBNETS = 256
_LONGEST_LIST = 100_000


def _arguments(argument: Node, name: str, least: int, most: int, what: str) -> tuple[Node, ...]:
    if isinstance(argument, Sequence) and least <= len(argument.items) <= most:
        return argument.items
    raise EvalError(f"`{name}` takes {what}")


# --- lists


def _select(argument: Node, scope: Scope) -> object:
    index, listed = _arguments(argument, "Fn::Select", 2, 2, "a number and a list")
    number = text_of(index, scope)
    if isinstance(listed, Sequence) and isinstance(number, str):
        kept = [item for item in listed.items if not _left_out(item)]
        at = _position(number)
        if at < len(kept) and all(_surely_one(item) for item in kept[: at + 1]):
            return evaluate(kept[at], scope)
    return each_way([number, evaluate(listed, scope)], lambda way: _selected(way[0], way[1]))


def _left_out(node: Node) -> bool:
    return isinstance(node, Scalar) and node.content is None


def _surely_one(node: Node) -> bool:
    """Whether a node of a list is surely one element of it: no `AWS::NoValue`."""
    return isinstance(node, (Scalar, Mapping, Sequence))


def _position(number: str) -> int:
    if not number.isdecimal() or len(number) > 9:
        raise EvalError("`Fn::Select` takes a number from 0 on")
    return int(number)


def _selected(number: object, items: object) -> object:
    if isinstance(number, Unknown):
        if isinstance(items, list) and items:
            return choose(items, number.reasons)
        return Unknown(number.reasons)
    at = _position(str(number))
    if isinstance(items, Input) and isinstance(items.type, Collection):
        return items.at(at, STRING)
    if isinstance(items, Ref):
        return items.step(at)
    if isinstance(items, Input):
        return symbol("Fn::Select", (at, items), items)
    if isinstance(items, Unknown):
        return Unknown(items.reasons)
    if not isinstance(items, list):
        raise EvalError("`Fn::Select` takes a number and a list")
    for before, item in enumerate(items):
        if isinstance(item, Choice) and None in item.alternatives and before <= at:
            return each_way(items, lambda way: _selected(number, [one for one in way if one is not None]))
    if at >= len(items):
        raise EvalError(f"`Fn::Select` asks for element {at} of a list of {len(items)}")
    return items[at]


def _split(argument: Node, scope: Scope) -> object:
    separator, source = _arguments(argument, "Fn::Split", 2, 2, "a separator and a text")
    return each_way([text_of(separator, scope), text_of(source, scope)], lambda way: _parted(way[0], way[1], scope))


def _parted(separator: object, source: object, scope: Scope) -> object:
    if separator == "":
        raise EvalError("`Fn::Split` takes a separator that is not empty")
    if isinstance(separator, str) and isinstance(source, str):
        scope.run.charge(source.count(separator))
        return source.split(separator)
    unknown = separator if isinstance(separator, Unknown) else source
    assert isinstance(unknown, Unknown)
    made = symbol("Fn::Split", (separator, source), separator, source)
    return Input(Collection("list", STRING), made.name, made.reasons) if isinstance(made, Input) else made


def _length(argument: Node, scope: Scope) -> object:
    return each_way([evaluate(argument, scope)], lambda way: _counted(way[0]))


def _counted(items: object) -> object:
    if isinstance(items, Unknown):
        return Unknown(items.reasons)
    if not isinstance(items, list):
        raise EvalError("`Fn::Length` takes a list")
    doubtful = [item for item in items if isinstance(item, Choice) and None in item.alternatives]
    if doubtful:
        return Unknown(doubtful[0].reasons)
    return len(items)


# --- mappings


def _find_in_map(argument: Node, scope: Scope) -> object:
    parts = _arguments(argument, "Fn::FindInMap", 3, 4, "the name of a mapping and two keys")
    otherwise = _default(parts[3]) if len(parts) == 4 else None
    keys = [text_of(part, scope) for part in parts[:3]]
    return each_way(keys, lambda way: _looked_up(way, otherwise, scope))


def _default(node: Node) -> Node:
    found = node.get("DefaultValue") if isinstance(node, Mapping) else None
    if found is None:
        raise EvalError("the fourth argument of `Fn::FindInMap` is a mapping with the key `DefaultValue`")
    return found


def _looked_up(keys: List[object], otherwise: Node | None, scope: Scope) -> object:
    name = keys[0]
    if isinstance(name, Unknown):
        return Unknown(name.reasons)
    table = scope.stack.written("Mappings", str(name))
    if table is None and scope.stack.section("Mappings").gaps:
        return Unknown(scope.stack.section("Mappings").gaps)
    if table is None or not isinstance(table.entry.value, Mapping):
        if otherwise is not None:
            return evaluate(otherwise, scope)
        raise EvalError(f"there is no mapping `{name}`")
    reasons = [reason for key in keys[1:] if isinstance(key, Unknown) for reason in key.reasons]
    rows = _rows(table.entry.value, keys[1])
    found: list[Node] = []
    missing = not rows
    for row in rows:
        cells = _rows(row, keys[2]) if isinstance(row, Mapping) else []
        missing = missing or not cells
        found += cells
    scope.run.charge(len(found))
    if reasons:
        # A key that is not there is none that will be deployed, unless there is a value for that.
        values = [evaluate(node, scope) for node in found]
        if otherwise is not None:
            values.append(evaluate(otherwise, scope))
        if not values:
            raise EvalError(f"the mapping `{name}` has no such key")
        return choose(values, tuple(reasons))
    if missing:
        if otherwise is not None:
            return evaluate(otherwise, scope)
        raise EvalError(f"the mapping `{name}` has no value for `{keys[1]}` and `{keys[2]}`")
    return evaluate(found[0], scope)


def _rows(table: Mapping, key: object) -> list[Node]:
    """What is at a key, or at all keys that it may be."""
    if isinstance(key, Unknown):
        return [entry.value for entry in table.entries if _may_be(entry.key, key)]
    found = table.get(str(key))
    return [found] if found is not None else []


def _may_be(key: str, unknown: Unknown) -> bool:
    if not isinstance(unknown, Text):
        return True
    return key.startswith(unknown.prefix) and key.endswith(unknown.suffix)


# --- texts


def _base64(argument: Node, scope: Scope) -> object:
    return each_way([text_of(argument, scope)], lambda way: _encoded(way[0]))


def _encoded(content: object) -> object:
    if isinstance(content, Unknown):
        return symbol("Fn::Base64", content, content)
    from base64 import b64encode

    return b64encode(str(content).encode("utf-8", "surrogatepass")).decode("ascii")


def _to_json(argument: Node, scope: Scope) -> object:
    value = evaluate(argument, scope)
    if isinstance(value, Choice):
        return each_way([value], lambda way: _written_as_json(way[0]))
    return _written_as_json(value)


def _written_as_json(value: object) -> object:
    if not isinstance(value, (list, dict)):
        if isinstance(value, Unknown):
            return Unknown(value.reasons)
        raise EvalError("`Fn::ToJsonString` takes a list or a mapping")
    if not wholly_known(value):
        return JsonText(value)
    import json
    from decimal import Decimal

    def number(one: object) -> object:
        if isinstance(one, Decimal):
            return float(one)
        raise TypeError

    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=number)


# --- networks and places


def _cidr(argument: Node, scope: Scope) -> object:
    parts = _arguments(argument, "Fn::Cidr", 2, 3, "a range of addresses, a count and a number of bits")
    values = [text_of(part, scope) for part in parts]
    return each_way(values, _subnets)


def _subnets(values: List[object]) -> object:
    for value in values:
        if isinstance(value, Unknown):
            return symbol("Fn::Cidr", tuple(values), value)
    import ipaddress

    try:
        network = ipaddress.ip_network(str(values[0]), strict=False)
        count = int(str(values[1]))
        bits = int(str(values[2])) if len(values) > 2 else 0
    except ValueError:
        raise EvalError("`Fn::Cidr` takes a range of addresses, a count and a number of bits") from None
    if len(values) < 3:
        bits = network.max_prefixlen - network.prefixlen - max(0, (count - 1).bit_length())
    prefix = network.max_prefixlen - bits
    if not 0 < count <= MOST_SUBNETS or not network.prefixlen <= prefix <= network.max_prefixlen:
        raise EvalError(f"`Fn::Cidr` cannot make {count} ranges of {bits} bits of what it is given")
    if count > 1 << (prefix - network.prefixlen):
        raise EvalError(f"`Fn::Cidr` cannot make {count} ranges of {bits} bits of what it is given")
    first, size = int(network.network_address), 1 << bits
    made = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return [f"{made(first + at * size)}/{prefix}" for at in range(count)]


def _availability_zones(argument: Node, scope: Scope) -> object:
    return each_way([text_of(argument, scope)], lambda way: _zones(way[0]))


def _zones(region: object) -> object:
    shown = repr(region) if isinstance(region, Unknown) else str(region)
    detail = "which availability zones there are is asked when the stack is deployed"
    return Ref(f"Fn::GetAZs {shown}", (), (Reason(Why.ELSEWHERE, detail),))


def _import_value(argument: Node, scope: Scope) -> object:
    return each_way([text_of(argument, scope)], lambda way: _imported(way[0], scope))


def _imported(name: object, scope: Scope) -> object:
    settle = "scan it together with the stack that exports it"
    if isinstance(name, Unknown):
        reason = Reason(Why.ELSEWHERE, "it is what another stack exports", settle)
        return Ref(f"Fn::ImportValue {name!r}", (), (reason, *name.reasons))
    found = scope.run.exported(str(name))
    if found is not None:
        return found
    reason = Reason(Why.ELSEWHERE, f"`{name}` is exported by another stack", settle)
    return Ref(f"Fn::ImportValue {name}", (), (reason,))


FUNCTIONS: dict[str, Callable[[Node, Scope], object]] = {
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _availability_zones,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ToJsonString": _to_json,
}
