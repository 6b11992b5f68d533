"""Values that may be unknown and always know where they were written."""

from __future__ import annotations

from guardrails.kernel.origin import NOWHERE, How, Origin
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, decide, unknown
from guardrails.kernel.typed import Generic, TypeVar
from guardrails.kernel.why import Reason, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class Reference(Record):
    """A computed attribute of another resource of the same deployment: its address, and the path below it.

    `type` is the resource's type where its address does not show it: logical ids of templates do not, addresses of
    Terraform do. What a template calls `Ref` is the path `("Ref",)`; a pseudo-parameter is its own address.
    """

    address: str
    path: tuple[str | int, ...] = ()
    type: str = ""


class Input(Record):
    """What a deployment is to be given and was not: a variable of the root, or what is at a path in it, as text.

    Two mentions of one input are the same text. It may hold anything, wildcards as well, and may be empty.
    """

    name: str
    path: tuple[str | int, ...] = ()


class Value(Generic[T_co]):
    """One leaf: known (None inside means known to be not set), one of several, or unknown for stated reasons.

    There is no `bool()`, no `==` with plain values and no order: ask `is_true`, `is_set`, `equals`, `where`, which
    answer with a Truth. Two Values compare by identity; `same_as` compares meaning without origins.
    """

    __slots__ = (
        "_alternatives",
        "_content",
        "_input",
        "_known",
        "_parts",
        "_present",
        "_reasons",
        "_reference",
        "_said",
        "origin",
    )

    def __init__(
        self,
        content: T_co | None,
        origin: Origin = NOWHERE,
        *,
        reasons: tuple[Reason, ...] = (),
        present: bool | None = None,
        reference: Reference | None = None,
        parts: tuple[str | Reference | Input | None, ...] = (),
        alternatives: tuple[Value[T_co], ...] = (),
        input: Input | None = None,
    ) -> None:
        self._content = content
        self._known = not reasons
        self._reasons = reasons
        self._present = (content is not None) if not reasons else present
        self._reference = reference
        self._parts = parts
        self._input = input
        self._alternatives = alternatives
        self._said: Value[object] | None = None
        self.origin = origin

    @staticmethod
    def of(content: U, origin: Origin = NOWHERE) -> Value[U]:
        """A known value."""
        return Value(content, origin)

    @classmethod
    def unset(cls, origin: Origin = NOWHERE) -> Value[T_co]:
        """Known to be not set."""
        return cls(None, origin)

    @classmethod
    def unknown(
        cls,
        reasons: tuple[Reason, ...],
        origin: Origin = NOWHERE,
        *,
        present: bool | None = None,
        reference: Reference | None = None,
        parts: tuple[str | Reference | Input | None, ...] = (),
        input: Input | None = None,
    ) -> Value[T_co]:
        """Not known. `present` is True where it is certain that something is set (a reference to a key that will
        exist). `parts` are the pieces of a text with holes: literal text, a reference, an input, or None for another
        unknown piece. `input` is the input that it is nothing but, if that is set."""
        assert reasons, "an unknown says why"
        return cls(None, origin, reasons=reasons, present=present, reference=reference, parts=parts, input=input)

    @classmethod
    def one_of(
        cls, alternatives: tuple[Value[T_co], ...], reasons: tuple[Reason, ...], origin: Origin = NOWHERE
    ) -> Value[T_co]:
        """One of several values, for want of knowing a condition."""
        assert len(alternatives) > 1
        assert reasons
        presences = {alternative.present for alternative in alternatives}
        present = presences.pop() if len(presences) == 1 else None
        return cls(None, origin, reasons=reasons, present=present, alternatives=alternatives)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Value may be unknown: ask is_true(), is_set(), equals() or where(); it has no bool()")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is not known; empty if it is."""
        return self._reasons

    @property
    def reference(self) -> Reference | None:
        """The attribute of another resource that this is, where the source says so."""
        return self._reference

    @property
    def parts(self) -> tuple[str | Reference | Input | None, ...]:
        """The pieces of a text with holes; empty for any other value."""
        return self._parts

    @property
    def input(self) -> Input | None:
        """The input that this is, as text, unless it is not set."""
        return self._input

    @property
    def alternatives(self) -> tuple[Value[T_co], ...]:
        return self._alternatives

    def or_none(self) -> T_co | None:
        """The content where it is known and set, else None. For naming and linking, never for judging."""
        return self._content if self._known else None

    @property
    def present(self) -> bool | None:
        """Whether something is set, where that is certain. For naming and linking, never for judging."""
        return self._present

    @property
    def settled(self) -> bool:
        """Whether the content is known (set or not set). For naming and linking, never for judging."""
        return self._known

    def at(self, origin: Origin) -> Value[T_co]:
        """The same value seen at another place."""
        return Value(
            self._content,
            origin,
            reasons=self._reasons,
            present=self._present,
            reference=self._reference,
            parts=self._parts,
            alternatives=self._alternatives,
            input=self._input,
        )

    def as_unknown(self, *, surely_set: bool = False) -> Value[NoReturn]:
        """This unknown, whatever its type was to be: the reasons, and what is known of it all the same.

        `surely_set` where the place takes care of that: every resource is in some Region.
        """
        return Value(
            None,
            self.origin,
            reasons=self._reasons,
            present=surely_set or self._present,
            reference=self._reference,
            parts=self._parts,
            input=self._input,
        )

    def or_default(self, default: U) -> Value[T_co | U]:
        """This value, or `default` where it is known to be not set; the origin then says that it is a default."""
        if self._alternatives:
            return Value.one_of(tuple(a.or_default(default) for a in self._alternatives), self._reasons, self.origin)
        if self._known and self._content is None:
            return Value(default, self.origin.as_default(self.origin.attribute))
        return self

    def map(self, change: Callable[[T_co], U]) -> Value[U]:
        """The value with `change` applied to its content; unset and unknown stay what they are."""
        if self._alternatives:
            return Value.one_of(tuple(a.map(change) for a in self._alternatives), self._reasons, self.origin)
        if not self._known:
            return Value(None, self.origin, reasons=self._reasons, present=self._present, reference=self._reference)
        changed = Value(change(self._content) if self._content is not None else None, self.origin)
        changed._said = self
        return changed

    def is_true(self: Value[bool]) -> Truth:
        return self.where(lambda content: content is True)

    def is_false(self: Value[bool]) -> Truth:
        return self.where(lambda content: content is False)

    def is_set(self) -> Truth:
        """Whether anything is set; an unknown may still be known to be set."""
        if self._present is None:
            return unknown(*self._reasons, facts=(self.fact(),))
        if self._known or self._alternatives:
            return decide(self._present, self.fact())
        return decide(self._present, Fact(f"{self._label()} is set", self.origin))

    def equals(self, content: object) -> Truth:
        def same(mine: object) -> bool:
            return mine == content

        return self.where(same)

    def agrees(self, other: Value[object]) -> Truth:
        """Whether both are set to the same; unknown unless both are known to be set."""
        if self._known and other.settled and self._content is not None and other.or_none() is not None:
            return decide(self._content == other.or_none(), self.fact(), other.fact())
        reasons = (*self._reasons, *other.reasons)
        if reasons:
            return unknown(*reasons, facts=(self.fact(), other.fact()))
        return decide(False, self.fact(), other.fact())

    def where(self, test: Callable[[T_co], bool]) -> Truth:
        """Whether the value is set and passes `test`; one of several decides if all agree."""
        if self._known:
            return decide(self._content is not None and test(self._content), self.fact())
        if self._alternatives:
            answers = [alternative.where(test) for alternative in self._alternatives]
            if len({answer.verdict for answer in answers}) == 1:
                return answers[0].because(*(fact for answer in answers for fact in answer.facts))
        return unknown(*self._reasons, facts=(self.fact(),))

    def fact(self) -> Fact:
        """What is seen here, in words that may be printed."""
        return Fact(self._said_of_it, self.origin)

    def _said_of_it(self) -> str:
        return f"{self._label()} {self._state()}"

    def _label(self) -> str:
        return f"`{self.origin.attribute}`" if self.origin.attribute else "the value"

    def _state(self) -> str:
        if not self._known:
            return "is not known"
        if self._content is None:
            return "is not set"
        if self._said is not None:
            return self._said._state()  # noqa: SLF001 - another instance of this very class
        shown = self._shown()
        if self.origin.how is How.DEFAULT:
            return f"is not set, which means {shown}" if shown else "is not set"
        return f"is {shown}" if shown else "is set"

    def _shown(self) -> str:
        """The content if printing it gives nothing away: bools, numbers, and text that stands in the source there."""
        content = self._content
        if self.origin.how is How.SENSITIVE:
            return ""
        if isinstance(content, bool):
            return "true" if content else "false"
        if isinstance(content, int):
            return str(content)
        if isinstance(content, str):
            if self.origin.how is How.DEFAULT or (len(content) <= 80 and content in self.origin.text):
                return f'"{content}"'
            if self.origin.how is How.API and len(content) <= 80 and "://" not in content:
                return f'"{content}"'  # nobody can look at a line; addresses may have a token in them
            return ""
        return ""

    def same_as(self, other: Value[object]) -> bool:
        """Equal in meaning, wherever written: for comparing what two sources say."""
        if self._alternatives or other._alternatives:
            return len(self._alternatives) == len(other._alternatives) and all(
                mine.same_as(theirs) for mine, theirs in zip(self._alternatives, other._alternatives, strict=True)
            )
        return (self._known, self._content, self._present) == (other._known, other._content, other._present)

    def __repr__(self) -> str:
        if self._alternatives:
            return f"Value.one_of({self._alternatives!r})"
        if not self._known:
            return f"Value.unknown({'; '.join(reason.detail for reason in self._reasons)})"
        return f"Value({self._content!r})"


def not_said(attribute: str, detail: str, origin: Origin = NOWHERE) -> Value[NoReturn]:
    """A value that this kind of source has no way to state."""
    return Value(None, origin.named(attribute), reasons=(Reason(Why.CANNOT_SAY, detail, origin=origin),))
