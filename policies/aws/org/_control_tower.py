"""What AWS Control Tower makes in an organization that no code of its owner shows."""

from __future__ import annotations

from guardrails.api import Reason, Why, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.api import Account, Truth, Value


def made_by_control_tower(account: Account, what: str) -> Truth:
    """UNKNOWN where code has the organization trust Control Tower, whose landing zone makes `what` by itself; else
    FALSE. In an account that was read it is among the rest.

    A landing zone sets up an organization trail, and service control policies for the units that are registered with
    it (AWS Control Tower User Guide, the sections on logging and on controls).
    """
    unseen = Reason(
        Why.ELSEWHERE,
        f"Control Tower may have made {what}, which no code shows",
        "look in the management account, in Control Tower's console",
    )

    def trusted(service: Value[str]) -> Truth:
        return service.equals("controltower.amazonaws.com") & unknown(unseen, facts=(service.fact(),))

    return account.organizations.some(
        lambda organization: ~organization.observed & organization.trusted_services.some(trusted)
    )
