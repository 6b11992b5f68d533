"""Expressions: operands, their steps, and the operators between them.

A method is given the offset of the first character of what it reads. It returns the node and leaves `stop`, where the
expression ends, and `next`, where the next token begins. Two patterns come in pairs, for newline-sensitive places and
for places inside brackets; `Mode` is such a pair.

Faults are of two kinds. Terraform reads on behind the mild ones; they are collected in `faults`. The others are raised.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later, compiled
from guardrails.sources.terraform.hcl import lexical
from guardrails.sources.terraform.hcl.errors import SyntaxFault
from guardrails.sources.terraform.hcl.lexical import (
    BLANKS,
    CONSTANTS,
    DOTTED,
    NAME,
    NUMBER,
    PLAIN,
    RARE,
    SPACES,
    WORD,
    free,
)
from guardrails.sources.terraform.hcl.nodes import (
    Binary,
    Conditional,
    Expression,
    GetAttribute,
    Index,
    Literal,
    Name,
    Splat,
    SplatItem,
    Unary,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Final

    from guardrails.kernel.origin import SourceFile

MAX_DEPTH: Final = 250
_PATIENCE: Final = 4_000_000


class Mode:
    """What depends on whether a newline ends what is being read."""

    __slots__ = ("after", "skip")

    def __init__(self, space: str) -> None:
        self.skip = lexical.matcher(space)
        # What may follow an operand: 1 a step, 2 a call, 3 an operator, 4 a condition. Always matches.
        self.after = lexical.matcher(rf"{space}(?:(\.(?!\.\.)|\[)|(\(|::)|({lexical.OPERATOR})|(\?))?")


LINE: Final = Mode(BLANKS)
FREE: Final = Mode(SPACES)

# What may follow the dot of a step: 1 a name, 2 a number, 3 a star.
_member = lexical.matcher(rf"(?:({NAME})|({NUMBER})|(\*))?")

# 1 a plain string, 2 a name or a dotted name, 3 a number
_operand = compiled(rf"{PLAIN}|({DOTTED}(?![^\x00-\x7f]))|({NUMBER})").match
_index = compile_later(rf"(?:{PLAIN}|{WORD})[ \t\n]*+\]")

_bracket = compile_later(rf"[\[\]]|{lexical.STRING}|{lexical.COMMENT}")

_PRECEDENCE: Final = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip


class ExpressionReader:
    """Reads expressions out of one text."""

    __slots__ = ("after", "depth", "faults", "file", "met", "next", "patience", "stop", "text")

    after: re.Match[str]
    """What follows the operand read last."""

    def __init__(self, file: SourceFile, text: str) -> None:
        self.file = file
        self.text = text
        self.stop = 0
        self.next = 0
        self.depth = 0
        self.faults: list[SyntaxFault] = []
        self.met = -1
        """Where reading came to its end, if that is not where the fault raised last points; else -1."""
        self.patience = _PATIENCE + len(text)
        """How many characters may be read once more, in search of where to go on behind a fault."""

    def fault(self, summary: str, offset: int, expected: str) -> SyntaxFault:
        return lexical.fault_at(self.text, summary, offset, expected)

    def note(self, summary: str, offset: int, detail: str) -> None:
        self.faults.append(SyntaxFault(summary, offset, detail))

    def deeper(self, offset: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFault("nesting too deep", offset, f"more than {MAX_DEPTH} levels")

    # What the classes built on this one read.

    def call(self, offset: int, name: str, after: re.Match[str], mode: Mode) -> Expression:
        """A call, `after` having matched the parenthesis, or the colons of a namespace; leaves `stop` behind it."""
        raise NotImplementedError

    def bracketed(self, offset: int) -> Expression:
        """`[ … ]` or `[for … ]`; leaves `stop` behind it."""
        raise NotImplementedError

    def braced(self, offset: int) -> Expression:
        """`{ … }` or `{for … }`; leaves `stop` behind it."""
        raise NotImplementedError

    def quoted(self, offset: int) -> Expression:
        """A quoted template, `offset` at its quote; leaves `stop` behind the closing one."""
        raise NotImplementedError

    def heredoc(self, offset: int, marker: re.Match[str]) -> Expression:
        """A heredoc; leaves `stop` at the newline behind the closing marker."""
        raise NotImplementedError

    # -- operators

    def expression(self, offset: int, mode: Mode) -> Expression:
        node = self.term(offset, mode)
        match = self.after
        kind = match.lastindex
        if kind is None:
            return node
        if kind == 3:
            if self._begins_heredoc(match):
                self.next = match.start(3)
                return node
            node = self._binary(offset, node, match, mode)
            match = self.after
            kind = match.lastindex
            if kind == 3:
                self.next = match.start(3)
                return node
        if kind == 4:
            return self._conditional(offset, node, match, mode)
        if kind == 2:  # a parenthesis that calls nothing
            self.next = match.start(2)
        return node

    def _binary(self, start: int, first: Expression, match: re.Match[str], mode: Mode) -> Expression:
        """Operator precedence with a stack of its own, so that long chains need no deep recursion."""
        starts = [start]
        nodes = [first]
        operators: list[str] = []
        while match.lastindex == 3 and not self._begins_heredoc(match):
            operator = match.group(3)
            precedence = _PRECEDENCE[operator]
            while operators and _PRECEDENCE[operators[-1]] >= precedence:
                right = nodes.pop()
                starts.pop()
                nodes[-1] = Binary(starts[-1], self.stop, operators.pop(), nodes[-1], right)
            operators.append(operator)
            at = mode.skip(self.text, match.end()).end()
            starts.append(at)
            nodes.append(self.term(at, mode))
            match = self.after
        while operators:
            right = nodes.pop()
            starts.pop()
            nodes[-1] = Binary(starts[-1], self.stop, operators.pop(), nodes[-1], right)
        return nodes[0]

    def _begins_heredoc(self, match: re.Match[str]) -> bool:
        """Whether what was taken for an operator is the first sign of a heredoc."""
        at = match.start(3)
        return self.text.startswith("<<", at) and RARE.heredoc.match(self.text, at) is not None

    def _conditional(self, start: int, condition: Expression, match: re.Match[str], mode: Mode) -> Expression:
        self.deeper(start)
        text = self.text
        yes = self.expression(mode.skip(text, match.end()).end(), mode)
        colon = self.colon(mode)
        if colon < 0:
            expected = "a colon and the other value"
            self.faults.append(self.fault("Missing false expression in conditional", self.next, expected))
            self.depth -= 1
            return condition
        no = self.expression(colon, mode)
        self.depth -= 1
        return Conditional(start, self.stop, condition, yes, no)

    def colon(self, mode: Mode) -> int:
        """Where the token behind a colon begins, if that is the next token; else -1."""
        text = self.text
        at = mode.skip(text, self.next).end()
        if not text.startswith(":", at) or text.startswith(":", at + 1):
            return -1
        return mode.skip(text, at + 1).end()

    # -- operands

    def term(self, offset: int, mode: Mode) -> Expression:
        """An operand with its steps."""
        text = self.text
        match = _operand(text, offset)
        node: Expression
        if match is None:
            node = self._symbol(offset, mode)
            stop = self.stop
        else:
            stop = match.end()
            kind = match.lastindex
            if kind == 2:
                word = match.group(2)
                if "." not in word:
                    node = Literal(offset, stop, CONSTANTS[word]) if word in CONSTANTS else Name(offset, stop, word)
                    after = self.after = mode.after(text, stop)
                    if after.lastindex == 2:
                        node = self.call(offset, word, after, mode)
                        stop = self.stop
                        after = self.after = mode.after(text, stop)
                    if after.lastindex == 1:
                        return self._steps(node, offset, after, mode)
                    self.stop = stop
                    self.next = after.end()
                    return node
                node = self.dotted(offset, word)
            elif kind == 1:
                value = match.group(1)
                node = Literal(offset, stop, value if value.isascii() else lexical.normalised(value))
            else:
                node = self._number(offset, match.group(3))
        after = self.after = mode.after(text, stop)
        if after.lastindex == 1:
            return self._steps(node, offset, after, mode)
        self.stop = stop
        self.next = after.end()
        return node

    def word(self, start: int, word: str) -> Expression:
        """What a fast path has found between delimiters: a dotted name, a constant or a short integer."""
        if "." in word:
            return self.dotted(start, word)
        stop = start + len(word)
        if word in CONSTANTS:
            return Literal(start, stop, CONSTANTS[word])
        if word[0] <= "9":
            return Literal(start, stop, int(word))
        return Name(start, stop, word)

    def dotted(self, start: int, word: str) -> Expression:
        root, *names = word.split(".")
        stop = start + len(root)
        node: Expression = Literal(start, stop, CONSTANTS[root]) if root in CONSTANTS else Name(start, stop, root)
        for name in names:
            stop += 1 + len(name)
            node = GetAttribute(start, stop, node, name)
        return node

    def _number(self, offset: int, literal: str) -> Literal:
        value = lexical.number(literal)
        if value is None:
            self.note("Invalid number literal", offset, f"`{literal}` is no number")
        return Literal(offset, offset + len(literal), value)

    def _symbol(self, offset: int, mode: Mode) -> Expression:
        """An operand that begins with a symbol, or with a letter beyond ASCII."""
        text = self.text
        symbol = text[offset : offset + 1]
        if symbol == '"':
            return self.quoted(offset)
        if symbol == "[":
            return self.bracketed(offset)
        if symbol == "{":
            return self.braced(offset)
        if symbol == "(":
            return self._parenthesised(offset)
        if symbol == "-" or (symbol == "!" and not text.startswith("=", offset + 1)):
            self.deeper(offset)
            operand = self.term(mode.skip(text, offset + 1).end(), mode)
            self.depth -= 1
            return Unary(offset, self.stop, symbol, operand)
        if symbol == "<":
            marker = RARE.heredoc.match(text, offset)
            if marker is not None and lexical.name_end(text, marker.start(2)) == marker.end(2):
                return self.heredoc(offset, marker)
        stop = lexical.name_end(text, offset)
        if stop > offset:
            name = text[offset:stop]
            after = mode.after(text, stop)
            if after.lastindex == 2:
                return self.call(offset, name, after, mode)
            self.stop = stop
            return Name(offset, stop, name)
        raise self.fault("Missing expression" if not symbol else "Invalid expression", offset, "an expression")

    def _parenthesised(self, offset: int) -> Expression:
        self.deeper(offset)
        mild = len(self.faults)
        node = self.expression(free(self.text, offset + 1), FREE)
        if len(self.faults) > mild:  # terraform does not read on behind a fault between parentheses
            raise self.faults.pop()
        if not self.text.startswith(")", self.next):
            raise self.fault("Unbalanced parentheses", self.next, "a closing parenthesis")
        self.stop = self.next + 1
        self.depth -= 1
        return node

    # -- steps: attributes, indexes, splats

    def _steps(self, node: Expression, start: int, after: re.Match[str], mode: Mode) -> Expression:
        """The steps behind an operand that begins at `start`; `after` has matched the first."""
        text = self.text
        stop = start
        while after.lastindex == 1:
            at = after.start(1)
            if text[at] == ".":
                member = _member(text, at + 1)
                if member.lastindex is None:
                    member = _member(text, mode.skip(text, at + 1).end())
                kind = member.lastindex
                stop = member.end()
                if kind == 1:
                    node = GetAttribute(start, stop, node, member.group(1))
                elif kind == 2:
                    node = Index(start, stop, node, self._legacy_index(member.start(2), member.group(2)))
                elif kind == 3:
                    node = self._attribute_splat(node, start, at, member.start(3), mode)
                    stop = self.stop
                else:
                    at = stop
                    stop = lexical.name_end(text, at)
                    if stop == at:
                        raise self.fault("Invalid attribute name", at, "an attribute name behind the dot")
                    node = GetAttribute(start, stop, node, text[at:stop])
            else:
                star = mode.skip(text, at + 1).end()
                if not text.startswith("*", star):
                    node = self._indexed(node, start, at)
                    stop = self.stop
                else:
                    stop = mode.skip(text, star + 1).end()
                    if not text.startswith("]", stop):
                        expected = "a closing bracket behind the star"
                        raise self._bracket_fault("Missing close bracket on splat index", stop, expected)
                    stop += 1
                    item = SplatItem(at, stop)
                    each: Expression = item
                    after = mode.after(text, stop)
                    if after.lastindex == 1:
                        self.deeper(at)
                        each = self._steps(item, at, after, mode)
                        self.depth -= 1
                        stop = self.stop
                    node = Splat(start, stop, node, each, item)
            after = mode.after(text, stop)
        self.after = after
        self.stop = stop
        self.next = after.end()
        return node

    def _indexed(self, node: Expression, start: int, bracket: int) -> Expression:
        text = self.text
        at = free(text, bracket + 1)
        simple = _index.match(text, at)
        key: Expression
        if simple is not None:
            if simple.lastindex == 1:
                key = Literal(at, simple.end(1) + 1, lexical.normalised(simple.group(1)))
            else:
                key = self.word(at, simple.group(2))
            self.stop = simple.end()
        else:
            self.deeper(bracket)
            key = self.expression(at, FREE)
            if not text.startswith("]", self.next):
                raise self._bracket_fault("Missing close bracket on index", self.next, "a closing bracket")
            self.stop = self.next + 1
            self.depth -= 1
        return Index(start, self.stop, node, key)

    def _bracket_fault(self, summary: str, offset: int, expected: str) -> SyntaxFault:
        """The fault of an index that is not closed at `offset`.

        Terraform points at the bracket by which it finds back into the text, or at the end; the detail says what was
        met instead of a bracket.
        """
        fault = self.fault(summary, offset, expected)
        if fault.summary != summary or self.patience <= 0:
            return fault
        text = self.text
        bracket = _bracket.search
        self.met = at = offset
        if text[at : at + 1] != '"':  # what was met is no bracket to count
            at += 1
        open_brackets = 1
        while (match := bracket(text, at)) is not None:
            at = match.end()
            symbol = match.group()
            if symbol == "[":
                open_brackets += 1
            elif symbol == "]":
                open_brackets -= 1
                if not open_brackets:
                    return SyntaxFault(summary, match.start(), fault.detail)
        return SyntaxFault(summary, len(text), fault.detail)

    def _legacy_index(self, offset: int, literal: str, reported: int = -1) -> Literal:
        if "." in literal:
            first, second = literal.split(".", 1)
            self.note(
                "Invalid legacy index syntax",
                offset if reported < 0 else reported,
                f"`.{literal}` reads as a fraction; write `[{first}][{second}]`",
            )
            return Literal(offset, offset + len(literal), 0)
        return self._number(offset, literal)

    def _attribute_splat(self, target: Expression, start: int, dot: int, star: int, mode: Mode) -> Expression:
        """`target.*` with the attributes that follow; an index behind them is about the whole result."""
        text = self.text
        stop = star + 1
        item = SplatItem(dot, stop)
        each: Expression = item
        while True:
            after = mode.after(text, stop)
            if after.lastindex != 1 or after.group(1) != ".":
                break
            member = _member(text, mode.skip(text, after.end()).end())
            kind = member.lastindex
            stop = member.end()
            if kind == 1:
                each = GetAttribute(dot, stop, each, member.group(1))
            elif kind == 2:
                each = Index(dot, stop, each, self._legacy_index(member.start(2), member.group(2), star))
            elif kind == 3:
                raise self.fault("Nested splat expression not allowed", member.start(3), "an attribute name")
            else:
                at = stop
                stop = lexical.name_end(text, at)
                if stop == at:
                    raise SyntaxFault(
                        "Invalid attribute name", star, f"expected an attribute name, found {lexical.found(text, at)}"
                    )
                each = GetAttribute(dot, stop, each, text[at:stop])
        self.stop = stop
        return Splat(start, stop, target, each, item)
