"""`format` and `formatlist`: verbs as in terraform, which are those of Go's `fmt` on numbers and strings."""

from __future__ import annotations

from guardrails.kernel.pattern import compiled
from guardrails.sources.terraform.operators import to_bool, to_number, to_string
from guardrails.sources.terraform.values import EvalError, HclSet, Input, JsonText, Unknown, text, wholly_known

from .clusters import clusters
from .signature import LONGEST_LIST, LONGEST_STRING, GiveUp, Number, form, limit, opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Sequence
    from decimal import Decimal

_VERB = compiled(
    r"%(?:%|(?P<flags>[0#+\- ]*)(?P<width>[1-9][0-9]*)?(?:\.(?P<precision>[0-9]*))?(?:\[(?P<index>[1-9][0-9]*)\])?"
    r"(?P<mode>[A-Za-z]))"
)
_WIDEST = 10_000  # columns or digits that one verb may ask for


class _Verb:
    """One parsed `%…`."""

    __slots__ = ("flags", "mode", "precision", "raw", "width")

    def __init__(self, match: re.Match[str]) -> None:
        self.raw = match[0]
        self.flags = match["flags"]
        self.width = int(match["width"] or 0)
        self.precision = None if match["precision"] is None else int(match["precision"] or 0)
        self.mode = match["mode"]


def _too_wide() -> GiveUp:
    return GiveUp(limit("the format asks for too wide a field"))


def formatted_list(template: str, arguments: Sequence[object]) -> object:
    """`format` once for each element of the list arguments, which must be equally long."""
    count = -1
    unsure: list[object] = []
    columns: list[list[object] | None] = []
    for argument in arguments:
        items = argument.items if isinstance(argument, HclSet) else argument
        if not wholly_known(argument) and _may_be_sequence(argument):
            unsure.append(argument)
        elif isinstance(items, list):
            if count not in {-1, len(items)}:
                raise EvalError(f"list arguments have different lengths, {count} and {len(items)}")
            count = len(items)
            columns.append(items)
            continue
        columns.append(None)
    if unsure:
        return opaque(unsure)
    count = 1 if count < 0 else count
    pairs = list(zip(arguments, columns, strict=True))
    if count * (len(template) + 1) > LONGEST_STRING or count > LONGEST_LIST:
        return limit("the formatted list is too long")
    return [
        format_text(template, [value if column is None else column[row] for value, column in pairs])
        for row in range(count)
    ]


def _may_be_sequence(value: object) -> bool:
    """Whether something may be a sequence of elements that cannot be told yet."""
    return isinstance(value, HclSet) or (isinstance(value, Unknown) and form(value) in {"list", "tuple", "set", "any"})


def format_text(template: str, arguments: Sequence[object]) -> object:
    """The formatted string; a `Text` if some argument is not wholly known."""
    try:
        return _formatted_text(template, arguments)
    except EvalError:
        if all(map(wholly_known, arguments)):
            raise
        return opaque(list(arguments))  # terraform looks at the verbs only once all is known


def _formatted_text(template: str, arguments: Sequence[object]) -> object:
    parts: list[object] = []
    end = following = used = size = 0
    while (start := template.find("%", end)) >= 0:
        parts.append(template[end:start])
        match = _VERB.match(template, start)
        if match is None:
            raise EvalError(f"unrecognised format verb at offset {start}")
        end = match.end()
        if match[0] == "%%":
            parts.append("%")
            continue
        index = int(match["index"]) if match["index"] else following + 1
        following = index
        used = max(used, index)
        if index > len(arguments):
            raise EvalError(f"not enough arguments for `{match[0]}`: need {index} but have {len(arguments)}")
        parts.append(_formatted(_Verb(match), arguments[index - 1]))
        if isinstance(parts[-1], str):
            size += len(parts[-1])
            if size > LONGEST_STRING:
                raise _too_wide()
    parts.append(template[end:])
    if used < len(arguments):
        raise EvalError(f"too many arguments; only {used} used by format string")
    return text(parts)


def _formatted(verb: _Verb, value: object) -> object:
    if verb.width > _WIDEST or (verb.precision or 0) > _WIDEST:
        raise _too_wide()
    if verb.mode not in "vtbdoxXeEfgGsq":
        raise EvalError(f"unsupported format verb `{verb.raw}`")
    if value is None and verb.mode != "v":
        raise EvalError(f"unsupported value for `{verb.raw}`: null value cannot be formatted")
    if not wholly_known(value):
        return _hole(verb, value)
    if verb.mode == "v":
        return _pad(verb, _as_is(verb, value))
    if verb.mode == "t":
        return "true" if to_bool(value) is True else "false"
    if verb.mode in "sq":
        return _string(verb, to_string(value))
    number = to_number(value)
    assert not isinstance(number, Unknown)  # of a known value
    if verb.mode in "bdoxX":
        if not isinstance(number, int) and (not number.is_finite() or number != number.to_integral_value()):
            raise EvalError(f"unsupported value for `{verb.raw}`: an integer is required")
        return _integer(verb, int(number))
    return _float(verb, number)


def _hole(verb: _Verb, value: object) -> object:
    """What an unknown value leaves in the string: itself where the verb would not change a string."""
    plain = verb.width == 0 and verb.precision is None and verb.mode in "sv" and "#" not in verb.flags
    if plain and isinstance(value, Unknown):
        if isinstance(value, Input):  # `%v` shows null, and shows some numbers in another way
            return to_string(value) if verb.mode == "s" else opaque(value)
        return value
    if verb.mode == "v" and isinstance(value, (list, dict, HclSet)) and verb.width == 0:
        return JsonText(value)
    return opaque(value)


