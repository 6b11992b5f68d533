"""Functions on strings. Those that can keep what is known of a string with holes (`Text`) do."""

from __future__ import annotations

from guardrails.sources.terraform.hcl.lexical import normalised
from guardrails.sources.terraform.loops import EXHAUSTED, charge
from guardrails.sources.terraform.typesystem import BOOL, STRING, Collection, ObjectType, TupleType, Type
from guardrails.sources.terraform.values import EvalError, HclList, JsonText, Text, Unknown, text

from .clusters import clusters
from .formatting import format_text, formatted_list
from .signature import LONGEST_STRING, GiveUp, Number, Room, limit, opaque, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .regular import Pattern

room = Room()

_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def _mapped(value: str | Unknown, change: Callable[[str], str]) -> object:
    """Apply a change that works character by character; what comes of a hole is another unknown."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Text):
        return text(change(part) if isinstance(part, str) else opaque(part) for part in value.parts)
    return opaque(value)


@room.function("lower", "string", sees="all", gives=STRING)
def lower(value: str | Unknown) -> object:
    return _mapped(value, lambda part: part.lower() if part.isascii() else "".join(map(_lower, part)))


@room.function("upper", "string", sees="all", gives=STRING)
def upper(value: str | Unknown) -> object:
    return _mapped(value, lambda part: part.upper() if part.isascii() else "".join(map(_upper, part)))


def _lower(character: str) -> str:
    """One letter for one: the case mapping that does not lengthen a string."""
    lowered = character.lower()
    return lowered if len(lowered) == 1 else lowered[0]


def _upper(character: str) -> str:
    raised = character.upper()
    if len(raised) == 1:
        return raised
    titled = character.title()
    return titled if len(titled) == 1 else character


@room.function("title", "string", gives=STRING)
def title(value: str) -> str:
    raised: list[str] = []
    boundary = True
    for character in value:
        if boundary:
            one = character.title()
            raised.append(one if len(one) == 1 else _upper(character))
        else:
            raised.append(character)
        boundary = _separates(character)
    return "".join(raised)


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    from unicodedata import category as category_of

    category = category_of(character)
    return not (category[0] == "L" or category == "Nd") and character in _SPACES


@room.function("strrev", "string", gives=STRING)
def strrev(value: str) -> str:
    return "".join(clusters(value)[::-1])


@room.function("chomp", "string", sees="all", gives=STRING)
def chomp(value: str | Unknown) -> object:
    return _right(value, "\r\n")


@room.function("trim", "string", "string", sees="all", gives=STRING)
def trim(value: str | Unknown, cutset: str | Unknown) -> object:
    if isinstance(cutset, Unknown):
        return opaque(cutset)
    if not cutset:
        return value
    return _left(_right(value, cutset), cutset)


@room.function("trimspace", "string", sees="all", gives=STRING)
def trimspace(value: str | Unknown) -> object:
    return _left(_right(value, _SPACES), _SPACES)


def _left(value: object, cutset: str) -> object:
    if isinstance(value, str):
        return value.lstrip(cutset)
    if isinstance(value, Text) and value.prefix.strip(cutset):
        return text((value.prefix.lstrip(cutset), *value.parts[1:]))
    return value if _json_edges(value, cutset) else opaque(value)


def _right(value: object, cutset: str) -> object:
    if isinstance(value, str):
        return value.rstrip(cutset)
    if isinstance(value, Text) and value.suffix.strip(cutset):
        return text((*value.parts[:-1], value.suffix.rstrip(cutset)))
    return value if _json_edges(value, cutset) else opaque(value)


def _json_edges(value: object, cutset: str) -> bool:
    """Whether encoded JSON begins and ends with brackets that the cutset does not hold."""
    return isinstance(value, JsonText) and isinstance(value.document, (dict, list)) and not set(cutset) & set("{}[]")


@room.function("trimprefix", "string", "string", sees="all", gives=STRING)
def trimprefix(value: str | Unknown, prefix: str | Unknown) -> object:
    if prefix == "":
        return value
    starts = _starts(value, prefix)
    if isinstance(starts, Unknown):
        return starts
    if not starts:
        return value
    assert isinstance(prefix, str)  # nothing starts with an unknown
    if isinstance(value, Text):
        return text((value.prefix[len(prefix) :], *value.parts[1:]))
    return value[len(prefix) :] if isinstance(value, str) else opaque(value)


@room.function("trimsuffix", "string", "string", sees="all", gives=STRING)
def trimsuffix(value: str | Unknown, suffix: str | Unknown) -> object:
    if suffix == "":
        return value
    ends = _ends(value, suffix)
    if isinstance(ends, Unknown):
        return ends
    if not ends:
        return value
    assert isinstance(suffix, str)  # nothing ends with an unknown
    if isinstance(value, Text):
        return text((*value.parts[:-1], value.suffix[: -len(suffix)]))
    return value[: -len(suffix)] if isinstance(value, str) else opaque(value)


@room.function("startswith", "string", "string", sees="all", gives=BOOL)
def startswith(value: str | Unknown, prefix: str | Unknown) -> object:
    return _starts(value, prefix)


def _starts(value: str | Unknown, prefix: str | Unknown) -> bool | Unknown:
    if prefix == "":
        return True
    if isinstance(prefix, str):
        if isinstance(value, str):
            return value.startswith(prefix)
        known = _known_prefix(value)
        if known.startswith(prefix):
            return True
        return opaque(value) if prefix.startswith(known) else False
    if isinstance(value, str) and not value.startswith(_known_prefix(prefix)):
        return False
    return Unknown((*opaque(value).reasons, *prefix.reasons))


def _known_prefix(value: Unknown) -> str:
    if isinstance(value, JsonText):
        return "{" if isinstance(value.document, dict) else "[" if isinstance(value.document, list) else ""
    return value.prefix if isinstance(value, Text) else ""


@room.function("endswith", "string", "string", sees="all", gives=BOOL)
def endswith(value: str | Unknown, suffix: str | Unknown) -> object:
    return _ends(value, suffix)


def _ends(value: str | Unknown, suffix: str | Unknown) -> bool | Unknown:
    if suffix == "":
        return True
    if isinstance(suffix, str):
        if isinstance(value, str):
            return value.endswith(suffix)
        known = value.suffix if isinstance(value, Text) else ""
        if known.endswith(suffix):
            return True
        return opaque(value) if suffix.endswith(known) else False
    if isinstance(value, str) and isinstance(suffix, Text) and not value.endswith(suffix.suffix):
        return False
    return Unknown((*opaque(value).reasons, *suffix.reasons))


@room.function("strcontains", "string", "string", sees="all", gives=BOOL)
def strcontains(value: str | Unknown, part: str | Unknown) -> object:
    if isinstance(part, str):
        if isinstance(value, str):
            return part in value
        if part == "" or (
            isinstance(value, Text) and any(part in known for known in value.parts if isinstance(known, str))
        ):
            return True
        return opaque(value)
    return Unknown((*opaque(value).reasons, *part.reasons))


@room.function("substr", "string", "number", "number", sees="all", gives=STRING)
def substr(value: str | Unknown, offset: Number | Unknown, count: Number | Unknown) -> object:
    if isinstance(offset, Unknown) or isinstance(count, Unknown):
        return Unknown((*opaque(value).reasons, *opaque(offset).reasons, *opaque(count).reasons))
    start, length = whole_number(offset), whole_number(count)
    if isinstance(value, Unknown):
        return _substr_of_holes(value, start, length)
    characters = clusters(value)
    if start < 0:
        # Terraform does not clip an offset before the beginning, nor return nothing for a length of nothing there.
        start = max(start + len(characters), 0)
        if length == 0:
            length = len(characters)
    elif length == 0:
        return ""
    end = len(characters) if length < 0 else start + length
    return "".join(characters[start:end])


def _substr_of_holes(value: Unknown, start: int, length: int) -> object:
    """A part that lies in the known beginning, or the rest after one."""
    prefix = value.prefix if isinstance(value, Text) else ""
    if isinstance(value, Text) and prefix.isascii() and "\r" not in prefix and 0 <= start < len(prefix):
        if length < 0:
            return text((prefix[start:], *value.parts[1:]))
        if start + length < len(prefix):  # not equal: what follows may combine with the last character
            return prefix[start : start + length]
    return opaque(value)


@room.function("join", "string", "list(string)...", sees="all", gives=STRING)
def join(separator: str | Unknown, *lists: list[object] | Unknown) -> object:
    if not lists:
        raise EvalError("at least one list is required")
    if all(isinstance(items, list) for items in lists):
        flat = [item for items in lists if isinstance(items, list) for item in items]
        if any(item is None for item in flat):
            raise EvalError("cannot concatenate null values")
        if isinstance(separator, str) and all(isinstance(item, str) for item in flat):
            size = sum(len(item) for item in flat if isinstance(item, str)) + len(separator) * len(flat)
            if size > LONGEST_STRING:
                return limit("the joined string is too long")
            return separator.join(item for item in flat if isinstance(item, str))
        parts: list[object] = []
        for item in flat:
            parts += (separator, item) if parts else (item,)
        return text(parts)
    # A list of unknown length: the beginning is known as far as the lists before it, the rest may be anything.
    parts = []
    for items in lists:
        if isinstance(items, Unknown):
            break
        for item in items:
            parts += (separator, item) if parts else (item,)
    rest = Unknown(tuple(reason for items in lists if isinstance(items, Unknown) for reason in items.reasons))
    return text([*parts, rest]) if parts else rest


@room.function("split", "string", "string", gives=Collection("list", STRING))
def split(separator: str, value: str) -> object:
    pieces = value.split(separator) if separator else list(value)
    return [normalised(piece) for piece in pieces]


@room.function("indent", "number", "string", sees="all", gives=STRING)
def indent(spaces: Number | Unknown, value: str | Unknown) -> object:
    if isinstance(spaces, Unknown):
        return Unknown((*spaces.reasons, *opaque(value).reasons))
    width = whole_number(spaces)
    if width < 0:
        raise EvalError("the number of spaces must not be negative")
    lines = value.count("\n") if isinstance(value, str) else 1
    if width * lines > LONGEST_STRING:
        return limit("the indented string is too long")
    if isinstance(value, JsonText):
        return value  # encoded JSON has no line breaks
    return _mapped(value, lambda part: part.replace("\n", "\n" + " " * width))


@room.function("replace", "string", "string", "string", sees="all", gives=STRING, scoped=True)
def replace(scope: object, value: str | Unknown, old: str | Unknown, new: str | Unknown) -> object:
    if isinstance(old, Unknown) or (isinstance(new, Unknown) and not isinstance(value, str)):
        return Unknown((*opaque(value).reasons, *opaque(old).reasons, *opaque(new).reasons))
    if len(old) > 1 and old[0] == old[-1] == "/":
        if isinstance(value, Unknown) or isinstance(new, Unknown):
            return Unknown((*opaque(value).reasons, *opaque(new).reasons))
        with _Searching(scope, old[1:-1]) as pattern:
            return _replace_pattern(value, pattern, new)
    if isinstance(value, Unknown):
        assert isinstance(new, str)  # both unknown is dealt with above
        return _replace_between_holes(value, old, new)
    if isinstance(new, Unknown):
        if not old:
            return opaque(new)
        pieces: list[object] = []
        for piece in value.split(old):
            pieces += (new, piece) if pieces else (piece,)
        return text(pieces)
    if old == "":
        return new.join(["", *value, ""]) if len(new) * (len(value) + 1) <= LONGEST_STRING else _too_long()
    if value.count(old) * len(new) > LONGEST_STRING:
        return _too_long()
    return value.replace(old, new)


def _too_long() -> Unknown:
    return limit("the string is too long after the replacements")


def _replace_between_holes(value: Unknown, old: str, new: str) -> object:
    """Replace in the known parts. A hole may hold the old string too, so it becomes another unknown; one of several
    characters may even reach over its edge, so then only the beginning is certain."""
    if isinstance(value, Text) and len(old) == 1:
        return _mapped(value, lambda part: part.replace(old, new))
    if not isinstance(value, Text) or not value.prefix or not old:
        return opaque(value)
    prefix = value.prefix
    end = 0
    while (found := prefix.find(old, end)) >= 0:
        end = found + len(old)
    settled = max(end, len(prefix) - len(old) + 1)
    return text((prefix[:settled].replace(old, new), opaque(value)))


def _replace_pattern(value: str, pattern: Pattern, new: str) -> object:
    from .regular import expanded

    pieces: list[str] = []
    end = size = 0
    for match in pattern.find_all(value):
        pieces += (value[end : match.start], expanded(new, match))
        size += len(pieces[-1])
        if size > LONGEST_STRING:
            return _too_long()
        end = match.stop
    return "".join(pieces) + value[end:]


class _Searching:
    """A compiled pattern for one search, whose steps count as work of the expressions."""

    def __init__(self, scope: object, pattern: str) -> None:
        self._scope = scope
        self._pattern = pattern

    def __enter__(self) -> Pattern:
        from .regular import compiled

        if not charge(self._scope, len(self._pattern) >> 1):
            raise GiveUp(EXHAUSTED)
        self._program = compiled(self._pattern)
        return self._program

    def __exit__(self, *_: object) -> None:
        charge(self._scope, self._program.steps >> 3)


@room.function("regex", "string", "string", scoped=True)
def regex(scope: object, pattern: str, value: str) -> object:
    with _Searching(scope, pattern) as program:
        _refuse_mixed_groups(program)
        match = program.find(value)
    if match is None:
        raise EvalError("pattern did not match any part of the given string")
    return _captured(program, match.groups)


@room.function("regexall", "string", "string", scoped=True)
def regexall(scope: object, pattern: str, value: str) -> object:
    with _Searching(scope, pattern) as program:
        _refuse_mixed_groups(program)
        found = program.find_all(value)
    return HclList([_captured(program, match.groups) for match in found], _capture_type(program))


def _refuse_mixed_groups(pattern: Pattern) -> None:
    if any(pattern.names) and not all(pattern.names):
        raise EvalError("invalid regexp pattern: cannot mix both named and unnamed capture groups")


def _capture_type(pattern: Pattern) -> Type:
    if not pattern.names:
        return STRING
    if pattern.names[0]:
        return ObjectType(dict.fromkeys(sorted(pattern.names), STRING))
    return TupleType((STRING,) * len(pattern.names))


def _captured(pattern: Pattern, groups: tuple[str | None, ...]) -> object:
    parts = [group if group is None else normalised(group) for group in groups]
    if not pattern.names:
        return parts[0]
    if pattern.names[0]:
        named = dict(zip(pattern.names, parts[1:], strict=True))
        return {name: named[name] for name in sorted(named)}
    return parts[1:]


@room.function("format", "string", "any?...", sees="all", gives=STRING)
def format_(template: str | Unknown, *values: object) -> object:
    if isinstance(template, Unknown):
        # What is open may hold verbs of its own: only what stands in front of it and of all verbs is sure to be there.
        start = template.prefix.partition("%")[0] if isinstance(template, Text) else ""
        return text((start, opaque(template))) if start else opaque(template)
    return format_text(template, values)


@room.function("formatlist", "string", "any?...", sees="all", gives=Collection("list", STRING))
def formatlist(template: str | Unknown, *values: object) -> object:
    if isinstance(template, Unknown):
        return opaque(template)
    return formatted_list(template, values)
