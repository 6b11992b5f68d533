"""Sets of texts, and what is certain about them: the vocabulary of patterns and of fields that are not fixed.

A `Shape` is one test of a text: equal to, beginning with, an address, … `Texts` is all that a field may hold, said with
shapes. Two shapes are compared for whatever texts there are: `implies` and `excludes` answer True only where that is
certain, and False otherwise.
"""

from __future__ import annotations

from functools import lru_cache

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.semantics.access.automaton import Wild
from guardrails.semantics.access.patterns import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from guardrails.semantics.access.automaton import Token

Outcomes = frozenset[bool | None]
"""What a test can say of the values at hand: True, False, and None where the language itself is unsettled."""

HOLDS: Outcomes = frozenset((True,))
FAILS: Outcomes = frozenset((False,))
EITHER: Outcomes = HOLDS | FAILS
UNSETTLED: Outcomes = frozenset((None,))
NEVER: Outcomes = frozenset()
"""There is no such value."""

FILLERS = ("", "Example", "example-7", "7", "0.0.7", "7.7", ":7", "zq_Unmentioned-9")
"""What is tried for text that nothing is said of."""


class Hashed(Record):
    """A record that is asked for its hash again and again, as part of questions whose answers are kept."""

    def __hash__(self) -> int:
        kept: int | None = self.__dict__.get("hash")
        if kept is None:
            kept = self.__dict__["hash"] = super().__hash__()
        return kept

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return False
        mine, theirs = self.__dict__, other.__dict__
        return all(mine[name] == theirs[name] for name in self._fields)


class Shape(Hashed):
    """One test of a text. A subclass says `matches`, and as much of the rest as it can be certain of."""

    def matches(self, content: str) -> bool:
        raise NotImplementedError

    def samples(self) -> Iterable[str]:
        """Some texts that may match; the caller checks."""
        return FILLERS

    @property
    def literal(self) -> str | None:
        """The only text that matches, if there is one."""
        return None

    @property
    def branches(self) -> tuple[Shape, ...]:
        """Shapes of which one is enough: itself, unless it is made of several."""
        return (self,)

    def _implies(self, other: Shape) -> bool:
        return self == other

    def _excludes(self, other: Shape) -> bool:  # noqa: ARG002 - for subclasses
        return False

    def implies(self, other: Shape) -> bool:
        """Whether it is certain that every text of this shape is of the other."""
        return _implies(self, other)

    def excludes(self, other: Shape) -> bool:
        """Whether it is certain that no text is of both."""
        return _excludes(self, other)


@lru_cache(maxsize=8192)
def _implies(one: Shape, other: Shape) -> bool:
    if one == other or other == ANY_TEXT:
        return True
    if one.literal is not None:
        return other.matches(one.literal)
    mine = one.branches
    if mine != (one,):
        return all(branch.implies(other) for branch in mine)
    theirs = other.branches
    if theirs != (other,):
        return any(one.implies(branch) for branch in theirs)
    return one._implies(other)  # noqa: SLF001 - of the same family


@lru_cache(maxsize=8192)
def _excludes(one: Shape, other: Shape) -> bool:
    if one.literal is not None:
        return not other.matches(one.literal)
    if other.literal is not None:
        return not one.matches(other.literal)
    mine, theirs = one.branches, other.branches
    if mine != (one,) or theirs != (other,):
        return all(branch.excludes(their) for branch in mine for their in theirs)
    return one._excludes(other) or other._excludes(one)  # noqa: SLF001 - of the same family


class Glob(Shape):
    """Stretches of text with anything, or nothing, between two of them; a single one is the whole text."""

    pieces: tuple[str, ...]

    def matches(self, content: str) -> bool:
        pieces = self.pieces
        if len(pieces) == 1:
            return content == pieces[0]
        first, *middle, last = pieces
        if len(content) < len(first) + len(last) or not content.startswith(first) or not content.endswith(last):
            return False
        at, end = len(first), len(content) - len(last)
        for piece in middle:
            found = content.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    @property
    def literal(self) -> str | None:
        return self.pieces[0] if len(self.pieces) == 1 else None

    def samples(self) -> Iterable[str]:
        if len(self.pieces) == 1:
            return self.pieces
        return tuple(dict.fromkeys(filler.join(self.pieces) for filler in FILLERS))

    def _implies(self, other: Shape) -> bool:
        if isinstance(other, Glob):
            return _automaton(other.pieces).covers(_automaton(self.pieces)) is True
        return isinstance(other, AnyCase) and lowered(self).implies(other.within)

    def _excludes(self, other: Shape) -> bool:
        return isinstance(other, Glob) and _automaton(other.pieces).touches(_automaton(self.pieces)) is False


