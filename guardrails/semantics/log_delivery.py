"""From a trail into a log group: the role that CloudTrail writes with."""

from __future__ import annotations

from guardrails.kernel.truth import Fact, Truth, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.model.identity import Role
    from guardrails.model.logs import LogGroup
    from guardrails.model.trail import AuditTrail

_WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")


def delivers(trail: AuditTrail, group: LogGroup) -> Truth:
    """Whether the events of a trail arrive in a log group that it names: there is a role, CloudTrail may assume it, and
    it may write there."""
    given = trail.role_arn.is_set()
    if given.verdict is Verdict.FALSE:
        return given.because(Fact("the trail has no role to write to its log group with", trail.origin))
    return given & trail.role.every(lambda role: _trusted(role) & _writes(role, group))


def _trusted(role: Role) -> Truth:
    from guardrails.semantics.access.service_grants import grants

    trusted = grants(
        role.trust, actions=("sts:AssumeRole",), principal_kind="Service", principal="cloudtrail.amazonaws.com"
    )
    return _led(trusted, f"CloudTrail may not assume `{role.address}`", role)


def _writes(role: Role, group: LogGroup) -> Truth:
    from guardrails.semantics.access.service_grants import grants, streams_of

    written = grants(role.policies, actions=_WRITE, resource=streams_of(group))
    return _led(written, f"`{role.address}` may not write to the log group", role)


def _led(truth: Truth, said: str, role: Role) -> Truth:
    if truth.verdict is not Verdict.FALSE:
        return truth
    place = next((fact.origin for fact in truth.facts if fact.origin.source is not None), role.origin)
    return truth.because(Fact(said, place))
