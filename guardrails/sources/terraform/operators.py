"""What the operators mean, and the conversions between strings, numbers and bools: on values, three-valued.

Everything here returns a value or an `Unknown`, and raises `EvalError` where terraform refuses. A `Choice` is taken
apart: the answer is known where all its alternatives agree.
"""

from __future__ import annotations

from guardrails.kernel.typed import cast
from guardrails.kernel.why import Reason, Why
from guardrails.sources.terraform.equality import (
    MOST_ALTERNATIVES,
    choose,
    equals,
    may_be,
    may_have_type,
    over,
    primitive_of,
    same,
    unknown_from,
)
from guardrails.sources.terraform.typesystem import ANY, BOOL, NUMBER, STRING
from guardrails.sources.terraform.values import Choice, EvalError, HclSet, Input, JsonText, Text, Typed, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from typing import TypeAlias

    from guardrails.sources.terraform.typesystem import Type

    Number: TypeAlias = int | Decimal

__all__ = [
    "BINARY",
    "LONGEST_LIST",
    "LONGEST_STRING",
    "MOST_ALTERNATIVES",
    "TOO_DEEP",
    "UNARY",
    "as_condition",
    "choose",
    "equals",
    "may_be",
    "may_have_type",
    "over",
    "primitive_of",
    "same",
    "to_bool",
    "to_number",
    "to_string",
    "unknown_from",
]

LONGEST_STRING = 1 << 20
LONGEST_LIST = 100_000

TOO_DEEP = Unknown((Reason(Why.LIMIT, "an expression or a value is nested too deeply"),))
_TOO_WIDE = Unknown((Reason(Why.LIMIT, "a number is too big or too small to compute with"),))


# --- conversions between primitives


