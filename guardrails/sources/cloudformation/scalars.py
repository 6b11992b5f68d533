"""What a scalar without quotes is by the rules of YAML 1.1, by which CloudFormation reads templates.

Timestamps stay texts, as the service takes them; so do numbers too long to be numbers, and those that are no number.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from decimal import Decimal

MOST_DIGITS = 400

_WORDS: dict[str, bool | None] = {
    **{spelt: word in ("yes", "true", "on") for word in ("yes", "no", "true", "false", "on", "off")
       for spelt in (word, word.capitalize(), word.upper())},
    "~": None, "null": None, "Null": None, "NULL": None, "": None,
}  # fmt: skip
_STARTS = frozenset("-+.0123456789")
_INTEGER = compile_later(
    r"([-+]?)(?:0b(?P<binary>[01_]+)|0x(?P<hexadecimal>[0-9a-fA-F_]+)|0(?P<octal>[0-7_]*)|(?P<decimal>[1-9][0-9_]*)"
    r"|(?P<sexagesimal>[1-9][0-9_]*(?::[0-5]?[0-9])+))"
)
_FLOAT = compile_later(r"(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?")
_SEXAGESIMAL_FLOAT = compile_later(r"([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+)\.([0-9_]*)")


def content_of(text: str) -> str | bool | int | Decimal | None:
    """What a plain scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS or len(text) > MOST_DIGITS:
        return text
    if text.isascii() and text.isdecimal() and text[0] != "0":
        return int(text)
    return number_of(text)


def number_of(text: str) -> str | int | Decimal:
    """The number that a plain scalar is; the text if it is none."""
    found = _INTEGER.fullmatch(text)
    if found is not None:
        return _integer(found, text)
    from decimal import Decimal

    if _FLOAT.fullmatch(text):
        number = Decimal(text.replace("_", ""))
        return number if abs(number.adjusted()) <= MOST_DIGITS else text
    found = _SEXAGESIMAL_FLOAT.fullmatch(text)
    if found is not None:
        sign, whole, fraction = found.groups()
        number = Decimal(_sixties(whole)) + Decimal(f"0.{fraction.replace('_', '') or 0}")
        return -number if sign == "-" else number
    return text


def _integer(found: re.Match[str], text: str) -> int | str:
    digits = found[found.lastgroup or 0].replace("_", "")
    if found.lastgroup == "sexagesimal":
        number = _sixties(digits)
    elif found.lastgroup == "octal":
        number = int(digits or "0", 8)
    elif not digits:
        return text
    else:
        number = int(digits, {"binary": 2, "hexadecimal": 16}.get(found.lastgroup or "", 10))
    return -number if found[1] == "-" else number


def _sixties(text: str) -> int:
    number = 0
    for part in text.replace("_", "").split(":"):
        number = number * 60 + int(part)
    return number
