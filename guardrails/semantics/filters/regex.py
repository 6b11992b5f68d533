"""The regular expressions of filter patterns: `%…%`, without groups.

A pattern comes from a configuration and the text from anybody, so neither may decide how long matching takes. An
expression that cannot make Python's engine try many ways is given to it, for texts of ordinary length; every other is
run as an automaton whose states are the bits of one integer, which looks at each character once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from guardrails.kernel.record import Record
from guardrails.semantics.shapes import Glob, OneOf, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_#=@/;,- ")
_CLASSES = frozenset("dDsSwW")
_MOST_POSITIONS = 4_000
_LONG = 512
"""Beyond this, of a text or of the ways to try, the automaton is used."""


class RegexError(Exception):
    """It is no regular expression of the filter language; `offset` is from its first character.

    With `limit` it may be one, and it is this program that does not follow it.
    """

    def __init__(self, offset: int, message: str, *, limit: bool = False) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.limit = limit


class Item(Record):
    """One character class, and how often it stands there. `most` is None where there is no limit."""

    characters: str
    """As Python's `re` writes it."""
    literal: str | None
    """The one character, if it is only one."""
    least: int = 1
    most: int | None = 1


class Branch(Record):
    """A row of items, perhaps bound to the beginning or the end of the text; `never` if it can match nothing."""

    items: tuple[Item, ...]
    at_start: bool = False
    at_end: bool = False
    never: bool = False


# --- reading ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def branches_of(source: str) -> tuple[Branch, ...]:
    """The alternatives of an expression."""
    return tuple(_Reader(source).branches())


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def branches(self) -> Iterator[Branch]:
        if not self.source:
            raise RegexError(0, "the regular expression is empty")
        yield self._branch()
        while self.at < len(self.source):
            self.at += 1  # past the bar
            yield self._branch()

    def _branch(self) -> Branch:
        items: list[Item] = []
        at_start = at_end = never = anchor = False
        while self.at < len(self.source) and self.source[self.at] != "|":
            character = self.source[self.at]
            if character in "*+?{":
                if not items or anchor:
                    raise RegexError(self.at, f"there is nothing before `{character}` to repeat")
                items[-1] = self._repeated(items[-1])
                continue
            anchor = character in "^$"
            if character == "^":
                at_start = at_start or not items
                never = never or bool(items)
                self.at += 1
            elif character == "$":
                at_end = True
                self.at += 1
            else:
                never = never or at_end
                items.append(self._item())
        if sum(item.most or item.least + 1 for item in items) > _MOST_POSITIONS:
            raise RegexError(0, "the regular expression repeats more than this program follows", limit=True)
        return Branch(tuple(items), at_start, at_end, never)

    def _repeated(self, item: Item) -> Item:
        start = self.at
        if (item.least, item.most) != (1, 1):
            if self.source[start] == "?":  # as few as possible: no other texts match
                self.at += 1
                return item
            raise RegexError(start, "a repetition cannot be repeated")
        self.at += 1
        sign = self.source[start]
        if sign != "{":
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            return Item(item.characters, item.literal, least, most)
        found = re.compile(r"([0-9]{1,6})(,?)([0-9]{0,6})\}").match(self.source, self.at)
        if found is None:
            raise RegexError(start, "a repetition is written `{2}`, `{2,}` or `{2,5}`")
        self.at = found.end()
        low = int(found[1])
        high = int(found[3]) if found[3] else None if found[2] else low
        if high is not None and high < low:
            raise RegexError(start, "the repetition has its smaller number last")
        return Item(item.characters, item.literal, low, high)

    def _item(self) -> Item:
        character = self.source[self.at]
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escaped()
        if character == ".":
            self.at += 1
            return Item(".", None)
        if character in "]}":
            raise RegexError(self.at, f"`{character}` closes nothing; write `\\{character}` for the character")
        return self._plain()

    def _plain(self) -> Item:
        character = self.source[self.at]
        if character not in _PLAIN:
            hint = f"; write `\\x{ord(character):02X}`" if character.isascii() and character.isprintable() else ""
            raise RegexError(self.at, f"`{character}` is not allowed in a regular expression{hint}")
        self.at += 1
        return Item(re.escape(character), character)

    def _escaped(self) -> Item:
        start = self.at
        follower = self.source[start + 1 : start + 2]
        if follower in _CLASSES and follower:
            self.at += 2
            return Item("\\" + follower, None)
        if follower == "x":
            digits = self.source[start + 2 : start + 4]
            if not re.fullmatch("[0-9A-Fa-f]{2}", digits):
                raise RegexError(start, "`\\x` is followed by two hexadecimal digits")
            self.at += 4
            return Item(re.escape(chr(int(digits, 16))), chr(int(digits, 16)))
        if not follower or follower.isalnum() or not follower.isascii():
            raise RegexError(start, f"`\\{follower}` is not part of the filter language")
        self.at += 2
        return Item(re.escape(follower), follower)

    def _class(self) -> Item:
        start = self.at
        self.at += 1
        negated = self.source[self.at : self.at + 1] == "^"
        self.at += negated
        written: list[str] = []
        while self.source[self.at : self.at + 1] != "]":
            if self.at >= len(self.source):
                raise RegexError(start, "the character class is not closed")
            first = self._member()
            if self.source[self.at : self.at + 1] == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
                range_at = self.at
                self.at += 1
                last = self._member()
                if first.literal is None or last.literal is None or first.literal > last.literal:
                    raise RegexError(range_at, "this is no range of characters")
                written.append(f"{first.characters}-{last.characters}")
            else:
                written.append(first.characters)
        if not written:
            raise RegexError(start, "the character class is empty")
        self.at += 1
        return Item(f"[{'^' if negated else ''}{''.join(written)}]", None)

    def _member(self) -> Item:
        character = self.source[self.at : self.at + 1]
        if character == "\\":
            return self._escaped()
        if character in tuple("^$.*+?|{}"):
            self.at += 1
            return Item(re.escape(character), character)
        if character == "[":
            raise RegexError(self.at, "a character class cannot stand in another one")
        return self._plain()


