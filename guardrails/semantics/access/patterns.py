"""IAM's wildcard patterns over texts with holes, and three-valued questions about them.

A policy element is often only partly known: `"${aws_s3_bucket.logs.arn}/AWSLogs/*"` has a name in it that nobody chose
yet. A pattern is a row of tokens: characters, wildcards, and holes. The questions answer True or False where that holds
whatever the holes turn out to be, and None otherwise.

Both sides of a question are patterns. `covers` asks whether every text of the other matches this one, `touches` whether
some text matches both. The patterns are run as automata whose states are the bits of one integer, so that a pattern
full of asterisks costs what any other of its length does.
"""

from __future__ import annotations

from functools import lru_cache

from guardrails.kernel.enumeration import Enum
from guardrails.semantics.access.automaton import STARS, Automaton, Hole, Literal, Wild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from guardrails.kernel.why import Reason
    from guardrails.semantics.access.automaton import Token, Tokens

    _Question = Callable[[Automaton, Tokens, int], bool | None]

_MANY, _ONE, _MANY_IN_PART, _ONE_IN_PART, _PERHAPS = Wild

_MOST_TOKENS = 50_000
"""No policy document that AWS takes is that long."""


class Spelling(Enum):
    """How an element is written."""

    PLAIN = "plain"
    """Wildcards are ordinary characters: `StringEquals`, a principal."""
    LIKE = "like"
    """Wildcards reach over everything: `StringLike`, an action."""
    ARN = "arn"
    """Six parts compared one by one, the last of which may hold colons: `ArnLike`."""
    RESOURCE = "resource"
    """As ARN, but an asterisk at the end stands for all that is left: `*`, `arn:aws:s3:*`."""


_PLAIN, _LIKE, _ARN, _RESOURCE = Spelling


class Pattern:
    """A row of tokens, ready to be asked."""

    __slots__ = ("_possible", "_sure", "holes", "tokens")

    def __init__(self, tokens: Iterable[Token]) -> None:
        self.tokens = tuple(tokens)
        self.holes = tuple(token for token in self.tokens if isinstance(token, Hole))
        self._sure: Automaton | None = None
        self._possible: Automaton | None = None

    @property
    def text(self) -> str | None:
        """The one text that matches; None if there are several or it is not known."""
        if all(isinstance(token, str) for token in self.tokens):
            return "".join(token for token in self.tokens if isinstance(token, str))
        return None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it has holes."""
        return tuple(dict.fromkeys(reason for hole in self.holes for reason in hole.reasons))

    def covers(self, other: Pattern) -> bool | None:
        """Whether every text that matches `other` matches this pattern."""
        return _remembered(self, other, Automaton.takes_all)

    def touches(self, other: Pattern) -> bool | None:
        """Whether some text matches both."""
        return _remembered(self, other, Automaton.takes_some)

    def answer(self, other: Pattern, question: _Question) -> bool | None:
        if len(self.tokens) > _MOST_TOKENS or len(other.tokens) > _MOST_TOKENS:
            return None
        shared = _common_head(self.tokens, other.tokens)
        rest = other.tokens[shared:]
        if self._sure is None:
            self._sure = Automaton(self.tokens, open_holes=False)
        surely = question(self._sure, rest, self._sure.at(shared))
        if surely or (surely is False and not (self.holes or other.holes or _PERHAPS in self.tokens)):
            return surely
        if self._possible is None:
            self._possible = Automaton(self.tokens, open_holes=True)
        return False if question(self._possible, rest, self._possible.at(shared)) is False else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def __repr__(self) -> str:
        shown = (
            token if isinstance(token, str) else token.value if isinstance(token, Wild) else "{}"
            for token in self.tokens
        )
        return f"Pattern({''.join(shown)!r})"


@lru_cache(maxsize=10_000)
def _remembered(one: Pattern, other: Pattern, question: _Question) -> bool | None:
    """The policies ask much the same of each pair."""
    return one.answer(other, question)


def pattern_of(pieces: Sequence[str | Hole], spelling: Spelling) -> Pattern:
    """The pattern that an element is: literal text, in which wildcards mean what `spelling` says, and holes."""
    if len(pieces) == 1:
        only = pieces[0]
        if isinstance(only, str):
            return _pattern_of_text(only, spelling)
    return Pattern(_tokens(pieces, spelling))


def literal(pieces: Sequence[str | Hole]) -> Pattern:
    """The pattern that only this very text matches."""
    return pattern_of(pieces, _PLAIN)


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern whose wildcards reach over everything."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    head, star, rest = pattern.partition("*")
    if star and not rest and "?" not in head:
        return text.startswith(head)
    return _matches(pattern, text)


@lru_cache(maxsize=4096)
def _matches(pattern: str, text: str) -> bool:
    return _pattern_of_text(pattern, _LIKE).covers(_pattern_of_text(text, _PLAIN)) is True


@lru_cache(maxsize=2048)
def _pattern_of_text(text: str, spelling: Spelling) -> Pattern:
    return Pattern(_tokens((text,), spelling))


def spelled(pieces: Iterable[str | Hole | Wild]) -> list[Token]:
    """The pieces as tokens; a wildcard in a text is an ordinary character."""
    found: list[Token] = []
    for piece in pieces:
        if isinstance(piece, str):
            found.extend(piece)
        elif isinstance(piece, Literal):
            found.extend(piece.text)
        else:
            found.append(piece)
    return found


def _tokens(pieces: Sequence[str | Hole], spelling: Spelling) -> list[Token]:
    if spelling is _PLAIN:
        return spelled(pieces)
    marked: list[Token] = []  # wildcards as MANY and ONE, wherever they stand
    for piece in pieces:
        if not isinstance(piece, str):
            marked.extend(spelled((piece,)))
        elif "*" in piece or "?" in piece:
            marked.extend([_MARKS.get(character, character) for character in piece])
        else:
            marked.extend(piece)
    wild = [at for at, token in enumerate(marked) if isinstance(token, Wild)]
    if not wild:
        return marked
    if spelling is _LIKE:
        return [token for at, token in enumerate(marked) if token is not _MANY or not at or marked[at - 1] is not _MANY]
    found = marked.copy()
    colons = [at for at, token in enumerate(marked) if token == ":"]
    loose = spelling is _RESOURCE and _lacks_a_part(marked, colons)
    for at in wild:
        if len(colons) >= 5 and at > colons[4]:
            break
        follower = marked[at + 1] if at + 1 < len(marked) else None
        if marked[at] is _ONE:
            found[at] = _ONE_IN_PART
        elif loose and follower == ":":
            found[at] = _PERHAPS
        elif spelling is not _RESOURCE or follower is not None:
            found[at] = _MANY_IN_PART
    for at in reversed(wild):
        if at and found[at] in STARS and found[at - 1] is found[at]:
            del found[at]
    return found


_MARKS = {"*": _MANY, "?": _ONE}


def _lacks_a_part(flat: Sequence[Token], colons: Sequence[int]) -> bool:
    """Whether an ARN is written without one of its first parts: what stands in the place of the account is none."""
    if len(colons) < 5:
        return True
    account = flat[colons[3] + 1 : colons[4]]
    written = "".join(token for token in account if isinstance(token, str))
    return written not in ("", "aws", "cloudfront") and not written.isdigit()


def _common_head(one: Tokens, other: Tokens) -> int:
    """How many characters and holes both begin with."""
    at = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs or isinstance(mine, Wild):
            break
        at += 1
    return at
