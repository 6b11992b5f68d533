"""Files of the Terraform language: bodies of arguments and blocks, and how reading goes on behind a fault.

The reading is exact: what `terraform fmt` accepts is accepted, what it rejects is rejected, with its own summary on its
own line. A fault costs the top-level block it stands in and nothing else.
"""

from __future__ import annotations

import sys

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.pattern import compile_later, compiled
from guardrails.kernel.typed import TypeVar
from guardrails.sources.terraform.hcl import lexical
from guardrails.sources.terraform.hcl.errors import ParsedFile, SyntaxFault
from guardrails.sources.terraform.hcl.expressions import FREE, LINE, MAX_DEPTH
from guardrails.sources.terraform.hcl.lexical import END_OF_LINE, PLAIN, RARE, SPACES, WORD, free, matcher
from guardrails.sources.terraform.hcl.nodes import Argument, Block, Body, Expression, Literal
from guardrails.sources.terraform.hcl.template import TemplateReader, closing_marker, quoted_piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import Final

    from guardrails.sources.terraform.hcl.skimming import Skimmer

# 1 the end; 2 a name; behind it either 3 an equals sign, with 4 a plain string or 5 a word as whole value; or 6 labels
_item = matcher(
    rf"{SPACES}(?:(\}})|([A-Za-z_][A-Za-z0-9_-]*+)[ \t]*+"
    rf"(?:(=)(?![=>])[ \t]*+(?![/#])(?:(?:{PLAIN}|{WORD})[ \t]*+(?:(?:\#|//)[^\n]*+)?(?:\r?\n|\Z))?"
    r'|((?:(?:"[^"\\$%\r\n]*+"|[A-Za-z_][A-Za-z0-9_-]*+)[ \t]*+)*)\{))?'
)
_label = compiled(r'"([^"]*)"|([^" \t]+)').findall
_end_of_line = compiled(END_OF_LINE).match

# What recovery looks at: strings, comments and heredocs are stepped over; 1 a heredoc's marker,
# 2 a closing bracket in column 1, 3 a name in column 1 and 4 what shows it to be a block or an argument.
_landmark = compile_later(
    rf"(?m){lexical.STRING}|{lexical.COMMENT}|<<-?([A-Za-z_][\w-]*+)\r?\n"
    r'|^([}\])])|^([^\W\d][\w-]*+)(?:[ \t]++(?:"[^"\n]*+"|[^\W\d][\w-]*+))*[ \t]*+(\{|=(?![=>]))'
)
_TOP_LEVEL: Final = frozenset(
    {
        "check", "data", "ephemeral", "import", "locals", "module", "moved", "output", "provider", "removed",
        "resource", "terraform", "variable",
    }
)  # fmt: skip
_ALWAYS_ASKED_FOR: Final = frozenset(("locals", "module", "provider", "terraform"))
_FRAMES: Final = 8 * MAX_DEPTH + 100
_MUCH: Final = 400_000
"""Characters of configuration behind which skimming begins: to read as many takes twice as long as its patterns do."""
_ENCODING: Final = "Invalid character encoding"
_T = TypeVar("_T")


