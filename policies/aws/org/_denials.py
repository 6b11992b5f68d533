"""Which service control policies bind member accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrails.api import Reason, Why, unknown

if TYPE_CHECKING:
    from guardrails.api import Account, Many, OrganizationPolicy, PolicyAttachment, Truth


def binding(account: Account) -> Many[OrganizationPolicy]:
    """The service control policies that are attached to more than single accounts."""
    return account.organization_policies.where(_binds)


def none_seen(account: Account) -> Truth:
    """UNKNOWN where neither the organization nor any policy of it is made here, for they must be made elsewhere; FALSE
    where they are."""
    elsewhere = Reason(
        Why.ELSEWHERE,
        "the organization and its policies are made elsewhere",
        "scan it together with the code that makes them",
    )
    return account.organizations.is_empty() & account.organization_policies.is_empty() & unknown(elsewhere)


def _binds(policy: OrganizationPolicy) -> Truth:
    return policy.kind.equals("SERVICE_CONTROL_POLICY") & policy.attachments.some(_binds_many)


def _binds_many(attachment: PolicyAttachment) -> Truth:
    return ~attachment.single_account
