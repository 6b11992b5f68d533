"""Who asks, and whether the principal element of a statement speaks of them."""

from __future__ import annotations

from guardrails.kernel.enumeration import Enum
from guardrails.kernel.truth import Truth, any_of, false, unknown
from guardrails.kernel.why import Reason, Why
from guardrails.semantics.access.automaton import Wild
from guardrails.semantics.access.conditions import Context, Rest
from guardrails.semantics.access.patterns import Pattern, Spelling, spelled
from guardrails.semantics.access.references import Surroundings
from guardrails.semantics.access.targets import Target, role_of, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Value
    from guardrails.model import Principal, Statement
    from guardrails.model.identity import Identity
    from guardrails.semantics.access.references import Pieces

_PART = Wild.MANY_IN_PART


class Named(Enum):
    """How a statement speaks of a caller: it decides what else must allow the request."""

    EVERYBODY = "everybody"
    ITSELF = "itself"
    """The user, the session or the service by its own name."""
    ROLE = "role"
    """The role of whose sessions this is one."""
    ACCOUNT = "account"
    """The account of the caller, which delegates to it."""


class Caller:
    """Who makes a request.

    `kind` is `user`, `role-session`, `root` (the root user of an account), `anonymous` or `service`. `arn` is that of
    the user or of the session, or the name of the service; `role` is the ARN of a session's role. What is not known of
    them is a Target with holes.
    """

    __slots__ = ("_root", "account", "arn", "kind", "role")

    def __init__(
        self,
        kind: str,
        arn: str | Target | None = None,
        account: str | Target | None = None,
        *,
        role: str | Target | None = None,
    ) -> None:
        self.kind = kind
        self.arn = text(arn) if isinstance(arn, str) else arn
        self.account = text(account) if isinstance(account, str) else account
        self.role = text(role) if isinstance(role, str) else role
        self._root: Target | None = None

    @property
    def signed(self) -> bool:
        """Whether an AWS identity asks, which its own policies can limit."""
        return self.kind not in ("anonymous", "service")

    @property
    def _account(self) -> Pieces | None:
        if self.account is None:
            return None
        return tuple(token for token in self.account.forms()[0].tokens if not isinstance(token, Wild))

    @property
    def root(self) -> Target | None:
        """The ARN that stands for the caller's account."""
        if self._root is None and self._account is not None:
            self._root = Target(Surroundings(account=self._account, region=()), "iam", ("root",))
        return self._root

    def context(self, rest: Rest = Rest.FREE) -> Context:
        """What every request of this caller carries: who asks. Of other keys it says what `rest` says."""
        known: dict[str, str | Target] = {}
        absent = set()
        named = self.role if self.role is not None else self.arn
        if self.signed:
            if named is not None:
                known["aws:PrincipalArn"] = named
            if self.account is not None:
                known["aws:PrincipalAccount"] = self.account
            known["aws:PrincipalType"] = {"user": "User", "root": "Account"}.get(self.kind, "AssumedRole")
            if self.kind != "user":
                absent.add("aws:username")
        else:
            absent |= {"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"}
            absent |= {"aws:username", "aws:userid", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"}
        known["aws:PrincipalIsAWSService"] = "true" if self.kind == "service" else "false"
        if self.kind == "service" and self.arn is not None:
            known["aws:PrincipalServiceName"] = self.arn
            absent |= {"aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"}
        else:
            absent.add("aws:PrincipalServiceName")
        if self.signed or self.kind == "anonymous":
            absent |= {"aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths"}
        return Context(known, absent=absent, rest=rest)

    def named_in(self, principal: Principal, how: Named) -> Truth:
        """Whether one principal of a statement is this caller, in this way of speaking."""
        kind, identifier = principal.kind, principal.identifier
        if how is Named.EVERYBODY:
            open_to_all = kind in ("*", "AWS") and not _is_longer(identifier)
            return identifier.equals("*") if open_to_all else false(identifier.fact())
        if self.kind == "service":
            if how is not Named.ITSELF or kind != "Service" or self.arn is None:
                return false(identifier.fact())
            return self.arn.asked(identifier, Pattern.covers, Spelling.PLAIN, False, any_case=True)
        if kind == "CanonicalUser" and how is Named.ACCOUNT and self.signed:
            why = Reason(Why.ELSEWHERE, "whose canonical id this is cannot be told", origin=identifier.origin)
            return unknown(why, facts=(identifier.fact(),))
        if kind != "AWS" or not self.signed:
            return false(identifier.fact())
        if how is Named.ACCOUNT:
            ways = [target for target in (self.account, self.root) if target is not None]
        else:
            own = self.arn if how is Named.ITSELF else self.role
            ways = [own] if own is not None else []
        return any_of(way.asked(identifier, Pattern.covers, Spelling.PLAIN, False) for way in ways).because(
            identifier.fact()
        )

    def spoken_of(self, statement: Statement, how: Named, *, denial: bool) -> Truth:
        """Whether the principals of a statement speak of this caller, in this way of speaking.

        `NotPrincipal` speaks of everybody else: that is EVERYBODY.
        """
        named = statement.principals.some(lambda principal: self.named_in(principal, how))
        if how is not Named.EVERYBODY:
            return named
        excluding = ~statement.not_principals.is_empty()
        return named | (excluding & ~self._is_left_out(statement, denial=denial))

    def _is_left_out(self, statement: Statement, *, denial: bool) -> Truth:
        """Whether `NotPrincipal` names the caller.

        A denial also hits a role of which not the session and the account are named as well. So where anything of the
        caller's account is named, the effect cannot be told.
        """
        others = statement.not_principals
        everybody = others.some(lambda principal: self.named_in(principal, Named.EVERYBODY))
        if not (denial and self.signed):
            return everybody | others.some(lambda principal: any_of(self.named_in(principal, how) for how in Named))
        near = others.some(self._is_near)
        why = Reason(
            Why.UNSUPPORTED,
            "whether a denial with NotPrincipal leaves this caller out cannot be told",
            "name who is left out in a condition on `aws:PrincipalArn` instead",
            statement.origin,
        )
        return everybody | (near & unknown(why, facts=near.facts))

    def _is_near(self, principal: Principal) -> Truth:
        """Whether a principal is the caller, or anything else of its account."""
        itself = any_of(self.named_in(principal, how) for how in Named)
        if self._account is None or principal.kind != "AWS":
            return itself
        around = Surroundings(account=self._account)
        anyone = (*spelled(("arn:", _PART, ":", _PART, ":", _PART, ":", *self._account, ":")), Wild.MANY)
        sibling = Target(around, "", forms=(Pattern(anyone),))
        return itself | sibling.asked(principal.identifier, Pattern.touches, Spelling.PLAIN, False)


def _is_longer(identifier: Value[str]) -> bool:
    """Whether what is known of a text shows that it is not `*`: an ARN of an account whose number is not known, or what
    the provider computes."""
    known = any(isinstance(part, str) and part not in ("", "*") for part in identifier.parts)
    return known or identifier.reference is not None


def caller_of(identity: Identity) -> Caller:
    """A role, user or other identity of the deployment as a caller."""
    own = role_of(identity)
    account = text(*own.surroundings.account)
    if identity.kind == "user":
        return Caller("user", own, account)
    return Caller("role-session", None, account, role=own)
