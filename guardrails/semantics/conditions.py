"""Conditions on one field of an event: what selectors are made of.

A condition answers for a whole text or for one with holes, and says TRUE or FALSE only where that holds for whatever is
not known, be it in the selector or in the event.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, false, true, unknown
from guardrails.kernel.typed import Protocol
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.selector_fields import ENDS, EQUALS, STARTS
from guardrails.semantics.texts import Text, contains, ends, literal, reasons_of, same, starts, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value

# What AWS does not say. None answers unknown; once it is settled, True or False here settles it everywhere.

BUCKET_WITHOUT_SLASH_TAKES_NEIGHBOURS: bool | None = None
"""Whether the basic value `arn:aws:s3:::logs` also takes objects of the bucket `logs-2`."""
NEGATIVE_OPERATOR_TAKES_ABSENT_FIELD: bool | None = None
"""Whether `userIdentity.arn NotEquals …` takes an event that has no `userIdentity.arn`."""
REPEATED_FIELD_MUST_HOLD_EACH_TIME: bool | None = None
"""Whether two field selectors on one field of one selector must both hold."""

_TRUE = true()


def undocumented(what: str, said: bool | None) -> Truth:
    """An answer that depends on what AWS does not document."""
    if said is None:
        return unknown(Reason(Why.UNSUPPORTED, f"AWS does not say whether {what}"))
    return true() if said else false()


# --- patterns --------------------------------------------------------------------------------------------------------


class Pattern(Record):
    """One value of one operator of a field: the texts that it may be."""

    operator: str
    value: Value[str]
    texts: tuple[Text, ...]
    exists: Truth = _TRUE

    def match(self, subject: Text) -> bool | None:
        return _agreed(self._match(subject, mine) for mine in self.texts)

    def _match(self, subject: Text, mine: Text) -> bool | None:
        question = {EQUALS: same, STARTS: starts, ENDS: ends}[self.operator]
        return question(subject, mine)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is not known; empty if it is."""
        return tuple(dict.fromkeys((*self.value.reasons, *self.exists.reasons)))


class ObjectPrefix(Pattern):
    """One value of a basic S3 data resource: a prefix of object ARNs."""

    def _match(self, subject: Text, mine: Text) -> bool | None:
        found = starts(subject, mine)
        if found is not True or not names_bucket_without_slash(mine):
            return found
        return True if starts(subject, text(*mine, "/")) else BUCKET_WITHOUT_SLASH_TAKES_NEIGHBOURS


class WholeOrOne(Pattern):
    """One value of a basic data resource of functions or tables: the whole service, or exactly one ARN."""

    whole: str = ""

    def _match(self, subject: Text, mine: Text) -> bool | None:
        is_whole = same(mine, text(self.whole))
        as_whole, as_one = starts(subject, text(self.whole)), same(subject, mine)
        if is_whole is None:
            return _agreed((as_whole, as_one))
        return as_whole if is_whole else as_one


def names_bucket_without_slash(value: Text) -> bool:
    """Whether a value is the ARN of a bucket, its name at its end: not the whole service, no slash, and not cut off
    where no bucket name may end."""
    if starts(value, text("arn:aws:s3:::")) is not True or same(value, text("arn:aws:s3:::")) is not False:
        return False
    last = value[-1]
    return contains(value, "/") is False and not (isinstance(last, str) and last[-1] in "-.")


def _agreed(answers: Iterable[bool | None]) -> bool | None:
    different = set(answers)
    return different.pop() if len(different) == 1 else None


# --- conditions ------------------------------------------------------------------------------------------------------


class Condition(Protocol):
    """What one field of an event must be."""

    @property
    def field(self) -> str: ...

    def holds(self, subject: Text | None) -> Truth:
        """Whether it holds of this text, or of an absent field."""
        ...

    def patterns(self) -> tuple[Pattern, ...]:
        """The texts that it mentions."""
        ...


