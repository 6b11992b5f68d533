"""Address ranges as values of `aws:SourceIp`."""

from __future__ import annotations

from guardrails.kernel.truth import Fact, Truth, all_of, decide, false, true, unknown
from guardrails.semantics.access.written import each_way, pieces_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network
    from typing import TypeAlias

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value

    _Network: TypeAlias = IPv4Network | IPv6Network

_BROADEST = {4: 8, 6: 32}
"""S3 calls a range public that is broader than this."""


def is_narrow(value: Value[str]) -> Truth:
    """Whether an address range is no broader than /8, or /32 in IPv6, or private."""

    def one(value: Value[str]) -> Truth:
        fact = value.fact()
        pieces = pieces_of(value)
        content = value.or_none()
        if content is None:
            last = pieces[-1]
            _, slash, bits = last.rpartition("/") if isinstance(last, str) else ("", "", "")
            if slash and bits.isdecimal() and int(bits) >= _BROADEST[6]:
                return true(fact)
            if None not in pieces and not slash:
                return true(fact)  # what a provider computes: the range of a network, an address
            return unknown(*value.reasons, facts=(fact,))
        network = _network(content)
        if network is None:
            return true(fact)  # matches no address at all
        return decide(network.prefixlen >= _BROADEST[network.version] or _is_unique_local(network), fact)

    return each_way(value, one)


def are_narrow(values: Many[Value[str]]) -> Truth:
    """Whether address ranges limit who may call: each is narrow, and together they are not everything."""
    return values.every(is_narrow) & ~_are_everything(values)


def overlap(one: Value[str], other: Value[str]) -> Truth:
    """Whether two ranges have an address in common."""
    return _compared(one, other, lambda mine, theirs: mine.overlaps(theirs))


def is_part_of(one: Value[str], other: Value[str]) -> Truth:
    """Whether all addresses of a range are in another one."""
    return _compared(one, other, lambda mine, theirs: mine.prefixlen >= theirs.prefixlen and mine.overlaps(theirs))


def _compared(one: Value[str], other: Value[str], test: Callable[[_Network, _Network], bool]) -> Truth:
    fact = one.fact()
    if not one.settled or not other.settled:
        if one.reference is not None and one.reference == other.reference:
            return true(fact)
        return unknown(*(one.reasons or other.reasons), facts=(fact,))
    mine, theirs = _network(one.or_none() or ""), _network(other.or_none() or "")
    if mine is None or theirs is None or mine.version != theirs.version:
        return false(fact)
    return decide(test(mine, theirs), fact)


def _are_everything(values: Many[Value[str]]) -> Truth:
    """Whether the ranges that are known make up the whole of IPv4 or IPv6: two halves, or 256 times a /8."""
    from ipaddress import collapse_addresses

    found: list[tuple[_Network, Truth, Fact]] = []
    for value, exists in values.members():
        network = _network(value.or_none() or "")
        if network is not None:
            found.append((network, exists, value.fact()))
    for version in (4, 6):
        mine = [one for one in found if one[0].version == version]
        four = [network for network, _, _ in mine if network.version == 4]
        six = [network for network, _, _ in mine if network.version == 6]
        whole = collapse_addresses(four) if version == 4 else collapse_addresses(six)
        if any(network.prefixlen == 0 for network in whole):
            return all_of(exists.because(fact) for _, exists, fact in mine)
    return false()


def _is_unique_local(network: _Network) -> bool:
    """Whether it is private and yet may be broader than what counts as narrow: only fc00::/7 is."""
    return network.version == 6 and network.prefixlen >= 7 and int(network.network_address) >> 121 == 0xFC >> 1


def _network(text: str) -> _Network | None:
    """The range that a text names, whatever its last bits; None if it names none."""
    from ipaddress import ip_network

    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
