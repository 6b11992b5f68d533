"""Conditions of a statement: whether a request meets them, or whether one can be made that does.

A `Context` says what a request carries. Of a key that it does not mention it says that the request lacks it, that the
caller may choose it, or that nobody knows. An `Outcome` has two answers, whether the conditions can be met and whether
they can be failed: they say the same unless the caller may choose.
"""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.automaton import FRESH, Hole, Literal
from guardrails.semantics.access.comparisons import comparison, operator
from guardrails.semantics.access.references import Surroundings, with_variables
from guardrails.semantics.access.targets import Target, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from guardrails.kernel.many import Many
    from guardrails.kernel.origin import Origin
    from guardrails.kernel.value import Value
    from guardrails.model import Condition
    from guardrails.semantics.access.comparisons import Operator
    from guardrails.semantics.access.references import Pieces, Variables

_MOST_TRIED = 200
"""Values tried for one key that the caller may choose."""


class Rest(Enum):
    """What a context says of the keys that it does not mention."""

    ABSENT = "absent"
    FREE = "free"
    """The caller may choose them, or leave them out."""
    UNKNOWN = "unknown"


class Context:
    """What a request carries: values by condition key, several for a key that may have several."""

    __slots__ = ("absent", "known", "rest")

    def __init__(
        self,
        known: Mapping[str, str | Target | Sequence[str | Target]] | None = None,
        *,
        absent: Iterable[str] = (),
        rest: Rest = Rest.ABSENT,
    ) -> None:
        """`absent` are keys that the request surely lacks. Names of keys are compared without regard to case."""
        self.known: dict[str, tuple[Target, ...]] = {}
        for key, said in (known or {}).items():
            several = (said,) if isinstance(said, (str, Target)) else said
            self.known[key.lower()] = tuple(text(one) if isinstance(one, str) else one for one in several)
        self.absent = frozenset(key.lower() for key in absent)
        self.rest = rest

    def of(self, key: str) -> tuple[Target, ...] | Rest:
        """The values of a key, given in lower case; ABSENT, FREE or UNKNOWN where there are none to name."""
        found = self.known.get(key)
        if found is not None:
            return found
        return Rest.ABSENT if key in self.absent else self.rest

    def over(self, other: Context) -> Context:
        """What this context says, and of the keys that it does not mention what the other says."""
        joined = Context(rest=other.rest)
        joined.known = {**{key: said for key, said in other.known.items() if key not in self.absent}, **self.known}
        joined.absent = (self.absent | other.absent).difference(joined.known)
        return joined

    def variable(self, key: str, default: str | None) -> Pieces | None:
        """What a policy variable stands for; None where the request does not say and there is no default."""
        said = self.of(key)
        if isinstance(said, tuple):
            forms = said[0].forms() if len(said) == 1 else ()
            whole = forms[0].text if len(forms) == 1 else None
            if whole is not None:
                return (Literal(whole),)
            reasons = tuple(reason for form in forms for reason in form.reasons)
            return (Hole(("variable", key), "*?", reasons=reasons or (_unsaid(key),)),) if said else None
        if said is Rest.ABSENT:
            return None if default is None else (Literal(default),)
        return (Hole(("variable", key), "*?", reasons=() if said is Rest.FREE else (_unsaid(key),)),)


class Outcome(Record):
    """Whether conditions can be met, and whether they can be failed."""

    can_hold: Truth
    can_fail: Truth


def outcome(conditions: Many[Condition], context: Context, *, variables: Truth) -> Outcome:
    """What becomes of all conditions of a statement together. `variables` says whether the policy is of the version
    in which `${…}` stands for something.

    Keys that the caller may choose are taken one by one: it is tried whether one choice meets all that is asked of it.
    """
    members, gaps = conditions.loaded()
    holding: list[Truth] = []
    failing: list[Truth] = []
    chosen: dict[str, list[tuple[Condition, Truth]]] = {}
    for condition, exists in members:
        key = condition.key.lower()
        said = context.of(key)
        if said is Rest.FREE:
            chosen.setdefault(key, []).append((condition, exists))
            continue
        if said is Rest.UNKNOWN:
            met = _whatever_it_is(condition, context, variables)
        else:
            met = _met(condition, said, context, variables)
        holding.append(~exists | met)
        failing.append(exists & ~met)
    for several in chosen.values():
        choice = _choice(several, context, variables)
        holding.append(choice.can_hold)
        failing.append(choice.can_fail)
    if gaps:
        missing = unknown(*gaps, facts=(Fact("a condition may exist that was not read", conditions.owner),))
        holding.append(missing)
        failing.append(missing)
    return Outcome(all_of(holding), any_of(failing))


