"""From policies and a world to findings."""

from __future__ import annotations

from guardrails.errors import PluginError
from guardrails.findings import Because, Finding, Outcome
from guardrails.kernel.origin import How
from guardrails.kernel.record import changed
from guardrails.kernel.truth import Truth, Verdict
from guardrails.model.account import Account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from guardrails.kernel.origin import Origin
    from guardrails.lower.world import World
    from guardrails.model.resource import Resource
    from guardrails.policy import Check, Policy


MOST_VERDICTS = 2_000
"""Verdicts of one policy on one deployment. A verdict takes up to a few milliseconds, and a kilobyte in the reports."""


def _nothing(_: Policy[Any]) -> str:
    return ""


class Judge:
    """Judges one world after another by the same policies."""

    def __init__(
        self,
        policies: Sequence[Policy[Any]],
        settings_for: Callable[[Policy[Any]], object | None],
        remedy_for: Callable[[Policy[Any]], str] = _nothing,
    ) -> None:
        """`remedy_for` is asked what to change for each policy that fails somewhere."""
        self._policies = sorted(policies, key=lambda policy: policy.id)
        self._settings_for = settings_for
        self._remedy_for = remedy_for
        self._settings: dict[str, object | None] = {}
        self._by_kinds: dict[frozenset[type[Resource]], list[Policy[Any]]] = {}
        self.unjudged: dict[str, int] = {}
        """By target, how many policies did not judge all resources."""
        self.errors: dict[str, PluginError] = {}
        """Policy id → why it could not be imported when there was something to judge."""

    def findings(self, world: World) -> list[Finding]:
        """Every verdict of every policy on every resource that the deployment creates, in a stable order."""
        found: list[Finding] = []
        for policy in self._concerned(world):
            subjects = _concerned(policy, (world.account,) if policy.on is Account else world.created(policy.on))
            if subjects and self._ready(policy):
                settings = self._settings[policy.id]
                target = world.deployment.target
                said = verdicts(policy, subjects, target, settings, self._remedy_for)
                found += self._bounded(said, target)
        return found

    def findings_on(self, kind: type[Resource], subjects: Sequence[Resource], target: str) -> list[Finding]:
        """Every verdict on resources of one kind that belong to no world."""
        found: list[Finding] = []
        for policy in self._policies:
            if policy.on is kind and self._ready(policy):
                said = verdicts(policy, subjects, target, self._settings[policy.id], self._remedy_for)
                found += self._bounded(said, target)
        return found

    def _bounded(self, said: list[Finding], target: str) -> list[Finding]:
        """As many verdicts of one policy as are reported; that there are more is noted."""
        if len(said) > MOST_VERDICTS:
            self.unjudged[target] = self.unjudged.get(target, 0) + 1
            del said[MOST_VERDICTS:]
        return said

    def _concerned(self, world: World) -> list[Policy[Any]]:
        """The policies on what the deployment declares: few of them, and most deployments are alike."""
        kinds = world.kinds() | _refused(world)
        found = self._by_kinds.get(kinds)
        if found is None:
            names = {kind.__name__ for kind in kinds}
            found = [
                policy
                for policy in self._policies
                if policy.on is Account or (policy.on in kinds and _NEEDED.get(policy.when, "") in {"", *names})
            ]
            self._by_kinds[kinds] = found
        return found

    def _ready(self, policy: Policy[Any]) -> bool:
        if policy.id not in self._settings and policy.id not in self.errors:
            try:
                policy.load()
                self._settings[policy.id] = self._settings_for(policy)
            except PluginError as error:
                self.errors[policy.id] = error
        return policy.id in self._settings


_NEEDED = {"beside_filters": "MetricFilter"}
"""For a `when`, the kind of resource without which it is FALSE everywhere: what it is asked of is then not read."""


def _refused(world: World) -> frozenset[type[Resource]]:
    """The kinds among those needed that an account did not show: there may be some."""
    if world.deployment.dialect != "live":
        return frozenset()
    from guardrails.model.monitoring import MetricFilter

    return frozenset((MetricFilter,)) if world.hidden(MetricFilter) else frozenset()


def judge(
    world: World, policies: Sequence[Policy[Any]], settings_for: Callable[[Policy[Any]], object | None]
) -> list[Finding]:
    """The verdicts of these policies on one world."""
    return Judge(policies, settings_for).findings(world)


