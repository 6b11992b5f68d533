"""The parts of one statement: the actions it is about, the resources it reaches, and under which conditions."""

from __future__ import annotations

from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, decide, false, true, unknown
from guardrails.semantics.access.conditions import outcome
from guardrails.semantics.access.patterns import Spelling, literal, matches, pattern_of
from guardrails.semantics.access.references import Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model import AccessPolicy, Statement
    from guardrails.semantics.access.conditions import Context, Outcome
    from guardrails.semantics.access.references import Variables

VARIABLES_SINCE = "2012-10-17"
_PLAIN_SIGHT = Surroundings()


def has_variables(policy: AccessPolicy) -> Truth:
    """Whether `${…}` in a policy stands for something; where no version is written it is plain text."""
    return policy.version.equals(VARIABLES_SINCE)


def acts(statement: Statement, action: str) -> Truth:
    """Whether a statement is about an action, `s3:GetObject`."""
    wanted = action.lower()
    services = services_of(statement)
    if services is not None and (wanted.partition(":")[0] not in services or not _is_written(statement, wanted)):
        return statement.remembered("another service", lambda: statement.actions.some(_is_none))

    def named(element: Value[str]) -> Truth:
        return _is_action(element, wanted)

    if statement.actions.gaps or statement.actions.members():
        return statement.actions.some(named)
    excepted = statement.remembered("excepted", lambda: _excepted(statement))
    if excepted is None:
        return ~statement.not_actions.is_empty() & ~statement.not_actions.some(named)
    element = excepted.get(wanted)
    if element is not None:
        return decide(False, element.fact())
    return statement.remembered(
        "not excepted", lambda: ~statement.not_actions.is_empty() & ~statement.not_actions.some(_is_none)
    )


def _excepted(statement: Statement) -> dict[str, Value[str]] | None:
    """What NotAction lists by name; None where anything but names is listed. AWS's own policies list hundreds."""
    members, gaps = statement.not_actions.loaded()
    if gaps or not members:
        return None
    named: dict[str, Value[str]] = {}
    for element, exists in members:
        text = (element.or_none() or "").lower()
        if not text or "*" in text or "?" in text or exists.verdict is not Verdict.TRUE or exists.facts:
            return None
        named.setdefault(text, element)
    return named


def services_of(statement: Statement) -> frozenset[str] | None:
    """The services that the actions of a statement are of, as written: most statements are about others than are asked
    for. None where one of them may be of any."""
    return statement.remembered("services", lambda: _services(statement))


def _services(statement: Statement) -> frozenset[str] | None:
    members, gaps = statement.actions.loaded()
    if gaps or not members:
        return None
    named: set[str] = set()
    for element, _ in members:
        service, colon, _ = (element.or_none() or "").lower().partition(":")
        if element.parts or not colon or "*" in service or "?" in service:
            return None
        named.add(service)
    return frozenset(named)


def _is_written(statement: Statement, wanted: str) -> bool:
    """Whether an action is among those of a statement whose services are known: then all of them are."""
    names, patterns = statement.remembered("written", lambda: _written(statement))
    return wanted in names or any(matches(pattern, wanted) for pattern in patterns)


def _written(statement: Statement) -> tuple[frozenset[str], tuple[str, ...]]:
    texts = [(element.or_none() or "").lower() for element, _ in statement.actions.members()]
    patterns = tuple(text for text in texts if "*" in text or "?" in text)
    return frozenset(texts).difference(patterns), patterns


def _is_none(element: Value[str]) -> Truth:
    return decide(False, element.fact())


def _is_action(element: Value[str], wanted: str) -> Truth:
    if not element.parts:
        return element.where(lambda text: matches(text.lower(), wanted))
    pieces = tuple(piece.lower() if isinstance(piece, str) else piece for piece in _PLAIN_SIGHT.pieces(element))
    said = pattern_of(pieces, Spelling.LIKE).covers(literal((wanted,)))
    return unknown(*element.reasons, facts=(element.fact(),)) if said is None else decide(said, element.fact())


def reaches_all(statement: Statement, target: Reached, variables: Truth, context: Context | None = None) -> Truth:
    """Whether a statement is about all of a target."""
    return _reaches(statement, target.covered_by, target.touched_by, variables, context)


def reaches_some(statement: Statement, target: Reached, variables: Truth, context: Context | None = None) -> Truth:
    """Whether a statement is about some of a target."""
    return _reaches(statement, target.touched_by, target.covered_by, variables, context)


