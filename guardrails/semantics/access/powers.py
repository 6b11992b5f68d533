"""What an identity may do to the audit trail, by which statement of its own policies."""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import Noun
from guardrails.kernel.truth import Fact, Truth, Verdict, all_of, any_of, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.conditions import Context, Rest
from guardrails.semantics.access.decision import granted_by
from guardrails.semantics.access.patterns import Spelling, pattern_of
from guardrails.semantics.access.principals import caller_of
from guardrails.semantics.access.references import Surroundings
from guardrails.semantics.access.statements import Readings, services_of
from guardrails.semantics.access.targets import Target, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.kernel.origin import Origin
    from guardrails.model.access import Statement
    from guardrails.model.identity import Identity
    from guardrails.semantics.access.statements import Reading

MOST_COMPARISONS = 1_000_000
"""Of identities with what they may reach, in one root: each is compared with each, by every action."""
_TOLD = 4
"""Statements that are pointed at; who may do all of it by twenty of them is told enough by the first."""
_NAMED = 4
"""Actions that are named; of more it is said how many."""
_NOWHERE = "a-name-that-nobody-gives"
"""A resource that is reached only by whoever may reach all of them."""


class Power(Noun):
    """What one statement lets an identity do."""

    statement: Statement
    actions: tuple[str, ...]
    """Those of the actions asked for that it gives, perhaps or surely."""
    place: Origin
    """Where the statement names the first of them."""
    on: tuple[str, ...] = ()
    """The addresses of what they are on, where single resources were asked about."""

    @property
    def fact(self) -> Fact:
        """The statement, in words."""
        named = ", ".join(f"`{action}`" for action in self.actions[:_NAMED])
        more = f" and {len(self.actions) - _NAMED} more" if len(self.actions) > _NAMED else ""
        on = f" on `{self.on[0]}`" if self.on else ""
        others = " and others" if len(self.on) > 1 else ""
        return Fact(f"this statement allows {named}{more}{on}{others}", self.place)


class Asked(Noun):
    """Some actions on something."""

    actions: tuple[str, ...]
    target: Target
    on: str = ""
    """The address of a resource that it is; empty where it is not a single one."""
    refused: Reason | None = None
    """Why nothing is asked, though there is something to ask about."""
    perhaps: tuple[Reason, ...] = ()
    """Why it is not known whether any of the target is what is meant."""


def asked(actions: Iterable[str], target: Target, on: str = "", perhaps: tuple[Reason, ...] = ()) -> Asked:
    return Asked(actions=tuple(actions), target=target, on=on, perhaps=perhaps)


def not_asked(reason: Reason) -> Asked:
    """What stands for questions that are too many: nobody knows what an identity may do."""
    return Asked(actions=(), target=no_resource(), refused=reason)


