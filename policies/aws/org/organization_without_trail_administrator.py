"""ORG-003."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.api import (
    Account,
    Check,
    DelegatedAdministrator,
    Reason,
    Settings,
    Severity,
    Truth,
    Why,
    decide,
    policy,
    require,
    unknown,
)

from ...frameworks import controls


class Options(Settings):
    security_accounts: tuple[str, ...] = ()
    """Ids of the accounts that may administer CloudTrail; while it is empty, any delegation will do."""


def _of_trails(administrator: DelegatedAdministrator) -> Truth:
    return administrator.service.equals("cloudtrail.amazonaws.com")


@policy(
    "ORG-003",
    on=Account,
    severity=Severity.MEDIUM,
    since="0.1",
    when="manages_organization",
    controls=controls(mlps=["8.1.5.2a", "8.1.4.2d"]) | {"CIS AWS 7.0.0": ["2.1.5", "2.1.6"]},
)
def organization_without_trail_administrator(account: Account, settings: Options) -> Iterator[Check]:
    """An organization whose trails are administered in the management account, or by an account unfit for it."""
    delegated = account.delegated_administrators.some(_of_trails)
    made_elsewhere = Reason(
        Why.ELSEWHERE,
        "the organization is made elsewhere, and its delegated administrators may be as well",
        "scan it together with the code that creates the organization",
    )

    def is_fit(administrator: DelegatedAdministrator) -> Truth:
        known = administrator.account_id.where(lambda number: number in settings.security_accounts)
        return known | ~_of_trails(administrator)

    yield require(
        delegated | (account.organizations.is_empty() & unknown(made_elsewhere)),
        "the management account itself must administer the organization's trails",
    )
    yield require(
        account.delegated_administrators.every(is_fit),
        "CloudTrail is administered by an account that is not one of the security accounts",
        when=decide(bool(settings.security_accounts)) & delegated,
    )
