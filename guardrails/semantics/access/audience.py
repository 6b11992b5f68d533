"""Who may do something to a resource, by which statement of its policies.

Every statement that allows is followed for each of its principals: what its conditions leave of them, and what the
denials leave of those. A denial takes a grant away where it covers all that the statement gives; where it spares some,
the grant remains for those alone.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import Record, changed
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, decide, true, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.caller_keys import Audience, come_together
from guardrails.semantics.access.condition_tests import can_both_hold
from guardrails.semantics.access.grant import Grant, agree, is_among
from guardrails.semantics.access.letting_in import everyone, let_in
from guardrails.semantics.access.narrowing import Spared, narrowing_of, spared_by
from guardrails.semantics.access.patterns import Spelling, pattern_of
from guardrails.semantics.access.references import with_variables
from guardrails.semantics.access.statements import acts, has_variables, reaches_all, reaches_some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy, Principal, Statement
    from guardrails.semantics.access.condition_tests import Test
    from guardrails.semantics.access.narrowing import Limit
    from guardrails.semantics.access.patterns import Pattern
    from guardrails.semantics.access.targets import Target

_MOST_WAYS = 256
"""Ways around all denials together that are followed."""


class _Way(Record):
    """Those who are left of a grant: all within `limits` but not within `left_out`. `lenient` are limits on those only
    whose requests have the key; `asked` is demanded of keys that say nothing of who calls."""

    limits: tuple[Limit, ...]
    left_out: tuple[Limit, ...]
    lenient: tuple[Limit, ...]
    asked: tuple[Test, ...]
    exists: Truth

    def bound(self) -> tuple[Limit, ...]:
        """The limits, with those lenient ones whose key the others ask for."""
        found = list(self.limits)
        for limit in self.lenient:
            asked = any_of(other.holds for other in self.limits if come_together(other.key, limit.key))
            found.append(changed(limit, holds=limit.holds & asked))
        return tuple(found)


class _Denial(Record):
    """A statement that denies, and how sure it is that it is there."""

    statement: Statement
    exists: Truth
    ways: tuple[Spared, ...]
    """The ways around it that its conditions leave."""
    names_some: bool
    """Whether it may mean some of those who are stated together elsewhere, and spare the others."""
    variables: Truth
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
        self._allowing: list[tuple[Statement, Truth, Truth]] = []
        self._denials: list[_Denial] = []
        self._hidden: list[Reason] = []
        for policy, exists in policies.members():
            variables = has_variables(policy)
            for statement, also in policy.statements.members():
                allows = exists & also & statement.effect.equals("Allow")
                denies = exists & also & statement.effect.equals("Deny")
                if allows.verdict is not Verdict.FALSE:
                    self._allowing.append((statement, allows, variables))
                if denies.verdict is not Verdict.FALSE:
                    ways = spared_by(statement.conditions)
                    self._denials.append(_Denial(statement, denies, ways, _names_some(statement, ways), variables))
            self._hidden += policy.statements.gaps

    def gaps(self) -> tuple[Reason, ...]:
        return tuple(dict.fromkeys((*self._policies.gaps, *self._hidden)))

    def grants(self) -> Iterator[tuple[Grant, Truth]]:
        seen = true()
        if self._hidden:
            fact = Fact("a statement may exist that was not read, and may deny", self._policies.owner)
            seen = unknown(*dict.fromkeys(self._hidden), facts=(fact,))
        for statement, allows, variables in self._allowing:
            given = allows & reaches_some(statement, self._target, variables)
            if given.verdict is Verdict.FALSE:
                continue
            narrowing = narrowing_of(statement.conditions)
            given = given & narrowing.met
            if given.verdict is Verdict.FALSE:
                continue
            by_denials = self._by_denials(statement)
            for principal, limits, fact, exists in let_in(statement):
                left_out = (*narrowing.left_out, *(_excepted(statement) if principal is None else ()))
                for actions, said, denials in by_denials:
                    there = (exists & given & said & seen).because(fact)
                    way = _Way((*limits, *narrowing.limits), left_out, narrowing.lenient, narrowing.asked, there)
                    notes = (fact, *narrowing.notes)
                    yield from self._remaining(statement, principal, actions, notes, way, denials)

    def _by_denials(
        self, statement: Statement
    ) -> list[tuple[tuple[str, ...], Truth, tuple[tuple[_Denial, Truth], ...]]]:
        """The actions that a statement gives, in groups that the same denials apply to."""
        reached = [(denial, denial.exists & self._is_covered(statement, denial)) for denial in self._denials]
        reached = [(denial, covers) for denial, covers in reached if covers.verdict is not Verdict.FALSE]
        groups: dict[tuple[Verdict, ...], tuple[list[str], Truth, tuple[tuple[_Denial, Truth], ...]]] = {}
        for action in self._actions:
            said = acts(statement, action)
            if said.verdict is Verdict.FALSE:
                continue
            applying = tuple((denial, covers & acts(denial.statement, action)) for denial, covers in reached)
            key = (said.verdict, *(truth.verdict for _, truth in applying))
            names, _, _ = groups.setdefault(key, ([], said, applying))
            names.append(action)
        return [(tuple(names), said, applying) for names, said, applying in groups.values()]

    def _remaining(
        self,
        statement: Statement,
        principal: Principal | None,
        actions: tuple[str, ...],
        notes: tuple[Fact, ...],
        given: _Way,
        denials: tuple[tuple[_Denial, Truth], ...],
    ) -> Iterator[tuple[Grant, Truth]]:
        """What denials leave of one grant: one for each way around them."""
        naming = (denial.names_some for denial, applies in denials if applies.verdict is not Verdict.FALSE)
        apart = bool(given.left_out) or any(naming)
        ways = _one_by_one(given) if apart else [given]
        for denial, applies in denials:
            left = (way for before in ways for way in self._around(denial, applies, before))
            split = (one for way in left for one in (_one_by_one(way) if apart else (way,)))
            ways = [way for way in split if agree(way.limits, self._account).verdict is not Verdict.FALSE]
            if len(ways) > _MOST_WAYS:
                reason = Reason(Why.LIMIT, "the denials have more exceptions than are followed")
                ways = [changed(given, exists=given.exists & unknown(reason))]
                break
        for way in _merged(given, ways):
            limits = way.bound()
            there = way.exists & agree(limits, self._account) & ~self._are_left_out(limits, way.left_out)
            if there.verdict is not Verdict.FALSE:
                grant = Grant(
                    statement=statement,
                    principal=principal,
                    actions=actions,
                    limits=limits,
                    notes=notes,
                    own=self._account,
                )
                yield grant, there

    def _around(self, denial: _Denial, applies: Truth, before: _Way) -> list[_Way]:
        """The ways around one denial for those who are left."""
        if applies.verdict is Verdict.FALSE:
            return [before]
        spared, meant = self._spared_principals(denial.statement, before.limits)
        hits = applies & meant
        if hits.verdict is Verdict.FALSE:
            return [before]
        found: list[_Way] = []
        for way in (*denial.ways, *spared):
            open_to = way.possible & ~self._are_left_out(before.limits, way.left_out) & _fit(before.asked, way.asked)
            if open_to.verdict is Verdict.TRUE and not (way.limits or way.left_out or way.lenient or way.asked):
                return [before]
            there = before.exists & (~hits | open_to)
            if there.verdict is not Verdict.FALSE:
                found.append(
                    _Way(
                        (*before.limits, *_where(hits, way.limits)),
                        (*before.left_out, *_where(hits, way.left_out)),
                        (*before.lenient, *_where(hits, way.lenient)),
                        (*before.asked, *(changed(test, exists=hits & test.exists) for test in way.asked)),
                        there,
                    )
                )
        if hits.verdict is Verdict.UNKNOWN:  # if it does not hit, nothing changes
            found.append(changed(before, exists=before.exists & ~hits))
        return found

    def _are_left_out(self, limits: tuple[Limit, ...], left_out: tuple[Limit, ...]) -> Truth:
        """Whether all who are within the limits are left out."""
        return any_of(is_among(limits, excluded, self._account) for excluded in left_out)

    def _spared_principals(self, statement: Statement, limits: tuple[Limit, ...]) -> tuple[tuple[Spared, ...], Truth]:
        """Whom the principal element of a denial spares, and whether it means all who are within `limits`."""
        meant = any_of(
            exists & (everyone(named) | any_of(is_among(limits, limit, self._account) for limit in named_limits))
            for named, named_limits, _, exists in let_in(statement)
        )
        ways = []
        for _, named_limits, fact, exists in let_in(statement, excepted=True):
            doubt = unknown(_NOT_PRINCIPAL, facts=(fact,))
            ways.append(Spared(named_limits, exists & doubt))
        return tuple(ways), meant

    def _is_covered(self, allowing: Statement, denial: _Denial) -> Truth:
        """Whether a denial reaches all of the target that the other statement gives."""
        denying = denial.statement
        whole = reaches_all(denying, self._target, denial.variables)
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


def _names_some(denying: Statement, ways: tuple[Spared, ...]) -> bool:
    everybody = denying.principals.some(lambda principal: everyone(principal)).verdict is Verdict.TRUE
    return not everybody or any(way.left_out for way in ways)


def _one_by_one(way: _Way) -> list[_Way]:
    """Those who are stated together, in ways of their own: a denial may mean some of them."""
    found = [way]
    for at, limit in enumerate(way.limits):
        members, gaps = limit.values.loaded()
        if limit.audience not in _STATED or len(members) < 2:
            continue
        single: list[tuple[Limit, Truth]] = [
            (changed(limit, values=Many(((value, true()),), owner=limit.values.owner)), exists)
            for value, exists in members
        ]
        if gaps:
            single.append((changed(limit, values=Many((), gaps, owner=limit.values.owner)), unknown(*gaps)))
        found = [
            changed(one, limits=(*one.limits[:at], alone, *one.limits[at + 1 :]), exists=one.exists & exists)
            for one in found
            for alone, exists in single
        ]
    return found


_STATED = (Audience.ORGANIZATION, Audience.ACCOUNTS, Audience.IDENTITIES)


def _merged(given: _Way, ways: list[_Way]) -> list[_Way]:
    """The ways, those for the same callers as one; only that for all of them if it is surely there."""
    groups: dict[tuple[tuple[Limit, ...], ...], _Way] = {}
    for way in ways:
        key = (way.limits, way.left_out, way.lenient)
        known = groups.get(key)
        groups[key] = way if known is None else changed(known, exists=known.exists | way.exists)
    whole = groups.get((given.limits, given.left_out, given.lenient))
    return [whole] if whole is not None and whole.exists.verdict is Verdict.TRUE else list(groups.values())


def _fit(before: tuple[Test, ...], asked: tuple[Test, ...]) -> Truth:
    """Whether what is asked of keys can be had together with what was asked of them before."""
    return all_of(
        ~one.exists | ~other.exists | can_both_hold(one, other)
        for one in asked
        for other in before
        if one.key == other.key
    )


def _where(condition: Truth, limits: tuple[Limit, ...]) -> Iterator[Limit]:
    """The limits as they hold where a condition does."""
    return (changed(limit, holds=condition & limit.holds) for limit in limits)


def _excepted(statement: Statement) -> tuple[Limit, ...]:
    """Whom NotPrincipal leaves out of a grant to everyone else."""
    found = let_in(statement, excepted=True)
    return tuple(limit for _, limits, _, exists in found for limit in _where(exists, limits))


def acts_on(statement: Statement, action: str) -> Truth:
    """Whether a statement speaks of an action."""
    return acts(statement, action)


def touches(statement: Statement, target: Target, *, variables: bool = True) -> Truth:
    """Whether a statement speaks of some of the target. One without a resource element speaks of what it stands on."""
    return reaches_some(statement, target, decide(variables))


def covers(statement: Statement, target: Target, *, variables: bool = True) -> Truth:
    """Whether a statement speaks of all of the target."""
    return reaches_all(statement, target, decide(variables))


_NOT_PRINCIPAL = Reason(
    Why.UNSUPPORTED,
    "a denial with NotPrincipal spares a role only where the role, its session and its account are listed",
)
_UNCLEAR = Reason(Why.UNSUPPORTED, "two patterns cannot be compared")