class _Budget:
    """How many comparisons of what is asked with statements are left."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_COMPARISONS


def comparing(identity: Identity, count: int) -> Reason | None:
    """Counts comparisons of statements or resources with an identity; the reason not to make them where its root has
    made too many already."""
    budget = identity.account.remembered("comparisons", _Budget)
    budget.left -= count
    if budget.left >= 0:
        return None
    detail = f"there are more than the {MOST_COMPARISONS} comparisons of identities with what they reach"
    return Reason(Why.LIMIT, detail, "divide the root module", identity.account.origin)


def arns_like(pattern: str) -> Target:
    """All resources whose ARN fits a pattern, `arn:*:cloudtrail:*:*:trail/*`."""
    return Target(Surroundings(), "", forms=(pattern_of((pattern,), Spelling.RESOURCE),))


def no_resource() -> Target:
    """What an action is on that knows no resources: only `*` reaches it."""
    return text("*")


def powers_of(identity: Identity, questions: Iterable[Asked]) -> Many[Power]:
    """By which of its own policies an identity may do any of what is asked, in some circumstance.

    Boundary and denials are respected, those of a user's groups as well; what those groups allow is theirs. Conditions
    count as met where the caller can choose, and are compared with the identity where they ask who it is.
    """

    def found() -> Many[Power]:
        named: dict[int, tuple[Reading, list[str], list[Truth], list[str]]] = {}
        gaps = dict.fromkeys((*identity.seen_policies.gaps, *_missing(identity)))
        asking: list[Asked] = []
        for question in questions:
            if question.refused is not None:
                gaps[question.refused] = None
            elif _may_speak_of(identity, question):
                asking.append(question)
        if not asking:
            return Many((), tuple(gaps), owner=identity.seen_policies.owner)
        context = _context(identity)
        unlimited = identity.boundary.is_empty()
        for question in asking:
            readings = Readings(identity.powers, question.target, context)
            refused = comparing(identity, len(readings.all) * len(question.actions))
            if refused is not None:
                gaps[refused] = None
                break
            limits = Readings(identity.boundary, question.target, context)
            for reading, action, granted in _granted(identity, readings, limits, unlimited, question.actions):
                _, actions, truths, on = named.setdefault(id(reading.statement), (reading, [], [], []))
                actions.append(action)
                truths.append(granted & unknown(*question.perhaps) if question.perhaps else granted)
                on += [question.on] if question.on else []
        members = tuple(_power(*parts) for parts in named.values())
        return Many(members, tuple(gaps), owner=identity.seen_policies.owner)

    return Many(found, owner=identity.origin, noun="statement that allows it")


def _may_speak_of(identity: Identity, question: Asked) -> bool:
    """Whether a statement of its own may be about any of the actions: most identities deal with other services."""
    services = identity.remembered("services", lambda: _services(identity))
    if services is None:
        return True
    wanted = question.remembered(
        "services", lambda: frozenset(action.partition(":")[0].lower() for action in question.actions)
    )
    return not services.isdisjoint(wanted)


def _services(identity: Identity) -> frozenset[str] | None:
    named: set[str] = set()
    for policy, _ in identity.seen_policies.members():
        for statement, _ in policy.statements.members():
            services = services_of(statement)
            if services is None:
                return None
            named |= services
    return frozenset(named)


def _missing(identity: Identity) -> tuple[Reason, ...]:
    """Why statements of the identity may be missing."""
    return identity.remembered("missing statements", lambda: Readings(identity.powers, None, Context()).missing)


def may(identity: Identity, questions: Iterable[Asked]) -> Truth:
    """Whether an identity may do any of what is asked, led by the statements that let it."""
    powers = powers_of(identity, questions)
    found = ~powers.is_empty()
    if found.verdict is Verdict.FALSE:
        return found
    facts = tuple(power.fact for power, exists in powers.members() if exists.verdict is found.verdict)
    return Truth(found.verdict, facts[:_TOLD] or found.facts, found.reasons)


def is_administrator(identity: Identity) -> Truth:
    """Whether it may do everything there is to do to an audit trail, whatever the trail's parts are called."""
    return identity.remembered("is administrator", lambda: _is_administrator(identity))


def _is_administrator(identity: Identity) -> Truth:
    return all_of(
        ~powers_of(identity, (asked((action,), arns_like(pattern.replace("NAME", _NOWHERE))),)).is_empty()
        for action, pattern in (
            ("cloudtrail:StopLogging", "arn:*:cloudtrail:*:*:trail/NAME"),
            ("s3:DeleteObject", "arn:*:s3:::NAME/NAME"),
            ("s3:PutBucketPolicy", "arn:*:s3:::NAME"),
            ("logs:DeleteLogGroup", "arn:*:logs:*:*:log-group:NAME:*"),
            ("cloudwatch:DeleteAlarms", "arn:*:cloudwatch:*:*:alarm:NAME"),
            ("kms:ScheduleKeyDeletion", "arn:*:kms:*:*:key/NAME"),
        )
    )


def _context(identity: Identity) -> Context:
    """A group never calls, and who holds a policy is not known."""
    if identity.kind in ("group", "policy"):
        return Context(rest=Rest.FREE)
    return caller_of(identity).context()


def _granted(
    identity: Identity, readings: Readings, limits: Readings, unlimited: Truth, actions: tuple[str, ...]
) -> Iterable[tuple[Reading, str, Truth]]:
    own = {id(policy) for policy, _ in identity.seen_policies.members()}
    for reading in readings.all:
        if id(reading.policy) not in own:
            continue
        services = services_of(reading.statement)
        for action in actions:
            if services is not None and action.partition(":")[0].lower() not in services:
                continue
            granted = granted_by(reading, readings, limits, unlimited, action)
            if granted.verdict is not Verdict.FALSE:
                yield reading, action, granted


def _power(reading: Reading, actions: list[str], truths: list[Truth], on: list[str]) -> tuple[Power, Truth]:
    facts = reading.acts(actions[0]).facts
    place = facts[0].origin if facts else reading.statement.origin
    if place.source is None:
        place = reading.statement.origin
    power = Power(
        statement=reading.statement,
        actions=tuple(dict.fromkeys(actions)),
        place=place,
        on=tuple(dict.fromkeys(on)),
    )
    return power, any_of(truths)
