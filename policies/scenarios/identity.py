"""Who may do what, and who comes in: IAM, the root user, sign-ins, refused calls."""

from __future__ import annotations

from guardrails.api import (
    ABSENT,
    ANYBODY,
    BY_ROLE,
    BY_ROOT,
    BY_USER,
    EXCLUDABLE_SOURCES,
    LEADING_REGION,
    Fields,
    Scenario,
    free,
    management_call,
    management_calls,
    one_of,
    other_than,
    sign_in,
)

_IAM = "iam.amazonaws.com"

_IAM_READS = management_calls(_IAM, "GetPolicyVersion GetRole GetUser ListPolicies ListRoles ListUsers", reads=True)

_SOMEWHERE = other_than(*sorted(EXCLUDABLE_SOURCES)).showing("ec2.amazonaws.com", "sts.amazonaws.com")
"""Sources but those whose events a trail may leave out for their number: whether it should is another policy's."""


def iam_policy_change() -> Scenario:
    """What changes the permissions of identities by their policies: the 16 calls of CIS."""
    return Scenario(
        "iam-policy-change",
        "changes of IAM policies",
        management_calls(
            _IAM,
            "PutGroupPolicy PutRolePolicy PutUserPolicy DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy "
            "CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion "
            "AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
        ),
        _IAM_READS,
    )


def iam_identity_change() -> Scenario:
    """New identities and credentials, and who may become a role: what CIS leaves out."""
    return Scenario(
        "iam-identity-change",
        "changes of IAM identities and credentials",
        management_calls(
            _IAM,
            "CreateUser DeleteUser CreateAccessKey CreateLoginProfile UpdateLoginProfile AddUserToGroup CreateRole "
            "UpdateAssumeRolePolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary SetDefaultPolicyVersion "
            "DeactivateMFADevice CreateSAMLProvider CreateOpenIDConnectProvider",
        ),
        _IAM_READS,
    )


def root_use() -> Scenario:
    """The root user at work, by key or in the console. What a service does for it is none of its doing."""
    return Scenario(
        "root-use",
        "uses of the root user",
        (
            management_call(
                free("CreateAccessKey", "DescribeInstances"),
                _SOMEWHERE,
                BY_ROOT,
                {"errorCode": free("AccessDenied").or_absent(), "errorMessage": free("no").or_absent()},
                title="calls by the root user",
                reads=None,
            ),
            sign_in(
                "sign-ins of the root user",
                BY_ROOT,
                {"awsRegion": LEADING_REGION, "responseElements.ConsoleLogin": "Success"},
            ),
        ),
        (
            management_call(
                "DescribeSecurityGroups",
                "ec2.amazonaws.com",
                BY_ROOT,
                {"userIdentity.invokedBy": "trustedadvisor.amazonaws.com"},
                title="calls that a service makes for the root user",
                reads=True,
            ),
        ),
    )


def sign_in_without_mfa() -> Scenario:
    """An IAM user who comes in with a password alone. Whether a federated one had a second factor is not recorded."""
    succeeded: Fields = {"responseElements.ConsoleLogin": "Success", "errorMessage": ABSENT}
    return Scenario(
        "sign-in-without-mfa",
        "sign-ins without a second factor",
        (
            sign_in(
                "sign-ins of users without a second factor",
                BY_USER,
                succeeded,
                {"additionalEventData.MFAUsed": "No"},
            ),
        ),
        (
            sign_in(
                "sign-ins of users with a second factor", BY_USER, succeeded, {"additionalEventData.MFAUsed": "Yes"}
            ),
            sign_in(
                "sign-ins through an identity provider, which asks for the second factor itself",
                BY_ROLE,
                succeeded,
                {"additionalEventData.MFAUsed": "No"},
            ),
        ),
    )


def sign_in_failure() -> Scenario:
    """Somebody who tries passwords."""
    return Scenario(
        "sign-in-failure",
        "failed sign-ins",
        (
            sign_in(
                "failed sign-ins",
                {
                    "userIdentity.type": "IAMUser",
                    "userIdentity.arn": ABSENT,
                    "errorMessage": "Failed authentication",
                    "responseElements.ConsoleLogin": "Failure",
                    "additionalEventData.MFAUsed": one_of("Yes", "No"),
                },
            ),
        ),
        (
            sign_in(
                "sign-ins of users",
                BY_USER,
                {
                    "responseElements.ConsoleLogin": "Success",
                    "errorMessage": ABSENT,
                    "additionalEventData.MFAUsed": "Yes",
                },
            ),
        ),
    )


def unauthorized_call() -> Scenario:
    """Somebody who tries what they may not. What services probe all day may be left out, as CIS does."""
    name = other_than("HeadBucket").showing("RunInstances", "GetBucketPolicy")
    probes: Fields = {
        "sourceIPAddress": other_than("delivery.logs.amazonaws.com").showing("203.0.113.77"),
        "errorMessage": free("You are not authorized to perform this operation.").or_absent(),
    }
    return Scenario(
        "unauthorized-call",
        "calls that are refused",
        tuple(
            management_call(
                name,
                _SOMEWHERE,
                probes,
                {"errorCode": code},
                title=f"calls that end in `{code}`",
                reads=None,
            )
            for code in ("AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation")
        ),
        (
            management_call(
                "DescribeInstances",
                "ec2.amazonaws.com",
                {"userIdentity.type": ANYBODY},
                title="calls that succeed, such as `DescribeInstances`",
                reads=True,
            ),
        ),
    )
