"""What one test of a JSON filter pattern says of a value, known or not.

The truth table is that of the Amazon CloudWatch Logs User Guide, "Filter pattern syntax", and, where that is silent,
of published runs against the service: a null satisfies no comparison, a missing field neither `=` nor `!=`, and a
number is different from any text. What is still open is in `unsettled`.
"""

from __future__ import annotations

from functools import lru_cache

from guardrails.semantics.fields import Test
from guardrails.semantics.filters import unsettled
from guardrails.semantics.filters.syntax import Expression, Literal, Number
from guardrails.semantics.shapes import ANY_TEXT, EITHER, FAILS, HOLDS, NEVER, UNSETTLED, Glob, OneOf, exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.semantics.fields import Array, Other
    from guardrails.semantics.filters.syntax import Comparison, Operand
    from guardrails.semantics.shapes import Outcomes, Shape, Texts

EXPLAINED = {
    "=": "whether this value equals what it is compared with",
    "!=": "whether this value counts as different",
    "NOT EXISTS": "what `NOT EXISTS` means with a wildcard",
}
"""What AWS does not say, by operator."""
_ORDER = "whether a text that reads as a number is compared as one"


@lru_cache(maxsize=2048)
def test_of(comparison: Comparison) -> ComparisonTest:
    """The test that a comparison makes of the value that its selector finds."""
    operator, operand = comparison.operator, comparison.operand
    if operand is None:
        return Kept(operator)
    if operator in ("=", "!="):
        return Equality(operand, negated=operator == "!=")
    assert isinstance(operand, Number), "an order is one of numbers"
    return Order(operator, operand)


class ComparisonTest(Test):
    """`unsettled` is what AWS does not say of it, should it be asked for that."""

    __slots__ = ("unsettled",)

    unsettled: str

    def of_text(self, content: str) -> bool | None:
        raise NotImplementedError

    def of_value(self, value: object) -> bool | None:
        """Of any JSON value that is there."""
        if isinstance(value, str):
            return self.of_text(value)
        if value is None or isinstance(value, bool | int | float):
            return self.of_other(value)
        return False  # an object or array fits no test

    def of_array(self, array: Array) -> Outcomes:  # noqa: ARG002 - whatever is in it
        return FAILS


class Kept(ComparisonTest):
    """`IS NULL`, `IS TRUE`, `IS FALSE` and `NOT EXISTS`: texts, whatever they say, satisfy none of them."""

    __slots__ = ("_operator",)

    def __init__(self, operator: str) -> None:
        self._operator = operator
        self.unsettled = EXPLAINED.get(operator, "")

    def of_text(self, content: str) -> bool | None:  # noqa: ARG002 - whatever it says
        return False

    def of_texts(self, texts: Texts) -> Outcomes:  # noqa: ARG002 - whatever they say
        return FAILS

    def of_other(self, value: Other) -> bool | None:
        if value is None:
            return self._operator == "IS NULL"
        return (value is True and self._operator == "IS TRUE") or (value is False and self._operator == "IS FALSE")

    def of_numbers(self) -> Outcomes:
        return FAILS

    def of_absent(self) -> bool | None:
        return self._operator == "NOT EXISTS"


class Order(ComparisonTest):
    """`<`, `<=`, `>`, `>=` against a number."""

    __slots__ = ("_number", "_operator", "numbers")

    def __init__(self, operator: str, operand: Number) -> None:
        self._operator = operator
        self._number = operand.value
        self.numbers = (operand.value,)
        self.unsettled = _ORDER

    def of_text(self, content: str) -> bool | None:
        number = number_in(content)
        return number is not None and unsettled.NUMERIC_TEXT_IS_ORDERED and self._ordered(number)

    def of_texts(self, texts: Texts) -> Outcomes:
        if texts.only is not None:
            return frozenset(self.of_text(content) for content in texts.only)
        return FAILS if unsettled.NUMERIC_TEXT_IS_ORDERED is False else FAILS | UNSETTLED

    def of_other(self, value: Other) -> bool | None:
        if value is None or isinstance(value, bool):
            return False
        return self._ordered(value)

    def _ordered(self, value: float) -> bool:
        if self._operator == "<":
            return value < self._number
        if self._operator == "<=":
            return value <= self._number
        return value > self._number if self._operator == ">" else value >= self._number


