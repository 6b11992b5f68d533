"""Functions between values and texts: JSON, YAML, CSV, base64, URLs."""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.sources.terraform.hcl.lexical import normalised
from guardrails.sources.terraform.operators import to_string
from guardrails.sources.terraform.typesystem import STRING, ObjectType
from guardrails.sources.terraform.values import (
    EvalError,
    HclList,
    HclSet,
    JsonText,
    Text,
    Unknown,
    text,
    wholly_known,
)

from .signature import LONGEST_STRING, GiveUp, Room, limit, opaque, unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

room = Room()

_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


# --- JSON


def json_text(value: object) -> str:
    """A wholly known value as terraform encodes it: keys sorted, no spaces, `<`, `>` and `&` escaped."""
    pieces: list[str] = []
    size = 0
    for piece in _json_pieces(value):
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_STRING:
            raise GiveUp(limit("the encoded text is too long"))
    return "".join(pieces)


def _json_pieces(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield _json_string(value)
    elif value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, dict):
        for position, key in enumerate(sorted(value)):
            yield ("," if position else "{") + _json_string(key) + ":"
            yield from _json_pieces(value[key])
        yield "}" if value else "{}"
    elif isinstance(value, (list, HclSet)):
        items = value.items if isinstance(value, HclSet) else value
        for position, item in enumerate(items):
            yield "," if position else "["
            yield from _json_pieces(item)
        yield "]" if items else "[]"
    else:
        digits = to_string(value)
        if isinstance(digits, Unknown):
            raise GiveUp(digits)
        if "Inf" in digits:
            raise EvalError("cannot serialize infinity as JSON")
        yield digits


def _json_string(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)


@room.function("jsonencode", "any?", sees="all", gives=STRING)
def jsonencode(value: object) -> object:
    if isinstance(value, HclSet) or not wholly_known(value):
        return json_text(value) if wholly_known(value) else JsonText(value)
    return json_text(value)


@room.function("jsondecode", "string", sees="all")
def jsondecode(value: str | Unknown) -> object:
    if isinstance(value, str):
        return parsed_json(value)
    document = document_of(value)
    return opaque(value) if document is None else _read_back(document, {})


_WIDEST_NUMBERS = 100_000


def number_reader() -> Callable[[str], object]:
    """Reads numbers of one text; gives up when the digits that they would have written out get too many."""
    left = _WIDEST_NUMBERS

    def read(digits: str) -> object:
        nonlocal left
        if len(digits) < 100 and digits.lstrip("-").isdigit() and digits != "-0":
            return int(digits)
        from guardrails.sources.terraform.arithmetic import TooWideError, parse

        exponent = digits.lower().partition("e")[2]
        left -= len(digits) + (abs(int(exponent)) if exponent and len(exponent) < 8 else len(exponent))
        if left < 0:
            raise GiveUp(limit("the text has too many long numbers"))
        try:
            return parse(digits)
        except TooWideError:
            raise GiveUp(limit("the text has a number too big or too small to compute with")) from None

    return read


def parsed_json(value: str) -> object:
    """The value that JSON text describes; EvalError, without a word of the text, if it does not."""
    import json

    number = number_reader()

    def refuse(_: str) -> object:
        raise EvalError("the text is not JSON")

    try:
        document = json.loads(value, parse_int=number, parse_float=number, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise EvalError(f"the text is not JSON (line {error.lineno}, column {error.colno})") from None
    return _tidy(document, plain=value.isascii() and "\\u" not in value)


def _tidy(value: object, *, plain: bool) -> object:
    """Keys in order and strings in the normal form."""
    if isinstance(value, dict):
        if plain:
            return {key: _tidy(value[key], plain=True) for key in sorted(value)}
        if any(_tidy_string(key) != key for key in value):
            raise EvalError("a key of the JSON text is not in Unicode's composed form")
        neat = {key: _tidy(item, plain=False) for key, item in value.items()}
        return {key: neat[key] for key in sorted(neat)}
    if isinstance(value, list):
        return [_tidy(item, plain=plain) for item in value]
    return _tidy_string(value) if isinstance(value, str) and not plain else value


def _tidy_string(value: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in value):
        value = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in value)
    return normalised(value)


