"""The JSON variant of the Terraform language: a JSON reader that keeps offsets, and its lowering to the same nodes.

What a property means depends on where it stands. At the top and in known places it is a block, its labels being nested
keys; elsewhere JSON cannot tell a nested block from an argument that is an object, and it is kept as an argument.
Strings are templates, save where the language wants a reference (`depends_on`) or a plain text (a variable's default).
"""

from __future__ import annotations

from bisect import bisect_right

from guardrails.kernel.origin import SourceFile
from guardrails.kernel.pattern import compiled
from guardrails.sources.terraform.hcl import lexical
from guardrails.sources.terraform.hcl.errors import ParsedFile, SyntaxFault
from guardrails.sources.terraform.hcl.expressions import MAX_DEPTH
from guardrails.sources.terraform.hcl.nodes import (
    Argument,
    Block,
    Body,
    Expression,
    Literal,
    ObjectExpression,
    Splat,
    TupleExpression,
)
from guardrails.sources.terraform.hcl.parser import decoded, encoding_fault, parse_expression, parse_template, with_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from decimal import Decimal
    from typing import Final

_LIFECYCLE: Final = {"lifecycle": 0, "connection": 0, "provisioner": 1}
_BLOCKS: Final[dict[str, dict[str, int]]] = {
    "": {
        "check": 1,
        "data": 2,
        "ephemeral": 2,
        "import": 0,
        "locals": 0,
        "module": 1,
        "moved": 0,
        "output": 1,
        "provider": 1,
        "removed": 0,
        "resource": 2,
        "terraform": 0,
        "variable": 1,
    },
    "check": {"assert": 0, "data": 2},
    "cloud": {"workspaces": 0},
    "content": {"dynamic": 1},
    "data": {**_LIFECYCLE, "dynamic": 1},
    "dynamic": {"content": 0},
    "ephemeral": {**_LIFECYCLE, "dynamic": 1},
    "lifecycle": {"postcondition": 0, "precondition": 0},
    "output": {"precondition": 0},
    "provider": {"dynamic": 1},
    "provisioner": {"connection": 0},
    "removed": _LIFECYCLE,
    "resource": {**_LIFECYCLE, "dynamic": 1},
    "terraform": {"backend": 1, "cloud": 0, "provider_meta": 1, "required_providers": 0},
    "variable": {"validation": 0},
}
"""By the type of a block (empty for the file): the blocks it may hold, with the number of their labels."""

_REFERENCES: Final = frozenset(
    {
        ("data", "depends_on"),
        ("data", "provider"),
        ("dynamic", "iterator"),
        ("ephemeral", "depends_on"),
        ("ephemeral", "provider"),
        ("import", "provider"),
        ("import", "to"),
        ("lifecycle", "ignore_changes"),
        ("lifecycle", "replace_triggered_by"),
        ("module", "depends_on"),
        ("module", "providers"),
        ("moved", "from"),
        ("moved", "to"),
        ("output", "depends_on"),
        ("removed", "from"),
        ("required_providers", "configuration_aliases"),
        ("resource", "depends_on"),
        ("resource", "provider"),
        ("variable", "type"),
    }
)
"""Arguments whose strings are expressions rather than templates, by the type of their block."""

_PLAIN: Final = frozenset(
    {
        ("module", "source"),
        ("module", "version"),
        ("output", "description"),
        ("variable", "default"),
        ("variable", "description"),
    }
)
"""Arguments in whose strings `${` has no meaning."""

# 1 a plain string, 2 a string with escapes, 3 a number, 4 a word, 5 punctuation
_token = lexical.matcher(
    r'[ \t\r\n]*+(?:"([^"\\\x00-\x1f]*+)"|"((?:[^"\\\x00-\x1f]++|\\.)*)"|([-+.0-9][-+.0-9eE]*+)|([A-Za-z][A-Za-z_]*+)'
    r"|([{}\[\]:,]))?"
)
_number = compiled(r"(-?)((?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)").fullmatch
_escape = compiled(r'\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|["\\/bfnrt])|\\')
_SIMPLE_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