class BodyReader(TemplateReader):
    """Reads bodies: arguments and blocks."""

    __slots__ = ("skimmer",)

    def __init__(self, file: SourceFile, text: str, skimmer: Skimmer | None = None) -> None:
        """With a `skimmer`, top-level blocks that are surely sound are read when they are asked for."""
        super().__init__(file, text)
        self.skimmer = skimmer

    def body(self, at: int, brace: int) -> Body:
        """The body of a block up to its closing brace; `brace` is where it was opened. Leaves `stop` behind it."""
        arguments: dict[str, Argument] = {}
        blocks: list[Block] = []
        while True:
            match = _item(self.text, at)
            if match.lastindex == 1:
                self.stop = match.end()
                return Body(arguments, blocks)
            if match.lastindex is None and match.end() == len(self.text):
                self.met = match.end()
                raise SyntaxFault("Unclosed configuration block", brace, "the block that `{` opens is never closed")
            at = self.item(match, arguments, blocks)

    def item(self, match: re.Match[str], arguments: dict[str, Argument], blocks: list[Block]) -> int:
        """One argument or block, begun by a match of `_item`; returns the offset behind its newline."""
        kind = match.lastindex
        if kind == 6:
            return self._block(match.start(2), match.end(2), match, blocks)
        start = match.start(2)
        if kind == 4:
            value = match.group(4)
            stop = match.end(4) + 1
            node: Expression = Literal(
                match.start(4) - 1, stop, value if value.isascii() else lexical.normalised(value)
            )
            at = match.end()
            name = match.group(2)
        elif kind == 5:
            word = match.group(5)
            stop = match.end(5)
            node = self.word(match.start(5), word)
            at = match.end()
            name = match.group(2)
        elif kind == 3:
            return self._argument(start, match.group(2), match.end(), arguments)
        else:
            return self._uncommon_item(match, arguments, blocks)
        if name in arguments:
            self.note("Attribute redefined", start, f"`{name}` is already set in this block")
        else:
            arguments[name] = Argument(self.file, start, stop, name, node)
        return at

    def _argument(self, start: int, name: str, at: int, arguments: dict[str, Argument]) -> int:
        """An argument whose value begins at `at`; returns the offset behind its newline."""
        try:
            node = self.expression(at, LINE)
            stop = self.stop
            at = self._ended(self.next, "argument")
        finally:
            # Terraform remarks on it even where the value is broken.
            if name in arguments:
                self.note("Attribute redefined", start, f"`{name}` is already set in this block")
        if name not in arguments:
            arguments[name] = Argument(self.file, start, stop, name, node)
        return at

    def _uncommon_item(self, match: re.Match[str], arguments: dict[str, Argument], blocks: list[Block]) -> int:
        """What the pattern of items does not cover: names beyond ASCII, labels with escapes, faults."""
        text = self.text
        start = match.start(2) if match.lastindex == 2 else match.end()
        name_end = lexical.name_end(text, start)
        if name_end == start:
            if text.startswith('"', start):
                raise SyntaxFault("Invalid argument name", start, "the name of an argument is not quoted")
            raise self.fault("Argument or block definition required", start, "an argument or a block")
        at = LINE.skip(text, name_end).end()
        if text.startswith("=", at) and text[at + 1 : at + 2] not in ("=", ">"):
            return self._argument(start, text[start:name_end], LINE.skip(text, at + 1).end(), arguments)
        if at < len(text) and (text[at] in '"{' or lexical.name_end(text, at) > at):
            return self._block(start, name_end, None, blocks)
        raise SyntaxFault(
            "Argument or block definition required",
            start,
            f"expected `=`, a label or `{{` behind `{text[start:name_end]}`, found {lexical.found(text, at)}",
        )

    def _ended(self, at: int, what: str) -> int:
        """Demands the end of the line behind an argument or a block, and returns the offset of the next one."""
        match = _end_of_line(self.text, at)
        if match is not None:
            return match.end()
        at = LINE.skip(self.text, at).end()
        if what == "argument" and self.text.startswith(",", at):
            raise SyntaxFault("Unexpected comma after argument", at, "arguments are separated by new lines")
        raise self.fault(f"Missing newline after {what}", at, "the end of the line")

    def _block(self, start: int, name_end: int, match: re.Match[str] | None, blocks: list[Block]) -> int:
        """A block; `match` is the match of `_item` that has read the whole header, if it could."""
        text = self.text
        labels: tuple[str, ...]
        if match is not None:
            written = match.group(6)
            labels = tuple([quoted or bare for quoted, bare in _label(written)]) if written else ()
            at = match.end()
            header_stop = match.start(6) + len(written.rstrip(" \t")) if written else name_end
        else:
            labels, header_stop, at = self._labels(name_end)
        brace = at - 1
        type_name = text[start:name_end]
        self.deeper(start)
        line = _end_of_line(text, at)
        body: Body | int
        if line is not None:
            skimmer = self.skimmer
            body = line.end()
            stop = -1
            if skimmer is not None and self.depth == 1 and type_name not in _ALWAYS_ASKED_FOR:
                stop = skimmer.end(text, body)
            if stop < 0:
                body = self.body(body, brace)
            else:
                self.stop = stop
        else:
            at = LINE.skip(text, at).end()
            if text.startswith("}", at):
                body = Body({}, [])
                self.stop = at + 1
            else:
                body = self._single_argument(at, brace)
        stop = self.stop
        self.depth -= 1
        at = self._ended(stop, "block definition")
        blocks.append(Block(self.file, start, header_stop, stop, type_name, labels, body))
        return at

    def _labels(self, name_end: int) -> tuple[tuple[str, ...], int, int]:
        """The labels of a block, the end of the last, and the offset behind the opening brace."""
        text = self.text
        labels: list[str] = []
        header_stop = name_end
        while True:
            at = LINE.skip(text, header_stop).end()
            character = text[at : at + 1]
            if character == "{":
                return tuple(labels), header_stop, at + 1
            if character == '"':
                piece = quoted_piece(text, at + 1)
                ending = piece.group(2)
                stop = piece.end(1)
                labels.append(lexical.unescaped(piece.group(1), at + 1, self.faults))
                if ending is None:
                    raise self.unterminated(at + 1, stop, "Unterminated string literal")
                if ending != '"':
                    raise SyntaxFault("Invalid string literal", stop, f"a label may not contain `{ending[:2]}`")
                header_stop = piece.end()
                continue
            header_stop = lexical.name_end(text, at)
            if header_stop == at:
                expected = "a label or an opening brace on the line of the block's type"
                raise self.fault("Invalid block definition", at, expected)
            labels.append(text[at:header_stop])

    def _single_argument(self, start: int, brace: int) -> Body:
        """The body of a block on one line; leaves `stop` behind its closing brace."""
        text = self.text
        name_end = lexical.name_end(text, start)
        name = text[start:name_end]
        if not name:
            raise self.fault("Argument or block definition required", start, "an argument")
        at = LINE.skip(text, name_end).end()
        if not text.startswith("=", at) or text[at + 1 : at + 2] in ("=", ">"):
            found = lexical.found(text, at)
            if at < len(text) and (text[at] in '"{' or lexical.name_end(text, at) > at):
                raise SyntaxFault("Argument definition required", start, f"expected `=` behind `{name}`, found {found}")
            raise SyntaxFault(
                "Argument or block definition required", start, f"expected `=` behind `{name}`, found {found}"
            )
        node = self.expression(LINE.skip(text, at + 1).end(), LINE)
        argument = Argument(self.file, start, self.stop, name, node)
        at = self.next
        if not text.startswith("}", at):
            if at == len(text):
                raise SyntaxFault("Unclosed configuration block", brace, "the block that `{` opens is never closed")
            raise self.fault("Invalid single-argument block definition", at, "a closing brace on the same line")
        self.stop = at + 1
        return Body({name: argument}, [])

    # -- whole files

    def file_body(self) -> Body:
        """All sound items of the file; what is wrong with the others is in `faults`.

        Terraform gives up at the first fault that is not mild; what was met until then comes first.
        """
        arguments: dict[str, Argument] = {}
        blocks: list[Block] = []
        text = self.text
        length = len(text)
        at = 0
        given_up = -1
        while True:
            match = _item(text, at)
            kind = match.lastindex
            if kind is None and match.end() == length:
                break
            start = match.end() if kind is None else match.start(1 if kind == 1 else 2)
            mild, arguments_before, blocks_before = len(self.faults), len(arguments), len(blocks)
            try:
                if kind == 1:
                    raise self.fault("Argument or block definition required", start, "an argument or a block")
                at = self.item(match, arguments, blocks)
            except SyntaxFault as fault:
                fault.__traceback__ = None  # the frames would keep the whole text alive
                self.depth = 0
                reached = max(fault.offset, self.met)
                at = self._resumption(start, self.met if fault.offset > self.met >= 0 else fault.offset)
                self.patience -= max(0, reached - at)
                self.met = -1
                if given_up >= 0:  # whatever else was met behind that place will be met again
                    self.faults[mild:] = [other for other in self.faults[mild:] if other.offset < at]
                self.faults.append(fault)
                if given_up < 0:
                    given_up = len(self.faults)
            if len(self.faults) > mild:
                if len(arguments) > arguments_before:
                    arguments.popitem()
                del blocks[blocks_before:]
        if self.faults:
            first = len(self.faults) if given_up < 0 else given_up
            unique: dict[tuple[int, str], SyntaxFault] = {}
            for met in (*_in_order(self.faults[:first]), *_in_order(self.faults[first:])):
                unique.setdefault((met.offset, met.summary), met)
            self.faults = list(unique.values())
        return Body(arguments, blocks)

    def _resumption(self, start: int, fault: int) -> int:
        """Where reading goes on behind an item that begins at `start` and is broken at `fault`.

        A known block type in column 1 always begins a block, even before the fault: the item was not closed. Any other
        name in column 1 does so only behind the fault, and behind a closing bracket in column 1 if the item is a block.
        Strings, comments and heredocs are stepped over.
        """
        text = self.text
        length = len(text)
        line_end = text.find("\n", start)
        if line_end < 0:
            return length
        earliest = line_end + 1 if self.patience > 0 else max(line_end + 1, fault)
        header = text[start:line_end]
        outside = "{" not in header or "=" in header
        at = start
        landmark = _landmark.search
        while True:
            match = landmark(text, at)
            if match is None:
                return length
            at = match.end()
            begin = match.start()
            kind = match.lastindex
            if kind == 1:
                close = closing_marker(text, at, match.group(1)) if self.patience > 0 else None
                if close is not None:
                    at = close[1]
                else:
                    self.patience -= length - at
            elif begin < earliest:
                continue
            elif kind == 2:
                outside = outside or begin >= fault
            elif kind == 4 and (
                (match.group(3) in _TOP_LEVEL and match.group(4) == "{") or (outside and begin >= fault)
            ):
                return begin