def _read_back(value: object, done: dict[int, object]) -> object:
    """As it is read back: all lists are tuples and all maps objects; a set is one too, whose order is unknown if an
    element is. A part that is used twice is converted once."""
    if not isinstance(value, (list, dict, HclSet)):
        return value
    if id(value) not in done:
        if isinstance(value, dict):
            done[id(value)] = {key: _read_back(value[key], done) for key in sorted(value)}
        elif isinstance(value, HclSet) and len(value.items) > 1 and not wholly_known(value):
            done[id(value)] = opaque(value)
        else:
            items = value.items if isinstance(value, HclSet) else value
            done[id(value)] = [_read_back(item, done) for item in items]
    return done[id(value)]


# What stands for holes while the rest of a text is read as JSON: private characters, refused in the text itself.
_IN_STRING, _ALONE, _END = "\ue0f0", "\ue0f1", "\ue0f2"


def document_of(value: object) -> object:
    """The JSON document that a string with holes holds, the holes in their places; None if that cannot be told.

    A hole inside a JSON string is taken to hold no quote, and one that stands where a value is due to be one value. In
    a list such a hole may be several elements, so the whole list is unknown then.
    """
    if isinstance(value, JsonText):
        return value.document
    if not isinstance(value, Text):
        return None
    marked: list[str] = []
    quoted = False
    for position, part in enumerate(value.parts):
        if isinstance(part, str):
            if any(mark in part for mark in (_IN_STRING, _ALONE, _END)):
                return None
            quoted = _ends_quoted(part, quoted=quoted)
            marked.append(part)
        elif quoted:
            if isinstance(part, JsonText):
                return None
            marked.append(f"{_IN_STRING}{position}{_END}")
        else:
            marked.append(f'"{_ALONE}{position}{_END}"')
    try:
        return _refilled(parsed_json("".join(marked)), value.parts)
    except (EvalError, GiveUp):
        return None


def _ends_quoted(part: str, *, quoted: bool) -> bool:
    """Whether a JSON string is open at the end of this part."""
    position = 0
    while position < len(part):
        if part[position] == "\\" and quoted:
            position += 1
        elif part[position] == '"':
            quoted = not quoted
        position += 1
    return quoted


def _refilled(value: object, holes: tuple[str | Unknown, ...]) -> object:
    if isinstance(value, dict):
        if any(_ALONE in key for key in value):
            return opaque(list(holes))
        if any(_IN_STRING in key for key in value):
            return opaque(list(holes))
        return {key: _refilled(item, holes) for key, item in value.items()}
    if isinstance(value, list):
        items = [_refilled(item, holes) for item in value]
        loose = [
            item
            for item, given in zip(items, value, strict=True)
            if isinstance(given, str) and given.startswith(_ALONE) and type(item) is Unknown
        ]
        return opaque(loose) if loose else items
    if not isinstance(value, str):
        return value
    if value.startswith(_ALONE):
        hole = holes[int(value[1:-1])]
        return hole.document if isinstance(hole, JsonText) else opaque(hole)
    if _IN_STRING not in value:
        return value
    parts: list[object] = []
    for piece in value.split(_IN_STRING):
        number, end, rest = piece.partition(_END)
        parts += (holes[int(number)], rest) if end else (piece,)
    whole = text(parts)
    # A string that is nothing but a reference is that reference.
    return whole.parts[0] if isinstance(whole, Text) and len(whole.parts) == 1 else whole


# --- base64, URLs


@room.function("base64encode", "string", gives=STRING)
def base64encode(value: str) -> str:
    import base64

    return base64.b64encode(value.encode()).decode()


@room.function("base64decode", "string", gives=STRING)
def base64decode(value: str) -> str:
    try:
        return from_base64(value).decode()
    except UnicodeDecodeError:
        raise EvalError("the result of decoding the provided string is not valid UTF-8") from None


