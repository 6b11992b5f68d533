"""What is written between brackets: calls, tuples, objects and `for`."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later, compiled
from guardrails.kernel.typed import cast
from guardrails.sources.terraform.hcl import lexical
from guardrails.sources.terraform.hcl.errors import SyntaxFault
from guardrails.sources.terraform.hcl.expressions import FREE, LINE, ExpressionReader, Mode
from guardrails.sources.terraform.hcl.lexical import (
    CONSTANTS,
    LINE_BREAK,
    PLAIN,
    SPACES,
    WORD,
    free,
    match_spaces,
    matcher,
)
from guardrails.sources.terraform.hcl.nodes import (
    Expression,
    ForObject,
    ForTuple,
    FunctionCall,
    Literal,
    Name,
    ObjectExpression,
    TupleExpression,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# 1 the end, 2 a plain string and 3 a word that are whole items
_tuple_item = matcher(rf"{SPACES}(?:(\])|(?:{PLAIN}|{WORD})[ \t\n]*+(?:,|(?=\])))?")
_argument = compile_later(rf"{SPACES}(?:(\))|(?:{PLAIN}|{WORD})[ \t\n]*+(?:,|(?=\))))?")
# 1 the end; 2 a bare key, 3 a plain key, with 4 a plain value, 5 a word as whole value
_pair = matcher(
    rf"{SPACES}(?:(\}})|(?:([A-Za-z_][A-Za-z0-9_-]*+)|{PLAIN})[ \t]*+(?:=(?![=>])|:(?!:))[ \t]*+(?![/#])"
    rf"(?:(?:{PLAIN}|{WORD})[ \t]*+(?:,|(?=\}})|{LINE_BREAK}))?)?"
)
_line_break = compiled(LINE_BREAK).match


class ConstructorReader(ExpressionReader):
    """Reads calls and collections, and the expressions in which they stand."""

    __slots__ = ()

    def call(self, offset: int, name: str, after: re.Match[str], mode: Mode) -> Expression:
        text = self.text
        at = after.end()
        if after.group(2) == "::":
            name, at = self._namespaced(name, at, mode)
        arguments: list[Expression] = []
        spread = False
        self.deeper(offset)
        next_argument = cast("lexical.Matcher", _argument.match)
        while True:
            match = next_argument(text, at)
            at = match.end()
            kind = match.lastindex
            if kind == 1:
                break
            if kind == 2:
                value = match.group(2)
                arguments.append(Literal(match.start(2) - 1, match.end(2) + 1, lexical.normalised(value)))
            elif kind == 3:
                arguments.append(self.word(match.start(3), match.group(3)))
            else:
                arguments.append(self.expression(at, FREE))
                at = self.next
                separator = text[at : at + 1]
                if separator == ",":
                    at += 1
                elif separator == ")":
                    at += 1
                    break
                elif text.startswith("...", at):
                    close = free(text, at + 3)
                    if not text.startswith(")", close):
                        raise SyntaxFault(
                            "Missing closing parenthesis", at, "`...` must be the last thing between the parentheses"
                        )
                    spread = True
                    at = close + 1
                    break
                elif not separator:
                    raise SyntaxFault("Unterminated function call", offset, f"the call of `{name}` is never closed")
                else:
                    raise self.fault("Missing argument separator", at, "a comma or a closing parenthesis")
        self.depth -= 1
        self.stop = at
        return FunctionCall(offset, at, name, tuple(arguments), spread)

    def _namespaced(self, name: str, at: int, mode: Mode) -> tuple[str, int]:
        """The whole name of a function in a namespace, and the offset behind its opening parenthesis."""
        text = self.text
        names = [name]
        while True:
            begin = mode.skip(text, at).end()
            end = lexical.name_end(text, begin)
            if end == begin:
                raise self.fault("Missing function name", begin, "a function name behind `::`")
            names.append(text[begin:end])
            at = mode.skip(text, end).end()
            if text.startswith("(", at):
                return "::".join(names), at + 1
            if not text.startswith("::", at):
                raise self.fault("Missing open parenthesis", at, "an opening parenthesis")
            at += 2

    def bracketed(self, offset: int) -> Expression:
        text = self.text
        at = offset + 1
        self.deeper(offset)
        begin = match_spaces(text, at).end()
        if text.startswith("for", begin) and lexical.name_end(text, begin) == begin + 3:
            return self._for_expression(offset, begin + 3, "]")
        items: list[Expression] = []
        while True:
            match = _tuple_item(text, at)
            at = match.end()
            kind = match.lastindex
            if kind == 1:
                break
            if kind == 2:
                value = match.group(2)
                items.append(Literal(match.start(2) - 1, match.end(2) + 1, lexical.normalised(value)))
            elif kind == 3:
                items.append(self.word(match.start(3), match.group(3)))
            else:
                items.append(self.expression(at, FREE))
                at = self.next
                separator = text[at : at + 1]
                if separator == ",":
                    at += 1
                elif separator == "]":
                    at += 1
                    break
                elif not separator:
                    raise SyntaxFault("Unterminated tuple constructor expression", offset, "`[` is never closed")
                else:
                    raise self.fault("Missing item separator", at, "a comma or a closing bracket")
        self.depth -= 1
        self.stop = at
        return TupleExpression(offset, at, tuple(items))

    def braced(self, offset: int) -> Expression:
        text = self.text
        at = offset + 1
        self.deeper(offset)
        begin = match_spaces(text, at).end()
        if text.startswith("for", begin) and lexical.name_end(text, begin) == begin + 3:
            return self._for_expression(offset, begin + 3, "}")
        pairs: list[tuple[Expression, Expression]] = []
        while True:
            match = _pair(text, at)
            at = match.end()
            kind = match.lastindex
            if kind == 1:
                break
            key: Expression
            if kind is None:
                key = self._key(offset, at)
                at = self.stop
            else:
                name = match.group(2)
                if name is not None:
                    key = Literal(match.start(2), match.end(2), name)
                else:
                    name = match.group(3)
                    key = Literal(match.start(3) - 1, match.end(3) + 1, lexical.normalised(name))
                if kind == 4:
                    value = match.group(4)
                    pairs.append((key, Literal(match.start(4) - 1, match.end(4) + 1, lexical.normalised(value))))
                    continue
                if kind == 5:
                    pairs.append((key, self.word(match.start(5), match.group(5))))
                    continue
            pairs.append((key, self.expression(at, LINE)))
            at = self.next
            separator = text[at : at + 1]
            if separator == ",":
                at += 1
            elif separator == "}":
                at += 1
                break
            else:
                line_break = _line_break(text, at)
                if line_break is not None:
                    at = line_break.end()
                elif separator:
                    raise self.fault("Missing attribute separator", at, "a comma, a new line or a closing brace")
                else:
                    raise SyntaxFault("Unterminated object constructor expression", offset, "`{` is never closed")
        self.depth -= 1
        self.stop = at
        return ObjectExpression(offset, at, tuple(pairs))

    def _key(self, brace: int, offset: int) -> Expression:
        """A key that is no plain word; leaves `stop` at the value."""
        text = self.text
        key = self.expression(offset, LINE)
        if text[offset] != "(":
            written = text[offset : self.stop]
            if written in CONSTANTS or (isinstance(key, Name) and key.name == written):
                key = Literal(offset, self.stop, written)
        at = self.next
        separator = text[at : at + 1]
        if (separator == "=" and text[at + 1 : at + 2] not in ("=", ">")) or (
            separator == ":" and not text.startswith(":", at + 1)
        ):
            self.stop = lexical.match_blanks(text, at + 1).end()
            return key
        line_break = _line_break(text, at)
        if not separator:
            raise SyntaxFault("Unterminated object constructor expression", brace, "`{` is never closed")
        if line_break is not None or separator == ",":
            found = lexical.found(text, at)
            raise SyntaxFault("Missing attribute value", at, f"expected `=` and a value, found {found}")
        raise self.fault("Missing key/value separator", at, "`=` and a value")

    def _for_expression(self, offset: int, at: int, close: str) -> Expression:
        """`[for …]` or `{for …}`, `at` being behind the keyword."""
        text = self.text
        summary = "Invalid 'for' expression"
        key_name, value_name, at = self.loop_names(at, summary)
        collection = self.expression(at, FREE)
        colon = self.colon(FREE)
        if colon < 0:
            raise self.fault(summary, self.next, "a colon behind the collection")
        key = None
        value_start = colon
        key_start = -1
        value = self.expression(value_start, FREE)
        if text.startswith("=>", self.next):
            key = value
            key_start = value_start
            value_start = free(text, self.next + 2)
            value = self.expression(value_start, FREE)
        at = self.next
        ellipsis = -1
        if text.startswith("...", at):
            ellipsis = at
            at = free(text, at + 3)
        condition = None
        if lexical.name_end(text, at) == at + 2 and text.startswith("if", at):
            condition = self.expression(free(text, at + 2), FREE)
            at = self.next
        if close == "}" and key is None:
            self.note(summary, value_start, "an object needs a key and `=>` before the value")
            key = value
        elif close == "]" and key is not None:
            self.note(summary, key_start, "a key is not allowed where a tuple is built")
            key = None
        if close == "]" and ellipsis >= 0:
            self.note(summary, ellipsis, "`...` groups the values of an object; it is not allowed in a tuple")
        if not text.startswith(close, at):
            raise self.fault(summary, at, f"`{close}` at the end of the `for` expression")
        self.depth -= 1
        stop = self.stop = at + 1
        if key is not None:
            grouped = ellipsis >= 0
            return ForObject(offset, stop, key_name, value_name, collection, key, value, condition, grouped)
        return ForTuple(offset, stop, key_name, value_name, collection, value, condition)

    def loop_names(self, at: int, summary: str) -> tuple[str | None, str, int]:
        """The names of key, if there is one, and value behind `for`, and where the token behind `in` begins."""
        key_name = None
        value_name, at = self._loop_name(at, summary, "a variable name behind `for`")
        comma = free(self.text, at)
        if self.text.startswith(",", comma):
            key_name = value_name
            value_name, at = self._loop_name(comma + 1, summary, "a second variable name behind the comma")
        return key_name, value_name, self._keyword(at, "in", summary, "`in`")

    def _loop_name(self, at: int, summary: str, expected: str) -> tuple[str, int]:
        text = self.text
        begin = free(text, at)
        end = lexical.name_end(text, begin)
        if end == begin:
            raise self.fault(summary, begin, expected)
        return text[begin:end], end

    def _keyword(self, at: int, word: str, summary: str, expected: str) -> int:
        """Where the token behind a keyword begins."""
        text = self.text
        begin = free(text, at)
        end = lexical.name_end(text, begin)
        if text[begin:end] != word:
            raise self.fault(summary, begin, expected)
        return free(text, end)
