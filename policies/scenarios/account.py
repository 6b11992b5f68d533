"""The organization above the account, and the Regions around it."""

from __future__ import annotations

from guardrails.api import (
    EXCLUDABLE_SOURCES,
    LEADING_REGION,
    Scenario,
    a_region,
    free,
    management_call,
    management_calls,
    one_of,
    other_than,
)

_ORGANIZATIONS = "organizations.amazonaws.com"

_GLOBAL = tuple(
    f"{service}.amazonaws.com" for service in ("iam", "sts", "cloudfront", "organizations", "route53", "support")
)
"""Services whose calls are recorded in one Region, wherever somebody is."""


def organization_change() -> Scenario:
    """Policies, accounts, units and handshakes of an organization: the 18 calls of CIS."""
    return Scenario(
        "organization-change",
        "changes of the organization",
        management_calls(
            _ORGANIZATIONS,
            "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake "
            "DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "
            "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
            "UpdateOrganizationalUnit",
        ),
        management_calls(_ORGANIZATIONS, "DescribeOrganization ListAccounts", reads=True),
    )


def unusual_region(allowed: tuple[str, ...] = (), *, named: tuple[str, ...] = ()) -> Scenario:
    """Somebody who makes something where nobody is expected to. Without allowed Regions it is asked of those that
    nothing names: `named` are the Regions that the configuration at hand mentions."""
    outside = allowed or named
    usual = one_of(*allowed) if allowed else LEADING_REGION
    return Scenario(
        "unusual-region",
        "changes in unusual Regions",
        (
            management_call(
                free("RunInstances"),
                other_than(*sorted({*EXCLUDABLE_SOURCES, *_GLOBAL})).showing("ec2.amazonaws.com"),
                {"awsRegion": a_region(outside=outside).showing(*_shown(outside))},
                title="calls that change something in a Region that is not in use",
            ),
        ),
        (
            *(
                management_call(
                    "RunInstances",
                    "ec2.amazonaws.com",
                    {"awsRegion": usual},
                    title="calls in a Region that is in use",
                )
                for _ in allowed[:1]
            ),
            management_call(
                free("CreateUser"),
                one_of(*_GLOBAL),
                {"awsRegion": LEADING_REGION},
                title="calls of global services, which are recorded in one Region",
            ),
        ),
    )


def _shown(outside: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(region for region in ("sa-east-1", "af-south-1", "ap-south-2", "me-south-1") if region not in outside)
