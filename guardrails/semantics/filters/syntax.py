"""JSON filter patterns: from text to a tree, with the place of what is wrong.

Grammar and limits: Amazon CloudWatch Logs User Guide, "Filter pattern syntax". The reader keeps its own stack, so that
a thousand brackets are no more trouble than one.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.semantics.fields import Each
from guardrails.semantics.filters import unsettled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from guardrails.semantics.fields import Path

LONGEST = 1024
"""Characters of a pattern: `FilterPattern` in the API reference."""
MOST_REGEXES = 2
MOST_WILDCARD_SELECTORS = 3


class FilterSyntaxError(Exception):
    """The pattern is refused; `position` counts characters from 0. With `limit` only this program gives up on it."""

    def __init__(self, position: int, message: str, *, limit: bool = False) -> None:
        super().__init__(message)
        self.position = position
        self.message = message
        self.limit = limit


class Selector(Record):
    """What a test looks at, as it is written and as a path."""

    written: str
    path: Path

    @property
    def is_wildcard(self) -> bool:
        return any(isinstance(step, Each) for step in self.path)


class Literal(Record):
    """A text to compare with; asterisks in it are not yet read. Bare ones may be numbers with an asterisk."""

    content: str
    bare: bool = False


class Number(Record):
    """A number to compare with, as it is written."""

    written: str

    @property
    def value(self) -> float:
        return float(self.written)


class Expression(Record):
    """A regular expression to look for."""

    source: str


Operand: TypeAlias = Literal | Number | Expression | None


class Comparison(Record):
    """One test of one value. `operator` is `=`, `!=`, `<`, `<=`, `>`, `>=`, or a keyword, which has no operand."""

    selector: Selector
    operator: str
    operand: Operand = None


class AllOf(Record):
    parts: tuple[Node, ...]


class AnyOf(Record):
    parts: tuple[Node, ...]


Node: TypeAlias = Comparison | AllOf | AnyOf

KEYWORDS = {
    ("NOT", "EXISTS"): "NOT EXISTS",
    ("IS", "NULL"): "IS NULL",
    ("IS", "TRUE"): "IS TRUE",
    ("IS", "FALSE"): "IS FALSE",
}
_ORDERS = frozenset(("<", "<=", ">", ">="))
_SPACE = " \t\r\n"
_NUMBER = compile_later(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BARE = compile_later(r'[^\s()&|{}"=!<>%]+')
_WORD = compile_later(r"[A-Za-z]+")
_NAME = compile_later(r"[\w-]+")
_INDEX = compile_later(r"\[([0-9]+)\]")
_QUOTED_NAME = compile_later(r"\.?\['([^']+)'\]")
_OPERATOR = compile_later(r"!=|<=|>=|[=<>]")
_ESCAPED = compile_later(r"(?s)\\(.)")


class Reader:
    """Reads one JSON pattern. Afterwards `doubts` are the points in it that AWS does not document."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.doubts: dict[str, None] = {}
        self.comparisons: list[Comparison] = []

    def tree(self) -> Node:
        self._blank()
        self.at += 1  # the brace by which this kind of pattern is known
        node = self._expression()
        if self.at >= len(self.text):
            raise self._error("the pattern is not closed: `}` is missing")
        self.at += 1
        self._blank()
        if self.at < len(self.text):
            raise self._error("nothing may follow the closing brace")
        self._check_limits()
        return node

    def _check_limits(self) -> None:
        if sum(isinstance(one.operand, Expression) for one in self.comparisons) > MOST_REGEXES:
            raise FilterSyntaxError(0, "a pattern has at most two regular expressions")
        if sum(one.selector.is_wildcard for one in self.comparisons) > MOST_WILDCARD_SELECTORS:
            raise FilterSyntaxError(0, "a pattern has at most three selectors with a wildcard")

    def _expression(self) -> Node:
        """Up to the closing brace. Each level of brackets is a list of alternatives, each a list of conditions."""
        levels: list[list[list[Node]]] = [[[]]]
        opened: list[int] = []
        while True:
            self._blank()
            if self._next() == "(":
                opened.append(self.at)
                levels.append([[]])
                self.at += 1
                continue
            node: Node = self._comparison()
            while True:
                levels[-1][-1].append(node)
                self._blank()
                if self._next() != ")" or not opened:
                    break
                self.at += 1
                opened.pop()
                node = _joined(levels.pop())
            if self.text.startswith("||", self.at):
                levels[-1].append([])
            elif not self.text.startswith("&&", self.at):
                break
            self.at += 2
        if opened and self._next() in ("}", ""):
            raise FilterSyntaxError(opened[-1], "this bracket is not closed")
        if self._next() not in ("}", ""):
            raise self._error(
                "expected `&&`, `||` or the closing brace" if not opened else "expected `&&`, `||` or `)`"
            )
        return _joined(levels[0])

    def _comparison(self) -> Comparison:
        selector = self._selector()
        self._blank()
        start = self.at
        found = _OPERATOR.match(self.text, start)
        if found is None:
            comparison = Comparison(selector, self._keyword(start))
        else:
            self.at = found.end()
            if found[0] == "=" and self._next() == "=":
                raise FilterSyntaxError(start, "`==` is no operator: write `=`")
            self._blank()
            comparison = Comparison(selector, found[0], self._operand(found[0]))
        self.comparisons.append(comparison)
        return comparison

    def _keyword(self, start: int) -> str:
        words: list[str] = []
        while len(words) < 3 and (found := _WORD.match(self.text, self.at)) is not None:
            words.append(found[0])
            self.at = found.end()
            before = self.at
            self._blank()
            if before == self.at:
                break
            if tuple(word.upper() for word in words) in KEYWORDS:
                break
        upper = tuple(word.upper() for word in words)
        if upper in KEYWORDS:
            if list(upper) != words and unsettled.LOWER_CASE_KEYWORDS is not True:
                if unsettled.LOWER_CASE_KEYWORDS is False:
                    raise FilterSyntaxError(start, f"write `{KEYWORDS[upper]}` in capital letters")
                self.doubts["whether keywords may be written in small letters"] = None
            return KEYWORDS[upper]
        if upper[:2] == ("IS", "NOT"):
            raise FilterSyntaxError(start, "`IS NOT` is not supported: compare with `!=`, or turn the condition round")
        if upper[:1] == ("EXISTS",):
            raise FilterSyntaxError(start, "`EXISTS` alone is not supported: `= *` holds of any text or number")
        raise FilterSyntaxError(
            start, "expected `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS NULL`, `IS TRUE`, `IS FALSE` or `NOT EXISTS`"
        )

    def _selector(self) -> Selector:
        start = self.at
        if self._next() != "$":
            raise self._error("expected a selector such as `$.eventName`")
        self.at += 1
        path: list[str | int | Each] = []
        while self._next() in (".", "["):
            path.append(self._step())
        if not path:
            raise FilterSyntaxError(start, "a selector names a field: `$.eventName`")
        if sum(isinstance(step, Each) for step in path) > 1:
            raise FilterSyntaxError(start, "a selector has at most one wildcard")
        return Selector(self.text[start : self.at], tuple(path))

    def _step(self) -> str | int | Each:
        for written, step in ((".*", Each.MEMBER), ("[*]", Each.ELEMENT)):
            if self.text.startswith(written, self.at):
                self.at += len(written)
                return step
        found = _QUOTED_NAME.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            return found[1]
        if self._next() == "[":
            found = _INDEX.match(self.text, self.at)
            if found is None:
                raise self._error("expected an index `[0]`, `[*]` or a name `['a.b']`")
            self.at = found.end()
            return int(found[1])
        found = _NAME.match(self.text, self.at + 1)
        if found is None:
            raise FilterSyntaxError(self.at + 1, "expected the name of a field after the dot")
        self.at = found.end()
        return found[0]

    def _operand(self, operator: str) -> Operand:
        start = self.at
        sign = self._next()
        operand: Operand
        if sign == "%":
            operand = Expression(self._regex())
        elif sign == '"':
            operand = Literal(self._quoted())
        elif sign == "$":
            raise self._error("a value is expected on the right, not another field; quote it if the text is meant")
        else:
            bare = _BARE.match(self.text, start)
            if bare is None:
                raise self._error("expected a value: a text, a number or a `%regular expression%`")
            self.at = bare.end()
            number = _NUMBER.fullmatch(bare[0])
            operand = Number(bare[0]) if number is not None else Literal(bare[0], bare=True)
        if operator in _ORDERS and not isinstance(operand, Number):
            raise FilterSyntaxError(start, f"`{operator}` compares with a number")
        return operand

    def _quoted(self) -> str:
        start = self.at
        content, self.at, escaped = quoted(self.text, start)
        if escaped:
            self.doubts["what a backslash means in quotes"] = None
        return content

    def _regex(self) -> str:
        source, self.at = regex(self.text, self.at)
        return source

    def _blank(self) -> None:
        text, at = self.text, self.at
        while at < len(text) and text[at] in _SPACE:
            if text[at] in "\r\n" and unsettled.LINE_BREAKS_ARE_SPACE is not True:
                if unsettled.LINE_BREAKS_ARE_SPACE is False:
                    raise FilterSyntaxError(at, "a line break is not allowed here")
                self.doubts["whether a line break separates as a blank does"] = None
            at += 1
        self.at = at

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _error(self, message: str) -> FilterSyntaxError:
        return FilterSyntaxError(self.at, message)