def met(conditions: Many[Condition], context: Context, *, variables: Truth) -> Truth:
    """Whether a request with this context, which leaves nothing to the caller, meets all conditions."""
    return outcome(conditions, context, variables=variables).can_hold


def _met(condition: Condition, said: tuple[Target, ...] | Rest, context: Context, variables: Truth) -> Truth:
    """Whether one condition is met by a key with these values, or by its absence."""
    if variables.verdict is Verdict.UNKNOWN and _has_variables(condition.values):
        answers = [_compared(condition, said, reading) for reading in (context.variable, False)]
        same = answers[0].verdict is answers[1].verdict
        return answers[0] if same else unknown(*variables.reasons, facts=variables.facts)
    return _compared(condition, said, context.variable if variables.verdict is Verdict.TRUE else False)


def _compared(condition: Condition, said: tuple[Target, ...] | Rest, variables: Variables) -> Truth:
    how = operator(condition.operator)
    values = condition.values
    if how.family == "null":
        wanted = "false" if isinstance(said, tuple) and said else "true"
        return values.some(lambda value: value.where(lambda written: written.lower() == wanted))
    compare = comparison(how.family)
    if compare is None:
        return unknown(_no_operator(condition), facts=(_fact(condition, "is not understood"),))
    if not isinstance(said, tuple) or not said:
        return decide(how.holds_if_absent, _fact(condition, "is about a key that the request lacks"))
    if variables is not False and any(_dangles(value, variables, said) for value, _ in values.members()):
        return decide(False, _fact(condition, "has a variable that the request does not give"))

    def meets(key: Target) -> Truth:
        matching = values.some(lambda value: compare(value, key, variables))
        return ~matching if how.negated else matching

    every = how.quantifier == "all" or (not how.quantifier and how.negated)
    answer = all_of(map(meets, said)) if every else any_of(map(meets, said))
    lacking = [reason for value, _ in values.members() for reason in _perhaps_dangles(value, variables, said)]
    return answer & unknown(*lacking) if lacking else answer


def _whatever_it_is(condition: Condition, context: Context, variables: Truth) -> Truth:
    """Whether a condition is met whatever its key is: hardly ever known."""
    choice = _choice([(condition, decide(True))], context, variables)
    if choice.can_hold.verdict is Verdict.FALSE:
        return choice.can_hold
    if choice.can_fail.verdict is Verdict.FALSE:
        return ~choice.can_fail
    return unknown(_unsaid(condition.key), facts=(_fact(condition, "is about a request that is not known"),))


# --- keys that the caller may choose ---------------------------------------------------------------------------------


def _choice(conditions: Sequence[tuple[Condition, Truth]], context: Context, variables: Truth) -> Outcome:
    """What the caller can make of all conditions on one key by choosing its values.

    Tried are its absence, the values that the conditions name and their neighbours, and one that nobody names.
    """
    holding: list[Truth] = []
    failing: list[Truth] = []
    for said in _worth_trying(conditions, context):
        answers = [(exists, _met(condition, said, context, variables)) for condition, exists in conditions]
        holding.append(all_of(~exists | answer for exists, answer in answers))
        failing.append(any_of(exists & ~answer for exists, answer in answers))
    can_hold, can_fail = any_of(holding), any_of(failing)
    first = conditions[0][0]
    if can_hold.verdict is not Verdict.TRUE and len(conditions) == 1 and first.values.gaps:
        # A list that was not read is not empty: it names a value, and that may be chosen.
        can_hold = decide(True, _fact(first, "can be met"))
    if can_hold.verdict is Verdict.FALSE and not any(_is_finite(condition) for condition, _ in conditions):
        why = Reason(
            Why.LIMIT,
            f"it is not clear whether a request can meet all conditions on `{first.key}`",
            origin=_place(first),
        )
        can_hold = unknown(why, facts=can_hold.facts)
    return Outcome(can_hold, can_fail)


