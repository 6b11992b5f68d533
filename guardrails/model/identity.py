"""Who acts in an account: roles, users, groups, permission sets, and the policies that say what they may do."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from guardrails.model.resource import Resource

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
    groups: Many[Group]
    """The groups that a user is in; none for others."""
    boundary: Many[AccessPolicy]
    """The permissions boundary: what it may do at most. None where there is no boundary."""
    trust: Many[AccessPolicy]
    """Who may assume a role; none for others."""
    held: Truth
    """For a managed policy, whether it is attached to somebody here, or bounds what somebody here may do: it is judged
    with them. FALSE for all others."""
    account: Account

    @cached_property
    def powers(self) -> Many[AccessPolicy]:
        """All policies that say what it may do: a user's, and those of its groups."""
        return self.policies.and_also(self.groups.through(lambda group: group.policies))


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
