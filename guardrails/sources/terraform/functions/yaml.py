"""YAML as terraform writes and reads it.

Written by hand: strings always quoted, or as literal blocks where they have line breaks. Read with PyYAML's parser
where that is installed, its events resolved by terraform's rules, which are neither PyYAML's nor the standard's.
"""

from __future__ import annotations

import importlib
import re

from guardrails.kernel.typed import Protocol
from guardrails.sources.terraform.arithmetic import parse
from guardrails.sources.terraform.operators import to_string
from guardrails.sources.terraform.values import EvalError, HclSet, Unknown

from .encoding import from_base64, number_reader
from .signature import LONGEST_STRING, GiveUp, limit, unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

_WIDTH = 80
_LONGEST_KEY = 128

_ESCAPES = {
    0x00: "0",
    0x07: "a",
    0x08: "b",
    0x09: "t",
    0x0A: "n",
    0x0B: "v",
    0x0C: "f",
    0x0D: "r",
    0x1B: "e",
    0x22: '"',
    0x5C: "\\",
    0x85: "N",
    0xA0: "_",
    0x2028: "L",
    0x2029: "P",
}


def encoded(value: object) -> str:
    writer = _Writer()
    if isinstance(value, dict) and value:
        writer.mapping(value, 0)
    elif isinstance(value, (list, HclSet)) and _items(value):
        writer.sequence(_items(value), 0)
    else:
        writer.scalar(value, 2)
        if not isinstance(value, (str, list, dict, HclSet)):
            writer.write("\n...")
    writer.end_line()
    return "".join(writer.pieces)


def _items(value: object) -> list[object]:
    if isinstance(value, HclSet):
        return value.items
    return value if isinstance(value, list) else []