class Operators(Record):
    """A field with operators: one of `takes` must match if there are any, none of `leaves` may."""

    field: str
    takes: tuple[Pattern, ...]
    leaves: tuple[Pattern, ...]
    origin: Origin
    more_takes: tuple[Reason, ...] = ()
    more_leaves: tuple[Reason, ...] = ()
    """Why there may be more of them."""

    def patterns(self) -> tuple[Pattern, ...]:
        return (*self.takes, *self.leaves)

    def holds(self, subject: Text | None) -> Truth:
        if subject is None:
            return self._holds_of_absent()
        return self._taken(subject) & self._not_left(subject)

    def _taken(self, subject: Text) -> Truth:
        if not self.takes and not self.more_takes:
            return _TRUE
        doubts = list(self.more_takes)
        for pattern in self.takes:
            matched = pattern.match(subject)
            if matched is True and pattern.exists.verdict is Verdict.TRUE:
                return _TRUE
            if matched is not False:
                doubts += _doubts(pattern, subject)
        if doubts:
            return unknown(*dict.fromkeys(doubts), facts=(self._fact(self.takes, "takes"),))
        return false(self._fact(self.takes, "takes"))

    def _not_left(self, subject: Text) -> Truth:
        doubts = list(self.more_leaves)
        for pattern in self.leaves:
            matched = pattern.match(subject)
            if matched is True and pattern.exists.verdict is Verdict.TRUE:
                return false(self._fact((pattern,), "leaves out"))
            if matched is not False:
                doubts += _doubts(pattern, subject)
        if doubts:
            return unknown(*dict.fromkeys(doubts), facts=(self._fact(self.leaves, "leaves out"),))
        return _TRUE

    def _holds_of_absent(self) -> Truth:
        if any(pattern.exists.verdict is Verdict.TRUE for pattern in self.takes):
            return false(self._fact(self.takes, "takes"))
        if self.takes or self.more_takes:
            return unknown(
                *dict.fromkeys((*self.more_takes, *(r for pattern in self.takes for r in pattern.reasons))),
                facts=(self._fact(self.takes, "takes"),),
            )
        if self.leaves or self.more_leaves:
            said = NEGATIVE_OPERATOR_TAKES_ABSENT_FIELD
            return undocumented(f"a selector that leaves out some `{self.field}` takes events that have none", said)
        return _TRUE

    def _fact(self, patterns: tuple[Pattern, ...], verb: str) -> Fact:
        place = patterns[0].value.origin if patterns else self.origin
        only = "only " if verb == "takes" else ""
        return Fact(lambda: f"the selector {verb} {only}{self._described(patterns)}", place)

    def _described(self, patterns: tuple[Pattern, ...]) -> str:
        if (
            patterns
            and self.field == "readOnly"
            and {quoted(pattern.value) for pattern in patterns} <= {'"true"', '"false"'}
        ):
            return "read events" if quoted(patterns[0].value) == '"true"' else "write events"
        verbs = {EQUALS: "is", STARTS: "starts with", ENDS: "ends with"}
        printable = [(pattern.operator, quoted(pattern.value)) for pattern in patterns[:3] if quoted(pattern.value)]
        shown = [f"{verbs[operator]} {value}" for operator, value in printable]
        if len(shown) < len(patterns):
            shown.append("…")
        if not printable:
            return f"events of some `{self.field}`"
        return f"events whose `{self.field}` {' or '.join(shown)}"


def _doubts(pattern: Pattern, subject: Text) -> tuple[Reason, ...]:
    found = (*pattern.reasons, *reasons_of(subject))
    if found:
        return found
    return undocumented(
        "a value without a slash at its end also takes buckets whose names begin alike",
        BUCKET_WITHOUT_SLASH_TAKES_NEIGHBOURS,
    ).reasons


class ReadWrite(Record):
    """The `ReadWriteType` of a basic selector."""

    value: Value[str]
    field: str = "readOnly"

    def patterns(self) -> tuple[Pattern, ...]:
        return ()

    def holds(self, subject: Text | None) -> Truth:
        wanted = {"true": ("All", "ReadOnly"), "false": ("All", "WriteOnly")}.get(literal(subject or ()) or "")
        if wanted is not None:
            return self.value.where(lambda said: said in wanted)
        everything = self.value.equals("All")
        if everything.verdict is not Verdict.FALSE:
            return everything
        doubts = reasons_of(subject or ()) or undocumented("an event without `readOnly` is a read", None).reasons
        return unknown(*doubts, facts=everything.facts)


class Repeated(Record):
    """Several field selectors on the same field of one selector."""

    field: str
    each: tuple[Condition, ...]

    def patterns(self) -> tuple[Pattern, ...]:
        return tuple(pattern for condition in self.each for pattern in condition.patterns())

    def holds(self, subject: Text | None) -> Truth:
        answers = [condition.holds(subject) for condition in self.each]
        if len({answer.verdict for answer in answers}) == 1:
            return answers[0]
        facts = tuple(fact for answer in answers for fact in answer.facts)
        said = undocumented(
            f"several conditions on `{self.field}` in one selector must all hold", REPEATED_FIELD_MUST_HOLD_EACH_TIME
        )
        if said.verdict is not Verdict.TRUE:
            return said.because(*facts)
        both = answers[0]
        for answer in answers[1:]:
            both = both & answer
        return both


_PUBLIC = compile_later(r"true|false|[a-z0-9-]+\.amazonaws\.com|AWS(::\w+)+")


def quoted(value: Value[str]) -> str:
    """The value as it may be printed: what stands in the source there, and names that AWS gave."""
    content = value.or_none()
    if content is None or len(content) > 80:
        return ""
    return f'"{content}"' if content in value.origin.text or _PUBLIC.fullmatch(content) else ""
