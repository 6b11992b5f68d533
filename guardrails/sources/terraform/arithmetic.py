"""Numbers as terraform computes them: binary floating point with 512 bits of precision.

A number is an `int` where it is whole and has no more than 512 bits, else the `Decimal` with the fewest digits that
still names the same 512-bit number, which is how terraform prints it. Nothing is lost between the two. So an operation
converts to exact fractions, computes, rounds once as terraform does, and converts back. Sums and products of whole
numbers never get here: see `operators`.

Numbers that terraform's functions make of counts have only 64 bits there, and so has the quotient of two of them:
`length(a) / length(b)` has more digits here where it does not come out even.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal

from guardrails.kernel.pattern import compiled
from guardrails.sources.terraform.values import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

Number: TypeAlias = int | Decimal

BITS = 512
_SURELY_EXACT = 153
"""Every decimal with so many digits names a 512-bit number of its own."""
_ALWAYS_ENOUGH = 157
_MOST_WHOLE_DIGITS = 155
WIDEST_EXPONENT = 4_000
"""Beyond it a number is not computed with: its digits alone would fill memory."""

_NUMBER = compiled(r"(?a)([+-]?)(?:([0-9]+)\.?([0-9]*)|\.([0-9]+))(?:([eEpP])([+-]?[0-9]+))?")
_INFINITY = compiled(r"[+-]?[Ii]nf")
_READING = Context(prec=_ALWAYS_ENOUGH + 3, Emax=10**9, Emin=-(10**9))


class TooWideError(Exception):
    """A number too big or too small to compute with."""


def parse(text: str) -> Number | None:
    """The number that a string spells, None if it spells none."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        if _INFINITY.fullmatch(text):
            return Decimal("-Infinity" if text[0] == "-" else "Infinity")
        return None
    sign, whole, fraction, bare, marker, exponent = match.groups()
    digits = (whole or "") + (fraction or "") + (bare or "")
    scale = -len(fraction or bare or "")
    twos = 0
    if exponent is not None:
        if len(exponent) > 10:
            raise TooWideError
        if marker in "eE":
            scale += int(exponent)
        else:
            twos = int(exponent)
    if len(digits) > WIDEST_EXPONENT or abs(scale) > WIDEST_EXPONENT or abs(twos) > WIDEST_EXPONENT:
        raise TooWideError
    if twos:
        top, bottom = _scaled(_digits(digits), scale)
        top, bottom = (top << twos, bottom) if twos > 0 else (top, bottom << -twos)
        number = rounded(top, bottom)
        return _negated(number) if sign == "-" else number
    return simplest(Decimal(f"{sign}{digits}E{scale}"))


def _digits(text: str) -> int:
    return int(Decimal(text))  # int() itself refuses more than 4,300 digits


def _scaled(top: int, scale: int) -> tuple[int, int]:
    power = 10 ** abs(scale)
    return (top * power, 1) if scale >= 0 else (top, power)


def simplest(number: Number) -> Number:
    """The same number in the one form that it has here."""
    if isinstance(number, int):
        return number if number.bit_length() <= BITS else rounded(number, 1)
    if not number.is_finite():
        return number
    if not number:
        return number if number.is_signed() else 0
    if abs(number.adjusted()) > WIDEST_EXPONENT:
        raise TooWideError
    if len(number.as_tuple().digits) > _SURELY_EXACT:
        return rounded(*number.as_integer_ratio())
    return _plain(number)


def _plain(number: Decimal) -> Number:
    if number.adjusted() <= _MOST_WHOLE_DIGITS and number == number.to_integral_value():
        whole = int(number)
        if whole.bit_length() <= BITS:
            return whole
    return number.normalize(_READING)