def _as_is(verb: _Verb, value: object) -> str:
    if "#" not in verb.flags and value is not None:
        if isinstance(value, str):
            return value
        if form(value) == "number":
            return _general(value, None)  # type: ignore[arg-type]  # its kind says that it is a number
    from .encoding import json_text

    return json_text(value)


def _string(verb: _Verb, value: object) -> str:
    assert isinstance(value, str)  # of a known value
    if verb.precision:
        value = "".join(clusters(value)[: verb.precision])
    if verb.mode == "q":
        from .encoding import json_text

        value = json_text(value)
    return _pad(verb, value)


def _pad(verb: _Verb, value: str) -> str:
    missing = verb.width - len(clusters(value))
    if missing <= 0:
        return value
    padding = ("0" if "0" in verb.flags else " ") * missing
    return value + padding if "-" in verb.flags else padding + value


def _sign(verb: _Verb, *, negative: bool) -> str:
    if negative:
        return "-"
    return "+" if "+" in verb.flags else " " if " " in verb.flags else ""


def _integer(verb: _Verb, number: int) -> str:
    """As Go formats a `big.Int`."""
    digits = format(abs(number), verb.mode)
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "d": ""}[verb.mode] if "#" in verb.flags else ""
    if verb.precision is not None:
        if number == 0 and verb.precision == 0:
            return ""  # whatever the width
        digits = digits.rjust(verb.precision, "0")
    head = _sign(verb, negative=number < 0) + prefix
    missing = verb.width - len(head) - len(digits)
    if missing <= 0:
        return head + digits
    if "-" in verb.flags:
        return head + digits + " " * missing
    if "0" in verb.flags and verb.precision is None:
        return head + "0" * missing + digits
    return " " * missing + head + digits


def _float(verb: _Verb, number: Number) -> str:
    """As Go formats a `big.Float`."""
    from decimal import Decimal

    if isinstance(number, Decimal) and not number.is_finite():
        digits = "Inf"
        head = "-" if number < 0 else " " if " " in verb.flags else "+"
    else:
        digits = _digits(verb, number.copy_abs() if isinstance(number, Decimal) else abs(number))
        head = _sign(verb, negative=(isinstance(number, Decimal) and number.is_signed()) or number < 0)
    missing = verb.width - len(head) - len(digits)
    if missing <= 0:
        return head + digits
    if "0" in verb.flags and digits != "Inf":  # even beside `-`
        return head + "0" * missing + digits
    return head + digits + " " * missing if "-" in verb.flags else " " * missing + head + digits


def _digits(verb: _Verb, number: Number) -> str:
    if verb.mode in "gG":
        digits = _general(number, verb.precision)
        return digits.upper() if verb.mode == "G" else digits
    from decimal import ROUND_HALF_EVEN, Context, Decimal

    precision = 6 if verb.precision is None else verb.precision
    exact = _as_held(Decimal(number))
    if verb.mode == "f":
        wide = Context(prec=max(exact.adjusted(), 0) + precision + 400, rounding=ROUND_HALF_EVEN)
        return format(exact.quantize(Decimal(1).scaleb(-precision), context=wide), "f")
    return _exponential(exact, precision, verb.mode)


_BITS = 512


def _as_held(number: Decimal) -> Decimal:
    """The binary number that terraform holds for a decimal one: what is rounded is the difference between the two."""
    from decimal import Context, Decimal

    if abs(number.adjusted()) > 1000 or number == number.to_integral_value():
        return number
    top, bottom = abs(number).as_integer_ratio()
    shift = _BITS - top.bit_length() + bottom.bit_length()
    if shift <= 0:
        return number
    if (top << shift) // bottom >= 1 << _BITS:
        shift -= 1
    mantissa, rest = divmod(top << shift, bottom)
    if rest * 2 > bottom or (rest * 2 == bottom and mantissa & 1):
        mantissa += 1
    held = Context(prec=5000).divide(Decimal(mantissa), Decimal(1 << shift))
    return held.copy_sign(number)


def _exponential(number: Decimal, precision: int, mark: str) -> str:
    from decimal import ROUND_HALF_EVEN, Context

    rounded = Context(prec=precision + 1, rounding=ROUND_HALF_EVEN).plus(number)
    _, digits, exponent = rounded.as_tuple()
    assert isinstance(exponent, int)  # finite
    power = exponent + len(digits) - 1 if number else 0
    figures = "".join(map(str, digits)).ljust(precision + 1, "0")
    mantissa = figures[0] + ("." + figures[1 : precision + 1] if precision else "")
    return f"{mantissa}{mark}{'-' if power < 0 else '+'}{abs(power):02d}"


def _general(number: Number, precision: int | None) -> str:
    """`%g`: plain digits, or an exponent for the very great and small. Without precision, as many as there are."""
    from decimal import ROUND_HALF_EVEN, Context, Decimal

    exact = Decimal(number)
    if not exact.is_finite():
        return "-Inf" if exact < 0 else "+Inf"
    if precision is not None:
        exact = Context(prec=max(precision, 1), rounding=ROUND_HALF_EVEN).plus(_as_held(exact))
    sign = "-" if exact.is_signed() else ""
    _, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # finite
    figures = "".join(map(str, digits)).rstrip("0") or "0"
    power = exponent + len(digits) - 1 if exact else 0
    # Go's rule: six digits decide if none are asked for, else those asked for, or those there are if there are fewer.
    deciding = 6 if precision is None else max(precision, 1)
    if precision is not None and deciding > len(figures) >= power + 1:
        deciding = len(figures)
    if power < -4 or power >= deciding:
        mantissa = figures[0] + ("." + figures[1:] if len(figures) > 1 else "")
        return f"{sign}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{figures}"
    whole = figures[: power + 1].ljust(power + 1, "0")
    return sign + whole + ("." + figures[power + 1 :] if len(figures) > power + 1 else "")
