"""The operators of conditions: whether one value of a policy matches one value of a request."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, any_of, unknown
from guardrails.kernel.typed import TypeVar
from guardrails.semantics.access.patterns import Pattern, Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from guardrails.kernel.value import Value
    from guardrails.semantics.access.references import Variables
    from guardrails.semantics.access.targets import Target

T = TypeVar("T")

Compare: TypeAlias = "Callable[[Value[str], Target, Variables], Truth]"


class Operator(Record):
    """A condition operator, taken apart."""

    family: str
    """Without negation and in lower case: `stringequals`, `numericlessthan`, `null`; empty for one that does not
    exist."""
    negated: bool
    if_exists: bool
    """Whether it is met where the request lacks the key."""
    quantifier: str
    """`any`, `all`, or empty."""

    @property
    def holds_if_absent(self) -> bool:
        if self.quantifier:
            return self.quantifier == "all" or self.if_exists
        return self.negated or self.if_exists


_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnlike",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}
_SPELLINGS = {
    "stringequals": Spelling.PLAIN,
    "stringequalsignorecase": Spelling.PLAIN,
    "binaryequals": Spelling.PLAIN,
    "stringlike": Spelling.LIKE,
    "arnlike": Spelling.ARN,
}
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda said, limit: said == limit,
    "lessthan": lambda said, limit: said < limit,
    "lessthanequals": lambda said, limit: said <= limit,
    "greaterthan": lambda said, limit: said > limit,
    "greaterthanequals": lambda said, limit: said >= limit,
}


def operator(written: str) -> Operator:
    """The operator as a policy writes it: `ForAnyValue:StringLikeIfExists`."""
    quantifier, colon, name = written.lower().rpartition(":")
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    family = _NEGATED.get(name, "arnlike" if name == "arnequals" else name)
    known = family == "null" or comparison(family) is not None
    quantifiers = {"foranyvalue": "any", "forallvalues": "all"}
    if colon and quantifier not in quantifiers:
        known = False
    return Operator(family if known else "", name in _NEGATED, if_exists, quantifiers.get(quantifier, ""))


def comparison(family: str) -> Compare | None:
    """How a value of the policy is compared with one of the request; None for an operator that does not exist."""
    spelling = _SPELLINGS.get(family)
    if spelling is not None:
        chosen = spelling
        any_case = family.endswith("ignorecase")
        return lambda value, key, variables: key.asked(value, Pattern.covers, chosen, variables, any_case=any_case)
    if family == "bool":
        return _by(str.lower, _same)
    if family == "ipaddress":
        return _by(_addresses, _within)
    for prefix, read in (("numeric", _number), ("date", _moment)):
        order = _ORDERS.get(family.removeprefix(prefix)) if family.startswith(prefix) else None
        if order is not None:
            return _by(read, order)
    return None


def _by(read: Callable[[str], T | None], test: Callable[[T, T], bool]) -> Compare:
    return lambda value, key, _: _compared(value, key, read, test)


def _compared(value: Value[str], key: Target, read: Callable[[str], T | None], test: Callable[[T, T], bool]) -> Truth:
    """Whether both can be read and pass the test; what cannot be read passes none."""

    def against(said: str) -> Truth:
        found = read(said)
        wanted = value.map(read)
        if found is None:
            return value.where(lambda _: False) if value.settled else wanted.where(lambda _: False)
        request = found
        return wanted.where(lambda limit: limit is not None and test(request, limit)).because(value.fact())

    def one(form: Pattern) -> Truth:
        if form.text is None:
            return unknown(*(form.reasons or value.reasons), facts=(value.fact(),))
        return against(form.text)

    return any_of(map(one, key.forms()))


def _same(said: str, wanted: str) -> bool:
    return said == wanted


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found - found == 0 else None  # neither infinite nor no number at all


def _moment(text: str) -> float | None:
    """Seconds since 1970, from ISO 8601 or such a number."""
    if text.lstrip("-").isdecimal():
        return _number(text)
    from datetime import UTC, datetime

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()


def _addresses(text: str) -> tuple[int, int, int] | None:
    """The version of IP, the first and the last address of a range."""
    from ipaddress import ip_network

    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return network.version, int(network.network_address), int(network.broadcast_address)


def _within(said: tuple[int, int, int], limit: tuple[int, int, int]) -> bool:
    return said[0] == limit[0] and limit[1] <= said[1] and said[2] <= limit[2]