def rounded(top: int, bottom: int) -> Number:
    """The number for a fraction: rounded to 512 bits, half to even, and named with the fewest digits."""
    mantissa, exponent = _binary(top, bottom)
    if mantissa == 0:
        return 0
    if exponent >= 0:
        whole = mantissa << exponent
        return whole if whole.bit_length() <= BITS else _plain(_shortest(whole, 1, mantissa, exponent))
    if mantissa & ((1 << -exponent) - 1) == 0:
        return mantissa >> -exponent
    return _plain(_shortest(mantissa, 1 << -exponent, mantissa, exponent))


def _binary(top: int, bottom: int) -> tuple[int, int]:
    """The nearest mantissa of at most 512 bits and its exponent: `top/bottom ~ mantissa * 2**exponent`."""
    negative, top = top < 0, abs(top)
    if top == 0:
        return 0, 0
    exponent = top.bit_length() - bottom.bit_length() - BITS
    if abs(exponent) > WIDEST_EXPONENT * 4:
        raise TooWideError
    while True:
        scaled, divisor = (top << -exponent, bottom) if exponent < 0 else (top, bottom << exponent)
        mantissa, rest = divmod(scaled, divisor)
        if mantissa.bit_length() <= BITS:
            break
        exponent += 1
    if rest * 2 > divisor or (rest * 2 == divisor and mantissa & 1):
        mantissa += 1
        if mantissa.bit_length() > BITS:
            mantissa, exponent = mantissa >> 1, exponent + 1
    return (-mantissa if negative else mantissa), exponent


def _shortest(top: int, bottom: int, mantissa: int, exponent: int) -> Decimal:
    """The decimal with the fewest digits that rounds to this mantissa and exponent; the nearest of several."""
    wanted = _normal(abs(mantissa), exponent)
    return _fewest_digits(top, bottom, lambda number, scale: _normal(*_binary(*_scaled(number, scale))) == wanted)


def _fewest_digits(top: int, bottom: int, names_it: Callable[[int, int], bool]) -> Decimal:
    """The decimal with the fewest digits that is near enough to the fraction, the nearer of two."""
    sign, top = (1, -top) if top < 0 else (0, top)
    lead = _leading_exponent(top, bottom)
    for digits in range(_SURELY_EXACT - 1, _ALWAYS_ENOUGH + 1):
        scale = digits - 1 - lead
        scaled, divisor = (top * 10**scale, bottom) if scale >= 0 else (top, bottom * 10**-scale)
        below, rest = divmod(scaled, divisor)
        for candidate in (below, below + 1) if rest * 2 < divisor else (below + 1, below):
            if names_it(candidate, -scale):
                return Decimal((sign, tuple(map(int, str(candidate))), -scale))
    raise AssertionError("157 digits name any 512-bit number")


def _normal(mantissa: int, exponent: int) -> tuple[int, int]:
    shift = (mantissa & -mantissa).bit_length() - 1
    return mantissa >> shift, exponent + shift


def _leading_exponent(top: int, bottom: int) -> int:
    """The power of ten of the first digit."""
    guess = Context(prec=20, rounding=ROUND_DOWN, Emax=10**9, Emin=-(10**9)).divide(Decimal(top), Decimal(bottom))
    lead = guess.adjusted()
    # The guess is truncated, and both operands are exact, so it is right unless the quotient is a hair below a power.
    if _at_least(top, bottom, lead + 1):
        return lead + 1
    return lead if _at_least(top, bottom, lead) else lead - 1


def _at_least(top: int, bottom: int, power: int) -> bool:
    shift: int = 10 ** abs(power)
    return top >= bottom * shift if power >= 0 else top * shift >= bottom


def _fraction(number: Number) -> tuple[int, int]:
    """A number as the fraction that terraform really holds."""
    top, bottom = _simple_fraction(number)
    mantissa, exponent = _binary(top, bottom)
    return (mantissa << exponent, 1) if exponent >= 0 else (mantissa, 1 << -exponent)


def _simple_fraction(number: Number) -> tuple[int, int]:
    if isinstance(number, Decimal) and number and abs(number.adjusted()) > WIDEST_EXPONENT:
        raise TooWideError
    return number.as_integer_ratio()