def _reaches(
    statement: Statement, reaching: Reaches, excluding: Reaches, variables: Truth, context: Context | None
) -> Truth:
    """`reaching` is asked of the elements of `Resource`, `excluding` of those of `NotResource`."""
    chosen: Variables = True if context is None else context.variable

    def either(question: Reaches) -> Callable[[Value[str]], Truth]:
        if variables.verdict is Verdict.FALSE:
            return lambda element: question(element, variables=False)
        if variables.verdict is Verdict.TRUE:
            return lambda element: question(element, variables=chosen)
        return lambda element: _same_both_ways(element, question, chosen, variables)

    if statement.resources.gaps or statement.resources.members():
        return statement.resources.some(either(reaching))
    # A trust policy has no resource element: it speaks of the role it stands on.
    nothing = statement.not_resources.is_empty()
    if nothing.verdict is Verdict.TRUE:
        return true()
    return ~nothing & ~statement.not_resources.some(either(excluding))


def _same_both_ways(element: Value[str], question: Reaches, chosen: Variables, variables: Truth) -> Truth:
    """The answer if it is the same whether variables stand for something or not."""
    read, plain = question(element, variables=chosen), question(element, variables=False)
    return read if read.verdict is plain.verdict else unknown(*variables.reasons, facts=variables.facts)


class Reading:
    """One statement of a policy, read with respect to a target and a context; each part once, when it is asked for.

    With `whole` an allowing statement must reach all of the target, else some of it will do. No target stands for
    whatever the statement names.
    """

    __slots__ = (
        "_acts",
        "_outcome",
        "_reached",
        "_whole",
        "context",
        "exists",
        "policy",
        "statement",
        "target",
        "variables",
    )

    def __init__(
        self,
        policy: AccessPolicy,
        statement: Statement,
        exists: Truth,
        target: Reached | None,
        context: Context,
        *,
        whole: bool = False,
    ) -> None:
        self.policy = policy
        self.statement = statement
        self.exists = exists
        self.target = target
        self.context = context
        self.variables = has_variables(policy)
        self._whole = whole
        self._acts: dict[str, Truth] = {}
        self._reached: dict[bool, Truth] = {}
        self._outcome: Outcome | None = None

    def acts(self, action: str) -> Truth:
        found = self._acts.get(action)
        if found is None:
            found = self._acts[action] = acts(self.statement, action)
        return found

    def reaches(self, *, whole: bool) -> Truth:
        found = self._reached.get(whole)
        if found is None:
            target, ask = self.target, reaches_all if whole else reaches_some
            found = true() if target is None else ask(self.statement, target, self.variables, self.context)
            self._reached[whole] = found
        return found

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            self._outcome = outcome(self.statement.conditions, self.context, variables=self.variables)
        return self._outcome

    def allows(self, action: str) -> Truth:
        """Whether the statement, if nothing else speaks against it, allows the action to a caller who chooses what it
        may."""
        return self._says("Allow", action, whole=self._whole)

    def denies(self, action: str) -> Truth:
        """Whether the statement denies the action on all of the target, and no choice of the caller avoids that."""
        return self._says("Deny", action, whole=True)

    def _says(self, effect: str, action: str, *, whole: bool) -> Truth:
        """What decides comes first: the reach, which says most, then the action."""
        fitting = self.exists & self.statement.effect.equals(effect)
        if fitting.verdict is Verdict.FALSE:
            return fitting
        acting = self.acts(action)
        if acting.verdict is Verdict.FALSE:
            return acting
        reached = self.reaches(whole=whole)
        if reached.verdict is Verdict.FALSE:
            return reached
        met = self.outcome.can_hold if effect == "Allow" else ~self.outcome.can_fail
        return all_of((reached, acting, met, fitting))


class Readings:
    """All statements of some policies, read with respect to a target and a context."""

    __slots__ = ("_policies", "all", "missing")

    def __init__(
        self, policies: Many[AccessPolicy], target: Reached | None, context: Context, *, whole: bool = False
    ) -> None:
        found: list[Reading] = []
        members, gaps = policies.loaded()
        missing = list(gaps)
        for policy, exists in members:
            statements, more = policy.statements.loaded()
            missing += more
            found += [
                Reading(policy, statement, exists & also, target, context, whole=whole)
                for statement, also in statements
            ]
        self.all = tuple(found)
        self.missing = tuple(dict.fromkeys(missing))
        """Why statements may be missing."""
        self._policies = policies

    def some(self, test: Callable[[Reading], Truth]) -> Truth:
        """Whether a statement passes; unknown rather than FALSE where statements may be missing."""
        found = false()
        for reading in self.all:
            found = found | test(reading)
            if found.verdict is Verdict.TRUE:
                return found
        if self.missing:
            return found | unknown(*self.missing, facts=(Fact("a policy may say so", self._policies.owner),))
        if found.verdict is Verdict.UNKNOWN or found.facts:
            return found
        return false(Fact("no statement says so", self._policies.owner))


if TYPE_CHECKING:
    from typing import Protocol

    class Reached(Protocol):
        """What an action is on."""

        def covered_by(self, element: Value[str], /, *, variables: Variables) -> Truth: ...

        def touched_by(self, element: Value[str], /, *, variables: Variables) -> Truth: ...

    class Reaches(Protocol):
        def __call__(self, element: Value[str], /, *, variables: Variables) -> Truth: ...
