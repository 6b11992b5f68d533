"""Patterns as automata: rows of tokens, run over other rows of tokens.

The states are the bits of one integer, so that a pattern full of asterisks costs what any other of its length does.
"""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from typing import TypeAlias

    from guardrails.kernel.why import Reason

_MOST_SETS = 256
"""Sets of states followed side by side before `takes_all` gives up."""


FRESH = "\uf8ff"
"""A character that nobody writes: what is true of a text of it is true of any text that is not mentioned."""


class Wild(Enum):
    """What a wildcard reaches: any text or character, or only such as have no colon (one part of an ARN)."""

    MANY = "*"
    ONE = "?"
    MANY_IN_PART = "*:"
    ONE_IN_PART = "?:"
    MANY_PERHAPS = "*?"
    """Any text of one part, and perhaps beyond: AWS's pages disagree about an asterisk that ends a part."""


_MANY, _ONE, _MANY_IN_PART, _ONE_IN_PART, _PERHAPS = Wild
STARS = frozenset((_MANY, _MANY_IN_PART, _PERHAPS))


class Hole:
    """A stretch of text that is not known. Equal holes hold the same text.

    `lacks` are the characters that it surely does not have. `wild` says that it may hold wildcards of its own: an input
    may, what a provider computes and what a request says may not.
    """

    __slots__ = ("identity", "lacks", "reasons", "wild")

    def __init__(
        self, identity: Hashable, lacks: str = "", *, wild: bool = False, reasons: tuple[Reason, ...] = ()
    ) -> None:
        self.identity = identity
        self.lacks = lacks if wild else lacks + FRESH
        self.wild = wild
        self.reasons = reasons

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hole) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __repr__(self) -> str:
        return f"Hole({self.identity!r})"