class _Writer:
    """The text so far and the column that has been reached."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.column = 0
        self.size = 0

    def write(self, piece: str) -> None:
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > LONGEST_STRING:
            raise GiveUp(limit("the encoded text is too long"))
        line = piece.rpartition("\n")
        self.column = len(line[2]) + (0 if line[1] else self.column)

    def end_line(self) -> None:
        if self.column:
            self.write("\n")

    def start_line(self, indent: int) -> None:
        self.end_line()
        self.write(" " * indent)

    def mapping(self, pairs: dict[str, object], indent: int) -> None:
        """Pairs, the first one where the writer stands."""
        for position, (key, value) in enumerate(pairs.items()):
            if position:
                self.start_line(indent)
            if "\n" in key or len(key.encode()) > _LONGEST_KEY:
                raise GiveUp(unsupported("a key too long for one line is not encoded"))
            self.write(_quoted(key) + ":")
            if isinstance(value, dict) and value:
                self.start_line(indent + 2)
                self.mapping(value, indent + 2)
            elif _items(value):
                self.start_line(indent)
                self.sequence(_items(value), indent)
            else:
                self.write(" ")
                self.scalar(value, indent + 2)

    def sequence(self, items: list[object], indent: int) -> None:
        for position, item in enumerate(items):
            if position:
                self.start_line(indent)
            self.write("- ")
            if isinstance(item, dict) and item:
                self.mapping(item, indent + 2)
            elif _items(item):
                self.sequence(_items(item), indent + 2)
            else:
                self.scalar(item, indent + 2)

    def scalar(self, value: object, indent: int) -> None:
        if isinstance(value, dict):
            self.write("{}")
        elif isinstance(value, (list, HclSet)):
            self.write("[]")
        elif value is None:
            self.write("null")
        elif isinstance(value, str):
            if "\n" in value and _fits_block(value):
                self.block(value, indent)
            else:
                self.folded(value, indent)
        else:
            plain = to_string(value)
            if isinstance(plain, Unknown):
                raise GiveUp(plain)
            self.write(plain)

    def block(self, value: str, indent: int) -> None:
        hint = str(2) if value[0] in " \n" else ""
        if not value.endswith("\n"):
            hint += "-"
        elif value.endswith("\n\n") or value == "\n":
            hint += "+"
        self.write(f"|{hint}\n")
        lines = value.split("\n")
        for position, line in enumerate(lines):
            if line:
                self.write(" " * indent + line)
            if position + 1 < len(lines):
                self.write("\n")

    def folded(self, value: str, indent: int) -> None:
        """A quoted string; at a space beyond the width it goes on in the next line."""
        self.write('"')
        spaced = False
        for position, character in enumerate(value):
            if character != " ":
                self.write(_escaped(character))
                spaced = False
                continue
            # Terraform's emitter looks at bytes here, which matters only for the very last character.
            if not spaced and self.column > _WIDTH and 0 < position < len(value) - 1:
                self.write("\n" + " " * indent)
                if value[position + 1] == " ":
                    self.write("\\")
            else:
                self.write(" ")
            spaced = True
        self.write('"')


def _fits_block(value: str) -> bool:
    if "\u2028" in value or "\u2029" in value:
        raise GiveUp(unsupported("a Unicode line separator in a text of several lines is not encoded"))
    return not (value.endswith(" ") or " \n" in value or any(not _printable(character) for character in value))


def _printable(character: str) -> bool:
    code = ord(character)
    return code == 0x0A or 0x20 <= code <= 0x7E or (0xA0 <= code <= 0xFFFD and code != 0xFEFF)


def _quoted(value: str) -> str:
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if _printable(character) and character not in '"\\\n\u2028\u2029':
        return character
    code = ord(character)
    if code in _ESCAPES:
        return "\\" + _ESCAPES[code]
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


# --- reading


_LONGEST_SLOW = 50_000


def decoded(text: str) -> object:
    try:
        yaml = importlib.import_module("yaml")  # no dependency, and without types
    except ImportError:
        return unsupported("YAML is read only where PyYAML is installed")
    loader = getattr(yaml, "CSafeLoader", None)
    if loader is None and len(text) > _LONGEST_SLOW:
        return limit("the YAML text is too long for PyYAML without its fast parser")
    try:
        return _Reader(yaml, yaml.parse(text, Loader=loader or yaml.SafeLoader)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise EvalError(f"the text is not YAML{place}") from None


_WORDS: dict[str, object] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INFINITIES = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), "Inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), "-Inf"),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|( ))([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)
_TAG = "tag:yaml.org,2002:"


class _Event(Protocol):
    """What PyYAML's events have, as far as their class has it."""

    anchor: str | None
    tag: str | None
    value: str
    style: str | None


class _Reader:
    def __init__(self, pyyaml: ModuleType, events: Iterator[_Event]) -> None:
        self.pyyaml = pyyaml
        self.events = events
        self.number = number_reader()
        self.anchors: dict[str, object] = {}
        self.open_anchors: set[str] = set()

    def document(self) -> object:
        next(self.events)  # the beginning of the stream
        if not isinstance(next(self.events), self.pyyaml.DocumentStartEvent):
            raise EvalError("the text has no YAML document")
        value = self.value(next(self.events))
        next(self.events)  # the end of the document
        if not isinstance(next(self.events), self.pyyaml.StreamEndEvent):
            raise EvalError("only a single YAML document is allowed")
        return value

    def value(self, event: _Event) -> object:
        if isinstance(event, self.pyyaml.AliasEvent):
            if event.anchor in self.open_anchors or event.anchor not in self.anchors:
                raise EvalError("the YAML text refers to an anchor that is not defined before")
            return self.anchors[event.anchor]
        anchor = event.anchor
        if anchor is not None and not isinstance(event, self.pyyaml.ScalarEvent):
            self.open_anchors.add(anchor)
        value: object
        if isinstance(event, self.pyyaml.ScalarEvent):
            value = _resolved(event.tag or "", event.value, self.number, quoted=bool(event.style))
        elif isinstance(event, self.pyyaml.SequenceStartEvent):
            value = self.sequence(event)
        else:
            value = self.mapping(event)
        if anchor is not None:
            self.open_anchors.discard(anchor)
            self.anchors[anchor] = value
        return value

    def sequence(self, start: _Event) -> list[object]:
        _refuse_tag(start.tag, "seq")
        items: list[object] = []
        while not isinstance(event := next(self.events), self.pyyaml.SequenceEndEvent):
            items.append(self.value(event))
        return items

    def mapping(self, start: _Event) -> dict[str, object]:
        _refuse_tag(start.tag, "map")
        pairs: dict[str, object] = {}
        while not isinstance(event := next(self.events), self.pyyaml.MappingEndEvent):
            if not isinstance(event, self.pyyaml.ScalarEvent):
                raise EvalError("only strings are allowed as keys of a YAML mapping")
            if (not event.tag and event.value == "<<") or event.tag == f"{_TAG}merge":
                merged = self.value(next(self.events))
                if not isinstance(merged, dict):
                    raise EvalError("only a mapping can be merged into a YAML mapping")
                pairs.update(merged)
                continue
            key = _resolved(event.tag or "", event.value, self.number, quoted=bool(event.style))
            if key is None:
                raise EvalError("a key of a YAML mapping cannot be null")
            name = to_string(key)
            assert isinstance(name, str)  # of a known primitive
            pairs[name] = self.value(next(self.events))
        return {key: pairs[key] for key in sorted(pairs)}


