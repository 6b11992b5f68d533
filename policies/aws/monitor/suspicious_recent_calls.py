"""MONITOR-030."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guardrails.api import Account, Check, Settings, Severity, nobody_made, policy, require

from ...frameworks import controls

ESCALATION = tuple(
    f"iam:{name}"
    for name in (
        *("AddUserToGroup", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreateAccessKey"),
        *("CreateLoginProfile", "CreatePolicyVersion", "DeactivateMFADevice", "DeleteRolePermissionsBoundary"),
        *("DeleteUserPermissionsBoundary", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"),
        *("SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "UpdateLoginProfile"),
    )
)
"""Calls by which somebody who may make them comes to be allowed more, or to stay."""
ENUMERATION = tuple(
    f"iam:{name}"
    for name in (
        *("GetAccountAuthorizationDetails", "GetAccountPasswordPolicy", "GetAccountSummary", "GetPolicyVersion"),
        *("ListAccessKeys", "ListAttachedRolePolicies", "ListAttachedUserPolicies", "ListGroups"),
        *("ListGroupsForUser", "ListPolicies", "ListRoles", "ListUserPolicies", "ListUsers"),
        "SimulatePrincipalPolicy",
    )
)
"""Calls by which somebody finds out who is there and who may do what."""
MODELS = tuple(
    f"bedrock:{name}"
    for name in (
        *("Converse", "ConverseStream", "CreateFoundationModelAgreement"),
        *("DeleteModelInvocationLoggingConfiguration", "GetFoundationModelAvailability"),
        *("GetModelInvocationLoggingConfiguration", "GetUseCaseForModelAccess", "InvokeModel"),
        *("InvokeModelWithResponseStream", "ListFoundationModelAgreementOffers"),
        *("PutFoundationModelEntitlement", "PutUseCaseForModelAccess"),
    )
)
"""Calls by which stolen credentials are turned into somebody else's language model."""
MOST_HOURS = 24
"""Older calls are not looked up."""


class Options(Settings):
    hours: int = MOST_HOURS
    """How long ago the calls may have been made: 24 at most."""
    escalation_calls: int = 5
    """Different calls that widen permissions, from which on one caller is conspicuous."""
    enumeration_calls: int = 8
    """Different calls that look around among identities, from which on one caller is."""
    model_calls: int = 5
    """Different calls that give access to language models and use them, from which on one caller is."""
    callers_aside: tuple[str, ...] = ("*:role/aws-service-role/*",)
    """ARNs of users and roles that may do all that, `*` for any text: who deploys, and what scans."""

    def __init__(self, **said: Any) -> None:  # noqa: ANN401 - as the fields say
        super().__init__(**said)
        if not 1 <= self.hours <= MOST_HOURS:
            raise ValueError(f"`hours` is {self.hours}: calls of the last 1 to {MOST_HOURS} hours are looked up")


@policy(
    "MONITOR-030",
    on=Account,
    severity=Severity.INFO,
    since="0.2",
    enabled=False,
    when="observed",
    controls=controls(iso=["A.5.7"], soc2=["CC3.3"], mlps=["8.1.5.4f"]),
)
def suspicious_recent_calls(account: Account, settings: Options) -> Iterator[Check]:
    """An account in which one caller lately made many different calls that attackers make one after another."""
    asked = (
        (ESCALATION, settings.escalation_calls, "somebody made many different calls that widen permissions"),
        (ENUMERATION, settings.enumeration_calls, "somebody made many different calls that spy out identities"),
        (MODELS, settings.model_calls, "somebody made many different calls that take over language models"),
    )
    for calls, at_least, message in asked:
        found = nobody_made(account, calls, at_least, hours=settings.hours, aside=settings.callers_aside)
        yield require(found, message)
