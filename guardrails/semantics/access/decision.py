"""Whether a request is allowed: from statements to a decision.

A denial anywhere wins. Else identity policies and resource policies must allow, one of them or both, as the accounts of
the two sides and the kind of the resource have it; boundaries, session policies and the organization's policies limit
what identity policies allow.
"""

from __future__ import annotations

from guardrails.kernel.many import Many
from guardrails.kernel.record import Record
from guardrails.kernel.truth import Truth, Verdict, all_of, any_of, decide, false, true, unknown
from guardrails.semantics.access.conditions import Context, Rest
from guardrails.semantics.access.principals import Caller, Named
from guardrails.semantics.access.statements import Reading, Readings, reaches_all
from guardrails.semantics.access.targets import Target, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from guardrails.model import AccessPolicy, Statement

_NONE: Many[AccessPolicy] = Many(())
_ABSENT = Context()


class Request(Record):
    """One call: who, what, on what, and what else it carries."""

    caller: Caller
    action: str
    target: Target
    resource_account: str | Target
    context: Context = _ABSENT


class Policies(Record):
    """All policies that have a say. A boundary, a session policy and organization policies limit only where there are
    any."""

    identity: Many[AccessPolicy] = _NONE
    resource: Many[AccessPolicy] = _NONE
    boundary: Many[AccessPolicy] = _NONE
    session: Many[AccessPolicy] = _NONE
    scps: tuple[Many[AccessPolicy], ...] = ()
    """Service control policies, level by level from the root down; none for the management account."""
    rcps: Many[AccessPolicy] = _NONE
    """Resource control policies. The one that allows everything need not be among them."""


class Decision(Record):
    """What becomes of a request. It is implicitly denied where it is neither allowed nor explicitly denied."""

    allowed: Truth
    explicitly_denied: Truth


def decide_access(request: Request, policies: Policies, resource_kind: str = "other") -> Decision:
    """Whether a request succeeds. `resource_kind` is `other`, or `kms` or `role-trust` for what has a policy that must
    allow in any case: a key, or a role to assume."""
    caller = request.caller
    resource = _Said(policies.resource, request)
    denied = resource.denied() | _Said(policies.rcps, request).denied()
    everybody, itself = resource.allowed_to(Named.EVERYBODY), resource.allowed_to(Named.ITSELF)
    if not caller.signed:
        return Decision((everybody | itself) & ~denied, denied)
    identity, boundary, session = (
        _Said(said, request) for said in (policies.identity, policies.boundary, policies.session)
    )
    levels = [_Said(level, request) for level in policies.scps]
    denied = denied | any_of(said.denied_anyway() for said in (identity, boundary, session, *levels))
    limits = boundary.permitted() & session.permitted()
    role, account = resource.allowed_to(Named.ROLE), resource.allowed_to(Named.ACCOUNT)
    own = true() if caller.kind == "root" else identity.allowed() & limits
    within = everybody | itself | (role & limits) | (account & own)
    if resource_kind == "other":
        within = within | own
    across = (everybody | itself | role | account) & own
    same = _same_account(request)
    allowed = ((same & within) | (~same & across)) & all_of(level.allowed() for level in levels)
    return Decision(allowed & ~denied, denied)


def _same_account(request: Request) -> Truth:
    mine, theirs = request.caller.account, request.resource_account
    if mine is None:
        return false()
    my_form, their_form = mine.forms()[0], (text(theirs) if isinstance(theirs, str) else theirs).forms()[0]
    said = my_form.covers(their_form)
    if said is None:
        return unknown(*my_form.reasons, *their_form.reasons)
    return decide(said)