@lru_cache(maxsize=1024)
def _automaton(pieces: tuple[str, ...]) -> Pattern:
    tokens: list[Token] = [*pieces[0]]
    for piece in pieces[1:]:
        if tokens[-1:] != [Wild.MANY]:
            tokens.append(Wild.MANY)
        tokens.extend(piece)
    return Pattern(tokens)


ANY_TEXT = Glob(("", ""))


def exact(content: str) -> Glob:
    return Glob((content,))


def glob(written: str) -> Glob:
    """A text in which each asterisk stands for any text, none included."""
    return Glob(tuple(written.split("*")))


def prefix(content: str) -> Glob:
    return Glob((content, ""))


def suffix(content: str) -> Glob:
    return Glob(("", content))


def containing(content: str) -> Glob:
    return Glob(("", content, ""))


class AnyCase(Shape):
    """A shape of lower-case text, whatever the case of the text at hand."""

    within: Glob

    def matches(self, content: str) -> bool:
        return self.within.matches(lower(content))

    def samples(self) -> Iterable[str]:
        return [spelled for sample in self.within.samples() for spelled in (sample, sample.upper(), sample.title())]

    def _implies(self, other: Shape) -> bool:
        return isinstance(other, AnyCase) and self.within.implies(other.within)

    def _excludes(self, other: Shape) -> bool:
        if isinstance(other, AnyCase):
            return self.within.excludes(other.within)
        return isinstance(other, Glob) and self.within.excludes(lowered(other))


def lower(content: str) -> str:
    """Lower case letter by letter, so that parts of a text become parts of the result."""
    return content.lower() if content.isascii() else "".join(letter.lower() for letter in content)


def lowered(of: Glob) -> Glob:
    return Glob(tuple(lower(piece) for piece in of.pieces))


class OneOf(Shape):
    """Any of several shapes."""

    shapes: tuple[Shape, ...]

    def matches(self, content: str) -> bool:
        return any(shape.matches(content) for shape in self.shapes)

    @property
    def branches(self) -> tuple[Shape, ...]:
        return tuple(branch for shape in self.shapes for branch in shape.branches)

    def samples(self) -> Iterable[str]:
        return [sample for shape in self.shapes for sample in shape.samples()]


class Address(Shape):
    """An IPv4 or IPv6 address, as `sourceIPAddress` has it when a person or program outside of AWS calls."""

    def matches(self, content: str) -> bool:
        return is_address(content)

    def samples(self) -> Iterable[str]:
        return ("203.0.113.77", "198.51.100.23", "10.7.7.7", "2001:db8::77")

    def _excludes(self, other: Shape) -> bool:
        return isinstance(other, Glob) and not all(_ADDRESS_PART.fullmatch(piece) for piece in other.pieces)


_ADDRESS_PART = compile_later(r"[0-9A-Fa-f.:]*")


def is_address(content: str) -> bool:
    from ipaddress import ip_address

    if "%" in content:  # a scope, which is no part of an address in a record
        return False
    try:
        ip_address(content)
    except ValueError:
        return False
    return True


class Region(Shape):
    """The name of an AWS Region, those that there are and those to come."""

    def matches(self, content: str) -> bool:
        return _REGION.fullmatch(content) is not None

    def samples(self) -> Iterable[str]:
        return KNOWN_REGIONS

    def _excludes(self, other: Shape) -> bool:
        return isinstance(other, Glob) and not all(_REGION_PART.fullmatch(piece) for piece in other.pieces)


