"""Patterns that look at the text of a message: terms, a lone regular expression, and fields between spaces.

Rules: Amazon CloudWatch Logs User Guide, "Filter pattern syntax", on unstructured and on space-delimited log events.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.kernel.typed import Protocol
from guardrails.semantics.filters.comparisons import number_in, readings_of
from guardrails.semantics.filters.regex import shape_of
from guardrails.semantics.filters.syntax import (
    MOST_REGEXES,
    Expression,
    FilterSyntaxError,
    Literal,
    Number,
    quoted,
    regex,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar


class Text(Protocol):
    """A pattern of this kind."""

    @property
    def has_regex(self) -> bool: ...

    @property
    def by_accident(self) -> bool:
        """Whether it holds of JSON by accident only: how that is cut at blanks and quotes nobody documents."""
        ...

    def matches(self, message: str) -> bool | None: ...

    def written(self) -> str: ...


# --- terms ------------------------------------------------------------------------------------------------------------


class Lone(Record):
    """A regular expression for the whole message."""

    source: str
    has_regex: ClassVar[bool] = True
    by_accident: ClassVar[bool] = False

    def matches(self, message: str) -> bool:
        return shape_of(self.source).matches(message)

    def written(self) -> str:
        return f"%{self.source}%"


class Term(Record):
    """A stretch of text that has to be there, or must not (`-`), or is one of several of which one has to (`?`)."""

    content: str
    sign: str = ""


class Terms(Record):
    """Terms in order; none match everything. Those with `?` do not count next to any others."""

    terms: tuple[Term, ...]
    has_regex: ClassVar[bool] = False
    by_accident: ClassVar[bool] = False

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(term.content for term in self.terms if not term.sign)

    @property
    def excluded(self) -> tuple[str, ...]:
        return tuple(term.content for term in self.terms if term.sign == "-")

    @property
    def optional(self) -> tuple[str, ...]:
        """Those of which one has to be there."""
        alone = all(term.sign == "?" for term in self.terms)
        return tuple(term.content for term in self.terms) if alone else ()

    def matches(self, message: str) -> bool:
        optional = self.optional
        return (
            all(content in message for content in self.required)
            and not any(content in message for content in self.excluded)
            and (not optional or any(content in message for content in optional))
        )

    def written(self) -> str:
        return " ".join(f'{term.sign}"{term.content}"' for term in self.terms)


_TERM = compile_later(r"\w+")


def read_terms(text: str, doubts: dict[str, None]) -> Terms | Lone:
    """A pattern of terms; a lone regular expression is one for the whole message."""
    found: list[Term] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        sign = text[at] if text[at] in "-?" else ""
        at += len(sign)
        if text.startswith("%", at) and not sign:
            source, at = regex(text, at)
            if not found and not text[at:].strip():
                return Lone(source)
            doubts["what a regular expression means next to terms"] = None
            continue
        if text.startswith('"', at):
            content, at, escaped = quoted(text, at)
            if escaped:
                doubts["what a backslash means in quotes"] = None
        else:
            word = _TERM.match(text, at)
            if word is None:
                raise _invalid(text, at)
            content, at = word[0], word.end()
        found.append(Term(content, sign))
        if at < len(text) and not text[at].isspace():
            raise _invalid(text, at)
    if not any(term.sign or term.content.strip() for term in found):
        return Terms(())
    return Terms(tuple(found))


def _invalid(text: str, at: int) -> FilterSyntaxError:
    shown = f"`{text[at]}` " if at < len(text) else ""
    return FilterSyntaxError(at, f"invalid character {shown}in term: quote a term that is not letters, digits and `_`")


# --- fields between spaces --------------------------------------------------------------------------------------------


class FieldTest(Record):
    """One comparison with a field, in a row of alternatives or of conditions."""

    operator: str
    operand: Literal | Number | Expression

    def holds(self, word: str) -> bool | None:
        if isinstance(self.operand, Number):
            return self._ordered(word, self.operand)
        found: set[bool]
        if isinstance(self.operand, Expression):
            found = {shape_of(self.operand.source).matches(word)}
        else:
            found = {reading.matches(word) for reading in readings_of(self.operand.content)}
        equal = found.pop() if len(found) == 1 else None
        return equal if equal is None or self.operator == "=" else not equal

    def _ordered(self, word: str, operand: Number) -> bool | None:
        number, limit = number_in(word), operand.value
        if self.operator in ("=", "!="):
            same = word == operand.written
            if not same and number == limit:
                return None
            return same is (self.operator == "=")
        if number is None:
            return False
        return {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}[self.operator]


class SpacedField(Record):
    """A field by name, with alternatives of conditions. Without any it takes whatever is there."""

    name: str
    alternatives: tuple[tuple[FieldTest, ...], ...] = ()

    def holds(self, word: str) -> bool | None:
        if not self.alternatives:
            return True
        answers = [_both(test.holds(word) for test in tests) for tests in self.alternatives]
        return True if True in answers else None if None in answers else False

    def written(self) -> str:
        return (
            " || ".join(
                " && ".join(f"{self.name} {test.operator} {_written(test.operand)}" for test in tests)
                for tests in self.alternatives
            )
            or self.name
        )


ELLIPSIS = SpacedField("...")


class Spaced(Record):
    """Fields in order; at most one of them is the ellipsis, which stands for any number."""

    fields: tuple[SpacedField, ...]

    @property
    def has_regex(self) -> bool:
        tests = (test for field in self.fields for tests in field.alternatives for test in tests)
        return any(isinstance(test.operand, Expression) for test in tests)

    @property
    def by_accident(self) -> bool:
        return any(field.alternatives for field in self.fields)

    def matches(self, message: str) -> bool | None:
        words = split_in_words(message)
        wanted = [field for field in self.fields if field is not ELLIPSIS]
        if len(words) < len(wanted):
            return False
        if len(wanted) < len(self.fields):
            before = self.fields.index(ELLIPSIS)
            behind = len(wanted) - before
            texts = [content for content, _ in (*words[:before], *words[len(words) - behind :])]
        else:
            texts = [content for content, _ in words[: len(wanted)]]
            if len(words) > len(wanted):
                texts[-1] = message[words[len(wanted) - 1][1] :].rstrip()
        return _both(field.holds(content) for field, content in zip(wanted, texts, strict=True))

    def written(self) -> str:
        return f"[{', '.join(field.written() for field in self.fields)}]"


def _both(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return False if False in found else None if None in found else True


def _written(operand: Literal | Number | Expression) -> str:
    if isinstance(operand, Number):
        return operand.written
    return f"%{operand.source}%" if isinstance(operand, Expression) else f'"{operand.content}"'


_WORDS = compile_later(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')


def split_in_words(message: str) -> list[tuple[str, int]]:
    """The fields of a message, each with where it begins; what stands in quotes or square brackets is one."""
    return [
        (next(group for group in found.groups() if group is not None), found.start())
        for found in _WORDS.finditer(message)
    ]


_FIELD_NAME = compile_later(r"\.\.\.|[\w.$@-]+")
_FIELD_OPERATOR = compile_later(r"!=|<=|>=|[=<>]")
_FIELD_VALUE = compile_later(r'[^\s,&|\]\[()"=!<>%]+')
_NUMBER = compile_later(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class SpacedReader:
    """Reads one space-delimited pattern."""

    def __init__(self, text: str, doubts: dict[str, None]) -> None:
        self.text = text
        self.at = 0
        self.doubts = doubts
        self.regexes = 0

    def pattern(self) -> Spaced:
        self._blank()
        self.at += 1  # the bracket by which this kind of pattern is known
        fields: list[SpacedField] = []
        while True:
            self._blank()
            start = self.at
            fields.append(self._field())
            if fields[-1] is ELLIPSIS and ELLIPSIS in fields[:-1]:
                raise FilterSyntaxError(start, "`...` may stand only once")
            if self._next() != ",":
                break
            self.at += 1
        if self._next() != "]":
            raise FilterSyntaxError(self.at, "expected a comma or the closing bracket `]`")
        self.at += 1
        self._blank()
        if self.at < len(self.text):
            raise FilterSyntaxError(self.at, "nothing may follow the closing bracket")
        if self.regexes > MOST_REGEXES:
            raise FilterSyntaxError(0, "a pattern has at most two regular expressions")
        return Spaced(tuple(fields))

    def _field(self) -> SpacedField:
        name = self._name()
        self._blank()
        if name == "...":
            return ELLIPSIS
        alternatives: list[list[FieldTest]] = [[]]
        if _FIELD_OPERATOR.match(self.text, self.at) is None:
            return SpacedField(name)
        while True:
            alternatives[-1].append(self._test())
            self._blank()
            if self.text.startswith("||", self.at):
                alternatives.append([])
            elif not self.text.startswith("&&", self.at):
                return SpacedField(name, tuple(map(tuple, alternatives)))
            self.at += 2
            self._blank()
            start = self.at
            if self._name() != name:
                raise FilterSyntaxError(start, f"conditions joined here are on one field: repeat its name, `{name}`")
            self._blank()

    def _name(self) -> str:
        found = _FIELD_NAME.match(self.text, self.at)
        if found is None:
            raise FilterSyntaxError(self.at, "expected the name of a field, or `...`")
        self.at = found.end()
        return found[0]

    def _test(self) -> FieldTest:
        found = _FIELD_OPERATOR.match(self.text, self.at)
        if found is None:
            raise FilterSyntaxError(self.at, "expected `=`, `!=`, `<`, `<=`, `>` or `>=`")
        self.at = found.end()
        self._blank()
        start = self.at
        operand = self._operand()
        if found[0] not in ("=", "!=") and not isinstance(operand, Number):
            raise FilterSyntaxError(start, f"`{found[0]}` compares with a number")
        return FieldTest(found[0], operand)

    def _operand(self) -> Literal | Number | Expression:
        if self._next() == "%":
            source, self.at = regex(self.text, self.at)
            self.regexes += 1
            return Expression(source)
        if self._next() == '"':
            content, self.at, escaped = quoted(self.text, self.at)
            if escaped:
                self.doubts["what a backslash means in quotes"] = None
            return Literal(content)
        found = _FIELD_VALUE.match(self.text, self.at)
        if found is None:
            raise FilterSyntaxError(self.at, "expected a value: a text, a number or a `%regular expression%`")
        self.at = found.end()
        return Number(found[0]) if _NUMBER.fullmatch(found[0]) else Literal(found[0])

    def _blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]
