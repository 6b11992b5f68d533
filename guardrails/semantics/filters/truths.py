"""What filter patterns say of partial records: the tests for complete ones, asked of all that a field may be."""

from __future__ import annotations

from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, all_of, any_of, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.fields import written
from guardrails.semantics.filters.comparisons import EXPLAINED, Equality, Membership, test_of
from guardrails.semantics.filters.syntax import AllOf, Comparison
from guardrails.semantics.partial import Mention, asked, joined
from guardrails.semantics.shapes import HOLDS, containing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from guardrails.semantics.fields import Field, Path
    from guardrails.semantics.filters.comparisons import ComparisonTest
    from guardrails.semantics.filters.syntax import Node
    from guardrails.semantics.filters.words import Text
    from guardrails.semantics.partial import PartialRecord


class One(Record):
    """One question about one field. `comparison` is the first that it stands for."""

    path: Path
    test: ComparisonTest
    comparison: Comparison


class Several(Record):
    """Questions, all of which or one of which have to be answered with yes."""

    parts: tuple[Question, ...]
    every: bool


Question: TypeAlias = One | Several


def question_of(node: Node) -> Question:
    """A tree in which all alternatives for one field are one question: is it among these?"""
    if isinstance(node, Comparison):
        return One(node.selector.path, test_of(node), node)
    every = isinstance(node, AllOf)
    alike: dict[Path, list[Comparison]] = {}
    for part in node.parts:
        if isinstance(part, Comparison) and part.operator == ("!=" if every else "=") and _is_plain(part):
            alike.setdefault(part.selector.path, []).append(part)
    parts: list[Question] = []
    for part in node.parts:
        group = alike.get(part.selector.path, []) if isinstance(part, Comparison) else []
        if part not in group or len(group) == 1:
            parts.append(question_of(part))
        elif part is group[0]:
            tests = tuple(test for one in group if isinstance(test := test_of(one), Equality))
            parts.append(One(group[0].selector.path, Membership(tests, negated=every), group[0]))
    return parts[0] if len(parts) == 1 else Several(tuple(parts), every)


def _is_plain(comparison: Comparison) -> bool:
    test = test_of(comparison)
    settled = isinstance(test, Equality) and len(test.readings) == 1 and not test.numbers
    return settled and not comparison.selector.is_wildcard


def mentioned(question: Question) -> dict[Path, Mention]:
    """The fields that a question is about, and what it compares them with."""
    if isinstance(question, Several):
        return joined(*map(mentioned, question.parts))
    return {question.path: Mention(question.test.shapes, question.test.numbers)}


def truth_of(question: Question, record: PartialRecord) -> Truth:
    """What a question says of a partial record, as far as can be said without going through its cases."""
    if isinstance(question, One):
        return _compared(question, record)
    answers = (truth_of(part, record) for part in question.parts)
    return all_of(answers) if question.every else any_of(answers)


def _compared(question: One, record: PartialRecord) -> Truth:
    test, path, comparison = question.test, question.path, question.comparison
    if not comparison.selector.is_wildcard or comparison.operator not in EXPLAINED or comparison.operator == "=":
        return asked(record, path, test, test.unsettled)
    fields, more = record.each(path)
    if not fields and not more:
        if comparison.operator == "!=":
            return false(Fact(f"there is no `{written(path)}`"))
        return _undocumented(comparison)
    if comparison.operator == "NOT EXISTS":
        there = [field for field in fields if not field.absent]
        return false(Fact(f"there is a `{written(path)}`")) if there else _open(path)
    outcomes = [field.outcomes(test) for field in fields]
    if more or any(field.absent or len(found) > 1 for field, found in zip(fields, outcomes, strict=True)):
        return _open(path)
    from guardrails.semantics.filters.closures import each_differs

    differs = each_differs([next(iter(found)) for found in outcomes])
    if differs is None:
        return _undocumented(comparison)
    fact = Fact(f"`{written(path)}` {'differs' if differs else 'does not differ'}")
    return true(fact) if differs else false(fact)


def _open(path: Path) -> Truth:
    return unknown(Reason(Why.CANNOT_SAY, f"`{written(path)}` may be anything"))


def _undocumented(comparison: Comparison) -> Truth:
    what = EXPLAINED["NOT EXISTS"] if comparison.operator == "NOT EXISTS" else "what `!=` means with a wildcard"
    return unknown(Reason(Why.UNSUPPORTED, f"AWS does not say {what}"))


# --- terms ------------------------------------------------------------------------------------------------------------

_TELLING: tuple[Path, ...] = (
    ("eventName",),
    ("eventSource",),
    ("errorCode",),
    ("errorMessage",),
    ("userIdentity", "type"),
)
"""Terms are looked for in the whole text of a record; these fields are tried for the difference they make."""


def mentioned_terms(pattern: Text) -> dict[Path, Mention]:
    """The fields in which the text that a pattern is about may stand."""
    from guardrails.semantics.filters.words import Terms

    terms = pattern.terms if isinstance(pattern, Terms) else ()
    shapes = tuple(containing(term.content) for term in terms)
    return {path: Mention(shapes) for path in _TELLING} if shapes else {}


def terms_in(terms: Text, record: PartialRecord) -> Truth:
    """Whether terms are in the text of a partial record; that one is not in it can be said of complete records only."""
    from guardrails.semantics.filters.words import Terms

    if not isinstance(terms, Terms):
        return unknown(Reason(Why.CANNOT_SAY, "the pattern looks at the whole text, which is not known"))
    if not terms.terms:
        return true(Fact("the pattern matches everything"))
    required = [_is_in(content, record) for content in terms.required]
    excluded = [~_is_in(content, record) for content in terms.excluded]
    optional = [any_of(_is_in(content, record) for content in terms.optional)] if terms.optional else []
    return all_of((*required, *excluded, *optional))


def _is_in(content: str, record: PartialRecord) -> Truth:
    if content.isascii() and content.isprintable() and '"' not in content and "\\" not in content:
        for path, field in _surely_there(record.root, ()):
            if isinstance(path[-1], str) and content in path[-1]:
                return true(Fact(f"`{written(path)}` is there"))
            if field.texts is not None and _is_text(field) and field.texts.outcomes(containing(content)) == HOLDS:
                return true(Fact(f"`{written(path)}` is {field.says()}"))
    return unknown(Reason(Why.CANNOT_SAY, f"any field may hold the text `{content}`"))


def _is_text(field: Field) -> bool:
    return not (field.others or field.numbers or field.members is not None or field.elements is not None)


def _surely_there(field: Field, path: Path) -> Iterator[tuple[Path, Field]]:
    if field.members is not None and field.is_settled:
        for name, member in field.members.named.items():
            if not member.absent:
                yield (*path, name), member
                yield from _surely_there(member, (*path, name))
    if field.elements is not None and field.is_settled:
        for at, item in enumerate(field.elements.items):
            if not item.absent:
                yield (*path, at), item
                yield from _surely_there(item, (*path, at))