_REGION = compile_later(r"[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_REGION_PART = compile_later(r"[a-z0-9-]*")
_NAMES = (
    "sa-east-1 ap-south-1 eu-central-1 us-west-2 us-east-1 us-east-2 us-west-1 eu-west-1 eu-west-2 eu-west-3 "
    "eu-north-1 eu-south-1 eu-south-2 eu-central-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 "
    "ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-south-2 ap-east-1 ca-central-1 ca-west-1 me-south-1 me-central-1 "
    "af-south-1 il-central-1 mx-central-1 us-gov-west-1 us-gov-east-1 cn-north-1 cn-northwest-1"
)
KNOWN_REGIONS = tuple(_NAMES.split())


# --- all that a field may hold ----------------------------------------------------------------------------------------


class Texts(Hashed):
    """Texts that match each of `like` and none of `unlike`; or those that are listed.

    `examples` are texts to show first where one is wanted; they decide nothing.
    """

    only: tuple[str, ...] | None = None
    """All there are; None where they cannot be listed."""
    like: tuple[Shape, ...] = ()
    unlike: tuple[Shape, ...] = ()
    examples: tuple[str, ...] = ()

    def includes(self, content: str) -> bool:
        if self.only is not None:
            return content in self.only
        return all(shape.matches(content) for shape in self.like) and not any(
            shape.matches(content) for shape in self.unlike
        )

    def outcomes(self, shape: Shape) -> Outcomes:
        """What the shape says of these texts."""
        if self.only is not None:
            return frozenset(shape.matches(content) for content in self.only)
        return _outcomes(self, shape)

    def is_free_of(self, shape: Shape) -> bool:
        """Whether it is certain that none of these texts is of a shape."""
        return any(mine.excludes(shape) for mine in self.like) or any(shape.implies(mine) for mine in self.unlike)

    def narrowed(self, shape: Shape, holds: bool) -> Texts | None:
        """Those of which the shape does or does not hold; None if there are surely none."""
        if self.only is not None:
            rest = tuple(content for content in self.only if shape.matches(content) is holds)
            return Texts(rest, examples=self.examples) if rest else None
        found = self.outcomes(shape)
        if len(found) == 1:
            return self if holds in found else None
        literals = [branch.literal for branch in shape.branches]
        if holds and None not in literals:
            listed = tuple(literal for literal in literals if literal is not None and self.includes(literal))
            return Texts(listed, examples=self.examples) if listed else None
        if holds:
            return Texts(None, (*self.like, shape), self.unlike, self.examples)
        return Texts(None, self.like, (*self.unlike, shape), self.examples)

    def samples(self) -> Iterator[str]:
        """Some of these texts, the most telling first; perhaps none, where none was thought of."""
        seen: set[str] = set()
        for content in (*self.examples, *(self.only or ()), *_thought_of(self.like)):
            if content not in seen and self.includes(content):
                seen.add(content)
                yield content

    def says(self) -> str:
        """These texts in words."""
        if self.only is not None:
            return " or ".join(f"`{content}`" for content in self.only[:4]) + (" or …" if len(self.only) > 4 else "")
        return "any text" if not self.like and not self.unlike else "one of many texts"


@lru_cache(maxsize=2048)
def _outcomes(texts: Texts, shape: Shape) -> Outcomes:
    """What a shape says of texts that are not listed."""
    literal = shape.literal
    if literal is not None and not texts.includes(literal):
        return FAILS
    if shape == ANY_TEXT or any(mine.implies(shape) for mine in texts.like):
        return HOLDS
    if all(texts.is_free_of(branch) for branch in shape.branches):
        return FAILS
    return EITHER


ALL_TEXTS = Texts()


def _thought_of(like: tuple[Shape, ...]) -> Iterator[str]:
    """Texts that may match all of these shapes."""
    for shape in like:
        yield from shape.samples()
    if not like:
        yield from FILLERS[1:]
        yield ""
    globs = [branch for shape in like for branch in shape.branches if isinstance(branch, Glob)]
    if len(globs) > 1:
        first = max((one.pieces[0] for one in globs), key=len)
        last = max((one.pieces[-1] for one in globs), key=len)
        middle = [piece for one in globs for piece in one.pieces[1:-1]]
        for filler in FILLERS:
            yield filler.join((first, *middle, last))
            yield filler.join((first, *reversed(middle), last))
