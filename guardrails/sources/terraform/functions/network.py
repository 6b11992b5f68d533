"""Functions on IP address ranges."""

from __future__ import annotations

import re

from guardrails.sources.terraform.typesystem import STRING, Collection
from guardrails.sources.terraform.values import EvalError

from .signature import GiveUp, Number, Room, unsupported, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

room = Room()

_OCTETS = re.compile(r"[0-9]{1,}(?:\.[0-9]{1,}){3}", re.ASCII)


_MAPPED = 0xFFFF
"""What IPv6 addresses that stand for IPv4 ones begin with."""


class _Network:
    """A range: its first address and the lengths of its prefix and of its addresses in bits."""

    __slots__ = ("bits", "first", "length")

    def __init__(self, first: int, length: int, bits: int) -> None:
        self.first = first
        self.length = length
        self.bits = bits

    def __str__(self) -> str:
        return f"{_address(self.first, self.bits)}/{self.length}"


def _network(prefix: str) -> _Network:
    import ipaddress

    written, slash, length = prefix.partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or len(length) > 3:
        raise EvalError("invalid CIDR expression")
    if _OCTETS.fullmatch(written):
        # Terraform still reads octets with leading zeros as decimal, which Python refuses.
        written = ".".join(str(int(octet)) if len(octet) < 9 else "999" for octet in written.split("."))
    try:
        address: IPv4Address | IPv6Address = ipaddress.ip_address(written)
    except ValueError:
        raise EvalError("invalid CIDR expression") from None
    if "%" in written or int(length) > address.max_prefixlen:
        raise EvalError("invalid CIDR expression")
    bits = address.max_prefixlen
    hosts = bits - int(length)
    if bits == 128 and int(address) >> 32 == _MAPPED:
        raise GiveUp(unsupported("a range of IPv4 addresses that is written as IPv6 is not computed"))
    return _Network(int(address) >> hosts << hosts, int(length), bits)


def _address(number: int, bits: int) -> str:
    import ipaddress

    if bits == 32:
        return str(ipaddress.IPv4Address(number))
    if number >> 32 == _MAPPED:
        return str(ipaddress.IPv4Address(number & 0xFFFFFFFF))  # Go prints a mapped address as the IPv4 one
    return str(ipaddress.IPv6Address(number))


@room.function("cidrhost", "string", "number", gives=STRING)
def cidrhost(prefix: str, number: Number) -> str:
    network = _network(prefix)
    host = whole_number(number, low=-(1 << 200), high=1 << 200)
    hosts = 1 << (network.bits - network.length)
    place = host if host >= 0 else hosts + host
    if not 0 <= place < hosts:
        raise EvalError(f"prefix of {network.length} does not accommodate a host numbered {host}")
    return _address(network.first + place, network.bits)


@room.function("cidrnetmask", "string", gives=STRING)
def cidrnetmask(prefix: str) -> str:
    network = _network(prefix)
    if network.bits != 32:
        raise EvalError("IPv6 addresses cannot have a netmask")
    return _address((1 << 32) - (1 << (32 - network.length)), 32)


@room.function("cidrsubnet", "string", "number", "number", gives=STRING)
def cidrsubnet(prefix: str, newbits: Number, netnum: Number) -> object:
    more = whole_number(newbits, "newbits")
    number = whole_number(netnum, "netnum", low=-(1 << 200), high=1 << 200)
    network = _network(prefix)
    length = network.length + more
    if length > network.bits:
        raise EvalError(f"insufficient address space to extend prefix of {network.length} by {more}")
    if more < 0 or number < 0:
        return unsupported("what terraform makes of negative numbers here is not computed")
    if number >= 1 << max(more, 0):
        raise EvalError(f"prefix extension of {more} does not accommodate a subnet numbered {number}")
    return str(_Network(network.first | number << (network.bits - length), length, network.bits))


@room.function("cidrsubnets", "string", "number...", gives=Collection("list", STRING))
def cidrsubnets(prefix: str, *newbits: Number) -> list[object]:
    network = _network(prefix)
    subnets: list[object] = []
    end = network.first + (1 << (network.bits - network.length))
    following = network.first
    for number in newbits:
        more = whole_number(number, "newbits")
        if more < 1:
            raise EvalError("must extend prefix by at least one bit")
        if more > 32:
            raise EvalError("may not extend prefix by more than 32 bits")
        length = network.length + more
        if length > network.bits:
            raise EvalError(f"would extend prefix to {length} bits, which is too long")
        size = 1 << (network.bits - length)
        first = -(-following // size) * size
        if first + size > end:
            raise EvalError(f"not enough remaining address space for a subnet with a prefix of {length} bits")
        subnets.append(str(_Network(first, length, network.bits)))
        following = first + size
    return subnets