def to_string(value: object) -> str | Unknown:
    """As a string; an unknown stays unknown unless it cannot be one."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value) if -_FITS < value < _FITS else _number_text(value)
    if type(value) is bool:
        return "true" if value else "false"
    if isinstance(value, Unknown):
        if isinstance(value, Choice):
            return cast("str | Unknown", over(value, to_string))
        if isinstance(value, Typed):
            return _typed(value, STRING, (STRING, NUMBER, BOOL))
        return value
    if value is None:
        raise EvalError("argument must not be null")
    if isinstance(value, (list, dict, HclSet)):
        raise EvalError("string required")
    return _number_text(cast("Decimal", value))


_FITS = 1 << 512


def _typed(value: Typed, wanted: Type, convertible: tuple[Type, ...]) -> Typed:
    """An unknown of a known type, converted."""
    if value.type is wanted:
        return value
    if value.type is not ANY and value.type not in convertible:
        raise EvalError(f"{wanted} required")
    if wanted is STRING and isinstance(value, Input):
        return value.retyped(STRING)  # two numbers or bools that are equal have one text
    return Typed(wanted, value.reasons)


def _number_text(number: Number) -> str | Unknown:
    from guardrails.sources.terraform.arithmetic import TooWideError, to_text

    try:
        return to_text(number)
    except TooWideError:
        return _TOO_WIDE


def to_number(value: object) -> int | Decimal | Unknown:
    """As a number: strings are read as decimal numbers."""
    if type(value) is int:
        return value
    if type(value) is str:
        return _read_number(value)
    if type(value) is bool or isinstance(value, (list, dict, HclSet)):
        raise EvalError("number required")
    if isinstance(value, Unknown):
        if isinstance(value, Choice):
            return cast("int | Decimal | Unknown", over(value, to_number))
        if isinstance(value, Typed):
            return _typed(value, NUMBER, (STRING, NUMBER))
        return unknown_from(value) if isinstance(value, (Text, JsonText)) else value
    if value is None:
        raise EvalError("argument must not be null")
    return cast("Decimal", value)


def _read_number(text: str) -> int | Decimal | Unknown:
    if text.isascii() and text.isdigit() and len(text) < 150:
        return int(text)
    from guardrails.sources.terraform.arithmetic import TooWideError, parse

    try:
        number = parse(text)
    except TooWideError:
        return _TOO_WIDE
    if number is None:
        raise EvalError("a number is required")
    return number


_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def to_bool(value: object) -> bool | Unknown:
    """As a bool: of strings only "true", "false", "1" and "0"."""
    if type(value) is bool:
        return value
    if type(value) is str:
        answer = _BOOLS.get(value)
        if answer is None:
            raise EvalError("a bool is required")
        return answer
    if isinstance(value, Unknown):
        if isinstance(value, Choice):
            return cast("bool | Unknown", over(value, to_bool))
        if isinstance(value, Typed):
            return _typed(value, BOOL, (STRING, BOOL))
        return unknown_from(value) if isinstance(value, (Text, JsonText)) else value
    if value is None:
        raise EvalError("argument must not be null")
    raise EvalError("bool required")


def as_condition(value: object) -> bool | Unknown:
    if value is None:
        raise EvalError("the condition value is null; conditions must either be true or false")
    try:
        return to_bool(value)
    except EvalError:
        if isinstance(value, Unknown):
            return unknown_from(value)
        raise EvalError("the condition expression must be of type bool") from None


# --- the operators


def _operands(symbol: str, convert: Callable[[object], object], left: object, right: object) -> tuple[object, object]:
    try:
        first = convert(left)
    except EvalError as error:
        raise EvalError(f"unsuitable value for left operand of `{symbol}`: {error.message}") from None
    try:
        return first, convert(right)
    except EvalError as error:
        raise EvalError(f"unsuitable value for right operand of `{symbol}`: {error.message}") from None


def _either_way(symbol: str, left: object, right: object) -> object:
    """The operation with an operand that is one of several values."""
    operate = BINARY[symbol]
    if isinstance(left, Choice):
        return over(left, lambda one: operate(one, right))
    assert isinstance(right, Choice)
    return over(right, lambda one: operate(left, one))


def _calculate(symbol: str, left: object, right: object) -> object:
    """Arithmetic other than on small whole numbers."""
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _either_way(symbol, left, right)
    a, b = _operands(symbol, to_number, left, right)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Typed(NUMBER, unknown_from(a, b).reasons)
    from guardrails.sources.terraform import arithmetic

    operate = {
        "+": arithmetic.add,
        "-": arithmetic.subtract,
        "*": arithmetic.multiply,
        "/": arithmetic.divide,
        "%": arithmetic.remainder,
    }[symbol]
    try:
        return operate(cast("Number", a), cast("Number", b))
    except (arithmetic.TooWideError, ArithmeticError, ValueError, MemoryError):
        return _TOO_WIDE


def add(left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        number = left + right
        if -_FITS < number < _FITS:
            return number
    return _calculate("+", left, right)


def subtract(left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        number = left - right
        if -_FITS < number < _FITS:
            return number
    return _calculate("-", left, right)


def multiply(left: object, right: object) -> object:
    if type(left) is int and type(right) is int and (left > 0 or right > 0):  # 0 * -1 is -0
        number = left * right
        if number and -_FITS < number < _FITS:
            return number
    return _calculate("*", left, right)


def divide(left: object, right: object) -> object:
    return _calculate("/", left, right)


def remainder(left: object, right: object) -> object:
    return _calculate("%", left, right)


def _order(symbol: str, left: object, right: object) -> object:
    """Comparison other than of whole numbers."""
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _either_way(symbol, left, right)
    a, b = _operands(symbol, to_number, left, right)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Typed(BOOL, unknown_from(a, b).reasons)
    first, second = cast("Number", a), cast("Number", b)
    if symbol == "<":
        return first < second
    if symbol == ">":
        return first > second
    return first <= second if symbol == "<=" else first >= second


def less(left: object, right: object) -> object:
    return left < right if type(left) is int and type(right) is int else _order("<", left, right)


def greater(left: object, right: object) -> object:
    return left > right if type(left) is int and type(right) is int else _order(">", left, right)


def at_most(left: object, right: object) -> object:
    return left <= right if type(left) is int and type(right) is int else _order("<=", left, right)


def at_least(left: object, right: object) -> object:
    return left >= right if type(left) is int and type(right) is int else _order(">=", left, right)


def equal(left: object, right: object) -> object:
    answer = equals(left, right)
    return answer if answer is True or answer is False else _as_bool(answer)


def different(left: object, right: object) -> object:
    return negation(equal(left, right))


def _as_bool(answer: bool | Unknown) -> bool | Unknown:
    return Typed(BOOL, answer.reasons) if type(answer) is Unknown else answer


def conjunction(left: object, right: object) -> object:
    """`left && right` in three values: false if either is false, whatever the other is."""
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _either_way("&&", left, right)
    a, b = _operands("&&", to_bool, left, right)
    if a is False or b is False:
        return False
    return True if a is True and b is True else Typed(BOOL, unknown_from(a, b).reasons)


def disjunction(left: object, right: object) -> object:
    """`left || right` in three values: true if either is true, whatever the other is."""
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _either_way("||", left, right)
    a, b = _operands("||", to_bool, left, right)
    if a is True or b is True:
        return True
    return False if a is False and b is False else Typed(BOOL, unknown_from(a, b).reasons)


def negation(operand: object) -> object:
    """`!operand`"""
    if type(operand) is bool:
        return not operand
    if isinstance(operand, Choice):
        return over(operand, negation)
    try:
        answer = to_bool(operand)
    except EvalError as error:
        raise EvalError(f"unsuitable value for unary operand of `!`: {error.message}") from None
    return Typed(BOOL, answer.reasons) if isinstance(answer, Unknown) else not answer


def opposite(operand: object) -> object:
    """`-operand`"""
    if type(operand) is int and operand:
        return -operand
    if isinstance(operand, Choice):
        return over(operand, opposite)
    try:
        number = to_number(operand)
    except EvalError as error:
        raise EvalError(f"unsuitable value for unary operand of `-`: {error.message}") from None
    if isinstance(number, Unknown):
        return Typed(NUMBER, number.reasons)
    from guardrails.sources.terraform.arithmetic import negate

    return negate(number)


BINARY: dict[str, Callable[[object, object], object]] = {
    "||": disjunction,
    "&&": conjunction,
    "==": equal,
    "!=": different,
    "<": less,
    ">": greater,
    "<=": at_most,
    ">=": at_least,
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
}
UNARY: dict[str, Callable[[object], object]] = {"!": negation, "-": opposite}
