"""Who acts in an account: roles, users, groups, permission sets, and the policies that say what they may do."""

from __future__ import annotations

from functools import cached_property

from guardrails.model.resource import Resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.many import Many
    from guardrails.kernel.truth import Truth
    from guardrails.kernel.value import Value
    from guardrails.model.access import AccessPolicy
    from guardrails.model.account import Account


class Identity(Resource):
    """Somebody who acts in the account, or a managed policy that whoever gets it acts by.

    A policy `on=Identity` judges all kinds of it, each once.
    """

    kind: str
    """`role`, `user`, `group`, `permission set` or `policy`."""
    arn: Value[str]
    """As it is written in policies that name it. For a permission set, a pattern that the ARNs of its roles fit."""
    policies: Many[AccessPolicy]
    """What is attached to it: inline, managed, and those of AWS itself. For a managed policy, its document."""
    seen_policies: Many[AccessPolicy]
    """Those that were seen to be attached. What a module that was not read may attach is no gap here: for judging what
    it may do, for which there must be evidence, and not what it may not do."""
    groups: Many[Group]
    """The groups that a user was seen to be in; none for others."""
    boundary: Many[AccessPolicy]
    """The permissions boundary: what it may do at most. None where there is no boundary."""
    trust: Many[AccessPolicy]
    """Who may assume a role; none for others."""
    held: Truth
    """For a managed policy, whether it is attached to somebody here, or bounds what somebody here may do: it is judged
    with them. FALSE for all others."""
    service_linked: Truth
    """Whether it is the role of a service of AWS, which alone can assume it, and which says what it may do."""
    account: Account

    @cached_property
    def judged(self) -> Truth:
        """Whether it is asked itself what it may do."""
        return ~self.held & ~self.service_linked

    @cached_property
    def powers(self) -> Many[AccessPolicy]:
        """All policies that were seen to say what it may do: its own, and those of the groups of a user."""
        return self.seen_policies.and_also(self.groups.through(lambda group: group.seen_policies))


class Role(Identity):
    """An IAM role."""


class User(Identity):
    """An IAM user."""


class Group(Identity):
    """A group of IAM users."""


class PermissionSet(Identity):
    """A permission set of IAM Identity Center: it becomes a role in every account where it is assigned."""


class ManagedPolicy(Identity):
    """A managed IAM policy: a customer's own, or one that AWS manages."""