def _worth_trying(
    conditions: Sequence[tuple[Condition, Truth]], context: Context
) -> Iterator[tuple[Target, ...] | Rest]:
    yield Rest.ABSENT
    yield ()
    tried = {FRESH, FRESH * 3, "true", "false"}
    for one in tried:
        yield (text(one),)
    budget = _MOST_TRIED
    for condition, _ in conditions:
        how = operator(condition.operator)
        for value, _ in condition.values.members():
            content = value.or_none()
            if content is None:
                for one_of in value.alternatives or (value,):
                    yield (text(*Surroundings().pieces(one_of)),)
                continue
            if "${" in content:
                yield (text(*with_variables((content,), context.variable) or ()),)
            for near in _near(how, content):
                if near not in tried and budget:
                    budget -= 1
                    tried.add(near)
                    yield (text(near),)


def _near(how: Operator, written: str) -> Iterable[str]:
    """Values that a comparison with `written` may tell apart."""
    if how.family in ("stringlike", "arnlike"):
        return (written, *(written.replace("*", filler).replace("?", FRESH) for filler in ("", FRESH)))
    if how.family.startswith("numeric"):
        try:
            number = float(written)
        except ValueError:
            return (written,)
        return (written, repr(number - 1), repr(number + 1))
    if how.family.startswith("date"):
        return (written, "-2208988800", "4102444800")  # long ago, and long hence
    if how.family == "ipaddress":
        from ipaddress import ip_network

        try:
            network = ip_network(written, strict=False)
        except ValueError:
            return (written,)
        outside = ("192.0.2.1", "8.8.8.8", "2001:db8::1", "::")
        return (str(network.network_address), str(network.broadcast_address), *outside)
    return (written,)


def _is_finite(condition: Condition) -> bool:
    """Whether only values that are tried can meet it."""
    how = operator(condition.operator)
    members, gaps = condition.values.loaded()
    if gaps or how.negated:
        return False
    if not members:
        return True
    finite = how.family in ("stringequals", "stringequalsignorecase", "bool", "binaryequals", "null")
    return finite and all(value.settled for value, _ in members)


# --- words -----------------------------------------------------------------------------------------------------------


def _has_variables(values: Many[Value[str]]) -> bool:
    return any("${" in piece for value, _ in values.members() for piece in _texts(value))


def _dangles(value: Value[str], variables: Variables, said: tuple[Target, ...]) -> bool:
    """Whether a value has a policy variable of which the request says nothing."""
    if not any("${" in piece for piece in _texts(value)):
        return False
    return with_variables(said[0].surroundings.pieces(value), variables) is None


def _perhaps_dangles(value: Value[str], variables: Variables, said: tuple[Target, ...]) -> Iterator[Reason]:
    """Why it is not known whether the request gives a policy variable of a value."""
    if variables is False or not any("${" in piece for piece in _texts(value)):
        return
    for piece in with_variables(said[0].surroundings.pieces(value), variables) or ():
        if isinstance(piece, Hole) and isinstance(piece.identity, tuple) and piece.identity[:1] == ("variable",):
            yield from piece.reasons


def _texts(value: Value[str]) -> Iterator[str]:
    content = value.or_none()
    if content is not None:
        yield content
    yield from (part for part in value.parts if isinstance(part, str))


def _fact(condition: Condition, state: str) -> Fact:
    return Fact(f"the condition on `{condition.key}` {state}", _place(condition))


def _place(condition: Condition) -> Origin:
    return condition.values.owner


def _unsaid(key: str) -> Reason:
    return Reason(Why.ELSEWHERE, f"what requests say of `{key}` is not known")


def _no_operator(condition: Condition) -> Reason:
    return Reason(Why.UNSUPPORTED, f"there is no condition operator `{condition.operator}`", origin=_place(condition))
