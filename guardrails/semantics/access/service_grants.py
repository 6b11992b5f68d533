"""What access policies grant and deny, as far as the policies about trails and organizations ask.

The caller is somebody in general, or a service that writes on behalf of a trail: what a condition on a grant asks, it
is taken to meet if it can. A denial counts only where no choice of the caller avoids it, or, in `denies`, where it
merely exempts some principals.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later
from guardrails.kernel.truth import Fact, Truth, all_of, any_of, decide, false, true
from guardrails.semantics.access.automaton import Hole, Wild
from guardrails.semantics.access.conditions import Context, Rest
from guardrails.semantics.access.principals import Caller, Named
from guardrails.semantics.access.references import OWN_ACCOUNT, OWN_REGION
from guardrails.semantics.access.statements import Readings, acts
from guardrails.semantics.access.targets import Target, arn
from guardrails.semantics.access.targets import streams_of as all_streams_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guardrails.kernel.many import Many
    from guardrails.kernel.value import Value
    from guardrails.model import AccessPolicy, Condition, LogGroup, Principal
    from guardrails.semantics.access.references import Pieces, Variables
    from guardrails.semantics.access.statements import Reached, Reading

    Covers = Callable[[Value[str]], Truth]

_EXEMPTING_KEYS = (
    "aws:principalarn",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:userid",
    "aws:principalorgid",
)


def grants(
    policies: Many[AccessPolicy],
    *,
    actions: tuple[str, ...],
    principal_kind: str = "",
    principal: str = "",
    resource: str | Reached | Covers | None = None,
) -> Truth:
    """Whether the policies together allow every one of `actions`, to `principal` where one is given (a resource policy)
    and on `resource` where one is given: a full ARN, a target, or a function that says whether a resource element
    covers it."""
    caller = _caller(principal_kind, principal)
    context = caller.context() if caller is not None else Context(rest=Rest.FREE)
    readings = Readings(policies, _reached(resource), context, whole=True)

    def concerns(reading: Reading, *, denial: bool) -> Truth:
        if caller is None:
            return true()
        return any_of(
            caller.spoken_of(reading.statement, how, denial=denial) for how in (Named.EVERYBODY, Named.ITSELF)
        )

    def allowed(action: str) -> Truth:
        granted = readings.some(lambda reading: concerns(reading, denial=False) & reading.allows(action))
        # What was not read may grant. That it denies what a trail needs is not expected of it.
        return granted & ~any_of(concerns(reading, denial=True) & reading.denies(action) for reading in readings.all)

    return all_of(map(allowed, actions))


def _caller(kind: str, principal: str) -> Caller | None:
    if not kind:
        return None
    return Caller("service", principal) if kind == "Service" else Caller("user", principal)


def serves(policy: AccessPolicy, service: str, action: str) -> Truth:
    """Whether a resource policy lets a service in by its name: it was written for that service. One that lets everybody
    in was not."""

    def named(principal: Principal) -> Truth:
        if principal.kind != "Service":
            return false()
        return principal.identifier.where(lambda text: text.lower() == service)

    return policy.statements.some(
        lambda statement: statement.principals.some(named) & acts(statement, action) & statement.effect.equals("Allow")
    )


def denies(policies: Many[AccessPolicy], *, actions: tuple[str, ...], resource: str | Reached | Covers) -> Truth:
    """Whether the policies together deny every one of `actions` on `resource` to everyone but stated exemptions."""
    readings = Readings(policies, _reached(resource), Context(rest=Rest.FREE))

    def denied(action: str) -> Truth:
        return readings.some(
            lambda reading: (
                reading.exists
                & reading.statement.effect.equals("Deny")
                & reading.acts(action)
                & reading.reaches(whole=True)
                & reading.statement.conditions.every(exempts)
            )
        )

    return all_of(map(denied, actions))


def exempts(condition: Condition) -> Truth:
    """Whether a condition on a denial only lets named principals out."""
    operator = condition.operator.lower().removesuffix("ifexists")
    key = condition.key.lower()
    negative = "not" in operator
    exempting = (negative and (key in _EXEMPTING_KEYS or key.startswith("aws:principaltag/"))) or (
        operator == "bool" and key in ("aws:principalisawsservice", "aws:viaawsservice")
    )
    return decide(exempting, Fact(f"the denial depends on `{condition.key}`", condition.values.owner))


# --- resources -------------------------------------------------------------------------------------------------------


class _Told:
    """Something of which a function says whether a resource element covers it."""

    __slots__ = ("_covers",)

    def __init__(self, covers: Covers) -> None:
        self._covers = covers

    def covered_by(self, element: Value[str], /, *, variables: Variables) -> Truth:  # noqa: ARG002 - the function reads none
        return self._covers(element)

    touched_by = covered_by


def _reached(resource: str | Reached | Covers | None) -> Reached | None:
    if resource is None:
        return None
    if isinstance(resource, str):
        return arn(resource)
    return _Told(resource) if callable(resource) else resource


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_STREAM_ACCOUNT = Hole("account in a stream's name", _LETTERS + "-_:/*?")
_STREAM_REGION = Hole("Region in a stream's name", "_:/*?")
_ORGANIZATION = Hole("organization in a stream's name", "-_:/*?")
_NAMED = compile_later(r"(?P<organization>(?<=^o-)[a-z0-9]+)|(?P<account>\d{12})|(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)")
_STREAMS = ":log-stream:"


class _TrailStreams(Target):
    """The log streams that CloudTrail writes, whatever accounts and Regions a resource element picks of them."""

    __slots__ = ()

    def pieces(self, element: Value[str]) -> Pieces:
        pieces = super().pieces(element)
        at = next((at for at, piece in enumerate(pieces) if isinstance(piece, str) and _STREAMS in piece), None)
        if at is None:
            return pieces
        before, _, name = str(pieces[at]).partition(_STREAMS)
        streams = [
            part
            for piece in (name, *pieces[at + 1 :])
            for part in (_unnamed(piece) if isinstance(piece, str) else (_OWN.get(piece, piece),))
        ]
        return (*pieces[:at], before + _STREAMS, *streams)


_OWN = {OWN_ACCOUNT: _STREAM_ACCOUNT, OWN_REGION: _STREAM_REGION}


def _unnamed(text: str) -> Pieces:
    """A part of a stream's name with holes for what it says of organization, account and Region."""
    found: list[str | Hole] = []
    end = 0
    for match in _NAMED.finditer(text):
        hole = {"organization": _ORGANIZATION, "account": _STREAM_ACCOUNT}.get(match.lastgroup or "", _STREAM_REGION)
        found += [text[end : match.start()], hole]
        end = match.end()
    return (*found, text[end:])


def streams_of(group: LogGroup, *, of_members: bool = False) -> Target:
    """The log streams that CloudTrail writes in `group`.

    They are called `ACCOUNT_CloudTrail_REGION` with a suffix. An organization trail writes others for its members, with
    the organization's id in front: ask for those with `of_members`.
    """
    around = all_streams_of(group).surroundings
    member = ("o-", _ORGANIZATION, "_") if of_members else ()
    name = (*member, _STREAM_ACCOUNT, "_CloudTrail_", _STREAM_REGION, Wild.MANY_IN_PART)
    return _TrailStreams(around, "logs", ("log-group:", *around.name, _STREAMS, *name))