def _in_order(faults: list[SyntaxFault]) -> list[SyntaxFault]:
    return sorted(faults, key=lambda fault: fault.offset)


def parse(path: str, data: bytes | str) -> ParsedFile:
    """Reads a file of the native syntax. Never raises; the first of `faults` is terraform's first."""
    file, text, bad = decoded(path, data)
    reader = BodyReader(file, text, None if bad else _TREE.skimmer(len(text)))
    body = with_room(reader.file_body)
    faults = reader.faults
    if bad:
        faults = [encoding_fault(fault.offset) if fault.offset in bad else fault for fault in faults]
        if any(fault.summary == _ENCODING for fault in faults):
            body = Body({}, [])
    return ParsedFile(file, body, tuple(faults))


def body_at(file: SourceFile, offset: int) -> Body:
    """The body of a block that was skimmed, its first line at `offset`."""
    reader = BodyReader(file, file.text)
    return with_room(lambda: reader.body(offset, offset))


class _Tree:
    """How much was read so far: where that is much, passing over what nobody asks for pays."""

    def __init__(self) -> None:
        self._read = 0
        self._skimmer: Skimmer | None = None

    def skimmer(self, length: int) -> Skimmer | None:
        """What to skim a text of this length with, if at all."""
        self._read += length
        if self._skimmer is None and self._read > _MUCH:
            from guardrails.sources.terraform.hcl.skimming import Skimmer

            self._skimmer = Skimmer()
        return self._skimmer