def quoted(text: str, start: int) -> tuple[str, int, bool]:
    """What stands in quotes, where it ends, and whether there is a backslash in it that may mean something."""
    end = start + 1
    escaped = False
    while end < len(text) and text[end] != '"':
        if text[end] == "\\" and unsettled.BACKSLASH_IS_PLAIN is not True:
            escaped = unsettled.BACKSLASH_IS_PLAIN is None
            end += 1
        end += 1
    if end >= len(text):
        raise FilterSyntaxError(start, "this quotation mark is not closed")
    content = text[start + 1 : end]
    if unsettled.BACKSLASH_IS_PLAIN is False:
        content = _ESCAPED.sub(r"\1", content)
    return content, end + 1, escaped


def regex(text: str, start: int) -> tuple[str, int]:
    """A regular expression in percent signs, and where it ends."""
    from guardrails.semantics.filters.regex import RegexError, branches_of

    end = text.find("%", start + 1)
    if end < 0:
        raise FilterSyntaxError(start, "the regular expression is not closed: `%` is missing")
    source = text[start + 1 : end]
    try:
        branches_of(source)
    except RegexError as error:
        raise FilterSyntaxError(start + 1 + error.offset, error.message, limit=error.limit) from None
    return source, end + 1


def _joined(alternatives: list[list[Node]]) -> Node:
    found = [_flat(AllOf, parts) for parts in alternatives]
    return _flat(AnyOf, found)


def _flat(kind: type[AllOf | AnyOf], parts: list[Node]) -> Node:
    """One node for all; brackets that change nothing leave no trace."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else (part,)
    return kind(tuple(flat))


# --- writing ----------------------------------------------------------------------------------------------------------


def written(node: Node) -> str:
    """A tree in the spelling of AWS's examples: every value quoted that may be, alternatives in brackets."""
    return f"{{ {_written(node)} }}"


def _written(node: Node) -> str:
    if isinstance(node, Comparison):
        test = f"{node.selector.written} {node.operator}"
        return test if node.operand is None else f"{test} {_operand_written(node.operand)}"
    sign = " && " if isinstance(node, AllOf) else " || "
    return sign.join(f"({_written(part)})" for part in node.parts)


def _operand_written(operand: Literal | Number | Expression) -> str:
    if isinstance(operand, Number):
        return operand.written
    if isinstance(operand, Expression):
        return f"%{operand.source}%"
    # In quotes an asterisk and a backslash mean something else, or nobody says what.
    stays = operand.bare and ("*" in operand.content or "\\" in operand.content)
    return operand.content if stays else f'"{operand.content}"'
