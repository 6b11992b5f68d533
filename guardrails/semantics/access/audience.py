"""Who may do something to a resource, by which statement of its policies.

Every statement that allows is followed for each of its principals: what its conditions leave of them, and what the
denials leave of those. A denial takes a grant away where it covers all that the statement gives; where it spares some,
the grant remains for those alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.kernel.many import Many
from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Fact, Truth, Verdict, any_of, decide, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.grant import Grant, agree, is_among
from guardrails.semantics.access.letting_in import everyone, let_in
from guardrails.semantics.access.narrowing import Spared, narrowing_of, spared_by
from guardrails.semantics.access.patterns import Spelling, matches, pattern_of
from guardrails.semantics.access.references import with_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy, Principal, Statement
    from guardrails.semantics.access.narrowing import Limit
    from guardrails.semantics.access.patterns import Pattern
    from guardrails.semantics.access.targets import Target

_MOST_WAYS = 64
"""Ways around all denials together that are followed."""


class _Denial(Record):
    """A statement that denies, and how sure it is that it is there."""

    statement: Statement
    exists: Truth
    ways: tuple[Spared, ...]
    """The ways around it that its conditions leave."""
    variables: bool
    """Whether `${…}` stands for something: not in policies older than 2012-10-17."""


def who_may(
    policies: Many[AccessPolicy], actions: tuple[str, ...], target: Target, *, account: Value[str]
) -> Many[Grant]:
    """Who may do any of `actions` to some of `target`, as far as its own policies say; `account` is the resource's own.

    A grant's existence says whether it surely gives one of the actions, and no denial takes it from everybody. What may
    not have been read is a gap. A grant that was read is not doubted because another policy may exist: a bucket, key or
    topic has one.
    """

    def found() -> Many[Grant]:
        question = _Question(policies, actions, target, account)
        return Many(tuple(question.grants()), question.gaps(), owner=policies.owner)

    return Many(found, owner=policies.owner, noun="grant")


class _Question:
    """One question to a set of policies."""

    def __init__(
        self, policies: Many[AccessPolicy], actions: tuple[str, ...], target: Target, account: Value[str]
    ) -> None:
        self._actions = actions
        self._target = target
        self._account = account
        self._policies = policies
        self._allowing: list[tuple[Statement, Truth, bool]] = []
        self._denials: list[_Denial] = []
        self._hidden: list[Reason] = []
        for policy, exists in policies.members():
            variables = policy.version.equals("2012-10-17").verdict is not Verdict.FALSE
            for statement, also in policy.statements.members():
                allows = exists & also & statement.effect.equals("Allow")
                denies = exists & also & statement.effect.equals("Deny")
                if allows.verdict is not Verdict.FALSE:
                    self._allowing.append((statement, allows, variables))
                if denies.verdict is not Verdict.FALSE:
                    ways = spared_by(statement.conditions)
                    self._denials.append(_Denial(statement, denies, ways, variables))
            self._hidden += policy.statements.gaps

    def gaps(self) -> tuple[Reason, ...]:
        return tuple(dict.fromkeys((*self._policies.gaps, *self._hidden)))

    def grants(self) -> Iterator[tuple[Grant, Truth]]:
        seen = true()
        if self._hidden:
            fact = Fact("a statement may exist that was not read, and may deny", self._policies.owner)
            seen = unknown(*dict.fromkeys(self._hidden), facts=(fact,))
        for statement, allows, variables in self._allowing:
            given = allows & touches(statement, self._target, variables=variables)
            if given.verdict is Verdict.FALSE:
                continue
            narrowing = narrowing_of(statement.conditions)
            given = given & narrowing.met
            if given.verdict is Verdict.FALSE:
                continue
            by_denials = self._by_denials(statement)
            for principal, limits, fact, exists in let_in(statement):
                for actions, acts, denials in by_denials:
                    given_here = exists & given & acts & seen
                    base = (*limits, *narrowing.limits)
                    yield from self._remaining(
                        statement, principal, actions, base, (fact, *narrowing.notes), given_here, denials
                    )

    def _by_denials(
        self, statement: Statement
    ) -> list[tuple[tuple[str, ...], Truth, tuple[tuple[_Denial, Truth], ...]]]:
        """The actions that a statement gives, in groups that the same denials apply to."""
        reached = [(denial, denial.exists & self._is_covered(statement, denial)) for denial in self._denials]
        reached = [(denial, covers) for denial, covers in reached if covers.verdict is not Verdict.FALSE]
        groups: dict[tuple[Verdict, ...], tuple[list[str], Truth, tuple[tuple[_Denial, Truth], ...]]] = {}
        for action in self._actions:
            acts = acts_on(statement, action)
            if acts.verdict is Verdict.FALSE:
                continue
            applying = tuple((denial, covers & acts_on(denial.statement, action)) for denial, covers in reached)
            key = (acts.verdict, *(truth.verdict for _, truth in applying))
            names, _, _ = groups.setdefault(key, ([], acts, applying))
            names.append(action)
        return [(tuple(names), acts, applying) for names, acts, applying in groups.values()]

    def _remaining(
        self,
        statement: Statement,
        principal: Principal | None,
        actions: tuple[str, ...],
        limits: tuple[Limit, ...],
        notes: tuple[Fact, ...],
        exists: Truth,
        denials: tuple[tuple[_Denial, Truth], ...],
    ) -> Iterator[tuple[Grant, Truth]]:
        """What denials leave of one grant: one for each way around them."""
        ways: list[tuple[tuple[Limit, ...], Truth]] = [(limits, exists.because(*notes[:1]))]
        for denial, applies in denials:
            if applies.verdict is Verdict.FALSE:
                continue
            ways = [way for before, there in ways for way in self._around(denial, applies, before, there)]
            if len(ways) > _MOST_WAYS:
                reason = Reason(Why.LIMIT, "the denials have more exceptions than are followed")
                ways = [(limits, exists & unknown(reason))]
                break
        for remaining, there in ways:
            there = there & agree(remaining, self._account)
            if there.verdict is not Verdict.FALSE:
                grant = Grant(
                    statement=statement,
                    principal=principal,
                    actions=actions,
                    limits=remaining,
                    notes=notes,
                    own=self._account,
                )
                yield grant, there

    def _around(
        self, denial: _Denial, applies: Truth, limits: tuple[Limit, ...], exists: Truth
    ) -> list[tuple[tuple[Limit, ...], Truth]]:
        """The ways around one denial for those within `limits`."""
        spared, meant = self._spared_principals(denial.statement, limits)
        hits = applies & meant
        if hits.verdict is Verdict.FALSE:
            return [(limits, exists)]
        found: list[tuple[tuple[Limit, ...], Truth]] = []
        for way in (*denial.ways, *spared):
            open_to = way.possible
            if way.without is not None:
                open_to = open_to & ~is_among(limits, way.without, self._account)
            if open_to.verdict is Verdict.TRUE and not way.limits:
                return [(limits, exists)]
            there = exists & (~hits | open_to)
            if there.verdict is not Verdict.FALSE:
                kept = tuple(changed(limit, holds=hits & limit.holds) for limit in way.limits)
                found.append(((*limits, *kept), there))
        if hits.verdict is Verdict.UNKNOWN:  # if it does not hit, nothing changes
            found.append((limits, exists & ~hits))
        return found

    def _spared_principals(self, statement: Statement, limits: tuple[Limit, ...]) -> tuple[tuple[Spared, ...], Truth]:
        """Whom the principal element of a denial spares, and whether it means all who are within `limits`."""
        excepted = ~statement.not_principals.is_empty()
        meant = any_of(
            exists & (everyone(named) | any_of(is_among(limits, limit, self._account) for limit in named_limits))
            for named, named_limits, _, exists in let_in(statement)
        )
        if excepted.verdict is Verdict.FALSE:
            return (), meant
        ways = []
        for _, named_limits, fact, exists in let_in(statement, excepted=True):
            doubt = unknown(_NOT_PRINCIPAL, facts=(fact,))
            ways.append(Spared(named_limits, exists & doubt))
        return tuple(ways), excepted | meant

    def _is_covered(self, allowing: Statement, denial: _Denial) -> Truth:
        """Whether a denial reaches all of the target that the other statement gives."""
        denying = denial.statement
        whole = covers(denying, self._target, variables=denial.variables)
        if whole.verdict is Verdict.TRUE or allowing.resources.gaps:
            return whole

        def reached(element: Value[str]) -> Truth:
            def wider(other: Value[str]) -> Truth:
                if element.alternatives or other.alternatives:
                    return unknown(*(element.reasons or other.reasons), facts=(other.fact(),))
                answer = self._pattern(other).covers(self._pattern(element))
                if answer is None:
                    reasons = other.reasons or element.reasons or (_UNCLEAR,)
                    return unknown(*reasons, facts=(other.fact(),))
                return decide(answer, other.fact())

            return ~self._target.touched_by(element) | denying.resources.some(wider)

        named = ~allowing.resources.is_empty() & allowing.not_resources.is_empty()
        return whole | (named & denying.not_resources.is_empty() & allowing.resources.every(reached))

    def _pattern(self, element: Value[str]) -> Pattern:
        pieces = self._target.surroundings.pieces(element)
        return pattern_of(with_variables(pieces, variables=True) or pieces, Spelling.RESOURCE)


def acts_on(statement: Statement, action: str) -> Truth:
    """Whether a statement speaks of an action."""
    wanted = action.lower()

    def named(element: Value[str]) -> Truth:
        return element.where(lambda text: matches(text.lower(), wanted))

    others = ~statement.not_actions.is_empty()
    return statement.actions.some(named) | (others & ~statement.not_actions.some(named))


def touches(statement: Statement, target: Target, *, variables: bool = True) -> Truth:
    """Whether a statement speaks of some of the target. One without a resource element speaks of what it stands on."""
    neither = statement.resources.is_empty() & statement.not_resources.is_empty()
    others = ~statement.not_resources.is_empty()
    return (
        neither
        | statement.resources.some(lambda element: target.touched_by(element, variables=variables))
        | (others & ~statement.not_resources.some(lambda element: target.covered_by(element, variables=variables)))
    )


def covers(statement: Statement, target: Target, *, variables: bool = True) -> Truth:
    """Whether a statement speaks of all of the target."""
    neither = statement.resources.is_empty() & statement.not_resources.is_empty()
    others = ~statement.not_resources.is_empty()
    return (
        neither
        | statement.resources.some(lambda element: target.covered_by(element, variables=variables))
        | (others & ~statement.not_resources.some(lambda element: target.touched_by(element, variables=variables)))
    )


_NOT_PRINCIPAL = Reason(
    Why.UNSUPPORTED,
    "a denial with NotPrincipal spares a role only where the role, its session and its account are listed",
)
_UNCLEAR = Reason(Why.UNSUPPORTED, "two patterns cannot be compared")