class _Said:
    """What some policies say of a request."""

    __slots__ = ("_policies", "_readings", "_request")

    def __init__(self, policies: Many[AccessPolicy], request: Request) -> None:
        self._policies = policies
        self._request = request
        self._readings = Readings(policies, request.target, request.context)

    def allowed(self) -> Truth:
        return self._readings.some(lambda reading: reading.allows(self._request.action))

    def permitted(self) -> Truth:
        """Whether the request is within the limits that the policies set, if there are any."""
        return self._policies.is_empty() | self.allowed()

    def denied_anyway(self) -> Truth:
        return self._readings.some(lambda reading: reading.denies(self._request.action))

    def allowed_to(self, how: Named) -> Truth:
        """Whether a statement of a resource policy that speaks of the caller in this way allows the request."""
        caller, action = self._request.caller, self._request.action
        return self._readings.some(
            lambda reading: reading.allows(action) & caller.spoken_of(reading.statement, how, denial=False)
        )

    def denied(self) -> Truth:
        """Whether a statement of a resource policy denies the request to the caller, however it speaks of it."""
        caller, action = self._request.caller, self._request.action
        return self._readings.some(
            lambda reading: (
                reading.denies(action) & any_of(caller.spoken_of(reading.statement, how, denial=True) for how in Named)
            )
        )


# --- what the holder of some policies may do -------------------------------------------------------------------------


def holds(
    policies: Many[AccessPolicy],
    boundary: Many[AccessPolicy],
    actions: Iterable[str],
    target: Target,
    *,
    caller: Caller | None = None,
) -> Truth:
    """Whether whoever holds these identity policies may do any of the actions on some of the target, in some
    circumstance, as far as identity policies can say.

    Conditions on what the caller may choose (when, from where, with which tags) count as met on an Allow and as avoided
    on a Deny. With a `caller` conditions on who asks are compared with it: a denial that leaves it out does not hit it.
    """
    return ~granting(policies, boundary, actions, target, caller=caller).is_empty()


def granting(
    policies: Many[AccessPolicy],
    boundary: Many[AccessPolicy],
    actions: Iterable[str],
    target: Target,
    *,
    caller: Caller | None = None,
) -> Many[Statement]:
    """The statements by which `holds` is true, each with the truth of its granting any of the actions."""

    def found() -> Many[Statement]:
        context = caller.context() if caller is not None else Context(rest=Rest.FREE)
        own, limits = Readings(policies, target, context), Readings(boundary, target, context)
        unlimited = boundary.is_empty()
        members: list[tuple[Statement, Truth]] = []
        wanted = tuple(actions)
        for reading in own.all:
            granted = false()
            for action in wanted:
                granted = granted | granted_by(reading, own, limits, unlimited, action)
                if granted.verdict is Verdict.TRUE:
                    break
            if granted.verdict is not Verdict.FALSE:
                members.append((reading.statement, granted))
        return Many(tuple(members), own.missing, owner=policies.owner)

    return Many(found, noun="statement that allows it")


def granted_by(reading: Reading, own: Readings, limits: Readings, unlimited: Truth, action: str) -> Truth:
    """Whether a statement grants an action that no limit and no denial takes away again."""
    granted = reading.allows(action)
    if granted.verdict is Verdict.FALSE:
        return granted
    permitted = unlimited | limits.some(lambda limit: limit.allows(action))
    taken = own.some(lambda other: _takes_away(other, reading, action)) | limits.some(
        lambda other: _takes_away(other, reading, action)
    )
    return granted & permitted & ~taken


def _takes_away(denial: Reading, grant: Reading, action: str) -> Truth:
    """Whether a denial leaves nothing of what a statement grants: it is about all of the target, or about all that the
    statement reaches of it."""
    whole = denial.denies(action)
    if whole.verdict is Verdict.TRUE or not isinstance(grant.target, Target):
        return whole
    fitting = denial.exists & denial.statement.effect.equals("Deny") & denial.acts(action)
    if fitting.verdict is Verdict.FALSE or grant.allows(action).verdict is Verdict.FALSE:
        return whole
    elements, gaps = grant.statement.resources.loaded()
    if gaps or not elements:
        return whole
    parts = [
        ~(exists & grant.target.touched_by(element))
        | reaches_all(denial.statement, grant.target.within(element), denial.variables, denial.context)
        for element, exists in elements
    ]
    return whole | (fitting & ~denial.outcome.can_fail & all_of(parts))
