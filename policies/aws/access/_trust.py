"""Which other accounts are trusted with logs and telemetry."""

from __future__ import annotations

from guardrails.api import Account, Audience, Grant, Settings, Truth, Value, decide, unknown


class Options(Settings):
    trusted_accounts: tuple[str, ...] = ()
    """Ids of the accounts outside of the organization, or without one, that may read logs and telemetry."""
    log_archive_accounts: tuple[str, ...] = ()
    """Ids of the accounts that are meant to hold logs."""
    security_accounts: tuple[str, ...] = ()
    """Ids of the accounts that security is run from."""

    @property
    def trusted(self) -> tuple[str, ...]:
        return (*self.trusted_accounts, *self.log_archive_accounts, *self.security_accounts)


def is_trusted(grant: Grant, accounts: tuple[str, ...], account: Account) -> Truth:
    """Whether nobody is let in but the own account, trusted ones, and the own organization."""
    own = account.organization_id.or_none()
    inside = grant.stays_within(accounts, (own,) if own else ())
    return inside | _is_own_organization(grant) | (decide(own is None) & _is_some_organization(grant, account))


def _is_own_organization(grant: Grant) -> Truth:
    """Whether it is for the organization that terraform finds the account in."""
    found = [
        limit.values.every(_is_looked_up)
        for limit in grant.limits
        if limit.audience is Audience.ORGANIZATION and limit.key
    ]
    return found[0] if found else decide(False)


def _is_looked_up(value: Value[str]) -> Truth:
    reference = value.reference
    own = reference is not None and (
        reference.type == "AWS::Organizations::Organization" or "aws_organizations_organization." in reference.address
    )
    return decide(own, value.fact())


def _is_some_organization(grant: Grant, account: Account) -> Truth:
    """Not known where the account's own organization is not stated."""
    reasons = account.organization_id.reasons
    if not reasons:
        return decide(False)
    return grant.is_limited_to(Audience.ORGANIZATION) & unknown(*reasons, facts=grant.notes[:1])
