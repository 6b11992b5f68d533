"""Conditions as tests on one key: what must hold of its value, and what an absent key means."""

from __future__ import annotations

from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Fact, Truth, false, true, unknown
from guardrails.kernel.typed import Literal
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.patterns import Spelling
from guardrails.semantics.access.written import can_match, matches_all_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model.access import Condition

Kind: TypeAlias = Literal["text", "address", "flag", "presence", "other"]

_BASES: dict[str, tuple[Kind, Spelling, bool]] = {
    "stringequals": ("text", Spelling.PLAIN, True),
    "stringnotequals": ("text", Spelling.PLAIN, False),
    "stringequalsignorecase": ("text", Spelling.PLAIN, True),
    "stringnotequalsignorecase": ("text", Spelling.PLAIN, False),
    "stringlike": ("text", Spelling.LIKE, True),
    "stringnotlike": ("text", Spelling.LIKE, False),
    "arnequals": ("text", Spelling.ARN, True),
    "arnlike": ("text", Spelling.ARN, True),
    "arnnotequals": ("text", Spelling.ARN, False),
    "arnnotlike": ("text", Spelling.ARN, False),
    "ipaddress": ("address", Spelling.PLAIN, True),
    "notipaddress": ("address", Spelling.PLAIN, False),
    "bool": ("flag", Spelling.PLAIN, True),
    "null": ("presence", Spelling.PLAIN, True),
    "binaryequals": ("other", Spelling.PLAIN, True),
    **{f"{of}{test}": ("other", Spelling.PLAIN, True) for of in ("numeric", "date") for test in ("equals",)},
    **{f"{of}notequals": ("other", Spelling.PLAIN, False) for of in ("numeric", "date")},
    **{
        f"{of}{test}": ("other", Spelling.PLAIN, True)
        for of in ("numeric", "date")
        for test in ("lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
    },
}
"""Operators without their prefix and suffix: what they compare, how wildcards count, whether they are positive."""


class Test(Record):
    """One condition: whether the key's value is among `values` (or, not `positive`, is not), and what an absent key
    means."""

    key: str
    spelled: str
    kind: Kind
    operator: str
    """Without prefix and suffix, in lower case."""
    spelling: Spelling
    positive: bool
    absent: bool
    values: Many[Value[str]]
    exists: Truth


def test_of(condition: Condition, exists: Truth) -> Test | None:
    """A condition as a test; None for an operator that is not known."""
    operator = condition.operator.lower()
    quantifier, _, base = operator.rpartition(":")
    lenient = base.endswith("ifexists")
    found = _BASES.get(base.removesuffix("ifexists"))
    if found is None or quantifier not in ("", "forallvalues", "foranyvalue"):
        return None
    kind, spelling, positive = found
    absent = lenient or (quantifier == "forallvalues" if quantifier else not positive)
    return Test(
        key=condition.key.lower(),
        spelled=condition.key,
        kind=kind,
        operator=base.removesuffix("ifexists"),
        spelling=spelling,
        positive=positive,
        absent=absent,
        values=condition.values,
        exists=exists,
    )


def opposite(test: Test) -> Test:
    """The test that holds where this one fails."""
    return changed(test, positive=not test.positive, absent=not test.absent)


def demands(test: Test) -> Truth:
    """Whether the test fails where the key is absent."""
    if test.kind == "presence":
        wanted = test.values.some(lambda value: value.where(lambda text: text.lower() == "false"))
        return test.exists & (wanted if test.positive else ~wanted)
    return test.exists if not test.absent else false()


def can_both_hold(one: Test, other: Test) -> Truth:
    """Whether some value of one key passes two tests on it."""
    if one.kind == other.kind == "flag":
        return passes(one, "true") & passes(other, "true") | passes(one, "false") & passes(other, "false")
    if one.absent and other.absent:
        return true()
    if one.kind == other.kind == "text":
        return _texts_agree(one, other)
    if _are_same(one.values, other.values) and _said(one) == _said(other):
        return true()
    doubt = Reason(Why.UNSUPPORTED, f"whether two conditions on `{one.spelled}` can hold at once is not known")
    return unknown(doubt, facts=(Fact(doubt.detail, one.values.owner),))


def _said(test: Test) -> str:
    """The operator, turned round where the test is the opposite of what is written."""
    written = _BASES[test.operator][2]
    return test.operator if test.positive == written else _OPPOSITES.get(test.operator, f"not {test.operator}")


def passes(test: Test, content: str) -> Truth:
    """Whether a test on a key that is `true` or `false` holds of one of the two."""
    listed = test.values.some(lambda value: value.where(lambda text: text.lower() == content))
    return listed if test.positive else ~listed


def _texts_agree(one: Test, other: Test) -> Truth:
    if one.positive and other.positive:
        wide = one.spelling if one.spelling is not Spelling.PLAIN else other.spelling
        return one.values.some(lambda mine: other.values.some(lambda theirs: can_match(mine, theirs, wide)))
    if not one.positive and not other.positive:
        return true()
    named, excluded = (one, other) if one.positive else (other, one)
    return ~named.values.every(
        lambda value: excluded.values.some(
            lambda refused: matches_all_of(refused, excluded.spelling, value, named.spelling)
        )
    )


def _are_same(one: Many[Value[str]], other: Many[Value[str]]) -> bool:
    if one.gaps or other.gaps:
        return False
    mine, theirs = (sorted(value.or_none() or "" for value, _ in values.members()) for values in (one, other))
    return bool(mine) and mine == theirs and "" not in mine


_OPPOSITES = {
    f"{of}{this}": f"{of}{that}"
    for of in ("numeric", "date")
    for this, that in (
        ("equals", "notequals"),
        ("notequals", "equals"),
        ("lessthan", "greaterthanequals"),
        ("greaterthanequals", "lessthan"),
        ("greaterthan", "lessthanequals"),
        ("lessthanequals", "greaterthan"),
    )
}
