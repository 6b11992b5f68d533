"""Which service control policies bind member accounts."""

from __future__ import annotations

from guardrails.api import Reason, Why, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Account, OrganizationPolicy, Truth


def binds_members(policy: OrganizationPolicy) -> Truth:
    """Whether it is a service control policy that is attached to more than single accounts."""
    return policy.attachments.some(lambda attachment: ~attachment.single_account) & policy.kind.equals(
        "SERVICE_CONTROL_POLICY"
    )


def made_elsewhere(account: Account) -> Truth:
    """UNKNOWN where neither the organization nor any policy of it is made here, for then others make them; FALSE where
    one is."""
    elsewhere = Reason(
        Why.ELSEWHERE,
        "the organization and its policies are made elsewhere",
        "scan it together with the code that makes them",
    )
    return account.organizations.is_empty() & account.organization_policies.is_empty() & unknown(elsewhere)
