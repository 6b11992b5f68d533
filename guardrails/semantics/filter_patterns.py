"""CloudWatch Logs filter patterns: whether a log event matches, for one record or for all of a kind.

    pattern = parse('{ ($.eventName = "DeleteTrail") || ($.eventName = "StopLogging") }')

`parse` gives the pattern, or the fault for which AWS refuses it. A pattern answers for complete records (`matches`,
compiled once) and for partial ones (`answers`); None and UNKNOWN mean that the answer is not known, because the
language is not documented there or because it differs between the completions. The language is described in the Amazon
CloudWatch Logs User Guide, "Filter pattern syntax"; its open points are in `filters.unsettled`.
"""

from __future__ import annotations

from collections.abc import Mapping

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, decide, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.filters.syntax import (
    LONGEST,
    AllOf,
    AnyOf,
    Comparison,
    Expression,
    FilterSyntaxError,
    Reader,
)
from guardrails.semantics.filters.syntax import written as tree_written
from guardrails.semantics.filters.truths import mentioned, mentioned_terms, question_of, terms_in, truth_of
from guardrails.semantics.partial import example, needs_of, over_cases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from guardrails.semantics.filters.syntax import Node
    from guardrails.semantics.filters.truths import Question
    from guardrails.semantics.filters.words import Text
    from guardrails.semantics.partial import Mentions, Needs, PartialRecord

Content: TypeAlias = "Node | Text"
_NODES = (Comparison, AllOf, AnyOf)


class PatternFault(Record):
    """Why a pattern is none. `position` counts characters from 0.

    With `limit` it may be one: then it is this program that does not follow it.
    """

    position: int
    message: str
    limit: bool = False


def parse(text: str) -> FilterPattern | PatternFault:
    """The pattern that a text is, or the first fault in it."""
    if len(text) > LONGEST:
        return PatternFault(LONGEST, f"the pattern has {len(text):,} characters; at most {LONGEST:,} are allowed")
    doubts: dict[str, None] = {}
    try:
        content = _read(text, doubts)
    except FilterSyntaxError as error:
        return PatternFault(error.position, error.message, error.limit)
    return FilterPattern(text, content, tuple(doubts))


def _read(text: str, doubts: dict[str, None]) -> Content:
    first = text.lstrip()[:1]
    if first == "{":
        reader = Reader(text)
        content = reader.tree()
        doubts.update(reader.doubts)
        return content
    from guardrails.semantics.filters.words import SpacedReader, read_terms

    return SpacedReader(text, doubts).pattern() if first == "[" else read_terms(text, doubts)


_MOST_ANSWERS = 256
"""Answers that a pattern keeps, on the records of scenarios: filters of one text are asked the same again."""


