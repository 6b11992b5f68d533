"""Collections that may be incomplete."""

from __future__ import annotations

from guardrails.kernel.origin import NOWHERE, Origin
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, true, unknown
from guardrails.kernel.typed import Generic, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from guardrails.kernel.why import Reason

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

TRUE = true()


def _circular() -> NoReturn:
    raise RuntimeError("a collection was asked for while it was being read: what it holds is not known yet")


class Many(Generic[T_co]):
    """Related things, each with the truth of its existence, and the reasons why some may be missing.

    There is no iteration and no `len`: both would ignore what is missing. `some` and `every` answer with a Truth,
    `each` hands every member to a judge. `noun` names what is collected, in the singular; `owner` is the place to point
    at when there is nothing.
    """

    __slots__ = ("_certain", "_gaps", "_load", "_members", "_owner", "noun")

    def __init__(
        self,
        members: tuple[tuple[T_co, Truth], ...] | Callable[[], Many[T_co]],
        gaps: tuple[Reason, ...] = (),
        *,
        owner: Origin = NOWHERE,
        noun: str = "member",
        one_of: bool = False,
    ) -> None:
        """`one_of` says that one of the members surely exists, though it is not known which."""
        self._certain = one_of
        self._load: Callable[[], Many[T_co]] | None
        self._members: tuple[tuple[T_co, Truth], ...]
        if callable(members):
            self._load, self._members = members, ()
        else:
            self._load, self._members = None, members
        self._gaps = gaps
        self._owner = owner
        self.noun = noun

    @staticmethod
    def of(*items: U, owner: Origin = NOWHERE, noun: str = "member") -> Many[U]:
        """A complete collection of things that exist."""
        return Many(tuple((item, TRUE) for item in items), owner=owner, noun=noun)

    def loaded(self) -> tuple[tuple[tuple[T_co, Truth], ...], tuple[Reason, ...]]:
        if self._load is not None:
            load, self._load = self._load, _circular
            try:
                found = load()
            except BaseException:
                self._load = load  # It is asked again, and does not count as empty.
                raise
            self._load = None
            self._members, gaps = found.loaded()
            if gaps:
                self._gaps = tuple(dict.fromkeys((*self._gaps, *gaps)))
            self._certain = found.is_one_of
            owner = found._owner  # noqa: SLF001 - another instance of this very class
            if owner.source is not None:
                self._owner = owner
        return self._members, self._gaps

    @property
    def owner(self) -> Origin:
        """The place to point at when there is nothing."""
        if self._load is not None:
            self.loaded()
        return self._owner

    @property
    def is_one_of(self) -> bool:
        """Whether one of the members surely exists, though it is not known which."""
        return self._certain

    def __bool__(self) -> NoReturn:
        raise TypeError("a Many may be incomplete: ask some(), every() or is_empty(); it has no bool()")

    @property
    def gaps(self) -> tuple[Reason, ...]:
        """Why members may be missing; empty for a complete collection."""
        return self.loaded()[1]

    def members(self) -> tuple[tuple[T_co, Truth], ...]:
        """What was found, with the truth of each one's existence. For linking and reports, never for judging."""
        return self.loaded()[0]

    def some(self, test: Callable[[T_co], Truth]) -> Truth:
        """Whether at least one member passes; unknown rather than FALSE where members may be missing."""
        members, gaps = self.loaded()
        if not members and not gaps:
            return Truth(Verdict.FALSE, (self._absence(),))
        if self._certain:
            passing = all_of(test(item) for item, _ in members)
            if passing.verdict is Verdict.TRUE:
                return passing
        # All that decide are told: a waiver for one of them is none for the others.
        found = any_of((exists & test(item) for item, exists in members), told=True)
        if found.verdict is Verdict.TRUE or not gaps:
            return found
        return found | unknown(*gaps, facts=(self._missing(),))

    def every(self, test: Callable[[T_co], Truth]) -> Truth:
        """Whether no member fails; unknown rather than TRUE where members may be missing."""
        members, gaps = self.loaded()
        if self._certain:
            failing = any_of(test(item) for item, _ in members)
            if failing.verdict is Verdict.FALSE:
                return failing
        held = all_of((~exists | test(item) for item, exists in members), told=True)
        if held.verdict is Verdict.FALSE or not gaps:
            return held
        return held & unknown(*gaps, facts=(self._missing(),))

    def is_empty(self) -> Truth:
        return ~self.some(_exists)

    def seen(self) -> Many[T_co]:
        """What was found, as if nothing could be missing: for evidence, where absence is not judged."""
        return Many(lambda: Many(self.members(), owner=self.owner), noun=self.noun)

    def each(self, judge: Callable[[T_co], U]) -> Iterator[U]:
        """What `judge` says of every member that was found. What may be missing is not judged: pair it with `every`
        where that matters."""
        for item, _ in self.loaded()[0]:
            yield judge(item)

    def where(self, test: Callable[[T_co], Truth]) -> Many[T_co]:
        """The members that pass; one whose test is unknown stays, its existence unknown."""

        def narrowed() -> Many[T_co]:
            members, gaps = self.loaded()
            kept = ((item, exists & test(item)) for item, exists in members)
            passing = tuple(pair for pair in kept if pair[1].verdict is not Verdict.FALSE)
            return Many(passing, gaps, owner=self._owner)

        return Many(narrowed, noun=self.noun)

    def through(self, relation: Callable[[T_co], Many[U]], noun: str = "") -> Many[U]:
        """All that the members are related to."""

        def followed() -> Many[U]:
            members, gaps = self.loaded()
            found: list[tuple[U, Truth]] = []
            missing = list(gaps)
            for item, exists in members:
                related, related_gaps = relation(item).loaded()
                found += [(other, exists & also) for other, also in related]
                missing += related_gaps
            return Many(tuple(found), tuple(dict.fromkeys(missing)), owner=self._owner)

        return Many(followed, noun=noun or self.noun)

    def and_also(self, other: Many[U]) -> Many[T_co | U]:
        """The members of both, without repetition; owner and noun are this one's."""

        def joined() -> Many[T_co | U]:
            members, gaps = self.loaded()
            others, other_gaps = other.loaded()
            seen = {id(item) for item, _ in members}
            more = tuple(pair for pair in others if id(pair[0]) not in seen)
            all_gaps = tuple(dict.fromkeys((*gaps, *other_gaps)))
            return Many((*members, *more), all_gaps, owner=self._owner)

        return Many(joined, noun=self.noun)

    def _absence(self) -> Fact:
        def said() -> str:
            return f"`{self._owner.attribute}` is not set" if self._owner.attribute else f"there is no {self.noun}"

        return Fact(said, self._owner)

    def _missing(self) -> Fact:
        def said() -> str:
            return f"{'an' if self.noun[:1] in 'aeiou' else 'a'} {self.noun} may exist that was not read"

        return Fact(said, self._owner)

    def __repr__(self) -> str:
        if self._load is not None:
            return f"Many(<{self.noun}, not looked up>)"
        return f"Many({[item for item, _ in self._members]!r}{', with gaps' if self._gaps else ''})"


def _exists(_: object) -> Truth:
    return TRUE