def verdicts(
    policy: Policy[Any],
    subjects: Sequence[Resource],
    target: str,
    settings: object | None,
    remedy_for: Callable[[Policy[Any]], str] = _nothing,
) -> list[Finding]:
    """Every verdict of one policy on these resources of the deployment called `target`.

    A policy that raises gives a finding with outcome ERROR and the run goes on. There are more than MOST_VERDICTS only
    where not all resources were judged.
    """
    found: list[Finding] = []
    remedy: str | None = None
    for resource in _concerned(policy, subjects):
        if len(found) > MOST_VERDICTS:
            break
        try:
            checks = policy.checks(resource, settings)
            for check in _limited(policy, resource, checks):
                finding = _finding(policy, resource, check, target)
                if finding is None:
                    continue
                if finding.outcome is Outcome.FAIL:
                    remedy = remedy_for(policy) if remedy is None else remedy
                    finding = changed(finding, remedy=remedy) if remedy else finding
                found.append(finding)
        except Exception as error:
            found.append(_crash(policy, resource, error, target))
    return found


def _concerned(policy: Policy[Any], subjects: Sequence[Resource]) -> Sequence[Resource]:
    """Those that the policy's `when` does not surely leave out."""
    if not policy.when:
        return subjects
    return [subject for subject in subjects if getattr(subject, policy.when).verdict is not Verdict.FALSE]


def _limited(policy: Policy[Any], resource: Resource, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks, open where it is open whether the policy applies at all."""
    applies: Truth | None = getattr(resource, policy.when) if policy.when else None
    if applies is None or applies.verdict is Verdict.TRUE:
        return checks
    return tuple(changed(check, when=check.when & applies) for check in checks)


def _finding(policy: Policy[Any], resource: Resource, check: Check, target: str) -> Finding | None:
    if check.when.verdict is Verdict.FALSE:
        return None
    outcome = _outcome(resource, check)
    shown = _shown(outcome, resource, check)
    place, cause = _place(shown, resource) if outcome is not Outcome.PASS else (resource.origin, "")
    return Finding(
        policy=policy.id,
        name=policy.name,
        outcome=outcome,
        severity=check.severity or policy.severity,
        message=check.message,
        resource=resource.address,
        type=resource.type,
        target=target,
        origin=place,
        because=_because(shown, place),
        cause=cause,
        subject=resource.origin,
    )


def _outcome(resource: Resource, check: Check) -> Outcome:
    """A requirement that holds passes. One that fails is a failure only where it surely applies to something that
    surely exists."""
    if check.requirement.verdict is Verdict.TRUE:
        return Outcome.PASS
    if resource.exists.verdict is Verdict.FALSE:
        return Outcome.PASS
    if (
        check.requirement.verdict is Verdict.FALSE
        and check.when.verdict is Verdict.TRUE
        and resource.exists.verdict is Verdict.TRUE
    ):
        return Outcome.FAIL
    return Outcome.UNKNOWN


def _shown(outcome: Outcome, resource: Resource, check: Check) -> Truth:
    """What decided: the requirement, and for an unknown also whether it applies and whether the resource exists."""
    if outcome is not Outcome.UNKNOWN:
        return check.requirement
    facts = list(check.requirement.facts)
    reasons = list(check.requirement.reasons)
    for other in (check.when, resource.exists):
        if other.verdict is Verdict.UNKNOWN:
            facts += other.facts
            reasons += other.reasons
    return Truth(Verdict.UNKNOWN, tuple(dict.fromkeys(facts)), tuple(dict.fromkeys(reasons)))


def _place(truth: Truth, resource: Resource) -> tuple[Origin, str]:
    """The first deciding fact that has a line and stands in the resource's own deployment; else the resource's head."""
    for fact in truth.facts:
        if fact.origin.source is not None and fact.origin.source.has_lines:
            return fact.origin, fact.origin.attribute
    return resource.origin, ""


def _because(truth: Truth, place: Origin) -> tuple[Because, ...]:
    told = [Because(fact.detail, _at(fact.origin, place)) for fact in truth.facts]
    told[1:] = sorted(told[1:], key=lambda one: one.detail.endswith("` is set"))  # what may not be shown tells least
    told += [
        Because(reason.detail, _at(reason.origin, place), reason.why.value, reason.settle) for reason in truth.reasons
    ]
    return tuple(dict.fromkeys(told))


def _at(origin: Origin, place: Origin) -> Origin:
    return origin if origin.source is not None or origin.how is How.API else place


def _crash(policy: Policy[Any], resource: Resource, error: Exception, target: str) -> Finding:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Finding(
        policy=policy.id,
        name=policy.name,
        outcome=Outcome.ERROR,
        severity=policy.severity,
        message=f"the policy raised {type(error).__name__}: {error}",
        resource=resource.address,
        type=resource.type,
        target=target,
        origin=resource.origin,
        because=(Because(f"raised in {frame.name}(), line {frame.lineno} of {policy.module}", resource.origin),),
        cause="error",
        subject=resource.origin,
    )