_TREE: Final = _Tree()


def parse_expression(file: SourceFile) -> Expression:
    """A text that is one expression; newlines mean nothing in it. Raises the first `SyntaxFault`."""
    reader = BodyReader(file, file.text)

    def read() -> Expression:
        node = reader.expression(free(file.text, 0), FREE)
        if reader.next < len(file.text):
            raise reader.fault("Extra characters after expression", reader.next, "the end of the expression")
        return node

    return _sound(reader, read)


def parse_template(file: SourceFile) -> Expression:
    """A text that is one template, as for `templatefile`. Raises the first `SyntaxFault`."""
    reader = BodyReader(file, file.text)
    return _sound(reader, reader.bare)


def _sound(reader: BodyReader, read: Callable[[], Expression]) -> Expression:
    try:
        node = with_room(read)
    except SyntaxFault as fault:
        raise min([*reader.faults, fault], key=lambda other: other.offset) from None
    if reader.faults:
        raise min(reader.faults, key=lambda fault: fault.offset)
    return node


def with_room(read: Callable[[], _T]) -> _T:
    """Runs `read` with frames enough for the deepest nesting allowed, however deep the caller stands."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + _FRAMES)
    try:
        return read()
    finally:
        sys.setrecursionlimit(limit)


def decoded(path: str, data: bytes | str) -> tuple[SourceFile, str, frozenset[int]]:
    """The file, the text to read, and where it is not UTF-8.

    Terraform minds such bytes everywhere but in comments. So does the reader when it is given a stray carriage return
    in place of each.
    """
    if isinstance(data, str):
        text = data.removeprefix("\ufeff")
        return SourceFile(path, text), text, frozenset()
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        undecoded = RARE.undecoded
        shown = undecoded.sub("\ufffd", text)
        bad = frozenset(match.start() for match in undecoded.finditer(text))
        return SourceFile(path, shown), undecoded.sub("\r", text), bad
    return SourceFile(path, text), text, frozenset()


def encoding_fault(offset: int) -> SyntaxFault:
    return SyntaxFault(_ENCODING, offset, "the file is not encoded in UTF-8")