def _infinite(number: Number) -> bool:
    return isinstance(number, Decimal) and number.is_infinite()


def _negative(number: Number) -> bool:
    return number.is_signed() if isinstance(number, Decimal) else number < 0


def _negated(number: Number) -> Number:
    if isinstance(number, Decimal):
        return number.copy_negate() if number else 0
    return -number if number else Decimal("-0")


_INFINITIES = {False: Decimal("Infinity"), True: Decimal("-Infinity")}


def add(a: Number, b: Number) -> Number:
    if _infinite(a) or _infinite(b):
        if _infinite(a) and _infinite(b) and _negative(a) != _negative(b):
            raise EvalError("can't compute sum of opposing infinities")
        return a if _infinite(a) else b
    if not a and not b:
        return Decimal("-0") if _negative(a) and _negative(b) else 0
    (p, q), (r, s) = _fraction(a), _fraction(b)
    return rounded(p * s + r * q, q * s)


def subtract(a: Number, b: Number) -> Number:
    if _infinite(a) and _infinite(b) and _negative(a) == _negative(b):
        raise EvalError("can't subtract infinity from itself")
    return add(a, negate(b))


def multiply(a: Number, b: Number) -> Number:
    negative = _negative(a) != _negative(b)
    if _infinite(a) or _infinite(b):
        if not a or not b:
            raise EvalError("can't multiply zero by infinity")
        return _INFINITIES[negative]
    if not a or not b:
        return Decimal("-0") if negative else 0
    (p, q), (r, s) = _fraction(a), _fraction(b)
    return rounded(p * r, q * s)


def divide(a: Number, b: Number) -> Number:
    negative = _negative(a) != _negative(b)
    if (_infinite(a) and _infinite(b)) or (not a and not b):
        raise EvalError("can't divide zero by zero or infinity by infinity")
    if not b or _infinite(a):
        return _INFINITIES[negative]
    if not a or _infinite(b):
        return Decimal("-0") if negative else 0
    (p, q), (r, s) = _fraction(a), _fraction(b)
    top, bottom = p * s, q * r
    return rounded(-top, -bottom) if bottom < 0 else rounded(top, bottom)


def remainder(a: Number, b: Number) -> Number:
    """`a - trunc(a / b) * b`, each step rounded; the sign is that of `a`."""
    if not b:
        return a
    if _infinite(a) or _infinite(b):
        raise EvalError("can't use modulo with zero and infinity")
    quotient = divide(a, b)
    if isinstance(quotient, Decimal):
        quotient = int(quotient)  # towards zero
    return subtract(a, multiply(b, quotient))


def negate(number: Number) -> Number:
    return _negated(number)


def to_text(number: Number) -> str:
    """As terraform writes it in a string: never with an exponent."""
    if isinstance(number, Decimal) and number.is_infinite():
        return "-Inf" if number.is_signed() else "+Inf"
    plain = simplest(number)
    if isinstance(plain, int):
        return str(plain)
    if len(plain.as_tuple().digits) >= _SURELY_EXACT:
        plain = _as_printed(plain)
    return format(plain, "f")


def _as_printed(number: Decimal) -> Decimal:
    """What Go prints for a number of so many digits. Below a power of two the numbers lie twice as dense, which it does
    not heed: it may print digits that name the number before."""
    mantissa, exponent = _binary(*number.as_integer_ratio())
    if abs(mantissa) & (abs(mantissa) - 1):
        return number
    top, bottom = (mantissa << exponent, 1) if exponent >= 0 else (mantissa, 1 << -exponent)

    def near_enough(candidate: int, scale: int) -> bool:
        p, q = _scaled(candidate, scale)
        # At most half of 2**exponent away; mantissas are even here, which includes the border.
        distance = abs(p * bottom - abs(top) * q) * 2
        return distance << -exponent <= bottom * q if exponent < 0 else distance <= bottom * q << exponent

    return _fewest_digits(top, bottom, near_enough)
