"""Who remains of everybody under the conditions of a statement.

A condition narrows where its key tells who calls, the operator is a positive one that fails on an absent key, and none
of its values is open to all. A statement's conditions must all hold, so each of them is a limit of its own, with the
truth that it holds: a value that is not known makes that limit unknown and leaves the others alone.

A denial is read the other way round: whom it spares is who remains, one condition at a time, under its opposite.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, decide, false, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.addresses import are_narrow
from guardrails.semantics.access.caller_keys import (
    Audience,
    CallerKey,
    Shape,
    caller_key,
    is_access_point,
    is_always_there,
    speaks_of_resource,
)
from guardrails.semantics.access.condition_tests import Test, demands, opposite, passes, test_of
from guardrails.semantics.access.patterns import Spelling
from guardrails.semantics.access.written import (
    OF_RESOURCE,
    admits_any_account,
    decided,
    each_way,
    has_literal_star,
    is_fixed,
    looks_like_account,
    pieces_of,
    service_in,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.model.access import Condition

__all__ = ["Audience", "Limit", "Narrowing", "Spared", "names_an_account", "narrowing_of", "spared_by"]


class Limit(Record):
    """One limit on who is let in: nobody outside of `audience`. `key` is the condition key that it comes from, empty
    for the principal element; `values` are the ids, ARNs or names that it states. `stated` says whether the key must
    have one of the values, also where they are open to so many that they limit nobody."""

    audience: Audience
    key: str
    values: Many[Value[str]]
    holds: Truth
    spelling: Spelling = Spelling.PLAIN
    stated: Truth = false()


class Narrowing(Record):
    """What conditions make of an audience: the limits, who is left out within them, whether anybody at all can meet
    the conditions, and what was seen that limits nobody. `lenient` are limits on those only whose requests have the
    key; `asked` is what is demanded of keys that say nothing of who calls."""

    limits: tuple[Limit, ...]
    left_out: tuple[Limit, ...]
    lenient: tuple[Limit, ...]
    asked: tuple[Test, ...]
    met: Truth
    notes: tuple[Fact, ...]


class Spared(Record):
    """A way around a denial: for those within `limits` but not within `left_out`, if `possible`."""

    limits: tuple[Limit, ...]
    possible: Truth
    left_out: tuple[Limit, ...] = ()
    lenient: tuple[Limit, ...] = ()
    asked: tuple[Test, ...] = ()
    """What the way asks of keys that say nothing of who calls."""


def narrowing_of(conditions: Many[Condition]) -> Narrowing:
    """Who remains under all conditions of a statement that allows."""
    tests: list[Test] = []
    limits: list[Limit] = []
    left_out: list[Limit] = []
    lenient: list[Limit] = []
    met = true()
    notes: list[Fact] = []
    for condition, exists in conditions.members():
        test = test_of(condition, exists)
        if test is None:
            limits.append(_unclear(condition, exists))
        else:
            tests.append(test)
    for test in tests:
        present = any_of(demands(other) for other in tests if other.key == test.key)
        found = _limits(test, present)
        limits += found
        if all(limit.audience in (Audience.ANYONE, Audience.ANY_ACCOUNT) for limit in found):
            notes.append(_note(test))
        met = met & (~test.exists | _can_be_met(test))
        left_out += _left_out(test)
        lenient += _lenient(test)
    if conditions.gaps:
        hidden = unknown(*conditions.gaps, facts=(Fact("a condition may exist that was not read", conditions.owner),))
        limits.append(Limit(Audience.IDENTITIES, "", Many((), conditions.gaps), hidden))
        met = met & hidden
    asked = tuple(test for test in tests if _says_nothing(test))
    return Narrowing(tuple(limits), tuple(left_out), tuple(lenient), asked, met, tuple(notes))


def spared_by(conditions: Many[Condition]) -> tuple[Spared, ...]:
    """The ways around a denial with these conditions; none where it has none. It is avoided by failing any of them."""
    found: list[Spared] = []
    for condition, exists in conditions.members():
        test = test_of(condition, exists)
        if test is None:
            found.append(Spared((), exists & _not_understood(condition)))
            continue
        failing = opposite(test)
        limits = _limits(failing, demands(failing))
        possible = exists & _can_be_met(failing)
        asked = (failing,) if _says_nothing(failing) else ()
        found.append(Spared(limits, possible, _left_out(failing), _lenient(failing), asked))
    if conditions.gaps:
        fact = Fact("a condition may exist that was not read", conditions.owner)
        found.append(Spared((), unknown(*conditions.gaps, facts=(fact,))))
    return tuple(found)


def _limits(test: Test, present: Truth) -> tuple[Limit, ...]:
    """The limits that a test sets. `present` says whether the key must be there, by this test or another."""
    try:
        meaning = caller_key(test.key)
    except KeyError:
        if not test.positive or test.kind == "presence":
            return ()
        holds = test.exists & present & unknown(_unlisted(test), facts=(_says(test),))
        return (Limit(Audience.IDENTITIES, test.spelled, test.values, holds),)
    if meaning is None:
        return ()
    if test.kind == "presence":
        return _by_presence(test, meaning, demands(test))
    if meaning.shape is Shape.FLAG:
        return _by_flag(test, meaning, present)
    if not test.positive:
        return _by_presence(test, meaning, present)
    there = test.exists & present
    if meaning.audience is Audience.ANY_ACCOUNT:
        return _by_presence(test, meaning, there)
    holds = there & _is_narrow(test, meaning)
    limit = Limit(meaning.audience, test.spelled, test.values, _told(test, holds), test.spelling, there)
    return (limit, *_by_presence(test, meaning, there))


def _by_presence(test: Test, meaning: CallerKey, present: Truth) -> tuple[Limit, ...]:
    """What it means that a key is there at all."""
    if present.verdict is Verdict.FALSE:
        return ()
    if meaning.always:
        return ()
    # Services act for whoever owns the resource, and anybody can own one.
    known = meaning.signed or meaning.audience is Audience.SERVICES
    audience = Audience.ANY_ACCOUNT if known else Audience.ANYONE
    return (Limit(audience, test.spelled, test.values, _told(test, present)),)


def _by_flag(test: Test, meaning: CallerKey, present: Truth) -> tuple[Limit, ...]:
    """A key that is `true` or `false`."""
    if test.kind not in ("flag", "text"):
        return _by_presence(test, meaning, present)

    def listed(content: str) -> Truth:
        return test.values.some(lambda value: value.where(lambda text: text.lower() == content))

    only_true = listed("true") & ~listed("false") if test.positive else listed("false") & ~listed("true")
    there = true() if meaning.always else present
    holds = test.exists & only_true & there
    return (Limit(meaning.audience, test.spelled, test.values, _told(test, holds)),)


def _is_narrow(test: Test, meaning: CallerKey) -> Truth:
    """Whether every value leaves only those out of the audience that it names."""
    shape = meaning.shape
    wildcards = test.spelling is not Spelling.PLAIN
    if shape is Shape.PRESENCE:
        return true()
    if shape is Shape.ADDRESS:
        if test.kind != "address":
            return test.values.every(lambda value: is_fixed(value, wildcards=wildcards))
        return are_narrow(test.values)
    if not wildcards and shape is not Shape.USER_ID:
        # Whatever the values are, they are single texts: only a policy variable is not.
        return test.values.seen().every(lambda value: _is_no_variable(value, meaning.audience))

    def narrow(value: Value[str]) -> Truth:
        if shape is Shape.ARN or shape is Shape.SOURCE:
            return _names_an_account(value, test.spelling, source=shape is Shape.SOURCE)
        if shape is Shape.ORG_PATH:
            return _is_fixed_until(value, "/", wildcards=wildcards)
        if shape is Shape.USER_ID:
            return _is_fixed_until(value, ":", wildcards=wildcards) & ~value.equals("anonymous")
        return is_fixed(value, wildcards=True) | decide(_is_resources_own(value), value.fact())

    return test.values.every(lambda value: each_way(value, narrow))


def _is_no_variable(value: Value[str], audience: Audience) -> Truth:
    fixed = is_fixed(value, wildcards=False)
    if audience in (Audience.ORGANIZATION, Audience.ACCOUNTS, Audience.SERVICES) and _is_resources_own(value):
        return true(value.fact())
    return fixed if fixed.verdict is not Verdict.UNKNOWN else true(value.fact())


def _is_resources_own(value: Value[str]) -> bool:
    """Whether it is a policy variable for the account or organization of the resource itself."""
    return (value.or_none() or "").lower() in OF_RESOURCE


def names_an_account(value: Value[str], *, wildcards: bool) -> Truth:
    """Whether an ARN of something in whose name there is no colon, compared with or without wildcards, lets in only
    what belongs to an account that it names."""
    spelling = Spelling.LIKE if wildcards else Spelling.PLAIN
    return each_way(value, lambda one: _names_an_account(one, spelling, source=False))


def _names_an_account(value: Value[str], spelling: Spelling, *, source: bool) -> Truth:
    """Whether an ARN lets in only what belongs to an account, or to one resource, that it names."""
    fact = value.fact()
    if any(isinstance(piece, str) and "${" in piece for piece in pieces_of(value)):
        return false(fact)
    if source and service_in(value) == "s3":  # the ARN of a bucket names no account, but one bucket in the world
        return each_way(value, lambda one: _is_fixed_after(one, "s3:"))
    any_account = admits_any_account(value, spelling, colons=source)
    return decided(None if any_account is None else not any_account, value, fact)


def _is_fixed_after(value: Value[str], mark: str) -> Truth:
    content = value.or_none()
    if content is None:
        return is_fixed(value, wildcards=True)
    name = content.rsplit(":", 1)[-1]
    return decide(mark in content and "*" not in name and "?" not in name, value.fact())


def _is_fixed_until(value: Value[str], end: str, *, wildcards: bool) -> Truth:
    """Whether the value up to the first `end` is one text."""
    pieces = pieces_of(value)
    for piece in pieces:
        if piece is None:
            return decided(None if wildcards else True, value, value.fact())
        if isinstance(piece, str):
            head, found, _ = piece.partition(end)
            if "${" in head or (wildcards and ("*" in head or "?" in head)):
                return false(value.fact())
            if found:
                break
    return true(value.fact())


def _can_be_met(test: Test) -> Truth:
    """Whether some request passes the test."""
    if speaks_of_resource(test.key):
        detail = f"`{test.spelled}` asks about the resource, which is not looked at"
        return unknown(Reason(Why.UNSUPPORTED, detail, origin=_place(test)), facts=(Fact(detail, _place(test)),))
    if test.kind == "flag":
        return decide(test.absent and not is_always_there(test.key)) | passes(test, "true") | passes(test, "false")
    if test.absent or not test.positive or test.kind == "presence":
        return true()
    meaning = _meaning(test)
    if meaning is None:
        return true()

    def plausible(value: Value[str]) -> Truth:
        if not value.settled and value.reference is None and not value.parts:
            return unknown(*value.reasons, facts=(value.fact(),))
        plain = test.spelling is Spelling.PLAIN and test.kind == "text"
        if plain and has_literal_star(value):
            return false(Fact(f"`{test.spelled}` is compared with an asterisk itself", value.origin))
        if plain and meaning.shape is Shape.ACCOUNT:
            answer = looks_like_account(value)
            return decided(answer, value, Fact(f"`{test.spelled}` is compared with what is no account", value.origin))
        return true(value.fact())

    return test.values.some(lambda value: each_way(value, plausible))


def _left_out(test: Test) -> tuple[Limit, ...]:
    """Whom a negative test leaves out: those that it names."""
    meaning = _meaning(test)
    if meaning is None or meaning.audience is Audience.ANY_ACCOUNT or test.kind == "presence":
        return ()
    if meaning.shape is Shape.FLAG:
        named = "true" if not test.positive else "false"
        holds = test.values.some(lambda value: value.where(lambda text: text.lower() == named))
    elif test.positive:
        return ()
    else:
        holds = true()
    return (Limit(meaning.audience, test.spelled, test.values, test.exists & holds, test.spelling),)


def _lenient(test: Test) -> tuple[Limit, ...]:
    """The limit that a test would set if the key had to be there."""
    meaning = _meaning(test)
    if meaning is None or not (test.positive and test.absent) or test.kind == "presence":
        return ()
    holds = test.exists & _is_narrow(test, meaning) if meaning.shape is not Shape.FLAG else false()
    return (Limit(meaning.audience, test.spelled, test.values, holds, test.spelling),)


def _meaning(test: Test) -> CallerKey | None:
    try:
        return caller_key(test.key)
    except KeyError:
        return None


def _unclear(condition: Condition, exists: Truth) -> Limit:
    holds = exists & _not_understood(condition)
    return Limit(Audience.IDENTITIES, condition.key, condition.values, holds)


def _not_understood(condition: Condition) -> Truth:
    detail = f"the operator `{condition.operator}` is not known"
    place = condition.values.owner
    return unknown(Reason(Why.UNSUPPORTED, detail, origin=place), facts=(Fact(detail, place),))


def _says_nothing(test: Test) -> bool:
    """Whether its key says nothing of who calls."""
    try:
        return caller_key(test.key) is None
    except KeyError:
        return False


def _unlisted(test: Test) -> Reason:
    if is_access_point(test.key):
        detail = "whom an access point lets in is said by its own policy"
        return Reason(Why.ELSEWHERE, detail, origin=_place(test))
    return Reason(Why.UNSUPPORTED, f"whether `{test.spelled}` tells who calls is not known", origin=_place(test))


def _told(test: Test, holds: Truth) -> Truth:
    """The truth of a limit, with the condition that it comes from in front."""
    return holds.because(_note(test) if holds.verdict is Verdict.FALSE else _says(test))


def _says(test: Test) -> Fact:
    return Fact(f"`{test.spelled}` limits who", _place(test))


def _note(test: Test) -> Fact:
    return Fact(f"`{test.spelled}` does not limit who", _place(test))


def _place(test: Test) -> Origin:
    """Where the first value stands, or else the whole condition."""
    for value, _ in test.values.members():
        return value.origin
    return test.values.owner