class FilterPattern:
    """A pattern that AWS accepts, as far as is known. `doubts` are the points in it that nobody documents: with one of
    them its answers are unknown."""

    __slots__ = ("_answers", "_mentions", "_needs", "_of_record", "_question", "content", "doubts", "text")

    def __init__(self, text: str, content: Content, doubts: tuple[str, ...]) -> None:
        self.text = text
        self.content = content
        self.doubts = doubts
        self._of_record: Callable[[Mapping[str, object]], bool | None] | None = None
        self._question: Question | None = None
        self._mentions: Mentions | None = None
        self._needs: Needs | None = None
        self._answers: dict[int, tuple[PartialRecord, Truth]] = {}

    def __repr__(self) -> str:
        return f"FilterPattern({self.text!r})"

    def __str__(self) -> str:
        """The pattern in one spelling for all that mean the same by order, brackets and blanks; as it is where nobody
        says what it means."""
        if self.doubts:
            return self.text
        return tree_written(self.content) if isinstance(self.content, _NODES) else self.content.written()

    @property
    def is_json(self) -> bool:
        """Whether it looks at the fields of a JSON event, and not at its text."""
        return isinstance(self.content, _NODES)

    @property
    def has_regex(self) -> bool:
        """Whether it counts among the few with regular expressions that a log group may have."""
        if isinstance(self.content, _NODES):
            return any(isinstance(one.operand, Expression) for one in comparisons(self.content))
        return self.content.has_regex

    @property
    def mentions(self) -> Mentions:
        """The fields that it looks at, and what it compares them with."""
        if self._mentions is None:
            if isinstance(self.content, _NODES):
                self._mentions = mentioned(self._asked(self.content))
            else:
                self._mentions = mentioned_terms(self.content)
        return self._mentions

    @property
    def needs(self) -> Needs:
        """The fields without which it matches nothing, if they have none of certain texts."""
        if self._needs is None:
            self._needs = needs_of(self.mentions, self.ask)
        return self._needs

    # --- complete records

    def matches(self, record: Mapping[str, object], message: str = "") -> bool | None:
        """Whether a complete record matches; None where AWS does not say. `message` is its text, if that is at hand."""
        function = self._of_record
        if function is None:
            function = self._of_record = self._function()
        return function(record) if not message or self.is_json else self._of_text(message, record=True)

    def matches_message(self, message: str) -> bool | None:
        """Whether a log event matches, whatever it is: text that is no JSON object matches no JSON pattern."""
        if not self.is_json:
            return self._of_text(message)
        import json

        try:
            record = json.loads(message)
        except ValueError:
            return None if self.doubts else False
        except RecursionError:
            return None
        return self.matches(record) if isinstance(record, dict) else None if self.doubts else False

    def _function(self) -> Callable[[Mapping[str, object]], bool | None]:
        if self.doubts:
            return lambda record: None  # noqa: ARG005 - whatever it is
        if isinstance(self.content, _NODES):
            from guardrails.semantics.filters.closures import compiled

            return compiled(self.content)
        return lambda record: self._of_text(as_message(record), record=True)

    def _of_text(self, message: str, *, record: bool = False) -> bool | None:
        if self.doubts or isinstance(self.content, _NODES):
            return None
        found = self.content.matches(message)
        return None if found and record and self.content.by_accident else found

    # --- partial records

    def ask(self, record: PartialRecord) -> Truth:
        """Whether all completions match, as far as it can be said at once; `answers` goes through the cases."""
        if self.doubts:
            return unknown(*(Reason(Why.UNSUPPORTED, f"AWS does not say {doubt}") for doubt in self.doubts))
        if isinstance(self.content, _NODES):
            return truth_of(self._asked(self.content), record)
        whole = record.whole()
        if whole is None:
            return terms_in(self.content, record)
        found = self.matches(whole)
        if found is not None:
            return decide(found, Fact("the text of the record decides"))
        return unknown(Reason(Why.UNSUPPORTED, "AWS does not say how JSON is cut into fields"))

    def _asked(self, tree: Node) -> Question:
        if self._question is None:
            self._question = question_of(tree)
        return self._question

    def answers(self, record: PartialRecord) -> Truth:
        """TRUE if every completion matches, FALSE if none does."""
        kept = self._answers.get(id(record))
        if kept is None:
            if len(self._answers) == _MOST_ANSWERS:
                self._answers.clear()
            # The record is kept with it, so that no other one can be taken for it.
            kept = self._answers[id(record)] = record, over_cases(record, self.mentions, self.ask)
        return kept[1]

    def counter_example(self, record: PartialRecord) -> dict[str, Any] | None:
        """A completion that surely does not match, if one was found."""
        return example(record, self.mentions, self.ask, self.matches)

    def match_example(self, record: PartialRecord) -> dict[str, Any] | None:
        """A completion that surely matches, if one was found."""
        return example(record, self.mentions, self.ask, self.matches, of=True)


def comparisons(content: Content) -> tuple[Comparison, ...]:
    """The single tests of a JSON pattern, in the order in which they are written; none of others."""
    if isinstance(content, Comparison):
        return (content,)
    if isinstance(content, AllOf | AnyOf):
        return tuple(one for part in content.parts for one in comparisons(part))
    return ()


def as_message(record: Mapping[str, object]) -> str:
    """The text of a record as CloudTrail delivers it: JSON without blanks between tokens."""
    import json

    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)
