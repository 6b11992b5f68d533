"""What closes the gaps that the policies on organizations find."""

from __future__ import annotations

from guardrails.api import (
    AddCondition,
    AddResource,
    AddStatement,
    AddToList,
    LeftToYou,
    NewStatement,
    SetArgument,
    UseResource,
    policy_document,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from guardrails.api import Alternatives, Remedies

_ORGANIZATION, _POLICY = "aws_organizations_organization", "aws_organizations_policy"
_ATTACHMENT = "aws_organizations_policy_attachment"
_TRAIL = ("aws_cloudtrail",)
_OF_ALL = SetArgument("is_organization_trail", "true", (), _TRAIL)
_EVERYWHERE = SetArgument("is_multi_region_trail", "true", (), _TRAIL)
_BOUND = AddResource(
    _ATTACHMENT,
    {"policy_id": "{subject}.id", "target_id": "{organization}.roots[0].id"},
    beside=(_POLICY,),
)


def _denied(statement: NewStatement, name: str) -> Alternatives:
    """A statement of a service control policy that binds all members."""
    organization = UseResource(_ORGANIZATION, "organization")
    return (
        (AddStatement(statement, (_POLICY,), "content"),),
        (organization, _BOUND),
        (
            organization,
            AddResource(
                _POLICY,
                {"name": f'"{name}"', "content": policy_document(statement)},
                known_as="policy",
                label=name.replace("-", "_"),
                beside=(_ORGANIZATION,),
                anywhere=True,
                only_for="{organization}",
            ),
            AddResource(
                _ATTACHMENT,
                {"policy_id": "{policy}.id", "target_id": "{organization}.roots[0].id"},
                label=name.replace("-", "_"),
                beside=(_ORGANIZATION,),
                anywhere=True,
                only_for="{policy}",
            ),
        ),
        (LeftToYou("the organization is not written here: attach a service control policy where it is"),),
    )


def _tampering(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    actions = tuple(f'"{action}"' for action in settings.denied_actions)
    return _denied(NewStatement("ProtectTrails", actions, effect="Deny"), "protect-trails")


def _regions(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    if not settings.allowed_regions:
        return ((LeftToYou("which Regions are in use, only you know: name them in `allowed_regions`"),),)
    open_ones = tuple(f'"{region}"' for region in settings.allowed_regions)
    return _denied(
        NewStatement(
            "CloseRegions",
            _OF_NO_REGION,
            conditions=(AddCondition("StringNotEquals", "aws:RequestedRegion", open_ones),),
            effect="Deny",
            all_but_actions=True,
        ),
        "close-regions",
    )


_OF_NO_REGION = tuple(
    f'"{service}:*"'
    for service in (
        *("account", "billing", "budgets", "ce", "cloudfront", "globalaccelerator", "health", "iam"),
        *("organizations", "route53", "shield", "sts", "support", "waf"),
    )
)
"""Services without Regions, whose calls are recorded in one that may not be in use."""


def _administrator(settings: Any) -> Alternatives:  # noqa: ANN401 - the settings of the policy, whatever they are
    if len(settings.security_accounts) != 1:
        return (
            (LeftToYou("which account is to administer the trails, only you know: name it in `security_accounts`"),),
        )
    number = f'"{settings.security_accounts[0]}"'
    kind = "aws_cloudtrail_organization_delegated_admin_account"
    return (
        (SetArgument("account_id", number, (), (kind,)),),
        (
            AddResource(
                kind, {"account_id": number}, label="security", beside=(_ORGANIZATION, "aws_cloudtrail"), anywhere=True
            ),
        ),
    )


REMEDIES: Remedies = {
    "ORG-001": lambda _: (
        (_OF_ALL,),
        (_EVERYWHERE,),
        (SetArgument("enable_logging", "true", (), _TRAIL),),
        (_OF_ALL, _EVERYWHERE),
        (LeftToYou("a new trail needs a bucket for its log files, and which one only you know"),),
    ),
    "ORG-002": lambda _: ((LeftToYou("in which account the logs are to be kept, only you know"),),),
    "ORG-003": _administrator,
    "ORG-004": _tampering,
    "ORG-005": lambda _: ((LeftToYou("accounts are invited to an organization from there, and accept"),),),
    "ORG-006": lambda _: (
        (SetArgument("feature_set", '"ALL"'),),
        (AddToList("aws_service_access_principals", ('"cloudtrail.amazonaws.com"',)),),
        (
            SetArgument("feature_set", '"ALL"'),
            AddToList("aws_service_access_principals", ('"cloudtrail.amazonaws.com"',)),
        ),
    ),
    "ORG-007": _regions,
}
