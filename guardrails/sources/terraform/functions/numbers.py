"""Functions on numbers.

Terraform computes with 512 bits of precision; 155 decimal digits hold as much. `log` and `pow` go through 64-bit floats
there as here.
"""

from __future__ import annotations

import math
import sys

from guardrails.sources.terraform.typesystem import NUMBER
from guardrails.sources.terraform.values import EvalError, Unknown

from .signature import Number, Room, form, opaque, unsupported, whole_number

room = Room()

_LONGEST_INTEGER = 4000
"""Digits of a number that `parseint` reads; Python itself refuses to print one of 4,300."""


def _float(number: Number) -> float:
    try:
        return float(number)
    except OverflowError:
        raise EvalError("the number does not fit 64-bit floating point") from None


def from_float(number: float) -> object:
    """A float as terraform prints it: the shortest decimal that reads back the same."""
    from guardrails.sources.terraform.arithmetic import negate, parse

    if math.isnan(number):
        raise EvalError("result is not a number")
    if number == 0:
        return negate(0) if math.copysign(1, number) < 0 else 0
    if abs(number) < sys.float_info.min:
        return unsupported("a number this small is not computed to the last digit")
    digits = _power_of_two(number) if math.frexp(number)[0] in {0.5, -0.5} else repr(number)
    return parse(digits)


def _power_of_two(number: float) -> str:
    """The shortest decimal as terraform finds it: as far below the number as above, though floats are denser below."""
    from decimal import ROUND_HALF_EVEN, Context, Decimal

    exact = Decimal(number)
    half = Context(prec=2000).multiply(Decimal(math.ulp(number)), Decimal("0.5"))
    for digits in range(1, 18):
        short = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(exact)
        if abs(Context(prec=2000).subtract(short, exact)) <= half:
            return str(short)
    return repr(number)


@room.function("abs", "number", gives=NUMBER)
def abs_(number: Number) -> object:
    from guardrails.sources.terraform.arithmetic import simplest

    return abs(number) if isinstance(number, int) else simplest(number.copy_abs())


@room.function("ceil", "number", gives=NUMBER)
def ceil(number: Number) -> Number:
    return number if isinstance(number, int) or not number.is_finite() else math.ceil(number)


@room.function("floor", "number", gives=NUMBER)
def floor(number: Number) -> Number:
    return number if isinstance(number, int) or not number.is_finite() else math.floor(number)


@room.function("max", "number...", gives=NUMBER)
def max_(*numbers: Number) -> Number:
    if not numbers:
        raise EvalError("must pass at least one number")
    return max(numbers)


@room.function("min", "number...", gives=NUMBER)
def min_(*numbers: Number) -> Number:
    if not numbers:
        raise EvalError("must pass at least one number")
    return min(numbers)


@room.function("signum", "number", gives=NUMBER)
def signum(number: Number) -> int:
    whole = whole_number(number)
    return (whole > 0) - (whole < 0)


@room.function("log", "number", "number", gives=NUMBER)
def log(number: Number, base: Number) -> object:
    return from_float(_divided(_log(_float(number)), _log(_float(base))))


def _divided(above: float, below: float) -> float:
    if below:
        return above / below if math.isfinite(below) or math.isfinite(above) else math.nan
    return math.nan if above == 0 or math.isnan(above) else math.copysign(math.inf, above)


_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOG_SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def _log(number: float) -> float:
    """The natural logarithm to the very bit that terraform computes, which the C library does not always give.

    This is the widely used method of FreeBSD: a power of two apart, then a series in s = f / (2 + f).
    """
    if number == 0:
        return -math.inf
    if number < 0 or not math.isfinite(number):
        return number if number > 0 else math.nan
    fraction, exponent = math.frexp(number)
    if fraction < math.sqrt(2) / 2:
        fraction, exponent = fraction * 2, exponent - 1
    f = fraction - 1
    s = f / (2 + f)
    s2 = s * s
    s4 = s2 * s2
    l1, l2, l3, l4, l5, l6, l7 = _LOG_SERIES
    rest = s2 * (l1 + s4 * (l3 + s4 * (l5 + s4 * l7))) + s4 * (l2 + s4 * (l4 + s4 * l6))
    half = 0.5 * f * f
    return exponent * _LN2_HIGH - ((half - (s * (half + rest) + exponent * _LN2_LOW)) - f)


@room.function("pow", "number", "number", gives=NUMBER)
def pow_(number: Number, power: Number) -> object:
    base, exponent = _float(number), _float(power)
    if exponent in {0.5, -0.5} or not (math.isfinite(base) and math.isfinite(exponent)) or base in {0.0, 1.0}:
        return from_float(_special_power(base, exponent))
    if exponent != math.trunc(exponent):
        if base < 0:
            raise EvalError("result is not a number")
        return unsupported("a fractional power is not computed to the last digit")
    return from_float(_whole_power(base, exponent))


def _special_power(base: float, exponent: float) -> float:
    try:
        return 1 / math.sqrt(base) if exponent == -0.5 else math.pow(base, exponent)
    except ZeroDivisionError:
        return math.inf
    except ValueError:
        if base == 0:
            odd = exponent == math.trunc(exponent) and exponent % 2 == 1
            return math.copysign(math.inf, base) if odd else math.inf
        raise EvalError("result is not a number") from None


def _whole_power(base: float, exponent: float) -> float:
    """By repeated squaring, each step rounded, as terraform does it: the C library would be closer to the truth."""
    times = abs(int(exponent))
    if times >= 1 << 63:
        if base == -1:
            return 1.0
        return 0.0 if (abs(base) < 1) == (exponent > 0) else math.inf
    result, power = 1.0, 0
    fraction, scale = math.frexp(base)
    while times:
        if not -(1 << 12) <= scale <= 1 << 12:
            power += scale
            break
        if times & 1:
            result *= fraction
            power += scale
        fraction *= fraction
        scale *= 2
        if fraction < 0.5:
            fraction += fraction
            scale -= 1
        times >>= 1
    if exponent < 0:
        result, power = 1 / result, -power
    try:
        return math.ldexp(result, power)
    except OverflowError:
        return math.copysign(math.inf, result)


@room.function("parseint", "any", "number", sees="all", gives=NUMBER)
def parseint(text: object, base: Number | Unknown) -> object:
    if form(text) not in {"string", "any"}:
        raise EvalError("first argument must be a string")
    if not isinstance(text, str) or isinstance(base, Unknown):
        return opaque([text, base])
    radix = whole_number(base, "base")
    if not 2 <= radix <= 62:
        raise EvalError("base must be a whole number between 2 and 62 inclusive")
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if not digits or len(digits) > _LONGEST_INTEGER:
        raise EvalError(f"cannot parse the string as a base {radix} integer")
    number = 0
    for digit in digits:
        value = _digit(digit, radix)
        if not 0 <= value < radix:
            raise EvalError(f"cannot parse the string as a base {radix} integer")
        number = number * radix + value
    return -number if text[0] == "-" else number


def _digit(digit: str, radix: int) -> int:
    """The value of a digit: letters are of either case up to base 36, then capitals follow the small ones."""
    if "0" <= digit <= "9":
        return ord(digit) - 48
    if "a" <= digit <= "z":
        return ord(digit) - 87
    if "A" <= digit <= "Z":
        return ord(digit) - (55 if radix <= 36 else 29)
    return -1
