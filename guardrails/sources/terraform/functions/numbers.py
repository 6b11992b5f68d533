"""Functions on numbers.

Terraform computes with 512 bits of precision; 155 decimal digits hold as much. `log` and `pow` go through 64-bit floats
there as here.
"""

from __future__ import annotations

import math

from guardrails.sources.terraform.arithmetic import parse, simplest
from guardrails.sources.terraform.typesystem import NUMBER
from guardrails.sources.terraform.values import EvalError

from .signature import Number, Room, whole_number

room = Room()

_LONGEST_INTEGER = 4000
"""Digits of a number that `parseint` reads; Python itself refuses to print one of 4,300."""


def from_float(number: float) -> object:
    """A float as terraform prints it: the shortest decimal that reads back the same."""
    if math.isnan(number):
        raise EvalError("result is not a number")
    return parse(repr(number))


@room.function("abs", "number", gives=NUMBER)
def abs_(number: Number) -> object:
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
    above, below = _log(float(number)), _log(float(base))
    if below == 0:
        above, below = (math.nan, 1.0) if above == 0 or math.isnan(above) else (math.copysign(math.inf, above), 1.0)
    return from_float(above / below)


def _log(number: float) -> float:
    if number == 0:
        return -math.inf
    return math.log(number) if number > 0 else math.nan


@room.function("pow", "number", "number", gives=NUMBER)
def pow_(number: Number, power: Number) -> object:
    base, exponent = float(number), float(power)
    try:
        return from_float(math.pow(base, exponent))
    except OverflowError:
        odd = exponent == math.trunc(exponent) and exponent % 2 == 1
        return from_float(-math.inf if base < 0 and odd else math.inf)
    except ValueError:
        if base == 0:
            return from_float(math.inf)
        raise EvalError("result is not a number") from None


@room.function("parseint", "any", "number", gives=NUMBER)
def parseint(text: object, base: Number) -> int:
    if not isinstance(text, str):
        raise EvalError("first argument must be a string")
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
