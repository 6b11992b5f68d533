"""The syntax of RE2's regular expressions, as far as terraform has it: no look-around and no back-references."""

from __future__ import annotations

import functools
import unicodedata
from bisect import bisect_right
from typing import Any, NamedTuple, TypeAlias

from guardrails.sources.terraform.values import EvalError

from .signature import GiveUp, limit, unsupported

MOST_REPEATS = 1000
"""RE2's own limit on `{n,m}`, nested ones multiplied."""
_MOST_FOLDED = 100_000
"""Characters whose other cases one pattern may ask for."""
ENDLESS = -1
"""How often something may be repeated without a limit."""
_TOP = 0x10FFFF

Range: TypeAlias = tuple[int, int]


def too_costly(what: str) -> GiveUp:
    return GiveUp(limit(what))


class _Set:
    """A set of characters, with the answers so far."""

    __slots__ = ("answers", "bounds", "negated")

    def __init__(self, ranges: list[Range], *, negated: bool) -> None:
        self.bounds: list[int] = []
        """Where the set begins, where it ends, where it begins again: ascending."""
        for low, high in sorted(ranges):
            if not self.bounds or low > self.bounds[-1]:
                self.bounds += (low, high + 1)
            else:
                self.bounds[-1] = max(self.bounds[-1], high + 1)
        self.negated = negated
        self.answers: dict[str, bool] = {}

    def __contains__(self, character: str) -> bool:
        answer = self.answers.get(character)
        if answer is None:
            answer = (bisect_right(self.bounds, ord(character)) % 2 == 1) != self.negated
            self.answers[character] = answer
        return answer


class _Flags(NamedTuple):
    fold: bool = False
    lines: bool = False
    dot_all: bool = False
    lazy: bool = False


# The tree: nodes are tuples whose first item says what they are.
# A recursive union of tuple types would say less than the parser does.
Node: TypeAlias = tuple[Any, ...]


_PERL = {
    "d": [(48, 57)],
    "s": [(9, 10), (12, 13), (32, 32)],
    "w": [(48, 57), (65, 90), (95, 95), (97, 122)],
}
_POSIX: dict[str, list[Range]] = {
    "alnum": [(48, 57), (65, 90), (97, 122)],
    "alpha": [(65, 90), (97, 122)],
    "ascii": [(0, 127)],
    "blank": [(9, 9), (32, 32)],
    "cntrl": [(0, 31), (127, 127)],
    "digit": [(48, 57)],
    "graph": [(33, 126)],
    "lower": [(97, 122)],
    "print": [(32, 126)],
    "punct": [(33, 47), (58, 64), (91, 96), (123, 126)],
    "space": [(9, 13), (32, 32)],
    "upper": [(65, 90)],
    "word": [(48, 57), (65, 90), (95, 95), (97, 122)],
    "xdigit": [(48, 57), (65, 70), (97, 102)],
}
_ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


class Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.flags = _Flags()
        self.names: list[str] = []
        self.depth = 0
        self.unfolded = _MOST_FOLDED

    def parse(self) -> Node:
        tree = self._alternatives()
        if self.position < len(self.pattern):
            raise self._fault("unexpected `)`")
        return tree

    def _fault(self, message: str) -> EvalError:
        return EvalError(f"invalid regexp pattern: {message} at offset {self.position}")

    def _peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.position)

    def _alternatives(self) -> Node:
        self.depth += 1
        if self.depth > 250:
            raise too_costly("the pattern is nested too deeply")
        outer = self.flags
        branches = [self._sequence()]
        while self._peek("|"):
            self.position += 1
            branches.append(self._sequence())
        self.flags = outer
        self.depth -= 1
        return branches[0] if len(branches) == 1 else ("alternatives", branches)

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self.position < len(self.pattern) and self.pattern[self.position] not in "|)":
            if self._peek("\\Q"):
                stop = self.pattern.find("\\E", self.position + 2)
                quoted = self.pattern[self.position + 2 : stop if stop >= 0 else None]
                self.position = stop + 2 if stop >= 0 else len(self.pattern)
                items += [self._literal(ord(character)) for character in quoted]
                if quoted:
                    items[-1] = self._repeated(items[-1])
                continue
            atom = self._atom()
            items.append(atom if atom == ("sequence", []) and not self._repeats() else self._repeated(atom))
        return ("sequence", items)

    def _repeats(self) -> bool:
        return self.position < len(self.pattern) and self.pattern[self.position] in "*+?"

    def _repeated(self, atom: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return atom
        low, high = bounds
        lazy = self.flags.lazy
        if self._peek("?"):
            self.position += 1
            lazy = not lazy
        if self._bounds() is not None:
            raise self._fault("invalid nested repetition operator")
        node = ("repeat", atom, low, high, lazy)
        if low > 1 or high > 1:
            self._refuse_many(node, MOST_REPEATS)
        return node

    def _refuse_many(self, node: Node, allowed: int) -> None:
        """RE2 limits how often the inside of nested `{n,m}` may be repeated in all."""
        if node[0] == "repeat":
            times = node[2] if node[3] == ENDLESS else node[3]
            if times > 1:
                if times > allowed:
                    raise self._fault("invalid repeat count")
                allowed //= times
            self._refuse_many(node[1], allowed)
        elif node[0] in {"sequence", "alternatives"}:
            for item in node[1]:
                self._refuse_many(item, allowed)
        elif node[0] == "group":
            self._refuse_many(node[2], allowed)

    def _bounds(self) -> tuple[int, int] | None:
        if self.position >= len(self.pattern):
            return None
        mark = self.pattern[self.position]
        if mark in "*+?":
            self.position += 1
            return {"*": (0, ENDLESS), "+": (1, ENDLESS), "?": (0, 1)}[mark]
        if mark != "{":
            return None
        stop = self.pattern.find("}", self.position)
        low, comma, high = self.pattern[self.position + 1 : max(stop, 0)].partition(",")
        if not _is_count(low) or (comma and high and not _is_count(high)):
            return None  # not a repetition: a brace that stands for itself
        self.position = stop + 1
        least = int(low)
        most = least if not comma else int(high) if high else ENDLESS
        if least > MOST_REPEATS or most > MOST_REPEATS or (most != ENDLESS and most < least):
            raise self._fault("invalid repeat count")
        return least, most

    def _atom(self) -> Node:
        character = self.pattern[self.position]
        if character in "*+?" or (character == "{" and self._is_repetition()):
            raise self._fault("missing argument to repetition operator")
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        self.position += 1
        if character == ".":
            return ("set", _Set([] if self.flags.dot_all else [(10, 10)], negated=True))
        if character == "^":
            return ("assert", "line start" if self.flags.lines else "start")
        if character == "$":
            return ("assert", "line end" if self.flags.lines else "end")
        return self._literal(ord(character))

    def _is_repetition(self) -> bool:
        here = self.position
        bounds = self._bounds()
        self.position = here
        return bounds is not None

    def _literal(self, code: int) -> Node:
        return ("set", _Set(self._folded([(code, code)]), negated=False))

    def _folded(self, ranges: list[Range]) -> list[Range]:
        """With the other case of every letter, if case is to be ignored."""
        if not self.flags.fold:
            return ranges
        more: list[Range] = []
        for low, high in ranges:
            if (low, high) == (0, _TOP):
                continue
            self.unfolded -= high - low + 1
            if self.unfolded < 0:
                raise too_costly("the pattern ignores the case of too many characters")
            for code in range(low, high + 1):
                more += [(other, other) for other in _cases(code)]
        return ranges + more

    def _group(self) -> Node:
        start = self.position
        self.position += 1
        if not self._peek("?"):
            return self._captured("")
        for opening in ("?P<", "?<"):
            if self._peek(opening) and not self._peek("?<=") and not self._peek("?<!"):
                stop = self.pattern.find(">", self.position)
                name = self.pattern[self.position + len(opening) : max(stop, 0)]
                if stop < 0 or not name or not all(c == "_" or (c.isascii() and c.isalnum()) for c in name):
                    raise self._fault("invalid named capture")
                self.position = stop + 1
                return self._captured(name)
        self.position += 1
        flags, colon = self._group_flags(start)
        outer = self.flags
        self.flags = flags
        if not colon:
            return ("sequence", [])  # the flags hold to the end of the enclosing group
        tree = self._alternatives()
        self.flags = outer
        self._close()
        return ("group", -1, tree)

    def _group_flags(self, start: int) -> tuple[_Flags, bool]:
        """The flags of `(?ims-U)` or `(?i:`; whether a colon followed."""
        flags = self.flags
        fields = {"i": "fold", "m": "lines", "s": "dot_all", "U": "lazy"}
        on, seen = True, False
        while self.position < len(self.pattern):
            mark = self.pattern[self.position]
            self.position += 1
            if mark in fields:
                flags = flags._replace(**{fields[mark]: on})
                seen = True
            elif mark == "-" and on:
                on, seen = False, False
            elif mark in ":)" and (on or seen):
                return flags, mark == ":"
            else:
                break
        self.position = start
        raise self._fault("invalid or unsupported Perl syntax")

    def _captured(self, name: str) -> Node:
        self.names.append(name)
        number = len(self.names)
        tree = self._alternatives()
        self._close()
        return ("group", number, tree)

    def _close(self) -> None:
        if not self._peek(")"):
            raise self._fault("missing closing `)`")
        self.position += 1

    def _escape(self) -> Node:
        mark = self.pattern[self.position + 1 : self.position + 2]
        asserts = {"A": "start", "z": "end", "b": "boundary", "B": "no boundary"}
        if mark in asserts:
            self.position += 2
            return ("assert", asserts[mark])
        ranges = self._class_escape()
        if ranges is not None:
            return ("set", _Set(ranges[0], negated=ranges[1]))
        return self._literal(self._escaped_character())

    def _class_escape(self) -> tuple[list[Range], bool] | None:
        r"""`\d`, `\W`, `\pL`, `\P{Greek}`: the ranges and whether they are meant to be left out."""
        mark = self.pattern[self.position + 1 : self.position + 2]
        if mark and mark in "dswDSW":
            self.position += 2
            return _PERL[mark.lower()], mark.isupper()
        if not mark or mark not in "pP":
            return None
        self.position += 2
        if self._peek("{"):
            stop = self.pattern.find("}", self.position)
            if stop < 0:
                raise self._fault("invalid character class range")
            name = self.pattern[self.position + 1 : stop]
            self.position = stop + 1
        else:
            name = self.pattern[self.position : self.position + 1]
            self.position += 1
        negated = mark == "P"
        if name.startswith("^"):
            name, negated = name[1:], not negated
        ranges = [(0, _TOP)] if name == "Any" else _category(name)
        if not ranges:
            if len(name) > 2 and name[:1].isupper():
                raise GiveUp(unsupported(f"the characters of the script `{name[:40]}` are not known here"))
            raise self._fault("invalid character class range")
        return self._folded(ranges), negated

    def _escaped_character(self) -> int:
        start = self.position
        mark = self.pattern[start + 1 : start + 2]
        self.position += 2
        if mark in _ESCAPES:
            return _ESCAPES[mark]
        if mark == "x":
            return self._hexadecimal()
        following = self.pattern[self.position : self.position + 1]
        if mark and mark in "01234567" and (mark == "0" or (following and following in "01234567")):
            digits = mark
            while len(digits) < 3 and self.pattern[self.position : self.position + 1] in set("01234567"):
                digits += self.pattern[self.position]
                self.position += 1
            return int(digits, 8)
        if mark and mark.isascii() and not mark.isalnum():
            return ord(mark)
        self.position = start
        raise self._fault("invalid escape sequence" if mark else "trailing backslash")

    def _hexadecimal(self) -> int:
        if self._peek("{"):
            stop = self.pattern.find("}", self.position)
            digits = self.pattern[self.position + 1 : max(stop, 0)]
            self.position = stop + 1
        else:
            digits = self.pattern[self.position : self.position + 2]
            self.position += 2
            if len(digits) < 2:
                raise self._fault("invalid escape sequence")
        if not digits or not all(c in "0123456789abcdefABCDEF" for c in digits) or int(digits, 16) > _TOP:
            raise self._fault("invalid escape sequence")
        return int(digits, 16)

    def _class(self) -> Node:
        start = self.position
        self.position += 1
        negated = self._peek("^")
        self.position += negated
        ranges: list[Range] = []
        first = True
        while first or not self._peek("]"):
            first = False
            if self.position >= len(self.pattern):
                self.position = start
                raise self._fault("missing closing `]`")
            if self._peek("[:"):
                stop = self.pattern.find(":]", self.position + 2)
                if stop >= 0:
                    ranges += self._posix(self.pattern[self.position + 2 : stop])
                    self.position = stop + 2
                    continue
            if self._peek("\\"):
                escaped = self._class_escape()
                if escaped is not None:
                    ranges += _complement(escaped[0]) if escaped[1] else escaped[0]
                    continue
            low = self._class_character()
            high = low
            if self._peek("-") and self.pattern[self.position + 1 : self.position + 2] not in {"]", ""}:
                self.position += 1
                high = self._class_character()
                if high < low:
                    raise self._fault("invalid character class range")
            elif self._peek("-") and self.pattern[self.position + 1 : self.position + 2] == "":
                self.position = start
                raise self._fault("missing closing `]`")
            ranges += self._folded([(low, high)])
        self.position += 1
        return ("set", _Set(ranges, negated=negated))

    def _class_character(self) -> int:
        if self._peek("\\"):
            return self._escaped_character()
        if self.position >= len(self.pattern):
            raise self._fault("missing closing `]`")
        self.position += 1
        return ord(self.pattern[self.position - 1])

    def _posix(self, name: str) -> list[Range]:
        ranges = _POSIX.get(name.removeprefix("^"))
        if ranges is None:
            raise self._fault("invalid character class range")
        ranges = self._folded(ranges)
        return _complement(ranges) if name.startswith("^") else ranges


def _is_count(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 9 and (digits == "0" or digits[0] != "0")


def _cases(code: int) -> set[int]:
    character = chr(code)
    lowered, raised = character.lower(), character.upper()
    found = {lowered, raised, lowered.upper(), raised.lower()}
    codes = {ord(c) for c in found if len(c) == 1} - {code}
    # Letters whose other cases are more than two: the Kelvin sign, the long s.
    extra = {0x4B: 0x212A, 0x6B: 0x212A, 0x53: 0x17F, 0x73: 0x17F, 0xC5: 0x212B, 0xE5: 0x212B}.get(code)
    return codes | ({extra} if extra else set())


def _complement(ranges: list[Range]) -> list[Range]:
    gaps: list[Range] = []
    following = 0
    for low, high in sorted(ranges):
        if low > following:
            gaps.append((following, low - 1))
        following = max(following, high + 1)
    return [*gaps, (following, _TOP)] if following <= _TOP else gaps


@functools.cache
def _categories() -> dict[str, list[Range]]:
    """The characters of each general category, such as `Nd`. Takes a while, so only when one is asked for."""
    found: dict[str, list[Range]] = {}
    category = unicodedata.category
    previous = ""
    for code in range(_TOP + 1):
        name = category(chr(code))
        if name == previous:
            low, _ = found[name][-1]
            found[name][-1] = (low, code)
        else:
            found.setdefault(name, []).append((code, code))
            previous = name
    del found["Cn"]  # RE2 knows no category of what is not assigned
    return found


@functools.cache
def _category(name: str) -> list[Range]:
    """The characters of a category such as `L` or `Nd`; none if there is no such category."""
    if not 1 <= len(name) <= 2:
        return []
    return [one for kind, ranges in _categories().items() if kind.startswith(name) for one in ranges]
