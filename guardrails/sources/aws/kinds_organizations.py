"""Organizations: the organization, its service control policies, and who administers what for it.

They are read in the management account alone. Delegated administrators see much of the same, and each would report it
again.
"""

from __future__ import annotations

from guardrails.sources.aws.calling import Call
from guardrails.sources.aws.kind import Kind, Listing, Part, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.sources.aws.kind import Context

_IN_NONE = ("AWSOrganizationsNotInUseException",)
DESCRIBE_ORGANIZATION = Call(
    "organizations", "DescribeOrganization", "organizations:DescribeOrganization", absent=_IN_NONE
)
"""Any member may make it."""
LIST_ACCOUNTS = Call("organizations", "ListAccounts", "organizations:ListAccounts", items="Accounts")
"""How a run over an organization finds its accounts: of the management account or a delegated administrator."""


def _manages(organization: Context) -> bool:
    return organization.get("MasterAccountId") == organization["account"]


def _organization_address(organization: Context) -> str:
    return str(organization.get("Arn", "")) if _manages(organization) else ""


_FIRST = Step(DESCRIBE_ORGANIZATION, "Organization")
ORGANIZATION = Kind(
    "organizations.organization",
    address=_organization_address,
    listings=(Listing((_FIRST,)),),
    regional=False,
    listed="organization",
    leaves_out=frozenset(("MasterAccountEmail",)),
    details=(
        Part(
            "trusted_services",
            Call(
                "organizations",
                "ListAWSServiceAccessForOrganization",
                "organizations:ListAWSServiceAccessForOrganization",
                items="EnabledServicePrincipals",
            ),
            {},
            "EnabledServicePrincipals",
        ),
    ),
)
POLICY = Kind(
    "organizations.policy",
    address="{Arn}",
    listings=(
        Listing(
            (
                _FIRST,
                Step(
                    Call("organizations", "ListPolicies", "organizations:ListPolicies", items="Policies"),
                    "Policies",
                    {"Filter": "SERVICE_CONTROL_POLICY"},
                    only=_manages,
                ),
            )
        ),
    ),
    regional=False,
    listed="policy",
    details=(
        Part(
            "content",
            Call("organizations", "DescribePolicy", "organizations:DescribePolicy"),
            {"PolicyId": "{policy.Id}"},
            "Policy.Content",
        ),
        Part(
            "targets",
            Call("organizations", "ListTargetsForPolicy", "organizations:ListTargetsForPolicy", items="Targets"),
            {"PolicyId": "{policy.Id}"},
            "Targets",
        ),
    ),
    gone=("PolicyNotFoundException",),
)
DELEGATED_ADMINISTRATOR = Kind(
    "organizations.delegated_administrator",
    address="aws://{account}//organizations.delegated_administrator/{Id}/{ServicePrincipal}",
    listings=(
        Listing(
            (
                _FIRST,
                Step(
                    Call(
                        "organizations",
                        "ListDelegatedAdministrators",
                        "organizations:ListDelegatedAdministrators",
                        items="DelegatedAdministrators",
                    ),
                    "DelegatedAdministrators",
                    only=_manages,
                ),
                Step(
                    Call(
                        "organizations",
                        "ListDelegatedServicesForAccount",
                        "organizations:ListDelegatedServicesForAccount",
                        items="DelegatedServices",
                        absent=("AccountNotFoundException", "AccountNotRegisteredException"),
                    ),
                    "DelegatedServices",
                    {"AccountId": "{Id}"},
                ),
            )
        ),
    ),
    regional=False,
    listed="administrator",
    leaves_out=frozenset(
        ("AvailablePolicyTypes", "Email", "FeatureSet", "MasterAccountArn", "MasterAccountEmail", "MasterAccountId")
    ),
    merged=True,
)
KINDS = (ORGANIZATION, POLICY, DELEGATED_ADMINISTRATOR)