def _refuse_tag(tag: str | None, allowed: str) -> None:
    if tag and tag not in {_TAG + allowed, "!"}:
        raise EvalError("the YAML text has a tag that is not supported")


def _resolved(tag: str, source: str, number: Callable[[str], object], *, quoted: bool) -> object:
    """The value of a scalar, by terraform's rules."""
    kind = tag.removeprefix(_TAG)
    if kind not in {"", "str", "bool", "int", "float", "null", "timestamp", "binary"}:
        raise EvalError("the YAML text has a tag that is not supported")
    if kind not in {"str", "binary"} and (not source or source[0] in "+-.0123456789yYnNtTfFoO~"):
        if quoted:
            return source
        if source in _WORDS:
            return _WORDS[source]
        if source in _INFINITIES:
            return parse(_INFINITIES[source])
        if kind == "":
            kind = _guessed(source)
    if kind in {"", "str"}:
        return source
    if kind == "binary":
        from_base64(source)
        return source
    if kind == "timestamp":
        moment = _moment(source)
        if moment is None:
            raise EvalError("the YAML text has a timestamp that is none")
        return moment
    if kind in {"int", "float"}:
        return _number(source.replace("_", ""), number)
    if kind == "bool":
        raise EvalError("the YAML text has a bool that is none")
    return None


def _guessed(source: str) -> str:
    if source in {".nan", ".NaN", ".NAN"}:
        raise EvalError("the YAML text has a number that is none")
    if source[0] == ".":
        return "float" if _FLOAT.fullmatch(source) else ""
    if source[0] not in "+-0123456789":
        return ""
    if _moment(source) is not None:
        return "timestamp"
    return "int" if _INTEGER.fullmatch(source) or _FLOAT.fullmatch(source) else ""


def _number(source: str, read: Callable[[str], object]) -> object:
    number = read(source)
    if number is not None:
        return number
    try:
        return int(source, 0)
    except ValueError:
        raise EvalError("the YAML text has a number that is none") from None


def _moment(source: str) -> str | None:
    """The timestamp in the form that terraform gives it, None if it is none."""
    match = _TIME.fullmatch(source)
    if match is None:
        return None
    year, month, day, blank, hour, minute, second, zone = match.groups()
    if hour is not None and (blank is None) != (zone is not None):
        return None  # with a `T` there must be a zone, with a space there must be none
    import datetime as dt

    try:
        dt.datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    date = f"{year}-{int(month):02d}-{int(day):02d}"
    if zone in {"+00:00", "-00:00"}:
        zone = "Z"
    return f"{date}T{int(hour or 0):02d}:{int(minute or 0):02d}:{int(second or 0):02d}{zone or 'Z'}"
