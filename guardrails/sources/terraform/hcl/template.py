"""Templates: quoted strings, heredocs and whole files, with interpolations, directives and strip markers.

A template is first read into a flat list of pieces, cut where terraform cuts its tokens: at every line of a heredoc.
The cuts matter, because a strip marker trims the neighbouring piece only, and indentation is removed piece by piece.
Then the tree is built: literals are joined and directives matched with their ends.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compiled
from guardrails.sources.terraform.hcl import lexical
from guardrails.sources.terraform.hcl.constructors import ConstructorReader
from guardrails.sources.terraform.hcl.errors import SyntaxFault
from guardrails.sources.terraform.hcl.expressions import FREE
from guardrails.sources.terraform.hcl.lexical import RARE, WHITE, free, matcher
from guardrails.sources.terraform.hcl.nodes import Conditional, Expression, Literal, Template, TemplateFor

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from guardrails.kernel.origin import SourceFile

# 1 literal text, 2 what ends it: the closing quote or the opening of a sequence
quoted_piece = matcher(lexical.QUOTED_TEXT + r'("|[$%]\{~?)?')
_close = compiled(r"~?\}").match
_sequence = compiled(r"[$%]\{").search


class _Text:
    """A piece of literal text."""

    __slots__ = ("start", "stop", "value")

    def __init__(self, start: int, stop: int, value: str) -> None:
        self.start = start
        self.stop = stop
        self.value = value


class _Value:
    """An interpolation."""

    __slots__ = ("node",)

    def __init__(self, node: Expression) -> None:
        self.node = node


class _Directive:
    """`%{ if }`, `%{ for }` with what they are about, or one of the words that end or divide them."""

    __slots__ = ("key_name", "start", "stop", "subject", "value_name", "word")

    def __init__(
        self,
        start: int,
        stop: int,
        word: str,
        subject: Expression | None = None,
        key_name: str | None = None,
        value_name: str = "",
    ) -> None:
        self.start = start
        self.stop = stop
        self.word = word
        self.subject = subject
        self.key_name = key_name
        self.value_name = value_name


_Piece = _Text | _Value | _Directive


class TemplateReader(ConstructorReader):
    """Reads templates, and the expressions in which they stand."""

    __slots__ = ("trim",)

    def __init__(self, file: SourceFile, text: str) -> None:
        super().__init__(file, text)
        self.trim = False
        """Whether the sequence read last ended in `~}`."""

    def quoted(self, offset: int) -> Expression:
        text = self.text
        pieces: list[_Piece] = []
        first = at = offset + 1
        try:
            self.trim = False
            while True:
                match = quoted_piece(text, at)
                stop = match.end(1)
                if stop > at:
                    value = lexical.unescaped(match.group(1), at, self.faults)
                    pieces.append(_Text(at, stop, value.lstrip(WHITE) if self.trim else value))
                ending = match.group(2)
                if ending == '"':
                    break
                if ending is None:
                    raise self.unterminated(at, stop, "Unterminated template string")
                at = self._sequence(ending, stop, pieces, first, in_quotes=True)
        except SyntaxFault:
            self._tree(pieces, -1)
            raise
        self.stop = match.end()
        return self._lowered(offset, self.stop, pieces, stop)

    def unterminated(self, begin: int, at: int, summary: str) -> SyntaxFault:
        """The fault of a quoted string whose text from `begin` on cannot go on at `at`."""
        text = self.text
        if at < len(text):
            if text[at] == "\\":
                return SyntaxFault("Invalid character", at, "a backslash must be followed by what it escapes")
            return SyntaxFault("Invalid multi-line string", at, "a quoted string must end on the line where it began")
        if at > begin and text[at - 1] in "$%":
            backslashes = at - 1 - begin - len(text[begin : at - 1].rstrip("\\"))
            if backslashes % 2 == 0:
                return SyntaxFault("Invalid character", at - 1, "a quoted string is never closed")
        return SyntaxFault(summary, at, "a quoted string is never closed")

    def heredoc(self, offset: int, marker: re.Match[str]) -> Expression:
        text = self.text
        word = marker.group(2)
        flush = marker.group(1) == "-"
        body = marker.end()
        close = closing_marker(text, body, word)
        if close is not None and _sequence(text, body, close[0]) is None:
            raw = text[body : close[0]]
            if "\r" not in raw or raw.count("\r") == raw.count("\r\n"):
                self.stop = close[1]
                return Literal(offset, close[1], lexical.normalised(_flushed(raw) if flush else raw))
        pieces: list[_Piece] = []
        try:
            end = self._lines(body, pieces, word)
        except SyntaxFault:
            self._tree(pieces, -1)
            raise
        self.stop = end
        if flush:
            _flush(pieces)
        return self._lowered(offset, self.stop, pieces, end, heredoc=True)

    def bare(self) -> Expression:
        """The whole text as a template."""
        pieces: list[_Piece] = []
        try:
            end = self._lines(0, pieces, None)
        except SyntaxFault:
            self._tree(pieces, -1)
            raise
        return self._lowered(0, end, pieces, end)

    def _lines(self, at: int, pieces: list[_Piece], marker: str | None) -> int:
        """Reads the pieces of a heredoc up to its marker, or of a bare template. Returns where it ends."""
        text = self.text
        first = at
        line_start = True
        self.trim = False
        line_piece = RARE.line_piece.match
        while True:
            match = line_piece(text, at)
            assert match is not None  # It may match nothing at all.
            stop = match.end(1)
            raw = match.group(1)
            value = raw.replace("$${", "${").replace("%%{", "%{") if "{" in raw else raw
            newline = match.group(2)
            if newline is not None:
                if line_start and marker is not None and raw.strip(WHITE) == marker:
                    return stop
                value += newline
                stop = match.end()
                line_start = True
            if stop > at:
                pieces.append(_Text(at, stop, value.lstrip(WHITE) if self.trim else value))
                self.trim = False
            if newline is not None:
                at = stop
                continue
            opening = match.group(3)
            if opening is not None:
                line_start = False
                at = self._sequence(opening, stop, pieces, first, in_quotes=False)
            elif marker is None:
                if stop < len(text):  # terraform takes all that follows a stray carriage return literally
                    pieces.append(_Text(stop, len(text), text[stop:]))
                return len(text)
            elif stop < len(text):
                raise SyntaxFault("Invalid character", stop, "a carriage return without a line feed")
            elif stop > at and text[stop - 1] in "$%":
                raise SyntaxFault("Invalid character", stop - 1, f"a heredoc is never closed with `{marker}`")
            else:
                raise SyntaxFault("Unterminated template string", stop, f"a heredoc is never closed with `{marker}`")

    def _sequence(self, opening: str, start: int, pieces: list[_Piece], first: int, *, in_quotes: bool) -> int:
        """Reads `${ … }` or `%{ … }` and returns the offset behind it; the template begins at `first`."""
        text = self.text
        if len(opening) == 3 and pieces:
            last = pieces[-1]
            if isinstance(last, _Text):
                last.value = last.value.rstrip(WHITE)
        self.deeper(start)
        at = free(text, start + len(opening))
        if opening[0] == "%":
            directive = self._directive(start, at)
            pieces.append(directive)
            close = _close(text, self.next)
            if close is None:
                raise self.fault(f"Extra characters in {directive.word} marker", self.next, "a closing brace")
            directive.stop = close.end()
        else:
            node = self.expression(at, FREE)
            close = _close(text, self.next)
            if close is None:
                raise self._not_closed(first, in_quotes=in_quotes)
            pieces.append(_Value(node))
        self.depth -= 1
        self.trim = close.end() - close.start() == 2
        return close.end()

    def _not_closed(self, first: int, *, in_quotes: bool) -> SyntaxFault:
        text = self.text
        at = self.next
        if at >= len(text) or (in_quotes and text[at] == '"'):
            return SyntaxFault("Unclosed template interpolation sequence", first, "`${` is never closed")
        return self.fault("Extra characters after interpolation expression", at, "a closing brace")

    def _directive(self, start: int, at: int) -> _Directive:
        """What stands between `%{` and `}`; leaves `next` at what should be the brace."""
        text = self.text
        end = lexical.name_end(text, at)
        if end == at:
            raise self.fault("Invalid template directive", at, "`if`, `else`, `endif`, `for` or `endfor`")
        word = text[at:end]
        if word == "if":
            return _Directive(start, end, word, self.expression(free(text, end), FREE))
        if word == "for":
            summary = "Invalid 'for' directive"
            key_name, value_name, at = self.loop_names(end, summary)
            return _Directive(start, end, word, self.expression(at, FREE), key_name, value_name)
        if word not in ("else", "endif", "endfor"):
            raise self.fault("Invalid template control keyword", at, "`if`, `else`, `endif`, `for` or `endfor`")
        self.next = free(text, end)
        return _Directive(start, end, word)

    # -- the tree

    def _lowered(self, start: int, stop: int, pieces: list[_Piece], end: int, *, heredoc: bool = False) -> Expression:
        """The node of a whole template; `end` is where what closes it begins."""
        if len(pieces) == 1:
            piece = pieces[0]
            if isinstance(piece, _Value) and not heredoc:
                return piece.node
            if isinstance(piece, _Text):
                return Literal(start, stop, lexical.normalised(piece.value))
        return _joined(start, stop, self._tree(pieces, end))

    def _tree(self, pieces: Sequence[_Piece], end: int) -> list[Expression]:
        """The nodes of the pieces. `end` is -1 where the pieces are all that could be read before a fault."""
        nodes: list[Expression] = []
        at = 0
        while at < len(pieces):
            at = self._node(pieces, at, end, nodes)
        return nodes

    def _node(self, pieces: Sequence[_Piece], at: int, end: int, nodes: list[Expression]) -> int:
        """Appends the node that begins with piece `at`; returns the index of the piece behind it."""
        piece = pieces[at]
        if isinstance(piece, _Value):
            nodes.append(piece.node)
            return at + 1
        if isinstance(piece, _Text):
            texts = [piece]
            while (at := at + 1) < len(pieces) and isinstance(following := pieces[at], _Text):
                texts.append(following)
            value = lexical.normalised("".join([text.value for text in texts]))
            nodes.append(Literal(piece.start, texts[-1].stop, value))
            return at
        if piece.subject is None:
            self.note(f"Unexpected {piece.word} directive", piece.start, "no directive is open that it could belong to")
            return at + 1
        return self._compound(piece, pieces, at + 1, end, nodes)

    def _compound(
        self, opening: _Directive, pieces: Sequence[_Piece], at: int, end: int, nodes: list[Expression]
    ) -> int:
        """`%{ if }` up to its `%{ endif }`, `%{ for }` up to its `%{ endfor }`."""
        assert opening.subject is not None
        self.deeper(opening.start)
        wanted = "endif" if opening.word == "if" else "endfor"
        branch: list[Expression] = []
        yes: list[Expression] | None = None
        branch_start = opening.stop
        yes_span = (0, 0)
        while at < len(pieces):
            piece = pieces[at]
            if not isinstance(piece, _Directive) or piece.subject is not None:
                at = self._node(pieces, at, end, branch)
                continue
            at += 1
            if piece.word == wanted:
                body = _joined(branch_start, piece.start, branch)
                node: Expression
                if wanted == "endfor":
                    node = TemplateFor(
                        opening.start, piece.stop, opening.key_name, opening.value_name, opening.subject, body
                    )
                elif yes is None:
                    empty = Literal(piece.start, piece.start, "")
                    node = Conditional(opening.start, piece.stop, opening.subject, body, empty)
                else:
                    node = Conditional(opening.start, piece.stop, opening.subject, _joined(*yes_span, yes), body)
                nodes.append(node)
                self.depth -= 1
                return at
            if piece.word == "else" and wanted == "endif" and yes is None:
                yes = branch
                yes_span = (branch_start, piece.start)
                branch = []
                branch_start = piece.stop
                continue
            self.note(f"Unexpected {piece.word} directive", piece.start, f"expected `{wanted}`, found `{piece.word}`")
            self.depth -= 1
            return at
        if end >= 0:
            self.note("Unexpected end of template", end, f"`{opening.word}` has no `{wanted}`")
        self.depth -= 1
        return at


def _joined(start: int, stop: int, nodes: list[Expression]) -> Expression:
    """The text that nodes one behind the other make."""
    parts = [node for node in nodes if not (isinstance(node, Literal) and node.value == "")]
    if not parts:
        return Literal(start, stop, "")
    if len(parts) == len(nodes) == 1 and isinstance(parts[0], Literal) and isinstance(parts[0].value, str):
        return Literal(start, stop, parts[0].value)
    return Template(start, stop, tuple(parts))


def closing_marker(text: str, offset: int, word: str) -> tuple[int, int] | None:
    """Where the first line that is nothing but `word` begins, and where its newline is."""
    at = offset
    while True:
        at = text.find(word, at)
        if at < 0:
            return None
        stop = text.find("\n", at)
        if stop < 0:
            return None
        start = max(offset, text.rfind("\n", offset, at) + 1)
        if text[start:stop].strip(WHITE) == word:
            return start, stop - 1 if text[stop - 1] == "\r" else stop
        at = stop


def _flushed(raw: str) -> str:
    """A `<<-` heredoc without sequences, its common indentation removed; lines of blanks do not count."""
    lines = raw.split("\n")
    indents = [len(line) - len(bare) for line in lines if (bare := line.lstrip(WHITE))]
    indent = min(indents, default=0)
    if not indent:
        return raw
    return "\n".join([line[indent:] if line.strip(WHITE) else line for line in lines])


def _flush(pieces: Sequence[_Piece]) -> None:
    """Removes the common indentation of a `<<-` heredoc, in the pieces that begin a line."""
    indents = []
    leading = []
    line_start = True
    for piece in pieces:
        if line_start:
            line_start = False
            if not isinstance(piece, _Text):
                indents.append(0)
            else:
                bare = piece.value.lstrip(WHITE)
                if bare or not piece.value.endswith("\n"):
                    indents.append(len(piece.value) - len(bare))
                    leading.append(piece)
        if isinstance(piece, _Text) and piece.value.endswith("\n"):
            line_start = True
    indent = min(indents, default=0)
    for piece in leading:
        piece.value = piece.value[indent:]