class Literal(Hole):
    """A known text in which no character is a wildcard."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__(("literal", text))
        self.text = text


Token: TypeAlias = str | Hole | Wild
"""One character, a hole, or a wildcard."""
Tokens: TypeAlias = tuple[Token, ...]


class _Fresh(Enum):
    """A character that the pattern does not mention: what is said of it is said of whatever the wildcards of the other
    side stand for. IN_PART is surely no colon."""

    ANY = 0
    IN_PART = 1


_Letter: TypeAlias = str | Hole | _Fresh


class Automaton:
    """A pattern as a nondeterministic automaton; bit n is set where n tokens have been passed.

    With `open_holes` the holes on both sides are whatever suits, within what they lack: the answer No is then certain.
    Without, a hole is only itself: the answer Yes is then certain.
    """

    __slots__ = (
        "_characters",
        "_end",
        "_holes",
        "_many",
        "_many_in_part",
        "_moves",
        "_one",
        "_one_in_part",
        "_open",
        "_skips",
    )

    def __init__(self, tokens: Tokens, *, open_holes: bool) -> None:
        self._open = open_holes
        self._characters: dict[str, int] = {}
        self._holes: list[tuple[int, Hole]] = []
        self._many = self._many_in_part = self._one = self._one_in_part = 0
        self._moves: dict[_Letter, tuple[int, int]] = {}
        bit, spanning = 1, False
        places: dict[str, list[int]] = {}
        for at, token in enumerate(tokens):
            if isinstance(token, str):
                places.setdefault(token, []).append(at)
            elif isinstance(token, Hole):
                self._holes.append((bit, token))
                # Behind a hole that may hold colons nobody knows which part of the ARN a wildcard stands in.
                spanning = spanning or (open_holes and ":" not in token.lacks)
            elif token in STARS:
                if token is _MANY or spanning or (token is _PERHAPS and open_holes):
                    self._many |= bit
                else:
                    self._many_in_part |= bit
            elif token is _ONE or spanning:
                self._one |= bit
            else:
                self._one_in_part |= bit
            bit <<= 1
        for character, where in places.items():
            self._characters[character] = _bits(where)
        self._end = bit
        self._skips = self._many | self._many_in_part
        if open_holes:
            for place, _ in self._holes:
                self._skips |= place

    def at(self, passed: int) -> int:
        """The states after that many tokens."""
        return self._closed(1 << passed)

    def takes_all(self, other: Tokens, start: int) -> bool | None:
        """Whether every text of `other` leads to the end; None if there is too much to follow."""
        sets = [start]
        for token in other:
            if token in STARS:
                letter = _Fresh.ANY if token is _MANY else _Fresh.IN_PART
                sets = _least(state for first in sets for state in self._repeated(first, letter))
            else:
                sets = _least(self._step(state, _letter(token)) for state in sets)
            if sets[0] == 0:
                return False
            if len(sets) > _MOST_SETS:
                return None
        return all(state & self._end for state in sets)

    def takes_some(self, other: Tokens, start: int) -> bool | None:
        """Whether some text of `other` leads to the end."""
        state = start
        for token in other:
            if token is _MANY:
                state = (self._end << 1) - (state & -state)
            elif token in STARS:
                state = self._filled(state, ":", holes=True)
            elif token is _ONE or token is _ONE_IN_PART:
                passing = self._any_character("" if token is _ONE else ":")
                state = self._closed((state & passing) << 1 | state & self._skips)
            else:
                state = self._step(state, _letter(token))
            if not state:
                return False
        return bool(state & self._end)

    def _step(self, state: int, letter: _Letter) -> int:
        if self._open and isinstance(letter, Hole):
            return self._filled(state, letter.lacks, holes=False) | self._moved(state, letter)
        return self._moved(state, letter)

    def _moved(self, state: int, letter: _Letter) -> int:
        moves = self._moves.get(letter)
        if moves is None:
            moves = self._moves[letter] = (self._advancing(letter), self._remaining(letter))
        return self._closed((state & moves[0]) << 1 | state & moves[1])

    def _advancing(self, letter: _Letter) -> int:
        """The tokens that the letter passes."""
        if isinstance(letter, str):
            return self._characters.get(letter, 0) | self._one | (self._one_in_part if letter != ":" else 0)
        if isinstance(letter, Hole):
            return sum(place for place, hole in self._holes if hole == letter)
        return self._one | (self._one_in_part if letter is _Fresh.IN_PART else 0)

    def _remaining(self, letter: _Letter) -> int:
        """The tokens that the letter is part of without passing them."""
        if isinstance(letter, str):
            staying = self._many | (self._many_in_part if letter != ":" else 0)
            holes = [place for place, hole in self._holes if letter not in hole.lacks]
        elif isinstance(letter, Hole):
            staying = self._many | (self._many_in_part if ":" in letter.lacks else 0)
            holes = [place for place, _ in self._holes]
        else:
            staying = self._many | (self._many_in_part if letter is _Fresh.IN_PART else 0)
            holes = [place for place, hole in self._holes if hole.wild]
        return staying | (sum(holes) if self._open else 0)

    def _any_character(self, lacking: str) -> int:
        """The tokens that some character passes, other than those of `lacking`."""
        passing = self._one | self._one_in_part
        for character, places in self._characters.items():
            if character not in lacking:
                passing |= places
        return passing

    def _filled(self, state: int, lacking: str, *, holes: bool) -> int:
        """The states after any text without the characters of `lacking`; with `holes` also through
        holes of the pattern that surely have none of them."""
        passing = self._any_character(lacking)
        if holes:
            passing |= sum(place for place, hole in self._holes if all(char in hole.lacks for char in lacking))
        while True:
            wider = self._closed(state | (state & passing) << 1)
            if wider == state:
                return state
            state = wider

    def _repeated(self, state: int, letter: _Fresh) -> list[int]:
        """The states after none, one, two, … fresh characters, until nothing new comes."""
        found = {state: None}
        while len(found) <= _MOST_SETS:
            state = self._moved(state, letter)
            if state in found:
                break
            found[state] = None
        return list(found)

    def _closed(self, state: int) -> int:
        """With what is reached by letting wildcards stand for nothing."""
        while True:
            wider = state | (state & self._skips) << 1
            if wider == state:
                return state
            state = wider


def _letter(token: Token) -> _Letter:
    if isinstance(token, Wild):
        return _Fresh.ANY if token is _ONE else _Fresh.IN_PART
    return token


def _least(states: Iterable[int]) -> list[int]:
    """The sets of states that contain no other: what they lead to the others do as well. Smallest first."""
    found: list[int] = []
    for state in sorted(set(states)):
        if all(smaller & ~state for smaller in found):
            found.append(state)
    return found


def _bits(places: Sequence[int]) -> int:
    """A number with these bits set, in one go."""
    digits = bytearray(places[-1] // 8 + 1)
    for place in places:
        digits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(digits, "little")