def from_base64(value: str) -> bytes:
    """Decode as Go's standard decoder does: line breaks are skipped, padding is required, nothing may follow it."""
    import base64
    import binascii

    try:
        encoded = value.replace("\r", "").replace("\n", "").encode("ascii")
        decoded = base64.b64decode(encoded, validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise EvalError("failed to decode base64 data") from None
    if len(encoded) % 4 or b"=" in encoded.rstrip(b"=") or len(encoded) - len(encoded.rstrip(b"=")) > 2:
        raise EvalError("failed to decode base64 data")
    return decoded


@room.function("base64gzip", "string", gives=STRING)
def base64gzip(_: str) -> object:
    return unsupported("the compressed form depends on the compressor")


@room.function("urlencode", "string", gives=STRING)
def urlencode(value: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(value, safe="")


_ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
    "iso_8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "koi8-r": "koi8-r",
    **{f"iso-8859-{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 7, 9, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
}
"""Python's codecs by the names that terraform reads, which are those that IANA keeps, in lower case."""


@room.function("textencodebase64", "string", "string", gives=STRING)
def textencodebase64(value: str, encoding: str) -> object:
    import base64

    name = encoding.lower()
    if name == "utf-16":
        return base64.b64encode(b"\xfe\xff" + value.encode("utf-16-be")).decode()
    if name not in _ENCODINGS:
        return unsupported(f"the text encoding `{encoding[:40]}` is not known here")
    try:
        return base64.b64encode(value.encode(_ENCODINGS[name])).decode()
    except UnicodeEncodeError:
        raise EvalError("the given string contains characters that the encoding cannot represent") from None


@room.function("textdecodebase64", "string", "string", gives=STRING)
def textdecodebase64(value: str, encoding: str) -> object:
    if encoding.lower() not in _ENCODINGS:
        return unsupported(f"the text encoding `{encoding[:40]}` is not known here")
    try:
        decoded = from_base64(value).decode(_ENCODINGS[encoding.lower()])
    except UnicodeDecodeError:
        raise EvalError("the given string contains symbols that are not defined for the encoding") from None
    if "\ufffd" in decoded:
        raise EvalError("the given string contains symbols that are not defined for the encoding")
    return decoded


# --- CSV


@room.function("csvdecode", "string")
def csvdecode(value: str) -> object:
    rows = list(_csv_rows(value))
    if not rows:
        raise EvalError("missing header line")
    names = rows[0]
    if len(set(names)) < len(names):
        raise EvalError("duplicate column name")
    order = sorted(range(len(names)), key=names.__getitem__)
    for row in rows[1:]:
        if len(row) != len(names):
            raise EvalError("CSV parse error: wrong number of fields")
    records = [{names[i]: normalised(row[i]) for i in order} for row in rows[1:]]
    return HclList(records, ObjectType({names[i]: STRING for i in order}))


_PLAIN_FIELD = compile_later(r"[^,\n]*")


def _csv_rows(value: str) -> Iterator[list[str]]:
    """Records by the rules of Go's reader: empty lines are skipped, a quote may stand only at a field's beginning."""
    value = value.replace("\r\n", "\n")
    position, stop = 0, len(value)
    while position < stop:
        if value[position] == "\n":
            position += 1
            continue
        row: list[str] = []
        more = True
        while more:
            field, position, more = _csv_field(value, position)
            row.append(field)
        yield row


def _csv_field(value: str, position: int) -> tuple[str, int, bool]:
    """A field, where it ends, and whether another follows in the record."""
    if not value.startswith('"', position):
        match = _PLAIN_FIELD.match(value, position)
        assert match is not None  # it matches the empty string
        field, end = match[0], match.end()
        if '"' in field:
            raise EvalError('CSV parse error: bare " in non-quoted field')
        return field, end + 1, value.startswith(",", end)
    pieces: list[str] = []
    position += 1
    while True:
        end = value.find('"', position)
        if end < 0:
            raise EvalError('CSV parse error: extraneous or missing " in quoted field')
        pieces.append(value[position:end])
        position = end + 1
        if not value.startswith('"', position):
            break
        pieces.append('"')
        position += 1
    if position < len(value) and value[position] not in ",\n":
        raise EvalError('CSV parse error: extraneous or missing " in quoted field')
    return "".join(pieces), position + 1, value.startswith(",", position)


# --- YAML


@room.function("yamlencode", "any?", gives=STRING)
def yamlencode(value: object) -> str:
    from .yaml import encoded

    return encoded(value)


@room.function("yamldecode", "string", sees="all")
def yamldecode(value: str | Unknown) -> object:
    if isinstance(value, JsonText):
        return _read_back(value.document, {})  # JSON is YAML
    if isinstance(value, Unknown):
        return opaque(value)
    from .yaml import decoded

    return decoded(value)