# --- matching ---------------------------------------------------------------------------------------------------------


class Regex(Shape):
    """Texts in which an expression, or rather one alternative of it, is found."""

    source: str
    branch: Branch

    def matches(self, content: str) -> bool:
        return matcher(self.branch).found_in(content)

    def samples(self) -> Iterable[str]:
        return tuple(dict.fromkeys(_sample(self.branch, more) for more in (0, 1)))

    def __hash__(self) -> int:
        return hash((self.source, self.branch.at_start, len(self.branch.items)))


@lru_cache(maxsize=512)
def shape_of(source: str) -> Shape:
    """What an expression says of texts; an alternative of plain characters is a glob, which can be compared."""
    shapes: list[Shape] = []
    for branch in branches_of(source):
        if branch.never:
            continue
        plain = all(item.literal is not None and (item.least, item.most) == (1, 1) for item in branch.items)
        if not plain:
            shapes.append(Regex(source, branch))
            continue
        content = "".join(item.literal or "" for item in branch.items)
        shapes.append(Glob((*([] if branch.at_start else [""]), content, *([] if branch.at_end else [""]))))
    return shapes[0] if len(shapes) == 1 else OneOf(tuple(shapes))


def _sample(branch: Branch, more: int) -> str:
    found = ""
    for item in branch.items:
        times = max(item.least, min(more, item.most if item.most is not None else more))
        found += _member_of(item) * times
    return found


@lru_cache(maxsize=512)
def _member_of(item: Item) -> str:
    if item.literal is not None:
        return item.literal
    matching = re.compile(item.characters, re.ASCII)
    return next((one for one in "a7A-_ .:/" + "".join(map(chr, range(33, 127))) if matching.match(one)), "\u00e9")


@lru_cache(maxsize=512)
def matcher(branch: Branch) -> _Matcher:
    return _Matcher(branch)


class _Matcher:
    """One alternative, ready to be searched for."""

    __slots__ = ("_branch", "_compiled", "_letters", "_loops", "_positions", "_skips", "_tops")

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        self._letters: dict[str, int] = {}
        self._positions: list[re.Pattern[str]] | None = None
        self._loops = self._skips = self._tops = 0
        ways = 1
        for item in branch.items:
            ways *= 1 if item.least == item.most else _LONG if item.most is None else item.most - item.least + 1
        self._compiled = re.compile(_as_python(branch), re.ASCII) if ways <= _LONG else None

    def found_in(self, content: str) -> bool:
        if self._branch.never:
            return False
        if self._compiled is not None and len(content) <= _LONG:
            return self._compiled.search(content) is not None
        return self._run(content)

    def _run(self, content: str) -> bool:
        if self._positions is None:
            self._positions = self._laid_out()
        end = 1 << len(self._positions)
        start = self._closed(1)
        anchored, to_the_end = self._branch.at_start, self._branch.at_end
        letters, loops = self._letters, self._loops
        state = start
        if state & end and not to_the_end:
            return True
        for letter in content:
            passing = letters.get(letter)
            if passing is None:
                passing = letters[letter] = self._passing(letter)
            taken = state & passing
            state = self._closed(taken << 1 | taken & loops)
            if not anchored:
                state |= start
            if state & end and not to_the_end:
                return True
            if not state:
                return False
        return bool(state & end)

    def _laid_out(self) -> list[re.Pattern[str]]:
        """One position for each time that a character is passed; which may be skipped and which repeat are masks."""
        positions: list[re.Pattern[str]] = []
        for item in self._branch.items:
            one = re.compile(item.characters, re.ASCII)
            times = item.most if item.most is not None else max(item.least, 1)
            for at in range(times):
                if at >= item.least:
                    self._skips |= 1 << len(positions)
                if item.most is None and at == times - 1:
                    self._loops |= 1 << len(positions)
                positions.append(one)
        self._tops = (self._skips << 1) & ~self._skips
        return positions

    def _passing(self, letter: str) -> int:
        assert self._positions is not None
        if len(self._letters) > _MOST_POSITIONS:
            self._letters.clear()
        answers: dict[re.Pattern[str], bool] = {}
        passing = 0
        for at, one in enumerate(self._positions):
            if one not in answers:
                answers[one] = one.match(letter) is not None
            if answers[one]:
                passing |= 1 << at
        return passing

    def _closed(self, state: int) -> int:
        """With what is reached by skipping: in each row of positions that may be skipped, all from the first that is
        reached, and the one behind the row. The subtraction fills a row from its lowest bit upwards."""
        reached = state & self._skips
        if not reached:
            return state
        filled = ((self._tops - reached) | reached) & self._skips
        return state | filled << 1


def _as_python(branch: Branch) -> str:
    written = "\\A" if branch.at_start else ""
    for item in branch.items:
        if (item.least, item.most) != (1, 1):
            written += f"{item.characters}{{{item.least},{'' if item.most is None else item.most}}}"
        else:
            written += item.characters
    return written + ("\\Z" if branch.at_end else "")