class Equality(ComparisonTest):
    """`=` and `!=`. A literal with an asterisk inside is read in both ways, and they have to agree."""

    __slots__ = ("_negated", "_number", "_numeric_wildcard", "numbers", "readings", "shapes")

    def __init__(self, operand: Operand, *, negated: bool) -> None:
        self._negated = negated
        self._number = operand.value if isinstance(operand, Number) else None
        self._numeric_wildcard = isinstance(operand, Literal) and operand.bare and "*" in operand.content
        self.readings = _readings(operand)
        self.shapes = self.readings
        self.numbers = (self._number,) if self._number is not None else ()
        self.unsettled = EXPLAINED["!=" if negated else "="]
        if len(self.readings) > 1:
            self.unsettled = "whether an asterisk inside a value stands for any text"

    def equals_text(self, content: str) -> bool | None:
        """Whether it equals a text, before a `!=` turns it round."""
        answers = {reading.matches(content) for reading in self.readings}
        if self._number is not None and number_in(content) == self._number:
            return unsettled.NUMBER_EQUALS_TEXT
        return answers.pop() if len(answers) == 1 else None

    def _equals_other(self, value: Other) -> bool | None:
        if isinstance(value, bool):
            as_text = self._equals_as_text("true" if value else "false")
            return False if as_text is False else unsettled.BOOLEAN_EQUALS_TEXT and as_text
        if value is None or self._number is not None:
            return value == self._number
        if self.readings == (ANY_TEXT,):
            return True
        as_text = self._equals_as_text(repr(value))
        if as_text is False or self._numeric_wildcard:
            return as_text
        point = unsettled.REGEX_SEES_NUMBERS if self._is_regex else unsettled.NUMBER_EQUALS_TEXT
        return point and as_text

    @property
    def _is_regex(self) -> bool:
        return not all(isinstance(reading, Glob) for reading in self.readings)

    def _equals_as_text(self, content: str) -> bool | None:
        answers = {reading.matches(content) for reading in self.readings}
        return answers.pop() if len(answers) == 1 else None

    def of_text(self, content: str) -> bool | None:
        return self._turned(self.equals_text(content))

    def of_other(self, value: Other) -> bool | None:
        if value is None:
            return False
        found = self._equals_other(value)
        if self._negated and isinstance(value, bool) and found is False:
            return unsettled.BOOLEAN_DIFFERS
        return self._turned(found)

    def of_numbers(self) -> Outcomes:
        if self._number is not None:
            return EITHER
        if self.readings == (ANY_TEXT,):
            return FAILS if self._negated else HOLDS
        return (HOLDS if self._negated else FAILS) | UNSETTLED

    def of_texts(self, texts: Texts) -> Outcomes:
        if texts.only is not None:
            return frozenset(self.of_text(content) for content in texts.only)
        if self._number is not None:
            return frozenset((self._turned(False), self._turned(unsettled.NUMBER_EQUALS_TEXT)))
        found = frozenset(outcome for reading in self.readings for outcome in texts.outcomes(reading))
        if len(self.readings) > 1 and len(found) > 1:
            found |= UNSETTLED
        return frozenset(self._turned(outcome) for outcome in found)

    def _turned(self, found: bool | None) -> bool | None:
        return found if found is None else found is not self._negated


class Membership(ComparisonTest):
    """Several equalities of one field as one test: it is one of these, or, negated, none of them."""

    __slots__ = ("_negated", "_shape", "_tests", "shapes")

    def __init__(self, tests: tuple[Equality, ...], *, negated: bool) -> None:
        self._tests = tests
        self._negated = negated
        self._shape = OneOf(tuple(test.readings[0] for test in tests))
        self.shapes = (self._shape,)
        self.unsettled = tests[0].unsettled

    def of_text(self, content: str) -> bool | None:
        return self._shape.matches(content) is not self._negated

    def of_texts(self, texts: Texts) -> Outcomes:
        found = texts.outcomes(self._shape)
        return frozenset(outcome is not self._negated for outcome in found)

    def of_other(self, value: Other) -> bool | None:
        answers = {test.of_other(value) for test in self._tests}
        decisive = not self._negated
        return decisive if decisive in answers else None if None in answers else not decisive

    def of_numbers(self) -> Outcomes:
        found = [test.of_numbers() for test in self._tests]
        decisive = FAILS if self._negated else HOLDS
        return decisive if decisive in found else NEVER.union(*found)


def _readings(operand: Operand) -> tuple[Shape, ...]:
    """The shapes that a value may stand for: one, unless AWS leaves open which."""
    if isinstance(operand, Expression):
        from guardrails.semantics.filters.regex import shape_of

        return (shape_of(operand.source),)
    if isinstance(operand, Number):
        return (exact(operand.written),)
    assert operand is not None, "a keyword is no equality"
    return readings_of(operand.content)


def readings_of(content: str) -> tuple[Glob, ...]:
    """A literal with asterisks at its ends as a glob; one with an asterisk inside as both that it may be."""
    inner = content.strip("*")
    leading, trailing = content.startswith("*"), content.endswith("*")
    if not inner:
        return (ANY_TEXT,) if content else (exact(""),)
    ends = ("",) if leading else (), ("",) if trailing else ()
    plain = Glob((*ends[0], inner, *ends[1]))
    if "*" not in inner or unsettled.INNER_ASTERISK_IS_WILD is False:
        return (plain,)
    wild = Glob((*ends[0], *inner.split("*"), *ends[1]))
    return (wild,) if unsettled.INNER_ASTERISK_IS_WILD else (plain, wild)


def number_in(content: str) -> float | None:
    """The number that a text reads as."""
    if not content or content[0] not in "+-.0123456789" or not content[-1].isdecimal() or "_" in content:
        return None
    try:
        return float(content)
    except ValueError:
        return None