class _Value:
    """A JSON value and where it stands."""

    __slots__ = ("start", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop


class _Scalar(_Value):
    """A number, a bool or null."""

    __slots__ = ("value",)

    def __init__(self, start: int, stop: int, value: int | Decimal | bool | None) -> None:
        super().__init__(start, stop)
        self.value = value


class _String(_Value):
    """A string; `jumps` are the places where decoding made it shorter: an index in it, and the offset there."""

    __slots__ = ("jumps", "value")

    def __init__(self, start: int, stop: int, value: str, jumps: tuple[tuple[int, int], ...]) -> None:
        super().__init__(start, stop)
        self.value = value
        self.jumps = jumps

    def place(self, index: int) -> int:
        """The offset in the file of what stands at `index` of the decoded text."""
        at = bisect_right(self.jumps, index, key=lambda jump: jump[0])
        if not at:
            return self.start + 1 + index
        base, offset = self.jumps[at - 1]
        return offset + index - base


class _Array(_Value):
    __slots__ = ("items",)

    def __init__(self, start: int, stop: int, items: list[_Value]) -> None:
        super().__init__(start, stop)
        self.items = items


class _Object(_Value):
    __slots__ = ("properties",)

    def __init__(self, start: int, stop: int, properties: list[tuple[_String, _Value]]) -> None:
        super().__init__(start, stop)
        self.properties = properties


class _Reader:
    """Reads JSON. Terraform's own summaries, its spelling included."""

    __slots__ = ("depth", "stop", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.stop = 0
        self.depth = 0

    def document(self) -> _Array | _Object:
        value = self.value(0)
        rest = _token(self.text, self.stop)
        at = _begin(rest)
        if at < len(self.text):
            raise self._fault("Extraneous data after value", at, "the end of the file")
        if not isinstance(value, (_Array, _Object)):
            raise SyntaxFault(
                "Root value must be object", value.start, "the file must hold an object or an array of them"
            )
        return value

    def value(self, at: int) -> _Value:
        """The value behind `at`; leaves `stop` behind it."""
        match = _token(self.text, at)
        begin = _begin(match)
        self.stop = match.end()
        kind = match.lastindex
        if kind == 1 or kind == 2:
            return self._string(match, begin)
        if kind == 5:
            symbol = match.group(5)
            if symbol in "{[":
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    raise SyntaxFault("nesting too deep", begin, f"more than {MAX_DEPTH} levels")
                value = self._object(begin) if symbol == "{" else self._array(begin)
                self.depth -= 1
                return value
            summary = {"}": "Missing JSON value", "]": "Missing array element value"}.get(
                symbol, "Invalid start of value"
            )
            raise self._fault(summary, begin, "a value")
        if kind == 3:
            return self._number(begin, match.group(3))
        if kind == 4:
            word = match.group(4)
            if word not in _WORDS:
                raise SyntaxFault("Invalid JSON keyword", begin, f"`{word}` is neither `true`, `false` nor `null`")
            return _Scalar(begin, self.stop, _WORDS[word])
        if begin == len(self.text):
            raise SyntaxFault("Missing value", begin, "the file ends too early")
        if self.text[begin] == '"':
            raise SyntaxFault("Invalid JSON string", begin, "the string is not closed on its line")
        raise self._fault("Invalid start of value", begin, "a value")

    def _number(self, begin: int, literal: str) -> _Scalar:
        match = _number(literal)
        value = lexical.number(match.group(2)) if match is not None else None
        if match is None or value is None:
            raise SyntaxFault("Invalid JSON number", begin, f"`{literal}` is no number")
        return _Scalar(begin, self.stop, -value if match.group(1) else value)

    def _string(self, match: re.Match[str], begin: int) -> _String:
        if match.lastindex == 1:
            return _String(begin, match.end(), match.group(1), ())
        pieces: list[str] = []
        jumps: list[tuple[int, int]] = []
        raw = match.group(2)
        length = done = 0
        for escape in _escape.finditer(raw):
            code = escape.group()
            if code == "\\":
                at = begin + 1 + escape.start()
                raise SyntaxFault(
                    "Invalid JSON string", at, f"`{raw[escape.start() : escape.start() + 2]}` is no escape"
                )
            if code[1] != "u":
                character = _SIMPLE_ESCAPES.get(code[1], code[1])
            elif len(code) == 12:
                character = chr(0x10000 + ((int(code[2:6], 16) & 0x3FF) << 10) + (int(code[8:], 16) & 0x3FF))
            else:
                digits = code[2:]
                character = chr(int(digits, 16))
                if "\ud800" <= character <= "\udfff":
                    character = "\ufffd"
            before = raw[done : escape.start()]
            done = escape.end()
            pieces += (before, character)
            length += len(before) + 1
            jumps.append((length, begin + 1 + done))
        pieces.append(raw[done:])
        return _String(begin, match.end(), "".join(pieces), tuple(jumps))

    def _object(self, begin: int) -> _Object:
        properties: list[tuple[_String, _Value]] = []
        match = _token(self.text, self.stop)
        if match.group(5) == "}":
            self.stop = match.end()
            return _Object(begin, self.stop, properties)
        while True:
            name = self.value(self.stop)
            if not isinstance(name, _String):
                raise SyntaxFault("Invalid object property name", name.start, "the name of a property must be a string")
            match = _token(self.text, self.stop)
            colon = match.group(5)
            if colon != ":":
                summary = "Missing object value" if colon in ("}", ",") else "Missing property value colon"
                raise self._fault(summary, _begin(match), "a colon")
            properties.append((name, self.value(match.end())))
            match = _token(self.text, self.stop)
            at = _begin(match)
            self.stop = match.end()
            separator = match.group(5)
            if separator == "}":
                return _Object(begin, self.stop, properties)
            if separator == ",":
                following = _token(self.text, self.stop)
                if following.group(5) == "}":
                    raise SyntaxFault("Trailing comma in object", at, "a comma may not be the last thing in an object")
                continue
            if at == len(self.text):
                raise SyntaxFault("Unclosed object", begin, "`{` is never closed")
            summary = "Mismatched braces" if separator == "]" else "Missing attribute seperator comma"
            raise self._fault(summary, at, "a comma or a closing brace")

    def _array(self, begin: int) -> _Array:
        items: list[_Value] = []
        match = _token(self.text, self.stop)
        if match.group(5) == "]":
            self.stop = match.end()
            return _Array(begin, self.stop, items)
        while True:
            items.append(self.value(self.stop))
            match = _token(self.text, self.stop)
            at = _begin(match)
            self.stop = match.end()
            separator = match.group(5)
            if separator == "]":
                return _Array(begin, self.stop, items)
            if separator == ",":
                following = _token(self.text, self.stop)
                if following.group(5) == "]":
                    raise SyntaxFault("Trailing comma in array", at, "a comma may not be the last thing in an array")
                continue
            if at == len(self.text):
                raise SyntaxFault("Unclosed object", begin, "`[` is never closed")
            summary = {"}": "Mismatched brackets", ":": "Invalid array value"}.get(
                separator or "", "Missing attribute seperator comma"
            )
            raise self._fault(summary, at, "a comma or a closing bracket")

    def _fault(self, summary: str, at: int, expected: str) -> SyntaxFault:
        return SyntaxFault(summary, at, f"expected {expected}, found {lexical.found(self.text, at)}")


def _begin(match: re.Match[str]) -> int:
    """Where the token of a match begins, behind the white space."""
    kind = match.lastindex
    if kind is None:
        return match.end()
    return match.start(kind) - 1 if kind <= 2 else match.start(kind)


class _Lowering:
    """Turns JSON values into bodies and expressions. What has a fault is left out, and so is all that holds it."""

    __slots__ = ("faults", "file")

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.faults: list[SyntaxFault] = []

    def body(self, value: _Value, kind: str) -> Body:
        """The body of a block of type `kind`; empty for the file."""
        arguments: dict[str, Argument] = {}
        blocks: list[Block] = []
        known = _BLOCKS.get(kind, {})
        for name, content in self._properties(value, "arguments and nested blocks"):
            key = name.value
            if key == "//":
                continue
            labels = known.get(key)
            if labels is None:
                if (kind, key) in _REFERENCES:
                    self._argument(arguments, name, content, self.reference)
                elif (kind, key) in _PLAIN:
                    self._argument(arguments, name, content, self.plain)
                else:
                    self._argument(arguments, name, content, self.template)
                continue
            for used, start, header_stop, part in self._headers(name, content, name, labels):
                mild = len(self.faults)
                body = self.body(part, key)
                if len(self.faults) == mild:
                    blocks.append(Block(self.file, start, header_stop, part.stop, key, used, body))
        return Body(arguments, blocks)

    def values(self, root: _Value) -> Body:
        """A file of plain values, one for each variable."""
        arguments: dict[str, Argument] = {}
        for name, content in self._properties(root, "the values of variables"):
            if name.value != "//":
                self._argument(arguments, name, content, self.plain)
        return Body(arguments, [])

    def _properties(self, value: _Value, what: str) -> Iterator[tuple[_String, _Value]]:
        """The properties of an object, or of several in an array one behind the other."""
        for part in value.items if isinstance(value, _Array) else (value,):
            if isinstance(part, _Object):
                yield from part.properties
            elif not (isinstance(part, _Scalar) and part.value is None and part is value):
                self._note("Incorrect JSON value type", part.start, f"an object is needed here, for {what}")

    def _headers(
        self, name: _String, value: _Value, last: _String, left: int, used: tuple[str, ...] = ()
    ) -> Iterator[tuple[tuple[str, ...], int, int, _Value]]:
        """For each block behind the key `name`: its labels, the span of the last key, and its body."""
        if left:
            mild = len(self.faults)
            empty = True
            for label, content in self._properties(value, f"the labels of `{name.value}`"):
                empty = False
                yield from self._headers(name, content, label, left - 1, (*used, label.value))
            if empty and len(self.faults) == mild:
                self._note("Missing block label", value.start, f"`{name.value}` needs a label")
        elif isinstance(value, _Array):
            for part in value.items:
                yield used, part.start, part.start + 1, part
        elif isinstance(value, _Object):
            yield used, last.start, last.stop, value
        elif not (isinstance(value, _Scalar) and value.value is None):
            detail = f"`{name.value}` needs an object or an array of objects"
            self._note("Incorrect JSON value type", value.start, detail)

    def _argument(
        self, arguments: dict[str, Argument], name: _String, value: _Value, lower: Callable[[_Value], Expression]
    ) -> None:
        if name.value in arguments:
            self._note("Duplicate argument", name.start, f"`{name.value}` is already set in this object")
            return
        mild = len(self.faults)
        expression = lower(value)
        if len(self.faults) == mild:
            arguments[name.value] = Argument(self.file, name.start, value.stop, name.value, expression)

    def template(self, value: _Value) -> Expression:
        """A value in whose strings sequences are evaluated."""
        if isinstance(value, _String) and ("${" in value.value or "%{" in value.value):
            return self._native(value, parse_template)
        return self._lowered(value, self.template)

    def reference(self, value: _Value) -> Expression:
        """A value whose strings are expressions."""
        if isinstance(value, _String):
            if "${" in value.value:
                return self._native(value, parse_template)
            return self._native(value, parse_expression)
        return self._lowered(value, self.reference)

    def plain(self, value: _Value) -> Expression:
        """A value whose strings mean themselves."""
        return self._lowered(value, self.plain)

    def _lowered(self, value: _Value, lower: Callable[[_Value], Expression]) -> Expression:
        if isinstance(value, _Scalar):
            return Literal(value.start, value.stop, value.value)
        if isinstance(value, _Array):
            return TupleExpression(value.start, value.stop, tuple([lower(item) for item in value.items]))
        if isinstance(value, _Object):
            pairs = tuple([(self._key(name, lower), lower(content)) for name, content in value.properties])
            return ObjectExpression(value.start, value.stop, pairs)
        assert isinstance(value, _String)
        return Literal(value.start, value.stop, lexical.normalised(value.value))

    def _key(self, name: _String, lower: Callable[[_Value], Expression]) -> Expression:
        """A key of an object. As in the native syntax, a bare name stands for itself."""
        if lower == self.reference and lexical.name_end(name.value, 0) == len(name.value):
            lower = self.plain
        return lower(name)

    def _native(self, string: _String, read: Callable[[SourceFile], Expression]) -> Expression:
        """A string read in the native syntax, its nodes moved to where they stand in the file."""
        try:
            expression = read(SourceFile(self.file.path, string.value))
        except SyntaxFault as fault:
            self._note(fault.summary, string.place(fault.offset), fault.detail)
            return Literal(string.start, string.stop, string.value)
        for node in _nodes(expression):
            node.start = string.place(node.start)
            node.stop = string.place(node.stop)
        return expression

    def _note(self, summary: str, offset: int, detail: str) -> None:
        self.faults.append(SyntaxFault(summary, offset, detail))


def _nodes(expression: Expression) -> Iterator[Expression]:
    """The node and all below it, each once."""
    waiting: list[object] = [expression]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Expression):
            yield found
            if isinstance(found, Splat):
                waiting += (found.target, found.each)  # the item is a leaf of the latter
            else:
                waiting += [getattr(found, slot) for slot in type(found).__slots__ if not slot.startswith("_")]
        elif isinstance(found, tuple):
            waiting += found


def parse(path: str, data: bytes | str) -> ParsedFile:
    """Reads a `.tf.json` file. Never raises. A fault in the JSON costs the whole file, any other its block."""
    return _parsed(path, data, lambda lowering, root: lowering.body(root, ""))


def parse_values(path: str, data: bytes | str) -> ParsedFile:
    """Reads a `.tfvars.json` file, in which every property is the plain value of a variable. Never raises."""
    return _parsed(path, data, _Lowering.values)


def remarks(text: str) -> list[tuple[str, int, int, int]]:
    """The texts of all properties `"//"`, which the language ignores: what it says, where the property begins, and the
    span of the text. A property may hold a list of texts. Nothing where the text is no JSON."""
    try:
        waiting: list[_Value] = [with_room(lambda: _Reader(text).document())]
    except SyntaxFault:
        return []
    found: list[tuple[str, int, int, int]] = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, _Array):
            waiting += value.items
        elif isinstance(value, _Object):
            for name, content in value.properties:
                said = content.items if isinstance(content, _Array) else (content,)
                if name.value == "//":
                    found += [(one.value, name.start, one.start, one.stop) for one in said if isinstance(one, _String)]
                else:
                    waiting.append(content)
    return sorted(found, key=lambda remark: remark[2])


def _parsed(path: str, data: bytes | str, lower: Callable[[_Lowering, _Value], Body]) -> ParsedFile:
    file, text, bad = decoded(path, data)
    if bad:
        return ParsedFile(file, Body({}, []), (encoding_fault(min(bad)),))
    lowering = _Lowering(file)
    try:
        body = with_room(lambda: lower(lowering, _Reader(text).document()))
    except SyntaxFault as fault:
        fault.__traceback__ = None
        return ParsedFile(file, Body({}, []), (fault,))
    return ParsedFile(file, body, tuple(sorted(lowering.faults, key=lambda fault: fault.offset)))
