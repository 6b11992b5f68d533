"""What references refer to: the type of a resource, and whether an attribute is its name, its ARN or something else.

Terraform shows the type in the address, `module.a.aws_s3_bucket.logs`; a template does not, so its references carry it.
What `Ref` is of a type and what `Fn::GetAtt` gives stands in the AWS CloudFormation Template Reference, with each type
below "Return values". The tests hold the attributes against the schemas.
"""

from __future__ import annotations

from guardrails.kernel.pattern import compile_later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guardrails.kernel.value import Reference

_OWN_ACCOUNT = compile_later(r"(?:^|\.)data\.aws_(?:caller_identity|canonical_user_id)\.")
_OWN_IDENTITY = compile_later(r"(?:^|\.)(?:data\.)?aws_(?:iam_|cloudfront_origin_access_identity\.|ssoadmin_)")
_IDENTITIES = ("AWS::IAM::", "AWS::SSO::", "AWS::CloudFront::CloudFrontOriginAccessIdentity")

PSEUDO = {"AWS::AccountId": "account", "AWS::Region": "region", "AWS::Partition": "partition"}
"""The pseudo-parameters of templates that speak of where a stack is deployed to."""
REF_IS_ARN = frozenset(
    (
        "AWS::CloudTrail::EventDataStore",
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Version",
        "AWS::Oam::Link",
        "AWS::Oam::Sink",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::StepFunctions::StateMachine",
    )
)
"""The types of which `Ref` gives the ARN; of most it gives the name."""
_ARNS = frozenset(("arn", "Arn", "EventDataStoreArn", "PolicyArn", "TopicArn"))


def pseudo_parameter(reference: Reference) -> str:
    """`account`, `region` or `partition` for the pseudo-parameter that gives it; empty for anything else."""
    return PSEUDO.get(reference.address, "") if reference.path == ("Ref",) else ""


def is_arn(reference: Reference) -> bool:
    """Whether the attribute is surely an ARN."""
    last = reference.path[-1] if reference.path else ""
    return last in _ARNS or (last == "Ref" and reference.type in REF_IS_ARN)


def is_account(reference: Reference) -> bool:
    """Whether the attribute is the id of an account: the own one, one of the organization's, a resource's owner."""
    if reference.type or reference.path == ("Ref",):
        of_account = reference.type == "AWS::Organizations::Account" and reference.path in (("Ref",), ("AccountId",))
        return of_account or reference.address == "AWS::AccountId" or reference.path == ("ManagementAccountId",)
    return reference.path[-1:] in (("account_id",), ("id",), ("owner_id",))


def is_own_account(reference: Reference) -> bool:
    """Whether it speaks of the account that is deployed to."""
    return reference.address == "AWS::AccountId" or _OWN_ACCOUNT.search(reference.address) is not None


def is_own_identity(reference: Reference) -> bool:
    """Whether it speaks of a role, user or the like that this deployment makes or looks up."""
    if reference.type:
        return reference.type.startswith(_IDENTITIES)
    return _OWN_IDENTITY.search(reference.address) is not None


def is_own_organization(reference: Reference) -> bool:
    """Whether it speaks of the organization that is made or looked up here."""
    return (
        reference.type == "AWS::Organizations::Organization"
        or ".aws_organizations_organization." in f".{reference.address}"
    )
